"""What the oracle reads in rules and events: goals, quantities, `where`, the calendar."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

Written = Any  # a scalar, a list or a map of a pack
Seen = Any  # a value in an event
Rule = Mapping[str, Written]
Value = int | Decimal | str | bool | tuple[str, ...]

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
UNITS = {
    "kg": Fraction(1000),
    "lb": Fraction("453.59237"),
    "g": Fraction(1),
    "km": Fraction(1000),
    "m": Fraction(1),
    "mi": Fraction("1609.344"),
    "h": Fraction(3600),
    "min": Fraction(60),
    "s": Fraction(1),
    "kcal": Fraction("4.184"),
    "kJ": Fraction(1),
    "l": Fraction(1000),
    "ml": Fraction(1),
}
NUMBER_LIMIT = 10**12
ONE_DAY = timedelta(days=1)


class Event(Protocol):
    """What the oracle looks at in an event."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def instant(self) -> int: ...
    @property
    def day(self) -> date: ...
    @property
    def time(self) -> time | None: ...
    @property
    def zone(self) -> str | None: ...
    @property
    def data(self) -> Mapping[str, Value]: ...


@dataclass(frozen=True)
class Finding:
    """That a criterion holds: the deciding event and the evidence."""

    event: Event
    earned_on: date
    first_day: date
    last_day: date
    count: int


@dataclass(frozen=True)
class World:
    """Everything an answer may depend on; events in canonical order."""

    badges: Mapping[str, Rule]
    vocabulary: Rule
    events: Sequence[Event]
    week_start: int
    known: dict[tuple[str, str | None], list[Finding]] = field(default_factory=dict)


# Goals and quantities


def goals_of(badge: Rule) -> list[tuple[str | None, Written]]:
    """Pairs of tier and goal as written; one pair with tier None where there are no tiers."""
    if "tiers" in badge:
        return [pair for tier in badge["tiers"] for pair in tier.items()]
    return [(None, badge["rule"].get(goal_setting(badge["rule"])))]


def goal_setting(rule: Rule) -> str:
    if rule["type"] == "best" and rule.get("lowest"):
        return "at_most"
    names = {"streak": "length", "change": "by", "comeback": "after"}
    return names.get(rule["type"], "at_least")


def untiered(badge: Rule, tier: str | None) -> Rule:
    """The rule of a badge with the goal of one tier written into it."""
    rule = badge["rule"]
    return rule if tier is None else {**rule, goal_setting(rule): dict(goals_of(badge))[tier]}


def split_quantity(written: Written) -> tuple[Fraction, str]:
    return split_text(str(written))


@cache
def split_text(written: str) -> tuple[Fraction, str]:
    match = re.fullmatch(r"([+-]?[0-9.]+)\s*(\S*)", written.strip())
    assert match, written
    return Fraction(match[1]), match[2]


def quantity(written: Written, unit: str | None) -> Fraction:
    """The number of `unit` that a written quantity is."""
    number, own = split_quantity(written)
    return number * UNITS[own] / UNITS[unit] if own and unit else number


def days_in(written: Written) -> int:
    number, unit = split_quantity(written)
    return int(number) * {"day": 1, "week": 7}[unit.removesuffix("s")]


def listed(written: Written) -> list[Written]:
    return list(written) if isinstance(written, list | tuple) else [written]


def types_of(rule: Rule) -> list[str]:
    return listed(rule["each_of"] if "each_of" in rule else rule["event"])


def declaration(world: World, rule: Rule, name: str) -> Rule:
    for event_type in types_of(rule):
        fields = world.vocabulary[event_type].get("fields", {})
        if name in fields:
            declared: Rule = fields[name]
            return declared
    raise KeyError(name)


def goal_of(world: World, rule: Rule) -> Fraction:
    written = rule.get(goal_setting(rule), 1)
    if rule["type"] == "all_of":
        return Fraction(len(rule["of"]))
    if rule["type"] == "comeback":
        return Fraction(days_in(written))
    if rule["type"] == "streak" or is_percentage(written):
        return split_quantity(written)[0]
    unit = declaration(world, rule, rule["field"]).get("unit") if "field" in rule else None
    return quantity(written, unit)


def is_percentage(written: Written) -> bool:
    return str(written).endswith("%")


def repeats(rule: Rule) -> bool:
    return rule["type"] == "record" or bool(rule.get("repeat"))


# Which events count


