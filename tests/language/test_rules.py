"""Well-written rules become models that say what was written."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from badge_engine.errors import RulePackError
from badge_engine.language.loader import check_text, load_text
from badge_engine.language.rules import (
    AllOf,
    AnyCriterion,
    AnyOf,
    Badge,
    BadgeReference,
    Best,
    Change,
    Comeback,
    Count,
    FieldTest,
    Record,
    Streak,
    Tier,
    Total,
)
from badge_engine.language.units import Grace, Quantity, Span
from tests.language.corpus import VOCABULARY


def badge(rule: str, more: str = "") -> Badge:
    text = f"badges:\n  - id: morning\n    name: Good Morning\n    rule: {rule}\n{more}"
    return load_text(text, vocabulary=VOCABULARY).badges[0]


def rule(text: str) -> AnyCriterion:
    return badge(text).rule


def asked(entry: str) -> FieldTest:
    counted = rule(f"{{type: count, event: workout, at_least: 3, where: {{{entry}}}}}")
    assert isinstance(counted, Count)
    (found,) = counted.where.values()
    return found


KILOMETRES = Quantity(Decimal(10), "km")


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (
            "{type: count, event: workout, at_least: 10, within: 2 weeks}",
            Count(type="count", event=("workout",), at_least=10, within=Span(2, "week")),
        ),
        (
            "{type: count, event: [workout, race], at_least: 10, each: month, repeat: true}",
            Count(type="count", event=("workout", "race"), at_least=10, each="month", repeat=True),
        ),
        (
            "{type: count, each_of: [workout, weigh_in], distinct: week, at_least: '4'}",
            Count(type="count", each_of=("workout", "weigh_in"), distinct="week", at_least=4),
        ),
        (
            "{type: total, event: race, field: distance, at_least: 10km, from: 2026-01-01}",
            Total(
                type="total",
                event=("race",),
                field="distance",
                at_least=KILOMETRES,
                from_=date(2026, 1, 1),
            ),
        ),
        (
            "{type: best, event: race, field: minutes, lowest: true, at_most: 25}",
            Best(
                type="best",
                event=("race",),
                field="minutes",
                lowest=True,
                at_most=Quantity(Decimal(25)),
            ),
        ),
        (
            "{type: record, event: race, field: distance, margin: 0.5 km, after: 3}",
            Record(
                type="record",
                event=("race",),
                field="distance",
                margin=Quantity(Decimal("0.5"), "km"),
                after=3,
            ),
        ),
        (
            "{type: streak, event: workout, length: 3 months, total: minutes, at_least: 2.5 h}",
            Streak(
                type="streak",
                event=("workout",),
                length=Span(3, "month"),
                total="minutes",
                at_least=Quantity(Decimal("2.5"), "h"),
            ),
        ),
        (
            "{type: streak, event: workout, length: 1 day, days: [mon, fri], paused_by: sick_day}",
            Streak(
                type="streak",
                event=("workout",),
                length=Span(1, "day"),
                days=("mon", "fri"),
                paused_by=("sick_day",),
            ),
        ),
        (
            "{type: streak, event: workout, length: 9 days, grace: 1 per 7 days, repeat: per_run}",
            Streak(
                type="streak",
                event=("workout",),
                length=Span(9, "day"),
                grace=Grace(1, per=7),
                repeat="per_run",
            ),
        ),
        (
            "{type: streak, event: workout, length: 9 days, grace: 2 in a row, repeat: false}",
            Streak(
                type="streak",
                event=("workout",),
                length=Span(9, "day"),
                grace=Grace(2, in_a_row=True),
            ),
        ),
        (
            "{type: change, event: weigh_in, field: weight, by: -5%, baseline: highest}",
            Change(
                type="change",
                event=("weigh_in",),
                field="weight",
                by=Quantity(Decimal(-5), "%"),
                baseline="highest",
            ),
        ),
        (
            (
                "{type: change, event: weigh_in, field: weight, by: +2 kg, average: 1 week,"
                " readings: 3}"
            ),
            Change(
                type="change",
                event=("weigh_in",),
                field="weight",
                by=Quantity(Decimal(2), "kg"),
                average=Span(1, "week"),
                readings=3,
            ),
        ),
        (
            "{type: comeback, event: workout, after: 30 days, until: 2026-12-31}",
            Comeback(
                type="comeback",
                event=("workout",),
                after=Span(30, "day"),
                until=date(2026, 12, 31),
            ),
        ),
    ],
)
def test_a_rule_becomes_its_model(text: str, model: AnyCriterion) -> None:
    assert rule(text) == model


def test_composites_hold_criteria_and_references() -> None:
    packs = load_text(
        "badges:\n"
        "  - {id: one, name: One, rule: {type: count, event: workout}, tiers: [{gold: 3}]}\n"
        "  - id: two\n"
        "    name: Two\n"
        "    rule:\n"
        "      type: any_of\n"
        "      at_least: 2\n"
        "      of:\n"
        "        - {badge: one, tier: gold}\n"
        "        - {badge: one}\n"
        "        - type: all_of\n"
        "          of: [{type: count, event: race, at_least: 1}]\n",
        vocabulary=VOCABULARY,
    )
    race = Count(type="count", event=("race",), at_least=1)
    assert packs.badges[1].rule == AnyOf(
        type="any_of",
        at_least=2,
        of=(
            BadgeReference(badge="one", tier="gold"),
            BadgeReference(badge="one"),
            AllOf(type="all_of", of=(race,)),
        ),
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("minutes: 30", FieldTest(any_of=(30,))),
        ("minutes: [30, '45', 60.5]", FieldTest(any_of=(30, 45, Decimal("60.5")))),
        ("minutes: 0.5 h", FieldTest(any_of=(Quantity(Decimal("0.5"), "h"),))),
        (
            "minutes: {at_least: 20, below: 1 h}",
            FieldTest(at_least=Quantity(Decimal(20)), below=Quantity(Decimal(1), "h")),
        ),
        (
            "minutes: {above: 20, at_most: 30}",
            FieldTest(above=Quantity(Decimal(20)), at_most=Quantity(Decimal(30))),
        ),
        (
            "distance: {between: [5 km, 8000 m]}",
            FieldTest(between=(Quantity(Decimal(5), "km"), Quantity(Decimal(8000), "m"))),
        ),
        ("minutes: {is_not: [20, 30]}", FieldTest(is_not=(20, 30))),
        ("minutes: {exists: true}", FieldTest(exists=True)),
        ("kind: run", FieldTest(any_of=("run",))),
        ("kind: ['5', 'true', no]", FieldTest(any_of=("5", "true", "no"))),
        ("kind: {is_not: run}", FieldTest(is_not=("run",))),
        ("outdoors: true", FieldTest(any_of=(True,))),
        ("outdoors: {is_not: false}", FieldTest(is_not=(False,))),
        ("exercises: {includes: [squat, row]}", FieldTest(includes=("squat", "row"))),
        ("time: {before: 7:00}", FieldTest(before=time(7))),
        ("time: {after: 18:45, before: '20:00'}", FieldTest(after=time(18, 45), before=time(20))),
        ("time: {between: [22:00, 4:00]}", FieldTest(between=(time(22), time(4)))),
        ("weekday: [sat, sun]", FieldTest(any_of=("sat", "sun"))),
        ("month: {is_not: dec}", FieldTest(is_not=("dec",))),
    ],
)
def test_where_says_what_it_asks_of_a_field(entry: str, expected: FieldTest) -> None:
    assert asked(entry) == expected


@pytest.mark.parametrize(
    ("text", "tiers", "goals"),
    [
        ("{type: count, event: workout}", "{a: 1}, {b: 5}", (1, 5)),
        ("{type: any_of, of: [{badge: x}, {badge: y}]}", "{a: 1}, {b: 2}", (1, 2)),
        (
            "{type: total, event: race, field: distance}",
            "{a: 10 km}, {b: 20000 m}",
            (KILOMETRES, Quantity(Decimal(20000), "m")),
        ),
        (
            "{type: best, event: race, field: minutes, lowest: true}",
            "{a: 30}, {b: 25 min}",
            (Quantity(Decimal(30)), Quantity(Decimal(25), "min")),
        ),
        (
            "{type: streak, event: workout, grace: 1 per 4 weeks}",
            "{a: 4 weeks}, {b: 8 weeks}",
            (Span(4, "week"), Span(8, "week")),
        ),
        (
            "{type: change, event: weigh_in, field: weight}",
            "{a: -5%}, {b: -10%}",
            (Quantity(Decimal(-5), "%"), Quantity(Decimal(-10), "%")),
        ),
        (
            "{type: comeback, event: workout}",
            "{a: 3 weeks}, {b: 30 days}",
            (Span(3, "week"), Span(30, "day")),
        ),
    ],
)
def test_tiers_stand_in_for_the_goal(text: str, tiers: str, goals: tuple[object, ...]) -> None:
    others = "".join(
        f"  - {{id: {name}, name: X, rule: {{type: count, event: race, at_least: 1}}}}\n"
        for name in "xy"
    )
    assert badge(text, f"    tiers: [{tiers}]\n{others}").tiers == tuple(
        Tier(name, goal)  # type: ignore[arg-type] # on purpose
        for name, goal in zip("ab", goals, strict=True)
    )


def test_texts_may_hold_what_would_be_wrong_as_syntax() -> None:
    found = load_text(
        "language: de\n"
        "badges:\n"
        "  - id: morning\n"
        "    name: {de: Guten\u00a0Morgen, en: “Good” Morning}\n"
        '    description: "“Früh” heißt: vor 7 Uhr"\n'
        "    icon: 🌅\n"
        "    category: 7\n"
        "    hidden: true\n"
        "    share: false\n"
        "    on_correction: revoke\n"
        "    rule: {type: count, event: workout, at_least: 7}\n",
        vocabulary=VOCABULARY,
    ).badges[0]
    assert found.name == {"de": "Guten\u00a0Morgen", "en": "“Good” Morning"}
    assert found.description == "“Früh” heißt: vor 7 Uhr"
    assert (found.icon, found.category, found.hidden) == ("🌅", "7", True)
    assert (found.share, found.on_correction) == (False, "revoke")


@pytest.mark.parametrize("word", ["no", "null", "~", "06:30", "010", "2026-02-30", "1e3"])
def test_what_other_loaders_convert_is_text(word: str) -> None:
    assert asked(f"kind: {word}").any_of == (word,)


@pytest.mark.parametrize(
    "text",
    [
        "{type: count, event: workout, distinct: week, at_least: 3, within: 9 days}",
        "{type: count, event: workout, distinct: month, at_least: 1, within: 1 day}",
        "{type: count, event: workout, distinct: month, at_least: 3, within: 30 days}",
        "{type: count, event: workout, distinct: month, at_least: 12, each: year}",
        "{type: count, event: workout, distinct: day, at_least: 7, each: week}",
        "{type: count, event: workout, distinct: minutes, at_least: 99}",
        "{type: count, event: workout, distinct: kind, at_least: 3, where: {kind: {is_not: run}}}",
        "{type: count, event: workout, at_least: 99, each: day}",
        (
            "{type: count, event: workout, distinct: day, at_least: 4, within: 9 days,"
            " where: {weekday: [sat, sun]}}"
        ),
        (
            "{type: count, event: workout, distinct: day, at_least: 2, from: 2026-01-05,"
            " until: 2026-01-11, where: {weekday: {is_not: [mon, tue, wed, thu, fri]}}}"
        ),
        (
            "{type: count, event: workout, distinct: month, at_least: 2, from: 2026-01-31,"
            " until: 2026-02-01}"
        ),
        "{type: streak, event: workout, length: 2 weeks, from: 2026-01-11, until: 2026-01-12}",
        (
            "{type: streak, event: workout, length: 9 days, days: [sat, sun],"
            " where: {weekday: [sat, sun]}}"
        ),
        (
            "{type: streak, event: workout, length: 9 days, grace: 5 in a row,"
            " where: {weekday: [sat, sun]}}"
        ),
        "{type: streak, event: workout, length: 9 days, where: {month: [jan]}}",
        "{type: comeback, event: workout, after: 30 days, from: 2026-01-01, until: 2026-01-31}",
        (
            "{type: streak, each_of: [workout, rest_day], length: 3 days,"
            " where: {minutes: {exists: false}}}"
        ),
    ],
)
def test_a_goal_that_can_just_be_reached_is_no_mistake(text: str) -> None:
    assert rule(text).type in text


def test_weeks_start_where_the_host_says() -> None:
    text = (
        "badges:\n  - id: a\n    name: A\n    rule: {type: streak, event: workout,"
        " length: 2 weeks, from: 2026-01-10, until: 2026-01-11}\n"
    )
    assert load_text(text, vocabulary=VOCABULARY, week_starts="sunday").badges
    assert load_text(text, vocabulary=VOCABULARY, week_starts="sun").badges
    with pytest.raises(RulePackError, match="nobody can reach this"):
        load_text(text, vocabulary=VOCABULARY)


def test_a_quantity_is_counted_in_the_unit_of_any_field_of_its_name() -> None:
    text = "{type: total, event: [workout, race], field: distance, at_least: 5000 m}"
    found = rule(text)
    assert isinstance(found, Total)
    assert found.at_least == Quantity(Decimal(5000), "m")


def test_mistakes_of_many_badges_come_in_one_run_and_in_file_order() -> None:
    text = (
        "badges:\n"
        "  - {id: a, nam: A, rule: {type: count, event: workuot, at_least: many}}\n"
        "  - {id: b, name: B, rule: {type: streak, evnt: workout, length: 7}}\n"
        "  - {id: a, name: C, rule: {type: all_of, of: [{badge: c}]}}\n"
    )
    found = check_text(text, vocabulary=VOCABULARY)
    assert [diagnostic.code for diagnostic in found] == [
        "unknown-setting",
        "unknown-event",
        "not-a-number",
        "unknown-setting",
        "missing-unit",
        "duplicate-id",
        "unknown-badge",
    ]
    assert found == sorted(found, key=lambda diagnostic: diagnostic.order)
