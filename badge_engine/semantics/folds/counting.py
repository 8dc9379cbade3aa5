"""`count` and `total`: how much there is, over everything, in a window, or in a period."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from badge_engine.events import Event
from badge_engine.language.vocabulary import Exact
from badge_engine.semantics.folds.base import Crossing, Goals, Reading, State, reading
from badge_engine.semantics.periods import LATENESS, Calendar

VALUE, COUNT, FIRST, LAST, SEEN = range(5)
"""Places in the state of a tally; COUNT, FIRST and LAST are what the evidence says."""

Keys = Callable[[Event, Mapping[str, Exact]], Sequence[str]]


class Tally(Protocol):
    """Adds up matching events."""

    def start(self) -> State:
        """Nothing yet."""

    def add(self, tally: State, event: Event, fields: Mapping[str, Exact]) -> bool:
        """Whether the event changed the tally."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The number of events, or the sum of a field."""

    field: str | None = None

    def start(self) -> State:
        return [0, 0, None, None]

    def add(self, tally: State, event: Event, fields: Mapping[str, Exact]) -> bool:
        if self.field is None:
            tally[VALUE] += 1
        else:
            amount = fields.get(self.field)
            if amount is None:
                return False
            tally[VALUE] += amount
        _witness(tally, event.ordinal)
        return True


def _witness(tally: State, day: int) -> None:
    tally[COUNT] += 1
    if tally[FIRST] is None:
        tally[FIRST] = tally[LAST] = day
    elif day > tally[LAST]:
        tally[LAST] = day
    elif day < tally[FIRST]:
        tally[FIRST] = day


@dataclass(frozen=True, slots=True)
class Distinct:
    """The number of different values, each written as text.

    A value that needs several event types (`each_of`) counts once all have come. Calendar values
    are period numbers; `calendar` tells which of them can no longer come, so that they are
    forgotten and the state stays small.
    """

    keys: Keys
    types: tuple[str, ...] = ()
    calendar: Calendar | None = None

    def start(self) -> State:
        return [0, 0, None, None, {}]

    def add(self, tally: State, event: Event, fields: Mapping[str, Exact]) -> bool:
        changed = False
        for key in self.keys(event, fields):
            if self.see(tally[SEEN], key, event.type):
                tally[VALUE] += 1
                _witness(tally, event.ordinal)
                changed = True
        tally[SEEN] = self.remembered(tally[SEEN], event.ordinal)
        return changed

    def see(self, seen: dict[str, list[str]], key: str, event_type: str) -> bool:
        """Note a value; whether it is complete now and was not before."""
        types = seen.get(key)
        if not self.types:
            seen[key] = []
            return types is None
        if types is None:
            types = seen[key] = []
        if event_type in types:
            return False
        types.append(event_type)
        return len(types) == len(self.types)

    def remembered(self, seen: dict[str, Any], newest: int) -> dict[str, Any]:
        """What later events can still bring again, or all where that cannot be told."""
        if self.calendar is None or len(seen) <= 4 * LATENESS:
            return seen
        oldest = self.calendar.period_of(newest - LATENESS)
        return {key: value for key, value in seen.items() if int(key) >= oldest}


@dataclass(frozen=True, slots=True)
class Overall:
    """The tally over the whole history; every further multiple where it repeats."""

    tally: Tally
    goals: Goals

    def start(self) -> State:
        return [0, self.tally.start()]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        tally = state[1]
        if not self.tally.add(tally, event, fields):
            return ()
        goals, reached = self.goals, state[0]
        if goals.repeat:
            if tally[VALUE] < goals.multiple(reached + 1):
                return ()
        elif reached == len(goals.thresholds) or tally[VALUE] < goals.thresholds[reached]:
            return ()
        crossings = []
        while not goals.finished(state[0]) and tally[VALUE] >= self._threshold(state[0]):
            crossings.append(_crossing(goals, state[0], event.ordinal, tally))
            state[0] += 1
        return crossings

    def _threshold(self, reached: int) -> int:
        if self.goals.repeat:
            return self.goals.multiple(reached + 1)
        return self.goals.thresholds[reached]

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        position, occurrence = self.goals.next(state[0]) if goal is None else (goal, 1)
        target = self.goals.exact[position] * occurrence
        return reading(self.goals, state[0], state[1][VALUE], target, goal=goal)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])


