"""Which event types and fields exist, and how the values of a field are read."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from badge_engine.errors import InvalidEvent, shown
from badge_engine.events import NUMBER_LIMIT, Event, Value
from badge_engine.language.kinds.amounts import UnitName, Whole
from badge_engine.language.kinds.base import Nested, Setting
from badge_engine.language.kinds.texts import Choice, Flag, Text

FieldType = Literal["number", "text", "texts", "boolean"]
FIELD_TYPES = ("number", "text", "texts", "boolean")
Exact = bool | int | str | tuple[str, ...]
"""A value as rules see it; numbers are whole multiples of 10^-decimals of their field."""

_STEPS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)

RESERVED_FIELDS = frozenset({"time", "weekday", "month", "day", "week"})


class FieldDefinition(BaseModel):
    """What a field holds; `decimals` counts the digits that a number is rounded to when read."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    type: Annotated[FieldType, Setting(Choice(FIELD_TYPES), "What the field holds.")]
    unit: Annotated[
        str | None,
        Setting(UnitName(), "The unit of its numbers: km, min, kg, or a word like steps."),
    ] = None
    decimals: Annotated[
        int, Setting(Whole(0, 6), "Digits after the point that count; 3 unless given.")
    ] = Field(default=3, ge=0, le=6)
    label: Annotated[str | None, Setting(Text(), "What people call it.")] = None
    sensitive: Annotated[bool, Setting(Flag(), "true: never shown to anybody but its user.")] = (
        False
    )


class EventType(BaseModel):
    """A kind of event and its fields by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    label: Annotated[str | None, Setting(Text(), "What people call it.")] = None
    fields: Annotated[
        dict[str, FieldDefinition], Setting(Nested("fields"), "What its events may carry.")
    ] = Field(default_factory=dict)


class Vocabulary(BaseModel):
    """All event types that rules may speak of."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    events: dict[str, EventType]

    def field(self, event_types: Iterable[str], name: str) -> FieldDefinition | None:
        """The definition of a field in the first of the event types that has it, else None."""
        for event_type in event_types:
            known = self.events.get(event_type)
            if known is not None and name in known.fields:
                return known.fields[name]
        return None

    def sensitive(self, event_types: Iterable[str], names: Container[str]) -> bool:
        """Whether any of the event types has a sensitive field of one of these names."""
        known = (self.events[each].fields for each in event_types if each in self.events)
        return any(
            definition.sensitive and name in names
            for fields in known
            for name, definition in fields.items()
        )

    def accept(self, event: Event) -> None:
        """Refuse an event whose declared fields hold values of another type."""
        known = self.events.get(event.type)
        if known is None:
            return
        for name, value in event.data.items():
            definition = known.fields.get(name)
            if definition is not None and read_value(definition, value) is None:
                wanted = f"{event.type} wants a {definition.type} there"
                message = f"data.{name} is {shown(value)}; {wanted}"
                raise InvalidEvent("wrong-type", message, field=f"data.{name}")

    def read(self, event: Event) -> Mapping[str, Exact]:
        """The declared fields of an event that fit their declaration, exactly."""
        known = self.events.get(event.type)
        if known is None:
            return {}
        values = {}
        for name, raw in event.data.items():
            definition = known.fields.get(name)
            if definition is not None:
                value = read_value(definition, raw)
                if value is not None:
                    values[name] = value
        return values


def read_value(definition: FieldDefinition, raw: Value) -> Exact | None:
    """A stored value as rules see it, or None where it does not fit the declaration."""
    if definition.type == "number":
        if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
            return None
        scaled = fixed_point(raw, definition.decimals)
        return scaled if abs(scaled) < NUMBER_LIMIT * _STEPS[definition.decimals] else None
    if isinstance(raw, Decimal):
        return None
    fits = {"boolean": bool, "text": str, "texts": tuple}[definition.type]
    return raw if isinstance(raw, fits) else None


def fixed_point(number: int | Decimal, decimals: int) -> int:
    """The number in units of 10^-decimals, rounded half-even, without ever leaving the integers."""
    if isinstance(number, int):
        return number * _STEPS[decimals]
    whole_part, _, fraction = str(number).partition(".")
    if len(fraction) <= decimals and "E" not in whole_part and "E" not in fraction:
        return int(whole_part + fraction.ljust(decimals, "0"))
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - NaN and infinities are refused at intake
    whole = int("".join(map(str, digits)))
    shift = exponent + decimals
    if shift >= 0:
        scaled = whole * int(10**shift)
    elif -shift > len(digits) + 1:
        scaled = 0
    else:
        step = int(10**-shift)
        scaled, rest = divmod(whole, step)
        scaled += 2 * rest > step or (2 * rest == step and scaled % 2 == 1)
    return -scaled if sign else scaled
