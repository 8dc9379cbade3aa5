"""How numbers, quantities with units and spans of the calendar are written.

Quotes make no difference where a number is due. Numbers are exact and never binary floats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from badge_engine.events import NUMBER_LIMIT
from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.base import Schema, one_of, refuse, scalar
from badge_engine.language.kinds.texts import check_marks, words_of
from badge_engine.language.text.report import Refused
from badge_engine.language.text.spelling import ODD_MINUS, closest, number_word
from badge_engine.language.text.tree import Node, ScalarNode
from badge_engine.language.units import (
    PERCENT,
    UNIT_NAMES,
    CalendarUnit,
    Grace,
    Quantity,
    Span,
    comparable,
    family,
    units_like,
)

if TYPE_CHECKING:
    from badge_engine.language.reading.scope import Scope

MOST_DIGITS = 40

NUMBER_PATTERN = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
UNIT_PATTERN = r"%|[^\W\d_]+(?:[/²³-][^\W\d_]*)*"
_AMOUNT = re.compile(rf"([+-]?{NUMBER_PATTERN})[ \t]*({UNIT_PATTERN})?\Z")
_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE][+-]?\d{1,2}\Z", re.ASCII)
_NUMBER = re.compile(rf"-?{NUMBER_PATTERN}\Z", re.ASCII)
_UNIT = re.compile(rf"(?=.{{1,20}}\Z)(?:{UNIT_PATTERN})\Z")
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2})?\Z")
_PER = re.compile(rf"({NUMBER_PATTERN}) per (.+)\Z")
_IN_A_ROW = re.compile(rf"({NUMBER_PATTERN}) in a row\Z")
_SPAN_UNITS: dict[str, CalendarUnit] = {
    "day": "day",
    "days": "day",
    "week": "week",
    "weeks": "week",
    "month": "month",
    "months": "month",
}


class Amount(NamedTuple):
    """A number with the word written behind it."""

    number: Decimal
    unit: str | None
    signed: bool


def read_amount(node: ScalarNode, wanted: str) -> Amount:
    """A number and perhaps a unit, or Refused; `wanted` is an example of what is due."""
    text = node.text.strip(" \t\n")
    match = _AMOUNT.match(text)
    if match is None:
        raise _not_an_amount(node, text, wanted)
    if len(match[1]) > MOST_DIGITS or abs(Decimal(match[1])) > NUMBER_LIMIT:
        raise refuse(
            "number-too-large",
            node.place,
            f"{quoted(match[1], 20)} is out of range",
            "use at most 10^12",
        )
    return Amount(Decimal(match[1]) + 0, match[2], match[1][0] in "+-")


def is_number(text: str) -> bool:
    """Whether an unquoted text is a number: a plain integer or decimal."""
    return len(text) <= MOST_DIGITS and _NUMBER.match(text) is not None


def _not_an_amount(node: ScalarNode, text: str, wanted: str) -> Refused:
    check_marks(node)
    if _TIME.match(text):
        message = f"{quoted(text)} is a time of day; a number is due here"
        return refuse("not-a-number", node.place, message, f"write it like {wanted}")
    meant = _with_plain_number(text)
    message = f"{quoted(text)} is not a number"
    help_text = f"write {meant}" if meant else f"write it like {wanted}"
    return refuse("not-a-number", node.place, message, help_text)


def _with_plain_number(text: str) -> str | None:
    """The text with number words, odd minus signs and digit groups written plainly."""
    words = ODD_MINUS.sub("-", text).split()
    for length in (2, 1):
        number = number_word(" ".join(words[:length]))
        if number is not None and len(words) >= length:
            return " ".join([str(number), *words[length:]])
    rest = " ".join(words)
    rest = re.sub(r"(\d)[,_ ](\d{3})(?!\d)", r"\1\2", rest)
    rest = re.sub(r"(\d),(\d)", r"\1.\2", rest)
    rest = re.sub(r"\A([+-]?)0+(?=\d)", r"\1", rest)
    if _SCIENTIFIC.match(rest):
        rest = f"{Decimal(rest):f}"
    return rest if rest != text and _AMOUNT.match(rest) else None


def require_positive(number: Decimal, node: ScalarNode) -> None:
    """Refuse zero and negative numbers."""
    if number <= 0:
        what = "zero" if number == 0 else "less than zero"
        raise refuse(
            "not-positive", node.place, f"{quoted(node.text)} is {what}", "write a number above 0"
        )


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number without a unit, from `least` to `most`."""

    least: Literal[0, 1] = 1
    most: int = NUMBER_LIMIT

    example = "10"

    def read(self, node: Node, scope: Scope) -> int:
        text = scalar(node, "a whole number")
        number = read_whole(text, read_amount(text, "10"), self.least)
        if number > self.most:
            message = f"{number} is more than {self.most}"
            raise refuse("number-too-large", text.place, message, f"write {self.most} or less")
        return number

    def schema(self) -> Schema:
        number: Schema = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return _number_or_text(number, r"^\d+$")


