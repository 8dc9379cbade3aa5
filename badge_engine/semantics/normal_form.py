"""A rule as plain data in which equal meanings look equal: what `rule_version` is a hash of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from badge_engine.language.namespaces import plain_id
from badge_engine.language.rules import BadgeReference, FieldTest, Goal, Grace, Part, Span, Tier
from badge_engine.language.units import PERCENT, Quantity
from badge_engine.language.vocabulary import FieldDefinition, Vocabulary
from badge_engine.semantics.predicates import scaled
from badge_engine.semantics.resolution import (
    CALENDAR_ENTRIES,
    AnyCriterion,
    Composed,
    OverEvents,
    definition_of,
    fields_used,
    goals_in_steps,
    in_days,
    quantity_in_steps,
    streak_unit,
)

VersionOf = Callable[[str], str]
"""The rule version of another badge by its id."""

_GOALS = frozenset({"at_least", "at_most", "length", "by", "after"})


def rule_version(
    criterion: AnyCriterion,
    tiers: Iterable[Tier],
    vocabulary: Vocabulary,
    week_starts: int,
    version_of: VersionOf,
) -> str:
    """16 hexadecimal digits that change whenever the same history could give other awards."""
    tiers = tuple(tiers)
    form = _criterion(criterion, tuple(tier.goal for tier in tiers), vocabulary, version_of)
    whole = {
        "rule": form,
        "tiers": [tier.name for tier in tiers],
        "week_starts": week_starts,
    }
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


STATES = 1
"""The version of what folds remember; a change of any of their states raises it."""


def fingerprint(versions: Iterable[tuple[str, str]]) -> str:
    """16 hexadecimal digits for badges, in order, with their rule versions."""
    text = json.dumps([STATES, *versions], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _criterion(
    criterion: AnyCriterion, tiers: tuple[Goal, ...], vocabulary: Vocabulary, version_of: VersionOf
) -> dict[str, Any]:
    form: dict[str, Any] = {"type": criterion.type}
    form["goals"] = [str(goal) for goal in goals_in_steps(criterion, tiers, vocabulary)]
    if isinstance(criterion, Composed):
        form["of"] = [_part(part, vocabulary, version_of) for part in criterion.of]
        return form
    for name, field in type(criterion).model_fields.items():
        value = getattr(criterion, name)
        if value == field.default or name in {"type", "where"}:
            continue
        if name in _GOALS and not _is_setting(criterion.type, name):
            continue
        form[name] = _setting(value, criterion, vocabulary)
    if criterion.type == "streak":
        form["unit"] = streak_unit(criterion, tiers)
    form["where"] = {
        name: _field_test(test, _definition(criterion, name, vocabulary))
        for name, test in criterion.where.items()
    }
    form["fields"] = {
        name: _field(definition_of(criterion, name, vocabulary))
        for name in sorted(fields_used(criterion))
    }
    return form


def _is_setting(criterion_type: str, name: str) -> bool:
    """Whether a name that is the goal of some criterion is a plain setting of this one."""
    return (criterion_type, name) in {("streak", "at_least"), ("record", "after")}


def _setting(value: object, criterion: OverEvents, vocabulary: Vocabulary) -> object:
    if isinstance(value, Quantity):
        return str(quantity_in_steps(value, criterion, vocabulary))
    if isinstance(value, Span):
        return in_days(value)
    if isinstance(value, tuple):
        return sorted(value)
    if isinstance(value, Grace):
        return [value.missed, value.per, value.in_a_row]
    return value if isinstance(value, bool | int) else str(value)


def _definition(criterion: OverEvents, name: str, vocabulary: Vocabulary) -> FieldDefinition | None:
    return None if name in CALENDAR_ENTRIES else definition_of(criterion, name, vocabulary)


def _field(definition: FieldDefinition) -> list[Any]:
    return [definition.type, definition.unit, definition.decimals]


def _field_test(test: FieldTest, definition: FieldDefinition | None) -> dict[str, Any]:
    return {name: _bound(value, definition) for name, value in test if value is not None}


def _bound(value: object, definition: FieldDefinition | None) -> object:
    if isinstance(value, tuple):
        return [_bound(item, definition) for item in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, Quantity) and value.unit != PERCENT and definition is not None:
        return str(scaled(value, definition))
    return str(value)


def _part(part: Part, vocabulary: Vocabulary, version_of: VersionOf) -> dict[str, Any]:
    if isinstance(part, BadgeReference):
        version = version_of(part.badge)
        return {"badge": plain_id(part.badge), "tier": part.tier, "version": version}
    return _criterion(part, (), vocabulary, version_of)
