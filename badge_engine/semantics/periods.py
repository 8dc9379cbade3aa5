"""Calendar units as whole numbers: which period a local day lies in, and its first and last day.

Days are proleptic ordinals throughout; ordinal 1 is a Monday.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["day", "week", "month", "year"]
PeriodOf = Callable[[int], int]

LATENESS = 4
"""In canonical order no local day comes more than this many days before the newest one seen."""

_NOON = time(12)
_NO_OFFSET = timedelta(0)
_ALMOST_A_DAY = timedelta(hours=20)


class Calendar:
    """The periods of one unit, numbered so that neighbours differ by one."""

    def __init__(self, unit: Unit, week_starts: int = 0) -> None:
        """`week_starts` is 0 for Monday … 6 for Sunday."""
        self.unit = unit
        self._shift = 1 + week_starts
        numbering: dict[Unit, PeriodOf] = {
            "day": _same,
            "week": self._week_of,
            "month": _month_of,
            "year": _year_of,
        }
        self.period_of = numbering[unit]

    def _week_of(self, ordinal: int) -> int:
        return (ordinal - self._shift) // 7

    def first_day(self, period: int) -> int:
        """The ordinal of the first day of a period."""
        if self.unit == "day":
            return period
        if self.unit == "week":
            return period * 7 + self._shift
        if self.unit == "month":
            return date(period // 12, period % 12 + 1, 1).toordinal()
        return date(period, 1, 1).toordinal()

    def last_day(self, period: int) -> int:
        """The ordinal of the last day of a period."""
        return self.first_day(period + 1) - 1


def _same(ordinal: int) -> int:
    return ordinal


@lru_cache(maxsize=4096)
def _month_of(ordinal: int) -> int:
    day = date.fromordinal(ordinal)
    return day.year * 12 + day.month - 1


def _year_of(ordinal: int) -> int:
    return date.fromordinal(ordinal).year


def weekday(ordinal: int) -> int:
    """0 for Monday … 6 for Sunday."""
    return (ordinal - 1) % 7


def exists(ordinal: int, zone: str | None) -> bool:
    """Whether a date was ever on the calendar of a zone (Apia had no 2011-12-30)."""
    if zone is None or zone[0] in "+-" or not _moved_the_date_line(zone):
        return True
    noon = datetime.combine(date.fromordinal(ordinal), _NOON, ZoneInfo(zone))
    return noon.astimezone(UTC).astimezone(noon.tzinfo).date() == noon.date()


@cache
def _moved_the_date_line(zone: str) -> bool:
    """Whether the offset of a zone ever changed by about a day: only then a date is left out."""
    clock = ZoneInfo(zone)
    years = range(1970, 2100)
    offsets = [datetime(year, 1, 1, tzinfo=clock).utcoffset() or _NO_OFFSET for year in years]
    return any(after - before >= _ALMOST_A_DAY for before, after in pairwise(offsets))
