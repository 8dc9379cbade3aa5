"""Runs the tests beside badges: what a test records, at which moment it is judged, what came of it.

An expectation speaks of the awards and the progress of its own badge alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal, assert_never

from badge_engine.authoring.clocks import end_of_day
from badge_engine.authoring.strips import Caret, day_text, days_text, draw, read_as
from badge_engine.errors import ConflictingEvent, InvalidEvent
from badge_engine.events import Event, History, Operation, Value
from badge_engine.instants import MIDNIGHT
from badge_engine.language.calendar_words import WEEKDAY_NAMES
from badge_engine.language.loader import LoadedPacks, RulePack
from badge_engine.language.namespaces import plain_id
from badge_engine.language.rules import AllOf, AnyOf, Badge, BadgeReference, Part
from badge_engine.language.scenarios import (
    Earned,
    EarnedOn,
    EarnedTiers,
    Expectation,
    Item,
    NotEarned,
    ProgressIs,
    Scenario,
)
from badge_engine.outcomes import Award, Explanation, Progress
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.semantics.explain import explain
from badge_engine.wording import Line, explanation_lines

USER = "test"


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What came of a test.

    `expected` and `happened` are phrases; `because` is the rest of the explanation where the badge
    was not earned. `drawing` shows the history of a failed test line by line, `read_as` tells how
    its strips were read. `line` and `column` are the place of the test in the pack at `path`.
    """

    path: str
    line: int
    column: int
    badge: str
    name: str
    passed: bool
    expected: str
    happened: str
    because: tuple[Line, ...] = ()
    drawing: tuple[str, ...] = ()
    read_as: str = ""


def run_tests(
    packs: LoadedPacks, rules: RuleSet, day_starts: time = MIDNIGHT
) -> list[ScenarioResult]:
    """Run every test of the packs, in file order, under the settings of the rule set.

    Tests of packs beside them are not run.
    """
    return [
        _run(pack.path, badge, scenario, own, day_starts)
        for pack in packs.packs
        for badge in pack.badges
        if badge.tests
        for own in [_rules_for(badge, pack, packs, rules.week_starts)]
        for scenario in badge.tests
    ]


def _rules_for(badge: Badge, pack: RulePack, packs: LoadedPacks, week_starts: str) -> RuleSet:
    """The badge and those that it refers to: what its tests need, however large the packs."""
    needed = {badge.id: badge}
    known = {other.id: other for other in packs.badges}
    waiting: list[Part] = [badge.rule]
    while waiting:
        part = waiting.pop()
        if isinstance(part, BadgeReference) and part.badge not in needed:
            needed[part.badge] = known[part.badge]
            waiting.append(known[part.badge].rule)
        elif isinstance(part, (AllOf, AnyOf)):
            waiting += part.of
    together = replace(pack, badges=tuple(needed.values()))
    alone = LoadedPacks((together,), packs.vocabulary)
    return compile_rules(alone, week_starts=week_starts)


def operations(scenario: Scenario, day_starts: time = MIDNIGHT) -> Iterator[Operation]:
    """What a test records, amends and retracts, in the order in which it is written.

    InvalidEvent for what intake refuses, such as a day that never existed in the test's zone.
    """
    for event_type, strip in scenario.strips.items():
        for number, mark in enumerate(strip.days):
            data: dict[str, Value] = dict(scenario.with_)
            if mark.reading is not None:
                data[str(strip.field)] = mark.reading
            for time_of_day in range(mark.times if mark.reading is None else 1):
                event = Event.create(
                    id=f"{event_type}-{number + 1:05}-{time_of_day + 1}",
                    user=USER,
                    type=event_type,
                    day=scenario.starts + timedelta(days=number),
                    zone=scenario.zone,
                    data=data,
                    day_starts=day_starts,
                )
                yield Operation("record", USER, event.id, event)
    for item in scenario.items:
        yield Operation(item.operation, USER, item.id, _event(item, day_starts))


def _event(item: Item, day_starts: time) -> Event | None:
    if item.event is None:
        return None
    return Event.create(
        id=item.id,
        user=USER,
        type=item.event,
        at=item.at,
        day=item.day,
        zone=item.zone,
        data=item.data,
        day_starts=day_starts,
    )


def history_of(told: Iterable[Operation]) -> History:
    """The history that operations leave behind; of two contents of one id the first stays."""
    history = History(USER)
    for operation in told:
        if operation.event is None:
            history.retract(operation.id)
        elif operation.name == "amend":
            history.amend(operation.event)
        else:
            try:
                history.record(operation.event)
            except ConflictingEvent:
                continue
    return history


def moment(scenario: Scenario, day_starts: time = MIDNIGHT) -> datetime | None:
    """The instant at which a test is judged; None where nothing is cut."""
    as_of = scenario.as_of or scenario.last_day
    if as_of is None or isinstance(as_of, datetime):
        return as_of
    return end_of_day(as_of, scenario.zone, day_starts)


