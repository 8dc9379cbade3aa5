"""Reads `where`: which fields its entries speak of, and what each asks."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.base import INNER, NESTED, Schema, entries_of, refuse
from badge_engine.language.kinds.names import fields_of, holders, instead
from badge_engine.language.kinds.texts import check_marks
from badge_engine.language.reading.field_tests import (
    SPECIAL_ENTRIES,
    read_test,
    schema_of_tests,
    special_schema,
)
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import mapping
from badge_engine.language.rules import FieldTest, criteria_with
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.spelling import closest
from badge_engine.language.text.tree import Entry, Node, ScalarNode
from badge_engine.language.vocabulary import FieldDefinition


@dataclass(frozen=True, slots=True)
class WhereKind:
    """The entries of `where`, each with what it asks of a field, of the time or of the date."""

    def read(self, node: Node, scope: Scope) -> dict[str, FieldTest]:
        written = mapping(node, "a list of fields")
        found, refused = {}, False
        for name, entry in entries_of(written, scope.report).items():
            try:
                meant, test = _read_entry(name, entry, scope)
                found[meant] = test
            except Refused as refusal:
                scope.report.refuse(refusal)
                refused = True
        if refused:
            raise Refused
        return found

    def schema(self) -> Schema:
        value = {"type": ["string", "number", "boolean"]}
        several = {"type": "array", "minItems": 1, "items": value}
        return {
            "type": "object",
            "properties": {name: special_schema(name) for name in SPECIAL_ENTRIES},
            "additionalProperties": {"anyOf": [value, several, schema_of_tests()]},
        }


NESTED["where"] = WhereKind()
INNER["where"] = lambda key, scope: key in SPECIAL_ENTRIES or key in _known_fields(scope)


def _known_fields(scope: Scope) -> dict[str, FieldDefinition]:
    events = scope.vocabulary.events if scope.events is None else scope.events
    return fields_of(events, scope.vocabulary)


def _read_entry(name: str, entry: Entry, scope: Scope) -> tuple[str, FieldTest]:
    """The field of an entry, as it should be spelt, and what is asked of it."""
    if isinstance(entry.value, ScalarNode) and entry.value.empty:
        message = f"{quoted(name)} has no value"
        raise refuse("no-value", entry.key.place, message, "write one, or remove the line")
    if name in SPECIAL_ENTRIES:
        return name, read_test(name, name, entry.value, scope)
    name, definition = _definition(name, entry, scope)
    narrowed = dataclasses.replace(scope, field=definition)
    return name, read_test(definition.type, name, entry.value, narrowed)


def _definition(name: str, entry: Entry, scope: Scope) -> tuple[str, FieldDefinition]:
    fields = _known_fields(scope)
    if name in fields:
        return name, fields[name]
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
    if near is None or near not in fields:
        raise Refused(mistake)
    scope.report.add(mistake)
    return near, fields[near]
