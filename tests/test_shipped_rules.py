"""The shipped packs: sound, tested badge by badge, with the fifteen badges that hosts count on."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from badge_engine import LoadedPacks, compile_rules, load_packs
from badge_engine.authoring.scenarios import run_tests
from badge_engine.language.loader import check_paths, shipped_rules
from badge_engine.language.rules import CRITERIA, AllOf, AnyOf, Badge, Part
from badge_engine.language.scenarios import (
    Earned,
    EarnedOn,
    EarnedTiers,
    Expectation,
    NotEarned,
    ProgressIs,
)
from badge_engine.language.vocabulary import Vocabulary

PACK_FILES = sorted(path for path in shipped_rules().glob("*.yaml") if path.name != "events.yaml")
MODELINE = "# yaml-language-server: $schema=./rules.schema.json"
MATERIAL_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
CLASSICS: dict[str, dict[str, Any]] = {
    "first-workout": {"type": "count", "event": "workout", "at_least": 1},
    "five-workouts": {"type": "count", "event": "workout", "at_least": 5},
    "twenty-five-workouts": {"type": "count", "event": "workout", "at_least": 25},
    "hundred-workouts": {"type": "count", "event": "workout", "at_least": 100},
    "workout-streak-3": {"type": "streak", "event": "workout", "length": "3 days"},
    "workout-streak-7": {"type": "streak", "event": "workout", "length": "7 days"},
    "workout-streak-14": {"type": "streak", "event": "workout", "length": "14 days"},
    "weigh-in-streak-3": {"type": "streak", "event": "weigh_in", "length": "3 days"},
    "weigh-in-streak-7": {"type": "streak", "event": "weigh_in", "length": "7 days"},
    "weigh-in-streak-30": {"type": "streak", "event": "weigh_in", "length": "30 days"},
    "nutrition-streak-3": {"type": "streak", "event": "nutrition_log", "length": "3 days"},
    "nutrition-streak-7": {"type": "streak", "event": "nutrition_log", "length": "7 days"},
    "nutrition-streak-30": {"type": "streak", "event": "nutrition_log", "length": "30 days"},
    "first-program": {"type": "count", "event": "program_completed", "at_least": 1},
    "three-programs": {"type": "count", "event": "program_completed", "at_least": 3},
}


@pytest.fixture(scope="module")
def packs() -> LoadedPacks:
    return load_packs(shipped_rules())


def written() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every badge as its file has it."""
    for path in PACK_FILES:
        for badge in yaml.safe_load(path.read_text(encoding="utf-8"))["badges"]:
            yield path, badge


def parts(part: Part) -> Iterator[Part]:
    yield part
    if isinstance(part, AllOf | AnyOf):
        for inner in part.of:
            yield from parts(inner)


def proves(expectation: Expectation, *, positive: bool) -> bool:
    """Whether a test shows that a badge is earned, or that it is not."""
    if isinstance(expectation, EarnedTiers):
        earned = any(expectation.tiers.values())
        return earned if positive else not earned
    if isinstance(expectation, ProgressIs):
        return not positive and expectation.value < expectation.target
    return isinstance(expectation, Earned | EarnedOn if positive else NotEarned)


def texts(badge: Badge) -> Iterator[str | dict[str, str]]:
    yield badge.name
    yield badge.description


def test_shipped_packs_have_no_mistakes_and_no_warnings() -> None:
    assert [str(diagnostic) for diagnostic in check_paths(shipped_rules())] == []


def test_every_test_beside_a_shipped_badge_passes(packs: LoadedPacks) -> None:
    results = run_tests(packs, compile_rules(packs))
    failed = [f"{result.badge}: {result.name}" for result in results if not result.passed]
    assert failed == []
    assert len(results) == sum(len(badge.tests) for badge in packs.badges) > 0


def test_there_are_forty_badges_over_all_nine_criteria(packs: LoadedPacks) -> None:
    assert len(packs.badges) >= 40
    assert {badge.rule.type for badge in packs.badges} == set(CRITERIA)


@pytest.mark.parametrize("badge_id", CLASSICS)
def test_a_classic_badge_has_exactly_its_rule(badge_id: str) -> None:
    [badge] = [badge for _, badge in written() if badge["id"] == badge_id]
    assert badge["rule"] == CLASSICS[badge_id]
    assert "tiers" not in badge


def test_every_badge_has_a_test_that_earns_it_and_one_that_does_not(packs: LoadedPacks) -> None:
    for badge in packs.badges:
        for positive in (True, False):
            found = [test for test in badge.tests if proves(test.expect, positive=positive)]
            assert found, f"{badge.id} has no {'positive' if positive else 'negative'} test"


def test_ids_and_names_are_unique(packs: LoadedPacks) -> None:
    ids = Counter(badge.id for badge in packs.badges)
    names = Counter(
        name if isinstance(name, str) else name["en"] for name in (b.name for b in packs.badges)
    )
    assert [key for counted in (ids, names) for key, count in counted.items() if count > 1] == []


def test_icons_are_material_names_or_emoji(packs: LoadedPacks) -> None:
    for badge in packs.badges:
        emoji = unicodedata.category(badge.icon[0]) == "So"
        assert emoji or MATERIAL_NAME.fullmatch(badge.icon), f"{badge.id}: {badge.icon!r}"


def test_every_badge_says_in_the_language_of_its_pack_what_to_do(packs: LoadedPacks) -> None:
    for pack in packs.packs:
        for badge in pack.badges:
            for text in texts(badge):
                own = text if isinstance(text, str) else text.get(pack.language, "")
                assert own.strip(), f"{badge.id} lacks a text in {pack.language}"
            assert badge.category, f"{badge.id} has no category"


def test_a_badge_that_speaks_several_languages_speaks_them_in_all_its_texts(
    packs: LoadedPacks,
) -> None:
    for badge in packs.badges:
        languages = {frozenset(text) if isinstance(text, dict) else None for text in texts(badge)}
        assert len(languages) == 1, f"{badge.id} has texts in different languages"


def test_descriptions_are_sentences(packs: LoadedPacks) -> None:
    for badge in packs.badges:
        described = badge.description
        for text in [described] if isinstance(described, str) else described.values():
            assert re.fullmatch(r"[A-ZÄÖÜ].*[^ ]\.", text), f"{badge.id}: {text!r}"


def test_categories_are_the_names_of_the_files() -> None:
    assert {(path.stem, badge["category"]) for path, badge in written()} == {
        (path.stem, path.stem) for path in PACK_FILES
    }


@pytest.mark.parametrize("path", PACK_FILES, ids=lambda path: path.stem)
def test_a_pack_names_its_schema_in_the_first_line(path: Path) -> None:
    assert path.read_text(encoding="utf-8").splitlines()[0] == MODELINE


def test_every_event_type_of_the_vocabulary_has_a_label(packs: LoadedPacks) -> None:
    vocabulary: Vocabulary = packs.vocabulary
    for name, event_type in vocabulary.events.items():
        assert event_type.label, f"{name} has no label"
        unlabelled = [field for field, known in event_type.fields.items() if not known.label]
        assert unlabelled == []


def test_badges_that_a_late_correction_undoes_say_so(packs: LoadedPacks) -> None:
    records = [
        badge
        for badge in packs.badges
        if any(getattr(part, "type", None) == "record" for part in parts(badge.rule))
    ]
    assert records
    assert {badge.on_correction for badge in records} == {"revoke"}
