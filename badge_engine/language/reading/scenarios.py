"""Reads the tests beside a badge: their history, their data and what they expect.

Mistakes in them are diagnostics like all others; nothing is run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from badge_engine.events import Value
from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.base import Schema, Setting
from badge_engine.language.kinds.names import fields_of
from badge_engine.language.kinds.texts import Date, Text
from badge_engine.language.reading.criteria import items_of
from badge_engine.language.reading.dated_events import (
    ITEM_SETTINGS,
    DataValue,
    Moment,
    ZoneName,
    in_zone,
    read_item,
)
from badge_engine.language.reading.expectations import ExpectationKind
from badge_engine.language.reading.referents import Referent
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings, mapping, pieces
from badge_engine.language.reading.strips import StripRules, read_strip
from badge_engine.language.rules import AllOf, AnyCriterion, AnyOf, BadgeReference, OverEvents
from badge_engine.language.scenarios import DEFAULT_START, Expectation, Item, Scenario, Strip
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.tree import Entry, Node

if TYPE_CHECKING:
    from badge_engine.language.reading.badges import BadgeDraft


@dataclass(frozen=True, slots=True)
class DataKind:
    """The fields that every event of the strips carries."""

    def read(self, node: Node, scope: Scope) -> dict[str, Value]:
        fields = fields_of(scope.events or scope.vocabulary.events, scope.vocabulary)
        known = {name: Setting(DataValue(field), "") for name, field in fields.items()}
        settings = Settings(
            mapping(node, "fields and their values"),
            known,
            "the test's events",
            scope,
            noun="field",
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
        return {"$ref": f"#/definitions/{self.definition}"}


TEST_SETTINGS = {
    "name": Setting(Text(required=True), "What the test shows."),
    "starts": Setting(Date(), "Day 1 of the strips; Monday 2026-01-05 unless given."),
    "zone": Setting(ZoneName(), "The time zone of the events, such as Europe/Lisbon."),
    "with": Setting(DataKind(), "The fields that each x carries."),
    "events": Setting(Held("dated_events"), "Dated events, in place of strips."),
    "as_of": Setting(Moment(), "The moment of which the test speaks."),
    "expect": Setting(Held("expectation", "earned on day 3"), "What the history earns."),
}


def read_tests(
    node: Node, badge: BadgeDraft, referents: Mapping[str, Referent], scope: Scope
) -> tuple[Scenario, ...]:
    """All tests of a badge; what is wrong with one keeps no other from being read."""
    items = items_of(node, "tests", "{name: …, workout: x x x, expect: earned on day 3}", scope)
    criteria = leaves(badge.model, referents)
    scenarios = []
    tests = [piece for item in items for piece in pieces(item, "name", "test", scope)]
    for item in tests:
        try:
            scenarios.append(_TestReading(item, badge, criteria, scope).scenario())
        except Refused as refused:
            scope.report.refuse(refused)
    if len(scenarios) < len(tests):
        raise Refused
    return tuple(scenarios)


def leaves(
    model: AnyCriterion | None, referents: Mapping[str, Referent]
) -> list[OverEvents] | None:
    """The criteria over events that a rule stands on; None where one could not be read."""
    found: list[OverEvents] = []
    open_models: list[AnyCriterion | BadgeReference | None] = [model]
    seen: set[str] = set()
    while open_models:
        current = open_models.pop()
        if current is None:
            return None
        if isinstance(current, BadgeReference):
            referent = referents.get(current.badge)
            if current.badge not in seen:
                seen.add(current.badge)
                open_models.append(None if referent is None else referent.model)
        elif isinstance(current, (AllOf, AnyOf)):
            open_models += reversed(current.of)
        else:
            found.append(current)
    return found


class _TestReading:
    """One test while it is read."""

    def __init__(
        self, node: Node, badge: BadgeDraft, criteria: list[OverEvents] | None, scope: Scope
    ) -> None:
        self.badge = badge
        self.criteria = criteria
        self.strip_settings = {
            name: Setting(Held("strip", "x x x"), f"The days of {event_type.label or name}.")
            for name, event_type in scope.vocabulary.events.items()
            if name not in TEST_SETTINGS
        }
        known = TEST_SETTINGS | self.strip_settings
        self.settings = Settings(mapping(node, "a test"), known, "a test", scope, explain=_explain)
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
        if settings.faulty or settings.node.partial or expect is None:
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
        starts: date = self.settings.values.get("starts", DEFAULT_START)
        return starts

    @property
    def zone(self) -> str | None:
        zone: str | None = self.settings.values.get("zone")
        return zone

    def _check_form(self) -> None:
        settings = self.settings
        if settings.node.partial:
            return
        if self.types and "events" in settings:
            message = "a test has strips or dated events, not both"
            place = settings.key_place("events")
            settings.fault("contradiction", place, message, "make two tests of it", "events")
        if not (self.types or "events" in settings or settings.strange):
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
        criteria = self.criteria
        if criteria is not None:
            criteria = [criterion for criterion in criteria if _reads(criterion, name)]
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
                items.append(read_item(node, number, self.zone, self.scope))
            except Refused as refused:
                self.scope.report.refuse(refused)
                settings.faulty.add("events")
        return tuple(items)

    def _expectation(self, strips: Mapping[str, Strip | None]) -> Expectation | None:
        settings = self.settings
        unknown = None in strips.values() or not (strips or "events" in settings)
        if "expect" not in settings.values or unknown or not settings.ok("starts"):
            return None
        longest = max((len(strip.days) for strip in strips.values() if strip), default=0)
        kind = ExpectationKind(
            starts=self.starts,
            last_day=self.starts + timedelta(days=longest - 1) if longest else None,
            tiers=self.badge.tiers,
            repeats=self._repeats(),
        )
        try:
            return kind.read(settings.values["expect"], self.scope)
        except Refused as refused:
            self.scope.report.refuse(refused)
            settings.faulty.add("expect")
            return None

    def _repeats(self) -> bool:
        rule = self.badge.rule
        assert rule is not None  # noqa: S101 - without a rule no tests are read
        settings = rule.settings
        unknown = settings.node.partial or not settings.ok("repeat")
        return rule.type == "record" or unknown or bool(settings.values.get("repeat"))

    def _as_of(self) -> date | datetime | None:
        moment = self.settings.values.get("as_of")
        if not isinstance(moment, datetime):
            return moment
        return in_zone(moment, self.zone, self.settings.entries["as_of"].value)


def _reads(criterion: OverEvents, event: str) -> bool:
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
