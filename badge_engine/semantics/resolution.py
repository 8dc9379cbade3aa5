"""Where the words of a rule meet the vocabulary: its event types, its fields, its goals in steps.

A step is 10^-decimals of the unit of the field, so that readings and goals are whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from badge_engine.language.rules import (
    AllOf,
    AnyOf,
    Best,
    Change,
    Comeback,
    Count,
    Goal,
    Record,
    Span,
    Streak,
    Total,
)
from badge_engine.language.units import PERCENT, Quantity
from badge_engine.language.vocabulary import FieldDefinition, Vocabulary
from badge_engine.semantics.predicates import scaled

OverEvents = Count | Total | Best | Record | Streak | Change | Comeback
Composed = AllOf | AnyOf
AnyCriterion = OverEvents | Composed

DAYS_PER_UNIT = {"day": 1, "week": 7}
CALENDAR_VALUES = ("day", "week", "month")
CALENDAR_ENTRIES = frozenset({"time", "weekday", "month"})


def event_types(criterion: OverEvents) -> tuple[str, ...]:
    """The event types that a criterion counts, without those that pause it."""
    each_of = criterion.each_of if isinstance(criterion, Count | Streak) else ()
    return criterion.event or each_of


def field_name(criterion: AnyCriterion) -> str | None:
    """The field whose readings a criterion judges, if it judges any."""
    if isinstance(criterion, Total | Best | Record | Change):
        return criterion.field
    return criterion.total if isinstance(criterion, Streak) else None


def fields_used(criterion: OverEvents) -> set[str]:
    """Every field that a criterion reads."""
    names = set(criterion.where) - CALENDAR_ENTRIES
    judged = field_name(criterion)
    if judged is not None:
        names.add(judged)
    distinct = criterion.distinct if isinstance(criterion, Count) else None
    if distinct is not None and distinct not in CALENDAR_VALUES:
        names.add(distinct)
    return names


def definition_of(criterion: OverEvents, name: str, vocabulary: Vocabulary) -> FieldDefinition:
    """The definition of a field that a criterion speaks of; the loader made sure there is one."""
    definition = vocabulary.field(event_types(criterion), name)
    if definition is None:
        message = f"no event type of the rule has a field {name!r}; load the pack again"
        raise LookupError(message)
    return definition


def judged_definition(criterion: AnyCriterion, vocabulary: Vocabulary) -> FieldDefinition | None:
    """The definition of the field that a criterion judges, if it judges any."""
    name = field_name(criterion)
    if name is None or isinstance(criterion, Composed):
        return None
    return definition_of(criterion, name, vocabulary)


def in_days(span: Span) -> int:
    """The length of a span of days or weeks."""
    return span.count * DAYS_PER_UNIT[span.unit]


def goals_in_steps(
    criterion: AnyCriterion, tiers: Iterable[Goal], vocabulary: Vocabulary
) -> tuple[Fraction, ...]:
    """The goals of a rule, its tiers' or its own, as exact numbers of steps (or percent)."""
    written = tuple(tiers) or (own_goal(criterion),)
    return tuple(_in_steps(goal, criterion, vocabulary) for goal in written)


def own_goal(criterion: AnyCriterion) -> Goal:
    """The goal that a rule names itself, as written: parts of a composite, 1 for a record."""
    goal: Goal | None
    if isinstance(criterion, AllOf):
        goal = len(criterion.of)
    elif isinstance(criterion, AnyOf):
        goal = criterion.at_least or 1
    elif isinstance(criterion, Record):
        goal = 1
    elif isinstance(criterion, Change):
        goal = criterion.by
    elif isinstance(criterion, Comeback):
        goal = criterion.after
    elif isinstance(criterion, Streak):
        goal = criterion.length
    elif isinstance(criterion, Best) and criterion.lowest:
        goal = criterion.at_most
    else:
        goal = criterion.at_least
    if goal is None:
        message = f"a {criterion.type} rule without a goal; load the pack again"
        raise LookupError(message)
    return goal


def _in_steps(goal: Goal, criterion: AnyCriterion, vocabulary: Vocabulary) -> Fraction:
    if isinstance(goal, int):
        return Fraction(goal)
    if isinstance(goal, Span):
        return Fraction(goal.count if isinstance(criterion, Streak) else in_days(goal))
    return quantity_in_steps(goal, criterion, vocabulary)


def quantity_in_steps(
    quantity: Quantity, criterion: AnyCriterion, vocabulary: Vocabulary
) -> Fraction:
    """A quantity as an exact number of steps of the field that the criterion judges."""
    if quantity.unit == PERCENT:
        return Fraction(quantity.number)
    definition = judged_definition(criterion, vocabulary)
    return Fraction(quantity.number) if definition is None else scaled(quantity, definition)


def streak_unit(criterion: Streak, tiers: Sequence[Goal]) -> str:
    """The period of a streak: day, week or month."""
    spans = [goal for goal in (*tiers, criterion.length) if isinstance(goal, Span)]
    return spans[0].unit
