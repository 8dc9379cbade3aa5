"""The corpus of scenarios holds on every evaluator, and no setting is missing from it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from badge_engine.authoring.scenarios import meets, run_tests
from badge_engine.events import Event
from badge_engine.language.loader import check_paths
from badge_engine.language.rules import CRITERIA, Badge, BadgeReference, FieldTest
from badge_engine.outcomes import Award, Evidence, Progress
from badge_engine.semantics.evaluate import evaluate
from badge_engine.semantics.explain import explain
from tests import oracle
from tests.engine.judge import Judge
from tests.engine.stores import STORES, opened
from tests.scenarios.corpus import Case, CorpusPack, cases, corpus_packs
from tests.scenarios.derived import AWARDS, PROGRESS, DerivedAward, DerivedProgress, Key

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TEST_KEYS = ("name", "with", "starts", "zone", "events", "as_of", "expect")
HOST_SETTINGS = ("week_starts", "day_starts", "vocabulary_path")
UNASKED = Progress("", None, None, Decimal(0), None, None, 1, "open")


def reference_awards(case: Case) -> list[Award]:
    return list(evaluate(case.pack.rules, case.history, case.as_of))


def reference_progress(case: Case) -> Progress:
    return explain(
        case.pack.rules,
        case.history,
        case.badge.id,
        case.as_of,
        zone=case.scenario.zone,
        day_starts=case.pack.day_starts,
    ).progress


def oracle_awards(case: Case) -> list[Award]:
    return [
        Award(
            user="",
            badge=found.badge,
            tier=found.tier,
            occurrence=found.occurrence,
            earned_at=EPOCH + found.earned_at * MICROSECOND,
            earned_on=found.earned_on,
            evidence=Evidence(found.event, found.first_day, found.last_day, found.count),
            rule_version="",
        )
        for found in oracle.awards(
            case.pack.badges_as_written,
            case.pack.events_as_written,
            case.history,
            week_starts=case.pack.week_starts,
            as_of=case.as_of,
        )
    ]


def oracle_progress(case: Case) -> Progress:
    found = oracle.progress(
        case.pack.badges_as_written,
        case.pack.events_as_written,
        known(case),
        today=today_of(case),
        week_starts=case.pack.week_starts,
    )[case.badge.id]
    return Progress(
        badge=case.badge.id,
        value=found.value,
        target=found.target,
        ratio=found.ratio,
        unit=None,
        tier=found.tier,
        occurrence=found.occurrence,
        state=found.state,  # type: ignore[arg-type] # one of its words
        decimals=6,
        best=found.best,
        expires_on=found.expires_on,
    )


def known(case: Case) -> list[Event]:
    """The history up to as_of."""
    return [event for event in case.history if case.as_of is None or event.at <= case.as_of]


def today_of(case: Case) -> date:
    """The local day of as_of, or that of the newest event where it is later or nothing is cut."""
    newest = [event.day for event in known(case)[-1:]]
    if case.as_of is None:
        return max(newest)
    wall = case.as_of.astimezone(ZoneInfo(case.scenario.zone or "UTC"))
    starts = timedelta(hours=case.pack.day_starts.hour, minutes=case.pack.day_starts.minute)
    return max([(wall.replace(tzinfo=None) - starts).date(), *newest])


class Evaluator(Protocol):
    """One way to run rules: the awards of a case, and the progress that it asks for."""

    def awards(self, case: Case) -> list[Award]: ...

    def progress(self, case: Case) -> Progress: ...


class Reference:
    awards = staticmethod(reference_awards)
    progress = staticmethod(reference_progress)


class Oracle:
    awards = staticmethod(oracle_awards)
    progress = staticmethod(oracle_progress)


WITHOUT_A_STORE: dict[str, type[Evaluator]] = {"reference": Reference, "oracle": Oracle}


@pytest.fixture(scope="session", params=[*WITHOUT_A_STORE, *STORES])
def evaluator(request: pytest.FixtureRequest) -> Iterator[Evaluator]:
    """The reference, the oracle, and the engine over each store."""
    if request.param in WITHOUT_A_STORE:
        yield WITHOUT_A_STORE[request.param]()
    else:
        with opened(request.param, request) as store:
            yield Judge(store)


every_pack = pytest.mark.parametrize("pack", corpus_packs(), ids=lambda pack: pack.name)


def keys(*, progress: bool) -> list[Key]:
    return [key for key, case in cases().items() if case.asks_for_progress is progress]


def awards_of_badge(evaluator: Evaluator, case: Case) -> list[Award]:
    return [award for award in evaluator.awards(case) if award.badge == case.badge.id]


@every_pack
def test_a_pack_of_the_corpus_has_no_mistake_and_no_warning(pack: CorpusPack) -> None:
    found = check_paths([pack.path], pack.vocabulary, week_starts=pack.week_starts)

    assert [(one.code, one.message) for one in found] == []


@every_pack
def test_the_runner_passes_every_test_of_a_pack(pack: CorpusPack) -> None:
    results = run_tests(pack.packs, pack.rules, pack.day_starts)

    failed = [(one.badge, one.name, one.happened) for one in results if not one.passed]
    assert failed == []


@pytest.mark.parametrize("key", keys(progress=False), ids="/".join)
def test_a_scenario_is_awarded_as_it_expects(evaluator: Evaluator, key: Key) -> None:
    case = cases()[key]
    awards = awards_of_badge(evaluator, case)

    assert meets(case.scenario.expect, awards, UNASKED), awards


@pytest.mark.parametrize("key", keys(progress=True), ids="/".join)
def test_a_scenario_shows_the_progress_it_expects(evaluator: Evaluator, key: Key) -> None:
    case = cases()[key]
    progress = evaluator.progress(case)

    assert meets(case.scenario.expect, [], progress), progress


@pytest.mark.parametrize("key", AWARDS, ids="/".join)
def test_awards_are_derived_in_every_field(evaluator: Evaluator, key: Key) -> None:
    awards = awards_of_badge(evaluator, cases()[key])
    awards.sort(key=lambda award: (award.earned_at, award.tier or "", award.occurrence))

    derived = [
        DerivedAward(
            event=award.evidence.event,
            earned_at=award.earned_at,
            earned_on=award.earned_on,
            first_day=award.evidence.first_day,
            last_day=award.evidence.last_day,
            count=award.evidence.count,
            tier=award.tier,
            occurrence=award.occurrence,
        )
        for award in awards
    ]
    assert derived == list(AWARDS[key])


@pytest.mark.parametrize("key", PROGRESS, ids="/".join)
def test_progress_is_derived_in_every_field(evaluator: Evaluator, key: Key) -> None:
    progress = evaluator.progress(cases()[key])

    derived = DerivedProgress(
        value=progress.value,
        target=progress.target,
        ratio=progress.ratio,
        state=progress.state,
        expires_on=progress.expires_on,
        best=progress.best,
        tier=progress.tier,
        occurrence=progress.occurrence,
    )
    assert derived == PROGRESS[key]


def test_ids_of_badges_are_unique_over_the_corpus() -> None:
    ids = [badge.id for pack in corpus_packs() for badge in pack.packs]

    assert len(ids) == len(set(ids))


def settings_of(model: type[BaseModel]) -> set[str]:
    """The settings of a model as they are written in YAML."""
    return {field.alias or name for name, field in model.model_fields.items()}


def maps_in(written: Any) -> Iterator[dict[str, Any]]:
    if isinstance(written, dict):
        yield written
        written = list(written.values())
    if isinstance(written, list):
        for child in written:
            yield from maps_in(child)


def badges_as_written() -> list[dict[str, Any]]:
    return [badge for pack in corpus_packs() for badge in pack.badges_as_written]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_setting_of_a_criterion_appears_in_the_corpus(criterion: str) -> None:
    rules = [badge["rule"] for badge in badges_as_written()]
    used = {setting for rule in maps_in(rules) if rule.get("type") == criterion for setting in rule}

    assert settings_of(CRITERIA[criterion]) - used == set()


def test_every_setting_of_a_badge_appears_in_the_corpus() -> None:
    used = {setting for badge in badges_as_written() for setting in badge}

    assert settings_of(Badge) - used == set()


def test_every_setting_of_a_part_that_names_a_badge_appears_in_the_corpus() -> None:
    rules = [badge["rule"] for badge in badges_as_written()]
    used = {setting for part in maps_in(rules) if "badge" in part for setting in part}

    assert settings_of(BadgeReference) - used == set()


def test_every_word_of_where_appears_in_the_corpus() -> None:
    entries = [
        entry
        for rule in maps_in([badge["rule"] for badge in badges_as_written()])
        for entry in rule.get("where", {}).items()
    ]
    used = {word for _, wanted in entries if isinstance(wanted, dict) for word in wanted}

    assert settings_of(FieldTest) - used == {"any_of"}  # any_of is written without a word
    assert {"time", "weekday", "month"} <= {name for name, _ in entries}
    assert any(isinstance(wanted, list) for _, wanted in entries)


@pytest.mark.parametrize(
    ("criterion", "setting", "choices"),
    [
        ("count", "distinct", {"day", "week", "month", "kind", "exercises"}),
        ("count", "each", {"day", "week", "month", "year"}),
        ("total", "each", {"day", "week", "month", "year"}),
        ("streak", "grace", {"1 per 7 days", "2 in a row", 1}),
        ("streak", "length", {"2 days", "2 weeks", "2 months"}),
        ("streak", "repeat", {True, "per_run"}),
        ("change", "by", {"-5 kg", "+2 kg", "-5%", "+10%"}),
        ("change", "baseline", {"first", "highest", "lowest"}),
    ],
)
def test_every_way_to_fill_a_setting_appears_in_the_corpus(
    criterion: str, setting: str, choices: set[object]
) -> None:
    rules = maps_in([badge["rule"] for badge in badges_as_written()])
    used = {rule.get(setting) for rule in rules if rule.get("type") == criterion}

    assert choices - used == set()


def test_every_key_of_a_test_appears_in_the_corpus() -> None:
    tests = [test for badge in badges_as_written() for test in badge["tests"]]
    used = {key for test in tests for key in test}
    operations = {key for test in tests for item in test.get("events", []) for key in item}

    assert set(TEST_KEYS) - used == set()
    assert {"at", "day", "zone", "id", "event", "amend", "retract"} - operations == set()


@pytest.mark.parametrize("setting", HOST_SETTINGS)
def test_every_host_setting_is_changed_somewhere(setting: str) -> None:
    plain = next(pack for pack in corpus_packs() if pack.name == "count.yaml")

    assert {getattr(pack, setting) for pack in corpus_packs()} - {getattr(plain, setting)}
