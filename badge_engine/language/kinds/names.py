"""How event types and fields are named, and which of them the vocabulary knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.base import Schema, one_of, refuse, scalar
from badge_engine.language.kinds.texts import check_marks
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.spelling import closest
from badge_engine.language.text.tree import Node

if TYPE_CHECKING:
    from badge_engine.language.reading.scope import Scope
    from badge_engine.language.vocabulary import FieldDefinition, Vocabulary

MOST_LISTED = 12
CALENDAR_UNITS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class EventName:
    """An event type of the vocabulary."""

    example = "workout"

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "an event type")
        if text.text not in scope.vocabulary.events:
            check_marks(text)
            message = f"there is no event type {quoted(text.text)}"
            names = list(scope.vocabulary.events)
            help_text = instead(text.text, names, "the event types")
            mistake = Mistake("unknown-event", text.place, message, help_text)
            return _as_meant(mistake, closest(text.text, names), scope)
        return text.text

    def schema(self) -> Schema:
        return {"type": ["string", "integer"], "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field of the rule's event types; with `number` one that holds numbers."""

    number: bool = False
    calendar: bool = False  # day, week and month are allowed, too

    example = "minutes"

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "a field")
        name = text.text
        if (self.calendar and name in CALENDAR_UNITS) or scope.events is None:
            return name
        definition = scope.vocabulary.field(scope.events, name)
        fields = fields_of(scope.events, scope.vocabulary, number=self.number)
        if definition is None:
            check_marks(text)
            message = f"{holders(scope.events)} no field {quoted(name)}"
            candidates = [*(CALENDAR_UNITS if self.calendar else ()), *fields]
            help_text = instead(name, candidates, "the fields")
            mistake = Mistake("unknown-field", text.place, message, help_text)
            return _as_meant(mistake, closest(name, candidates), scope)
        if self.number and definition.type != "number":
            message = f"{quoted(name)} holds {describe(definition)}, and a number is due here"
            raise refuse("wrong-field", text.place, message, instead(name, fields, "the numbers"))
        return name

    def schema(self) -> Schema:
        return {"type": "string"}


def _as_meant(mistake: Mistake, near: str | None, scope: Scope) -> str:
    """The name that was meant, after the word about it; refused where that is not plain."""
    if near is None:
        raise Refused(mistake)
    scope.report.add(mistake)
    return near


def fields_of(
    events: Iterable[str], vocabulary: Vocabulary, *, number: bool = False
) -> dict[str, FieldDefinition]:
    """The fields of some event types; the first type that has a field defines it."""
    found: dict[str, FieldDefinition] = {}
    for event_type in events:
        known = vocabulary.events.get(event_type)
        for name, definition in known.fields.items() if known else ():
            if not number or definition.type == "number":
                found.setdefault(name, definition)
    return found


def holders(events: tuple[str, ...]) -> str:
    """The subject of "… no field x"."""
    if len(events) == 1:
        return f"{quoted(events[0])} has"
    return f"none of {', '.join(quoted(event_type) for event_type in events)} has"


def describe(definition: FieldDefinition) -> str:
    """What a field holds, in words."""
    return {
        "number": "a number",
        "text": "a text",
        "texts": "a list of texts",
        "boolean": "true or false",
    }[definition.type]


def instead(word: str, candidates: Iterable[str], title: str) -> str:
    """What to write instead of a name that is not known."""
    names = list(candidates)
    near = closest(word, names)
    if near is not None:
        return f'write "{near}" instead'
    if not names:
        return "remove it; there are none"
    if len(names) <= MOST_LISTED:
        return f"write {one_of(names)}"
    return f"{title} are {', '.join(names)}"
