"""A mistake hides no other one and is not reported again by what it makes impossible."""

from __future__ import annotations

import pytest

from badge_engine.language.loader import check_text, check_vocabulary_text
from badge_engine.language.vocabulary import Vocabulary
from tests.language.corpus import VOCABULARY

GOOD = "{type: count, event: workout, at_least: 3}"


def found(text: str, vocabulary: Vocabulary = VOCABULARY) -> list[str]:
    diagnostics = check_text(text, vocabulary=vocabulary)
    return [
        f"{diagnostic.line} {diagnostic.code}"
        for diagnostic in diagnostics
        if diagnostic.severity == "error"
    ]


def badge(rule: str, more: str = "") -> str:
    return f"badges:\n  - id: a\n    name: A\n    rule: {rule}\n{more}"


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        (
            "{type: streek, evnt: workuot, lenght: 7 dyas, grace: 9 per 7 days}",
            (
                "unknown-type unknown-setting unknown-event unknown-setting unknown-unit"
                " grace-forgives-all"
            ),
        ),
        (
            "{type: best, event: workout, field: distance, lowest: maybe, at_least: 5 kg}",
            "not-true-or-false wrong-unit",
        ),
        (
            (
                "{type: count, event: workout, distinct: day, at_least: 9, each: week,"
                " where: {weekday: satturday}}"
            ),
            "unknown-choice",
        ),
        (
            "{type: count, event: chess, where: {minuts: 5, elo: 9}, at_least: -1}",
            "unknown-event unknown-field unknown-field not-positive",
        ),
        (
            "{type: total, event: chess, field: distance, at_least: 5 kg}",
            "unknown-event",
        ),
        (
            "{type: count, event: [workout, 5], each: day, within: 5 days, at_least: 3}",
            "unknown-event contradiction",
        ),
        (
            "{type: all_of, of: [{type: count, event: workout}, {type: nothing}, {badge: B}]}",
            "missing-setting unknown-type bad-id",
        ),
        ("{type: all_of}", "missing-setting"),
        ("{type: streak, event: workout, duration: 9, size: 8}", "unknown-setting unknown-setting"),
    ],
)
def test_each_mistake_of_a_rule_is_found_once(rule: str, codes: str) -> None:
    assert [entry.split()[1] for entry in found(badge(rule))] == codes.split()


def test_an_empty_setting_does_not_swallow_what_is_not_its_own() -> None:
    text = "badges:\n  - id: a\n    name: A\n    rule:\n    colour: red\n"
    assert found(text) == ["4 no-value", "5 unknown-setting"]


def test_each_syntax_error_of_a_file_is_found() -> None:
    text = (
        "language: en\n"
        "badges:\n"
        "  - id: a\n"
        "    name: @A\n"
        f"    rule: {GOOD}\n"
        "\n"
        "  - id: b\n"
        "    name: 'B's'\n"
        "    rule: {type: count, event: workuot, at_least: 3}\n"
        "    tests:\n"
        "      - {name: one, workout: x x y, expect: not earned}\n"
        "      - {name: two, workout: | x, expect: not earned}\n"
        "  - id: c\n"
        "    name: C\n"
        f"    rule: {GOOD}\n"
        "    repeat: true\n"
        "    tests:\n"
        "      - {name: three, workout: x x x, expect: earnt}\n"
    )
    assert found(text) == [
        "4 special-character",
        "8 quote-in-text",
        "9 unknown-event",
        "11 bad-token",
        "12 special-character",
        "16 misplaced-setting",
        "18 bad-expectation",
    ]


def test_what_a_syntax_error_leaves_out_is_not_missing() -> None:
    text = (
        "badges:\n"
        "  - id: a\n"
        "    name: 'A's'\n"
        "    rule:\n"
        "      type: count\n"
        "    event: workout\n"
        "    tiers:\n"
        "      - bronze: @3\n"
        "    tests:\n"
        "      - name: one\n"
        "        starts: 2026-01-05\n"
        "        workout: @x\n"
    )
    assert found(text) == ["3 quote-in-text", "8 special-character", "12 special-character"]


def test_a_reference_to_a_badge_with_a_syntax_error_is_no_mistake() -> None:
    text = badge("{type: all_of, of: [{badge: b}]}", "  - id: b\n    name: {\n")
    assert found(text) == ["6 unclosed-bracket"]


def test_a_file_without_badges_is_read_line_by_line() -> None:
    assert found("language: @en\nbadgse: []\n") == ["1 special-character", "2 unknown-setting"]
    assert found("a: 'b\n") == ["1 unclosed-quote"]


def test_settings_below_the_badges_are_read_as_well() -> None:
    text = badge(GOOD, "  - id: b\n    name: @B\nlanguage: English\n")
    assert found(text) == ["6 special-character", "7 unknown-language"]


def test_a_badge_whose_first_line_is_gone_is_one_mistake() -> None:
    text = f"badges:\n    name: A\n    rule: {GOOD}\n  - id: b\n    name: B\n    rule: {GOOD}\n"
    assert found(text) == ["2 missing-dash"]


