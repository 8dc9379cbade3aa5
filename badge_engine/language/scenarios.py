"""Tests beside a badge as data: a short history and what it should earn.

Decides nothing about meaning: `authoring` runs them. Day 1 of a strip is `starts`; days are dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from badge_engine.events import Value

DEFAULT_START = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class DayMark:
    """One day of a strip: `times` day-only events, or one event with a `reading` of the field.

    `offset` is where the token begins in the text of the strip; days of `x*7` share one.
    """

    times: int = 0
    reading: Decimal | None = None
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Strip:
    """Days of one event type, beginning on the day that the test starts.

    `field` is the one that readings belong to, None where the strip holds none.
    """

    text: str
    days: tuple[DayMark, ...]
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One operation of the dated form, in the order written.

    `at` is aware; `zone` is that of the item, else of the test; `day` is the local day. A retract
    has an id alone.
    """

    operation: Literal["record", "amend", "retract"]
    id: str
    event: str | None = None
    at: datetime | None = None
    day: date | None = None
    zone: str | None = None
    data: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotEarned:
    """Nothing is earned."""


@dataclass(frozen=True, slots=True)
class Earned:
    """At least one award; with `on`, the first one is dated so."""

    on: date | None = None


@dataclass(frozen=True, slots=True)
class EarnedTiers:
    """All tiers of the badge: earned on a day, earned at all (True) or not earned (None)."""

    tiers: Mapping[str, date | Literal[True] | None]


@dataclass(frozen=True, slots=True)
class EarnedOn:
    """All occurrences of a badge that can be earned again, in order."""

    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class ProgressIs:
    """The progress after the last day, such as 6 of 7, in the unit of the rule."""

    value: Decimal
    target: Decimal


Expectation = NotEarned | Earned | EarnedTiers | EarnedOn | ProgressIs


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test: `strips` by event type, or `items`; `line` and `column` (from 1) are its place.

    `as_of` is aware, or a date: the end of that day. Without it strips are judged at the end of
    their last written day, items without a cut.
    """

    name: str
    expect: Expectation
    starts: date = DEFAULT_START
    zone: str | None = None
    with_: Mapping[str, Value] = field(default_factory=dict)
    strips: Mapping[str, Strip] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    as_of: date | datetime | None = None
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)

    @property
    def last_day(self) -> date | None:
        """The last written day of the strips, None in the dated form."""
        lengths = [len(strip.days) for strip in self.strips.values()]
        return date.fromordinal(self.starts.toordinal() + max(lengths) - 1) if lengths else None
