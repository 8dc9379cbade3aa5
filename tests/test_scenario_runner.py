from __future__ import annotations

import textwrap
from datetime import UTC, date, datetime, time

import pytest

from badge_engine.authoring.report import results_text
from badge_engine.authoring.scenarios import (
    ScenarioResult,
    history_of,
    moment,
    operations,
    run_tests,
)
from badge_engine.language.loader import LoadedPacks, load_text
from badge_engine.language.scenarios import Scenario
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import compile_rules

VOCABULARY = Vocabulary.model_validate(
    {
        "events": {
            "workout": {"fields": {"minutes": {"type": "number", "unit": "min", "decimals": 0}}},
            "rest_day": {},
            "weigh_in": {"fields": {"weight": {"type": "number", "unit": "kg", "decimals": 2}}},
        }
    }
)
STREAK = "{type: streak, event: workout, length: 3 days}"
COUNT = "{type: count, event: workout, at_least: 2}"
TIERS = "[{bronze: 1}, {gold: 3}]"


def pack(rule: str, *tests: str, tiers: str | None = None) -> LoadedPacks:
    lines = ["language: en", "badges:", "  - id: it", "    name: It", f"    rule: {rule}"]
    lines += [f"    tiers: {tiers}"] if tiers else []
    lines += ["    tests:", *(textwrap.indent(f"- {test}", "      ") for test in tests)]
    return load_text("\n".join(lines) + "\n", path="it.yaml", vocabulary=VOCABULARY)


def results(
    rule: str,
    *tests: str,
    tiers: str | None = None,
    week_starts: str = "monday",
    day_starts: time = time(0),
) -> list[ScenarioResult]:
    packs = pack(rule, *tests, tiers=tiers)
    return run_tests(packs, compile_rules(packs, week_starts=week_starts), day_starts)


def result(rule: str, test: str, tiers: str | None = None) -> ScenarioResult:
    (found,) = results(rule, test, tiers=tiers)
    return found


def scenario(test: str, rule: str = COUNT) -> Scenario:
    (badge,) = pack(rule, test)
    (found,) = badge.tests
    assert isinstance(found, Scenario)
    return found


REPEATED = COUNT.replace("}", ", repeat: true}")
TALLY = COUNT.replace(", at_least: 2", "")


@pytest.mark.parametrize(
    ("rule", "tiers", "strip", "right", "wrong"),
    [
        (STREAK, None, "x x x", "earned on day 3", "earned on day 2"),
        (STREAK, None, "x x x", "earned", "not earned"),
        (STREAK, None, "x x .", "not earned", "earned"),
        (STREAK, None, "x x .", "{progress: 2 of 3}", "{progress: 1 of 3}"),
        (TALLY, TIERS, "x x x", "{bronze: day 1, gold: day 3}", "{bronze: day 1, gold: day 2}"),
        (TALLY, TIERS, "x x", "{bronze: day 1, gold: not earned}", "{bronze: day 1, gold: day 2}"),
        (TALLY, TIERS, "x x x", "{bronze: earned, gold: earned}", "{bronze: earned, gold: day 2}"),
        (TALLY, TIERS, "x x x", "earned on day 1", "earned on day 3"),
        (REPEATED, None, "2x x x", "{earned: [day 1, day 3]}", "{earned: [day 1]}"),
        (REPEATED, None, "2x x x", "earned on day 1", "earned on day 3"),
    ],
)  # fmt: skip
def test_expectation_is_met_or_not(
    rule: str, tiers: str | None, strip: str, right: str, wrong: str
) -> None:
    met, missed = results(
        rule,
        f"{{name: right, workout: {strip}, expect: {right}}}",
        f"{{name: wrong, workout: {strip}, expect: {wrong}}}",
        tiers=tiers,
    )
    assert (met.passed, missed.passed) == (True, False)
    assert missed.drawing != ()


def test_progress_may_be_written_as_it_is_shown() -> None:
    rule = "{type: change, event: weigh_in, field: weight, by: -5 kg, average: 7 days}"
    shown = result(rule, "{name: mean, weigh_in: 80 79 78.5, expect: {progress: -0.83 of -5}}")
    assert shown.passed, shown.happened


def test_progress_without_a_value_meets_no_expectation() -> None:
    rule = "{type: best, event: weigh_in, field: weight, at_least: 90 kg}"
    assert not result(rule, "{name: none, weigh_in: '.', expect: {progress: 0 of 90}}").passed


def test_failure_of_the_dated_form_speaks_of_dates() -> None:
    items = "[{day: 2026-03-02, event: workout}, {day: 2026-03-03, event: workout}]"
    once = REPEATED.replace("at_least: 2", "at_least: 1")
    failed = result(once, f"{{name: dated, events: {items}, expect: {{earned: [2026-03-03]}}}}")
    assert failed.expected == "earned on 2026-03-03 (Tuesday)"
    assert failed.happened == "earned on 2026-03-02, 2026-03-03"
    assert failed.read_as == ""


def test_failure_says_what_was_expected_what_happened_and_what_was_read() -> None:
    failed = result(STREAK, "{name: late, workout: x x . x x x x, expect: earned on day 3}")
    assert failed.expected == "earned on day 3 (Wednesday 2026-01-07)"
    assert failed.happened == "earned on day 6 (Saturday 2026-01-10)"
    assert failed.read_as == "days 1-2 workout; day 3 nothing; days 4-7 workout"
    assert failed.drawing == (
        "day       1 2 3 4 5 6 7",
        "workout   x x . x x x x",
        "expected      ^ day 3 (Wednesday 2026-01-07)",
        "earned              ^ day 6 (Saturday 2026-01-10)",
    )


