"""What a compiled badge says of itself: its goal, its event types, whether it may be posted."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from badge_engine import CompiledBadge, Vocabulary, compile_rules, load_text

VOCABULARY = Vocabulary.model_validate(
    {
        "events": {
            "workout": {
                "fields": {
                    "distance": {"type": "number", "unit": "km"},
                    "weight": {"type": "number", "unit": "kg"},
                }
            },
            "walk": {},
            "weigh_in": {"fields": {"weight": {"type": "number", "unit": "kg", "sensitive": True}}},
        }
    }
)
COUNT = {"type": "count", "event": "workout", "at_least": 3}
LOSS = {"type": "change", "event": "weigh_in", "field": "weight", "by": "-2.5 kg"}
STREAK = {"type": "streak", "event": "workout"}


def facts(rule: dict[str, Any], *others: dict[str, Any], **badge: Any) -> CompiledBadge:
    """The first badge, of this rule; `others` are b1, b2, …"""
    rules = [{"rule": rule, **badge}, *({"rule": other} for other in others)]
    named = [{"id": f"b{place}", "name": "Badge"} | each for place, each in enumerate(rules)]
    packs = load_text(json.dumps({"badges": named}), vocabulary=VOCABULARY)
    return compile_rules(packs).badges["b0"]


@pytest.mark.parametrize(
    ("rule", "goal"),
    [
        (COUNT, 3),
        (LOSS, Fraction("-2.5")),
        (LOSS | {"by": "-5%"}, -5),
        (LOSS | {"by": "+3 lb"}, 3),
        (STREAK | {"length": "4 weeks"}, 4),
        ({"type": "comeback", "event": "workout", "after": "2 weeks"}, 2),
        ({"type": "total", "event": "workout", "field": "distance", "at_least": "5000 m"}, 5000),
        (
            {
                "type": "best",
                "event": "weigh_in",
                "field": "weight",
                "lowest": True,
                "at_most": 79.95,
            },
            Fraction("79.95"),
        ),
        ({"type": "record", "event": "weigh_in", "field": "weight", "after": 5}, 1),
        ({"type": "all_of", "of": [COUNT, LOSS]}, 2),
        ({"type": "any_of", "of": [COUNT, LOSS]}, 1),
        ({"type": "any_of", "of": [COUNT, LOSS, COUNT | {"at_least": 9}], "at_least": 2}, 2),
    ],
)
def test_a_goal_is_the_number_that_was_written(rule: dict[str, Any], goal: int | Fraction) -> None:
    assert facts(rule).goal() == goal


def test_tiers_have_a_goal_each_and_the_first_speaks_for_the_badge() -> None:
    badge = facts(STREAK, tiers=[{"bronze": "7 days"}, {"gold": "30 days"}])
    assert [badge.goal(tier) for tier in (None, "bronze", "gold")] == [7, 7, 30]


def test_a_tier_that_the_badge_has_not_is_refused() -> None:
    tiered = facts(STREAK, tiers=[{"bronze": "7 days"}, {"gold": "30 days"}])
    for badge in (tiered, facts(COUNT)):
        with pytest.raises(ValueError, match="the badge 'b0' has no tier 'silver'"):
            badge.goal("silver")


def test_a_badge_is_about_the_event_types_that_its_rule_counts() -> None:
    assert facts(COUNT | {"event": ["walk", "workout"]}).event_types == ("walk", "workout")
    both = {"type": "streak", "each_of": ["workout", "walk"], "length": "3 days"}
    assert facts(both).event_types == ("workout", "walk")
    paused = STREAK | {"length": "3 days", "paused_by": "walk"}
    assert facts(paused).event_types == ("workout",)


def test_a_composite_is_about_what_its_parts_and_badges_are_about() -> None:
    rule = {"type": "all_of", "of": [COUNT, {"badge": "b1"}, COUNT | {"at_least": 5}]}
    assert facts(rule, LOSS).event_types == ("workout", "weigh_in")


@pytest.mark.parametrize(
    ("rule", "sensitive"),
    [
        (COUNT, False),
        (COUNT | {"event": "weigh_in"}, False),
        (COUNT | {"event": "weigh_in", "where": {"weight": {"below": 80}}}, True),
        (COUNT | {"event": "weigh_in", "where": {"weekday": "sun"}}, False),
        (LOSS, True),
        ({"type": "any_of", "of": [COUNT, LOSS]}, True),
        ({"type": "all_of", "of": [{"badge": "b1"}, COUNT]}, True),
        ({"type": "all_of", "of": [{"badge": "b2"}, COUNT]}, True),
        ({"type": "all_of", "of": [{"badge": "b3"}, COUNT]}, False),
    ],
)
def test_what_reads_a_sensitive_field_is_shared_only_when_it_says_so(
    rule: dict[str, Any], *, sensitive: bool
) -> None:
    others = (
        LOSS,
        {"type": "any_of", "of": [{"badge": "b1"}, STREAK | {"length": "3 days"}]},
        COUNT,
    )
    badge = facts(rule, *others)
    assert (badge.sensitive, badge.shared) == (sensitive, not sensitive)
    for share in (True, False):
        assert facts(rule, *others, share=share).shared is share


def test_a_field_is_sensitive_when_it_is_so_for_one_of_the_event_types() -> None:
    rule = COUNT | {"event": ["workout", "weigh_in"], "where": {"weight": {"exists": True}}}
    assert facts(rule).sensitive
