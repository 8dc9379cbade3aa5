"""Runs: stretches of periods that begin and end active and whose missed periods are forgiven.

A tracker follows one run through active periods in order; it is a plain list so that JSON holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from badge_engine.language.rules import Grace

Tracker = list[Any]
Neutral = Callable[[int], bool]
"""Whether a period that is not active is neutral rather than missed."""

NEWEST, START, LENGTH, TOTAL, MARKS = range(5)
"""Places in a tracker: newest active period (None before the first), first period and length of
the longest run that ends there, active periods in all, and the missed periods still of interest
as `[period, active periods before it, next active period]`."""


@dataclass(frozen=True, slots=True)
class Forgiveness:
    """How many missed periods a stretch may hold.

    `missed` in any `per` consecutive ones, in the whole stretch (`per` None), or between two
    neighbouring active ones (`in_a_row`).
    """

    missed: int = 0
    per: int | None = None
    in_a_row: bool = True

    @classmethod
    def of(cls, grace: Grace | None) -> Forgiveness:
        """What a rule says; without grace none is forgiven in a row, so none at all."""
        return cls() if grace is None else cls(grace.missed, grace.per, grace.in_a_row)

    def start(self) -> Tracker:
        """No run yet."""
        return [None, None, 0, 0, []]

    def advance(self, tracker: Tracker, period: int, neutral: Neutral) -> int:
        """Take the next active period; the length of the run that ends with it."""
        newest = tracker[NEWEST]
        tracker[NEWEST] = period
        tracker[TOTAL] += 1
        if newest is None or (newest + 1 < period and self._breaks(tracker, newest, neutral)):
            tracker[START], tracker[LENGTH] = period, 1
            return 1
        length: int = tracker[LENGTH] + 1
        tracker[LENGTH] = length
        return length

    def _breaks(self, tracker: Tracker, newest: int, neutral: Neutral) -> bool:
        """Weigh the gap before the newest active period; whether a run begins with that period.

        A gap may also shorten a run from the left; then its start and length are set here.
        """
        gap = range(tracker[NEWEST] - 1, newest, -1)
        if self.in_a_row:
            missed = 0
            for period in gap:
                missed += not neutral(period)
                if missed > self.missed:
                    return True
            return False
        return self._mark(tracker, gap, neutral)

    def _mark(self, tracker: Tracker, gap: range, neutral: Neutral) -> bool:
        before, active = tracker[TOTAL] - 1, tracker[NEWEST]
        found: list[list[int]] = []
        for period in gap:
            if not neutral(period):
                found.append([period, before, active])
                if self._excessive(found[::-1]):
                    break
        marks = tracker[MARKS] + found[::-1]
        barrier = next(
            (
                marks[place]
                for place in range(len(marks) - self.missed - 1, -1, -1)
                if self._too_close(marks[place][0], marks[place + self.missed][0])
            ),
            None,
        )
        if barrier is not None:
            tracker[START] = barrier[2]
            tracker[LENGTH] = before - barrier[1]
            marks = [mark for mark in marks if mark[0] > barrier[2]]
        tracker[MARKS] = marks[-self.missed :]
        return barrier is not None and barrier[2] == active

    def _excessive(self, marks: list[list[int]]) -> bool:
        """Whether the first of `missed` + 1 missed periods can have no run across it."""
        return len(marks) > self.missed and self._too_close(marks[0][0], marks[self.missed][0])

    def _too_close(self, first: int, last: int) -> bool:
        return self.per is None or last - first < self.per

    def last_continuation(
        self,
        tracker: Tracker,
        can_be_active: Neutral,
        neutral: Neutral,
        last_pause: int,
        end: int | None,
    ) -> int | None:
        """The last period whose activity would continue the run; None when there is no end.

        No period after `end` can be active.
        """
        newest = last = tracker[NEWEST]
        marks = [mark[0] for mark in tracker[MARKS]]
        in_a_row = 0
        # Behind the pauses the weekly pattern repeats: what lasted this long lasts for ever.
        patience = 7 * (self.missed + 2) + (self.per or 0)
        horizon = max(newest, last_pause) + patience
        for period in range(newest + 1, horizon if end is None else min(horizon, end + 1)):
            if can_be_active(period):
                last = period
            if neutral(period):
                continue
            in_a_row += 1
            marks.append(period)
            if self.in_a_row:
                if in_a_row > self.missed:
                    return int(last)
            elif len(marks) > self.missed and self._too_close(marks[-self.missed - 1], period):
                return int(last)
        if end is None:
            return None
        if end < horizon:
            return int(last)
        return next(period for period in range(end, newest, -1) if can_be_active(period))