def test_failure_of_tiers_names_every_tier() -> None:
    failed = result(TALLY, "{name: t, workout: x x, expect: {bronze: day 1, gold: day 2}}", TIERS)
    assert failed.happened == "bronze on day 1 (Monday 2026-01-05), gold not earned"
    assert failed.drawing[-1] == "bronze    ^ day 1 (Monday 2026-01-05)"


def test_result_knows_its_place_in_the_pack() -> None:
    first, second = results(
        STREAK,
        "{name: first, workout: x x x, expect: earned}",
        "{name: second, workout: x, expect: not earned}",
    )
    assert (first.path, first.line, first.badge, first.name) == ("it.yaml", 7, "it", "first")
    assert (second.line, second.name) == (8, "second")


def test_text_counts_the_tests_and_folds_at_80_columns() -> None:
    failing = "{name: often, workout: x*40, expect: {earned: [day 2]}}"
    text = results_text(results(REPEATED, failing))
    assert text.endswith("\n1 test, 1 failed")
    assert all(len(line) <= 80 for line in text.splitlines())


def test_strips_are_judged_at_the_end_of_their_last_written_day() -> None:
    strip = scenario("{name: a, zone: America/New_York, workout: x . ., expect: not earned}")
    assert moment(strip) == datetime(2026, 1, 8, 4, 59, 59, 999999, UTC)
    assert moment(strip, time(3)) == datetime(2026, 1, 8, 7, 59, 59, 999999, UTC)


def test_dated_form_is_not_cut_without_as_of() -> None:
    items = "events: [{day: 2026-01-05, event: workout}]"
    assert moment(scenario(f"{{name: a, {items}, expect: not earned}}")) is None
    cut = scenario(f"{{name: a, as_of: 2026-01-04, {items}, expect: not earned}}")
    assert moment(cut) == datetime(2026, 1, 4, 23, 59, 59, 999999, UTC)


def test_marks_of_a_day_become_as_many_events_with_the_data_of_the_test() -> None:
    told = list(
        operations(scenario("{name: a, with: {minutes: 30}, workout: 2x ., expect: earned}"))
    )
    assert [operation.name for operation in told] == ["record", "record"]
    first, second = (operation.event for operation in told)
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert (first.day, first.time, first.data) == (date(2026, 1, 5), None, {"minutes": 30})


def test_operations_come_in_the_order_written_and_leave_a_history() -> None:
    corrected = scenario(
        "{name: a, expect: not earned, events: ["
        "{id: b, day: 2026-01-06, event: workout}, {id: a, day: 2026-01-05, event: workout}, "
        "{amend: b, day: 2026-01-07, event: workout}, {retract: a}, "
        "{id: b, day: 2026-01-09, event: workout}]}"
    )
    told = list(operations(corrected))
    assert [(operation.name, operation.id) for operation in told] == [
        ("record", "b"),
        ("record", "a"),
        ("amend", "b"),
        ("retract", "a"),
        ("record", "b"),
    ]
    assert [event.day for event in history_of(told)] == [date(2026, 1, 7)]


def test_settings_of_the_host_apply() -> None:
    early = "{name: a, zone: UTC, events: [{at: 2026-01-06 02:00, event: workout}, {at: 2026-01-06 04:00, event: workout}], expect: "  # noqa: E501 - one line of YAML
    rule = "{type: count, event: workout, distinct: day, at_least: 2}"
    assert not result(rule, early + "earned}").passed
    (moved,) = results(rule, early + "earned}", day_starts=time(3))
    assert moved.passed
    weekly = "{type: count, event: workout, at_least: 2, each: week}"
    (sunday,) = results(
        weekly, "{name: b, workout: '. . . . . . x x', expect: earned}", week_starts="sunday"
    )
    assert sunday.passed


def test_day_that_never_existed_fails_the_test_with_its_reason() -> None:
    apia = "{name: a, zone: Pacific/Apia, starts: 2011-12-29, workout: x x x, expect: not earned}"
    failed = result(STREAK, apia)
    assert not failed.passed
    assert "2011-12-30 never existed in Pacific/Apia" in failed.happened


def test_everything_withdrawn_is_an_empty_history() -> None:
    items = "[{id: a, day: 2026-01-05, event: workout}, {retract: a}]"
    assert result(STREAK, f"{{name: a, events: {items}, expect: {{progress: 0 of 3}}}}").passed


def test_badge_that_stands_on_another_is_tested_with_it() -> None:
    text = f"""\
language: en
badges:
  - id: both
    name: Both
    rule: {{type: all_of, of: [{{badge: streak}}, {COUNT}]}}
    tests:
      - {{name: both, workout: x x x, expect: earned on day 3}}
  - id: streak
    name: Streak
    rule: {STREAK}
"""
    packs = load_text(text, vocabulary=VOCABULARY)
    (found,) = run_tests(packs, compile_rules(packs))
    assert found.passed, found.happened


def test_failed_test_of_a_composite_shows_its_parts_as_a_tree() -> None:
    parts = f"[{COUNT}, {STREAK}]"
    told = result(f"{{type: all_of, of: {parts}}}", "{name: a, workout: x x, expect: earned}")
    assert told.happened == "not earned: 1 of 2 parts done"
    lines = results_text([told]).splitlines()
    start = lines.index("  happened: not earned: 1 of 2 parts done") + 1
    assert lines[start : start + 2] == ["    ✓ 2 workouts", "      · earned"]
    assert "    ✗ 1 workout a day, 3 days in a row" in lines


def test_failed_test_of_an_earned_badge_needs_no_explanation() -> None:
    assert result(COUNT, "{name: a, workout: x x, expect: not earned}").because == ()
