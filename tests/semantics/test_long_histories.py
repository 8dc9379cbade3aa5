"""What folds forget of long histories never matters: they still agree with the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.campaign import Case, disagreement, drawn
from tests.generator import (
    Fact,
    Habits,
    make_fact,
    make_today,
    microseconds,
    random_habits,
    random_start,
)
from tests.generator_packs import WEEK_STARTS, Badge, make_pack
from tests.oracle_facts import place

MakeHistory = Callable[[Random, Sequence[Badge]], list[Fact]]
EVENTS = 70
GAPS = ((0, 0, 1), (0, 0, 0.25, 1), (0.5, 1, 1, 2), (0, 1, 1, 1, 3))


def long_history(random: Random, badges: Sequence[Badge]) -> list[Fact]:
    """Some months of a busy user, who may travel."""
    habits = random_habits(random, badges)
    start, gaps = random_start(random, badges), random.choice(GAPS)
    habits = Habits(habits.types, habits.zones, gaps, habits.gives, habits.clocks)
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC)
    facts = []
    for number in range(EVENTS):
        moment += timedelta(days=random.choice(gaps))
        facts.append(make_fact(random, habits, f"{random.choice('azé')}{number}", moment))
    return facts


def restless_history(random: Random, badges: Sequence[Badge]) -> list[Fact]:
    """Events at one instant of each day from both ends of the world, days up to four days late."""
    moved = []
    for fact in long_history(random, badges)[: EVENTS // 2]:
        noon = datetime(fact.day.year, fact.day.month, fact.day.day, 11, tzinfo=UTC)
        zone, shift = random.choice((("+14:00", 2), ("+14:00", 1), ("-12:00", -1), ("-12:00", -2)))
        wall = noon.astimezone(place(zone))
        day = noon.date() + timedelta(days=shift)
        moved.append(
            replace(fact, instant=microseconds(noon), day=day, time=wall.time(), zone=zone)
        )
    return moved


@pytest.mark.parametrize("number", range(120))
@pytest.mark.parametrize("make_history", [long_history, restless_history])
def test_a_long_history_agrees_with_the_oracle(make_history: MakeHistory, number: int) -> None:
    random = Random(f"long/{number}")
    badges = make_pack(random)
    facts = make_history(random, badges)
    case = Case(badges, facts, make_today(random, facts), random.choice(WEEK_STARTS))
    assert disagreement(case) is None, drawn(case)
