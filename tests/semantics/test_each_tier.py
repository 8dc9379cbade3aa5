"""Progress with every tier of its own: reached ones are earned, each has its own goal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from badge_engine.language.loader import load_text
from badge_engine.outcomes import Progress
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.semantics.evaluate import progress
from badge_engine.wording import progress_sentence
from tests.semantics.builders import day, workouts

PACK = """
language: en
badges:
  - id: often
    name: Often
    rule: {type: count, event: workout}
    tiers: [{bronze: 2}, {silver: 4}, {gold: 10}]
  - id: in-a-row
    name: In a Row
    rule: {type: streak, event: workout}
    tiers: [{bronze: 2 days}, {silver: 4 days}]
  - id: once
    name: Once
    rule: {type: count, event: workout, at_least: 9}
  - id: some
    name: Some
    rule:
      type: any_of
      of: [{badge: once}, {badge: often, tier: silver}, {badge: in-a-row}]
    tiers: [{bronze: 1}, {silver: 2}, {gold: 3}]
"""


def each_tier(*days: int, today: int) -> list[Progress]:
    return progress(rules(), workouts(*days), today=day(today), each_tier=True)


def rules() -> RuleSet:
    return compile_rules(load_text(PACK))


def told(shown: Progress) -> tuple[Any, ...]:
    return (shown.badge, shown.tier, shown.value, shown.target, shown.ratio, shown.state)


def test_each_tier_is_measured_against_its_own_goal() -> None:
    assert [told(one) for one in each_tier(1, 2, 3, today=3)] == [
        ("often", "bronze", 3, 2, Decimal(1), "earned"),
        ("often", "silver", 3, 4, Decimal("0.75"), "open"),
        ("often", "gold", 3, 10, Decimal("0.3"), "open"),
        ("in-a-row", "bronze", 3, 2, Decimal(1), "earned"),
        ("in-a-row", "silver", 3, 4, Decimal("0.75"), "alive"),
        ("once", None, 3, 9, Decimal("0.3333"), "open"),
        ("some", "bronze", 1, 1, Decimal(1), "earned"),
        ("some", "silver", 1, 2, Decimal("0.875"), "open"),
        ("some", "gold", 1, 3, Decimal("0.6944"), "open"),
    ]


def test_a_tier_once_reached_stays_earned_when_the_run_is_over() -> None:
    bronze, silver = each_tier(1, 2, 9, today=9)[3:5]
    assert told(bronze) == ("in-a-row", "bronze", 1, 2, Decimal(1), "earned")
    assert told(silver) == ("in-a-row", "silver", 1, 4, Decimal("0.25"), "alive")


@pytest.mark.parametrize("days", [0, 1, 2, 3, 4, 9, 10])
def test_the_next_tier_is_the_same_as_without_the_others(days: int) -> None:
    every = {(one.badge, one.tier): one for one in each_tier(*range(1, days + 1), today=11)}
    for one in progress(rules(), workouts(*range(1, days + 1)), today=day(11)):
        assert every[one.badge, one.tier] == one


def test_only_the_last_tier_says_that_every_tier_is_earned() -> None:
    compiled = rules().compiled("often")
    said = [
        progress_sentence(one, compiled, rules())
        for one in each_tier(*range(1, 11), today=10)
        if one.badge == "often"
    ]
    assert said == ["Earned.", "Earned.", "Every tier earned."]
