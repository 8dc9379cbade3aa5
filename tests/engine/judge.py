"""The corpus of scenarios as the engine sees it: one user for each, operations one by one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from badge_engine.engine.engine import Engine
from badge_engine.errors import ConflictingEvent
from badge_engine.events import Operation
from badge_engine.outcomes import Award, Progress
from badge_engine.ports import Store
from tests.engine.stores import somebody
from tests.scenarios.corpus import Case, CorpusPack

AFTER_ALL = datetime(9998, 12, 31, tzinfo=UTC)
"""A present in which nothing of the corpus lies in the future."""


@dataclass
class Judge:
    """Engines over one store, one for each pack; what a case does is done once."""

    store: Store
    engines: dict[str, Engine] = field(default_factory=dict)
    users: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def awards(self, case: Case) -> list[Award]:
        """Those earned by as_of: the engine never cuts, and raising as_of removes no award."""
        engine, user = self._after(case)
        earned = [entry.award for entry in engine.awards(user, status=["earned"])]
        return [award for award in earned if case.as_of is None or award.earned_at <= case.as_of]

    def progress(self, case: Case) -> Progress:
        engine, user = self._after(case)
        as_of = case.as_of or case.history[-1].at
        shown = engine.progress(user, as_of, zone=case.scenario.zone, reveal=True)
        return next(one for one in shown if one.badge == case.badge.id)

    def _after(self, case: Case) -> tuple[Engine, str]:
        """The engine and the user of a case, after all that it does."""
        engine = self._engine(case.pack)
        if case.key not in self.users:
            self.users[case.key] = somebody()
            for operation in case.operations:
                _do(engine, self.users[case.key], operation)
        return engine, self.users[case.key]

    def _engine(self, pack: CorpusPack) -> Engine:
        if pack.name not in self.engines:
            self.engines[pack.name] = Engine(
                self.store, pack.rules, clock=lambda: AFTER_ALL, day_starts=pack.day_starts
            )
        return self.engines[pack.name]


def _do(engine: Engine, user: str, operation: Operation) -> None:
    event = operation.event
    if event is None:
        engine.retract(user, operation.id)
    elif operation.name == "amend":
        engine.amend(replace(event, user=user))
    else:
        with suppress(ConflictingEvent):  # of two contents of one id the first stays
            engine.record(replace(event, user=user))
