"""Reads `where`: which tests a field of each type allows, and the values that fit the field."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import QuantityInField, is_number
from badge_engine.language.kinds.base import (
    NESTED,
    Choice,
    Clock,
    Flag,
    Kind,
    Schema,
    Setting,
    Several,
    Text,
    check_marks,
    entries_of,
    one_of,
    read_items,
    refuse,
    scalar,
)
from badge_engine.language.kinds.names import fields_of, holders, instead
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings, mapping
from badge_engine.language.rules import WEEKDAYS, FieldTest, criteria_with
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.spelling import closest
from badge_engine.language.text.tree import Entry, MapNode, Node, ScalarNode
from badge_engine.language.units import Quantity, in_unit
from badge_engine.language.vocabulary import FieldDefinition

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CALENDAR_ENTRIES: dict[str, tuple[str, ...]] = {"weekday": WEEKDAYS, "month": MONTHS}
SPECIAL_ENTRIES = ("time", *CALENDAR_ENTRIES)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the field, with a unit of its family or none."""

    def read(self, node: Node, scope: Scope) -> int | Decimal | Quantity:
        quantity = QuantityInField().read(node, scope)
        field = scope.field
        if field is not None and (in_unit(quantity, field.unit) * 10**field.decimals) % 1:
            message = f"no reading is ever exactly {quantity}; they have {field.decimals} decimals"
            raise refuse("never-true", node.place, message, "write between: with two bounds")
        if quantity.unit is not None:
            return quantity
        number = quantity.number
        return int(number) if number == number.to_integral_value() else number

    def schema(self) -> Schema:
        return QuantityInField().schema()


@dataclass(frozen=True, slots=True)
class Word:
    """A text to compare with exactly; a bare number or truth value is no text."""

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "a text")
        if text.plain and (text.text in ("true", "false") or is_number(text.text)):
            message = f"{text.text} is no text, and the field holds texts"
            raise refuse("not-text", text.place, message, f'write "{text.text}" in quotes')
        return Text(required=True).read(text, scope)

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Between:
    """Two bounds in a list."""

    bound: Kind

    def read(self, node: Node, scope: Scope) -> tuple[Any, Any]:
        items = read_items(node, "a list of two bounds such as [5, 10]", self.bound, scope)
        if len(items) != 2:  # noqa: PLR2004 - a lower and an upper bound
            message = f"two bounds are due here, not {len(items)}"
            raise refuse("wrong-shape", node.place, message, "write the lower and the upper one")
        low, high = (value for _, value in items)
        if isinstance(low, time):
            if low == high:
                message = "no time is between two equal ones"
                raise refuse("never-true", node.place, message, "write two different times")
        elif _in_field(low, scope) > _in_field(high, scope):
            message = f"no number is between {low} and {high}"
            raise refuse("never-true", node.place, message, "write the smaller bound first")
        return low, high

    def schema(self) -> Schema:
        return {"type": "array", "minItems": 2, "maxItems": 2, "items": self.bound.schema()}


def _in_field(quantity: Quantity, scope: Scope) -> Any:
    return in_unit(quantity, scope.field.unit) if scope.field else quantity.number


_EXISTS = Setting(Flag(), "true: the event must have the field; false: it must not.")
_NUMBER = QuantityInField()
_TESTS: dict[str, dict[str, Setting]] = {
    "number": {
        "at_least": Setting(_NUMBER, "This much or more."),
        "at_most": Setting(_NUMBER, "This much or less."),
        "above": Setting(_NUMBER, "More than this."),
        "below": Setting(_NUMBER, "Less than this."),
        "between": Setting(Between(_NUMBER), "From the first to the second, both included."),
        "is_not": Setting(Several(Number()), "None of these."),
        "exists": _EXISTS,
    },
    "text": {
        "is_not": Setting(Several(Word()), "None of these."),
        "exists": _EXISTS,
    },
    "texts": {
        "includes": Setting(Several(Word()), "One text, or a list: all of them."),
        "exists": _EXISTS,
    },
    "boolean": {
        "is_not": Setting(Several(Flag()), "Not this."),
        "exists": _EXISTS,
    },
    "time": {
        "before": Setting(Clock(), "Earlier than this time of day."),
        "after": Setting(Clock(), "At this time of day or later."),
        "between": Setting(Between(Clock()), "From the first up to the second; may pass midnight."),
    },
    "weekday": {"is_not": Setting(Several(Choice(WEEKDAYS)), "None of these weekdays.")},
    "month": {"is_not": Setting(Several(Choice(MONTHS)), "None of these months.")},
}
_EQUAL: dict[str, Kind] = {
    "number": Several(Number()),
    "text": Several(Word()),
    "boolean": Several(Flag()),
    "weekday": Several(Choice(WEEKDAYS)),
    "month": Several(Choice(MONTHS)),
}


