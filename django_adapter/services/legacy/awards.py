"""Earned achievements as awards: `kept`, told long ago, until facts come that give them.

An award that rules and history do not give may not be `earned`; `kept` is what the ledger calls it.
The award goes in through the store. A user whose facts were evaluated before is evaluated anew in
the same transaction, so that what the facts do give is `earned` at once; for others that happens
with their first fact. Either way the change from `kept` to `earned` is no news to the user.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from badge_engine import Award, Evidence, LedgerAward
from badge_engine.ports import Standing, Transaction, Writes
from django_adapter.engine import engine
from django_adapter.marks import database
from django_adapter.members import key_of, known, look_up
from django_adapter.models import AwardRow
from django_adapter.rules import shared_rules
from django_adapter.services.catalogue import Key
from django_adapter.services.legacy.matching import Achievements
from django_adapter.services.legacy.people import NO_USER, users_of
from django_adapter.services.legacy.tables import LegacyRow
from django_adapter.settings import User, settings

UNAPPLIED = Standing("", b"")
"""The standing of a user by whom no rules were applied: everything is folded anew."""


class EarnedAchievements:
    """Takes over who has earned what."""

    def __init__(self, achievements: Achievements, *, dry: bool) -> None:
        self.achievements = achievements
        self.dry = dry

    def take(self, rows: Sequence[LegacyRow]) -> Mapping[int, str]:
        """Take rows over; why some were left."""
        users = users_of(row["user"] for row in rows)
        taken = self._numbers_taken(rows)
        reasons: dict[int, str] = {}
        by_user: dict[object, list[LegacyRow]] = defaultdict(list)
        for row in rows:
            reason = self._reason(row, users)
            if reason is None:
                by_user[row["user"]].append(row)
            else:
                reasons[row.id] = reason
        if not self.dry:
            # In one order for everybody: two who lock several users must not wait for each other.
            for key, own in sorted(by_user.items(), key=lambda pair: str(pair[0])):
                self._adopt(users[key], own, taken)
        return reasons

    def _reason(self, row: LegacyRow, users: Mapping[object, User]) -> str | None:
        """Why a row cannot be taken over, if it cannot."""
        if row["user"] not in users:
            return NO_USER
        if row["earned_at"] is None:
            return "it has no time"
        if row["achievement"] not in self.achievements.badges:
            name = self.achievements.names.get(row["achievement"], "")
            return f"the achievement {name!r} is none of our badges"
        return None

    def _numbers_taken(self, rows: Sequence[LegacyRow]) -> set[int]:
        held = AwardRow.objects.using(database()).filter(pk__in=[row.id for row in rows])
        return set(held.values_list("pk", flat=True))

    def _adopt(self, user: User, rows: Sequence[LegacyRow], taken: set[int]) -> None:
        key = key_of(user)
        with known({key: look_up(key, user)}):
            with engine().store.transaction(key) as transaction:
                new = self._recorded(transaction, user, rows)
                stood = transaction.standing is not None
            for award, number in new.items():
                if number not in taken:
                    _give_number(key, award, number)
            if new and stood:
                engine().renew(key)

    def _recorded(
        self, transaction: Transaction, user: User, rows: Sequence[LegacyRow]
    ) -> dict[Key, int]:
        """Write awards into the ledger; those that were not in it, with the ids of their rows."""
        held = {entry.key: entry for entry in transaction.awards()}
        saved: dict[Key, LedgerAward] = {}
        new: dict[Key, int] = {}
        for row in rows:
            badge, tier = key = self.achievements.badges[row["achievement"]]
            before = held.get((badge, tier or None, 1))
            if before is None:
                saved.setdefault(key, _kept(user, key, row))
                new.setdefault(key, row.id)
            elif before.seen_at is None:
                saved[key] = replace(before, celebrate=False, seen_at=row["earned_at"])
        if saved:
            standing = UNAPPLIED if new and transaction.standing is not None else None
            transaction.save(Writes(awards=list(saved.values()), standing=standing))
        return new


def _kept(user: User, key: Key, row: LegacyRow) -> LedgerAward:
    """An award on the host's word: on the user's local day, and with the host's row as evidence."""
    badge, tier = key
    said, compiled = settings(), shared_rules().compiled(badge)
    earned_at: datetime = row["earned_at"]
    zone = said.zone_of(user) or said.zone
    earned_on = earned_at.astimezone(UTC if zone is None else ZoneInfo(zone)).date()
    award = Award(
        user=key_of(user),
        badge=badge,
        tier=tier or None,
        occurrence=1,
        earned_at=earned_at,
        earned_on=earned_on,
        evidence=Evidence(f"legacy:{row.id}", earned_on, earned_on, 1),
        rule_version=compiled.rule_version,
    )
    return LedgerAward(award, "kept", earned_at, celebrate=False, seen_at=earned_at)


def _give_number(user: str, key: Key, number: int) -> None:
    badge, tier = key
    held = AwardRow.objects.using(database()).filter(person__key=user)
    held.filter(badge=badge, tier=tier, occurrence=1).update(id=number)
