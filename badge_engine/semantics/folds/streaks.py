"""`streak`: periods with enough activity, one after another, in runs that may forgive some.

In canonical order a local day comes at most a few days late. So a state is a settled part that
nothing can change any more, a short tail of periods that may still change, and both of them
rolled together; only a change inside the tail rolls it again. A checkpoint inside the tail
becomes the settled part once it is old enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from badge_engine.events import Event
from badge_engine.language.vocabulary import Exact
from badge_engine.outcomes import State as ProgressState
from badge_engine.semantics.folds.base import Crossing, Goals, Reading, State, reading
from badge_engine.semantics.folds.runs import (
    LENGTH,
    NEWEST,
    START,
    Forgiveness,
    Neutral,
    Tracker,
)
from badge_engine.semantics.periods import LATENESS, Calendar, exists, weekday

REACHED, LATEST, SETTLED, TAIL, ROLLED, PAUSES, CHECKPOINT = range(7)
"""Places in the state: crossings so far, newest local day, settled roll, tail, the roll of both,
pauses as `[first, last]` periods, and the roll up to a period of the tail as
`[last day of the period, period, roll]`."""

RUN, SEARCH, FOUND, INSIDE, ZONE, BEST = range(6)
"""Places in a roll: the current run, the run that the next occurrence is sought in (with
`repeat`), occurrences found, first period of the run that the last one stands for (`per_run`),
the zone of the newest active day, and the longest run."""

PERIOD, TALLIES, ACTIVE, PLACE = range(4)
"""Places in an entry of the tail; PLACE is the zone of the period's last event."""


LONG_TAIL = 4 * LATENESS

_NOTHING: Neutral = frozenset[int]().__contains__


@dataclass(frozen=True, slots=True)
class Activity:
    """When a period is active: each listed type (or all together) reaches `enough`.

    Counts events, different days (`days`), or sums a field (`total`, in steps of the field).
    """

    enough: int = 1
    days: bool = False
    total: str | None = None
    types: tuple[str, ...] = ()

    def start(self) -> list[Any]:
        """Nothing yet: a tally per type, `[amount, days seen]`."""
        return [[0, []] for _ in self.types or ("",)]

    def add(self, tallies: list[Any], event: Event, fields: Mapping[str, Exact]) -> None:
        """Count an event; one without the field of `total` adds nothing."""
        tally = tallies[self.types.index(event.type) if self.types else 0]
        if self.total is not None:
            amount = fields.get(self.total)
            tally[0] += amount or 0
        elif not self.days:
            tally[0] += 1
        elif event.ordinal not in tally[1]:
            tally[1].append(event.ordinal)
            tally[0] += 1

    def reached(self, tallies: list[Any]) -> bool:
        """Whether the period is active."""
        for tally in tallies:  # noqa: SIM110 - all() over a generator doubles the time of a step
            if tally[0] < self.enough:
                return False
        return True


