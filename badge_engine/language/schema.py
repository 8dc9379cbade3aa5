"""JSON Schemas of packs and vocabularies, for editors: generated from the models.

They help while writing and never blame what the loader accepts; the loader knows much more.
Rules are told apart by if/then, because editors blame correct keys where oneOf fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel

from badge_engine.language.kinds.base import (
    Schema,
    Setting,
    described,
    required_settings,
    settings_of,
)
from badge_engine.language.reading.badges import LANGUAGE
from badge_engine.language.reading.criteria import TYPE
from badge_engine.language.reading.dated_events import ITEM_SETTINGS
from badge_engine.language.reading.expectations import FORMS
from badge_engine.language.reading.scenarios import TEST_SETTINGS
from badge_engine.language.reading.vocabulary import EVENT_TYPES, FIELDS
from badge_engine.language.reading.where import WhereKind
from badge_engine.language.rules import CRITERIA, Badge, BadgeReference
from badge_engine.language.vocabulary import EventType, FieldDefinition

DIALECT = "http://json-schema.org/draft-07/schema#"

SLUG_PATTERN = "^[a-z0-9][a-z0-9_-]{0,63}$"


def pack_schema() -> Schema:
    """The schema of a rule pack."""
    return {
        "$schema": DIALECT,
        "title": "A rule pack",
        "type": "object",
        "required": ["badges"],
        "additionalProperties": False,
        "properties": {
            "language": described(LANGUAGE),
            "badges": {
                "description": "The badges of the pack.",
                "type": "array",
                "items": _reference("badge"),
            },
        },
        "definitions": {
            "badge": _of_model(Badge),
            "criterion": _criterion(),
            **{name: _of_rule(name) for name in CRITERIA},
            "parts": {"type": "array", "minItems": 1, "items": _reference("part")},
            "part": {
                "if": {"required": ["badge"]},
                "then": _of_model(BadgeReference),
                "else": _reference("criterion"),
            },
            "where": WhereKind().schema(),
            "tiers": _tiers(),
            "tests": {"type": "array", "minItems": 1, "items": _reference("test")},
            "test": _test(),
            "dated_events": {"type": "array", "minItems": 1, "items": _dated_event()},
            "expectation": {"description": FORMS, "type": ["string", "object"]},
        },
    }


def vocabulary_schema() -> Schema:
    """The schema of a vocabulary."""
    return {
        "$schema": DIALECT,
        "title": "A vocabulary of events",
        "type": "object",
        "required": ["events"],
        "additionalProperties": False,
        "properties": {"events": _reference("event_types")},
        "definitions": {
            "event_types": EVENT_TYPES.schema(),
            "EventType": {"anyOf": [{"type": "null"}, _of_model(EventType)]},
            "fields": FIELDS.schema(),
            "FieldDefinition": _of_model(FieldDefinition),
        },
    }


def as_json(schema: Schema) -> str:
    """The text of a schema file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _properties(settings: Mapping[str, Setting]) -> Schema:
    return {name: described(setting) for name, setting in settings.items()}


def _of_model(model: type[BaseModel]) -> Schema:
    schema: Schema = {
        "description": model.__doc__,
        "type": "object",
        "additionalProperties": False,
        "properties": _properties(settings_of(model)),
    }
    required = list(required_settings(model))
    return schema | ({"required": required} if required else {})


def _of_rule(name: str) -> Schema:
    schema = _of_model(CRITERIA[name])
    schema["properties"] = {"type": {"const": name}} | schema["properties"]
    return schema


def _criterion() -> Schema:
    choices = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": _reference(name),
        }
        for name in CRITERIA
    ]
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": described(TYPE)},
        "allOf": choices,
    }


def _tiers() -> Schema:
    tier = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"pattern": SLUG_PATTERN},
        "additionalProperties": {"type": ["number", "string"]},
    }
    return {"type": "array", "minItems": 1, "items": tier}


def _test() -> Schema:
    return {
        "type": "object",
        "required": ["name", "expect"],
        "properties": _properties(TEST_SETTINGS),
        "additionalProperties": {
            "description": "The days of one event type: x, ., 2x, a reading, x*7, |.",
            "type": ["string", "number"],
        },
    }


def _dated_event() -> Schema:
    return {"type": "object", "properties": _properties(ITEM_SETTINGS)}
