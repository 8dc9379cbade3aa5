"""What `where` can ask of a field of each type, of the time of day, the weekday and the month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from badge_engine.language.calendar_words import MONTHS, WEEKDAYS
from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import QuantityInField, is_number
from badge_engine.language.kinds.base import (
    Kind,
    Schema,
    Setting,
    Several,
    described,
    one_of,
    read_items,
    refuse,
    scalar,
)
from badge_engine.language.kinds.texts import Choice, Clock, Flag, Text
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings
from badge_engine.language.rules import FieldTest
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.tree import Entry, MapNode, Node, ScalarNode
from badge_engine.language.units import Quantity, in_unit

SPECIAL_ENTRIES = ("time", "weekday", "month")

T = TypeVar("T")


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


def _two(node: Node, kind: Kind[T], scope: Scope) -> tuple[T, T]:
    items = read_items(node, "a list of two bounds such as [5, 10]", kind, scope)
    if len(items) != 2:  # noqa: PLR2004 - a lower and an upper bound
        message = f"two bounds are due here, not {len(items)}"
        raise refuse("wrong-shape", node.place, message, "write the lower and the upper one")
    return items[0][1], items[1][1]


@dataclass(frozen=True, slots=True)
class BetweenNumbers:
    """A lower and an upper bound, both included."""

    def read(self, node: Node, scope: Scope) -> tuple[Quantity, Quantity]:
        low, high = _two(node, QuantityInField(), scope)
        if _in_field(low, scope) > _in_field(high, scope):
            message = f"no number is between {low} and {high}"
            raise refuse("never-true", node.place, message, "write the smaller bound first")
        return low, high

    def schema(self) -> Schema:
        return _pair_of(QuantityInField().schema())


@dataclass(frozen=True, slots=True)
class BetweenTimes:
    """The first included, the second not; the pair may pass midnight."""

    def read(self, node: Node, scope: Scope) -> tuple[time, time]:
        start, end = _two(node, Clock(), scope)
        if start == end:
            message = "no time is between two equal ones"
            raise refuse("never-true", node.place, message, "write two different times")
        return start, end

    def schema(self) -> Schema:
        return _pair_of(Clock().schema())


def _pair_of(bound: Schema) -> Schema:
    return {"type": "array", "minItems": 2, "maxItems": 2, "items": bound}


def _in_field(quantity: Quantity, scope: Scope) -> Fraction:
    return in_unit(quantity, scope.field.unit) if scope.field else Fraction(quantity.number)


_EXISTS = Setting(Flag(), "true: the event must have the field; false: it must not.")
_NUMBER = QuantityInField()
_TESTS: dict[str, dict[str, Setting]] = {
    "number": {
        "at_least": Setting(_NUMBER, "This much or more."),
        "at_most": Setting(_NUMBER, "This much or less."),
        "above": Setting(_NUMBER, "More than this."),
        "below": Setting(_NUMBER, "Less than this."),
        "between": Setting(BetweenNumbers(), "From the first to the second, both included."),
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
        "between": Setting(BetweenTimes(), "From the first up to the second; may pass midnight."),
    },
    "weekday": {"is_not": Setting(Several(Choice(WEEKDAYS)), "None of these weekdays.")},
    "month": {"is_not": Setting(Several(Choice(MONTHS)), "None of these months.")},
}
_EQUAL: dict[str, Kind[tuple[object, ...]]] = {
    "number": Several(Number()),
    "text": Several(Word()),
    "boolean": Several(Flag()),
    "weekday": Several(Choice(WEEKDAYS)),
    "month": Several(Choice(MONTHS)),
}


def read_test(family: str, name: str, node: Node, scope: Scope) -> FieldTest:
    """What an entry asks of a field of a type, or of `time`, `weekday` or `month`; or Refused."""
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
    if not node.entries and not node.partial:
        raise refuse("no-value", node.place, f"nothing is asked of {quoted(name)}", "write a value")
    _check_test(settings)
    if settings.faulty:
        raise Refused
    return FieldTest(**settings.values)


def _read_equal(family: str, name: str, node: Node, scope: Scope) -> tuple[object, ...]:
    kind = _EQUAL.get(family)
    if kind is None:
        raise _without_equality(family, name, node)
    if family == "number" and isinstance(node, ScalarNode):
        _explain_comparison(node)
    return kind.read(node, scope)


def _without_equality(family: str, name: str, node: Node) -> Refused:
    if not isinstance(node, ScalarNode):
        message = f"{quoted(name)} {_HOLDS[family]} and cannot be compared with a list"
        texts, times = "write {includes: [a, b]}", "write {between: [6:00, 9:00]}"
        return refuse("wrong-shape", node.place, message, texts if family == "texts" else times)
    text = scalar(node, "a test")
    message = f"{quoted(name)} {_HOLDS[family]} and cannot be compared with one value"
    if family == "texts":
        return refuse("wrong-shape", text.place, message, f"write {{includes: {text.text}}}")
    return refuse("wrong-shape", text.place, message, _as_time_test(text.text))


def _as_time_test(written: str) -> str:
    """How a time of day written as a sentence or with signs is asked for."""
    match = _TIME_SENTENCE.match(written)
    if match and match[1]:
        return f"write {{{_TIME_WORDS[' '.join(match[1].lower().split())]}: {match[2]}}}"
    return "write {before: 7:00}, {after: 18:00} or {between: [6:00, 9:00]}"


_TIME_WORDS = {
    "before": "before", "earlier than": "before", "until": "before", "<": "before",
    "after": "after", "later than": "after", "from": "after", ">": "after", ">=": "after",
}  # fmt: skip
_TIME_SENTENCE = re.compile(
    rf"\s*({'|'.join(_TIME_WORDS)})?\s*(\d\S*)\Z".replace(" ", r"\s+"), re.IGNORECASE
)


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
        place = settings.key_place(other)
        settings.fault("never-true", place, message, "remove one of the two", other)
    _check_clock(settings)
    lower = [name for name in ("at_least", "above") if name in values]
    upper = [name for name in ("at_most", "below") if name in values]
    if not lower or not upper:
        return
    low = max(_in_field(values[name], settings.scope) for name in lower)
    high = min(_in_field(values[name], settings.scope) for name in upper)
    if low > high or (low == high and ("above" in lower or "below" in upper)):
        bounds = [f"{name.replace('_', ' ')} {values[name]}" for name in (lower[0], upper[0])]
        message = f"no number is {' and '.join(bounds)}"
        place = settings.place(upper[0])
        settings.fault("never-true", place, message, "correct one of the two", upper[0])


def _check_clock(settings: Settings) -> None:
    after, before = settings.values.get("after"), settings.values.get("before")
    if isinstance(after, time) and isinstance(before, time) and after >= before:
        message = f"no time of day is after {after:%H:%M} and before {before:%H:%M}"
        place = settings.place("before")
        help_text = f"write {{between: [{after:%H:%M}, {before:%H:%M}]}}, which runs over midnight"
        settings.fault("never-true", place, message, help_text, "before")


def schema_of_tests() -> Schema:
    """Every test that some field allows, as editors see it without knowing the field."""
    tests: dict[str, Schema] = {}
    for family in ("number", "text", "texts", "boolean"):
        for name, setting in _TESTS[family].items():
            tests.setdefault(name, described(setting))
    tests["is_not"] = {"description": "None of these."}
    return {"type": "object", "additionalProperties": False, "properties": tests}


def special_schema(name: str) -> Schema:
    """What may be asked of the time of day, the weekday or the month."""
    tests = {test: described(setting) for test, setting in _TESTS[name].items()}
    written: Schema = {"type": "object", "additionalProperties": False, "properties": tests}
    choice = {"anyOf": [_EQUAL[name].schema(), written]} if name in _EQUAL else written
    return {"description": _SPECIAL[name]} | choice


_SPECIAL = {
    "time": "The time of day; events that know only their day have none.",
    "weekday": "The weekday of the local day.",
    "month": "The month of the local day.",
}
