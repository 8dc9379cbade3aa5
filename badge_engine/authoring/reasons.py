"""Why intake refuses what a line says, in the words of those who write files of events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from badge_engine.authoring.near import did_you_mean
from badge_engine.errors import InvalidEvent
from badge_engine.events import SLUG
from badge_engine.instants import zone_names
from badge_engine.language.text.spelling import closest
from badge_engine.language.vocabulary import FieldDefinition, Vocabulary

_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\b", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?\Z", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+\Z", re.ASCII)
_WITH_UNIT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\W\d]+)\Z", re.ASCII)
_THOUSAND = 3
_LONGEST = 60
_DUE = {
    "boolean": "write true or false",
    "text": "a text is due there",
    "texts": "a list of texts is due there",
    "number": "a number is due there",
}


def plainly(
    refused: InvalidEvent, given: Mapping[str, object], vocabulary: Vocabulary
) -> InvalidEvent:
    """The same refusal, with a hint at what may have been meant; `given` is the line."""
    message = str(refused)
    event_type = given.get("type")
    if refused.code == "bad-type" and isinstance(event_type, str):
        message = _about_type(event_type, vocabulary)
    elif refused.code == "unknown-zone" and isinstance(given.get("zone"), str):
        message = about_zone(_short(str(given["zone"])))
    elif refused.code == "bad-day":
        day = _short(str(given.get("day")))
        message = f"{day!r} is not a day; {how_to_write(day)}"
    elif refused.code == "wrong-type" and refused.field is not None:
        name = refused.field.removeprefix("data.")
        definition = vocabulary.field((str(event_type),), name)
        data = given.get("data")
        if definition is not None and isinstance(data, Mapping):
            message = _about_value(name, data[name], definition)
    return InvalidEvent(refused.code, message, field=refused.field)


def how_to_write(text: str, form: str = "it as 2026-03-28") -> str:
    """How to write a date or time: the date that a text such as 28.3.2026 means, or an example."""
    dotted = _DOTTED.match(text)
    if dotted is None:
        return f"write {form}"
    day, month, year = dotted.groups()
    return f"write the date as {year}-{month:>02}-{day:>02}"


@lru_cache(maxsize=256)
def about_zone(name: str) -> str:
    """What to say of a zone that does not exist."""
    place = name.strip().replace(" ", "_").casefold()
    cities = (zone for zone in sorted(zone_names()) if zone.casefold().endswith(f"/{place}"))
    near = next(cities, None) or closest(name, sorted(zone_names()))
    hint = "write it as Europe/Lisbon" if near is None else f"did you mean {near!r}?"
    return f"{name!r} is not an IANA time zone; {hint}"


def _about_type(name: str, vocabulary: Vocabulary) -> str:
    hint = did_you_mean(name, vocabulary.events)
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")
    if not hint and SLUG.match(slug):
        hint = f"; write {slug!r}"
    return f"event type {_short(name)!r} may only have small letters, digits, _ and -{hint}"


def _about_value(name: str, value: object, definition: FieldDefinition) -> str:
    if definition.type != "number" or not isinstance(value, str) or len(value) > _LONGEST:
        return f"{name} is {_shown(value)}; {_DUE[definition.type]}"
    if _NUMBER.match(value):
        return f"{name} is a text, {value!r}; write {value} without quotes"
    if _COMMA.match(value):
        point = value.replace(",", ".")
        either = f" or {value.replace(',', '')}" * (len(value.split(",")[1]) == _THOUSAND)
        return f"{name} is {value!r}; write {point}{either}"
    with_unit = _WITH_UNIT.match(value)
    if with_unit is not None and definition.unit is not None:
        alone = f"write {with_unit[1]}"
        if with_unit[2].lower() != definition.unit.lower():
            alone = "write the number"
        return f"{name} is {value!r}; {alone} alone, in {definition.unit}"
    return f"{name} is {value!r}; {_DUE['number']}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | Decimal) else repr(_short(str(value)))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
