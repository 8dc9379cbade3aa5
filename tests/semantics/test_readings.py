"""Readings at their edges: the smallest changes, the marks to beat, and ratios."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from badge_engine.events import Event
from badge_engine.semantics.evaluate import evaluate
from tests.semantics.builders import day, days_earned, event, only, rule, shown


def weights(*readings: float) -> list[Event]:
    """One reading a day, from day 1 on."""
    return [event(number, "weigh_in", weight=kg) for number, kg in enumerate(readings, 1)]


def weighing(kind: str, **settings: Any) -> Any:
    return rule(type=kind, event="weigh_in", field="weight", **settings)


@pytest.mark.parametrize(
    ("by", "readings", "earned"),
    [
        ("-0.01 kg", (80, 80), []),
        ("-0.01 kg", (80, 80.01), []),
        ("-0.01 kg", (80, 79.99), [2]),
        ("+0.01 kg", (80, 79.99), []),
        ("+0.01 kg", (80, 80.01), [2]),
        ("-1%", (80, 79.21), []),
        ("-1%", (80, 79.2), [2]),
        ("-0.005 kg", (80, 79.99), [2]),
        ("-1%", (0, -5, -80), []),
        ("+1%", (0.01, 0.02), [2]),
    ],
)
def test_a_change_is_reached_exactly(by: str, readings: Any, earned: list[int]) -> None:
    assert days_earned(weighing("change", by=by), weights(*readings)) == earned


@pytest.mark.parametrize(
    ("baseline", "first", "last"),
    [("first", 1, 5), ("highest", 2, 5), ("lowest", 3, 5)],
)
def test_a_baseline_of_equal_readings_is_the_earliest(baseline: str, first: int, last: int) -> None:
    by = "+1 kg" if baseline == "lowest" else "-2 kg"
    values = {
        "first": (80, 80, 80, 80, 78),
        "highest": (79, 80, 80, 80, 78),
        "lowest": (80, 80, 79, 79, 80),
    }
    award = only(evaluate(weighing("change", by=by, baseline=baseline), weights(*values[baseline])))
    assert (award.evidence.first_day, award.evidence.last_day) == (day(first), day(last))
    assert award.evidence.count == 2


def test_a_mean_needs_its_readings_and_forgets_days_outside_its_span() -> None:
    rules = weighing("change", by="-1 kg", average="3 days", readings=2)
    history = weights(82, 80, 80, 79, 78)
    # Means: day 2: 81, day 3: 242/3, day 4: 239/3, day 5: 79.
    assert days_earned(rules, history) == [4]
    assert shown(rules, history, 5).value == -2
    assert shown(rules, history[:1], 1).value is None


@pytest.mark.parametrize(
    ("settings", "readings", "earned", "mark"),
    [
        ({}, (80, 80, 81, 80.5, 81.01), [3, 5], "81.01"),
        ({"lowest": True}, (80, 80, 79, 79.5, 78.99), [3, 5], "78.99"),
        ({"margin": "0.5 kg"}, (80, 80.49, 80.99, 81.5), [3, 4], "82"),
        ({"margin": "0.5 kg", "lowest": True}, (80, 79.5), [2], "79"),
        ({"after": 2}, (80, 81, 82), [3], "82"),
    ],
    ids=str,
)
def test_a_record_beats_all_before_it(
    settings: dict[str, Any], readings: Any, earned: list[int], mark: str
) -> None:
    rules, history = weighing("record", **settings), weights(*readings)
    assert days_earned(rules, history) == earned
    state = shown(rules, history, 9)
    assert (state.target, state.value) == (Fraction(mark), Fraction(str(readings[-1])))
    assert state.ratio == 0
    assert state.occurrence == len(earned) + 1


def test_before_the_first_reading_there_is_nothing_to_beat() -> None:
    state = shown(weighing("record", margin="1 kg"), [event(1)], 1)
    assert (state.value, state.target, state.state) == (None, None, "open")


@pytest.mark.parametrize(
    ("goal", "reading", "ratio"),
    [
        ({"at_least": 80}, 60, "0.7500"),
        ({"at_least": 80}, -1, "0.0000"),
        ({"at_least": 80}, 79.99, "0.9998"),
        ({"at_least": 80}, 80, "1.0000"),
        ({"at_most": 60, "lowest": True}, 80, "0.7500"),
        ({"at_most": "0.005 kg", "lowest": True}, 0.01, "0.5000"),
        ({"at_most": 60, "lowest": True}, 60.01, "0.9998"),
        ({"at_most": 60, "lowest": True}, 60, "1.0000"),
    ],
    ids=str,
)
def test_the_ratio_of_a_best_reading_is_cut_below_one(
    goal: dict[str, Any], reading: float, ratio: str
) -> None:
    assert str(shown(weighing("best", **goal), weights(reading), 1).ratio) == ratio


def test_tiers_of_a_best_reading_are_reached_together() -> None:
    tiers = [{"bronze": 70}, {"silver": 80}, {"gold": 90}]
    rules = weighing("best", tiers=tiers)
    awards = evaluate(rules, weights(60, 85, 85, 90))
    assert [(award.tier, award.earned_on) for award in awards] == [
        ("bronze", day(2)),
        ("silver", day(2)),
        ("gold", day(4)),
    ]
    assert shown(rules, weights(60, 85), 2).target == 90


def test_a_comeback_counts_the_days_since_the_event_before() -> None:
    rules = rule(type="comeback", event="workout", after="30 days", repeat=True)
    history = [event(number) for number in (1, 31, 60, 90)]
    awards = evaluate(rules, history)
    assert [award.evidence.first_day for award in awards] == [day(1), day(60)]
    assert [award.evidence.last_day for award in awards] == [day(31), day(90)]
    assert shown(rules, history, 100).value == 10
