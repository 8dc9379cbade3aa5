"""Facts that an independent program computed from real histories, found again by rules."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from badge_engine.events import Event
from badge_engine.semantics.evaluate import evaluate, progress
from tests.facts import (
    BEYOND_REACH,
    DECIMALS,
    QUESTIONS,
    Ask,
    Facts,
    Rule,
    Subject,
    answers,
    compiled,
    expected,
    read,
    vocabulary,
)

DATA_SETS = ("fitbit", "habits", "lifesnaps", "runkeeper", "runs", "strong", "weightlog")
HALF_A_STEP = Fraction(1, 2 * 10**DECIMALS)
SHORTEST_COMEBACK = 30

by_data_set = pytest.mark.parametrize("data_set", DATA_SETS)


def asked(facts: Facts) -> list[str]:
    """The facts that a rule can express; a comeback needs a gap of a month."""
    short = (facts.get("longest_gap_days") or 0) < SHORTEST_COMEBACK
    return [key for key in facts if key in QUESTIONS and not (key == "longest_gap_days" and short)]


def assert_found(facts: Facts, history: Iterable[Event], event: str, **where: str) -> None:
    def questions(ask: Ask) -> Facts:
        common: dict[str, Any] = {"event": event} | ({"where": where} if where else {})
        of = Subject(ask, **common)
        return {key: QUESTIONS[key](of, facts[key]) for key in asked(facts)}

    assert answers(questions, history) == {key: facts[key] for key in asked(facts)}


def facts_of(data: Path, data_set: str) -> Iterable[tuple[str, list[Event], str, Facts]]:
    """Every person's facts of each event type, with the person's history."""
    users = read(data / data_set)
    for user, types in expected(data, f"{data_set}.json")["users"].items():
        for event_type, facts in types.items():
            yield user, users[user], event_type, facts


@by_data_set
def test_days_streaks_weeks_and_gaps(histories: Path, data_set: str) -> None:
    for _, history, event_type, facts in facts_of(histories, data_set):
        if event_type != "both_days":
            assert_found(facts, history, event_type)


@by_data_set
def test_totals_bests_records_and_days_of_a_number(histories: Path, data_set: str) -> None:
    for _, history, event_type, facts in facts_of(histories, data_set):
        for field, numbers in facts.get("numbers", {}).items():
            of_field = partial(ask_number, event_type, field, numbers)
            total, found = answers(of_field, history)
            assert within_rounding(total, numbers)
            assert found == {key: day_and_id(numbers[key]) for key in found}


def ask_number(event: str, field: str, numbers: Facts, ask: Ask) -> tuple[Fraction | None, Facts]:
    of = Subject(ask, event=event)
    total = of.field("total", field, at_least=BEYOND_REACH**3)
    return total.value, of.number(numbers, field)


def within_rounding(total: Fraction | None, numbers: Facts) -> bool:
    """Whether a sum of rounded readings is the exact sum, as nearly as the rounding allows."""
    assert total is not None
    readings = int(numbers["events_with_value"])
    return abs(total - Fraction(numbers["total"])) <= readings * HALF_A_STEP


def day_and_id(fact: Any) -> Any:
    """A fact about one event without the reading itself."""
    if isinstance(fact, dict) and "id" in fact:
        return {"day": fact["day"], "id": fact["id"]}
    return fact


@by_data_set
def test_weights_lost_and_gained(histories: Path, data_set: str) -> None:
    for _, history, _, facts in facts_of(histories, data_set):
        if "weight" in facts:
            found = answers(partial(ask_weight, facts["weight"]), history)
            assert found == {key: day_and_id(facts["weight"][key]) for key in found}


def ask_weight(facts: Facts, ask: Ask) -> Facts:
    of = Subject(ask, event="weigh_in")
    drop = Decimal(facts["largest_drop_from_earlier_peak_kg"])
    changes = {
        key: of.change(f"{'-' if key.startswith('lost') else '+'}{match[1]} {match[2]}").day_and_id
        for key in facts
        if (match := re.fullmatch(r"(?:lost|gained)_([\d.]+)(kg|pct)", key))
    }
    lows = of.field("record", "weight_kg", lowest=True)
    return changes | {
        "weigh_ins": of.count(repeat=True).times,
        "new_lows_counting_first": lows.times + 1,
        "largest_drop_from_earlier_peak_kg": largest_drop(of, drop),
    }


def largest_drop(of: Subject, drop: Decimal) -> str | None:
    more = of.change(f"-{drop + Decimal('0.001')} kg", baseline="highest")
    if drop and not of.change(f"-{drop} kg", baseline="highest").awards:
        return None
    return None if more.awards else str(drop)


@pytest.mark.parametrize(
    ("data_set", "event_type"), [("lifesnaps", "workout"), ("habits", "workout")]
)
def test_facts_of_one_sport_alone(histories: Path, data_set: str, event_type: str) -> None:
    for _, history, kind, facts in facts_of(histories, data_set):
        for sport, of_sport in facts.get("by_sport", {}).items() if kind == event_type else ():
            assert_found(of_sport, history, event_type, sport=sport)


def test_records_of_each_exercise(histories: Path) -> None:
    for _, history, _, facts in facts_of(histories, "strong"):
        for exercise, of_exercise in facts.get("by_exercise", {}).items():
            found = answers(partial(ask_exercise, exercise), history)
            assert found["sessions"] == of_exercise["sessions"]
            first, *rest = of_exercise["top_weight_records"]
            assert found["records"] == [[day, event] for day, _, event in rest], (exercise, first)


def ask_exercise(exercise: str, ask: Ask) -> Facts:
    of = Subject(ask, event="exercise", where={"exercise": exercise})
    records = of.field("record", "top_weight")
    events = [award.evidence.event for award in records.awards]
    return {
        "sessions": of.count(repeat=True).times,
        "records": [[day, event] for day, event in zip(records.days, events, strict=True)],
    }


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_facts_as_another_zone_sees_them(histories: Path, zone: str) -> None:
    for user, history, event_type, facts in facts_of(histories, "runs"):
        moved = [
            Event.create(
                id=event.id, user=user, type=event.type, at=event.at, zone=zone, data=event.data
            )
            for event in history
        ]
        assert_found(facts[f"@{zone}"], moved, event_type)


@by_data_set
def test_days_that_hold_two_types(histories: Path, data_set: str) -> None:
    for _, history, event_type, facts in facts_of(histories, data_set):
        for types, fact in facts.items() if event_type == "both_days" else ():
            found = answers(partial(ask_both, types.split("+"), fact), history)
            assert found == fact


def ask_both(types: list[str], fact: Facts, ask: Ask) -> Facts:
    of = Subject(ask, each_of=types)
    days = of.count(distinct="day", repeat=True)
    return {
        "days": days.times,
        "first": days.day,
        "longest_streak": of.longest(fact["longest_streak"]),
        "first_streak": {n: of.streak(n).day for n in fact["first_streak"]},
    }


def test_two_readings_of_one_day_are_both_added(histories: Path) -> None:
    for user, ways in expected(histories, "fitbit-overlap.json")["users"].items():
        fact = ways["sum"]
        found = answers(partial(ask_overlap, fact), read(histories / "fitbit-overlap")[user])
        assert found == {key: fact[key] for key in found}


def ask_overlap(fact: Facts, ask: Ask) -> Facts:
    of = Subject(ask, event="daily_activity")
    total = of.field("total", "steps", at_least=BEYOND_REACH**3)
    return {
        "days": of.count(distinct="day", repeat=True).times,
        "total": total.value,
        "first": {m: of.field("total", "steps", at_least=int(m)).day for m in fact["first"]},
    }


def test_current_streak_at_each_run_is_the_one_that_the_source_stored(histories: Path) -> None:
    stored = expected(histories, "runs.source-streaks.json")["streaks"]
    (history,) = read(histories / "runs").values()
    rules = compiled([{"type": "streak", "event": "workout", "length": f"{BEYOND_REACH} days"}])
    found = {}
    for event in history:
        (state,) = progress(rules, history, as_of=event.at)
        found[event.id] = state.value
    assert found == stored


# ---- awards.csv ------------------------------------------------------------------------------

RULES_OF_AWARDS = {
    r"steps_total_(\d+)": r"{type: total, event: daily_activity, field: steps, at_least: \1}",
    r"steps_10k_streak_(\d+)": (
        r"{type: streak, event: daily_activity, total: steps, at_least: 10000, length: \1 days}"
    ),
    r"steps_15k_first": (
        r"{type: total, event: daily_activity, field: steps, at_least: 15000, each: day}"
    ),
    r"distance_total_(\d+)m": r"{type: total, event: workout, field: distance_m, at_least: \1 m}",
    r"distance_in_a_day_(\d+)m": (
        r"{type: total, event: workout, field: distance_m, at_least: \1 m, each: day}"
    ),
    r"lost_([\d.]+)kg": r"{type: change, event: weigh_in, field: weight_kg, by: -\1 kg}",
    r"lost_(\d+)pct": r"{type: change, event: weigh_in, field: weight_kg, by: -\1%}",
    r"(\w+)_streak_(\d+)": r"{type: streak, event: \1, length: \2 days}",
    r"(\w+)_count_(\d+)": r"{type: count, event: \1, at_least: \2}",
    r"(\w+)_(\d+)_a_week_for_(\d+)_weeks": (
        r"{type: streak, event: \1, at_least: \2, length: \3 weeks}"
    ),
    r"(\w+)_(\d+)_in_(\d+)_days": r"{type: count, event: \1, at_least: \2, within: \3 days}",
}


def rule_of_award(name: str) -> Rule:
    for pattern, rule in RULES_OF_AWARDS.items():
        if match := re.fullmatch(pattern, name):
            written: Rule = yaml.safe_load(match.expand(rule))
            return written
    raise LookupError(name)


@pytest.mark.parametrize("decimals", [2, DECIMALS])
@by_data_set
def test_every_row_of_the_table_of_awards(histories: Path, data_set: str, decimals: int) -> None:
    with (histories / "expected" / "awards.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["dataset"] == data_set]
    names = sorted({row["rule"] for row in rows})
    rules = compiled(map(rule_of_award, names), vocabulary(decimals))
    rule_of = dict(zip(rules.badges, names, strict=True))
    earned = {
        (user, rule_of[award.badge]): award.earned_on.isoformat()
        for user, history in read(histories / data_set).items()
        for award in evaluate(rules, history)
    }
    assert {(row["user"], row["rule"]): row["day"] for row in rows} == {
        (row["user"], row["rule"]): earned.get((row["user"], row["rule"]), "") for row in rows
    }
    assert len(rows) > 0
