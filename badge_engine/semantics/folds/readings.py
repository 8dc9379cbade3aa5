"""`best`, `record`, `change` and `comeback`: readings of a field, and gaps, one against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from badge_engine.events import Event
from badge_engine.language.vocabulary import Exact
from badge_engine.semantics.folds.base import Crossing, Goals, Reading, State, ratio, reading
from badge_engine.semantics.periods import LATENESS

Mean = tuple[int, int]
"""A reading as an exact fraction: numerator and positive denominator."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best single reading; `sign` is -1 where the lowest is best, and goals carry it, too."""

    field: str
    sign: Literal[1, -1]
    goals: Goals

    def start(self) -> State:
        return [0, None]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        value = fields.get(self.field)
        if value is None:
            return ()
        assert isinstance(value, int)  # noqa: S101 - the loader gives number fields only
        signed = self.sign * value
        if state[1] is not None and signed <= state[1]:
            return ()
        state[1] = signed
        crossings = []
        while not self.goals.finished(state[0]) and signed >= self.goals.thresholds[state[0]]:
            day = event.ordinal
            crossings.append(Crossing(state[0], 1, day, day, day, 1))
            state[0] += 1
        return crossings

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        del today
        position = self.goals.next(state[0])[0] if goal is None else goal
        target = self.sign * self.goals.exact[position]
        value = None if state[1] is None else Fraction(self.sign * state[1])
        share = ratio(value, target)
        if self.sign < 0 and value is not None:
            share = ratio(target, value) if value > 0 else 0
        return reading(self.goals, state[0], value, target, goal=goal, share=share)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])


@dataclass(frozen=True, slots=True)
class Record:
    """Readings strictly better than all before them, each time.

    `margin` is in steps of the field, not rounded; `after` readings must have come before.
    """

    field: str
    sign: Literal[1, -1]
    margin: Fraction
    after: int
    goals: Goals

    def start(self) -> State:
        return [0, 0, None, None]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        value = fields.get(self.field)
        if value is None:
            return ()
        assert isinstance(value, int)  # noqa: S101 - the loader gives number fields only
        signed, best = self.sign * value, state[2]
        earned = (
            best is not None
            and signed > best
            and signed - best >= self.margin
            and state[1] >= self.after
        )
        state[1] += 1
        state[2] = signed if best is None else max(best, signed)
        state[3] = signed
        if not earned:
            return ()
        state[0] += 1
        return (Crossing(0, state[0], event.ordinal, event.ordinal, event.ordinal, 1),)

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        del today
        mark = None if state[2] is None else self.sign * (state[2] + self.margin)
        latest = None if state[3] is None else self.sign * state[3]
        return reading(self.goals, state[0], latest, mark, goal=goal, share=0)

    def finished(self, state: State) -> bool:
        del state
        return False


