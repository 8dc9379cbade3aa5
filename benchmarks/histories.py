"""The histories that stores are measured with: ten events a day, up to a day that is today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from badge_engine import Event, RuleSet, compile_rules, load_packs

TODAY = date(2026, 11, 2)
A_DAY = 10
ZONE = "Europe/Berlin"
TWELVE = Path(__file__).parent / "twelve.yaml"

HOURS = (6, 7, 8, 10, 12, 14, 16, 18, 20, 22)
KINDS = ("run", "strength", "ride", "yoga", "swim")
Fact = dict[str, Any]


def clock() -> datetime:
    """A moment long after all events of these histories."""
    return datetime.combine(TODAY, time(), tzinfo=UTC) + timedelta(days=10_000)


def twelve_rules() -> RuleSet:
    """The pack beside this file."""
    return compile_rules(load_packs(TWELVE))


def fact(user: str, number: int) -> Fact:
    """An event of a user by its number: today begins with 0, the past is negative."""
    days, place = divmod(number, A_DAY)
    moment = datetime.combine(TODAY + timedelta(days=days), time(HOURS[place]), tzinfo=UTC)
    event_type, data = _day(days)[place]
    return {
        "id": f"{user}-{number}",
        "user": user,
        "type": event_type,
        "at": moment + timedelta(minutes=days * 7 % 60),
        "zone": ZONE,
        "data": data,
    }


def _day(day: int) -> list[tuple[str, Fact]]:
    """The ten types and data of a day by its number, at the hours of `HOURS`."""
    water: Fact = {"amount": 250 + day % 4 * 50}
    minutes = 30 + day * 7 % 45
    kind = KINDS[day % len(KINDS)]
    workout: Fact = {"kind": kind, "minutes": minutes, "distance": minutes * 14 / 100}
    steps = 6000 + day * 997 % 9000
    return [
        ("weigh_in", {"weight": round(86 - day % 400 / 50 + day * 3 % 17 / 10, 1)}),
        ("nutrition_log", _plate("breakfast", day)),
        ("water", water),
        ("sleep", {"duration": 6 + day % 5 / 2, "quality": 1 + day % 5}),
        ("nutrition_log", _plate("lunch", day + 2)),
        ("water", water),
        ("water", water),
        ("workout", workout) if day % 9 else ("rest_day", {}),
        ("nutrition_log", _plate("dinner", day + 4)),
        ("daily_activity", {"steps": steps, "active_minutes": steps // 220}),
    ]


def _plate(meal: str, number: int) -> Fact:
    calories = 400 + number * 13 % 300
    return {"meal": meal, "calories": calories, "on_target": calories < 600}


def events(user: str, begin: int, end: int) -> Iterator[Event]:
    """The events of a user with numbers from `begin` to just before `end`."""
    for number in range(begin, end):
        yield Event.create(**fact(user, number))