def read_whole(node: ScalarNode, amount: Amount, least: Literal[0, 1] = 1) -> int:
    """The amount as a whole number without a unit, or Refused."""
    if amount.unit is not None:
        message = f"{quoted(amount.unit)} stands behind a number that takes no unit"
        help_text = f"write {amount.number:f}"
        if amount.unit in ("day", "days"):
            help_text += ", with distinct: day beside it where different days are meant"
        raise refuse("wrong-unit", node.place, message, help_text)
    if amount.number != amount.number.to_integral_value():
        message = f"{quoted(node.text)} is not a whole number"
        raise refuse("not-whole", node.place, message, "write it without a fraction")
    if amount.number < least:
        require_positive(amount.number, node)
    return int(amount.number)


@dataclass(frozen=True, slots=True)
class SpanOf:
    """A number of calendar units, such as 7 days."""

    units: tuple[CalendarUnit, ...]
    or_each: bool = False  # `each` beside it stands for calendar units

    def read(self, node: Node, scope: Scope) -> Span:
        text = scalar(node, self.example)
        amount = read_amount(text, self.example)
        unit = self._unit(text, amount)
        whole = read_whole(text, Amount(amount.number, None, amount.signed))
        return Span(whole, unit)

    def _unit(self, node: ScalarNode, amount: Amount) -> CalendarUnit:
        if amount.unit is None:
            choices = one_of([f"{amount.number:f} {unit}s" for unit in self.units])
            message = f"{quoted(node.text)} has no unit"
            raise refuse("missing-unit", node.place, message, f"write {choices}")
        unit = _SPAN_UNITS.get(amount.unit)
        if unit is None:
            near = closest(amount.unit, [f"{unit}s" for unit in self.units])
            words = near or one_of([f"{unit}s" for unit in self.units])
            message = f"{quoted(amount.unit)} is not a unit that can stand here"
            raise refuse("unknown-unit", node.place, message, f"write {amount.number:f} {words}")
        if unit not in self.units:
            choices = one_of([f"{known}s" for known in self.units])
            why = "; months differ in length" if unit == "month" else ""
            message = f"{unit}s cannot be used here{why}"
            each = f", or write each: {unit} for a calendar {unit}" if self.or_each else ""
            raise refuse("wrong-unit", node.place, message, f"count in {choices}{each}")
        return unit

    @property
    def example(self) -> str:
        return one_of([f"{7 if unit == 'day' else 4} {unit}s" for unit in self.units])

    def schema(self) -> Schema:
        return {"type": "string", "pattern": rf"^[1-9]\d*\s*({'|'.join(self.units)})s?$"}


@dataclass(frozen=True, slots=True)
class QuantityInField:
    """A number that may carry a unit of the field's family."""

    positive: bool = False
    least: int | None = None

    example = "10"

    def read(self, node: Node, scope: Scope) -> Quantity:
        text = scalar(node, "a number")
        unit = scope.field.unit if scope.field else None
        amount = read_amount(text, f"10 {unit}" if unit else "10")
        if scope.field is not None:
            check_unit(text, amount, unit, scope)
        if self.positive:
            require_positive(amount.number, text)
        elif self.least is not None and amount.number < self.least:
            message = f"{quoted(text.text)} is less than {self.least}"
            raise refuse("not-positive", text.place, message, f"write {self.least} or more")
        return Quantity(amount.number, amount.unit)

    def schema(self) -> Schema:
        number: Schema = {"type": "number"}
        if self.positive:
            number["exclusiveMinimum"] = 0
        return _number_or_text(number, rf"^[+-]?{NUMBER_PATTERN}\s*(%|[A-Za-z]\S*)?$")


