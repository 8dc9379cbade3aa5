"""`all_of` and `any_of`: how many of their parts hold, in the order in which they came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from badge_engine.semantics.folds.base import FULL, Crossing, Goals, Reading, State, reading


@dataclass(frozen=True, slots=True)
class Part:
    """A goal of another fold, by its position in the rule set."""

    node: int
    goal: int = 0


@dataclass(frozen=True, slots=True)
class Composite:
    """Parts that hold; a goal is how many of them are needed."""

    parts: tuple[Part, ...]
    goals: Goals

    def start(self) -> State:
        """Crossings so far, and the parts that hold as `[earned_on, place]`, earliest first."""
        return [0, []]

    def notice(self, state: State, arrivals: Iterable[tuple[int, int]]) -> Sequence[Crossing]:
        """Take the parts, `(earned_on, place)`, that the current event decided."""
        held = state[1]
        held += [list(arrival) for arrival in sorted(arrivals)]
        crossings = []
        while not self.finished(state) and len(held) >= self.goals.thresholds[state[0]]:
            needed = self.goals.thresholds[state[0]]
            days = [day for day, _ in held[:needed]]
            crossings.append(Crossing(state[0], 1, days[-1], min(days), max(days), needed))
            state[0] += 1
        return crossings

    def read(self, state: State, shares: Sequence[int], goal: int | None = None) -> Reading:
        """The progress, given the ratio of each part in ten-thousandths."""
        position = self.goals.next(state[0])[0] if goal is None else goal
        needed = self.goals.thresholds[position]
        best = sorted(shares, reverse=True)[:needed]
        share = min(sum(best) // needed, FULL - 1)
        value = len(state[1])
        return reading(self.goals, state[0], value, needed, goal=goal, share=share)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])