@dataclass(frozen=True)
class Streak:
    """The longest run of active periods, or the runs one after another where it repeats."""

    calendar: Calendar
    activity: Activity
    goals: Goals
    forgiveness: Forgiveness
    repeat: Literal[False, True, "per_run"] = False
    weekdays: frozenset[int] = frozenset()
    until: int | None = None

    @cached_property
    def one_suffices(self) -> bool:
        """Whether one event makes a period active, so that a second one says nothing new."""
        return self.activity == Activity()

    def start(self) -> State:
        return [0, 0, self._fresh(), [], self._fresh(), [], None]

    def _fresh(self) -> list[Any]:
        return [self.forgiveness.start(), self.forgiveness.start(), 0, None, None, 0]

    def step(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        day = event.ordinal
        if self.weekdays and weekday(day) not in self.weekdays:
            return ()
        if day > state[LATEST]:  # noqa: PLR1730 - max() would cost a call a step
            state[LATEST] = day
        period, rolled = self.calendar.period_of(day), state[ROLLED]
        if self.one_suffices:
            if period == rolled[RUN][NEWEST] and event.zone == rolled[ZONE]:
                return ()
            return self._judge(state, self._entry(state, period), event, active=True)
        entry = self._entry(state, period)
        self.activity.add(entry[TALLIES], event, fields)
        return self._judge(state, entry, event, active=self.activity.reached(entry[TALLIES]))

    def _judge(
        self, state: State, entry: list[Any], event: Event, *, active: bool
    ) -> Sequence[Crossing]:
        """Take what an event made of the period that it lies in."""
        was_active, was_in = entry[ACTIVE], entry[PLACE]
        entry[ACTIVE], entry[PLACE] = active, event.zone
        if active == was_active and (not active or was_in == event.zone):
            return ()
        period, newest = entry[PERIOD], state[ROLLED][RUN][NEWEST]
        if not active or (newest is not None and newest >= period):
            return self._roll_again(state, event.ordinal)
        crossings = self._roll(state, state[ROLLED], entry, event.ordinal)
        self._settle(state, period)
        return crossings

    def _entry(self, state: State, period: int) -> list[Any]:
        """The entry of a period in the tail, made if need be."""
        if len(state[TAIL]) > LONG_TAIL:
            self._drop_idle(state)
        tail = state[TAIL]
        place = len(tail)
        while place and tail[place - 1][PERIOD] > period:
            place -= 1
        if place and tail[place - 1][PERIOD] == period:
            found: list[Any] = tail[place - 1]
            return found
        tallies = None if self.one_suffices else self.activity.start()
        entry = [period, tallies, False, None]
        tail.insert(place, entry)
        return entry

    def _drop_idle(self, state: State) -> None:
        """Forget periods that are not active and can no longer become so."""
        certain = state[LATEST] - LATENESS
        state[TAIL] = [
            entry
            for entry in state[TAIL]
            if entry[ACTIVE] or self.calendar.last_day(entry[PERIOD]) >= certain
        ]

    def pause(self, state: State, event: Event, fields: Mapping[str, Exact]) -> Sequence[Crossing]:
        """Take an event of a `paused_by` type."""
        del fields
        period = self.calendar.period_of(event.ordinal)
        if any(first <= period <= last for first, last in state[PAUSES]):
            return ()
        state[LATEST] = max(state[LATEST], event.ordinal)
        state[PAUSES] = _joined([*state[PAUSES], [period, period]])
        newest = state[ROLLED][RUN][NEWEST]
        if newest is None or period > newest:
            return ()
        return self._roll_again(state, event.ordinal)

    def _roll_again(self, state: State, day: int) -> Sequence[Crossing]:
        """Roll the whole tail onto the settled part; its runs may be new."""
        state[ROLLED] = rolled = _copied(state[SETTLED])
        state[CHECKPOINT] = None
        crossings: list[Crossing] = []
        for entry in state[TAIL]:
            if entry[ACTIVE]:
                crossings += self._roll(state, rolled, entry, day)
        return crossings

    def _settle(self, state: State, period: int) -> None:
        """Settle what no later event can touch; `period` is the newest active one."""
        checkpoint = state[CHECKPOINT]
        if checkpoint is not None:
            if checkpoint[0] >= state[LATEST] - LATENESS:
                return
            _, settled, state[SETTLED] = checkpoint
            state[TAIL] = [entry for entry in state[TAIL] if entry[PERIOD] > settled]
            state[PAUSES] = [pause for pause in state[PAUSES] if pause[1] > settled]
        state[CHECKPOINT] = [self.calendar.last_day(period), period, _copied(state[ROLLED])]

    def _roll(
        self, state: State, roll: list[Any], entry: list[Any], day: int
    ) -> Sequence[Crossing]:
        """Take the next active period into a roll, with an event on `day`."""
        period = entry[PERIOD]
        run, newest = roll[RUN], roll[RUN][NEWEST]
        if newest is not None and newest + 1 < period:
            neutral = self._neutral(state, roll[ZONE])
        else:
            neutral = _NOTHING
        length = self.forgiveness.advance(run, period, neutral)
        if length > roll[BEST]:  # noqa: PLR1730 - max() would cost a call a step
            roll[BEST] = length
        if self.repeat:
            run = self._search(roll, period, neutral)
        elif not self._is_next_goal(state, length):
            roll[ZONE] = entry[PLACE]
            return ()
        roll[ZONE] = entry[PLACE]
        if run is None or (self.repeat and roll[FOUND] <= state[REACHED]):
            return ()
        goal, occurrence = self.goals.next(state[REACHED])
        state[REACHED] += 1
        last = period if self.calendar.unit == "day" else day
        first = self.calendar.first_day(run[START])
        return [Crossing(goal, occurrence, last, first, last, run[LENGTH])]

    def _is_next_goal(self, state: State, length: int) -> bool:
        reached, thresholds = state[REACHED], self.goals.thresholds
        return reached < len(thresholds) and length == thresholds[reached]

    def _search(self, roll: list[Any], period: int, neutral: Neutral) -> Tracker | None:
        """Advance the search for the next occurrence; the run that gives it, once there."""
        run: Tracker = roll[SEARCH]
        inside = roll[INSIDE]
        self.forgiveness.advance(run, period, neutral)
        if inside is not None:
            if run[START] == inside:
                return None
            roll[INSIDE] = None
            run = roll[SEARCH] = self.forgiveness.start()
            self.forgiveness.advance(run, period, neutral)
        if run[LENGTH] < self.goals.thresholds[0]:
            return None
        roll[FOUND] += 1
        if self.repeat == "per_run":
            roll[INSIDE] = run[START]
        else:
            roll[SEARCH] = self.forgiveness.start()
        return run

    def _neutral(self, state: State, zone: str | None) -> Neutral:
        """The test for periods between active ones, after an active day in `zone`."""
        pauses, weekdays = state[PAUSES], self.weekdays
        by_day = self.calendar.unit == "day"

        def neutral(period: int) -> bool:
            if weekdays and weekday(period) not in weekdays:
                return True
            if pauses and any(first <= period <= last for first, last in pauses):
                return True
            return by_day and not exists(period, zone)

        return neutral

    def read(self, state: State, today: int, goal: int | None = None) -> Reading:
        roll = state[ROLLED]
        value = roll[RUN][LENGTH]
        if self.repeat:
            value = 0 if roll[INSIDE] is not None else roll[SEARCH][LENGTH]
        position = self.goals.next(state[REACHED])[0] if goal is None else goal
        expires = self._expires(state)
        condition = self._state(state, today, expires)
        return reading(
            self.goals,
            state[REACHED],
            value,
            self.goals.exact[position],
            goal=goal,
            state=condition,
            best=roll[BEST],
            expires_on=self._expires_on(expires, condition),
        )

    def _expires_on(self, expires: int | None, condition: ProgressState) -> int | None:
        if expires is None or condition == "broken":
            return None
        return self.calendar.last_day(expires)

    def broken_on(self, state: State) -> int:
        """The last local day on which activity would have continued a run that is broken now."""
        return self.calendar.last_day(self._expires(state) or 0)

    def _expires(self, state: State) -> int | None:
        """The last period that can continue the current run."""
        roll = state[ROLLED]
        if roll[RUN][NEWEST] is None:
            return None
        by_day, weekdays, zone = self.calendar.unit == "day", self.weekdays, roll[ZONE]

        def can_be_active(period: int) -> bool:
            if weekdays and weekday(period) not in weekdays:
                return False
            return not by_day or exists(period, zone)

        last_pause = state[PAUSES][-1][1] if state[PAUSES] else 0
        end = None if self.until is None else self.calendar.period_of(self.until)
        return self.forgiveness.last_continuation(
            roll[RUN], can_be_active, self._neutral(state, zone), last_pause, end
        )

    def _state(self, state: State, today: int, expires: int | None) -> ProgressState:
        if state[ROLLED][RUN][NEWEST] is None:
            return "none"
        open_period = self.calendar.period_of(today)
        if expires is None or expires > open_period:
            return "alive"
        return "at_risk" if expires == open_period else "broken"

    def finished(self, state: State) -> bool:
        return self.goals.finished(state[REACHED])


def _copied(roll: list[Any]) -> list[Any]:
    return [list(roll[RUN]), list(roll[SEARCH]), *roll[FOUND:]]


def _joined(spans: list[list[int]]) -> list[list[int]]:
    """Spans of periods in order, neighbours put together."""
    joined: list[list[int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = [joined[-1][0], max(joined[-1][1], last)]
        else:
            joined.append([first, last])
    return joined
