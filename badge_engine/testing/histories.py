"""Small histories from a seed, of the kind that intake accepts and that earn things.

Travellers' local days run out of order, rows know only their day, readings repeat, fields lack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from badge_engine.events import Event, Value
from badge_engine.instants import microseconds
from badge_engine.testing.packs import STARTS, VOCABULARY, Badge, named_in

USER = "ann"
WORDS = {"kind": ("run", "ride", "swim"), "exercises": ("squat", "row", "press", "dip")}
ZONES = ("Europe/Lisbon", "America/Los_Angeles", "Pacific/Apia", "Pacific/Kiritimati", "UTC")
OFFSETS = ("+14:00", "-12:00", "+00:00", "+05:30")


@dataclass(frozen=True, slots=True)
class Habits:
    """How one user lives: how often, where, and how tidy the rows are.

    `gaps` are days between events, `gives` the share of fields that are filled in, `clocks` hours.
    """

    types: Sequence[str]
    zones: Sequence[str | None]
    gaps: Sequence[float]
    gives: float
    clocks: Sequence[int]
    user: str = USER


def make_history(random: Random, badges: Sequence[Badge], user: str = USER) -> list[Event]:
    """Up to twelve events, in canonical order or not, as they may have arrived."""
    habits = random_habits(random, badges, user)
    start = random_start(random, badges)
    if random.random() < 0.08:
        start = date(2011, 12, random.randint(25, 29))
        habits = replace(habits, zones=["Pacific/Apia", "Pacific/Apia", "Pacific/Fiji"])
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC)
    events: list[Event] = []
    for number in range(random.choice((0, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 12))):
        moment += timedelta(days=random.choice(habits.gaps))
        event = make_event(random, habits, f"{random.choice('azAZé9')}{number}", moment)
        if events and random.random() < 0.06:
            event = _at_the_time_of(events[-1], event, random)
        events.append(event)
    random.shuffle(events)
    return events


def random_start(random: Random, badges: Sequence[Badge]) -> date:
    """A first day near those that the rules speak of."""
    named = named_in(badges, ("from", "until"))
    if not named or random.random() < 0.1:
        return random.choice(STARTS) + timedelta(days=random.randint(0, 6))
    return date.fromisoformat(random.choice(named)) + timedelta(days=random.randint(-8, 3))


def random_habits(random: Random, badges: Sequence[Badge], user: str = USER) -> Habits:
    """Habits that have something to do with what the rules speak of."""
    types = named_in(badges, ("event", "each_of")) * 4 + named_in(badges, ("paused_by",))
    home = random.choice(ZONES)
    zones = random.choice(([home], [home], [None, home], [*ZONES, *OFFSETS, None]))
    gaps = random.choice(
        ((0, 0, 1), (0, 1, 1, 1), (0, 0.5, 1, 2), (0, 1, 1, 2, 3), (1, 3, 7, 7), (2, 9, 20, 31))
    )
    clocks = random.choice(((7, 7, 12), (0, 6, 7, 23), tuple(range(24))))
    extra = [random.choice(list(VOCABULARY))] if random.random() < 0.2 else []
    return Habits([*types, *extra], zones, gaps, random.choice((1, 1, 0.9, 0.6)), clocks, user)


def make_event(random: Random, habits: Habits, name: str, moment: datetime) -> Event:
    """An event on the day of a moment, by its wall clock in the place where the user then is."""
    kind = random.choice(habits.types)
    data = make_data(random, kind, habits.gives)
    zone = random.choice(habits.zones)
    if zone is None or (zone[0] not in "+-" and random.random() < 0.3):
        day = moment.date()
        if zone == "Pacific/Apia" and day == date(2011, 12, 30):
            day += timedelta(days=1)
        return Event.create(id=name, user=habits.user, type=kind, day=day, zone=zone, data=data)
    wall = datetime.combine(
        moment.date(), time(random.choice(habits.clocks), random.choice((0, 0, 1, 59)))
    )
    instant = wall.replace(tzinfo=time_zone(zone)).astimezone(UTC)
    seen = instant.astimezone(time_zone(zone))
    shift = random.choice((0, 0, 0, 0, 0, 0, 0, -1, 1)) if len(habits.zones) > 2 else 0
    starts = timedelta(hours=random.choice((0, 0, 0, 0, 4)))
    day = (seen.replace(tzinfo=None) - starts).date() + timedelta(days=shift if not starts else 0)
    return Event(
        id=name,
        user=habits.user,
        type=kind,
        instant=microseconds(instant),
        day=day,
        time=seen.time().replace(fold=0),
        zone=zone,
        data=data,
        ordinal=day.toordinal(),
    )


def _at_the_time_of(former: Event, event: Event, random: Random) -> Event:
    """An event at the very instant of another one, seen from the same place."""
    same = former.type == event.type and random.random() < 0.5
    return replace(
        event,
        instant=former.instant,
        day=former.day,
        time=former.time,
        zone=former.zone,
        ordinal=former.ordinal,
        data=dict(former.data) if same else event.data,
    )


def time_zone(place: str) -> ZoneInfo | timezone:
    """The zone of an IANA name or of an offset such as +05:30."""
    if place[0] not in "+-":
        return ZoneInfo(place)
    hours, minutes = place[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if place[0] == "-" else offset)


def make_data(random: Random, kind: str, gives: float) -> dict[str, Value]:
    """Some of the fields of an event type; `gives` is the chance of each."""
    return {
        name: make_value(random, name)
        for name in VOCABULARY[kind]["fields"]
        if random.random() < gives
    }


def make_value(random: Random, name: str) -> Value:
    """A value of a field, now and then one that does not fit."""
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


def make_today(random: Random, events: Sequence[Event]) -> date:
    """A day near the newest local day, on which to ask for progress."""
    newest = max((event.day for event in events), default=STARTS[0])
    return newest + timedelta(days=random.choice((-1, 0, 0, 0, 1, 1, 2, 3, 4, 7, 8, 15, 40)))
