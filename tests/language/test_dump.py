"""What is written back loads to the same pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from badge_engine.language.dump import dump
from badge_engine.language.loader import (
    RulePack,
    load_packs,
    load_text,
    load_vocabulary,
    shipped_rules,
)
from tests.language.corpus import ROOT, VOCABULARY

SCENARIOS = ROOT / "tests" / "scenarios"


def again(pack: RulePack) -> RulePack:
    return load_text(dump(pack), path=pack.path, vocabulary=VOCABULARY).packs[0]


def test_the_shipped_packs_survive(tmp_path: Path) -> None:
    packs = load_packs(shipped_rules())
    for pack in packs.packs:
        (tmp_path / Path(pack.path).name).write_text(dump(pack), encoding="utf-8")
    reloaded = load_packs(tmp_path, packs.vocabulary)
    assert reloaded.badges == packs.badges


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_scenarios_survive(path: Path) -> None:
    vocabulary = load_vocabulary(SCENARIOS / "vocabulary" / "events.yaml")
    (pack,) = load_packs(path, vocabulary).packs
    reloaded = load_text(dump(pack), path=pack.path, vocabulary=vocabulary)
    assert reloaded.packs == (pack,)


@pytest.mark.parametrize(
    "rule",
    [
        "{type: streak, event: workout, length: 9 days, grace: 2 in a row, repeat: per_run}",
        "{type: streak, event: workout, length: 9 weeks, grace: 2 per 5 weeks}",
        "{type: streak, event: workout, length: 9 weeks, grace: 1, repeat: true}",
        "{type: change, event: weigh_in, field: weight, by: +2.50 kg}",
        "{type: best, event: workout, field: distance, at_least: 0.125}",
        "{type: count, event: workout, at_least: 9, where: {kind: ['5', 'no', '“x”', ' y ']}}",
        "{type: count, event: workout, at_least: 9, where: {time: {between: [22:00, 4:05]}}}",
        "{type: count, event: workout, at_least: 9, where: {outdoors: {is_not: true}}}",
        "{type: count, event: workout, at_least: 9, where: {minutes: {is_not: [5, 7.5, 1 h]}}}",
        "{type: all_of, of: [{type: count, event: workout, at_least: 1}]}",
    ],
)
def test_a_rule_survives(rule: str) -> None:
    text = f"badges:\n  - id: a\n    name: '“A”'\n    description: 'a: b'\n    rule: {rule}\n"
    (pack,) = load_text(text, vocabulary=VOCABULARY).packs
    assert again(pack) == pack


@pytest.mark.parametrize(
    "test",
    [
        "{name: a, starts: 2026-02-01, workout: x*7, expect: {progress: 7 of 9}}",
        "{name: a, workout: x, with: {minutes: 7.5, exercises: [a, a], kind: '5'}, expect: earned}",
        "{name: a, workout: x, with: {exercises: a}, as_of: 2026-01-09, expect: not earned}",
        "{name: a, zone: Asia/Tokyo, workout: x, as_of: 2026-01-09 08:00, expect: not earned}",
        (
            "{name: a, zone: Europe/Lisbon, expect: earned, events: [{at: 2026-10-25 01:30,"
            " event: workout}, {at: 2026-10-25 01:30, zone: Asia/Tokyo, event: race, id: b},"
            " {retract: b}, {amend: b, day: 2026-01-01, event: race, distance: 1.5}]}"
        ),
        "{name: a, expect: earned, events: [{at: 2026-10-25 01:30+05:30, event: workout}]}",
    ],
)
def test_a_test_survives(test: str) -> None:
    text = (
        "language: de\nbadges:\n  - id: a\n    name: {de: A, en: B}\n    hidden: true\n"
        "    rule: {type: count, event: workout, at_least: 1}\n"
        f"    tests:\n      - {test}\n"
    )
    (pack,) = load_text(text, vocabulary=VOCABULARY).packs
    assert again(pack) == pack


def test_what_holds_without_being_written_is_not_written() -> None:
    rule = "{type: count, event: race, at_least: 1}"
    text = f"badges:\n  - {{id: a, name: A, hidden: false, rule: {rule}}}"
    (pack,) = load_text(text, vocabulary=VOCABULARY).packs
    assert dump(pack) == (
        "language: en\n"
        "badges:\n"
        "- id: a\n"
        "  name: A\n"
        "  rule: {type: count, event: race, at_least: 1}\n"
    )
