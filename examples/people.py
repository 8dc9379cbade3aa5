"""Who the demo speaks of: each person's awards and progress, judged once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from heapq import nlargest

from badge_engine import (
    Award,
    Event,
    Explanation,
    History,
    Progress,
    RuleSet,
    evaluate,
    explain,
    progress,
)
from badge_engine.language.rules import AllOf, AnyOf
from badge_engine.semantics.evaluate import local_today


@dataclass
class Person:
    """One person's history, and what the rules say of it at a moment (None: at its end)."""

    rules: RuleSet
    history: History
    as_of: datetime | None
    zone: str
    awards: list[Award]

    @property
    def user(self) -> str:
        return self.history.user

    @property
    def badges(self) -> int:
        """How many different badges there are among the awards."""
        return len({award.badge for award in self.awards})

    @cached_property
    def events(self) -> list[Event]:
        """The history up to the moment."""
        return [event for event in self.history if self.as_of is None or event.at <= self.as_of]

    @cached_property
    def today(self) -> date:
        """The local day of the moment; without one the last day of the history."""
        return local_today(self.events, self.as_of, self.zone)

    @cached_property
    def states(self) -> list[Progress]:
        """Progress with every badge, in the order of the packs."""
        return progress(self.rules, self.events, today=self.today)

    def recent(self) -> list[Award]:
        """The newest award of each badge: the newest, then first ones before repeated ones."""
        newest = {award.badge: award for award in self.awards}
        ordered = sorted(newest.values(), key=lambda award: award.earned_at, reverse=True)
        return ordered[:1] + sorted(ordered[1:], key=lambda award: award.occurrence > 1)

    @cached_property
    def nearest(self) -> list[Progress]:
        """What has been begun, nearest first, what would only be repeated last.

        Hidden badges stay hidden.
        """
        begun = [
            state
            for state in self.states
            if 0 < state.ratio < 1 and not self.rules.badges[state.badge].badge.hidden
        ]
        return sorted(begun, key=lambda state: (state.occurrence > 1, -state.ratio))

    def worth_explaining(self) -> Progress | None:
        """The nearest badge that is made of others; else that asks for more than an event."""
        nearest = [state for state in self.nearest if state.occurrence == 1]
        return max(nearest, key=lambda state: (self.depth(state), state.ratio), default=None)

    def depth(self, state: Progress) -> int:
        """How much there is to explain: most where other badges are needed, then with `where`."""
        rule = self.rules.badges[state.badge].badge.rule
        if isinstance(rule, AllOf | AnyOf):
            return 3 if isinstance(rule, AllOf) else 2
        return int(bool(rule.where))

    def explanation(self, badge: str) -> Explanation:
        """Why a badge is earned, or why not."""
        return explain(self.rules, self.events, badge, today=self.today)


@dataclass
class People:
    """Everybody, of whom only those with the most badges are held."""

    rules: RuleSet
    as_of: datetime | None
    zone: str
    users: int = 0
    events: int = 0
    awards: int = 0
    shown: list[Person] = field(default_factory=list)

    def judge(self, histories: Iterable[History], most: int, only: str | None = None) -> None:
        """Judge every history, and hold the people with the most badges, or one alone."""
        everybody = (self._person(history) for history in histories if only in (None, history.user))
        held = nlargest(most, everybody, key=lambda person: (person.badges, len(person.awards)))
        self.shown = [person for person in held if person.events]

    def telling(self) -> Person:
        """Somebody with many badges who still lacks one that is made of others."""

        def interest(person: Person) -> int:
            state = person.worth_explaining()
            return 0 if state is None else person.depth(state)

        return max(self.shown, key=interest)

    def _person(self, history: History) -> Person:
        awards = evaluate(self.rules, history, self.as_of)
        self.users += 1
        self.events += len(history)
        self.awards += len(awards)
        return Person(self.rules, history, self.as_of, self.zone, awards)
