"""`where`, `from` and `until` compiled to Python functions of an event and its exact fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from badge_engine.events import Event
from badge_engine.language.calendar_words import MONTHS, WEEKDAYS
from badge_engine.language.rules import FieldTest
from badge_engine.language.units import Quantity, in_unit
from badge_engine.language.vocabulary import Exact, FieldDefinition

Predicate = Callable[[Event, Mapping[str, Exact]], bool]
FieldOf = Callable[[str], FieldDefinition]

_CALENDAR_ENTRIES = {"weekday": WEEKDAYS, "month": MONTHS}


class _Source:
    """Lines of a predicate and the constants that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}

    def constant(self, value: object) -> str:
        """A name or literal for a value."""
        if type(value) is int or isinstance(value, bool):
            return repr(value)
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def require(self, condition: str) -> None:
        self.lines.append(f" if not ({condition}): return False")

    def compiled(self) -> Predicate:
        text = "\n".join(["def matches(event, fields):", *self.lines, " return True"])
        namespace: dict[str, Any] = {"__builtins__": {}, **self.constants}
        # Only names made here and repr() of whole numbers reach the text; see `constant`.
        exec(compile(text, "<where>", "exec"), namespace)  # noqa: S102 - of our own making
        predicate: Predicate = namespace["matches"]
        return predicate


def compile_predicate(
    where: Mapping[str, FieldTest],
    field_of: FieldOf,
    from_: date | None = None,
    until: date | None = None,
) -> Predicate | None:
    """One function for all entries of a rule; None where every event matches."""
    source = _Source()
    if from_ is not None:
        source.require(f"event.ordinal >= {from_.toordinal()}")
    if until is not None:
        source.require(f"event.ordinal <= {until.toordinal()}")
    for name, test in where.items():
        _write_entry(source, name, test, field_of)
    return source.compiled() if source.lines else None


def _write_entry(source: _Source, name: str, test: FieldTest, field_of: FieldOf) -> None:
    if name in _CALENDAR_ENTRIES:
        _write_calendar(source, name, test)
    elif name == "time":
        _write_time(source, test)
    else:
        _write_field(source, name, test, field_of(name))


def _write_calendar(source: _Source, name: str, test: FieldTest) -> None:
    reading = "(event.ordinal - 1) % 7" if name == "weekday" else "event.day.month - 1"
    names = _CALENDAR_ENTRIES[name]
    if test.any_of is not None:
        source.require(f"{reading} in {source.constant(_positions(names, test.any_of))}")
    if test.is_not is not None:
        source.require(f"{reading} not in {source.constant(_positions(names, test.is_not))}")


def _positions(names: Sequence[str], chosen: Iterable[object]) -> frozenset[int]:
    return frozenset(names.index(str(name)) for name in chosen)


def _write_time(source: _Source, test: FieldTest) -> None:
    source.lines.append(" t = event.time")
    source.require("t is not None")
    if test.before is not None:
        source.require(f"t < {source.constant(test.before)}")
    if test.after is not None:
        source.require(f"t >= {source.constant(test.after)}")
    if test.between is not None:
        start, end = test.between
        joint = "and" if _as_time(start) <= _as_time(end) else "or"
        source.require(f"t >= {source.constant(start)} {joint} t < {source.constant(end)}")


def _as_time(bound: object) -> time:
    assert isinstance(bound, time)  # noqa: S101 - the loader gives `time` clock times only
    return bound


def _write_field(source: _Source, name: str, test: FieldTest, definition: FieldDefinition) -> None:
    if test.exists is False:
        source.require(f"{source.constant(name)} not in fields")
        return
    source.lines.append(f" v = fields.get({source.constant(name)})")
    source.require("v is not None")
    if definition.type == "number":
        _write_number(source, test, definition)
        return
    if test.any_of is not None:
        source.require(_membership(source, "v", test.any_of))
    if test.is_not is not None:
        source.require(f"not ({_membership(source, 'v', test.is_not)})")
    for item in test.includes or ():
        source.require(f"{source.constant(item)} in v")


def _membership(source: _Source, reading: str, values: Sequence[object]) -> str:
    if len(values) == 1:
        return f"{reading} == {source.constant(values[0])}"
    return f"{reading} in {source.constant(frozenset(values))}"


def _write_number(source: _Source, test: FieldTest, definition: FieldDefinition) -> None:
    def exactly(quantity: Quantity) -> Fraction:
        return scaled(quantity, definition)

    if test.at_least is not None:
        source.require(f"v >= {ceil(exactly(test.at_least))}")
    if test.at_most is not None:
        source.require(f"v <= {floor(exactly(test.at_most))}")
    if test.above is not None:
        source.require(f"v > {floor(exactly(test.above))}")
    if test.below is not None:
        source.require(f"v < {ceil(exactly(test.below))}")
    if test.between is not None:
        low, high = (exactly(_as_quantity(bound)) for bound in test.between)
        source.require(f"{ceil(low)} <= v <= {floor(high)}")
    if test.any_of is not None:
        source.require(_membership(source, "v", _whole(test.any_of, definition)))
    if test.is_not is not None:
        source.require(f"not ({_membership(source, 'v', _whole(test.is_not, definition))})")


def _whole(values: Iterable[object], definition: FieldDefinition) -> list[int | None]:
    """The values as the field stores them; None, which equals nothing, for one between steps."""
    exact = [scaled(_as_quantity(value), definition) for value in values]
    return [int(number) if number.denominator == 1 else None for number in exact]


def _as_quantity(bound: object) -> Quantity:
    if isinstance(bound, Quantity):
        return bound
    assert isinstance(bound, (int, Decimal))  # noqa: S101 - judged by the loader
    return Quantity(Decimal(bound))


def scaled(quantity: Quantity, definition: FieldDefinition) -> Fraction:
    """A quantity in steps of a field (10^-decimals of its unit), not rounded."""
    return in_unit(quantity, definition.unit) * Fraction(10) ** definition.decimals
