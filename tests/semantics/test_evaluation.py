"""What evaluate, progress and explain take and give back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any

import pytest

from badge_engine.errors import InvalidEvent, UnknownBadge
from badge_engine.events import Event
from badge_engine.language.loader import LoadedPacks, RulePack, load_text
from badge_engine.language.rules import Badge, Best, Count, Total
from badge_engine.language.units import Quantity
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import compile_rules
from badge_engine.semantics.evaluate import evaluate, in_order, local_today, progress
from badge_engine.semantics.explain import explain
from badge_engine.semantics.resolution import definition_of
from badge_engine.testing.packs import VOCABULARY
from badge_engine.testing.strategies import compiled
from tests.semantics.builders import day, event, only, rule, shown, streak, workouts

ONE = rule(type="count", event="workout", at_least=1)


def at(instant: str, **said: Any) -> Event:
    said = {"id": "a", "user": "ann", "type": "workout"} | said
    return Event.create(**said, at=instant)


# Histories


def test_a_history_of_two_users_is_refused() -> None:
    mixed = [at("2026-01-05T12:00Z"), at("2026-01-05T12:00Z", id="b", user="bob")]
    for judge in (evaluate, progress):
        with pytest.raises(InvalidEvent, match="mixes 'ann' with other users") as caught:
            judge(ONE, mixed)
        assert (caught.value.code, caught.value.field) == ("other-user", "user")


def test_a_cut_without_an_offset_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="has no offset"):
        evaluate(ONE, [], datetime(2026, 1, 5))  # noqa: DTZ001 - that is the point


def test_a_cut_keeps_what_happened_at_its_instant() -> None:
    history = [at("2026-01-05T12:00Z"), at("2026-01-05T12:00:00.000001Z", id="b")]
    cut = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert [one.id for one in in_order(reversed(history), cut)] == ["a"]
    assert [one.id for one in in_order(reversed(history))] == ["a", "b"]


def test_awards_come_by_instant_badge_tier_and_occurrence() -> None:
    badges: list[dict[str, Any]] = [
        {"id": "b", "name": "B", "rule": {"type": "count", "event": "workout"}},
        {"id": "a", "name": "A", "rule": {"type": "total", "field": "minutes"}},
    ]
    badges[0]["tiers"] = [{"silver": 1}, {"bronze": 2}]
    badges[1]["rule"] |= {"event": "workout", "at_least": 10, "repeat": True}
    awards = evaluate(compiled(badges), [event(2, id="y", minutes=20), event(1, id="x")])
    assert [(one.badge, one.tier, one.occurrence, one.evidence.event) for one in awards] == [
        ("b", "silver", 1, "x"),
        ("a", None, 1, "y"),
        ("a", None, 2, "y"),
        ("b", "bronze", 1, "y"),
    ]


# Today


@pytest.mark.parametrize(
    ("zones", "zone", "today"),
    [
        ([], None, "2026-01-06"),
        ([], "Pacific/Kiritimati", "2026-01-07"),
        ([None], None, "2026-01-06"),
        (["Pacific/Kiritimati"], None, "2026-01-07"),
        (["Pacific/Kiritimati", None], None, "2026-01-07"),
        (["UTC", "Pacific/Kiritimati"], None, "2026-01-07"),
        (["Pacific/Kiritimati", "UTC"], None, "2026-01-06"),
        (["Pacific/Kiritimati"], "UTC", "2026-01-06"),
    ],
)
def test_today_is_the_day_of_as_of_where_the_user_was_last(
    zones: list[str | None], zone: str | None, today: str
) -> None:
    history = [
        Event.create(id=str(place), user="ann", type="workout", day=day(1 - place), zone=where)
        for place, where in enumerate(reversed(zones))
    ]
    as_of = datetime(2026, 1, 6, 12, tzinfo=UTC)
    assert local_today(history, as_of, zone).isoformat() == today


@pytest.mark.parametrize(
    ("instant", "hour", "today"),
    [
        ("2026-01-04T01:00-12:00", 11, "2026-01-05"),
        ("2026-01-04T01:00-12:00", 12, "2026-01-06"),
        ("2026-01-04T01:00+00:00:30", 23, "2026-01-06"),
        ("2026-01-04T01:00+05:30", 18, "2026-01-06"),
        ("2026-01-04T01:00+05:30", 19, "2026-01-07"),
        ("2026-01-04T01:00-00:30", 0, "2026-01-05"),
    ],
)
def test_today_is_told_by_the_offset_of_the_newest_event(
    instant: str, hour: int, today: str
) -> None:
    as_of = datetime(2026, 1, 6, hour, 29, 45, tzinfo=UTC)
    assert local_today([at(instant)], as_of).isoformat() == today


def test_seconds_of_an_offset_count_for_today() -> None:
    as_of = datetime(2026, 1, 6, 23, 59, 45, tzinfo=UTC)
    assert local_today([at("2026-01-04T01:00+00:00:30")], as_of) == date(2026, 1, 7)


def test_today_begins_when_the_day_of_the_host_begins() -> None:
    as_of = datetime(2026, 1, 6, 3, 59, tzinfo=UTC)
    assert local_today([], as_of, day_starts=time(4)) == date(2026, 1, 5)


def test_today_is_never_before_the_newest_event() -> None:
    newest = workouts(3)
    assert local_today(newest, today=day(1)) == day(3)
    assert local_today(newest, today=day(4)) == day(4)
    assert local_today(newest) == day(3)
    assert local_today(newest, datetime(2026, 1, 5, tzinfo=UTC)) == day(3)


def test_without_event_and_as_of_there_is_no_today() -> None:
    with pytest.raises(InvalidEvent, match="give as_of to say what today is") as caught:
        progress(ONE, [])
    assert (caught.value.code, caught.value.field) == ("no-today", "as_of")


def test_today_in_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="is not an IANA time zone"):
        local_today([], datetime(2026, 1, 6, tzinfo=UTC), "utc")


# Compiling


def test_a_week_that_starts_on_no_weekday_is_refused() -> None:
    packs = load_text("badges: []", vocabulary=Vocabulary(events={}))
    with pytest.raises(ValueError, match="'mon' is not a weekday"):
        compile_rules(packs, week_starts="mon")


def test_badges_are_compiled_in_file_order_whatever_they_refer_to() -> None:
    count = {"type": "count", "event": "workout", "at_least": 1}
    badges = [
        {"id": "all", "name": "All", "rule": {"type": "all_of", "of": [{"badge": "one"}, count]}},
        {"id": "one", "name": "One", "rule": count | {"at_least": 2}},
    ]
    rules = compiled(badges)
    assert list(rules.badges) == ["all", "one"]
    assert rules.compiled("one").badge.id == "one"
    assert rules.compiled("one").tier(0) is None


def test_a_badge_that_no_pack_has_is_unknown() -> None:
    with pytest.raises(UnknownBadge) as caught:
        explain(ONE, workouts(1), "other")
    assert caught.value.known == ("badge",)


def bare(criterion: Count | Total | Best) -> LoadedPacks:
    """A pack as only a program could make it, which the loader would refuse."""
    badge = Badge(id="b", name="B", rule=criterion)
    vocabulary = Vocabulary.model_validate({"events": VOCABULARY})
    return LoadedPacks((RulePack("p", "en", (badge,)),), vocabulary, ())


def test_a_rule_without_a_goal_cannot_be_compiled() -> None:
    with pytest.raises(LookupError, match="a count rule without a goal; load the pack again"):
        compile_rules(bare(Count(type="count", event=("workout",))))


def test_a_rule_that_reads_no_field_of_its_events_cannot_be_compiled() -> None:
    total = Total(type="total", event=("walk",), field="weight", at_least=Quantity(1))  # type: ignore[arg-type] # short for a text
    packs = bare(total)
    with pytest.raises(LookupError, match="no event type of the rule has a field 'weight'"):
        compile_rules(packs)
    with pytest.raises(LookupError, match="load the pack again"):
        definition_of(total, "weight", packs.vocabulary)


# Composites


def nested(**inner: Any) -> list[dict[str, Any]]:
    """`outer` needs the second tier of `inner`, which is itself made of parts."""
    workout, walk, meal = (
        {"type": "count", "event": name, "at_least": 4} for name in ("workout", "walk", "meal")
    )
    tiers = [{"bronze": 1}, {"silver": 2}, {"gold": 3}]
    return [
        {
            "id": "inner",
            "name": "Inner",
            "rule": {"type": "any_of", "of": [workout, walk, meal]},
            "tiers": tiers,
        }
        | inner,
        {
            "id": "outer",
            "name": "Outer",
            "rule": {
                "type": "all_of",
                "of": [{"badge": "inner", "tier": "silver"}, {"badge": "inner", "tier": "gold"}],
            },
        },
    ]


def test_the_share_of_a_tier_of_a_composite_is_that_of_its_best_parts() -> None:
    rules = compiled(nested())
    history = [*workouts(1, 2), event(1, "walk")]
    inner, outer = progress(rules, history, today=day(3))
    assert [str(inner.ratio), inner.tier] == ["0.5000", "bronze"]
    # silver: (2/4 + 1/4) / 2; gold: (2/4 + 1/4 + 0) / 3; outer: the mean of both.
    assert str(outer.ratio) == "0.3125"


def test_a_part_that_stands_for_a_later_tier_measures_that_tier() -> None:
    badges: list[dict[str, Any]] = [
        {
            "id": "many",
            "name": "Many",
            "rule": {"type": "count", "event": "workout"},
            "tiers": [{"bronze": 2}, {"silver": 8}],
        },
        {
            "id": "outer",
            "name": "Outer",
            "rule": {
                "type": "all_of",
                "of": [{"badge": "many", "tier": "silver"}, {"badge": "many"}],
            },
        },
    ]
    rules = compiled(badges)
    for done, ratio in [(1, "0.3125"), (2, "0.6250"), (7, "0.9375"), (8, "1.0000")]:
        _, outer = progress(rules, workouts(*range(1, done + 1)), today=day(20))
        assert str(outer.ratio) == ratio


# Explanations


def test_a_broken_streak_is_explained_by_the_day_that_would_have_saved_it() -> None:
    told = explain(streak(), workouts(1, 2), "badge", today=day(5))
    assert (told.holds, told.progress.state, told.evidence) == (False, "broken", None)
    assert told.blocking_day == day(3)


@pytest.mark.parametrize("today", [2, 3])
def test_a_streak_that_can_go_on_has_no_blocking_day(today: int) -> None:
    assert explain(streak(), workouts(1, 2), "badge", today=day(today)).blocking_day is None


def test_a_broken_streak_of_weeks_is_blocked_by_the_last_day_of_a_week() -> None:
    told = explain(streak("3 weeks"), workouts(1), "badge", today=day(20))
    assert told.blocking_day == day(14)


def test_an_explanation_counts_who_meets_each_requirement() -> None:
    where = {"minutes": {"at_least": 30}, "done": True}
    rules = rule(type="count", event="workout", at_least=2, where=where, **{"from": "2026-01-06"})
    history = [
        event(1, minutes=30, done=True),
        event(2, minutes=29, done=True),
        event(3, minutes=30, done=True),
        event(4, "walk", minutes=30),
    ]
    told = explain(rules, history, "badge", today=day(5))
    assert (told.considered, told.matched, told.holds) == (3, 1, False)
    assert [(one.setting, one.passed, one.considered) for one in told.requirements] == [
        ("minutes", 2, 3),
        ("done", 3, 3),
        ("from", 2, 3),
    ]


def test_an_explanation_of_parts_says_which_ones_block() -> None:
    rules = compiled(nested())
    history = [*workouts(1, 2, 3, 4), *(event(number, "walk") for number in (1, 2, 3, 5))]
    outer = explain(rules, history, "outer", today=day(6))
    assert (outer.criterion, outer.holds, outer.blocking_parts) == ("all_of", False, (1,))
    silver, gold = outer.parts
    assert (silver.badge, silver.holds, silver.blocking_parts) == ("inner", True, ())
    assert silver.evidence is not None
    assert silver.evidence.event == "walk-5-"
    assert (gold.holds, gold.evidence, gold.blocking_parts) == (False, None, (2,))
    assert [part.holds for part in gold.parts] == [True, True, False]
    assert gold.awards == silver.awards
    assert [award.tier for award in gold.awards] == ["bronze", "silver"]


def test_parts_have_no_tier_of_their_own() -> None:
    told = explain(compiled(nested()), workouts(1), "inner", today=day(2))
    assert told.progress.tier == "bronze"
    assert [part.progress.tier for part in told.parts] == [None, None, None]


# Units


def test_progress_is_told_in_the_unit_of_the_field() -> None:
    rules = rule(type="total", event="workout", field="distance", at_least="5 mi")
    state = shown(rules, [event(1, distance=2.5)], 2)
    assert (state.unit, state.decimals, state.value) == ("km", 3, Fraction(5, 2))
    assert state.target == Fraction("8.04672")
    history = [event(1, distance=2.5), event(2, distance="x"), event(3, distance=5.547)]
    assert only(evaluate(rules, history)).evidence.count == 2


def test_a_change_in_percent_is_told_in_percent() -> None:
    rules = rule(type="change", event="weigh_in", field="weight", by="-5%")
    history = [event(1, "weigh_in", weight=80), event(2, "weigh_in", weight=78)]
    state = shown(rules, history, 2)
    assert (state.unit, state.value, state.target) == ("%", Fraction(-5, 2), Fraction(-5))
    assert str(state.ratio) == "0.5000"


def test_a_streak_of_sums_is_told_without_a_unit() -> None:
    state = shown(streak(total="minutes", at_least="0.5 h"), [event(1, minutes=30)], 1)
    assert (state.unit, state.decimals, state.value) == (None, 0, Fraction(1))
