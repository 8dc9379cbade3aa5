"""What folds forget of long histories never matters: they still agree with the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from badge_engine.events import Event
from badge_engine.instants import microseconds
from badge_engine.testing.histories import (
    Habits,
    make_event,
    make_today,
    random_habits,
    random_start,
    time_zone,
)
from badge_engine.testing.packs import WEEK_STARTS, Badge, make_pack
from tests.campaign import Case, disagreement, drawn

MakeHistory = Callable[[Random, Sequence[Badge]], list[Event]]
EVENTS = 70
GAPS = ((0, 0, 1), (0, 0, 0.25, 1), (0.5, 1, 1, 2), (0, 1, 1, 1, 3))


def long_history(random: Random, badges: Sequence[Badge]) -> list[Event]:
    """Some months of a busy user, who may travel."""
    habits = random_habits(random, badges)
    start, gaps = random_start(random, badges), random.choice(GAPS)
    habits = Habits(habits.types, habits.zones, gaps, habits.gives, habits.clocks)
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC)
    events = []
    for number in range(EVENTS):
        moment += timedelta(days=random.choice(gaps))
        events.append(make_event(random, habits, f"{random.choice('azé')}{number}", moment))
    return events


def restless_history(random: Random, badges: Sequence[Badge]) -> list[Event]:
    """Events at one instant of each day from both ends of the world, days up to four days late."""
    moved = []
    for event in long_history(random, badges)[: EVENTS // 2]:
        noon = datetime(event.day.year, event.day.month, event.day.day, 11, tzinfo=UTC)
        zone, shift = random.choice((("+14:00", 2), ("+14:00", 1), ("-12:00", -1), ("-12:00", -2)))
        wall = noon.astimezone(time_zone(zone))
        day = noon.date() + timedelta(days=shift)
        moved.append(
            replace(
                event,
                instant=microseconds(noon),
                day=day,
                time=wall.time(),
                zone=zone,
                ordinal=day.toordinal(),
            )
        )
    return moved


@pytest.mark.parametrize("number", range(120))
@pytest.mark.parametrize("make_history", [long_history, restless_history])
def test_a_long_history_agrees_with_the_oracle(make_history: MakeHistory, number: int) -> None:
    random = Random(f"long/{number}")
    badges = make_pack(random)
    events = make_history(random, badges)
    case = Case(badges, events, make_today(random, events), random.choice(WEEK_STARTS))
    assert disagreement(case) is None, drawn(case)
