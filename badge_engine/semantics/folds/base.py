"""What every fold offers, and the arithmetic of goals that all of them share.

A fold never sees a clock: it steps through events in canonical order and is read for a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple, Protocol

from badge_engine.events import Event
from badge_engine.language.vocabulary import Exact
from badge_engine.outcomes import State as ProgressState

State = list[Any]
"""What a fold remembers: lists, texts and whole numbers only, so that JSON holds it."""

FULL = 10_000
"""The ratio 1, in ten-thousandths."""


class Crossing(NamedTuple):
    """A goal reached by the event just taken; days are ordinals, `goal` a position."""

    goal: int
    occurrence: int
    earned_on: int
    first_day: int
    last_day: int
    counted: int


class Reading(NamedTuple):
    """What a state says about the goal to earn next; `ratio` is in ten-thousandths."""

    value: Fraction | None
    target: Fraction | None
    ratio: int
    goal: int
    occurrence: int
    state: ProgressState
    best: int | None = None
    expires_on: int | None = None
    period_ends: int | None = None


class Fold(Protocol):
    """One criterion over a history."""

    def start(self) -> State:
        """The state before any event."""

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        """Take the next matching event in canonical order; the state is changed in place."""

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        """The progress towards `goal`, or towards the first one not yet reached."""

    def finished(self, state: State) -> bool:
        """Whether nothing is left to earn."""


@dataclass(frozen=True, slots=True)
class Goals:
    """The goals of one rule in steps of its value: one, several tiers, or every multiple of one.

    `exact` keeps them unrounded; a whole-number value reaches one when it reaches its ceiling.
    `step` is the size of 1 in those units (10^decimals).
    """

    exact: tuple[Fraction, ...]
    repeat: bool = False
    step: int = 1
    thresholds: tuple[int, ...] = ()

    @classmethod
    def of(cls, exact: Sequence[Fraction], *, repeat: bool = False, step: int = 1) -> Goals:
        """Goals with their thresholds worked out."""
        return cls(tuple(exact), repeat, step, tuple(ceil(goal) for goal in exact))

    def multiple(self, occurrence: int) -> int:
        """The smallest value that reaches the goal `occurrence` times."""
        return ceil(self.exact[0] * occurrence)

    def next(self, reached: int) -> tuple[int, int]:
        """Position and occurrence of what is earned next after `reached` crossings."""
        if self.repeat:
            return 0, reached + 1
        return min(reached, len(self.exact) - 1), 1

    def finished(self, reached: int) -> bool:
        """Whether nothing is left after `reached` crossings."""
        return not self.repeat and reached >= len(self.exact)


def ratio(value: Fraction | int | None, target: Fraction | int | None) -> int:
    """value/target in ten-thousandths, cut, within 0…9999."""
    if value is None or not target:
        return 0
    return max(0, min(FULL - 1, FULL * Fraction(value) // Fraction(target)))


def reading(
    goals: Goals,
    reached: int,
    value: Fraction | int | None,
    target: Fraction | int | None,
    *,
    goal: int | None = None,
    share: int | None = None,
    state: ProgressState = "open",
    **details: int | None,
) -> Reading:
    """A Reading in the unit of the rule, from a value and a target in steps.

    `share` overrides the ratio of value and target (in ten-thousandths).
    """
    position, occurrence = goals.next(reached) if goal is None else (goal, 1)
    done = goals.finished(reached) if goal is None else reached > goal
    share = ratio(value, target) if share is None else share
    return Reading(
        None if value is None else Fraction(value) / goals.step,
        None if target is None else Fraction(target) / goals.step,
        FULL if done else share,
        position,
        occurrence,
        "earned" if done and goals.finished(reached) else state,
        **details,
    )
