"""Warns of what looks odd in a badge that is well written.

A badge wants a test in which it is earned and one in which it is not; a number that its
description speaks of should be in its rule; an id should not change while the name stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from itertools import chain

from pydantic import BaseModel

from badge_engine.language.diagnostics import quoted
from badge_engine.language.reading.badges import BadgeDraft
from badge_engine.language.reading.referents import Referent
from badge_engine.language.rules import Badge, BadgeReference
from badge_engine.language.scenarios import (
    Earned,
    EarnedOn,
    EarnedTiers,
    Expectation,
    ProgressIs,
)
from badge_engine.language.text.report import Mistake
from badge_engine.language.text.source import Place
from badge_engine.language.text.spelling import NUMBER_WORDS
from badge_engine.language.text.tree import MapNode, Node, ScalarNode
from badge_engine.language.units import FAMILIES, Grace, Quantity, Span, family, in_unit

LocalName = str | dict[str, str]

LONGEST_NUMERAL = 20

_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")
_MARK = re.compile(r"[ \t]+#[^\s#]")
_WORD = re.compile(r"[A-Za-z]+")
_AMBIGUOUS = frozenset({"zero", "one", "once", "hundred", "thousand", "dozen"})
_UNREMARKABLE = frozenset({Fraction(0), Fraction(1)})


def advise(
    draft: BadgeDraft,
    badge: Badge,
    referents: Mapping[str, Referent],
    gone: Mapping[str, LocalName],
) -> None:
    """Report the warnings about a badge that is well written.

    `gone` are the names by id of badges of which it may be one under a new id.
    """
    report = draft.scope.report
    report.badge = badge.id
    found = chain(
        _about_tests(draft, badge),
        _about_numbers(draft, badge, referents),
        _about_id(draft, badge, gone),
        _about_comments(draft),
    )
    for mistake in found:
        report.add(mistake, "warning")
    report.badge = None


def _about_id(draft: BadgeDraft, badge: Badge, gone: Mapping[str, LocalName]) -> Iterator[Mistake]:
    for old, name in gone.items():
        if name == badge.name:
            place = draft.settings.place("id")
            message = f"this badge had the id {quoted(old)}, to which its awards refer"
            yield Mistake("renamed-id", place, message, f"write {old} again")


def _about_tests(draft: BadgeDraft, badge: Badge) -> Iterator[Mistake]:
    outcomes = {outcome for test in badge.tests for outcome in _outcomes(test.expect)}
    place = draft.settings.place("id")
    if not badge.tests:
        help_text = "add tests: one in which it is earned, one in which it is not"
        yield Mistake("no-test", place, "the badge has no test", help_text)
    elif True not in outcomes:
        help_text = "add one, such as {name: …, workout: x x x, expect: earned on day 3}"
        yield Mistake("no-test", place, "no test shows how the badge is earned", help_text)
    elif False not in outcomes:
        help_text = "add one that falls just short, with expect: not earned"
        yield Mistake("no-test", place, "no test shows what is not enough", help_text)


def _outcomes(expect: Expectation) -> set[bool]:
    """Whether a test shows the badge earned (True), not earned (False), or both."""
    if isinstance(expect, EarnedTiers):
        return {day is not None for day in expect.tiers.values()}
    if isinstance(expect, ProgressIs):
        return {abs(expect.value) >= abs(expect.target)}
    return {isinstance(expect, (Earned, EarnedOn))}


def _about_numbers(
    draft: BadgeDraft, badge: Badge, referents: Mapping[str, Referent]
) -> Iterator[Mistake]:
    known = {abs(number) for number in _numbers_of_badge(badge, referents, {badge.id})}
    known |= _UNREMARKABLE
    for language, node in _texts(draft, "description"):
        for place, readings in _numbers_in(node, language, draft.scope.report.source.text):
            if known.isdisjoint(readings):
                written = draft.scope.report.source.text[place.start : place.end]
                message = f"the description says {written}, and the rule does not"
                yield Mistake(
                    "number-in-description", place, message, "correct the one that is wrong"
                )


def _about_comments(draft: BadgeDraft) -> Iterator[Mistake]:
    source = draft.scope.report.source.text
    for setting in ("name", "description"):
        for _, node in _texts(draft, setting):
            mark = _MARK.match(source, node.end) if node.plain else None
            if mark:
                place = Place(mark.end() - 2, mark.end() - 1)
                message = "the text ends before this mark, which begins a comment"
                yield Mistake("cut-text", place, message, "put the whole text in quotes")


def _texts(draft: BadgeDraft, setting: str) -> list[tuple[str, ScalarNode]]:
    """The texts of a setting by language."""
    entry = draft.settings.entries.get(setting)
    value = entry.value if entry else None
    texts: dict[str, Node | None] = {draft.scope.language: value}
    if isinstance(value, MapNode):
        texts = {language: text.value for language, text in value.keys.items()}
    return [(language, node) for language, node in texts.items() if isinstance(node, ScalarNode)]


def _numbers_in(
    node: ScalarNode, language: str, source: str
) -> Iterator[tuple[Place, set[Fraction]]]:
    """Each number of a text with what it may mean: `10,000` is ten or ten thousand."""
    for match in _NUMERAL.finditer(source, node.start, node.end):
        written = match.group()
        if len(written) <= LONGEST_NUMERAL:
            whole = Fraction(re.sub("[.,]", "", written))
            last = re.sub(r"[.,](?=.*[.,])", "", written).replace(",", ".")
            yield Place(*match.span()), {whole, Fraction(last)}
    for match in _WORD.finditer(source, node.start, node.end):
        word = match.group().lower()
        if language.startswith("en") and word in NUMBER_WORDS and word not in _AMBIGUOUS:
            yield Place(*match.span()), {Fraction(NUMBER_WORDS[word])}


def _numbers_of_badge(
    badge: Badge, referents: Mapping[str, Referent], seen: set[str]
) -> Iterator[Fraction]:
    """Every number that a badge's rule and tiers speak of, with those of badges it refers to."""
    for tier in badge.tiers:
        yield from _numbers_of(tier.goal, referents, seen)
    yield from _numbers_of(badge.rule, referents, seen)


def _numbers_of(
    value: object, referents: Mapping[str, Referent], seen: set[str]
) -> Iterator[Fraction]:
    if isinstance(value, (Quantity, Span, Grace, date, time)):
        yield from _numbers_in_amount(value)
    elif isinstance(value, (int, Decimal)):
        yield Fraction(value)
    elif isinstance(value, BadgeReference):
        target = referents.get(value.badge)
        if target is not None and target.badge is not None and value.badge not in seen:
            seen.add(value.badge)
            yield from _numbers_of_badge(target.badge, referents, seen)
    elif isinstance(value, (tuple, dict)):
        yield Fraction(len(value))
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers_of(item, referents, seen)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _numbers_of(getattr(value, name), referents, seen)


def _numbers_in_amount(value: Quantity | Span | Grace | date | time) -> Iterator[Fraction]:
    if isinstance(value, Quantity):
        yield Fraction(value.number)
        for unit in FAMILIES.get(family(value.unit or "") or "", ()):
            yield in_unit(value, unit)
    elif isinstance(value, Span):
        yield Fraction(value.count)
        if value.unit != "month":
            yield from (Fraction(value.days), Fraction(value.days, 7))
    elif isinstance(value, Grace):
        yield from (Fraction(value.missed), Fraction(value.per or 0))
    elif isinstance(value, date):
        yield from map(Fraction, (value.year, value.month, value.day))
    else:
        yield from map(Fraction, (value.hour, value.minute))
