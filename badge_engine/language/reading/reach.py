"""How high a goal can be before nobody can reach it, and before not every month will do.

Bounds are those of the calendar: how many days a week has, how many weeks a month touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from badge_engine.language.calendar_words import MONTHS, WEEKDAYS
from badge_engine.language.reading.scope import Scope
from badge_engine.language.rules import FieldTest

MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEEK = 7


@dataclass(frozen=True, slots=True)
class Limit:
    """A goal above `most` is out of reach; one above `always` is so in the shortest periods.

    `because` says why in words, `setting` is the one that sets the limit.
    """

    most: int
    because: str
    setting: str
    always: int | None = None
    always_because: str = ""
    code: str = "goal-out-of-reach"


def limits_of_goal(name: str, values: Mapping[str, Any], scope: Scope) -> list[Limit]:
    """What bounds the goal of a rule, in the units in which the goal is written."""
    if name == "count" and values.get("distinct"):
        return _distinct_limits(values["distinct"], values, scope)
    if name == "streak" and scope.period is not None:
        return [*_streak_limits(scope.period, values, scope)]
    if name == "any_of" and "of" in values:
        parts = len(values["of"])
        return [Limit(parts, f"there are {_counted(parts, 'part')}", "of", code="too-many-parts")]
    if name == "comeback" and (days := _days_of_range(values)) is not None:
        return [Limit(days - 1, f"its dates span {days} days", "until")]
    return []


def limits_of_period(values: Mapping[str, Any], scope: Scope) -> list[Limit]:
    """What bounds `at_least` of a streak that counts different days."""
    if values.get("distinct") != "day" or "total" in values or scope.period is None:
        return []
    return [_days_of_period(scope.period, values, "distinct")]


def _distinct_limits(unit: str, values: Mapping[str, Any], scope: Scope) -> list[Limit]:
    found = []
    each, within = values.get("each"), values.get("within")
    if unit not in ("day", "week", "month"):
        return _value_limits(unit, values, scope)
    if each is not None:
        found.append(_units_of_period(unit, each, values))
    if within is not None:
        most = _most_within(unit, within.days, values)
        found.append(Limit(most, f"{within} hold {_counted(most, unit)} at most", "within"))
    days = _days_of_range(values)
    if days is not None:
        most = _units_of_range(unit, values, scope)
        found.append(Limit(most, f"its dates span {_counted(most, unit)}", "until"))
    return found


def _value_limits(field: str, values: Mapping[str, Any], scope: Scope) -> list[Limit]:
    test: FieldTest | None = values.get("where", {}).get(field)
    if test is not None and test.any_of is not None:
        most = len(test.any_of)
        return [Limit(most, f"where allows {_counted(most, 'value')} of {field}", "where")]
    definition = scope.vocabulary.field(scope.events or (), field)
    if definition is not None and definition.type == "boolean":
        return [Limit(2, f"{field} is true or false", "distinct")]
    return []


def _units_of_period(unit: str, period: str, values: Mapping[str, Any]) -> Limit:
    if unit == "day":
        return _days_of_period(period, values, "each")
    months = len(_allowed("month", MONTHS, values))
    most, always = {
        ("week", "day"): (1, 1),
        ("week", "week"): (1, 1),
        ("week", "month"): (6, 4),
        ("week", "year"): (54, 53),
        ("month", "day"): (1, 1),
        ("month", "week"): (2, 1),
        ("month", "month"): (1, 1),
        ("month", "year"): (months, months),
    }[unit, period]
    return Limit(
        most,
        f"a {period} has {_counted(most, unit)} at most",
        "each",
        always,
        f"not every {period} has more than {_counted(always, unit)}",
    )


def _days_of_period(period: str, values: Mapping[str, Any], setting: str) -> Limit:
    weekdays = len(_allowed("weekday", WEEKDAYS, values))
    months = _allowed("month", MONTHS, values)
    lengths = [MONTH_DAYS[MONTHS.index(month)] for month in months]
    shortest = [28 if length == 29 else length for length in lengths]  # noqa: PLR2004 - February
    most, always = {
        "day": (1, 1),
        "week": (weekdays, weekdays),
        "month": (max(lengths, default=0), min(shortest, default=0)),
        "year": (sum(lengths), sum(shortest)),
    }[period]
    if weekdays < WEEK and period in ("month", "year"):
        most = min(most, most // WEEK * weekdays + min(weekdays, most % WEEK))
        return Limit(most, f"a {period} has {_counted(most, 'such day')} at most", setting)
    because = f"a {period} has {_counted(most, 'day')} at most"
    if weekdays < WEEK or len(months) < len(MONTHS):
        because = f"a {period} has {_counted(most, 'such day')} at most"
    shorter = f"some {period}s have {_counted(always, 'day')} only"
    return Limit(most, because, setting, always, shorter)


def _most_within(unit: str, days: int, values: Mapping[str, Any]) -> int:
    """How many different units so many consecutive days can touch."""
    if unit == "week":
        return (days + 12) // WEEK
    if unit == "month":
        return 1 if days == 1 else 2 + (days - 2) // 28
    allowed = [weekday in _allowed("weekday", WEEKDAYS, values) for weekday in WEEKDAYS]
    whole, rest = divmod(days, WEEK)
    twice = [*allowed, *allowed]
    return whole * sum(allowed) + max(sum(twice[i : i + rest]) for i in range(WEEK))


def _streak_limits(unit: str, values: Mapping[str, Any], scope: Scope) -> list[Limit]:
    found = []
    if _days_of_range(values) is not None:
        most = _units_of_range(unit, values, scope)
        found.append(Limit(most, f"its dates span {_counted(most, unit)}", "until"))
    if unit == "day" and not values.get("grace") and not values.get("paused_by"):
        most_in_a_row = _most_in_a_row(values)
        if most_in_a_row is not None:
            because = f"where allows {_counted(most_in_a_row, 'such day')} in a row"
            found.append(Limit(most_in_a_row, because, "where"))
    return found


def _most_in_a_row(values: Mapping[str, Any]) -> int | None:
    """The longest run of weekdays that `where` allows, None where nothing interrupts it."""
    counted = [weekday for weekday in WEEKDAYS if weekday in (values.get("days") or WEEKDAYS)]
    allowed = _allowed("weekday", WEEKDAYS, values)
    marks = [weekday in allowed for weekday in counted]
    if all(marks):
        return None
    longest = run = 0
    for mark in [*marks, *marks]:
        run = run + 1 if mark else 0
        longest = max(longest, run)
    return longest


def _days_of_range(values: Mapping[str, Any]) -> int | None:
    first, last = values.get("from"), values.get("until")
    return None if first is None or last is None else (last - first).days + 1


def _units_of_range(unit: str, values: Mapping[str, Any], scope: Scope) -> int:
    first: date = values["from"]
    last: date = values["until"]
    if unit == "month":
        return (last.year - first.year) * 12 + last.month - first.month + 1
    if unit == "week":
        beyond = (first.weekday() - scope.first_weekday) % WEEK
        return ((last - first).days + beyond) // WEEK + 1
    allowed = _allowed("weekday", WEEKDAYS, values)
    counted = [WEEKDAYS.index(weekday) for weekday in values.get("days") or WEEKDAYS]
    good = [number for number in counted if WEEKDAYS[number] in allowed]
    whole, rest = divmod((last - first).days + 1, WEEK)
    return whole * len(good) + sum((first.weekday() + i) % WEEK in good for i in range(rest))


def _allowed(entry: str, names: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, ...]:
    """The weekdays or months that `where` lets through."""
    test: FieldTest | None = values.get("where", {}).get(entry)
    if test is None:
        return names
    chosen = names if test.any_of is None else test.any_of
    return tuple(name for name in names if name in chosen and name not in (test.is_not or ()))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
