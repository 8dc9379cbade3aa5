"""Tests beside a badge become histories and expectations; nothing is run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from badge_engine.errors import RulePackError
from badge_engine.language.loader import load_text
from badge_engine.language.scenarios import (
    DayMark,
    Earned,
    EarnedOn,
    EarnedTiers,
    Expectation,
    Item,
    NotEarned,
    ProgressIs,
    Scenario,
    Strip,
)
from tests.language.corpus import VOCABULARY

COUNT = "{type: count, event: workout, at_least: 3}"
TOTAL = "{type: total, event: workout, field: distance, at_least: 3 km, repeat: true}"


def scenario(
    test: str, rule: str = COUNT, tiers: str = "", week_starts: str = "monday"
) -> Scenario:
    text = f"badges:\n  - id: morning\n    name: Good Morning\n    rule: {rule}\n"
    text += f"    tiers: {tiers}\n" if tiers else ""
    text += f"    tests:\n      - {test}\n"
    packs = load_text(text, vocabulary=VOCABULARY, week_starts=week_starts)
    return packs.badges[0].tests[0]


def strip(written: str, rule: str = COUNT) -> Strip:
    found = scenario(f"{{name: a, workout: '{written}', expect: not earned}}", rule)
    return found.strips["workout"]


def expectation(written: str, rule: str = COUNT, tiers: str = "") -> Expectation:
    return scenario(f"{{name: a, workout: x*9, expect: {written}}}", rule, tiers).expect


def test_each_token_is_a_day() -> None:
    found = strip("x . 2x x*2 .*2 |")
    assert found.text == "x . 2x x*2 .*2 |"
    assert [day.times for day in found.days] == [1, 0, 2, 1, 1, 0, 0]
    assert [day.offset for day in found.days] == [0, 2, 4, 7, 7, 11, 11]
    assert found.field is None


def test_numbers_are_readings_of_the_rules_field() -> None:
    found = strip("5 -1.50 . 0 2x 3*2", TOTAL)
    assert found.field == "distance"
    assert [day.reading for day in found.days] == [
        Decimal(5), Decimal("-1.50"), None, Decimal(0), None, Decimal(3), Decimal(3),
    ]  # fmt: skip
    assert found.days[4].times == 2


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("{type: streak, event: workout, total: minutes, at_least: 9, length: 2 days}", "minutes"),
        ("{type: count, event: workout, distinct: distance, at_least: 2}", "distance"),
        ("{type: record, event: workout, field: calories}", "calories"),
        (
            "{type: all_of, of: [{type: best, event: workout, field: minutes, at_least: 9}]}",
            "minutes",
        ),
    ],
)
def test_the_field_of_a_reading_is_the_one_that_the_rule_reads(rule: str, field: str) -> None:
    assert strip("1 2", rule).field == field


def test_a_reading_may_belong_to_a_badge_that_is_referred_to() -> None:
    text = (
        "badges:\n"
        "  - id: both\n"
        "    name: Both\n"
        "    rule: {type: all_of, of: [{badge: far}, {badge: far-again}]}\n"
        "    tests:\n"
        "      - {name: far, workout: 5 6, expect: earned on day 2}\n"
        "  - {id: far, name: Far, rule: {type: total, event: workout, field: distance,"
        " at_least: 9}}\n"
        "  - {id: far-again, name: Far, rule: {type: all_of, of: [{badge: far}]}}\n"
    )
    packs = load_text(text, vocabulary=VOCABULARY)
    assert packs.badges[0].tests[0].strips["workout"].field == "distance"


def test_a_strip_may_run_over_several_lines() -> None:
    found = scenario(
        "name: long\n"
        "        workout: >-\n"
        "          x x x x x x x |\n"
        "          x\n"
        "        expect: earned on day 8"
    )
    assert found.strips["workout"].text == "x x x x x x x | x"
    assert found.expect == Earned(date(2026, 1, 12))


def test_strips_of_one_test_run_side_by_side() -> None:
    found = scenario("{name: a, workout: x x, race: . . x, expect: not earned}")
    assert list(found.strips) == ["workout", "race"]
    assert found.last_day == date(2026, 1, 7)


@pytest.mark.parametrize(
    ("starts", "written", "week_starts"),
    [
        ("2026-01-05", "x*7 | x*7 |", "monday"),
        ("2026-01-09", "x x x | x", "monday"),
        ("2026-01-05", "| x", "monday"),
        ("2026-01-05", "x*6 | x", "sunday"),
    ],
)
def test_week_lines_stand_where_weeks_end(starts: str, written: str, week_starts: str) -> None:
    test = f"{{name: a, starts: {starts}, workout: '{written}', expect: not earned}}"
    found = scenario(test, week_starts=week_starts)
    assert found.strips["workout"].text == written
    assert found.starts == date.fromisoformat(starts)


def test_with_is_carried_by_each_x() -> None:
    found = scenario(
        "{name: a, workout: x, with: {minutes: 30, distance: 5.25, kind: run, outdoors: true,"
        " exercises: [squat, squat]}, expect: not earned}"
    )
    assert found.with_ == {
        "minutes": 30,
        "distance": Decimal("5.25"),
        "kind": "run",
        "outdoors": True,
        "exercises": ("squat", "squat"),
    }


@pytest.mark.parametrize(
    ("where", "test"),
    [
        ("{minutes: {at_least: 20}}", "workout: x, with: {minutes: 10}"),
        ("{minutes: {exists: false}}", "workout: x"),
        ("{weekday: [sat]}", "workout: x"),
        ("{month: [feb]}", "workout: x"),
        ("{minutes: {at_least: 20}}", "race: x"),
        ("{minutes: {at_least: 20}}", "workout: . ."),
    ],
)
def test_an_x_may_fail_on_purpose(where: str, test: str) -> None:
    rule = f"{{type: count, event: workout, at_least: 3, where: {where}}}"
    assert scenario(f"{{name: a, {test}, expect: not earned}}", rule).name == "a"


def test_an_x_need_not_meet_where_of_a_pause() -> None:
    rule = (
        "{type: streak, event: workout, length: 3 days, paused_by: sick_day,"
        " where: {minutes: {at_least: 20}}}"
    )
    test = "{name: a, sick_day: x, workout: . x, with: {minutes: 30}, expect: not earned}"
    assert set(scenario(test, rule).strips) == {"sick_day", "workout"}


def test_an_x_among_readings_is_an_event_without_one() -> None:
    assert [day.times for day in strip("5 x 5", TOTAL).days] == [0, 1, 0]


def test_one_part_that_can_count_an_x_is_enough() -> None:
    rule = (
        "{type: any_of, of: [{type: count, event: workout, at_least: 3,"
        " where: {minutes: {at_least: 20}}}, {type: comeback, event: workout, after: 9 days}]}"
    )
    assert strip("x x", rule).days == (DayMark(1), DayMark(1))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("earned on day 3", Earned(date(2026, 1, 7))),
        ("on day 3", Earned(date(2026, 1, 7))),
        ("day 3", Earned(date(2026, 1, 7))),
        ("earned on 2026-01-07", Earned(date(2026, 1, 7))),
        ("2026-01-07", Earned(date(2026, 1, 7))),
        ("earned", Earned()),
        ("not earned", NotEarned()),
        ("{progress: 6 of 7}", ProgressIs(Decimal(6), Decimal(7))),
        ("{progress: -2.3 of -5}", ProgressIs(Decimal("-2.3"), Decimal(-5))),
        ("{earned: day 3}", EarnedOn((date(2026, 1, 7),))),
    ],
)
def test_an_expectation_has_its_forms(written: str, expected: Expectation) -> None:
    assert expectation(written) == expected


def test_a_badge_that_repeats_lists_its_days() -> None:
    rule = "{type: count, event: workout, at_least: 1, repeat: true}"
    days = (date(2026, 1, 6), date(2026, 1, 6), date(2026, 1, 5))
    assert expectation("{earned: [day 2, day 2, 2026-01-05]}", rule) == EarnedOn(days)


def test_a_badge_with_tiers_expects_each() -> None:
    found = expectation(
        "{gold: not earned, silver: earned, bronze: day 2}",
        "{type: count, event: workout}",
        "[{bronze: 1}, {silver: 2}, {gold: 99}]",
    )
    assert isinstance(found, EarnedTiers)
    assert list(found.tiers.items()) == [
        ("bronze", date(2026, 1, 6)),
        ("silver", True),
        ("gold", None),
    ]


def items(lines: str, zone: str = "") -> tuple[Item, ...]:
    listed = "".join(f"          - {line}\n" for line in lines.splitlines())
    where = f"        zone: {zone}\n" if zone else ""
    return scenario(f"name: a\n{where}        events:\n{listed}        expect: not earned").items


def test_dated_events_come_as_written() -> None:
    found = items(
        "{at: 2026-03-28 23:50, event: workout, minutes: 45}\n"
        "{at: 2026-03-28T7:05:10.5, zone: Asia/Tokyo, event: workout}\n"
        "{at: 2026-03-28 23:50+09:00, event: workout}\n"
        "{day: 2026-03-29, event: workout}\n"
        "{at: 2026-03-30, event: workout}\n"
        "{amend: first, day: 2026-03-29, event: race, distance: 5.5}\n"
        "{id: first, day: 2026-03-29, event: workout}\n"
        "{retract: first}",
        "Europe/Lisbon",
    )
    lisbon, tokyo, day = "Europe/Lisbon", "Asia/Tokyo", date(2026, 3, 29)
    assert found == (
        Item(
            "record", "event-1", "workout", datetime(2026, 3, 28, 23, 50, tzinfo=UTC), None, lisbon,
            {"minutes": 45},
        ),
        Item(
            "record", "event-2", "workout",
            datetime(2026, 3, 27, 22, 5, 10, 500_000, tzinfo=UTC), None, tokyo,
        ),
        Item(
            "record", "event-3", "workout", datetime(2026, 3, 28, 14, 50, tzinfo=UTC), None, lisbon
        ),
        Item("record", "event-4", "workout", None, day, lisbon),
        Item("record", "event-5", "workout", None, date(2026, 3, 30), lisbon),
        Item("amend", "first", "race", None, day, lisbon, {"distance": Decimal("5.5")}),
        Item("record", "first", "workout", None, day, lisbon),
        Item("retract", "first", zone=lisbon),
    )  # fmt: skip


def test_a_time_without_a_zone_keeps_the_offset_that_was_written() -> None:
    (found,) = items("{at: 2026-03-28 23:50+09:00, event: workout}")
    assert found.at is not None
    assert found.at.utcoffset() == timedelta(hours=9)
    assert found.zone is None


def test_a_wall_clock_without_a_zone_is_utc() -> None:
    (found,) = items("{at: 2026-03-28 23:50, event: workout}")
    assert found.at == datetime(2026, 3, 28, 23, 50, tzinfo=UTC)


def test_a_wall_clock_that_exists_twice_is_the_first() -> None:
    (found,) = items("{at: 2026-10-25 01:30, event: workout}", "Europe/Lisbon")
    assert found.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-30", date(2026, 3, 30)),
        ("2026-03-30 12:00", datetime(2026, 3, 30, 11, tzinfo=UTC)),
        ("2026-03-30 12:00Z", datetime(2026, 3, 30, 12, tzinfo=UTC)),
    ],
)
def test_a_test_may_speak_of_another_moment(written: str, moment: date | datetime) -> None:
    found = scenario(
        f"{{name: a, zone: Europe/Lisbon, workout: x, as_of: {written}, expect: not earned}}"
    )
    assert found.as_of == moment
    assert type(found.as_of) is type(moment)


def test_a_test_knows_its_place() -> None:
    found = scenario("{name: a, workout: x, expect: not earned}")
    assert (found.line, found.column) == (6, 9)


def test_the_dated_form_has_no_last_day() -> None:
    found = scenario(
        "name: a\n        events: [{day: 2026-01-05, event: workout}]\n        expect: not earned"
    )
    assert found.last_day is None


def test_a_faulty_rule_does_not_make_its_tests_faulty() -> None:
    rule = "{type: total, event: workout, field: distanse, at_least: many}"
    with pytest.raises(RulePackError) as caught:
        scenario("{name: a, workout: 5 x, expect: {earned: [day 1, day 2]}}", rule)
    codes = [diagnostic.code for diagnostic in caught.value.diagnostics]
    assert codes == ["unknown-field", "not-a-number", "bad-expectation"]


def test_faulty_tiers_do_not_make_expectations_faulty() -> None:
    with pytest.raises(RulePackError) as caught:
        scenario(
            "{name: a, workout: x, expect: {bronze: day 1, gold: not earned}}",
            "{type: count, event: workout}",
            "[{bronze: many}, {gold: 9}]",
        )
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["not-a-number"]
