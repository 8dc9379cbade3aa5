"""A local day may come four days after a newer one, and every fold still has room for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from badge_engine.events import Event
from badge_engine.semantics.evaluate import evaluate
from badge_engine.testing.strategies import USER
from tests.semantics.builders import only, rule

TURN = date(2026, 6, 15)
ISOLATED = [-3 * number - 4 for number in range(30, 0, -1)]
NEXT_TO_IT = [-4, -3]


def on(offset: int, type: str, **data: Any) -> Event:
    day = TURN + timedelta(days=offset)
    return Event.create(id=f"day{offset}", user=USER, type=type, day=day, data=data)


def turn(offset: int, second: int, zone: str, type: str, **data: Any) -> Event:
    """An event at eleven o'clock UTC of the day of the turn, which the host puts on another day."""
    at = datetime(TURN.year, TURN.month, TURN.day, 11, 0, second, tzinfo=UTC)
    local = at.astimezone(datetime.fromisoformat(f"2026-01-01T00:00{zone}").tzinfo)
    day = TURN + timedelta(days=offset)
    return Event.create(id=f"turn{offset}", user=USER, type=type, at=local, day=day, data=data)


def history(type: str, before: Any, beside: list[Any], newest: Any, late: Any) -> list[Event]:
    return [
        *(on(offset, type, **before) for offset in ISOLATED),
        *(on(offset, type, **data) for offset, data in zip(NEXT_TO_IT, beside, strict=True)),
        turn(2, 0, "+14:00", type, **newest),
        turn(-2, 1, "-12:00", type, **late),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"type": "count", "at_least": 3, "within": "3 days"},
        {"type": "count", "at_least": 3, "within": "3 days", "distinct": "day"},
        {"type": "count", "at_least": 3, "within": "3 days", "distinct": "day", "repeat": True},
        {"type": "total", "field": "minutes", "at_least": 30, "within": "3 days"},
        {"type": "streak", "length": "3 days"},
        {"type": "streak", "length": "3 days", "repeat": True},
        {"type": "streak", "length": "3 days", "total": "minutes", "at_least": 10},
        {"type": "streak", "length": "3 days", "grace": "1 per 7 days", "total": "minutes"}
        | {"at_least": 10},
    ],
    ids=str,
)
def test_a_day_that_comes_four_days_late_completes_what_lies_before_it(settings: Any) -> None:
    ten = {"minutes": 10}
    events = history("workout", {"minutes": 1}, [ten, ten], ten, ten)
    rules = rule(event="workout", **settings)
    # A fold forgets now and then: just before the turn, too, for some length of what came before.
    for first in range(len(ISOLATED)):
        award = only(evaluate(rules, events[first:]))
        assert award.evidence.event == "turn-2"
        assert award.evidence.first_day == TURN + timedelta(days=-4)
        assert award.evidence.last_day == TURN + timedelta(days=-2)


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({"each": "day", "at_least": 2}, 2),
        ({"each": "day", "at_least": 2, "repeat": True}, 2),
        ({"distinct": "day", "at_least": len(ISOLATED) + 4}, len(ISOLATED) + 4),
    ],
    ids=str,
)
def test_a_day_that_comes_four_days_late_is_known_to_have_been(settings: Any, count: int) -> None:
    events = history("workout", {}, [{}, {}], {}, {})
    again = [on(-2, "workout"), on(1, "walk")]
    if "distinct" in settings:
        assert len(evaluate(rule(type="count", event="workout", **settings), events)) == 1
        settings = settings | {"at_least": settings["at_least"] + 1}
        assert evaluate(rule(type="count", event="workout", **settings), events + again) == []
    else:
        award = only(evaluate(rule(type="count", event="workout", **settings), events + again))
        assert (award.evidence.event, award.evidence.count) == ("turn-2", count)


def test_a_baseline_is_kept_for_a_reading_four_days_late() -> None:
    rules = rule(type="change", event="weigh_in", field="weight", by="-2 kg", within="3 days")
    beside = [{"weight": 80}, {"weight": 79}]
    events = history("weigh_in", {"weight": 70}, beside, {"weight": 79}, {"weight": 78})
    for first in range(len(ISOLATED)):
        award = only(evaluate(rules, events[first:]))
        assert award.evidence.event == "turn-2"
        assert award.evidence.first_day == TURN + timedelta(days=-4)


def test_readings_are_kept_for_a_mean_four_days_late() -> None:
    averaged = {"average": "3 days", "readings": 3}
    rules = rule(type="change", event="weigh_in", field="weight", by="-2 kg", **averaged)
    first = [on(offset, "weigh_in", weight=82) for offset in (-110, -109, -108)]
    beside = [{"weight": 80}, {"weight": 80}]
    events = history("weigh_in", {"weight": 70}, beside, {"weight": 70}, {"weight": 80})
    assert only(evaluate(rules, first + events)).evidence.event == "turn-2"


def test_half_a_day_of_activity_is_kept_for_the_other_half_four_days_late() -> None:
    rules = rule(type="streak", event="workout", length="2 days", at_least=2)
    halves = [on(offset, "workout") for offset in range(-40, -1)]
    other = Event.create(
        id="other", user=USER, type="workout", day=TURN - timedelta(days=3), zone=None
    )
    newest, late = turn(2, 0, "+14:00", "workout"), turn(-2, 1, "-12:00", "workout")
    for first in range(len(halves) - 2):
        award = only(evaluate(rules, [*halves[first:], other, newest, late]))
        assert (award.evidence.event, award.earned_on) == ("turn-2", TURN - timedelta(days=2))
