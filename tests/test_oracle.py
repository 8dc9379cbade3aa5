"""The oracle's own examples, sentence by sentence; the answers were worked out by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle import OracleAward, OracleProgress, awards, progress
from tests.oracle_facts import Value

MONDAY = date(2026, 1, 5)
VOCABULARY: Mapping[str, Any] = {
    "workout": {
        "fields": {
            "minutes": {"type": "number", "unit": "min", "decimals": 0},
            "distance": {"type": "number", "unit": "km"},
            "kind": {"type": "text"},
            "exercises": {"type": "texts"},
            "done": {"type": "boolean"},
        }
    },
    "weigh_in": {"fields": {"weight": {"type": "number", "unit": "kg", "decimals": 2}}},
    "meal": {"fields": {}},
    "sick_day": {"fields": {}},
}


@dataclass(frozen=True)
class Fact:
    """An event as the oracle sees one."""

    id: str
    type: str
    instant: int
    day: date
    time: time | None
    zone: str | None
    data: Mapping[str, Value]


def fact(
    day: int,
    type: str = "workout",
    *,
    order: int | None = None,
    zone: str | None = None,
    clock: time | None = None,
    start: date = MONDAY,
    **data: Value,
) -> Fact:
    """A fact on a numbered day; `order` is the day whose noon is its instant, if another."""
    local = start + timedelta(days=day - 1)
    happened = start + timedelta(days=(day if order is None else order) - 1)
    midnight = datetime(happened.year, happened.month, happened.day, tzinfo=UTC)
    instant = int(midnight.timestamp()) * 10**6
    name = f"{type}-{day:03}-{order}-{sorted(data.items())}"
    return Fact(name, type, instant, local, clock, zone, data)


def strip(text: str, type: str = "workout") -> list[Fact]:
    marks = enumerate(text.replace("|", " ").split(), 1)
    return [fact(day, type) for day, mark in marks if mark == "x"]


def weights(**kilograms: str) -> list[Fact]:
    return [fact(int(day[1:]), "weigh_in", weight=Decimal(kg)) for day, kg in kilograms.items()]


def badge(rule: Mapping[str, Any], tiers: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    return {"id": "it", "rule": rule} | ({"tiers": tiers} if tiers else {})


def given(
    rule: Mapping[str, Any], *events: list[Fact], tiers: Sequence[Mapping[str, Any]] = ()
) -> list[OracleAward]:
    return awards([badge(rule, tiers)], VOCABULARY, [one for some in events for one in some])


def days(rule: Mapping[str, Any], *events: list[Fact]) -> list[int]:
    """The numbers of the days on which it was earned."""
    return [number(one.earned_on) for one in given(rule, *events)]


def evidence(award: OracleAward) -> tuple[int, int, int]:
    return number(award.first_day), number(award.last_day), award.count


def number(day: date) -> int:
    return (day - MONDAY).days + 1


def standing(rule: Mapping[str, Any], events: list[Fact], today: int) -> OracleProgress:
    on = MONDAY + timedelta(days=today - 1)
    return progress([badge(rule)], VOCABULARY, events, today=on)["it"]


COUNT = {"type": "count", "event": "workout"}
TOTAL = {"type": "total", "event": "workout", "field": "minutes"}
STREAK = {"type": "streak", "event": "workout"}
CHANGE = {"type": "change", "event": "weigh_in", "field": "weight"}


# count and total


def test_count_is_earned_with_the_event_that_reaches_the_goal() -> None:
    (award,) = given(COUNT | {"at_least": 3}, strip("x . x x x"))
    assert number(award.earned_on) == 4
    assert evidence(award) == (1, 4, 3)


def test_tiers_are_awarded_together_each_with_its_own_name() -> None:
    tiers = [{"bronze": "10 min"}, {"silver": "1 h"}]
    found = given(TOTAL, [fact(1, minutes=70)], tiers=tiers)
    assert [(one.tier, one.occurrence) for one in found] == [("bronze", 1), ("silver", 1)]


def test_one_event_may_earn_several_multiples() -> None:
    found = given(
        TOTAL | {"at_least": 10, "repeat": True}, [fact(1, minutes=5), fact(2, minutes=27)]
    )
    assert [(one.occurrence, number(one.earned_on), one.count) for one in found] == [
        (1, 2, 2),
        (2, 2, 2),
        (3, 2, 2),
    ]


def test_an_event_without_the_field_is_no_evidence() -> None:
    (award,) = given(TOTAL | {"at_least": 10}, [fact(1), fact(2, minutes=4), fact(3, minutes=6)])
    assert evidence(award) == (2, 3, 2)


def test_a_total_that_falls_again_stays_earned() -> None:
    events = [fact(1, minutes=10), fact(2, minutes=-5), fact(3, minutes=5)]
    assert days(TOTAL | {"at_least": 10}, events) == [1]
    assert days(TOTAL | {"at_least": 10, "repeat": True}, events) == [1]


def test_distinct_counts_each_element_of_a_texts_field_once() -> None:
    rule = COUNT | {"distinct": "exercises", "at_least": 3}
    events = [
        fact(1, exercises=("squat", "row")),
        fact(2, exercises=("row",)),
        fact(3, exercises=("squat", "press", "dip")),
    ]
    (award,) = given(rule, events)
    assert evidence(award) == (1, 3, 4)


def test_distinct_day_counts_days() -> None:
    events = [fact(1, order=1), fact(1, order=2), fact(2, order=3)]
    assert [one.event for one in given(COUNT | {"distinct": "day", "at_least": 2}, events)] == [
        events[2].id
    ]


def test_distinct_day_with_each_of_needs_every_type_on_the_day() -> None:
    rule = {"type": "count", "each_of": ["workout", "meal"], "distinct": "day", "at_least": 2}
    (award,) = given(rule, strip("x x x"), strip(". x x", "meal"))
    assert evidence(award) == (2, 3, 2)


def test_window_of_consecutive_days_holds_the_goal() -> None:
    rule = COUNT | {"within": "3 days", "at_least": 3}
    assert days(rule, strip("x . x x . x")) == []
    (award,) = given(rule, strip("x . x x x"))
    assert evidence(award) == (3, 5, 3)


def test_evidence_is_of_the_window_that_ends_first() -> None:
    events = [fact(1, minutes=8), fact(3, minutes=8), fact(2, order=4, minutes=3)]
    (award,) = given(TOTAL | {"within": "2 days", "at_least": 11}, events)
    assert evidence(award) == (1, 2, 2)


def test_repeat_within_uses_up_all_events_so_far() -> None:
    rule = COUNT | {"within": "7 days", "at_least": 2, "repeat": True}
    assert days(rule, strip("x x x x x")) == [2, 4]


def test_repeat_within_counts_used_values_again_only_on_a_later_day() -> None:
    rule = COUNT | {"within": "9 days", "at_least": 2, "distinct": "kind", "repeat": True}
    events = [
        fact(1, kind="run"),
        fact(2, kind="ride"),
        fact(2, order=3, kind="run"),
        fact(3, order=4, kind="swim"),
        fact(4, order=5, kind="run"),
    ]
    assert days(rule, events) == [2, 4]


def test_each_period_gives_one_occurrence() -> None:
    rule = COUNT | {"each": "week", "at_least": 2}
    events = strip(". . . . . . x | x x x . . . . | x x")
    assert days(rule, events) == [9]
    assert days(rule | {"repeat": True}, events) == [9, 16]


def test_weeks_begin_where_the_host_says() -> None:
    rule = badge(COUNT | {"each": "week", "at_least": 2})
    events = strip(". . . . . . x | x")
    assert awards([rule], VOCABULARY, events) == []
    assert len(awards([rule], VOCABULARY, events, week_starts="sunday")) == 1


# best, record, change, comeback


def test_best_is_that_reading() -> None:
    rule = {"type": "best", "event": "weigh_in", "field": "weight"}
    events = weights(d1="80", d2="77.7", d3="77")
    (award,) = given(rule | {"lowest": True, "at_most": "77.7 kg"}, events)
    assert evidence(award) == (2, 2, 1)
    assert days(rule | {"at_least": "170 lb"}, events) == [1]


def test_record_is_strictly_better_by_the_margin_after_some_readings() -> None:
    rule = {"type": "record", "event": "weigh_in", "field": "weight"}
    events = weights(d1="80", d2="80", d3="80.5", d4="81", d5="83")
    assert days(rule, events) == [3, 4, 5]
    assert days(rule | {"after": 4}, events) == [5]
    assert days(rule | {"margin": "0.5 kg"}, events) == [3, 4, 5]
    assert days(rule | {"margin": "0.6 kg"}, events) == [5]
    assert days(rule | {"lowest": True}, events) == []


def test_change_is_exact() -> None:
    assert days(CHANGE | {"by": "-2.3 kg"}, weights(d1="80.0", d2="77.71", d3="77.7")) == [3]
    assert days(CHANGE | {"by": "-5%"}, weights(d1="80.0", d2="76.01", d3="76")) == [3]
    assert days(CHANGE | {"by": "+2 kg"}, weights(d1="80.0", d2="79", d3="81", d4="82")) == [4]


def test_change_from_the_highest_reading() -> None:
    events = weights(d1="80", d2="82", d3="82", d4="79", d5="77")
    (award,) = given(CHANGE | {"by": "-5 kg", "baseline": "highest"}, events)
    assert evidence(award) == (2, 5, 2)


def test_change_within_days_compares_with_the_highest_of_the_window_before_it() -> None:
    events = weights(d1="85", d4="82", d5="80.5", d6="79")
    (award,) = given(CHANGE | {"by": "-3 kg", "within": "3 days"}, events)
    assert evidence(award) == (4, 6, 2)
    assert days(CHANGE | {"by": "-3 kg", "within": "4 days"}, events) == [4]


def test_means_take_the_place_of_readings() -> None:
    rule = CHANGE | {"by": "-1 kg", "average": "2 days", "readings": 2}
    events = weights(d1="80", d2="81", d3="79", d5="70", d6="78")
    (award,) = given(rule, events)
    assert evidence(award) == (2, 6, 2)


def test_a_percentage_of_a_baseline_of_zero_or_less_never_holds() -> None:
    events = weights(d1="0", d2="10")
    assert given(CHANGE | {"by": "+5%"}, events) == []
    assert standing(CHANGE | {"by": "+5%"}, events, 2).value is None


def test_comeback_after_days_without() -> None:
    rule = {"type": "comeback", "event": "workout", "after": "3 days"}
    events = strip("x . x . . x . . . x")
    assert days(rule, events) == [6]
    assert [evidence(one) for one in given(rule | {"repeat": True}, events)] == [
        (3, 6, 2),
        (6, 10, 2),
    ]


# streak


def test_streak_needs_consecutive_days() -> None:
    (award,) = given(STREAK | {"length": "3 days"}, strip("x x . x x x"))
    assert evidence(award) == (4, 6, 3)


def test_streak_filled_in_late_is_dated_by_the_last_day_of_the_run() -> None:
    events = [fact(1), fact(3), fact(2, order=4)]
    (award,) = given(STREAK | {"length": "3 days"}, events)
    assert (award.event, number(award.earned_on)) == (events[2].id, 3)


@pytest.mark.parametrize(
    ("grace", "expected"),
    [
        ("1 per 7 days", [7]),
        (1, [7]),
        ("1 in a row", [6]),
        ("2 per 7 days", [6]),
        (0, []),
    ],
)
def test_grace_forgives_missed_days(grace: object, expected: list[int]) -> None:
    rule = STREAK | {"length": "4 days", "grace": grace}
    assert days(rule, strip("x . x x . x x")) == expected


def test_what_lies_outside_the_stretch_never_matters() -> None:
    (award,) = given(STREAK | {"length": "4 days", "grace": "1 per 7 days"}, strip("x . x x . x x"))
    assert evidence(award) == (3, 7, 4)


def test_neutral_days_bridge_and_never_add_length() -> None:
    rule = STREAK | {"length": "3 days", "days": ["mon", "wed", "fri"]}
    assert days(rule, strip("x x x . x")) == [5]
    paused = STREAK | {"length": "3 days", "paused_by": "sick_day"}
    assert days(paused, strip("x . . x x"), strip(". x x", "sick_day")) == [5]
    assert days(paused, strip("x . . x x"), strip(". x", "sick_day")) == []


def test_a_window_of_grace_includes_neutral_periods() -> None:
    rule = STREAK | {"length": "3 days", "grace": "1 per 4 days", "paused_by": "sick_day"}
    assert days(rule, strip("x . . . x . x"), strip(". . x x", "sick_day")) == [7]
    assert days(rule, strip("x . . x . x"), strip(". . x", "sick_day")) == []


def test_a_date_that_never_existed_is_neutral() -> None:
    start = date(2011, 12, 28)
    rule = STREAK | {"length": "3 days"}
    there = [fact(day, zone="Pacific/Apia", start=start) for day in (1, 2, 4)]
    (award,) = given(rule, there)
    assert (award.first_day, award.last_day) == (start, date(2011, 12, 31))
    assert given(rule, [fact(day, zone="Pacific/Fiji", start=start) for day in (1, 2, 4)]) == []


def test_weeks_with_several_events_or_days_or_minutes() -> None:
    rule = STREAK | {"length": "2 weeks", "at_least": 2}
    twice = [fact(2, order=2), fact(2, order=3), fact(8), fact(14)]
    (award,) = given(rule, twice)
    assert evidence(award) == (1, 14, 2)
    assert given(rule | {"distinct": "day"}, twice) == []
    long = [fact(1, minutes=20), fact(7, minutes=40), fact(8, minutes=60)]
    assert days(STREAK | {"length": "2 weeks", "total": "minutes", "at_least": "1 h"}, long) == [8]


def test_every_listed_type_must_reach_the_goal_of_the_period() -> None:
    rule = {"type": "streak", "each_of": ["workout", "meal"], "length": "2 days"}
    assert days(rule, strip("x x x"), strip(". x x", "meal")) == [3]


def test_repeated_streak_starts_again_in_the_periods_after() -> None:
    rule = STREAK | {"length": "2 days", "repeat": True}
    assert days(rule, strip("x x x x x")) == [2, 4]
    assert [evidence(one) for one in given(rule, strip("x x x x"))] == [(1, 2, 2), (3, 4, 2)]


def test_streak_once_for_each_longest_run() -> None:
    rule = STREAK | {"length": "2 days", "repeat": "per_run"}
    assert days(rule, strip("x x x x x . x x")) == [2, 8]
    graceful = rule | {"grace": 1}
    found = given(graceful, strip("x . x x . x x"))
    assert [evidence(one) for one in found] == [(1, 3, 2), (6, 7, 2)]
    assert [
        evidence(one) for one in given(graceful | {"length": "4 days"}, strip("x . x x . x x"))
    ] == [(3, 7, 4)]


@pytest.mark.parametrize(
    ("grace", "today", "state", "last"),
    [
        (0, 4, "at_risk", 4),
        (0, 3, "alive", 4),
        (0, 5, "broken", None),
        (1, 4, "alive", 5),
        (1, 5, "at_risk", 5),
        ("1 per 1 day", 50, "alive", None),
    ],
)
def test_the_state_of_a_streak(grace: object, today: int, state: str, last: int | None) -> None:
    rule = STREAK | {"length": "9 days", "grace": grace}
    found = standing(rule, strip("x x x"), today)
    assert found.state == state
    assert found.value == 3
    assert found.expires_on == (None if last is None else MONDAY + timedelta(days=last - 1))


def test_a_streak_before_its_first_day() -> None:
    assert standing(STREAK | {"length": "3 days"}, [], 1).state == "none"


def test_progress_of_a_repeated_streak_leaves_out_what_was_used() -> None:
    rule = STREAK | {"length": "2 days", "repeat": True}
    assert standing(rule, strip("x x x"), 3).value == 1
    assert standing(rule, strip("x x x x"), 4).value == 0
    found = standing(rule | {"repeat": "per_run"}, strip("x x x"), 3)
    assert found.value == 0
    assert found.best == 3


def test_progress_over_a_weekend_that_is_not_scheduled() -> None:
    rule = STREAK | {"length": "5 days", "days": ["mon", "wed", "fri"]}
    found = standing(rule, strip("x . x . x"), 6)
    assert found.state == "alive"
    assert found.expires_on == MONDAY + timedelta(days=7)


# composites


def test_all_of_is_the_latest_part_and_any_of_the_earliest() -> None:
    parts = [COUNT | {"at_least": 2}, {"type": "count", "event": "meal", "at_least": 1}]
    events = [strip("x x"), strip(". . . x", "meal")]
    (award,) = given({"type": "all_of", "of": parts}, *events)
    assert evidence(award) == (2, 4, 2)
    assert days({"type": "any_of", "of": parts}, *events) == [2]
    assert days({"type": "any_of", "at_least": 2, "of": parts}, *events) == [4]


def test_a_part_may_be_a_tier_of_another_badge() -> None:
    other = {"id": "other", "rule": COUNT, "tiers": [{"bronze": 1}, {"gold": 3}]}
    first = {"type": "all_of", "of": [{"badge": "other"}]}
    gold = {"type": "all_of", "of": [{"badge": "other", "tier": "gold"}]}
    found = awards([badge(first), other], VOCABULARY, strip("x x x"))
    assert [number(one.earned_on) for one in found if one.badge == "it"] == [1]
    found = awards([badge(gold), other], VOCABULARY, strip("x x x"))
    assert [number(one.earned_on) for one in found if one.badge == "it"] == [3]


def test_ratio_of_a_composite_is_the_mean_of_its_best_parts() -> None:
    parts = [COUNT | {"at_least": 3}, {"type": "count", "event": "meal", "at_least": 1}]
    events = strip("x", "meal") + strip("x x")
    found = standing({"type": "all_of", "of": parts}, events, 2)
    assert found.value == 1
    assert found.target == 2
    assert found.ratio == Decimal("0.8333")
    assert standing({"type": "any_of", "of": parts}, events, 2).ratio == 1


# where


@pytest.mark.parametrize(
    ("where", "earned"),
    [
        ({"minutes": {"at_least": "0.5 h"}}, 1),
        ({"minutes": {"above": 30}}, 0),
        ({"minutes": {"between": [10, 30]}}, 1),
        ({"minutes": {"is_not": 30}}, 0),
        ({"kind": ["run", "ride"]}, 1),
        ({"kind": {"is_not": ["run", "ride"]}}, 0),
        ({"done": True}, 1),
        ({"done": False}, 0),
        ({"exercises": {"includes": "squat"}}, 1),
        ({"exercises": {"includes": ["squat", "dip"]}}, 0),
        ({"distance": {"at_least": 0}}, 0),
        ({"distance": {"exists": False}}, 1),
        ({"time": {"after": "7:00"}}, 1),
        ({"time": {"before": "7:00"}}, 0),
        ({"time": {"between": ["22:00", "7:01"]}}, 1),
        ({"time": {"between": ["6:00", "7:00"]}}, 0),
        ({"weekday": ["mon", "sat"]}, 1),
        ({"month": "dec"}, 0),
    ],
)
def test_where(where: Mapping[str, Any], earned: int) -> None:
    event = fact(1, clock=time(7), minutes=30, kind="run", done=True, exercises=("squat",))
    assert len(given(COUNT | {"at_least": 1, "where": where}, [event])) == earned


def test_a_row_that_knows_only_its_day_has_no_time() -> None:
    rule = COUNT | {"at_least": 1, "where": {"time": {"before": "23:59"}}}
    assert given(rule, [fact(1)]) == []


def test_readings_are_rounded_half_even_and_goals_never() -> None:
    rule = {"type": "best", "event": "weigh_in", "field": "weight", "at_least": "80.125"}
    assert days(rule, weights(d1="80.125", d2="80.135")) == [2]


def test_only_days_inside_the_range_exist() -> None:
    rule = COUNT | {"at_least": 2, "from": "2026-01-06", "until": "2026-01-07"}
    assert days(rule, strip("x x . x")) == []
    assert days(rule, strip("x x x x")) == [3]


# progress


def test_progress_of_counts() -> None:
    assert standing(COUNT | {"at_least": 3}, strip("x x"), 2) == OracleProgress(
        Fraction(2), Fraction(3), Decimal("0.6666"), None, 1, "open"
    )
    repeated = standing(COUNT | {"at_least": 2, "repeat": True}, strip("x x x"), 3)
    assert repeated.value == 3
    assert repeated.target == 4
    assert repeated.occurrence == 2
    weekly = COUNT | {"at_least": 3, "each": "week"}
    assert standing(weekly, strip("x x . . . . x"), 8).value == 0
    window = COUNT | {"at_least": 3, "within": "3 days"}
    assert standing(window, strip("x x"), 3).value == 2
    assert standing(window, strip("x x"), 4).value == 1


def test_progress_of_readings() -> None:
    best = {"type": "best", "event": "weigh_in", "field": "weight", "lowest": True}
    found = standing(best | {"at_most": 75}, weights(d1="80", d2="90"), 2)
    assert found.value == 80
    assert found.ratio == Decimal("0.9375")
    record = {"type": "record", "event": "weigh_in", "field": "weight", "margin": 1}
    found = standing(record, weights(d1="80", d2="79"), 2)
    assert found.value == 79
    assert found.target == 81
    assert found.ratio == 0
    loss = standing(CHANGE | {"by": "-5 kg"}, weights(d1="80", d2="77"), 2)
    assert loss.value == -3
    assert loss.ratio == Decimal("0.6000")
    gone = standing({"type": "comeback", "event": "workout", "after": "9 days"}, strip("x"), 4)
    assert gone.value == 3
    assert gone.target == 9
    assert gone.ratio == 0


def test_nothing_left_to_earn() -> None:
    found = standing(COUNT | {"at_least": 2}, strip("x x x"), 3)
    assert found.value == 3
    assert found.target == 2
    assert found.ratio == 1
    assert found.state == "earned"
