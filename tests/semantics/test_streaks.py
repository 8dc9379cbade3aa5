"""Streaks at their edges: what is remembered, what is forgiven, and when a run ends."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from badge_engine.events import Event
from badge_engine.semantics.evaluate import Folding, evaluate, in_order
from badge_engine.semantics.periods import Calendar, Unit, exists, weekday
from badge_engine.testing.strategies import USER
from tests.semantics.builders import (
    day,
    days_earned,
    event,
    only,
    rule,
    shown,
    streak,
    workouts,
)

PER_SEVEN = "1 per 7 days"


def state_size(rules: Any, history: list[Event]) -> int:
    folding = Folding(rules)
    folding.take_all(in_order(history))
    return len(json.dumps(folding.states))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"grace": PER_SEVEN},
        {"grace": 3},
        {"repeat": True},
        {"at_least": 2},
        {"total": "minutes", "at_least": 30},
        {"days": ["mon", "wed", "fri"]},
        {"paused_by": "sick_day"},
        {"length": "3 weeks", "at_least": 2, "distinct": "day"},
        {"length": "2 months"},
    ],
    ids=str,
)
def test_what_a_streak_remembers_does_not_grow_with_the_history(settings: Any) -> None:
    random, rules = Random(1), streak(**settings)
    history = []
    for number in range(1, 1200):
        kind = random.choice(("workout", "workout", "workout", "sick_day"))
        data = {"minutes": random.choice((10, 20, 30))} if kind == "workout" else {}
        history.append(event(number, kind, id=f"e{number:04}", **data))
    assert state_size(rules, history) < state_size(rules, history[:300]) * 1.5 + 200


@pytest.mark.parametrize("kind", ["count", "total"])
@pytest.mark.parametrize("repeat", [False, True])
def test_what_a_window_remembers_does_not_grow_with_the_history(*, kind: str, repeat: bool) -> None:
    goal = {"total": {"field": "minutes"}, "count": {"distinct": "day"}}[kind]
    rules = rule(type=kind, event="workout", at_least=7, within="7 days", repeat=repeat, **goal)
    history = [event(number, id=f"e{number:04}", minutes=0) for number in range(1, 1200, 2)]
    assert state_size(rules, history) < state_size(rules, history[:100]) * 1.5 + 200


@pytest.mark.parametrize("kind", ["day", "week", "month"])
def test_different_days_are_counted_without_remembering_them_all(kind: str) -> None:
    rules = rule(type="count", event="workout", distinct=kind, at_least=10_000)
    history = [event(number, id=f"e{number:04}") for number in range(1, 1200)]
    assert state_size(rules, history) < 1500
    periods = {"day": 1199, "week": 172, "month": 40}
    assert shown(rules, history, 1199).value == periods[kind]


def test_the_baseline_of_a_window_is_remembered_without_all_readings() -> None:
    rules = rule(type="change", event="weigh_in", field="weight", by="-500 kg", within="900 days")
    readings = [(number, 900 - number % 50) for number in range(1, 1200)]
    history = [event(number, "weigh_in", id=f"e{number:04}", weight=kg) for number, kg in readings]
    assert state_size(rules, history) < 2500
    assert shown(rules, history, 1199).value == -49


# Runs


@pytest.mark.parametrize(
    ("settings", "numbers", "earned"),
    [
        ({}, (1, 2, 3), [3]),
        ({}, (1, 2, 4, 5), []),
        ({}, (1, 2, 4, 5, 6), [6]),
        ({"grace": 1}, (1, 3, 4), [4]),
        ({"grace": 1}, (1, 3, 5), []),
        ({"grace": 1}, (1, 3, 5, 6), [6]),
        ({"grace": 2}, (1, 4, 5), [5]),
        ({"grace": 2}, (1, 5, 6), []),
        ({"grace": "2 in a row"}, (1, 4, 7), [7]),
        ({"grace": "2 in a row"}, (1, 4, 8), []),
        ({"grace": "1 per 3 days"}, (1, 3, 6), []),
        ({"grace": "1 per 3 days"}, (1, 3, 4, 6), [4]),
        ({"grace": "1 per 3 days", "length": "4 days"}, (1, 3, 4, 6), [6]),
        ({"grace": "1 per 4 days", "length": "4 days"}, (1, 3, 4, 6), []),
        ({"grace": "2 per 4 days", "length": "4 days"}, (1, 3, 5, 6), [6]),
        ({"grace": "2 per 6 days", "length": "4 days"}, (1, 3, 5, 7), []),
        ({"grace": "2 per 5 days", "length": "5 days"}, (1, 3, 5, 7, 9), []),
        ({"grace": "2 per 5 days", "length": "4 days"}, (1, 4, 6, 7, 8), [8]),
        ({"grace": PER_SEVEN, "length": "4 days"}, (1, 3, 4, 6, 7), [7]),
        ({"days": ["mon", "tue", "thu"]}, (1, 2, 4), [4]),
        ({"days": ["mon", "tue", "thu"]}, (1, 2, 3, 5), []),
        ({"days": ["mon", "tue", "thu"], "grace": 1}, (1, 4, 8), [8]),
        ({"length": "2 weeks"}, (7, 8), [8]),
        ({"length": "2 weeks"}, (1, 15), []),
        ({"length": "2 weeks", "grace": "1 in a row"}, (1, 15), [15]),
        ({"length": "2 months"}, (27, 28), [28]),
        ({"repeat": True}, (1, 2, 3, 4, 5, 6, 7), [3, 6]),
        ({"repeat": "per_run"}, (1, 2, 3, 4, 5, 7, 8, 9), [3, 9]),
        ({"repeat": "per_run", "grace": PER_SEVEN}, (1, 2, 4, 5, 7, 8, 9), [4, 9]),
    ],
    ids=str,
)
def test_a_streak_is_earned_with_the_first_run_of_its_length(
    settings: Any, numbers: tuple[int, ...], earned: list[int]
) -> None:
    assert days_earned(streak(**settings), workouts(*numbers)) == earned


def test_a_pause_recorded_late_bridges_the_gap_that_it_lies_in() -> None:
    rules = streak(paused_by="sick_day")
    late = Event.create(
        id="late", user=USER, type="sick_day", at="2026-01-08T13:00Z", day=day(3), zone=None
    )
    award = only(evaluate(rules, [*workouts(1, 2, 4), late]))
    assert (award.evidence.event, award.earned_on) == ("late", day(4))
    assert (award.evidence.first_day, award.evidence.count) == (day(1), 3)


@pytest.mark.parametrize("settings", [{"at_least": 2}, {"at_least": 2, "grace": 1}])
def test_days_that_are_never_active_are_forgotten(settings: Any) -> None:
    rules = streak(**settings)
    idle = [event(number, id=f"e{number:03}") for number in range(1, 300)]
    busy = [event(number, id=f"{name}{number}") for number in (297, 298, 299) for name in "fg"]
    assert state_size(rules, idle) < 1500
    assert days_earned(rules, idle + busy) == [299]


def traveller(number: int, at: str, local: int) -> Event:
    return Event.create(id=f"t{number}", user=USER, type="workout", at=at, day=day(local))


def test_a_day_that_comes_late_completes_a_run_in_the_past() -> None:
    history = [
        traveller(1, "2026-01-05T12:00+14:00", 1),
        traveller(2, "2026-01-07T01:00+14:00", 3),
        traveller(3, "2026-01-06T23:00-11:00", 2),
    ]
    award = only(evaluate(streak(), history))
    assert (award.evidence.event, award.earned_on) == ("t3", day(3))


# The outlook


@pytest.mark.parametrize(
    ("settings", "numbers", "today", "state", "expires"),
    [
        ({}, (), 1, "none", None),
        ({}, (1,), 1, "alive", 2),
        ({}, (1,), 2, "at_risk", 2),
        ({}, (1,), 3, "broken", None),
        ({"grace": 1}, (1,), 2, "alive", 3),
        ({"grace": 1}, (1, 3), 4, "at_risk", 4),
        ({"grace": "1 in a row"}, (1, 3), 4, "alive", 5),
        ({"grace": "1 per 7 days"}, (1, 3, 4, 5, 6, 7, 8), 8, "alive", 10),
        ({"grace": "1 per 7 days"}, (1, 3, 4, 5, 6, 7), 8, "at_risk", 8),
        ({"grace": "1 per 2 days"}, (1, 3), 4, "alive", 5),
        ({"grace": "2 per 7 days"}, (1,), 2, "alive", 4),
        ({"days": ["mon", "wed", "fri"]}, (1,), 2, "alive", 3),
        ({"days": ["mon", "wed", "fri"]}, (1,), 3, "at_risk", 3),
        ({"days": ["mon"], "grace": 1}, (1,), 2, "alive", 15),
        ({"days": ["mon"], "grace": "1 per 7 days"}, (1,), 2, "alive", None),
        ({"days": ["mon"], "grace": "1 per 8 days"}, (1,), 2, "alive", 15),
        ({"length": "3 weeks"}, (1,), 7, "alive", 14),
        ({"length": "3 weeks"}, (1,), 8, "at_risk", 14),
        ({"length": "3 weeks"}, (1,), 15, "broken", None),
        ({"length": "3 weeks", "grace": 1}, (1,), 15, "at_risk", 21),
        ({"length": "3 months"}, (1,), 28, "at_risk", 55),
        ({"until": "2026-01-06"}, (1,), 1, "alive", 2),
        ({"until": "2026-01-05"}, (1,), 1, "at_risk", 1),
        ({"until": "2026-01-05"}, (1,), 2, "broken", None),
        ({"until": "2026-01-07", "grace": 1}, (1,), 1, "alive", 3),
        ({"until": "2026-01-07", "grace": 5}, (1,), 1, "alive", 3),
    ],
    ids=str,
)
def test_state_and_end_of_the_current_run(
    settings: Any, numbers: tuple[int, ...], today: int, state: str, expires: int | None
) -> None:
    told = shown(streak(**{"length": "9 days"} | settings), workouts(*numbers), today)
    assert told.state == state
    assert told.expires_on == (None if expires is None else day(expires))


@pytest.mark.parametrize("until", ["2026-03-02", "2026-03-05", "2036-03-02"])
def test_a_run_that_nothing_else_would_break_ends_with_until(until: str) -> None:
    rules = streak(until=until, days=["mon"], grace=PER_SEVEN)
    told = shown(rules, workouts(1), 2)
    last = date.fromisoformat(until)
    assert (told.state, told.expires_on) == ("alive", last - timedelta(days=last.weekday()))
    after = shown(rules, workouts(1), (last - day(1)).days + 2)
    assert (after.state, after.expires_on) == ("broken", None)


def test_pauses_that_are_recorded_ahead_put_the_end_off() -> None:
    rules = streak(paused_by="sick_day")
    pauses = [event(number, "sick_day") for number in (2, 3, 5)]
    told = shown(rules, workouts(1) + pauses, 5)
    assert (told.state, told.expires_on) == ("broken", None)
    told = shown(rules, workouts(1) + pauses[:2], 3)
    assert (told.state, told.expires_on) == ("alive", day(4))


def test_many_pauses_put_the_end_off_by_as_many_days() -> None:
    rules = streak(paused_by="sick_day", length="3 days")
    pauses = [event(number, "sick_day") for number in range(2, 62)]
    told = shown(rules, workouts(1) + pauses, 61)
    assert (told.state, told.expires_on) == ("alive", day(62))


def test_the_current_run_of_a_repeating_streak_shrinks_by_what_was_used() -> None:
    rules = streak(repeat=True)
    values = [shown(rules, workouts(*range(1, done + 1)), done).value for done in range(1, 8)]
    assert values == [1, 2, 0, 1, 2, 0, 1]


def test_a_run_that_has_given_its_award_counts_for_nothing_until_it_ends() -> None:
    rules = streak(repeat="per_run")
    during, after = shown(rules, workouts(1, 2, 3, 4), 4), shown(rules, workouts(1, 2, 3, 4, 6), 6)
    assert [during.value, after.value] == [0, 1]
    assert (during.best, during.occurrence) == (after.best, after.occurrence) == (4, 2)


# The calendar


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
@pytest.mark.parametrize("week_starts", [0, 3, 6])
def test_every_day_lies_in_its_period_and_periods_touch(unit: Unit, week_starts: int) -> None:
    calendar = Calendar(unit, week_starts)
    start = date(2023, 12, 20).toordinal()
    for ordinal in range(start, start + 800):
        period = calendar.period_of(ordinal)
        assert calendar.first_day(period) <= ordinal <= calendar.last_day(period)
        assert calendar.period_of(calendar.last_day(period) + 1) == period + 1
        assert calendar.period_of(calendar.first_day(period) - 1) == period - 1


@pytest.mark.parametrize(
    ("unit", "first", "last"),
    [
        ("day", "2024-02-29", "2024-02-29"),
        ("week", "2024-02-26", "2024-03-03"),
        ("month", "2024-02-01", "2024-02-29"),
        ("year", "2024-01-01", "2024-12-31"),
    ],
)
def test_periods_begin_and_end_with_the_calendar(unit: Unit, first: str, last: str) -> None:
    calendar = Calendar(unit)
    period = calendar.period_of(date(2024, 2, 29).toordinal())
    assert date.fromordinal(calendar.first_day(period)).isoformat() == first
    assert date.fromordinal(calendar.last_day(period)).isoformat() == last


@pytest.mark.parametrize("week_starts", range(7))
def test_a_week_begins_on_the_chosen_weekday(week_starts: int) -> None:
    calendar = Calendar("week", week_starts)
    period = calendar.period_of(day(10).toordinal())
    first = date.fromordinal(calendar.first_day(period))
    assert first.weekday() == weekday(first.toordinal()) == week_starts


@pytest.mark.parametrize(
    ("zone", "missing"),
    [
        ("Pacific/Apia", "2011-12-30"),
        ("Pacific/Fakaofo", "2011-12-30"),
        ("Pacific/Kiritimati", "1994-12-31"),
        ("Pacific/Kanton", "1994-12-31"),
        ("Pacific/Kwajalein", "1993-08-21"),
    ],
)
def test_a_zone_that_changed_sides_of_the_date_line_lacks_a_date(zone: str, missing: str) -> None:
    ordinal = date.fromisoformat(missing).toordinal()
    assert [exists(ordinal + step, zone) for step in (-1, 0, 1)] == [True, False, True]


@pytest.mark.parametrize("zone", ["Pacific/Fiji", "UTC", "-11:00", "+13:00", None])
def test_elsewhere_every_date_has_been(zone: str | None) -> None:
    assert exists(date(2011, 12, 30).toordinal(), zone)
