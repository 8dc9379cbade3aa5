"""A rule version changes exactly when the meaning of the rule may have changed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from badge_engine.language.loader import load_text
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import compile_rules
from badge_engine.testing.packs import VOCABULARY
from badge_engine.testing.strategies import compiled

COUNT = {"type": "count", "event": "workout", "at_least": 3}
TOTAL = {"type": "total", "event": "workout", "field": "distance", "at_least": "5 km"}
STREAK = {"type": "streak", "event": "workout", "length": "2 weeks"}
CHANGE = {"type": "change", "event": "weigh_in", "field": "weight", "by": "-5 kg"}
RECORD = {"type": "record", "event": "weigh_in", "field": "weight"}
BEST = {"type": "best", "event": "weigh_in", "field": "weight", "at_least": 80}
COMEBACK = {"type": "comeback", "event": "workout", "after": "30 days"}


def versions(*badges: dict[str, Any], week_starts: str = "monday") -> list[str]:
    named = [{"id": f"b{place}", "name": "Badge"} | badge for place, badge in enumerate(badges)]
    rules = compiled(named, week_starts)
    return [badge.rule_version for badge in rules.badges.values()]


def version(rule: dict[str, Any], week_starts: str = "monday", **badge: Any) -> str:
    return versions({"rule": rule, **badge}, week_starts=week_starts)[0]


def test_a_rule_version_is_16_hexadecimal_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", version(COUNT))


@pytest.mark.parametrize(
    ("rule", "same"),
    [
        (COUNT, {"event": ["workout"]}),
        (COUNT, {"repeat": False}),
        (TOTAL, {"at_least": "5000 m"}),
        (TOTAL, {"at_least": 5}),
        (TOTAL, {"at_least": "5.0 km"}),
        (CHANGE, {"baseline": "first"}),
        (RECORD, {"after": 1}),
        (COMEBACK | {"after": "5 weeks"}, {"after": "35 days"}),
        (COUNT | {"within": "2 weeks"}, {"within": "14 days"}),
        (COUNT | {"event": ["walk", "workout"]}, {"event": ["workout", "walk"]}),
        (STREAK | {"length": "9 days", "days": ["mon", "tue"]}, {"days": ["tue", "mon"]}),
        (RECORD | {"margin": "0.5 kg"}, {"margin": "500 g"}),
        (
            TOTAL | {"where": {"distance": {"at_least": "1 km"}}},
            {"where": {"distance": {"at_least": "1000 m"}}},
        ),
        (COUNT | {"where": {"kind": "run"}}, {"where": {"kind": ["run"]}}),
        (
            COUNT | {"where": {"kind": "run", "done": True}},
            {"where": {"done": True, "kind": "run"}},
        ),
        (STREAK | {"total": "minutes", "at_least": "1 h"}, {"at_least": "60 min"}),
    ],
    ids=str,
)
def test_another_way_to_write_the_same_rule_keeps_its_version(
    rule: dict[str, Any], same: dict[str, Any]
) -> None:
    assert version(rule) == version(rule | same)


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        (COUNT, {"at_least": 4}),
        (COUNT, {"event": "walk"}),
        (COUNT, {"event": ["workout", "walk"]}),
        (COUNT, {"repeat": True}),
        (COUNT, {"from": "2026-01-05"}),
        (COUNT, {"until": "2026-12-31"}),
        (COUNT | {"from": "2026-01-05"}, {"from": "2026-01-06"}),
        (COUNT, {"within": "7 days"}),
        (COUNT | {"within": "7 days"}, {"within": "8 days"}),
        (COUNT, {"each": "week"}),
        (COUNT | {"each": "week"}, {"each": "month"}),
        (COUNT, {"distinct": "day"}),
        (COUNT, {"where": {"done": True}}),
        (COUNT | {"where": {"done": True}}, {"where": {"done": False}}),
        (COUNT | {"where": {"kind": "run"}}, {"where": {"kind": {"is_not": "run"}}}),
        (COUNT | {"where": {"kind": "run"}}, {"where": {"kind": ["run", "ride"]}}),
        (COUNT | {"where": {"minutes": {"above": 20}}}, {"where": {"minutes": {"at_least": 20}}}),
        (COUNT | {"where": {"time": {"before": "7:00"}}}, {"where": {"time": {"before": "7:01"}}}),
        (TOTAL, {"at_least": "5001 m"}),
        (TOTAL, {"field": "minutes", "at_least": 5}),
        (STREAK, {"length": "3 weeks"}),
        (STREAK, {"length": "2 months"}),
        (STREAK, {"grace": 1}),
        (STREAK | {"grace": 1}, {"grace": 2}),
        (STREAK | {"grace": 1}, {"grace": "1 in a row"}),
        (STREAK | {"grace": "1 per 3 weeks"}, {"grace": "1 per 4 weeks"}),
        (STREAK, {"at_least": 2}),
        (STREAK, {"repeat": True}),
        (STREAK | {"repeat": True}, {"repeat": "per_run"}),
        (STREAK, {"paused_by": "sick_day"}),
        (CHANGE, {"by": "+5 kg"}),
        (CHANGE, {"by": "-5%"}),
        (CHANGE, {"baseline": "highest"}),
        (CHANGE, {"average": "7 days"}),
        (CHANGE | {"average": "7 days"}, {"readings": 2}),
        (CHANGE, {"within": "30 days"}),
        (RECORD, {"after": 2}),
        (RECORD, {"margin": "0.5 kg"}),
        (RECORD, {"lowest": True}),
        (COMEBACK, {"after": "31 days"}),
        (COMEBACK, {"repeat": True}),
    ],
    ids=str,
)
def test_a_rule_that_can_give_other_awards_has_another_version(
    rule: dict[str, Any], other: dict[str, Any]
) -> None:
    assert version(rule) != version(rule | other)


def test_the_start_of_the_week_is_part_of_every_version() -> None:
    assert version(STREAK) != version(STREAK, week_starts="sunday")
    assert version(COUNT) != version(COUNT, week_starts="sunday")


def test_texts_and_other_settings_of_the_badge_are_not() -> None:
    dressed = version(COUNT, name="Other", icon="x", hidden=True, on_correction="revoke")
    assert dressed == version(COUNT)


def test_names_and_goals_of_tiers_are() -> None:
    plain = {name: value for name, value in COUNT.items() if name != "at_least"}
    tiers = [
        [{"bronze": 1}, {"silver": 2}],
        [{"bronze": 1}, {"gold": 2}],
        [{"bronze": 1}, {"silver": 3}],
    ]
    assert len({version(plain, tiers=one) for one in tiers}) == len(tiers)


def test_the_unit_of_a_streak_comes_from_its_tiers() -> None:
    plain = {name: value for name, value in STREAK.items() if name != "length"}
    weeks, months = ([{"bronze": f"2 {unit}"}] for unit in ("weeks", "months"))
    assert version(plain, tiers=weeks) != version(plain, tiers=months)


def test_a_badge_that_refers_to_another_changes_with_it() -> None:
    def outer(inner: dict[str, Any], **part: Any) -> str:
        of = [{"badge": "b0", **part}, COMEBACK]
        return versions({"rule": inner}, {"rule": {"type": "all_of", "of": of}})[1]

    assert outer(COUNT) == outer(COUNT | {"repeat": False})
    assert outer(COUNT) != outer(COUNT | {"at_least": 4})


def test_the_order_of_parts_and_the_number_needed_count() -> None:
    def some(*of: dict[str, Any], **settings: Any) -> str:
        return version({"type": "any_of", "of": list(of), **settings})

    assert some(COUNT, COMEBACK) == some(COUNT, COMEBACK, at_least=1)
    assert some(COUNT, COMEBACK) != some(COUNT, COMEBACK, at_least=2)
    assert some(COUNT, COMEBACK) != some(COMEBACK, COUNT)
    assert some(COUNT, COMEBACK) != some(COUNT | {"at_least": 4}, COMEBACK)


@pytest.mark.parametrize("change", [{"decimals": 1}, {"unit": "m"}])
def test_the_declaration_of_a_field_that_is_read_counts(change: dict[str, Any]) -> None:
    def under(**declared: Any) -> list[str]:
        fields = {"distance": {"type": "number", "unit": "km"} | declared, "kind": {"type": "text"}}
        vocabulary = Vocabulary.model_validate({"events": {"workout": {"fields": fields}}})
        pack = """
        badges:
          - {id: far, name: Far, rule: {type: best, event: workout, field: distance, at_least: 5}}
          - {id: often, name: Often, rule: {type: count, event: workout, at_least: 5}}
        """
        rules = compile_rules(load_text(pack, vocabulary=vocabulary))
        return [badge.rule_version for badge in rules.badges.values()]

    (far, often), (other_far, other_often) = under(), under(**change)
    assert far != other_far
    assert often == other_often


def test_every_event_type_of_the_vocabulary_may_be_counted() -> None:
    assert len({version(COUNT | {"event": name}) for name in VOCABULARY}) == len(VOCABULARY)