def test_dashes_out_of_line_are_one_mistake_each() -> None:
    text = (
        f"badges:\n   - id: a\n     name: A\n     rule: {GOOD}\n"
        f"  - id: b\n    name: B\n    rule: {GOOD}\n"
        f"  - id: c\n    name: C\n    rule: {GOOD}\n"
        f"- id: d\n  name: D\n  rule: {GOOD}\n"
    )
    assert found(text) == ["2 indentation", "11 indentation"]


def test_a_file_whose_parts_are_fine_may_be_wrong_as_a_whole() -> None:
    text = badge(GOOD, f"...\n  - id: b\n    name: B\n    rule: {GOOD}\n")
    assert found(text) == ["6 indentation"]


def test_a_file_may_end_where_something_is_due() -> None:
    assert found("%TAG ! x\n") == ["2 yaml-syntax"]


def test_badges_without_a_heading_are_read_as_well() -> None:
    text = f"  - id: a\n    name: @A\n    rule: {GOOD}\n  - id: b\n    nome: B\n    rule: {GOOD}\n"
    assert found(text) == ["1 missing-setting", "2 special-character", "5 unknown-setting"]


def test_tiers_are_not_out_of_order_where_the_direction_is_unknown() -> None:
    text = badge(
        "{type: best, event: workout, field: minutes, lowest: maybe}",
        "    tiers: [{a: 30}, {b: 20}]\n",
    )
    assert found(text) == ["4 not-true-or-false"]


def test_blank_lines_do_not_hide_the_cause() -> None:
    assert found("badges:\n  - id: a\n    name:A\n\n\n    rule: x: y\n") == [
        "3 missing-space",
        "6 colon-in-text",
    ]


def test_a_control_character_hides_nothing() -> None:
    assert found("badges:\n  - id: a\x01\n    nome: A\n    rule: {}\n") == [
        "2 bad-id",
        "2 unreadable-character",
        "3 unknown-setting",
        "4 missing-setting",
    ]


def test_an_alias_is_silent_where_its_anchor_has_been_reported() -> None:
    text = (
        "badges:\n"
        "  - id: a\n"
        "    name: &name A\n"
        f"    rule: &rule {GOOD}\n"
        "  - id: b\n"
        "    name: *name\n"
        "    rule: *rule\n"
        "  - id: c\n"
        "    name: C\n"
        "    rule: {type: count, event: workout, at_least: 3, where: {exercises: *name}}\n"
    )
    assert found(text) == ["3 anchor", "4 anchor"]


def test_many_event_types_are_listed_as_choices() -> None:
    names = [f"kind-{letter}" for letter in "abcdefghijklmnop"]
    text = "events:\n" + "".join(f"  {name}:\n" for name in names)
    assert check_vocabulary_text(text) == []
    vocabulary = Vocabulary.model_validate({"events": {name: {} for name in names}})
    (mistake,) = check_text(badge("{type: count, event: x, at_least: 3}"), vocabulary=vocabulary)
    assert mistake.help == f"the event types are {', '.join(names)}"


def test_without_event_types_there_is_nothing_to_write() -> None:
    vocabulary = Vocabulary(events={})
    (mistake,) = check_text(badge("{type: count, event: x, at_least: 3}"), vocabulary=vocabulary)
    assert mistake.help == "remove it; there are none"


def test_a_field_may_be_called_like_a_setting() -> None:
    vocabulary = Vocabulary.model_validate(
        {
            "events": {
                "walk": {"fields": {"length": {"type": "number"}, "after": {"type": "number"}}}
            }
        }
    )
    rule = "{type: count, event: walk, at_least: 3, where: {length: 5, after: {at_least: 9}}}"
    assert found(badge(rule), vocabulary) == []


def test_a_numeral_that_nobody_reads_is_no_number() -> None:
    text = badge(GOOD, f"    description: Do it {'9' * 30} times, or 3.\n")
    assert [warning.code for warning in check_text(text, vocabulary=VOCABULARY)] == ["no-test"]


@pytest.mark.parametrize(
    "description",
    [
        "Work out 3 times.",
        "Three workouts, once and for all.",
        "In 2026, 150 minutes (2.5 hours, 9,000 s) within 14 days or 2 weeks, 1 day off in 7.",
        "Between 22:00 and 4:30 on 24 December, 60 points.",
    ],
)
def test_numbers_of_the_rule_may_be_said_in_many_ways(description: str) -> None:
    text = (
        "badges:\n"
        "  - id: all\n"
        "    name: All\n"
        f"    description: '{description}'\n"
        "    rule:\n"
        "      type: all_of\n"
        "      of:\n"
        "        - {badge: deep}\n"
        "        - {type: streak, event: workout, length: 2 months, grace: 1 per 7 months}\n"
        "        - {type: total, event: workout, field: minutes, at_least: 2.5 h, within: 2 weeks,"
        " until: 2026-12-24, where: {time: {between: [22:00, 4:30]}, calories: {at_least: 60}}}\n"
        "  - {id: deep, name: Deep, rule: {type: all_of, of: [{badge: deeper}]}}\n"
        "  - {id: deeper, name: Deeper, rule: {type: count, event: workout}, tiers: [{a: 3}]}\n"
    )
    codes = {warning.code for warning in check_text(text, vocabulary=VOCABULARY)}
    assert codes == {"no-test"}