def _run(
    path: str, badge: Badge, scenario: Scenario, rules: RuleSet, day_starts: time
) -> ScenarioResult:
    untold = ScenarioResult(
        path=path,
        line=scenario.line,
        column=scenario.column,
        badge=plain_id(badge.id),
        name=scenario.name,
        passed=False,
        expected=_expected(scenario),
        happened="",
    )
    try:
        history = history_of(operations(scenario, day_starts))
        as_of = moment(scenario, day_starts)
    except InvalidEvent as refused:
        return replace(untold, happened=f"the test cannot run: {refused}")
    today = None if as_of or len(history) else scenario.starts
    explanation = explain(
        rules,
        history,
        badge.id,
        as_of,
        zone=scenario.zone,
        day_starts=day_starts,
        today=today,
    )
    result = replace(untold, happened=_happened(scenario, badge, explanation, rules))
    if meets(scenario.expect, explanation.awards, explanation.progress):
        return replace(result, passed=True)
    drawing = _drawing(scenario, explanation.awards, WEEKDAY_NAMES.index(rules.week_starts))
    return replace(
        result,
        because=_because(scenario, explanation, rules),
        drawing=tuple(drawing),
        read_as=read_as(scenario),
    )


def meets(expect: Expectation, awards: Sequence[Award], progress: Progress) -> bool:
    """Whether awards and progress of one badge are as a test expects them."""
    match expect:
        case NotEarned():
            return not awards
        case Earned(on=day):
            return bool(awards) and day in (None, first_of(awards).earned_on)
        case EarnedTiers(tiers=tiers):
            days = {str(award.tier): award.earned_on for award in awards}
            return all(
                (day is None) == (tier not in days) and day in (None, True, days.get(tier))
                for tier, day in tiers.items()
            )
        case EarnedOn(days=expected):
            numbered = sorted(awards, key=lambda award: award.occurrence)
            return tuple(award.earned_on for award in numbered) == expected
        case ProgressIs(value=value, target=target):
            return _shows(progress, progress.value, value) and _shows(
                progress, progress.target, target
            )
    assert_never(expect)


def first_of(awards: Sequence[Award]) -> Award:
    """The award that came first; of several at one instant the one with the earliest day."""
    return min(awards, key=lambda award: (award.earned_at, award.earned_on, award.occurrence))


def _shows(progress: Progress, exact: Fraction | None, expected: Decimal) -> bool:
    """Whether a value is the expected one, also as it is shown, rounded to its decimals."""
    if exact is None:
        return False
    return Fraction(expected) in (exact, round(exact, progress.decimals))


def _expected(scenario: Scenario) -> str:
    expect = scenario.expect
    match expect:
        case NotEarned():
            return "not earned"
        case Earned(on=date() as day):
            return f"earned on {day_text(scenario, day)}"
        case EarnedTiers(tiers=tiers):
            return _tiers_text(scenario, tiers)
        case Earned():
            return "earned"
        case EarnedOn(days=days):
            return f"earned on {days_text(scenario, days)}"
        case ProgressIs(value=value, target=target):
            return f"progress {value:f} of {target:f}"
    assert_never(expect)


def _tiers_text(scenario: Scenario, tiers: Mapping[str, date | Literal[True] | None]) -> str:
    def told(day: date | Literal[True] | None) -> str:
        if isinstance(day, date):
            return f"on {day_text(scenario, day)}"
        return "earned" if day else "not earned"

    return ", ".join(f"{tier} {told(day)}" for tier, day in tiers.items())


def _happened(scenario: Scenario, badge: Badge, explanation: Explanation, rules: RuleSet) -> str:
    awards = explanation.awards
    if isinstance(scenario.expect, ProgressIs):
        return f"progress: {_standing(explanation, rules)}"
    if not awards:
        return f"not earned: {_standing(explanation, rules)}"
    if not badge.tiers:
        return f"earned on {days_text(scenario, [award.earned_on for award in awards])}"
    days = {award.tier: award.earned_on for award in awards}
    return _tiers_text(scenario, {tier.name: days.get(tier.name) for tier in badge.tiers})


def _standing(explanation: Explanation, rules: RuleSet) -> str:
    _, first, *_ = explanation_lines(explanation, rules)
    return first.text


def _because(scenario: Scenario, explanation: Explanation, rules: RuleSet) -> tuple[Line, ...]:
    if explanation.awards and not isinstance(scenario.expect, ProgressIs):
        return ()
    return explanation_lines(explanation, rules)[2:]


def _drawing(scenario: Scenario, awards: Sequence[Award], first_weekday: int) -> list[str]:
    carets = [Caret("expected", day) for day in _expected_days(scenario.expect)]
    carets += [
        Caret(award.tier or "earned", award.earned_on, award.evidence.event) for award in awards
    ]
    return draw(scenario, carets, first_weekday)


def _expected_days(expect: Expectation) -> list[date]:
    match expect:
        case Earned(on=date() as day):
            return [day]
        case EarnedTiers(tiers=tiers):
            return sorted({day for day in tiers.values() if isinstance(day, date)})
        case EarnedOn(days=days):
            return list(days)
        case _:
            return []
