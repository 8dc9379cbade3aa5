"""Reads a vocabulary file: event types, their fields, and what each field holds."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.base import (
    INNER,
    NESTED,
    Kind,
    Nested,
    Schema,
    Setting,
    entries_of,
    refuse,
    required_settings,
    settings_of,
)
from badge_engine.language.kinds.texts import Slug
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings, mapping
from badge_engine.language.text.report import Refused
from badge_engine.language.text.tree import Entry, MapNode, Node, ScalarNode
from badge_engine.language.vocabulary import (
    RESERVED_FIELDS,
    EventType,
    FieldDefinition,
    Vocabulary,
)

EVENTS = Setting(Nested("event_types"), "The event types by name.")


def read_vocabulary(root: Node, scope: Scope) -> Vocabulary | None:
    """The vocabulary of a file; None where anything is wrong with it, which is reported."""
    settings = Settings(mapping(root, "events:"), {"events": EVENTS}, "a vocabulary", scope)
    settings.read(["events"])
    settings.require("events")
    return None if settings.faulty else Vocabulary(**settings.values)


def is_vocabulary(root: Node | None) -> bool:
    """Whether a file is a vocabulary rather than a pack: its first key is `events`."""
    if not isinstance(root, MapNode):
        return False
    return "events" in root.keys and "badges" not in root.keys


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping from names to things of one kind."""

    what: str
    kind: Kind[object]

    def read(self, node: Node, scope: Scope) -> dict[str, object]:
        found: dict[str, object] = {}
        refused = False
        for name, entry in entries_of(
            mapping(node, f"a block of {self.what}s"), scope.report
        ).items():
            try:
                Slug().read(entry.key, scope)
                self._require_free(name, entry)
                found[name] = self.kind.read(entry.value, scope)
            except Refused as refusal:
                scope.report.refuse(refusal)
                refused = True
        if refused:
            raise Refused
        return found

    def _require_free(self, name: str, entry: Entry) -> None:
        if self.what == "field" and name in RESERVED_FIELDS:
            message = (
                f"a field may not be called {quoted(name)}, which where: uses for the date and time"
            )
            raise refuse("reserved-field", entry.key.place, message, "give it another name")

    def schema(self) -> Schema:
        return {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
            "additionalProperties": self.kind.schema(),
        }


@dataclass(frozen=True, slots=True)
class OfModel:
    """A mapping with the settings of a model."""

    model: type[BaseModel]
    title: str

    def read(self, node: Node, scope: Scope) -> BaseModel:
        if isinstance(node, ScalarNode) and node.empty and not required_settings(self.model):
            return self.model()
        settings = Settings(mapping(node, self.title), settings_of(self.model), self.title, scope)
        settings.read(settings.known)
        settings.require(*required_settings(self.model))
        if self.model is FieldDefinition:
            _check_field(settings)
        if settings.faulty:
            raise Refused
        return self.model(**settings.values)

    def schema(self) -> Schema:
        return {"$ref": f"#/definitions/{self.model.__name__}"}


def _check_field(settings: Settings) -> None:
    if settings.values.get("type", "number") == "number":
        return
    for name in ("unit", "decimals"):
        if name in settings:
            message = f"{quoted(name)} belongs to numbers, and the field holds something else"
            help_text = "remove it, or write type: number"
            settings.fault("contradiction", settings.key_place(name), message, help_text, name)


EVENT_TYPES = Named("event type", OfModel(EventType, "an event type"))
FIELDS = Named("field", OfModel(FieldDefinition, "a field"))
NESTED |= {"event_types": EVENT_TYPES, "fields": FIELDS}
INNER["event_types"] = INNER["fields"] = lambda _key, _scope: True
