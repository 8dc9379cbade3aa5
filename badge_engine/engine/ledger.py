"""What becomes of recorded awards when rules and history give others than before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from badge_engine.outcomes import (
    AuditEntry,
    Award,
    Cause,
    Change,
    ChangeKind,
    LedgerAward,
)
from badge_engine.semantics.compiler import RuleSet


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and why awards are looked at anew.

    `today()` and `celebration_age` (in days) say which new awards are fresh enough to celebrate;
    `celebrate` false silences all of them. `revoke` takes away what an edited rule does not give.
    `event` is the id of the only event that was touched, if it was one.
    """

    rules: RuleSet
    now: datetime
    today: Callable[[], date]
    cause: Cause
    celebration_age: int
    celebrate: bool = True
    revoke: bool = False
    event: str | None = None

    def changes(
        self, derived: Iterable[Award], recorded: Iterable[LedgerAward]
    ) -> Sequence[Change]:
        """What the awards that are derivable now make of the recorded ones.

        `recorded` holds at least all awards with status earned that could be derived no longer,
        and those of any other status.
        """
        before = {entry.key: entry for entry in recorded}
        changes = []
        for award in derived:
            change = self._derivable(award, before.pop(award.key_of_user, None))
            if change is not None:
                changes.append(change)
        lost = (self._lost(entry) for entry in before.values())
        return list(self._one_toast_a_badge([*changes, *filter(None, lost)]))

    def _derivable(self, award: Award, before: LedgerAward | None) -> Change | None:
        if before is None:
            entry = LedgerAward(award, "earned", self.now, self.celebrate and self._fresh(award))
            return Change("new", entry)
        if before.status == "earned" and before.award == award:
            return None
        kind: ChangeKind = "corrected" if before.status == "earned" else "reinstated"
        return Change(kind, replace(before, award=award, status="earned"), before)

    def _fresh(self, award: Award) -> bool:
        return (self.today() - award.earned_on).days <= self.celebration_age

    def _lost(self, before: LedgerAward) -> Change | None:
        status = self._status_of_lost(before)
        if status == before.status:
            return None
        return Change(status, replace(before, status=status), before)

    def _status_of_lost(self, before: LedgerAward) -> Literal["kept", "revoked"]:
        """What an award is that the rules do not give: of another version, an edit took it."""
        compiled = self.rules.badges.get(before.award.badge)
        if before.status == "revoked":
            return "revoked"
        if compiled is None:
            return "kept"
        if before.award.rule_version != compiled.rule_version:
            return "revoked" if self.revoke else "kept"
        if before.status == "kept":
            return "kept"
        return "revoked" if compiled.badge.on_correction == "revoke" else "kept"

    def _one_toast_a_badge(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Of several tiers of a badge that are new at once, celebrate the highest alone."""
        changes = list(changes)
        highest: dict[str, int] = defaultdict(int)
        for change in changes:
            if change.kind == "new":
                badge = change.award.award.badge
                highest[badge] = max(highest[badge], self._rank(change))
        for change in changes:
            entry = change.award
            if change.kind == "new" and self._rank(change) < highest[entry.award.badge]:
                yield replace(change, award=replace(entry, celebrate=False))
            else:
                yield change

    def _rank(self, change: Change) -> int:
        award = change.award.award
        tiers = [tier.name for tier in self.rules.badges[award.badge].badge.tiers]
        return 0 if award.tier is None else tiers.index(award.tier)

    def audit(self, changes: Iterable[Change]) -> Sequence[AuditEntry]:
        """The entries for changes of awards that had been recorded before."""
        return [
            AuditEntry(
                key=change.award.key,
                at=self.now,
                kind=change.kind,
                cause=self.cause,
                event=self.event,
                rule_version=self._version(change.award),
            )
            for change in changes
            if change.before is not None
        ]

    def _version(self, entry: LedgerAward) -> str | None:
        compiled = self.rules.badges.get(entry.award.badge)
        return None if compiled is None else compiled.rule_version