@dataclass(frozen=True, slots=True)
class SignedChange:
    """By how much a reading changes: the sign is required, and a percentage is allowed."""

    example = "-5 kg"

    def read(self, node: Node, scope: Scope) -> Quantity:
        text = scalar(node, "a change such as -5 kg")
        unit = scope.field.unit if scope.field else None
        amount = read_amount(text, f"-5 {unit}, +2 {unit} or -5%" if unit else "-5, +2 or -5%")
        if amount.unit != PERCENT and scope.field is not None:
            check_unit(text, amount, unit, scope)
        if amount.number == 0:
            raise refuse(
                "not-positive",
                text.place,
                "a change of zero is none",
                "write a number other than 0",
            )
        if not amount.signed:
            message = f"{quoted(text.text)} does not say whether it is a loss or a gain"
            raise refuse("missing-sign", text.place, message, f"write -{text.text} or +{text.text}")
        return Quantity(amount.number, amount.unit)

    def schema(self) -> Schema:
        text = rf"^[+-]{NUMBER_PATTERN}\s*(%|[A-Za-z]\S*)?$"
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": text}]}


def check_unit(node: ScalarNode, amount: Amount, unit: str | None, scope: Scope) -> None:
    """Refuse a unit that cannot be compared with the field's."""
    written = amount.unit
    if written is None or (unit is not None and comparable(written, unit)):
        return
    if unit is None:
        message = f"the field has no unit, so {quoted(written)} cannot be compared with it"
        raise refuse("wrong-unit", node.place, message, f"write {amount.number:f}")
    choices = units_like(unit)
    if family(written) or written in _own_units(scope):
        message = f"{quoted(written)} cannot be compared with {unit}, the unit of the field"
        raise refuse("wrong-unit", node.place, message, f"write it in {one_of(choices)}")
    near = UNIT_NAMES.get(written.lower(), closest(written, choices))
    message = f"{quoted(written)} is not a unit"
    if near not in choices:
        near = None
    help_text = f"write {amount.number:f} {near}" if near else f"write it in {one_of(choices)}"
    raise refuse("unknown-unit", node.place, message, help_text)


def _own_units(scope: Scope) -> set[str]:
    return {
        definition.unit
        for event_type in scope.vocabulary.events.values()
        for definition in event_type.fields.values()
        if definition.unit
    }


@dataclass(frozen=True, slots=True)
class UnitName:
    """The unit of a field: one that can be converted, or a word that stands for itself."""

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "a unit")
        known = UNIT_NAMES.get(text.text.lower())
        if known is not None and known != text.text:
            message = f"{quoted(text.text)} is not how the unit is written"
            raise refuse("unknown-unit", text.place, message, f"write {known}")
        if not _UNIT.match(text.text):
            check_marks(text)
            message = f"{quoted(text.text)} is not a unit"
            help_text = "write a single word of letters, such as km or steps"
            raise refuse("unknown-unit", text.place, message, help_text)
        return text.text

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class GraceOf:
    """Missed periods that a streak forgives."""

    def read(self, node: Node, scope: Scope) -> Grace:
        text = scalar(node, "a grace such as 1 per 7 days")
        written = words_of(text)
        per, in_a_row = _PER.match(written), _IN_A_ROW.match(written)
        if per:
            span = self._span(text, per[2], scope)
            return Grace(self._missed(text, per[1]), per=span.count)
        if in_a_row:
            return Grace(self._missed(text, in_a_row[1]), in_a_row=True)
        if " " in written or not re.match(r"[+-]?\d", written):
            message = f"{quoted(text.text)} is not a grace"
            raise refuse("not-a-grace", text.place, message, self._forms(written, scope))
        return Grace(self._missed(text, written))

    def _forms(self, written: str, scope: Scope) -> str:
        """How a grace is written for the period of the streak."""
        span = {"week": "4 weeks", "month": "6 months"}.get(scope.period or "day", "7 days")
        bare = re.match(r"(\d+) (?:day|week|month)s?\Z", written)
        if bare:
            return f"write {bare[1]}, or {bare[1]} per {span}"
        return f"write it as 1 per {span}, 2 in a row or 1"

    def _missed(self, node: ScalarNode, written: str) -> int:
        number = ScalarNode(node.start, node.end, written, node.plain)
        return read_whole(number, read_amount(number, "1 per 7 days"))

    def _span(self, node: ScalarNode, written: str, scope: Scope) -> Span:
        part = ScalarNode(node.start, node.end, written, node.plain)
        span = SpanOf(("day", "week", "month")).read(part, scope)
        if scope.period is not None and span.unit != scope.period:
            message = f"the streak is counted in {scope.period}s, its grace in {span.unit}s"
            raise refuse("wrong-unit", node.place, message, f"write the grace in {scope.period}s")
        return span

    def schema(self) -> Schema:
        text = r"^[1-9]\d*( per [1-9]\d* (day|week|month)s?| in a row)?$"
        return _number_or_text({"type": "integer", "minimum": 1}, text)


def _number_or_text(number: Schema, pattern: str) -> Schema:
    return {"anyOf": [number, {"type": "string", "pattern": pattern}]}
