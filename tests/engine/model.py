"""What the ledger of one user must hold, written from the language page alone: §6, line by line.

It keeps everything and is in no hurry: after each operation it looks at the whole history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from badge_engine.errors import ConflictingEvent, InvalidEvent
from badge_engine.events import Event, History, Operation, require_not_ahead
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.outcomes import (
    AuditEntry,
    Award,
    AwardKey,
    Cause,
    Change,
    ChangeKind,
    LedgerAward,
    Status,
)
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import evaluate, local_today

HELD = ("earned", "kept")
CELEBRATION_AGE = timedelta(days=14)


@dataclass
class Occasion:
    """Why the awards of a user are looked at, and when; `about` are the events in question."""

    rules: RuleSet
    now: datetime
    cause: Cause
    about: Sequence[Event] = ()
    event: str | None = None
    celebrate: bool = True
    revoke: bool = False

    @property
    def today(self) -> date:
        return local_today(self.about, self.now)


@dataclass
class Person:
    """One user: facts, the rules last applied, what these derive, and what became of each award."""

    key: str
    history: History = field(init=False)
    applied: RuleSet | None = None
    cause: Cause = "events"
    derived: list[Award] = field(default_factory=list)
    ledger: dict[AwardKey, LedgerAward] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    audit_read: list[AuditEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history = History(self.key)

    # Facts

    def apply(
        self, operations: Iterable[Operation], rules: RuleSet, now: datetime
    ) -> tuple[list[str], list[Change]]:
        """The result of each operation, and what all of them together change about awards."""
        before = self.history.known()
        results = [self._result(operation, rules.vocabulary, now) for operation in operations]
        after = self.history.known()
        touched = [
            name for name in after if name not in before or differ(before[name], after[name])
        ]
        if not touched:
            return results, []
        about = [event for name in touched if (event := after[name]) is not None]
        if not self.stands_by(rules):
            return results, self.look(Occasion(rules, now, "rules", about))
        only = touched[0] if len(touched) == 1 else None
        return results, self.look(Occasion(rules, now, "events", about, only))

    def _result(self, operation: Operation, vocabulary: Vocabulary, now: datetime) -> str:
        """What an operation answers; it is refused before it is compared with what is known."""
        event, known = operation.event, self.history.known()
        if event is None:
            withdrawn = operation.id in known and known[operation.id] is None
            self.history.retract(operation.id)
            return "unchanged" if withdrawn else "retracted"
        try:
            vocabulary.accept(event)
            require_not_ahead(event, now)
        except InvalidEvent:
            return "refused"
        if operation.name == "record":
            try:
                return self.history.record(event)
            except ConflictingEvent:
                return "conflict"
        former = known.get(event.id)
        if former is not None and former.same_content(event):
            return "unchanged"
        self.history.amend(event)
        return "amended" if event.id in known else "recorded"

    # Awards

    def stands_by(self, rules: RuleSet) -> bool:
        """Whether these rules were applied last, if any were."""
        return self.applied is None or self.applied.fingerprint == rules.fingerprint

    def look(self, why: Occasion) -> list[Change]:
        """Bring the ledger up to rules and history; every change goes into the audit."""
        self.applied, self.cause = why.rules, why.cause
        self.derived = evaluate(why.rules, self.history)
        derived = {_key(award): award for award in self.derived}
        changes = [
            *self._new(derived, why),
            *self._again(derived),
            *self._lost(derived, why),
        ]
        for change in changes:
            self.ledger[change.award.key] = change.award
            if change.before is not None:
                self.audit.append(_entry(change, why))
        return changes

    def _new(self, derived: Mapping[AwardKey, Award], why: Occasion) -> list[Change]:
        """Awards that were never recorded; of several tiers only the highest is celebrated."""
        fresh = [award for key, award in derived.items() if key not in self.ledger]
        highest = {award.badge: award for award in sorted(fresh, key=lambda one: _rank(one, why))}
        return [
            Change(
                "new",
                LedgerAward(
                    award,
                    "earned",
                    recorded_at=why.now,
                    celebrate=why.celebrate
                    and award.earned_on >= why.today - CELEBRATION_AGE
                    and _rank(award, why) == _rank(highest[award.badge], why),
                ),
            )
            for award in fresh
        ]

    def _again(self, derived: Mapping[AwardKey, Award]) -> list[Change]:
        """Awards that are derivable and known: with other facts, or after they were not."""
        changes = []
        for key, before in self.ledger.items():
            award = derived.get(key)
            if award is None or (award, "earned") == (before.award, before.status):
                continue
            kind: ChangeKind = "corrected" if before.status == "earned" else "reinstated"
            changes.append(Change(kind, replace(before, award=award, status="earned"), before))
        return changes

    def _lost(self, derived: Mapping[AwardKey, Award], why: Occasion) -> list[Change]:
        changes = []
        for key, before in self.ledger.items():
            if key not in derived:
                status = self._status_of_lost(before, why)
                if status != before.status:
                    kind: ChangeKind = "revoked" if status == "revoked" else "kept"
                    changes.append(Change(kind, replace(before, status=status), before))
        return changes

    def _status_of_lost(self, before: LedgerAward, why: Occasion) -> Status:
        compiled = why.rules.badges.get(before.award.badge)
        if before.status == "revoked":
            return "revoked"
        if compiled is None:
            return "kept"
        if compiled.rule_version != before.award.rule_version:  # the rule was edited
            return "revoked" if why.revoke else "kept"
        if before.status == "earned" and compiled.badge.on_correction == "revoke":
            return "revoked"
        return "kept"

    def holds(self, badge: str) -> bool:
        entries = self.ledger.values()
        return any(entry.award.badge == badge and entry.status in HELD for entry in entries)


def differ(was: Event | None, now: Event | None) -> bool:
    if was is None or now is None:
        return was is not now
    return not was.same_content(now)


def _key(award: Award) -> AwardKey:
    return (award.badge, award.tier, award.occurrence)


def _rank(award: Award, why: Occasion) -> int:
    tiers = [tier.name for tier in why.rules.badges[award.badge].badge.tiers]
    return -1 if award.tier is None else tiers.index(award.tier)


def _entry(change: Change, why: Occasion) -> AuditEntry:
    compiled = why.rules.badges.get(change.award.award.badge)
    return AuditEntry(
        key=change.award.key,
        at=why.now,
        kind=change.kind,
        cause=why.cause,
        event=why.event,
        rule_version=None if compiled is None else compiled.rule_version,
    )
