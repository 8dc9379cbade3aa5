"""Reads the tiers of a badge: named goals, each strictly harder than the one before."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import QuantityInField, SignedChange, SpanOf, Whole
from badge_engine.language.kinds.base import Kind, entries_of, refuse
from badge_engine.language.kinds.texts import Slug
from badge_engine.language.reading.checks import check_reach
from badge_engine.language.reading.criteria import ReadRule, items_of
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import mapping
from badge_engine.language.rules import DAYS_OR_WEEKS, Goal, Tier
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.tree import Entry, Node, ScalarNode
from badge_engine.language.units import PERCENT, Quantity, Span, in_unit

GOAL_KINDS: dict[str, Kind[Goal]] = {
    "count": Whole(),
    "total": QuantityInField(positive=True),
    "best": QuantityInField(positive=True),
    "streak": SpanOf(("day", "week", "month")),
    "change": SignedChange(),
    "comeback": DAYS_OR_WEEKS,
    "any_of": Whole(),
}


def read_tiers(node: Node, rule: ReadRule, scope: Scope) -> tuple[Tier, ...]:
    """The tiers in order, or Refused."""
    kind = GOAL_KINDS[rule.type]
    read: list[tuple[Entry, Tier]] = []
    refused = False
    for entry in _entries(node, scope):
        try:
            tier = _read_tier(entry, kind, rule.scope)
            check_reach(tier.goal, entry.value.place, rule.type, rule.settings, rule.scope)
            read.append((entry, tier))
        except Refused as refusal:
            scope.report.refuse(refusal)
            refused = True
    if not _names_differ(read, scope) or not _get_harder(read, rule, scope) or refused:
        raise Refused
    return tuple(tier for _, tier in read)


def _entries(node: Node, scope: Scope) -> list[Entry]:
    found: list[Entry] = []
    for item in items_of(node, "tiers", "gold: 100", scope):
        written = list(entries_of(mapping(item, "a tier such as gold: 100"), scope.report).values())
        if len(written) > 1 and item is not node:
            message = "two tiers stand under one dash"
            help_text = 'begin each with its own "- "'
            scope.report.add(Mistake("missing-dash", written[1].key.place, message, help_text))
        found += written
    return found


def _read_tier(entry: Entry, kind: Kind[Goal], scope: Scope) -> Tier:
    name = Slug().read(entry.key, scope)
    if isinstance(entry.value, ScalarNode) and entry.value.empty:
        message = f"the tier {quoted(name)} has no goal"
        raise refuse("no-value", entry.key.place, message, f"write it as {name}: 100")
    return Tier(name, kind.read(entry.value, scope))


def _names_differ(read: list[tuple[Entry, Tier]], scope: Scope) -> bool:
    first: dict[str, Entry] = {}
    differ = True
    for entry, tier in read:
        if tier.name in first:
            differ = False
            note = scope.report.note("it stands here already", first[tier.name].key.place)
            message = f"the tier {quoted(tier.name)} stands here twice"
            scope.report.add(
                Mistake(
                    "duplicate-tier", entry.key.place, message, "give it a name of its own", note
                )
            )
        first.setdefault(tier.name, entry)
    return differ


def _get_harder(read: list[tuple[Entry, Tier]], rule: ReadRule, scope: Scope) -> bool:
    measure = _measure(rule)
    if not rule.settings.ok("lowest") or rule.settings.node.partial:
        return True
    for (earlier, before), (entry, tier) in pairwise(read):
        place = entry.value.place
        note = scope.report.note("the tier before it", earlier.value.place)
        if _sort_of(before.goal, rule) != _sort_of(tier.goal, rule):
            message = f"{tier.goal} and {before.goal} cannot be compared"
            help_text = "write all tiers of a badge in the same way"
            scope.report.add(Mistake("mixed-tiers", place, message, help_text, note))
            return False
        if measure(tier.goal) <= measure(before.goal):
            message = f"{quoted(tier.name)} is no harder than {quoted(before.name)}"
            help_text = "write the tiers from the easiest to the hardest"
            scope.report.add(Mistake("tiers-order", place, message, help_text, note))
            return False
    return True


def _sort_of(goal: Goal, rule: ReadRule) -> object:
    """Goals of one sort can be compared: streaks of one unit, losses or gains, percentages."""
    if isinstance(goal, Span):
        return goal.unit if rule.type == "streak" else "day"
    if isinstance(goal, Quantity):
        return (goal.unit == PERCENT, goal.number < 0)
    return None


def _measure(rule: ReadRule) -> Callable[[Goal], Fraction]:
    """How hard a goal is."""
    field = rule.scope.field
    unit = field.unit if field else None
    falling = rule.settings.values.get("lowest") is True

    def measure(goal: Goal) -> Fraction:
        if isinstance(goal, int):
            return Fraction(goal)
        if isinstance(goal, Span):
            return Fraction(goal.count if rule.type == "streak" else goal.days)
        if goal.unit == PERCENT or field is None:
            return abs(Fraction(goal.number))
        size = in_unit(goal, unit)
        return -size if falling else abs(size)

    return measure