@dataclass(frozen=True, slots=True)
class WhereKind:
    """The entries of `where`, each with what it asks of a field, of the time or of the date."""

    def inner(self, key: str, scope: Scope) -> bool:
        """Whether a key can only be an entry of `where`."""
        return key in SPECIAL_ENTRIES or key in _known_fields(scope)

    def read(self, node: Node, scope: Scope) -> dict[str, FieldTest]:
        written = mapping(node, "a list of fields")
        found, refused = {}, False
        for name, entry in entries_of(written, scope.report).items():
            try:
                found[name] = _read_entry(name, entry, scope)
            except Refused as refusal:
                scope.report.refuse(refusal)
                refused = True
        if refused:
            raise Refused
        return found

    def schema(self) -> Schema:
        return where_schema()


NESTED["where"] = WhereKind()


def _known_fields(scope: Scope) -> dict[str, FieldDefinition]:
    events = scope.vocabulary.events if scope.events is None else scope.events
    return fields_of(events, scope.vocabulary)


def _read_entry(name: str, entry: Entry, scope: Scope) -> FieldTest:
    if isinstance(entry.value, ScalarNode) and entry.value.empty:
        message = f"{quoted(name)} has no value"
        raise refuse("no-value", entry.key.place, message, "write one, or remove the line")
    if name in SPECIAL_ENTRIES:
        return _read_test(name, name, entry.value, scope)
    definition = _definition(name, entry, scope)
    narrowed = dataclasses.replace(scope, field=definition)
    return _read_test(definition.type, name, entry.value, narrowed)


def _definition(name: str, entry: Entry, scope: Scope) -> FieldDefinition:
    fields = _known_fields(scope)
    if name in fields:
        return fields[name]
    place = entry.key.place
    assert isinstance(entry.key, ScalarNode)  # noqa: S101 - other keys are reported as such
    check_marks(entry.key)
    if criteria_with(name):
        message = f"{quoted(name)} is a setting of the rule, not a field"
        raise refuse("misplaced-setting", place, message, 'write it beside "where", not under it')
    message = f"{holders(scope.events or ())} no field {quoted(name)}"
    near = closest(name, [*fields, *SPECIAL_ENTRIES])
    help_text = instead(name, [*fields, *SPECIAL_ENTRIES], "the entries")
    mistake = Mistake("unknown-field", place, message, help_text)
    if near not in fields:
        raise Refused(mistake)
    scope.report.add(mistake)
    return fields[near]


def _read_test(family: str, name: str, node: Node, scope: Scope) -> FieldTest:
    if not isinstance(node, MapNode):
        return FieldTest(any_of=_read_equal(family, name, node, scope))
    settings = Settings(
        node,
        _TESTS[family],
        f"a test of {quoted(name)}",
        scope,
        explain=lambda entry, key: _explain_test(entry, key, family, name),
    )
    settings.read(settings.known)
    if not settings.entries and not settings.faulty:
        raise refuse("no-value", node.place, f"nothing is asked of {quoted(name)}", "write a value")
    _check_test(settings)
    if settings.faulty:
        raise Refused
    return FieldTest(**settings.values)


def _read_equal(family: str, name: str, node: Node, scope: Scope) -> tuple[Any, ...]:
    kind = _EQUAL.get(family)
    if kind is None and isinstance(node, ScalarNode) and not node.unread:
        how = "{includes: %s}" if family == "texts" else "{after: %s}"
        holds = "a list of texts" if family == "texts" else "a time of day"
        message = f"{quoted(name)} is {holds} and cannot be compared with one value"
        raise refuse("wrong-shape", node.place, message, f"write {how % node.text}")
    if kind is None:
        raise refuse(
            "wrong-shape",
            node.place,
            f"{quoted(name)} cannot be compared with a list",
            "write {includes: [a, b]}" if family == "texts" else "write {between: [6:00, 9:00]}",
        )
    if family == "number" and isinstance(node, ScalarNode):
        _explain_comparison(node)
    equal: tuple[Any, ...] = kind.read(node, scope)
    return equal


