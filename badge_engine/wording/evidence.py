"""What an award stands on: so many events, days or parts, and since when."""

from __future__ import annotations

from badge_engine.language.rules import (
    AllOf,
    AnyCriterion,
    AnyOf,
    Best,
    Change,
    Comeback,
    Count,
    Record,
    Streak,
)
from badge_engine.outcomes import Award, Evidence
from badge_engine.semantics.compiler import RuleSet
from badge_engine.wording.progress import goal_period
from badge_engine.wording.rules import Tiers, counted
from badge_engine.wording.words import Words, language_of, types_of


def evidence_phrase(award: Award, rules: RuleSet, language: str = "en") -> str:
    """The evidence in few words: `event w3: 3 days since 2026-03-02`."""
    words = Words(language_of(language), rules.vocabulary)
    badge, evidence = rules.compiled(award.badge).badge, award.evidence
    event = words.language.say("with_event", event=evidence.event)
    first = evidence.first_day.isoformat()
    if isinstance(badge.rule, Best | Record):
        return event
    if isinstance(badge.rule, Change):
        what = words.language.say("short_readings", first=first)
    elif isinstance(badge.rule, Comeback):
        what = words.language.say("short_gap", first=first)
    elif evidence.first_day == evidence.last_day:
        what = things(words, evidence.count, badge.rule, badge.tiers)
    else:
        counted_things = things(words, evidence.count, badge.rule, badge.tiers)
        what = words.language.say("short_span", what=counted_things, first=first)
    return event + words.language.say("basis", what=what)


def basis(words: Words, evidence: Evidence, criterion: AnyCriterion, tiers: Tiers) -> str:
    """What an explanation adds about the days behind a deciding event; empty for one reading."""
    language = words.language
    if isinstance(criterion, Best | Record):
        return ""
    first, last = language.day(evidence.first_day), language.day(evidence.last_day)
    if isinstance(criterion, Change):
        what = language.say("basis_readings", first=first, last=last)
    elif isinstance(criterion, Comeback):
        what = language.say("basis_gap", first=first)
    else:
        key = "basis_day" if first == last else "basis_span"
        counted_things = things(words, evidence.count, criterion, tiers)
        what = language.say(key, what=counted_things, first=first, last=last)
    return language.say("basis", what=what)


def things(words: Words, count: int, criterion: AnyCriterion, tiers: Tiers) -> str:
    """So many of what a criterion counts."""
    if isinstance(criterion, AllOf | AnyOf):
        return words.language.say("parts", count)
    if isinstance(criterion, Streak):
        return words.language.say(goal_period(criterion, tiers), count)
    if isinstance(criterion, Count):
        return counted(words, criterion, count)
    return words.times(types_of(criterion), count)
