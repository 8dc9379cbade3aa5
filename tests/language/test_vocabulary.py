"""Fields are read exactly, units convert exactly, and misspellings are recognised."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from badge_engine.errors import InvalidEvent
from badge_engine.events import Event, Value
from badge_engine.language.text.spelling import closest, number_word
from badge_engine.language.units import (
    Quantity,
    Span,
    comparable,
    family,
    in_unit,
    units_like,
)
from badge_engine.language.vocabulary import FieldDefinition, fixed_point, read_value
from tests.language.corpus import VOCABULARY


def event(type_: str, **data: object) -> Event:
    return Event.create(id="1", user="u", type=type_, day="2026-01-05", data=data)


@pytest.mark.parametrize(
    ("number", "decimals", "expected"),
    [
        (5, 3, 5000),
        (Decimal("5.1"), 3, 5100),
        (Decimal("0.0005"), 3, 0),
        (Decimal("0.0015"), 3, 2),
        (Decimal("0.0025"), 3, 2),
        (Decimal("0.00251"), 3, 3),
        (Decimal("-0.0035"), 3, -4),
        (Decimal("1E+2"), 0, 100),
        (Decimal("1E-40"), 6, 0),
    ],
)
def test_numbers_are_rounded_half_even_when_read(
    number: int | Decimal, decimals: int, expected: int
) -> None:
    assert fixed_point(number, decimals) == expected


@pytest.mark.parametrize(
    ("definition", "raw", "expected"),
    [
        (FieldDefinition(type="number"), True, None),
        (FieldDefinition(type="number"), "5", None),
        (FieldDefinition(type="number", decimals=0), Decimal("999999999999.6"), None),
        (FieldDefinition(type="text"), "5", "5"),
        (FieldDefinition(type="text"), Decimal(5), None),
        (FieldDefinition(type="texts"), ("a",), ("a",)),
        (FieldDefinition(type="texts"), "a", None),
        (FieldDefinition(type="boolean"), False, False),
        (FieldDefinition(type="boolean"), 0, None),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_missing(
    definition: FieldDefinition, raw: Value, expected: object
) -> None:
    assert read_value(definition, raw) == expected


def test_an_event_is_read_by_its_type() -> None:
    read = VOCABULARY.read(event("workout", minutes=Decimal("7.5"), kind="run", mood="good"))
    assert read == {"minutes": 7500, "kind": "run"}
    assert VOCABULARY.read(event("workout", minutes="long")) == {}
    assert VOCABULARY.read(event("chess", minutes=5)) == {}


def test_a_value_of_the_wrong_type_is_refused() -> None:
    VOCABULARY.accept(event("workout", minutes=5, mood="good"))
    VOCABULARY.accept(event("chess", minutes="long"))
    with pytest.raises(InvalidEvent, match="wants a number") as caught:
        VOCABULARY.accept(event("workout", minutes="long"))
    assert (caught.value.code, caught.value.field) == ("wrong-type", "data.minutes")


def test_a_field_is_that_of_the_first_type_which_has_it() -> None:
    found = VOCABULARY.field(["rest_day", "chess", "weigh_in", "lift"], "weight")
    assert found is not None
    assert found.sensitive
    assert VOCABULARY.field(["rest_day"], "weight") is None


def test_units_convert_exactly_within_their_family() -> None:
    assert in_unit(Quantity(Decimal(1), "mi"), "km") == Fraction("1.609344")
    assert in_unit(Quantity(Decimal(10), "kJ"), "kcal") == 10 / Fraction("4.184")
    assert in_unit(Quantity(Decimal(90), "s"), "min") == Fraction("1.5")
    assert in_unit(Quantity(Decimal(5)), None) == 5
    for unit in ("kg", None):
        with pytest.raises(ValueError, match="use the unit of the field"):
            in_unit(Quantity(Decimal(1), "km"), unit)


def test_units_know_their_family() -> None:
    assert family("km") == "length"
    assert family("steps") is None
    assert comparable("steps", "steps")
    assert not comparable("steps", "floors")
    assert units_like("lb") == ("lb", "kg", "g")
    assert units_like("steps") == ("steps",)


def test_amounts_are_shown_as_they_are_written() -> None:
    assert str(Quantity(Decimal("5.50"), "km")) == "5.50 km"
    assert str(Quantity(Decimal(-5), "%")) == "-5%"
    assert str(Quantity(Decimal(100))) == "100"
    assert (str(Span(1, "day")), str(Span(2, "week"))) == ("1 day", "2 weeks")


def test_months_have_no_number_of_days() -> None:
    assert Span(2, "week").days == 14
    with pytest.raises(ValueError, match="no fixed number of days"):
        _ = Span(1, "month").days


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lenght", "length"),
        ("Length", "length"),
        ("at least", "at_least"),
        ("at-least", "at_least"),
        ("tpye", "type"),
        ("evnt", "event"),
        ("colour", None),
        ("", None),
        ("x" * 41, None),
    ],
)
def test_the_nearest_word_is_the_one_that_was_meant(word: str, meant: str | None) -> None:
    assert closest(word, ["length", "at_least", "type", "event", "where"]) == meant


@pytest.mark.parametrize(
    ("word", "number"),
    [("seven", 7), ("Twenty", 20), ("twenty-five", 25), ("ninety nine", 99), ("many", None)],
)
def test_number_words_are_known(word: str, number: int | None) -> None:
    assert number_word(word) == number
