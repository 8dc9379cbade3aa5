"""Reads one criterion: its type first, then what its events and field decide, then the rest."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import QuantityInField, read_amount, read_whole
from badge_engine.language.kinds.base import (
    INNER,
    NESTED,
    Schema,
    Setting,
    one_of,
    refuse,
    required_settings,
    scalar,
    settings_of,
)
from badge_engine.language.kinds.names import fields_of
from badge_engine.language.kinds.texts import check_marks
from badge_engine.language.reading.checks import check_criterion
from badge_engine.language.reading.scope import Scope, WrittenReference
from badge_engine.language.reading.settings import Settings, hoist, mapping
from badge_engine.language.rules import (
    CRITERIA,
    AnyCriterion,
    Badge,
    BadgeReference,
    Part,
    criteria_with,
)
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.source import Place
from badge_engine.language.text.spelling import closest
from badge_engine.language.text.tree import Entry, ListNode, MapNode, Node, ScalarNode
from badge_engine.language.units import Quantity

COMPOSITES = ("all_of", "any_of")


@dataclass(frozen=True, slots=True)
class CriterionType:
    """The name of a criterion."""

    example = "streak"

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "the type of a rule")
        if text.text in CRITERIA:
            return text.text
        check_marks(text)
        near = closest(text.text, CRITERIA)
        message = f"there is no rule of type {quoted(text.text)}"
        mistake = Mistake(
            "unknown-type", text.place, message, f"write {near or one_of([*CRITERIA])}"
        )
        if near is None:
            raise Refused(mistake)
        scope.report.add(mistake)
        return near

    def schema(self) -> Schema:
        return {"enum": list(CRITERIA)}


TYPE = Setting(CriterionType(), "What kind of rule it is.")


@dataclass(slots=True)
class ReadRule:
    """A criterion as far as it could be read; `model` is None where something is wrong with it."""

    type: str
    settings: Settings
    scope: Scope
    model: AnyCriterion | None


def read_criterion(
    node: Node, scope: Scope, *, tiered: bool = False, part: bool = False
) -> ReadRule:
    """Read a rule, or a `part` of a composite; a `tiered` one leaves its goal to the tiers."""
    written = mapping(node, "a rule")
    name = _read_type(written, scope)
    known = {"type": TYPE} | settings_of(CRITERIA[name])
    hoist(written, "where", "rule", lambda key: key in known and not _is_field(key, scope), scope)
    if part:
        known.pop("repeat", None)
    settings = Settings(
        written,
        known,
        a_rule(name),
        scope,
        explain=lambda entry, key: _explain(entry, key, name, written, scope, part=part),
    )
    settings.values["type"] = name
    if name not in COMPOSITES:
        scope = _with_events(settings, scope)
        scope = _with_field(settings, scope)
    if name == "streak":
        scope = _with_period(settings, scope)
        settings.read_as("at_least", EachPeriod(), scope)
    settings.read(known, scope)
    settings.require(*(key for key in required_settings(CRITERIA[name]) if key != "type"))
    check_criterion(name, settings, scope, tiered=tiered)
    model = None if settings.faulty or written.partial else CRITERIA[name](**settings.values)
    return ReadRule(name, settings, scope, model)


def _is_field(key: str, scope: Scope) -> bool:
    return any(key in event_type.fields for event_type in scope.vocabulary.events.values())


def a_rule(name: str) -> str:
    """A criterion with its article: `a streak rule`."""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name} rule"


def _read_type(node: MapNode, scope: Scope) -> str:
    """The type of a rule, also where its name is misspelt, which is reported with the others."""
    keys = node.keys
    entry = keys.get("type")
    joined = next((key for key in keys if key.startswith("type:")), None)
    if entry is None and joined is not None:
        place = keys[joined].key.place
        return CriterionType().read(ScalarNode(*place, joined.removeprefix("type:")), scope)
    if entry is None:
        near = closest("type", [key for key in keys if not criteria_with(key)])
        entry = keys[near] if near else None
    if entry is None:
        if node.partial:
            raise Refused
        choices = one_of([*CRITERIA])
        place = node.entries[0].key.place if node.entries else node.place
        raise refuse("missing-setting", place, 'a rule needs "type"', f"add type: {choices}")
    if isinstance(entry.value, ScalarNode) and entry.value.empty:
        choices = one_of([*CRITERIA])
        raise refuse("no-value", entry.key.place, '"type" has no value', f"write {choices}")
    return CriterionType().read(entry.value, scope)


def _with_events(settings: Settings, scope: Scope) -> Scope:
    settings.read([name for name in ("event", "each_of") if name in settings.known], scope)
    if not ("event" in settings or "each_of" in settings):
        settings.require("event")
    if not settings.ok("event", "each_of"):
        return scope
    events = settings.values.get("event") or settings.values.get("each_of")
    return dataclasses.replace(scope, events=events)


def _with_field(settings: Settings, scope: Scope) -> Scope:
    names = [name for name in ("field", "total") if name in settings.known]
    settings.read(names, scope)
    if "field" in names:
        settings.require("field")
    field = next((settings.values[name] for name in names if name in settings.values), None)
    if field is None or scope.events is None:
        return scope
    return dataclasses.replace(scope, field=fields_of(scope.events, scope.vocabulary)[field])


def _with_period(settings: Settings, scope: Scope) -> Scope:
    settings.read(["length"], scope)
    length = settings.values.get("length")
    return dataclasses.replace(scope, period=length.unit) if length else scope


@dataclass(frozen=True, slots=True)
class EachPeriod:
    """What makes a period of a streak active: a number of events, or a sum with its unit."""

    def read(self, node: Node, scope: Scope) -> Quantity:
        if scope.field is not None:
            return QuantityInField(positive=True).read(node, scope)
        text = scalar(node, "a whole number")
        number = read_whole(text, read_amount(text, "3"))
        return Quantity(Decimal(number))


def _explain(
    entry: Entry, key: str, name: str, node: MapNode, scope: Scope, *, part: bool
) -> Mistake | None:
    place = entry.key.place
    others = criteria_with(key)
    if part and key in ("repeat", "tiers"):
        message = f"a part of a composite takes no {key}"
        help_text = "write the part as a badge of its own and refer to it: {badge: its-id}"
        return Mistake("foreign-setting", place, message, help_text)
    if others:
        message = f"{quoted(key)} is not a setting of {a_rule(name)}"
        help_text = "write it in each part that needs it" if name in COMPOSITES else "remove it"
        article = "an" if others[0][0] in "aeiou" else "a"
        message += f"; {article} {one_of(others)} rule has it"
        return Mistake("foreign-setting", place, message, help_text)
    events = _event_types(node, scope)
    if key in fields_of(events, scope.vocabulary) and not isinstance(entry.value, ListNode):
        message = f"{quoted(key)} is a field, not a setting of the rule"
        help_text = f"write it under where: {{{key}: …}}"
        return Mistake("misplaced-setting", place, message, help_text)
    return None


def _event_types(node: MapNode, scope: Scope) -> list[str]:
    """The event types of a rule as far as they are plainly written."""
    entry = node.keys.get("event")
    value = entry.value if entry else node
    written = value.items if isinstance(value, ListNode) else [value]
    return [
        item.text
        for item in written
        if isinstance(item, ScalarNode) and item.text in scope.vocabulary.events
    ]


@dataclass(frozen=True, slots=True)
class PartsKind:
    """The parts of a composite."""

    example = "[{badge: …}, {badge: …}]"

    def read(self, node: Node, scope: Scope) -> tuple[Part, ...]:
        items = items_of(node, "parts", "{badge: its-id}", scope)
        parts: list[Part] = []
        badges: set[tuple[str, str | None]] = set()
        for item in items:
            try:
                part = _read_part(item, scope)
                if isinstance(part, BadgeReference):
                    if (part.badge, part.tier) in badges:
                        message = f"the badge {quoted(part.badge)} is listed twice"
                        raise refuse("listed-twice", item.place, message, "remove one of them")
                    badges.add((part.badge, part.tier))
                parts.append(part)
            except Refused as refused:
                scope.report.refuse(refused)
        if len(parts) < len(items):
            raise Refused
        return tuple(parts)


NESTED["parts"] = PartsKind()
INNER["criterion"] = lambda key, _: is_of_rule(key)


def is_of_rule(key: str) -> bool:
    """Whether a key can only be a setting of a rule."""
    return bool(criteria_with(key)) and key not in settings_of(Badge)


def _read_part(node: Node, scope: Scope) -> Part:
    keys = node.keys if isinstance(node, MapNode) else {}
    if "badge" not in keys or "type" in keys:
        rule = read_criterion(node, scope, part=True)
        if rule.model is None:
            raise Refused
        part: Part = rule.model
        return part
    assert isinstance(node, MapNode)  # noqa: S101 - it has keys
    settings = Settings(node, settings_of(BadgeReference), "a reference to a badge", scope)
    settings.read(settings.known)
    if settings.faulty:
        raise Refused
    tier = settings.values.get("tier")
    place = settings.place("tier") if tier else None
    scope.references.append(
        WrittenReference(settings.values["badge"], tier, settings.place("badge"), place)
    )
    return BadgeReference(**settings.values)


def items_of(node: Node, wanted: str, example: str, scope: Scope) -> list[Node]:
    """The items of a list of mappings; a single one without its dash is reported and read."""
    if isinstance(node, ListNode) and node.items:
        return node.items
    if isinstance(node, MapNode) and node.entries:
        return [_with_dash(node, wanted, example, scope)]
    if isinstance(node, ScalarNode):
        scalar(node, f"a list of {wanted}")
        message = f"{quoted(node.text)} stands where a list of {wanted} is due"
        raise refuse("wrong-shape", node.place, message, f"write - {example}")
    raise refuse("no-value", node.place, f"there are no {wanted}", f"write - {example}")


def _with_dash(node: MapNode, wanted: str, example: str, scope: Scope) -> MapNode:
    """The only item of a list, after a word about its missing dash or the space behind it."""
    key = node.entries[0].key
    if isinstance(key, ScalarNode) and key.text[:1] == "-":
        place = Place(key.start, key.start + 1)
        message = "a space is missing after the dash"
        help_text = f"write - {key.text[1:].strip()}:"
        scope.report.add(Mistake("missing-space", place, message, help_text))
        key.text = key.text[1:].strip("{ ")
        return node
    message = f"a list of {wanted} is due here"
    help_text = f'begin each with "- ", such as - {example}'
    scope.report.add(Mistake("missing-dash", key.place, message, help_text))
    return node