def _crossing(goals: Goals, reached: int, earned_on: int, tally: State) -> Crossing:
    goal, occurrence = goals.next(reached)
    return Crossing(goal, occurrence, earned_on, tally[FIRST], tally[LAST], tally[COUNT])


@dataclass(frozen=True, slots=True)
class InPeriod:
    """The tally of one calendar period; once per period where it repeats."""

    tally: Tally
    goals: Goals
    calendar: Calendar

    def start(self) -> State:
        return [0, []]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        entry = self._entry(state, event.ordinal)
        if not self.tally.add(entry[1], event, fields):
            return ()
        goals, value = self.goals, entry[1][VALUE]
        if goals.repeat:
            if entry[2] or value < goals.thresholds[0]:
                return ()
            entry[2] = True
            state[0] += 1
            return (_crossing(goals, state[0] - 1, event.ordinal, entry[1]),)
        crossings = []
        while not goals.finished(state[0]) and value >= goals.thresholds[state[0]]:
            crossings.append(_crossing(goals, state[0], event.ordinal, entry[1]))
            state[0] += 1
        return crossings

    def _entry(self, state: State, ordinal: int) -> list[Any]:
        period = self.calendar.period_of(ordinal)
        entry: list[Any]
        for entry in state[1]:
            if entry[0] == period:
                return entry
        oldest = self.calendar.period_of(ordinal - LATENESS)
        state[1] = [entry for entry in state[1] if entry[0] >= oldest]
        entry = [period, self.tally.start(), False]
        state[1].append(entry)
        return entry

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        period = self.calendar.period_of(today)
        value = sum(entry[1][VALUE] for entry in state[1] if entry[0] == period)
        position = self.goals.next(state[0])[0] if goal is None else goal
        ends = self.calendar.last_day(period)
        target = self.goals.exact[position]
        return reading(self.goals, state[0], value, target, goal=goal, period_ends=ends)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])


@dataclass(frozen=True, slots=True)
class SumInWindow:
    """The number of events, or the sum of a field, in some window of consecutive local days.

    The state keeps one entry a day, `[day, amount, events]`, as far back as a window that a later
    event can still touch, and the tally of the window that ends on the newest day.
    """

    field: str | None
    days: int
    goals: Goals

    def start(self) -> State:
        return [0, [], 0, 0, False]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        amount = 1 if self.field is None else fields.get(self.field)
        if amount is None:
            return ()
        assert isinstance(amount, int)  # noqa: S101 - the loader gives `total` number fields only
        negative = state[4] = state[4] or amount < 0
        day, entries = event.ordinal, state[1]
        if not negative and (not entries or day >= entries[-1][0]):
            return self._step_in_order(state, day, amount)
        self._insert(entries, day, amount)
        crossings = self._search(state, day, day + self.days - 1 if negative else entries[-1][0])
        if state[1]:
            self._recount(state)
        return crossings

    def _step_in_order(self, state: State, day: int, amount: int) -> Sequence[Crossing]:
        entries = state[1]
        if entries and entries[-1][0] == day:
            entries[-1][1] += amount
            entries[-1][2] += 1
        else:
            entries.append([day, amount, 1])
        value = state[2] = state[2] + amount
        position, start = state[3], day - self.days + 1
        while entries[position][0] < start:
            value -= entries[position][1]
            position += 1
        state[2], state[3] = value, position
        if position > 2 * LATENESS:
            self._prune(state)
        if self.goals.finished(state[0]) or value < self.goals.thresholds[self._goal(state)]:
            return ()
        return self._search(state, day, day)

    def _goal(self, state: State) -> int:
        return 0 if self.goals.repeat else int(state[0])

    def _insert(self, entries: list[list[int]], day: int, amount: int) -> None:
        place = len(entries)
        while place and entries[place - 1][0] > day:
            place -= 1
        if place and entries[place - 1][0] == day:
            entries[place - 1][1] += amount
            entries[place - 1][2] += 1
        else:
            entries.insert(place, [day, amount, 1])

    def _recount(self, state: State) -> None:
        """Work out anew the window that ends on the newest day."""
        entries = state[1]
        start = entries[-1][0] - self.days + 1
        position = next(place for place, entry in enumerate(entries) if entry[0] >= start)
        state[2], state[3] = sum(entry[1] for entry in entries[position:]), position
        self._prune(state)

    def _prune(self, state: State) -> None:
        oldest = state[1][-1][0] - LATENESS - self.days + 1
        kept = [entry for entry in state[1] if entry[0] >= oldest]
        state[3] -= len(state[1]) - len(kept)
        state[1] = kept

    def _search(self, state: State, first_end: int, last_end: int) -> Sequence[Crossing]:
        """The goals that some window ending in first_end…last_end holds, smallest end first."""
        crossings: list[Crossing] = []
        for end in range(first_end, last_end + 1):
            start = end - self.days + 1
            held = [entry for entry in state[1] if start <= entry[0] <= end]
            value = sum(entry[1] for entry in held)
            while (
                not self.goals.finished(state[0])
                and value >= self.goals.thresholds[self._goal(state)]
            ):
                tally = [value, sum(entry[2] for entry in held), held[0][0], held[-1][0]]
                crossings.append(_crossing(self.goals, state[0], first_end, tally))
                state[0] += 1
                if self.goals.repeat:
                    state[1:4] = [], 0, 0
                    return crossings
        return crossings

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        start = today - self.days + 1
        value = sum(entry[1] for entry in state[1] if start <= entry[0] <= today)
        position = self.goals.next(state[0])[0] if goal is None else goal
        return reading(self.goals, state[0], value, self.goals.exact[position], goal=goal)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])


