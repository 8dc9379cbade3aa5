"""Small histories from a seed, of the kind that intake accepts and that earn things.

Travellers' local days run out of order, rows know only their day, readings repeat, fields lack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from tests.generator_packs import STARTS, VOCABULARY, Badge, named_in
from tests.oracle_facts import place

Value = int | Decimal | str | bool | tuple[str, ...]

WORDS = {"kind": ("run", "ride", "swim"), "exercises": ("squat", "row", "press", "dip")}
ZONES = ("Europe/Lisbon", "America/Los_Angeles", "Pacific/Apia", "Pacific/Kiritimati", "UTC")
OFFSETS = ("+14:00", "-12:00", "+00:00", "+05:30")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    """An event as the oracle sees one."""

    id: str
    type: str
    instant: int
    day: date
    time: time | None = None
    zone: str | None = None
    data: Mapping[str, Value] = field(default_factory=dict)
    user: str = "u"


@dataclass(frozen=True)
class Habits:
    """How one user lives: how often, where, and how tidy the rows are."""

    types: Sequence[str]
    zones: Sequence[str | None]
    gaps: Sequence[float]
    gives: float
    clocks: Sequence[int]


def make_history(random: Random, badges: Sequence[Badge]) -> list[Fact]:
    """Up to twelve events, in canonical order or not, as they may have arrived."""
    habits = random_habits(random, badges)
    start = random_start(random, badges)
    if random.random() < 0.08:
        start = date(2011, 12, random.randint(25, 29))
        habits = replace(habits, zones=["Pacific/Apia", "Pacific/Apia", "Pacific/Fiji"])
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC)
    facts: list[Fact] = []
    for number in range(random.choice((0, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 12))):
        moment += timedelta(days=random.choice(habits.gaps))
        fact = make_fact(random, habits, f"{random.choice('azAZé9')}{number}", moment)
        if facts and random.random() < 0.06:
            fact = replace_moment(random, facts[-1], fact)
        facts.append(fact)
    random.shuffle(facts)
    return facts


def random_start(random: Random, badges: Sequence[Badge]) -> date:
    """A first day near those that the rules speak of."""
    named = named_in(badges, ("from", "until"))
    if not named or random.random() < 0.1:
        return random.choice(STARTS) + timedelta(days=random.randint(0, 6))
    return date.fromisoformat(random.choice(named)) + timedelta(days=random.randint(-8, 3))


def random_habits(random: Random, badges: Sequence[Badge]) -> Habits:
    types = named_in(badges, ("event", "each_of")) * 4 + named_in(badges, ("paused_by",))
    home = random.choice(ZONES)
    zones = random.choice(([home], [home], [None, home], [*ZONES, *OFFSETS, None]))
    gaps = random.choice(
        ((0, 0, 1), (0, 1, 1, 1), (0, 0.5, 1, 2), (0, 1, 1, 2, 3), (1, 3, 7, 7), (2, 9, 20, 31))
    )
    clocks = random.choice(((7, 7, 12), (0, 6, 7, 23), tuple(range(24))))
    extra = [random.choice(list(VOCABULARY))] if random.random() < 0.2 else []
    return Habits([*types, *extra], zones, gaps, random.choice((1, 1, 0.9, 0.6)), clocks)


def make_fact(random: Random, habits: Habits, name: str, moment: datetime) -> Fact:
    kind = random.choice(habits.types)
    data = make_data(random, kind, habits.gives)
    zone = random.choice(habits.zones)
    if zone is None or (zone[0] not in "+-" and random.random() < 0.3):
        return day_only(name, kind, moment.date(), zone, data)
    wall = datetime.combine(
        moment.date(), time(random.choice(habits.clocks), random.choice((0, 0, 1, 59)))
    )
    instant = wall.replace(tzinfo=place(zone)).astimezone(UTC)
    seen = instant.astimezone(place(zone))
    shift = random.choice((0, 0, 0, 0, 0, 0, 0, -1, 1)) if len(habits.zones) > 2 else 0
    starts = timedelta(hours=random.choice((0, 0, 0, 0, 4)))
    day = (seen.replace(tzinfo=None) - starts).date() + timedelta(days=shift if not starts else 0)
    return Fact(name, kind, microseconds(instant), day, seen.time().replace(fold=0), zone, data)


def day_only(name: str, kind: str, day: date, zone: str | None, data: Mapping[str, Value]) -> Fact:
    if zone == "Pacific/Apia" and day == date(2011, 12, 30):
        day += timedelta(days=1)
    begin = datetime.combine(day, time(0), place(zone or "+00:00")).astimezone(UTC)
    return Fact(name, kind, microseconds(begin), day, None, zone, data)


def replace_moment(random: Random, former: Fact, fact: Fact) -> Fact:
    """The same instant as another event, seen from the same place."""
    data = dict(former.data) if former.type == fact.type and random.random() < 0.5 else fact.data
    return Fact(fact.id, fact.type, former.instant, former.day, former.time, former.zone, data)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def make_data(random: Random, kind: str, gives: float) -> dict[str, Value]:
    return {
        name: make_value(random, name)
        for name in VOCABULARY[kind]["fields"]
        if random.random() < gives
    }


def make_value(random: Random, name: str) -> Value:
    if random.random() < 0.02:
        return random.choice(("many", True, 7, ("squat",)))
    if name == "kind":
        return random.choice(WORDS[name])
    if name == "exercises":
        return tuple(random.choices(WORDS[name], k=random.choice((0, 1, 2, 2, 3))))
    if name == "done":
        return random.random() < 0.7
    numbers = {
        "minutes": ("10", "20", "30", "30", "45", "60", "-20", "29.5", "30.5"),
        "distance": ("1", "3", "5", "5", "8.0467", "-2", "3.218688"),
        "weight": ("79", "80", "80", "80.5", "81.015", "81.5", "82.005", "78.25", "0", "-1"),
        "energy": ("300", "500", "500.05", "717.25", "-100"),
        "points": ("0.5", "1", "1", "2.5", "2.0005", "4", "-1"),
    }
    number = Decimal(random.choice(numbers[name]))
    return int(number) if number == int(number) else number


def make_today(random: Random, facts: Sequence[Fact]) -> date:
    newest = max((fact.day for fact in facts), default=STARTS[0])
    return newest + timedelta(days=random.choice((-1, 0, 0, 0, 1, 1, 2, 3, 4, 7, 8, 15, 40)))
