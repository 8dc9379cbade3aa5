"""Which units belong together and how one becomes the other, exactly; spans of the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

PERCENT = "%"

CalendarUnit = Literal["day", "week", "month"]

FAMILIES: dict[str, dict[str, Fraction]] = {
    "mass": {"kg": Fraction(1), "g": Fraction(1, 1000), "lb": Fraction("0.45359237")},
    "length": {"km": Fraction(1000), "m": Fraction(1), "mi": Fraction("1609.344")},
    "duration": {"h": Fraction(60), "min": Fraction(1), "s": Fraction(1, 60)},
    "energy": {"kcal": Fraction(1), "kJ": 1 / Fraction("4.184")},
    "volume": {"l": Fraction(1000), "ml": Fraction(1)},
}
UNIT_NAMES: dict[str, str] = {
    **{unit.lower(): unit for members in FAMILIES.values() for unit in members},
    **dict.fromkeys(("kgs", "kilo", "kilos", "kilogram", "kilograms"), "kg"),
    **dict.fromkeys(("gram", "grams"), "g"),
    **dict.fromkeys(("lbs", "pound", "pounds"), "lb"),
    **dict.fromkeys(("kms", "kilometre", "kilometres", "kilometer", "kilometers"), "km"),
    **dict.fromkeys(("metre", "metres", "meter", "meters"), "m"),
    **dict.fromkeys(("mile", "miles"), "mi"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("litre", "litres", "liter", "liters"), "l"),
    **dict.fromkeys(("kcals", "calorie", "calories"), "kcal"),
    **dict.fromkeys(("percent", "per cent", "pct"), PERCENT),
}
"""How a unit is written, by the ways in which people write it."""

_FAMILY_OF = {unit: family for family, members in FAMILIES.items() for unit in members}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written in a rule, with the unit written beside it, if any (`%` included)."""

    number: Decimal
    unit: str | None = None

    def __str__(self) -> str:
        text = format(self.number, "f")
        if self.unit is None:
            return text
        return text + ("%" if self.unit == PERCENT else f" {self.unit}")


@dataclass(frozen=True, slots=True)
class Span:
    """A number of calendar units, such as 7 days."""

    count: int
    unit: CalendarUnit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def days(self) -> int:
        """The length in days; months have none and raise ValueError."""
        if self.unit == "month":
            raise ValueError(f"{self} has no fixed number of days; use days or weeks")
        return self.count * (7 if self.unit == "week" else 1)


@dataclass(frozen=True, slots=True)
class Grace:
    """Missed periods that a streak forgives: `missed` in all, per `per` periods, or in a row."""

    missed: int
    per: int | None = None
    in_a_row: bool = False


def family(unit: str) -> str | None:
    """The family of a unit, or None for a word that only stands for itself (`steps`)."""
    return _FAMILY_OF.get(unit)


def comparable(unit: str, other: str) -> bool:
    """Whether amounts in the two units can be compared."""
    return unit == other or (family(unit) is not None and family(unit) == family(other))


def units_like(unit: str) -> tuple[str, ...]:
    """The units in which an amount of `unit` may be written, itself first."""
    own = family(unit)
    return (unit, *(other for other in FAMILIES[own] if other != unit)) if own else (unit,)


def in_unit(quantity: Quantity, unit: str | None) -> Fraction:
    """The quantity as an exact number of `unit`; a bare number is one of `unit` already.

    Raises ValueError for units of different families.
    """
    number = Fraction(quantity.number)
    if quantity.unit in (None, unit):
        return number
    if unit is None or quantity.unit is None or not comparable(quantity.unit, unit):
        message = f"{quantity.unit!r} cannot be compared with {unit!r}; use the unit of the field"
        raise ValueError(message)
    factors = FAMILIES[_FAMILY_OF[unit]]
    return number * factors[quantity.unit] / factors[unit]