def reading(world: World, event: Event, name: str) -> Seen:
    """The value of a field as declared, or None when it is missing."""
    declared = world.vocabulary.get(event.type, {}).get("fields", {}).get(name)
    value = event.data.get(name)
    if declared is None or value is None:
        return None
    if declared["type"] == "number":
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return None
        step = Decimal(1).scaleb(-declared.get("decimals", 3))
        number = Fraction(Decimal(value).quantize(step, ROUND_HALF_EVEN))
        return number if abs(number) < NUMBER_LIMIT else None
    expected = {"text": str, "texts": tuple, "boolean": bool}[declared["type"]]
    return value if isinstance(value, expected) else None


def exists_for(rule: Rule, event: Event) -> bool:
    first, last = rule.get("from"), rule.get("until")
    return not (
        (first and event.day < date.fromisoformat(str(first)))
        or (last and event.day > date.fromisoformat(str(last)))
    )


def matching(world: World, rule: Rule, events: Iterable[Event]) -> list[Event]:
    return [
        event
        for event in events
        if event.type in types_of(rule)
        and exists_for(rule, event)
        and all(passes(world, event, *entry) for entry in rule.get("where", {}).items())
    ]


def passes(world: World, event: Event, name: str, wanted: Written) -> bool:
    if name == "time":
        seen: Seen = event.time
    elif name == "weekday":
        seen = WEEKDAYS[event.day.weekday()]
    elif name == "month":
        seen = MONTHS[event.day.month - 1]
    else:
        seen = reading(world, event, name)
    operators = dict(wanted) if isinstance(wanted, Mapping) else {"is": wanted}
    if operators.pop("exists", True) is False:
        return seen is None
    if seen is None:
        return False
    unit = world.vocabulary[event.type].get("fields", {}).get(name, {}).get("unit")
    return all(
        compares(seen, operator, [as_seen(one, seen, unit) for one in listed(operand)])
        for operator, operand in operators.items()
    )


def as_seen(written: Written, seen: Seen, unit: str | None) -> Seen:
    if isinstance(seen, time):
        return clock(written)
    if isinstance(seen, Fraction):
        return quantity(written, unit)
    return written


def clock(written: Written) -> time:
    hour, minute = str(written).split(":")
    return time(int(hour), int(minute))


def compares(seen: Seen, operator: str, operands: list[Seen]) -> bool:
    first, last = operands[0], operands[-1]
    if operator == "between" and isinstance(seen, time):
        inside: bool = first <= seen < last if first <= last else seen >= first or seen < last
        return inside
    tests: dict[str, Callable[[], bool]] = {
        "is": lambda: seen in operands,
        "is_not": lambda: seen not in operands,
        "at_least": lambda: seen >= first,
        "after": lambda: seen >= first,
        "at_most": lambda: seen <= first,
        "above": lambda: seen > first,
        "below": lambda: seen < first,
        "before": lambda: seen < first,
        "between": lambda: first <= seen <= last,
        "includes": lambda: set(operands) <= set(seen),
    }
    return tests[operator]()


# The calendar: a period is (its unit, a running number)


def period_of(unit: str, day: date, week_start: int) -> int:
    return {
        "day": day.toordinal(),
        "week": (day.toordinal() - 1 - week_start) // 7,
        "month": day.year * 12 + day.month - 1,
        "year": day.year,
    }[unit]


def first_day_of(unit: str, period: int, week_start: int) -> date:
    if unit == "day":
        return date.fromordinal(period)
    if unit == "week":
        return date.fromordinal(period * 7 + 1 + week_start)
    return date(period // 12, period % 12 + 1, 1) if unit == "month" else date(period, 1, 1)


def last_day_of(unit: str, period: int, week_start: int) -> date:
    return first_day_of(unit, period + 1, week_start) - ONE_DAY


def place(zone: str) -> ZoneInfo | timezone:
    if zone[0] not in "+-":
        return ZoneInfo(zone)
    hours, minutes = zone[1:].split(":")[:2]
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if zone[0] == "-" else offset)


@cache
def day_existed(zone: str | None, day: date) -> bool:
    """Whether any hour around a date bears that date on the wall clocks of a zone."""
    if zone is None:
        return True
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    hours = (noon + timedelta(hours=hour) for hour in range(-30, 31))
    return any(hour.astimezone(place(zone)).date() == day for hour in hours)


def first_prefixes(
    events: Sequence[Event], shown: Callable[[Sequence[Event]], list[Finding]]
) -> list[Finding]:
    """Occurrence k as the first prefix shows it in which k occurrences exist."""
    found: list[Finding] = []
    for end in range(1, len(events) + 1):
        found += shown(events[:end])[len(found) :]
    return found
