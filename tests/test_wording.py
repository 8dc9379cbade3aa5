"""What is said of rules, progress and explanations, word by word.

The sentences stand in tests/wording, each rule beside what is said of it in every language.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any

import pytest
from pydantic import BaseModel

from badge_engine.authoring.scenarios import history_of, moment, operations
from badge_engine.language.kinds.base import settings_of
from badge_engine.language.loader import LoadedPacks, load_text
from badge_engine.language.rules import CRITERIA, AllOf, AnyOf, Badge, BadgeReference, FieldTest
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.outcomes import Explanation
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.semantics.explain import explain
from badge_engine.testing.packs import VOCABULARY, make_pack
from badge_engine.wording import (
    LANGUAGES,
    criterion_phrase,
    explanation_lines,
    local_text,
    progress_sentence,
    requirement_phrase,
    rule_sentence,
    titles,
)
from badge_engine.wording.english import ENGLISH
from badge_engine.wording.german import GERMAN
from tests.scenarios.corpus import CorpusPack, as_written, cases, corpus_packs

Rule = dict[str, Any]
Told = dict[str, Any]

WORKOUTS: Rule = {"type": "count", "event": "workout", "at_least": 3}
DISTANCE: Rule = {"type": "total", "event": "workout", "field": "distance", "at_least": "10 km"}
LIFTED: Rule = {"type": "best", "event": "lift", "field": "weight", "at_least": "40 kg"}
FASTEST: Rule = {
    "type": "best", "event": "race", "field": "minutes", "lowest": True, "at_most": "25 min"
}  # fmt: skip
RECORD: Rule = {"type": "record", "event": "lift", "field": "weight"}
DAYS: Rule = {"type": "streak", "event": "workout", "length": "3 days"}
WEEKS: Rule = {"type": "streak", "event": "workout", "length": "4 weeks", "at_least": 3}
LOSS: Rule = {"type": "change", "event": "weigh_in", "field": "weight", "by": "-5 kg"}
BACK: Rule = {"type": "comeback", "event": "workout", "after": "30 days"}
REST: Rule = {"type": "count", "event": "rest_day", "at_least": 1}
BOTH: Rule = {"type": "all_of", "of": [WORKOUTS, REST]}
EITHER: Rule = {"type": "any_of", "of": [WORKOUTS, REST]}


def loaded(rule: Rule, tiers: Iterable[Any] = (), **more: Any) -> LoadedPacks:
    badge = {"id": "own", "name": "Own", "rule": rule, **more}
    if tiers:
        badge["tiers"] = list(tiers)
    others = [
        {"id": "regular", "name": {"en": "Regular", "de": "Stammgast"}, "rule": _without(WORKOUTS),
         "tiers": [{"bronze": 10}, {"silver": 50}]},
        {"id": "rested", "name": "Rested", "rule": REST},
    ]  # fmt: skip
    pack = {"language": "en", "badges": [badge, *others]}
    return load_text(json.dumps(pack, default=as_number))


def _without(rule: Rule, setting: str = "at_least") -> Rule:
    return {name: value for name, value in rule.items() if name != setting}


def said(rule: Rule, language: str = "en", tiers: Iterable[Any] = ()) -> str:
    packs = loaded(rule, tiers)
    names = titles(compile_rules(packs), language)
    return rule_sentence(packs.badges[0], packs.vocabulary, language, names)


FOLDER = Path(__file__).parent / "wording"
MARKS = {True: "✓ ", False: "✗ ", None: "· "}


def as_number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)


def told(name: str) -> list[Told]:
    """What is written in a file of tests/wording."""
    found: list[Told] = as_written(FOLDER / f"{name}.yaml")
    return found


def judged(case: Told) -> tuple[Explanation, RuleSet]:
    test = {"name": "told", "expect": "not earned", **case["test"]}
    packs = loaded(case["rule"], case.get("tiers", ()), tests=[test])
    scenario = packs.badges[0].tests[0]
    rules = compile_rules(packs)
    return explain(rules, history_of(operations(scenario)), "own", moment(scenario)), rules


@pytest.mark.parametrize("case", told("rules"), ids=lambda case: case["en"])
def test_rule_is_one_sentence(case: Told) -> None:
    assert {language: said(case["rule"], language) for language in LANGUAGES} == {
        language: case[language] for language in LANGUAGES
    }


@pytest.mark.parametrize("case", told("requirements"), ids=lambda case: case["en"])
def test_entry_of_where_is_a_phrase(case: Told) -> None:
    packs = loaded(WORKOUTS | {"where": case["where"]})
    rule = packs.badges[0].rule
    assert not isinstance(rule, AllOf | AnyOf)
    (entry,) = case["where"]
    for language in LANGUAGES:
        assert requirement_phrase(entry, rule, packs.vocabulary, language) == case[language]


@pytest.mark.parametrize("case", told("progress"), ids=lambda case: case["en"])
def test_progress_is_one_sentence(case: Told) -> None:
    explanation, rules = judged(case)
    own = rules.compiled("own")
    for language in LANGUAGES:
        assert progress_sentence(explanation.progress, own, rules, language) == case[language]


@pytest.mark.parametrize("case", told("explanations"), ids=lambda case: case["en"].split("\n")[0])
def test_explanation_is_a_tree_of_lines(case: Told) -> None:
    explanation, rules = judged(case)
    for language in LANGUAGES:
        lines = explanation_lines(explanation, rules, language)
        tree = [f"{MARKS[line.holds]}{'  ' * line.depth}{line.text}" for line in lines]
        assert tree == case[language].splitlines()


TIERED: list[tuple[Rule, str, list[Any], str, str]] = [
    (DISTANCE, "at_least", ["10 km", "50 km"], "bronze at 10 km and silver at 50 km",
     "bronze: 10 km und silver: 50 km"),
    (WEEKS, "length", ["4 weeks", "12 weeks"], "bronze at 4 weeks and silver at 12 weeks",
     "bronze: 4 Wochen und silver: 12 Wochen"),
    (LOSS, "by", ["-2 kg", "-5 kg"], "bronze at -2 kg and silver at -5 kg",
     "bronze: -2 kg und silver: -5 kg"),
    (LOSS, "by", ["+2%", "+5%"], "bronze at +2% and silver at +5%",
     "bronze: +2 % und silver: +5 %"),
    (BACK, "after", ["30 days", "60 days"], "bronze at 30 days and silver at 60 days",
     "bronze: 30 Tage und silver: 60 Tage"),
    (FASTEST, "at_most", ["25 min", "20 min"], "bronze at 25 min and silver at 20 min",
     "bronze: 25 min und silver: 20 min"),
    (EITHER, "at_least", [1, 2], "bronze at 1 and silver at 2", "bronze: 1 und silver: 2"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "goal", "goals", "english", "german"), TIERED)
def test_tiers_stand_at_the_end_of_the_sentence(
    rule: Rule, goal: str, goals: list[Any], english: str, german: str
) -> None:
    tiers = [{"bronze": goals[0]}, {"silver": goals[1]}]
    with_first_goal = said(rule | {goal: goals[0]})
    assert said(_without(rule, goal), "en", tiers) == f"{with_first_goal[:-1]}; {english}."
    assert said(_without(rule, goal), "de", tiers).endswith(f"; {german}.")


def test_badge_that_nobody_named_is_called_by_its_id() -> None:
    packs = loaded({"type": "all_of", "of": [{"badge": "regular"}, REST]})
    sentence = rule_sentence(packs.badges[0], packs.vocabulary)
    assert sentence == "All of these: (1) the badge “regular”, (2) 1 rest day."


def test_criterion_of_a_composite_can_be_said_alone() -> None:
    packs = loaded(BOTH)
    rule = packs.badges[0].rule
    assert isinstance(rule, AllOf)
    phrases = [criterion_phrase(part, packs.vocabulary) for part in rule.of
               if not isinstance(part, BadgeReference)]  # fmt: skip
    assert phrases == ["3 workouts", "1 rest day"]


def test_value_that_rounds_to_its_goal_shows_more_digits() -> None:
    explanation, rules = judged(
        {
            "rule": LOSS | {"average": "3 days", "readings": 3},
            "test": {"weigh_in": "80 80 80 75 75 75.01"},
        }
    )
    sentence = progress_sentence(explanation.progress, rules.compiled("own"), rules)
    assert sentence == "Average body weight -4.9967 kg against the first average; -5 kg needed."


WHERE = {"where": {"minutes": {"at_least": 20}}}
COMMON: dict[str, Rule] = {
    "event": {"event": ["workout", "race"]},
    "where": WHERE,
    "from": {"from": "2026-01-05"},
    "until": {"until": "2026-01-05"},
}
EACH_OF: Rule = {"event": None, "each_of": ["workout", "lift"], "distinct": "day"}
IN_TIME: dict[str, Rule] = {
    "within": {"within": "7 days"},
    "each": {"each": "month"},
    "repeat": {"repeat": True},
}
CHANGED: dict[str, tuple[Rule, dict[str, Rule]]] = {
    "count": (
        WORKOUTS,
        COMMON | IN_TIME | {
            "each_of": EACH_OF,
            "at_least": {"at_least": 4},
            "distinct": {"distinct": "day"},
        },
    ),
    "total": (
        DISTANCE | {"at_least": 10},
        COMMON | IN_TIME | {"field": {"field": "calories"}, "at_least": {"at_least": 11}},
    ),
    "best": (
        {"type": "best", "event": "workout", "field": "distance", "at_least": 10},
        COMMON | {
            "field": {"field": "calories"},
            "at_least": {"at_least": 11},
            "lowest": {"at_least": None, "lowest": True, "at_most": 10},
            "at_most": {"at_least": None, "lowest": True, "at_most": 11},
        },
    ),
    "record": (
        {"type": "record", "event": "workout", "field": "distance"},
        COMMON | {
            "field": {"field": "calories"},
            "margin": {"margin": "1 km"},
            "after": {"after": 2},
            "lowest": {"lowest": True},
        },
    ),
    "streak": (
        DAYS,
        COMMON | {
            "each_of": {"event": None, "each_of": ["workout", "lift"]},
            "length": {"length": "3 weeks"},
            "at_least": {"at_least": 2},
            "distinct": {"distinct": "day", "at_least": 2, "length": "3 weeks"},
            "total": {"total": "minutes", "at_least": 2},
            "grace": {"grace": 1},
            "days": {"days": ["mon"]},
            "paused_by": {"paused_by": ["sick_day"]},
            "repeat": {"repeat": True},
        },
    ),
    "change": (
        {"type": "change", "event": "workout", "field": "distance", "by": "+5"},
        COMMON | {
            "field": {"field": "calories"},
            "by": {"by": "-5"},
            "baseline": {"baseline": "highest"},
            "average": {"average": "7 days"},
            "readings": {"average": "7 days", "readings": 2},
            "within": {"within": "7 days"},
        },
    ),
    "comeback": (BACK, COMMON | {"after": {"after": "31 days"}, "repeat": {"repeat": True}}),
    "all_of": (BOTH, {"of": {"of": [REST, WORKOUTS]}}),
    "any_of": (EITHER, {"of": {"of": [REST, WORKOUTS]}, "at_least": {"at_least": 2}}),
}  # fmt: skip
MADE_OTHERWISE: list[tuple[str, Rule, Rule]] = [
    ("grace", DAYS | {"grace": 1}, DAYS | {"grace": 2}),
    ("grace", DAYS | {"grace": 1}, DAYS | {"grace": "1 in a row"}),
    ("grace", DAYS | {"grace": "1 in a row"}, DAYS | {"grace": "1 per 7 days"}),
    ("grace", DAYS | {"grace": "1 per 6 days"}, DAYS | {"grace": "1 per 7 days"}),
    ("repeat", DAYS | {"repeat": True}, DAYS | {"repeat": "per_run"}),
    ("distinct", WORKOUTS | {"distinct": "day"}, WORKOUTS | {"distinct": "week"}),
    ("distinct", WORKOUTS | {"distinct": "week"}, WORKOUTS | {"distinct": "month"}),
    ("distinct", WORKOUTS | {"distinct": "kind"}, WORKOUTS | {"distinct": "exercises"}),
    ("baseline", LOSS | {"baseline": "first"}, LOSS | {"baseline": "lowest"}),
    ("average", LOSS | {"average": "7 days"}, LOSS | {"average": "8 days"}),
    ("by", LOSS, LOSS | {"by": "-5%"}),
    ("total", DAYS | {"total": "minutes", "at_least": 9},
     DAYS | {"total": "distance", "at_least": 9}),
]  # fmt: skip


def changed(rule: Rule, change: Rule) -> Rule:
    return {name: value for name, value in (rule | change).items() if value is not None}


def settings(model: type[BaseModel]) -> set[str]:
    return set(settings_of(model))


def test_every_setting_of_every_criterion_is_tried() -> None:
    assert {name: set(changes) for name, (_, changes) in CHANGED.items()} == {
        name: settings(model) for name, model in CRITERIA.items()
    }
    written = [test for case in told("requirements") for test in case["where"].values()]
    tried = {name for test in written if isinstance(test, dict) for name in test}
    assert tried | {"any_of"} == set(FieldTest.model_fields)


@pytest.mark.parametrize(
    ("criterion", "setting"),
    [(criterion, setting) for criterion, (_, changes) in CHANGED.items() for setting in changes],
)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_setting_is_silently_unspoken(criterion: str, setting: str, language: str) -> None:
    rule, changes = CHANGED[criterion]
    assert said(changed(rule, changes[setting]), language) != said(rule, language)


@pytest.mark.parametrize(("setting", "one", "other"), MADE_OTHERWISE)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_values_of_a_setting_are_told_apart(
    setting: str, one: Rule, other: Rule, language: str
) -> None:
    assert said(one, language) != said(other, language), setting


def test_reference_names_badge_and_tier() -> None:
    assert settings(BadgeReference) == {"badge", "tier"}
    references = [{"badge": "regular"}, {"badge": "regular", "tier": "silver"}, {"badge": "rested"}]
    sentences = {said({"type": "all_of", "of": [one, WORKOUTS]}) for one in references}
    assert len(sentences) == len(references)


def told_apart(badges: Iterable[tuple[Badge, RuleSet]], language: str) -> None:
    versions = defaultdict(set)
    for badge, rules in badges:
        sentence = rule_sentence(badge, rules.vocabulary, language, titles(rules, language))
        versions[sentence].add(rules.compiled(badge.id).rule_version)
    assert {sentence: found for sentence, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_different_rules_of_the_corpus_have_different_sentences(language: str) -> None:
    for pack in corpus_packs():
        told_apart(((badge, pack.rules) for badge in pack.packs), language)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_different_drawn_rules_have_different_sentences(language: str) -> None:
    vocabulary = Vocabulary.model_validate({"events": VOCABULARY})
    drawn = []
    for seed in range(60):
        packs = load_text(
            json.dumps({"language": "en", "badges": make_pack(Random(seed))}), vocabulary=vocabulary
        )
        rules = compile_rules(packs)
        drawn += [(badge, rules) for badge in packs if badge.rule.type not in ("all_of", "any_of")]
    told_apart(drawn, language)


def places(phrase: str | tuple[str, str]) -> set[str]:
    texts = phrase if isinstance(phrase, tuple) else (phrase,)
    return {str(name).split(".")[0] for each in texts for _, name, _, _ in Formatter().parse(each)}


def test_languages_have_the_same_phrases_with_the_same_places() -> None:
    assert set(GERMAN.phrases) == set(ENGLISH.phrases)
    for key, phrase in ENGLISH.phrases.items():
        idle = {"None", "n"}
        assert places(GERMAN.phrases[key]) - idle == places(phrase) - idle, key
    for language in LANGUAGES.values():
        assert (len(set(language.weekdays)), len(set(language.months))) == (7, 12)


def test_unknown_language_is_english_and_a_region_is_its_language() -> None:
    assert said(WORKOUTS | {"distinct": "day"}, "pt") == "Workouts on 3 different days."
    assert said(WORKOUTS | {"distinct": "day"}, "de-AT") == "Workout an 3 verschiedenen Tagen."


def test_text_of_a_badge_falls_back_to_the_language_of_its_pack() -> None:
    names = {"en": "Regular", "de": "Stammgast"}
    assert local_text(names, "de", "en") == "Stammgast"
    assert local_text(names, "de-AT", "en") == "Stammgast"
    assert local_text(names, "fr", "de") == "Stammgast"
    assert local_text(names, "fr", "it") == "Regular"
    assert local_text("Regular", "de", "en") == "Regular"
    assert local_text({}, "de", "en") == ""


PLURALS = [
    ("workout", "workouts"), ("rest day", "rest days"), ("meal logged", "meals logged"),
    ("night of sleep", "nights of sleep"), ("check-in with the coach", "check-ins with the coach"),
    ("activity", "activities"), ("class", "classes"), ("stretch", "stretches"),
    ("exercises", "exercises"), ("seed", "seeds"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "several"), PLURALS)
def test_english_label_becomes_plural(one: str, several: str) -> None:
    assert ENGLISH.times(one, 1) == f"1 {one}"
    assert ENGLISH.times(one, 2) == f"2 {several}"


@pytest.mark.parametrize("pack", corpus_packs(), ids=lambda pack: pack.name)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_everything_in_the_corpus_can_be_said(pack: CorpusPack, language: str) -> None:
    told = [case for case in cases().values() if case.pack is pack and case.history]
    for case in told:
        rules = case.pack.rules
        explanation = explain(rules, case.history, case.badge.id, case.as_of)
        lines = [line.text for line in explanation_lines(explanation, rules, language)]
        lines.append(progress_sentence(
            explanation.progress, rules.compiled(case.badge.id), rules, language
        ))  # fmt: skip
        assert all(line and "{" not in line and "None" not in line for line in lines)
