"""What is said of rules, progress and explanations, word by word."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timezone
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any

import pytest
from pydantic import BaseModel

from badge_engine.authoring.scenarios import history_of, moment, operations
from badge_engine.language.kinds.base import settings_of
from badge_engine.language.loader import LoadedPacks, load_packs, load_text, shipped_rules
from badge_engine.language.rules import CRITERIA, Badge, BadgeReference, FieldTest
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.outcomes import Explanation
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.semantics.explain import explain
from badge_engine.wording import (
    LANGUAGES,
    criterion_phrase,
    explanation_lines,
    progress_sentence,
    requirement_phrase,
    rule_sentence,
    text,
    titles,
)
from badge_engine.wording.english import ENGLISH
from badge_engine.wording.german import GERMAN
from tests.generator_packs import VOCABULARY, make_pack
from tests.scenarios.corpus import Case, cases, corpus_packs

Rule = dict[str, Any]

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
ALL_THREE = ["workout", "nutrition_log", "weigh_in"]


def loaded(rule: Rule, tiers: Iterable[Any] = (), **more: Any) -> LoadedPacks:
    badge = {"id": "own", "name": "Own", "rule": rule, **more}
    if tiers:
        badge["tiers"] = list(tiers)
    others = [
        {"id": "regular", "name": {"en": "Regular", "de": "Stammgast"}, "rule": _without(WORKOUTS),
         "tiers": [{"bronze": 10}, {"silver": 50}]},
        {"id": "rested", "name": "Rested", "rule": REST},
    ]  # fmt: skip
    return load_text(json.dumps({"language": "en", "badges": [badge, *others]}))


def _without(rule: Rule, setting: str = "at_least") -> Rule:
    return {name: value for name, value in rule.items() if name != setting}


def said(rule: Rule, language: str = "en", tiers: Iterable[Any] = ()) -> str:
    packs = loaded(rule, tiers)
    names = titles(compile_rules(packs), language)
    return rule_sentence(packs.badges[0], packs.vocabulary, language, names)


# Rules

RULES: list[tuple[Rule, str, str]] = [
    (WORKOUTS, "3 workouts.", "3 × Workout."),
    (REST, "1 rest day.", "1 × Rest day."),
    (
        WORKOUTS | {"event": ["workout", "lift"]},
        "3 workouts or lifts.",
        "3 × Workout oder Lift.",
    ),
    (
        WORKOUTS | {"distinct": "day", "within": "2 weeks"},
        "Workouts on 3 different days within 14 days.",
        "Workout an 3 verschiedenen Tagen innerhalb von 14 Tagen.",
    ),
    (
        WORKOUTS | {"distinct": "kind"},
        "3 different kinds of workout in workouts.",
        "3 verschiedene Werte von Kind of workout bei Workout.",
    ),
    (
        _without(WORKOUTS, "event") | {"each_of": ALL_THREE, "distinct": "day", "each": "month"},
        "3 different days, each with 1 workout, 1 meal logged and 1 weigh-in, "
        "in one calendar month.",
        "3 verschiedene Tage mit je 1 × Workout, 1 × Meal logged und 1 × Weigh-in, "
        "in einem Kalendermonat.",
    ),
    (
        WORKOUTS | {"repeat": True},
        "3 workouts; earned again with every further 3.",
        "3 × Workout; erneut alle weiteren 3.",
    ),
    (
        WORKOUTS | {"within": "7 days", "repeat": True},
        "3 workouts within 7 days; earned again and again, from what comes after the last time.",
        "3 × Workout innerhalb von 7 Tagen; "
        "immer wieder, jeweils aus dem, was nach dem letzten Mal kommt.",
    ),
    (
        WORKOUTS | {"each": "week", "repeat": True},
        "3 workouts in one calendar week; earned once in every week that reaches it.",
        "3 × Workout in einer Kalenderwoche; einmal in jeder Woche, die es erreicht.",
    ),
    (
        DISTANCE,
        "Workouts with distance of at least 10 km in total.",
        "Workout mit Distance von mindestens 10 km insgesamt.",
    ),
    (
        {"type": "total", "event": "daily_activity", "field": "steps", "at_least": 10000,
         "each": "day"},
        "Days of activity with at least 10000 steps in total on one day.",
        "Day of activity mit mindestens 10000 steps insgesamt an einem Tag.",
    ),
    (
        LIFTED,
        "1 lift with weight lifted of at least 40 kg.",
        "1 × Lift mit Weight lifted von mindestens 40 kg.",
    ),
    (
        FASTEST,
        "1 race with finishing time of at most 25 min.",
        "1 × Race mit Finishing time von höchstens 25 min.",
    ),
    (
        RECORD | {"margin": "2.5 kg", "after": 3},
        "Weight lifted in lifts higher than ever before, by at least 2.5 kg; "
        "the first 3 readings only set the mark; earned every time.",
        "Weight lifted bei Lift höher als je zuvor, um mindestens 2,5 kg; "
        "die ersten 3 Werte setzen nur die Marke; jedes Mal aufs Neue.",
    ),
    (
        {"type": "record", "event": "race", "field": "minutes", "lowest": True},
        "Finishing time in races lower than ever before; "
        "the first reading only sets the mark; earned every time.",
        "Finishing time bei Race niedriger als je zuvor; "
        "der erste Wert setzt nur die Marke; jedes Mal aufs Neue.",
    ),
    (DAYS, "1 workout a day, 3 days in a row.", "1 × Workout am Tag, 3 Tage in Folge."),
    (
        WEEKS,
        "At least 3 workouts a week, 4 weeks in a row.",
        "Mindestens 3 × Workout in der Woche, 4 Wochen in Folge.",
    ),
    (
        WEEKS | {"distinct": "day"},
        "Workouts on at least 3 days a week, 4 weeks in a row.",
        "Workout an mindestens 3 Tagen in der Woche, 4 Wochen in Folge.",
    ),
    (
        WEEKS | {"total": "minutes", "at_least": 150},
        "Workouts with duration of at least 150 min in total a week, 4 weeks in a row.",
        "Workout mit Duration von mindestens 150 min insgesamt in der Woche, 4 Wochen in Folge.",
    ),
    (
        _without(DAYS, "event") | {"each_of": ALL_THREE},
        "1 workout, 1 meal logged and 1 weigh-in a day, 3 days in a row.",
        "1 × Workout, 1 × Meal logged und 1 × Weigh-in am Tag, 3 Tage in Folge.",
    ),
    (
        DAYS | {"days": ["mon", "wed"], "grace": "1 per 7 days", "paused_by": ["sick_day"]},
        "1 workout a day, 3 days in a row; "
        "only Monday and Wednesday count, other days neither help nor break it; "
        "1 missed day in any 7 days is forgiven; days with sick days only pause it.",
        "1 × Workout am Tag, 3 Tage in Folge; "
        "nur Montag und Mittwoch zählen, andere Tage nützen und schaden nicht; "
        "1 versäumter Tag in je 7 Tagen wird verziehen; Tage mit Sick day halten sie nur an.",
    ),
    (
        DAYS | {"grace": "2 in a row", "repeat": True},
        "1 workout a day, 3 days in a row; up to 2 missed days in a row are forgiven; "
        "earned again with every further 3 days in a row.",
        "1 × Workout am Tag, 3 Tage in Folge; "
        "bis zu 2 versäumte Tage hintereinander werden verziehen; "
        "erneut alle weiteren 3 Tage in Folge.",
    ),
    (
        {"type": "streak", "event": "workout", "length": "6 months", "grace": 1,
         "repeat": "per_run"},
        "1 workout a month, 6 months in a row; 1 missed month in the whole run is forgiven; "
        "earned again in every new run.",
        "1 × Workout im Monat, 6 Monate in Folge; "
        "1 versäumter Monat in der ganzen Serie wird verziehen; erneut in jeder neuen Serie.",
    ),
    (
        LOSS,
        "Body weight in weigh-ins at least 5 kg below the first reading.",
        "Body weight bei Weigh-in mindestens 5 kg unter dem ersten Wert.",
    ),
    (
        LOSS | {"by": "+5%", "baseline": "lowest", "average": "7 days", "readings": 3},
        "Body weight in weigh-ins at least 5% above the lowest reading before; "
        "averages over 7 days, of at least 3 readings each, stand for readings.",
        "Body weight bei Weigh-in mindestens 5 % über dem niedrigsten Wert davor; "
        "statt der Werte gelten Mittelwerte über 7 Tage mit je mindestens 3 Werten.",
    ),
    (
        LOSS | {"within": "30 days"},
        "Body weight in weigh-ins at least 5 kg below the highest reading of the last 30 days.",
        "Body weight bei Weigh-in mindestens 5 kg unter dem höchsten Wert der letzten 30 Tage.",
    ),
    (
        BACK | {"repeat": True},
        "1 workout 30 days or more after the one before; earned every time.",
        "1 × Workout 30 Tage oder länger nach dem letzten Mal; jedes Mal aufs Neue.",
    ),
    (
        {"type": "all_of", "of": [
            {"badge": "regular", "tier": "silver"}, {"badge": "rested"}, EITHER
        ]},
        "All of these: (1) silver of the badge “Regular”, (2) the badge “Rested”, "
        "(3) at least one of these: (3.1) 3 workouts, (3.2) 1 rest day.",
        "Alles davon: (1) silver beim Abzeichen „Stammgast“, (2) das Abzeichen „Rested“, "
        "(3) mindestens eines davon: (3.1) 3 × Workout, (3.2) 1 × Rest day.",
    ),
    (
        EITHER | {"at_least": 2},
        "At least 2 of these: (1) 3 workouts, (2) 1 rest day.",
        "Mindestens 2 davon: (1) 3 × Workout, (2) 1 × Rest day.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "english", "german"), RULES)
def test_rule_is_one_sentence(rule: Rule, english: str, german: str) -> None:
    assert said(rule) == english
    assert said(rule, "de") == german


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
    rule = loaded(WORKOUTS).badges[0].rule
    assert criterion_phrase(rule, loaded(WORKOUTS).vocabulary, "de") == "3 × Workout"


# What where, from and until ask

ASKED: list[tuple[str, Any, str, str]] = [
    ("minutes", {"at_least": 20}, "duration of at least 20 min", "Duration von mindestens 20 min"),
    ("minutes", {"at_most": "1 h"}, "duration of at most 1 h", "Duration von höchstens 1 h"),
    ("minutes", {"above": 20}, "duration of more than 20 min", "Duration von mehr als 20 min"),
    ("minutes", {"below": 2.5}, "duration of less than 2.5 min", "Duration von weniger als 2,5 min"),
    ("minutes", {"above": 5, "below": 10}, "duration of more than 5 min and less than 10 min",
     "Duration von mehr als 5 min und weniger als 10 min"),
    ("distance", {"between": [5, "5.1 km"]}, "distance of 5 km to 5.1 km",
     "Distance von 5 km bis 5,1 km"),
    ("minutes", [30, 60], "duration of exactly 30 min or 60 min",
     "Duration von genau 30 min oder 60 min"),
    ("minutes", {"is_not": 30}, "duration of anything but 30 min",
     "Duration von allem außer 30 min"),
    ("minutes", {"exists": True}, "any duration", "Angabe zu Duration"),
    ("minutes", {"exists": True, "above": 5}, "any duration and duration of more than 5 min",
     "Angabe zu Duration und Duration von mehr als 5 min"),
    ("minutes", {"exists": False}, "no duration", "keine Angabe zu Duration"),
    ("kind", ["run", "ride"], "kind of workout “run” or “ride”",
     "Kind of workout „run“ oder „ride“"),
    ("kind", {"is_not": "yoga"}, "kind of workout other than “yoga”",
     "Kind of workout anders als „yoga“"),
    ("exercises", {"includes": ["squat", "row"]}, "exercises including “squat” and “row”",
     "Exercises einschließlich „squat“ und „row“"),
    ("outdoors", True, "“outdoors” set to yes", "„Outdoors“ auf ja"),
    ("outdoors", {"is_not": True}, "“outdoors” set to not yes", "„Outdoors“ auf nicht ja"),
    ("time", {"before": "7:00"}, "before 7:00", "vor 7:00 Uhr"),
    ("time", {"after": "18:30"}, "at 18:30 or later", "ab 18:30 Uhr"),
    ("time", {"between": ["22:00", "4:05"]}, "from 22:00 until 4:05", "von 22:00 bis 4:05 Uhr"),
    ("weekday", ["sat", "sun"], "on Saturday or Sunday", "am Samstag oder Sonntag"),
    ("weekday", {"is_not": ["fri"]}, "not on Friday", "nicht am Freitag"),
    ("month", "dec", "in December", "im Dezember"),
    ("month", {"is_not": ["mar", "may"]}, "not in March or May", "nicht im März oder Mai"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "test", "english", "german"), ASKED)
def test_entry_of_where_is_a_phrase(entry: str, test: Any, english: str, german: str) -> None:
    packs = loaded(WORKOUTS | {"where": {entry: test}})
    rule = packs.badges[0].rule
    assert not isinstance(rule, CRITERIA["all_of"] | CRITERIA["any_of"])
    assert requirement_phrase(entry, rule, packs.vocabulary) == english
    assert requirement_phrase(entry, rule, packs.vocabulary, "de") == german


def test_entries_of_where_and_dates_say_which_events_count() -> None:
    where = {"minutes": {"at_least": 20}, "kind": {"exists": False}, "time": {"before": "9:00"}}
    rule = WORKOUTS | {"where": where, "from": "2026-01-05", "until": "2026-01-11"}
    assert said(rule) == (
        "3 workouts; only workouts with duration of at least 20 min, with no kind of workout, "
        "before 9:00, on or after Monday 2026-01-05 and on or before Sunday 2026-01-11 count."
    )
    assert said(rule, "de") == (
        "3 × Workout; es zählt nur Workout mit Duration von mindestens 20 min, "
        "ohne Angabe zu Kind of workout, vor 9:00 Uhr, ab Montag, 5.1.2026 "
        "und bis Sonntag, 11.1.2026."
    )


# No setting may be silently unspoken

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
    tried = {test for _, written, _, _ in ASKED if isinstance(written, dict) for test in written}
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