def _explain_comparison(node: ScalarNode) -> None:
    """Refuse a comparison written as a sentence or with signs, and say how it is written."""
    match = _COMPARISON.match(node.text)
    if match:
        test = _COMPARISONS[" ".join(match[1].split())]
        message = f"{quoted(node.text)} is not a number"
        help_text = f"write {{{test}: {match[2].strip()}}}"
        raise refuse("not-a-number", node.place, message, help_text)


_COMPARISONS = {
    ">=": "at_least", "at least": "at_least", "min": "at_least", ">": "above", "over": "above",
    "more than": "above", "above": "above", "<=": "at_most", "at most": "at_most",
    "max": "at_most", "<": "below", "less than": "below", "under": "below", "below": "below",
}  # fmt: skip
_COMPARISON = re.compile(rf"\s*({'|'.join(_COMPARISONS)})\s*(\d.*)\Z".replace(" ", r"\s+"))


def _explain_test(entry: Entry, key: str, family: str, name: str) -> Mistake | None:
    others = [other for other, tests in _TESTS.items() if key in tests]
    if not others:
        return None
    asked = _ASKED.get(others[0], f"is asked of {others[0]}")
    message = f"{quoted(key)} {asked}, and {quoted(name)} {_HOLDS[family]}"
    return Mistake(
        "foreign-setting", entry.key.place, message, f"write {one_of([*_TESTS[family]])}"
    )


_ASKED = {"number": "compares numbers", "time": "compares times", "texts": "searches lists"}
_HOLDS = {
    "number": "holds a number",
    "text": "holds a text",
    "texts": "holds a list of texts",
    "boolean": "holds true or false",
    "time": "is the time of day",
    "weekday": "is the day of the week",
    "month": "is the month",
}


def _check_test(settings: Settings) -> None:
    values = settings.values
    if values.get("exists") is False and len(settings.entries) > 1:
        other = next(name for name in settings.entries if name != "exists")
        message = f"{quoted(other)} can never hold for a field that must not exist"
        settings.fault(
            "never-true", settings.key_place(other), message, "remove one of the two", other
        )
    bounds = [values[name] for name in ("at_least", "above", "at_most", "below") if name in values]
    lower = [name for name in ("at_least", "above") if name in values]
    upper = [name for name in ("at_most", "below") if name in values]
    if len(bounds) < 2 or not lower or not upper:  # noqa: PLR2004 - one bound excludes nothing
        return
    scope = settings.scope
    low = max(_in_field(values[name], scope) for name in lower)
    high = min(_in_field(values[name], scope) for name in upper)
    if low > high or (low == high and ("above" in lower or "below" in upper)):
        message = f"no number is {lower[0].replace('_', ' ')} {values[lower[0]]} and {upper[0].replace('_', ' ')} {values[upper[0]]}"
        settings.fault(
            "never-true", settings.place(upper[0]), message, "correct one of the two", upper[0]
        )


def where_schema() -> Schema:
    """What editors know of `where` without knowing the vocabulary."""
    tests: dict[str, Schema] = {}
    for family in ("number", "text", "texts", "boolean"):
        for name, setting in _TESTS[family].items():
            tests.setdefault(name, {"description": setting.help} | setting.kind.schema())
    tests["is_not"] = {"description": "None of these."}
    value = {"type": ["string", "number", "boolean"]}
    entry = {
        "anyOf": [
            value,
            {"type": "array", "minItems": 1, "items": value},
            {"type": "object", "additionalProperties": False, "properties": tests},
        ]
    }
    return {
        "type": "object",
        "properties": {name: _special_schema(name) for name in SPECIAL_ENTRIES},
        "additionalProperties": entry,
    }


def _special_schema(name: str) -> Schema:
    tests = {
        test: {"description": setting.help} | setting.kind.schema()
        for test, setting in _TESTS[name].items()
    }
    written: Schema = {"type": "object", "additionalProperties": False, "properties": tests}
    return {"anyOf": [_EQUAL[name].schema(), written]} if name in _EQUAL else written
