"""One user at an engine, in few words; day 1 is Monday 2026-01-05, and it is noon of `today`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from badge_engine.engine.engine import Changed, Engine
from badge_engine.engine.intake import Batch
from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, Change, LedgerAward
from badge_engine.ports import Store
from badge_engine.semantics.evaluate import evaluate
from tests.engine.books import compiled
from tests.engine.stores import somebody
from tests.semantics.builders import day, event

Badge = dict[str, Any]


def badge(id: str = "badge", *, manners: Mapping[str, Any] | None = None, **rule: Any) -> Badge:
    """A badge that counts workouts unless told otherwise; `tiers` stand beside its rule."""
    whole: Badge = {"id": id, "name": id.title(), **(manners or {})}
    if "tiers" in rule:
        whole["tiers"] = rule.pop("tiers")
    whole["rule"] = {"type": "count", "event": "workout"} | rule
    return whole


def tiers(**goals: Any) -> list[dict[str, Any]]:
    return [{name: goal} for name, goal in goals.items()]


class Desk:
    """An engine for one user; its rules, its clock and what its host was told can be looked at."""

    def __init__(self, store: Store, *badges: Badge, today: float = 1, **settings: Any) -> None:
        self.user = somebody()
        self.rules = compiled(badges)
        self.today = today
        self.told: list[Changed] = []
        self.engine = Engine(
            store,
            lambda _: self.rules,
            **{"clock": self.now, "within": self.told.append} | settings,
        )

    def now(self) -> datetime:
        return datetime.combine(day(1), time(12), UTC) + timedelta(days=self.today - 1)

    def edit(self, *badges: Badge) -> None:
        self.rules = compiled(badges)

    def event(self, number: int, type: str = "workout", id: str = "", **data: Any) -> Event:
        """A day-only event on a numbered day, by default known as its type and day."""
        one = event(number, type, id or f"{type}-{number}", **data)
        return replace(one, user=self.user)

    def did(self, *days: int, type: str = "workout", id: str = "", **data: Any) -> Batch:
        """Record an event on each of some days, all at once."""
        return self.engine.record_many([self.event(one, type, id, **data) for one in days])

    def each(self, *days: int, type: str = "workout") -> None:
        """Record an event on each of some days, each by itself and at noon of its day."""
        for number in days:
            self.today = number
            self.engine.record(self.event(number, type))

    def undo(self, *days: int, type: str = "workout") -> Batch:
        return self.engine.retract_many([(self.user, f"{type}-{number}") for number in days])

    def ledger(self) -> dict[str, str]:
        """The status of each award, by badge, tier and occurrence after the first."""
        statuses: Sequence[Any] = ("earned", "kept", "revoked")
        found = self.engine.awards(self.user, status=statuses)
        return {named(entry): entry.status for entry in found}

    def celebrated(self) -> list[str]:
        return [named(entry) for entry in self.engine.unseen(self.user)]

    def audit(self) -> list[AuditEntry]:
        with self.engine.store.view(self.user) as view:
            return list(view.audit())

    def events(self) -> list[Event]:
        with self.engine.store.view(self.user) as view:
            return list(view.events())

    def agrees(self) -> bool:
        """The promise: what is earned is what `evaluate` gives, and nothing is to be mended."""
        earned = [one.award for one in self.engine.awards(self.user, status=["earned"])]
        differences = self.engine.reconcile(self.user)
        return earned == evaluate(self.rules, self.events()) and not differences


def named(entry: LedgerAward) -> str:
    """An award in one word."""
    award = entry.award
    parts = [award.badge, award.tier, str(award.occurrence) if award.occurrence > 1 else None]
    return " ".join(part for part in parts if part is not None)


def kinds(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """What happened to which award."""
    return sorted((change.kind, named(change.award)) for change in changes)