@dataclass(frozen=True, slots=True)
class Change:
    """A reading minus its baseline; goals all have one sign, in steps or in percent.

    `average` and `within` are in days, 0 for none; `readings` is how many a mean needs.
    """

    field: str
    goals: Goals
    percent: bool
    baseline: Literal["first", "highest", "lowest"]
    average: int = 0
    readings: int = 1
    within: int = 0

    def start(self) -> State:
        """Crossings, recent readings, recent means or the baseline, newest change, newest day.

        Readings are kept for means only. Means stand as `[day, numerator, denominator]`; where
        there is no window the baseline is the only one kept.
        """
        return [0, [], [], None, 0]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        value = fields.get(self.field)
        if value is None:
            return ()
        assert isinstance(value, int)  # noqa: S101 - the loader gives number fields only
        day = event.ordinal
        state[4] = max(state[4], day)
        mean = self._mean(state, day, value) if self.average else (value, 1)
        if mean is None:
            return ()
        base = self._base(state[2], day)
        self._remember(state, day, mean)
        state[3] = change = None if base is None else self._difference(mean, base)
        if base is None or change is None:
            return ()
        crossings: list[Crossing] = []
        while not self.goals.finished(state[0]) and self._reaches(change, state[0]):
            first, last = min(day, base[0]), max(day, base[0])
            crossings.append(Crossing(state[0], 1, day, first, last, 2))
            state[0] += 1
        return crossings

    def _mean(self, state: State, day: int, value: int) -> Mean | None:
        recent = state[1]
        recent.append([day, value])
        oldest = state[4] - LATENESS - self.average + 1
        if recent[0][0] < oldest:
            recent[:] = [entry for entry in recent if entry[0] >= oldest]
        held = [entry[1] for entry in recent if day - self.average < entry[0] <= day]
        return (sum(held), len(held)) if len(held) >= self.readings else None

    def _base(self, means: list[list[int]], day: int) -> list[int] | None:
        """The baseline of a reading on `day`; of equal ones the earliest in canonical order."""
        if self.within:
            means = [mean for mean in means if day - self.within < mean[0] <= day]
        base = None
        for mean in means:
            if base is None or self._better(mean, base):
                base = mean
        return base

    def _better(self, mean: list[int], base: list[int]) -> bool:
        if self.baseline == "first":
            return False
        here, there = mean[1] * base[2], base[1] * mean[2]
        return here > there if self.baseline == "highest" else here < there

    def _remember(self, state: State, day: int, mean: Mean) -> None:
        entry = [day, *mean]
        means = state[2]
        if self.within:
            means.append(entry)
            if len(means) > 3 * LATENESS:
                state[2] = self._relevant(means, state[4])
        elif not means or self._better(entry, means[0]):
            means[:] = [entry]

    def _relevant(self, means: list[list[int]], newest: int) -> list[list[int]]:
        """The means that can still be a baseline: of late windows any, else only the best."""
        certain = newest - LATENESS
        kept: list[list[int]] = []
        champion = None
        for mean in reversed(means):
            beaten = champion and champion[0] >= mean[0] and self._better(champion, mean)
            if beaten or mean[0] <= certain - self.within:
                continue
            kept.append(mean)
            if mean[0] <= certain and (champion is None or self._better(mean, champion)):
                champion = mean
        return kept[::-1]

    def _difference(self, mean: Mean, base: list[int]) -> list[int] | None:
        """The change in steps or percent as numerator and positive denominator.

        None where a percentage of the baseline has no sense.
        """
        _, before, parts = base
        change = mean[0] * parts - before * mean[1]
        if not self.percent:
            return [change, mean[1] * parts]
        return [100 * change, mean[1] * before] if before > 0 else None

    def _reaches(self, change: list[int], position: int) -> bool:
        goal = self.goals.exact[position]
        value, wanted = change[0] * goal.denominator, goal.numerator * change[1]
        return value <= wanted if wanted < 0 else value >= wanted

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        del today
        position = self.goals.next(state[0])[0] if goal is None else goal
        value = None if state[3] is None else Fraction(*state[3])
        return reading(self.goals, state[0], value, self.goals.exact[position], goal=goal)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])


@dataclass(frozen=True, slots=True)
class Comeback:
    """The days between an event and the one before it; goals are days."""

    goals: Goals

    def start(self) -> State:
        return [0, None]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        del fields
        day, before = event.ordinal, state[1]
        state[1] = day
        if before is None:
            return ()
        if self.goals.repeat:
            if day - before < self.goals.thresholds[0]:
                return ()
            state[0] += 1
            return (Crossing(0, state[0], day, before, day, 2),)
        crossings = []
        while not self.goals.finished(state[0]) and day - before >= self.goals.thresholds[state[0]]:
            crossings.append(Crossing(state[0], 1, day, before, day, 2))
            state[0] += 1
        return crossings

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        value = None if state[1] is None else today - state[1]
        position = self.goals.next(state[0])[0] if goal is None else goal
        target = self.goals.exact[position]
        return reading(self.goals, state[0], value, target, goal=goal, share=0)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])
