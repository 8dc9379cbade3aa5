"""Reads the tests beside a badge: their history, their data and what they expect.

Mistakes in them are diagnostics like all others; nothing is run.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from badge_engine.errors import InvalidEvent
from badge_engine.events import Event, Value, exact_value, zone_names
from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import read_amount
from badge_engine.language.kinds.base import (
    Date,
    Flag,
    Schema,
    Setting,
    Text,
    parse_date,
    read_items,
    refuse,
    scalar,
)
from badge_engine.language.kinds.names import EventName, fields_of
from badge_engine.language.reading.criteria import COMPOSITES, items_of
from badge_engine.language.reading.expectations import ExpectationKind
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings, mapping
from badge_engine.language.reading.strips import StripRules, read_strip
from badge_engine.language.reading.where import Word
from badge_engine.language.rules import BadgeReference
from badge_engine.language.scenarios import DEFAULT_START, Item, Scenario, Strip
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.spelling import closest
from badge_engine.language.text.tree import Entry, MapNode, Node, ScalarNode
from badge_engine.language.vocabulary import FieldDefinition

if TYPE_CHECKING:
    from badge_engine.language.reading.badges import BadgeDraft

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
            near = closest(text.text, sorted(zone_names()))
            help_text = f"write {near}" if near else "write it as Europe/Lisbon"
            raise refuse("unknown-zone", text.place, message, help_text)
        return text.text

    def schema(self) -> Schema:
        return {"type": "string"}


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
        offset = (match[3] or "").replace("Z", "+00:00")
        try:
            return datetime.fromisoformat(f"{match[1]}T{match[2].zfill(5)}{offset}")
        except ValueError:
            message = f"the time {quoted(text.text)} does not exist"
            raise refuse("not-a-time", text.place, message, "correct it") from None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"}


def in_zone(moment: datetime, zone: str | None, node: Node) -> datetime:
    """An aware datetime; a wall clock is read in the zone, or in UTC without one."""
    if moment.tzinfo is not None:
        return moment
    aware = moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    if aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) != moment:
        message = f"the clocks in {zone} skip {moment:%H:%M} on {moment:%Y-%m-%d}"
        raise refuse("not-a-time", node.place, message, "write a time that exists")
    return aware


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

    def schema(self) -> Schema:
        return {}


@dataclass(frozen=True, slots=True)
class DataKind:
    """The fields that every event of the strips carries."""

    def read(self, node: Node, scope: Scope) -> dict[str, Value]:
        fields = fields_of(scope.events or scope.vocabulary.events, scope.vocabulary)
        known = {name: Setting(DataValue(field), "") for name, field in fields.items()}
        settings = Settings(
            mapping(node, "fields and their values"), known, "the test's events", scope
        )
        settings.read(known)
        if settings.faulty or not settings.entries:
            raise Refused
        return settings.values

    def inner(self, key: str, scope: Scope) -> bool:
        """Whether a key can only be a field."""
        return key in fields_of(scope.vocabulary.events, scope.vocabulary)

    def schema(self) -> Schema:
        return {"type": "object"}


@dataclass(frozen=True, slots=True)
class Held:
    """A value that is read when the rest of the test is known."""

    definition: str
    example: str = "…"

    def read(self, node: Node, scope: Scope) -> Node:
        return node

    def schema(self) -> Schema:
        return {"$ref": f"#/$defs/{self.definition}"}


TEST_SETTINGS = {
    "name": Setting(Text(required=True), "What the test shows."),
    "starts": Setting(Date(), "Day 1 of the strips; Monday 2026-01-05 unless given."),
    "zone": Setting(ZoneName(), "The time zone of the events, such as Europe/Lisbon."),
    "with": Setting(DataKind(), "The fields that each x carries."),
    "events": Setting(Held("dated_events"), "Dated events, in place of strips."),
    "as_of": Setting(Moment(), "The moment of which the test speaks."),
    "expect": Setting(Held("expectation", "earned on day 3"), "What the history earns."),
}
ITEM_SETTINGS = {
    "event": Setting(EventName(), "The event type."),
    "at": Setting(Moment(), "When it happened: a wall clock, or a time with its offset."),
    "day": Setting(Date(), "The local day, where no time of day is known."),
    "zone": Setting(ZoneName(), "The time zone of this event."),
    "id": Setting(Text(required=True), "A name by which a later line can amend or retract it."),
    "amend": Setting(Text(required=True), "The id of the event that this one replaces."),
    "retract": Setting(Text(required=True), "The id of the event to withdraw."),
}


def read_tests(
    node: Node, badge: BadgeDraft, drafts: Mapping[str, BadgeDraft], scope: Scope
) -> tuple[Scenario, ...]:
    """All tests of a badge; what is wrong with one keeps no other from being read."""
    items = items_of(node, "tests", "{name: …, workout: x x x, expect: earned on day 3}", scope)
    criteria = None if badge.rule is None else leaves(badge.rule.model, drafts)
    scenarios = []
    for item in items:
        try:
            scenarios.append(_TestReading(item, badge, criteria, scope).scenario())
        except Refused as refused:
            scope.report.refuse(refused)
    if len(scenarios) < len(items):
        raise Refused
    return tuple(scenarios)


def leaves(model: Any, drafts: Mapping[str, BadgeDraft]) -> list[Any] | None:
    """The criteria over events that a rule stands on; None where one could not be read."""
    found, open_models, seen = [], [model], set()
    while open_models:
        current = open_models.pop()
        if current is None:
            return None
        if isinstance(current, BadgeReference):
            draft = drafts.get(current.badge)
            if current.badge not in seen:
                seen.add(current.badge)
                open_models.append(draft.rule.model if draft and draft.rule else None)
        elif current.type in COMPOSITES:
            open_models += reversed(current.of)
        else:
            found.append(current)
    return found


class _TestReading:
    """One test while it is read."""

    def __init__(
        self, node: Node, badge: BadgeDraft, criteria: list[Any] | None, scope: Scope
    ) -> None:
        self.badge = badge
        self.criteria = criteria
        self.strip_settings = {
            name: Setting(Held("strip", "x x x"), f"The days of {event_type.label or name}.")
            for name, event_type in scope.vocabulary.events.items()
            if name not in TEST_SETTINGS
        }
        known = TEST_SETTINGS | self.strip_settings
        self.settings = Settings(mapping(node, "a test"), known, "a test", scope, _explain)
        self.types = [name for name in self.settings.entries if name in self.strip_settings]
        self.scope = dataclasses.replace(scope, events=tuple(self.types) or None)

    def scenario(self) -> Scenario:
        settings = self.settings
        settings.read(settings.known, self.scope)
        settings.require("name", "expect")
        self._check_form()
        strips = {name: self._strip(name) for name in self.types}
        items = self._items()
        expect = self._expectation(strips)
        if settings.faulty or settings.node.partial:
            raise Refused
        line, column = self.scope.report.source.line_and_column(settings.node.start)
        return Scenario(
            name=settings.values["name"],
            expect=expect,
            starts=self.starts,
            zone=self.zone,
            with_=settings.values.get("with", {}),
            strips={name: strip for name, strip in strips.items() if strip is not None},
            items=items,
            as_of=self._as_of(),
            line=line,
            column=column,
        )

    @property
    def starts(self) -> date:
        return self.settings.values.get("starts", DEFAULT_START)

    @property
    def zone(self) -> str | None:
        return self.settings.values.get("zone")

    def _check_form(self) -> None:
        settings = self.settings
        if self.types and "events" in settings:
            message = "a test has strips or dated events, not both"
            place = settings.key_place("events")
            settings.fault("contradiction", place, message, "make two tests of it", "events")
        if not (self.types or "events" in settings or settings.node.partial or settings.strange):
            message = "the test has no history"
            help_text = "add a strip such as workout: x x x, or events:"
            settings.fault("missing-setting", settings.head, message, help_text, "events")
        for name in ("with", "starts"):
            if name in settings and not self.types:
                message = f"{quoted(name)} belongs to strips, and the test has none"
                place = settings.key_place(name)
                settings.fault("contradiction", place, message, "remove it", name)

    def _strip(self, name: str) -> Strip | None:
        settings = self.settings
        if not settings.ok(name, "starts", "with"):
            return None
        criteria = self.criteria and [each for each in self.criteria if _reads(each, name)]
        rules = StripRules(name, criteria, self.starts, settings.values.get("with", {}))
        try:
            return read_strip(settings.values[name], rules, self.scope)
        except Refused as refused:
            self.scope.report.refuse(refused)
            settings.faulty.add(name)
            return None

    def _items(self) -> tuple[Item, ...]:
        settings = self.settings
        if "events" not in settings.values or not settings.ok("zone"):
            return ()
        items = []
        try:
            nodes = items_of(
                settings.values["events"], "events", "{day: 2026-01-05, event: workout}", self.scope
            )
        except Refused as refused:
            self.scope.report.refuse(refused)
            nodes = []
            settings.faulty.add("events")
        for number, node in enumerate(nodes, 1):
            try:
                items.append(_read_item(node, number, self.zone, self.scope))
            except Refused as refused:
                self.scope.report.refuse(refused)
                settings.faulty.add("events")
        return tuple(items)

    def _expectation(self, strips: Mapping[str, Strip | None]) -> Any:
        settings = self.settings
        unknown = None in strips.values() or not (strips or "events" in settings)
        if "expect" not in settings.values or unknown or not settings.ok("starts"):
            return None
        longest = max((len(strip.days) for strip in strips.values() if strip), default=0)
        kind = ExpectationKind(
            starts=self.starts,
            last_day=self.starts + timedelta(days=longest - 1) if longest else None,
            tiers=self._tiers(),
            repeats=self._repeats(),
        )
        try:
            return kind.read(settings.values["expect"], self.scope)
        except Refused as refused:
            self.scope.report.refuse(refused)
            settings.faulty.add("expect")
            return None

    def _tiers(self) -> list[str] | None:
        badge = self.badge.settings
        if not badge.ok("tiers"):
            return None
        return [tier.name for tier in badge.values.get("tiers", ())]

    def _repeats(self) -> bool:
        rule = self.badge.rule
        assert rule is not None  # noqa: S101 - without a rule no tests are read
        return rule.type == "record" or bool(rule.settings.values.get("repeat")) or (
            not rule.settings.ok("repeat")
        )  # fmt: skip

    def _as_of(self) -> date | datetime | None:
        moment = self.settings.values.get("as_of")
        if not isinstance(moment, datetime):
            return moment
        return in_zone(moment, self.zone, self.settings.entries["as_of"].value)


def _reads(criterion: Any, event: str) -> bool:
    names = (
        criterion.event,
        getattr(criterion, "each_of", ()),
        getattr(criterion, "paused_by", ()),
    )
    return any(event in listed for listed in names)


def _explain(entry: Entry, key: str) -> Mistake | None:
    if key not in ITEM_SETTINGS:
        return None
    message = f"{quoted(key)} belongs to a dated event, not to the test"
    help_text = "write the dated events as a list under events:"
    return Mistake("misplaced-setting", entry.key.place, message, help_text)


def _read_item(node: Node, number: int, zone: str | None, scope: Scope) -> Item:
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
        if "at" not in settings and "day" not in settings:
            settings.require("at")
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