@dataclass(frozen=True, slots=True)
class DistinctInWindow:
    """The number of different values in some window of consecutive local days.

    The state keeps for every value its `[day, event type]` in canonical order, as far back as
    needed, and for a rule that repeats the number of occurrences before it first came.
    """

    distinct: Distinct
    days: int
    goals: Goals

    def start(self) -> State:
        """Crossings, entries, first comings, late occurrences, and two local days.

        Occurrences are kept as `[number, local day of the deciding event]` as long as an event on
        that day can still come; the days are that of the newest event and of the last pruning.
        """
        return [0, {}, {}, [], 0, 0]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        day, news = event.ordinal, event.ordinal < state[4]
        event_type = event.type if self.distinct.types else ""
        for key in self.distinct.keys(event, fields):
            news = self._enter(state, key, day, event_type) or news
        if day > state[4]:
            state[4] = day
            if day > state[5] + LATENESS:
                self._prune(state)
        if not news or self.goals.finished(state[0]):
            return ()
        return self._search(state, day, state[4])

    def _enter(self, state: State, key: str, day: int, event_type: str) -> bool:
        """Keep an entry; whether the window that ends on its day may hold more than before."""
        if self.goals.repeat:
            before = state[2].setdefault(key, {}).setdefault(event_type, state[0])
            if any(number > before and day <= decided for number, decided in state[3]):
                return False
        entry = [day, event_type]
        entries = state[1].setdefault(key, [])
        if entry in entries:
            return False
        entries.append(entry)
        start = day - self.days
        return not any(before[0] > start and before[1] == entry[1] for before in entries[-2::-1])

    def _prune(self, state: State) -> None:
        state[5] = state[4]
        oldest = state[4] - LATENESS - self.days + 1
        for key, entries in list(state[1].items()):
            if entries[0][0] < oldest:
                kept = [entry for entry in entries if entry[0] >= oldest]
                if kept:
                    state[1][key] = kept
                else:
                    del state[1][key]
        state[2] = self.distinct.remembered(state[2], state[4])
        state[3] = [late for late in state[3] if late[1] >= state[4] - LATENESS]

    def _search(self, state: State, first_end: int, last_end: int) -> Sequence[Crossing]:
        crossings: list[Crossing] = []
        for end in range(first_end, last_end + 1):
            tally = self._window(state, end)
            while (
                not self.goals.finished(state[0])
                and tally[VALUE] >= self.goals.thresholds[0 if self.goals.repeat else state[0]]
            ):
                crossings.append(_crossing(self.goals, state[0], first_end, tally))
                state[0] += 1
                if self.goals.repeat:
                    state[1] = {}
                    state[3].append([state[0], first_end])
                    return crossings
        return crossings

    def _window(self, state: State, end: int) -> State:
        tally = self.distinct.start()
        for key, entries in state[1].items():
            for day, event_type in entries:
                if end - self.days < day <= end and self.distinct.see(tally[SEEN], key, event_type):
                    tally[VALUE] += 1
                    _witness(tally, day)
        return tally

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        value = self._window(state, today)[VALUE]
        position = self.goals.next(state[0])[0] if goal is None else goal
        return reading(self.goals, state[0], value, self.goals.exact[position], goal=goal)

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[0])
