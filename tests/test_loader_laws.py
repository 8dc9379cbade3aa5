"""What holds for all packs and for all bytes: nothing is lost in writing, nothing escapes."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from badge_engine.errors import RulePackError
from badge_engine.language.codes import CODES
from badge_engine.language.diagnostics import Diagnostic
from badge_engine.language.dump import dump
from badge_engine.language.loader import (
    RulePack,
    check_text,
    check_vocabulary_text,
    load_text,
)
from badge_engine.language.rules import (
    AllOf,
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
from badge_engine.language.scenarios import DayMark, Earned, NotEarned, ProgressIs, Scenario, Strip
from badge_engine.language.units import Grace, Quantity, Span
from badge_engine.language.vocabulary import Vocabulary

VOCABULARY = Vocabulary.model_validate(
    {
        "events": {
            "workout": {
                "fields": {
                    "kind": {"type": "text"},
                    "minutes": {"type": "number", "unit": "min"},
                    "distance": {"type": "number", "unit": "km"},
                    "exercises": {"type": "texts"},
                    "outdoors": {"type": "boolean"},
                }
            },
            "race": {"fields": {"distance": {"type": "number", "unit": "km"}}},
            "rest_day": {},
        }
    }
)

NEVER = st.sampled_from([False])
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True)
TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufeff\ufffe\uffff"),
    max_size=20,
)
WORDS = TEXTS.filter(lambda text: bool(text.strip()))
LOCAL = st.one_of(WORDS, st.fixed_dictionaries({"en": WORDS}, optional={"de": WORDS}))
WHOLE = st.integers(1, 10**6)
EVENTS = st.sampled_from([("workout",), ("workout", "race"), ("race",)])
DATES = st.dates(date(1970, 1, 1), date(2200, 1, 1))
FLAGS = st.booleans()


def decimals(least: str, most: str = "1000000") -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(least), Decimal(most), places=3)


def quantities(*units: str, least: str = "0.001") -> st.SearchStrategy[Quantity]:
    return st.builds(Quantity, decimals(least), st.sampled_from([None, *units]))


def spans(*units: str, least: int = 1) -> st.SearchStrategy[Span]:
    return st.builds(Span, st.integers(least, 500), st.sampled_from(units))


KILOMETRES = quantities("km", "m", "mi")
MINUTES = quantities("min", "h", "s")
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)


NUMBER_TESTS = st.one_of(
    st.builds(FieldTest, at_least=MINUTES),
    st.builds(
        FieldTest, above=quantities("min", least="-5"), exists=st.none() | st.sampled_from([True])
    ),
    st.builds(FieldTest, any_of=several(WHOLE | decimals("-9.999"))),
    st.builds(FieldTest, is_not=several(WHOLE)),
    st.builds(FieldTest, exists=FLAGS),
)
TEXT_TESTS = st.one_of(
    st.builds(FieldTest, any_of=several(WORDS)), st.builds(FieldTest, is_not=several(WORDS))
)
WHERE = st.fixed_dictionaries(
    {},
    optional={
        "minutes": NUMBER_TESTS,
        "kind": TEXT_TESTS,
        "outdoors": st.builds(FieldTest, any_of=st.tuples(FLAGS)),
        "exercises": st.builds(FieldTest, includes=several(WORDS)),
        "time": st.builds(FieldTest, before=CLOCKS) | st.builds(FieldTest, after=CLOCKS),
        "month": st.builds(FieldTest, any_of=several(st.sampled_from(["jan", "may", "dec"]))),
    },
)
OVER_WORKOUTS = {
    "event": st.sampled_from([("workout",), ("workout", "race")]),
    "where": WHERE,
    "from_": st.none() | DATES,
}


def counts(at_least: st.SearchStrategy[int | None], repeat: st.SearchStrategy[bool]) -> Any:
    windows: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.just({}),
        st.fixed_dictionaries({"within": spans("day", "week")}),
        st.fixed_dictionaries({"each": st.sampled_from(["day", "week", "month", "year"])}),
        st.fixed_dictionaries({"distinct": st.sampled_from(["exercises"])}),
    )
    return windows.flatmap(
        lambda window: st.builds(
            Count,
            type=st.just("count"),
            at_least=at_least,
            repeat=repeat,
            **OVER_WORKOUTS,
            **{name: st.just(value) for name, value in window.items()},
        )
    )


def streaks(length: st.SearchStrategy[Span | None], repeat: Any, unit: str) -> Any:
    active = st.one_of(
        st.just({}),
        st.builds(lambda number: {"at_least": Quantity(Decimal(number))}, WHOLE),
        st.builds(lambda sum_: {"total": "minutes", "at_least": sum_}, MINUTES),
    )
    forgiven = st.one_of(
        st.none(),
        st.builds(Grace, WHOLE),
        st.builds(Grace, WHOLE, in_a_row=st.sampled_from([True])),
        st.builds(lambda missed, more: Grace(missed, per=missed + more), WHOLE, WHOLE),
    )
    weekdays = several(st.sampled_from(["mon", "wed", "sun"])) if unit == "day" else st.just(())
    return active.flatmap(
        lambda what: st.builds(
            Streak,
            type=st.just("streak"),
            length=length,
            grace=forgiven,
            days=weekdays,
            paused_by=st.sampled_from([(), ("rest_day",)]),
            repeat=repeat,
            **OVER_WORKOUTS,
            **{name: st.just(value) for name, value in what.items()},
        )
    )


def changes(by: st.SearchStrategy[Quantity | None]) -> Any:
    return st.builds(
        Change,
        type=st.just("change"),
        field=st.just("distance"),
        by=by,
        baseline=st.sampled_from(["first", "highest", "lowest"]),
        **OVER_WORKOUTS,
    )


SIGNED = st.builds(
    Quantity, decimals("-99.999", "99.999").filter(bool), st.sampled_from([None, "km", "m", "%"])
)
REPEAT = FLAGS
UNTIERED = st.one_of(
    counts(WHOLE, REPEAT),
    st.builds(
        Total,
        type=st.just("total"),
        field=st.just("distance"),
        at_least=KILOMETRES,
        repeat=REPEAT,
        within=st.none() | spans("day", "week"),
        **OVER_WORKOUTS,
    ),
    st.builds(
        Best,
        type=st.just("best"),
        field=st.just("distance"),
        at_most=KILOMETRES,
        lowest=st.sampled_from([True]),
        **OVER_WORKOUTS,
    ),
    st.builds(
        Record,
        type=st.just("record"),
        field=st.just("distance"),
        margin=st.none() | KILOMETRES,
        after=WHOLE,
        **OVER_WORKOUTS,
    ),
    *(
        streaks(spans(unit), st.sampled_from([False, True, "per_run"]), unit)
        for unit in ("day", "week", "month")
    ),
    changes(SIGNED),
    st.builds(
        Change,
        type=st.just("change"),
        field=st.just("minutes"),
        by=quantities("min", "%"),
        within=st.none() | spans("day"),
        average=spans("day"),
        readings=WHOLE,
        **OVER_WORKOUTS,
    ),
    st.builds(
        Comeback, type=st.just("comeback"), after=spans("day", "week"), repeat=REPEAT,
        **OVER_WORKOUTS,
    ),
)  # fmt: skip
PARTS = st.one_of(
    counts(WHOLE, NEVER),
    st.just(BadgeReference(badge="first")),
    st.just(BadgeReference(badge="second", tier="gold")),
)


def once(parts: list[Any]) -> tuple[Any, ...]:
    """The parts without a badge that is referred to twice."""
    kept: list[Any] = []
    for part in parts:
        if not isinstance(part, BadgeReference) or part not in kept:
            kept.append(part)
    return tuple(kept)


COMPOSITES = (
    st.lists(PARTS, min_size=1, max_size=4)
    .map(once)
    .flatmap(
        lambda parts: st.one_of(
            st.just(AllOf(type="all_of", of=parts)),
            st.builds(
                AnyOf,
                type=st.just("any_of"),
                of=st.just(parts),
                at_least=st.none() | st.integers(1, len(parts)),
            ),
            st.just(AllOf(type="all_of", of=(AnyOf(type="any_of", of=parts),))),
        )
    )
)


def tiers(goals: st.SearchStrategy[Any], key: Any) -> st.SearchStrategy[tuple[Tier, ...]]:
    ordered = st.lists(goals, min_size=1, max_size=3, unique_by=key).map(
        lambda chosen: sorted(chosen, key=key)
    )
    return ordered.map(
        lambda chosen: tuple(Tier(f"tier-{n}", goal) for n, goal in enumerate(chosen))
    )


NO_GOAL: Any = st.none()
TIERED = st.one_of(
    st.tuples(counts(NO_GOAL, NEVER), tiers(WHOLE, int)),
    st.tuples(streaks(NO_GOAL, NEVER, "week"), tiers(spans("week"), lambda span: span.count)),
    st.tuples(
        changes(NO_GOAL),
        tiers(
            st.builds(Quantity, decimals("-99.999", "-0.001"), st.just("%")),
            lambda goal: -goal.number,
        ),
    ),
)
SCENARIOS = st.builds(
    Scenario,
    name=WORDS,
    starts=DATES,
    zone=st.none() | st.sampled_from(["Europe/Lisbon", "Asia/Tokyo"]),
    strips=st.just({"rest_day": Strip("x . 2x", (DayMark(1), DayMark(0), DayMark(2)))}),
    expect=st.one_of(
        st.just(NotEarned()),
        st.just(Earned()),
        st.builds(ProgressIs, decimals("-9.999"), decimals("0.001")),
    ),
    as_of=st.none() | DATES,
)


@st.composite
def rule_packs(draw: st.DrawFn) -> RulePack:
    """Packs that the loader accepts: two badges to refer to and a few more."""
    first = Badge(id="first", name="First", rule=Count(type="count", event=("race",), at_least=1))
    second = first.model_copy(
        update={
            "id": "second",
            "rule": Count(type="count", event=("race",)),
            "tiers": (Tier("silver", 1), Tier("gold", 2)),
        }
    )
    ids = draw(st.lists(SLUGS, max_size=3, unique=True))
    badges = [draw(badges_of(id_)) for id_ in ids if id_ not in ("first", "second")]
    return RulePack("law.yaml", "en", (first, second, *badges))


def badges_of(id_: str) -> st.SearchStrategy[Badge]:
    rules = st.one_of(st.tuples(UNTIERED, st.just(())), st.tuples(COMPOSITES, st.just(())), TIERED)
    return rules.flatmap(
        lambda rule: st.builds(
            Badge,
            id=st.just(id_),
            name=LOCAL,
            description=LOCAL | st.just(""),
            icon=TEXTS,
            hidden=FLAGS,
            share=st.none() | FLAGS,
            on_correction=st.sampled_from(["keep", "revoke"]),
            rule=st.just(rule[0]),
            tiers=st.just(rule[1]),
            tests=st.lists(SCENARIOS, max_size=2).map(tuple),
        )
    )


@given(rule_packs())
def test_dump_loads_to_the_same_pack(pack: RulePack) -> None:
    (loaded,) = load_text(dump(pack), path=pack.path, vocabulary=VOCABULARY).packs
    assert loaded == pack
    written = dump(loaded)
    (again,) = load_text(written, path=pack.path, vocabulary=VOCABULARY).packs
    assert dump(again) == written


def outcome(content: str | bytes) -> list[Diagnostic]:
    """What is found, after making sure that loading agrees with checking."""
    found = check_text(content, vocabulary=VOCABULARY)
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    try:
        load_text(content, vocabulary=VOCABULARY)
        refused: list[Diagnostic] = []
    except RulePackError as problem:
        refused = list(problem.diagnostics)
    assert refused == errors
    assert {diagnostic.code for diagnostic in found} <= set(CODES)
    assert all(str(diagnostic) for diagnostic in found)
    return found


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_pack_or_in_diagnostics(content: bytes) -> None:
    assert outcome(content)


@given(st.text(max_size=400))
def test_any_text_ends_in_a_pack_or_in_diagnostics(content: str) -> None:
    assert outcome(content)


KEYS = st.sampled_from(
    [
        "badges",
        "language",
        "id",
        "name",
        "rule",
        "type",
        "event",
        "each_of",
        "where",
        "of",
        "badge",
        "tier",
        "tiers",
        "tests",
        "expect",
        "with",
        "events",
        "at",
        "day",
        "zone",
        "starts",
        "as_of",
        "length",
        "at_least",
        "grace",
        "minutes",
        "kind",
        "time",
        "x",
    ]
)
VALUES = st.sampled_from(
    [
        "count",
        "streak",
        "any_of",
        "workout",
        "race",
        "first",
        "7",
        "0",
        "-5%",
        "true",
        "gold",
        "x.x",
        "2x*3",
        "|",
        "earned",
        "5:00",
        "2026-01-05",
        "Europe/Lisbon",
        "sat",
        "run",
        "7 days",
        "x x x",
        "1 per 7 days",
        "earned on day 3",
        "3 of 7",
        "",
    ]
)
CONTENT = st.recursive(
    VALUES | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@given(CONTENT, st.booleans())
def test_any_arrangement_of_known_words_ends_in_a_pack_or_in_diagnostics(
    content: object, flow: bool
) -> None:
    written = yaml.safe_dump({"badges": content}, default_flow_style=flow, allow_unicode=True)
    outcome(written)
    check_vocabulary_text(yaml.safe_dump({"events": content}))


@given(CONTENT, CONTENT)
def test_any_badge_ends_in_a_pack_or_in_diagnostics(rule: object, tests: object) -> None:
    badge = {"id": "a", "name": "A", "rule": rule, "tests": tests}
    outcome(yaml.safe_dump({"badges": [badge]}, allow_unicode=True, sort_keys=False))


@given(rule_packs())
def test_a_badge_keeps_its_diagnostics_wherever_it_stands(pack: RulePack) -> None:
    broken = dump(pack) + "- id: last\n  name: Last\n  rule: {type: count, event: rase}\n"
    codes = [diagnostic.code for diagnostic in outcome(broken) if diagnostic.badge == "last"]
    assert codes == ["missing-setting", "unknown-event"]
