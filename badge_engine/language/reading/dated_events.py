"""Reads the dated form of a test: events with their times, corrections, and what intake says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from badge_engine.errors import InvalidEvent
from badge_engine.events import Event, Value, exact_value
from badge_engine.instants import zone_names
from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import read_amount
from badge_engine.language.kinds.base import Schema, Setting, read_items, refuse, scalar
from badge_engine.language.kinds.names import EventName, fields_of
from badge_engine.language.kinds.texts import Date, Flag, Text, parse_date
from badge_engine.language.reading.field_tests import Word
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings, mapping
from badge_engine.language.scenarios import Item
from badge_engine.language.text.report import Refused
from badge_engine.language.text.spelling import closest
from badge_engine.language.text.tree import MapNode, Node, ScalarNode
from badge_engine.language.vocabulary import FieldDefinition

_CLOCK = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s?"
    r"(Z|[+-]\d{2}:\d{2})?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ZoneName:
    """The name of a time zone."""

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "a time zone")
        if text.text not in zone_names():
            message = f"there is no time zone {quoted(text.text)}"
            near = _zone_near(text.text)
            help_text = f"write {near}" if near else "write it as Europe/Lisbon"
            raise refuse("unknown-zone", text.place, message, help_text)
        return text.text

    def schema(self) -> Schema:
        return {"type": "string"}


@cache
def _zones_by_region() -> dict[str, list[str]]:
    regions: dict[str, list[str]] = {}
    for name in sorted(zone_names()):
        regions.setdefault(name.partition("/")[0], []).append(name)
    return regions


def _zone_near(name: str) -> str | None:
    """The zone that was probably meant: first its region, then its place."""
    regions = _zones_by_region()
    region = closest(name.partition("/")[0], regions)
    return None if region is None else closest(name, regions[region])


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a wall clock, or an instant with its offset."""

    def read(self, node: Node, scope: Scope) -> date | datetime:
        text = scalar(node, "a time such as 2026-03-28 23:50")
        if len(text.text) <= len("2026-03-28"):
            return parse_date(text.text, text)
        match = _CLOCK.match(text.text)
        if match is None:
            message = f"{quoted(text.text)} is not a time"
            raise refuse("not-a-time", text.place, message, "write it as 2026-03-28 23:50")
        parse_date(match[1], text)
        clock = match[2] if match[2][1] != ":" else f"0{match[2]}"
        offset = (match[3] or "").replace("Z", "+00:00")
        try:
            return datetime.fromisoformat(f"{match[1]}T{clock}{offset}")
        except ValueError:
            message = f"the time {quoted(text.text)} does not exist"
            raise refuse("not-a-time", text.place, message, "correct it") from None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"}


def in_zone(moment: datetime, zone: str | None, node: Node) -> datetime:
    """An aware datetime: in UTC, or where there is no zone in the offset that was written."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC) if zone else moment
    aware = moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    if aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) != moment:
        message = f"the clocks in {zone} skip {moment:%H:%M} on {moment:%Y-%m-%d}"
        raise refuse("not-a-time", node.place, message, "write a time that exists")
    return aware.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class DataValue:
    """What an event of a test carries in a field."""

    definition: FieldDefinition

    def read(self, node: Node, scope: Scope) -> Value:
        if self.definition.type == "boolean":
            return Flag().read(node, scope)
        if self.definition.type == "text":
            return Word().read(node, scope)
        if self.definition.type == "texts":
            if isinstance(node, ScalarNode):
                return (Word().read(node, scope),)
            return tuple(word for _, word in read_items(node, "a list of texts", Word(), scope))
        text = scalar(node, "a number")
        amount = read_amount(text, "30")
        if amount.unit is not None:
            unit = self.definition.unit
            message = f"events carry plain numbers{f', in {unit}' if unit else ''}"
            raise refuse("wrong-unit", text.place, message, f"write {amount.number:f}")
        return exact_value("data", amount.number)


ITEM_SETTINGS = {
    "event": Setting(EventName(), "The event type."),
    "at": Setting(Moment(), "When it happened: a wall clock, or a time with its offset."),
    "day": Setting(Date(), "The local day, where no time of day is known."),
    "zone": Setting(ZoneName(), "The time zone of this event."),
    "id": Setting(Text(required=True), "A name by which a later line can amend or retract it."),
    "amend": Setting(Text(required=True), "The id of the event that this one replaces."),
    "retract": Setting(Text(required=True), "The id of the event to withdraw."),
}


def read_item(node: Node, number: int, zone: str | None, scope: Scope) -> Item:
    """The event or correction at a position of the list, from 1; `zone` is that of the test."""
    written = mapping(node, "a dated event")
    fields = fields_of(_event_types(written, scope), scope.vocabulary)
    known = {name: Setting(DataValue(field), "") for name, field in fields.items()} | ITEM_SETTINGS
    settings = Settings(written, known, "a dated event", scope)
    settings.read(known)
    operation = _operation(settings)
    if operation == "retract":
        _require_alone(settings)
    else:
        settings.require("event")
        if not ("at" in settings or "day" in settings or written.partial or settings.strange):
            message = "the event has no time"
            help_text = "add day: 2026-01-05, or at: 2026-01-05 18:00"
            settings.fault("missing-setting", settings.head, message, help_text, "at")
    if settings.faulty or written.partial:
        raise Refused
    values = settings.values
    moment, day, own_zone = values.get("at"), values.get("day"), values.get("zone", zone)
    if moment is not None and not isinstance(moment, datetime):
        moment, day = None, day or moment
    item = Item(
        operation=operation,
        id=values.get(operation if operation != "record" else "id", f"event-{number}"),
        event=values.get("event"),
        at=in_zone(moment, own_zone, settings.entries["at"].value) if moment else None,
        day=day,
        zone=own_zone,
        data={name: value for name, value in values.items() if name not in ITEM_SETTINGS},
    )
    _require_accepted(item, settings)
    return item


def _event_types(node: MapNode, scope: Scope) -> tuple[str, ...]:
    for entry in node.entries:
        named = isinstance(entry.key, ScalarNode) and entry.key.text == "event"
        if named and isinstance(entry.value, ScalarNode):
            name = entry.value.text
            if name in scope.vocabulary.events:
                return (name,)
    return tuple(scope.vocabulary.events)


def _operation(settings: Settings) -> Literal["record", "amend", "retract"]:
    named = [name for name in ("retract", "amend", "id") if name in settings]
    if len(named) > 1:
        message = f"{quoted(named[0])} and {quoted(named[1])} exclude each other"
        place = settings.key_place(named[1])
        settings.fault("contradiction", place, message, "keep one of the two", named[1])
    if named and named[0] == "retract":
        return "retract"
    return "amend" if named and named[0] == "amend" else "record"


def _require_alone(settings: Settings) -> None:
    for name in settings.entries:
        if name not in ("retract", "amend", "id"):
            message = f"{quoted(name)} stands beside retract, which takes an id and nothing else"
            settings.fault("contradiction", settings.key_place(name), message, "remove it", name)


def _require_accepted(item: Item, settings: Settings) -> None:
    """Refuse what intake would refuse, in its words."""
    if item.operation == "retract":
        return
    assert item.event is not None  # noqa: S101 - it is required
    try:
        Event.create(
            id=item.id, user="test", type=item.event, at=item.at, day=item.day, zone=item.zone,
            data=item.data,
        )  # fmt: skip
    except InvalidEvent as problem:
        message, _, help_text = str(problem).rpartition("; ")
        place = settings.place((problem.field or "").removeprefix("data."))
        raise refuse("bad-event", place, message, help_text) from None
