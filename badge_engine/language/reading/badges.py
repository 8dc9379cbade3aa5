"""Reads the badges of a pack in two steps: the rules first, then the tests that speak of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from badge_engine.language.diagnostics import Note, quoted
from badge_engine.language.kinds.base import Nested, Setting, refuse, required_settings, settings_of
from badge_engine.language.kinds.names import CALENDAR_UNITS
from badge_engine.language.kinds.texts import Language
from badge_engine.language.reading.criteria import (
    ReadRule,
    a_rule,
    is_of_rule,
    items_of,
    read_criterion,
)
from badge_engine.language.reading.referents import Referent
from badge_engine.language.reading.scenarios import read_tests
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings, hoist, mapping, pieces
from badge_engine.language.reading.tiers import GOAL_KINDS, read_tiers
from badge_engine.language.rules import AnyCriterion, Badge, criteria_with
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.tree import Entry, ListNode, MapNode, Node, ScalarNode


@dataclass(slots=True)
class BadgeDraft:
    """A badge whose tests have not been read yet; `id` and `rule` are None where they are wrong."""

    settings: Settings
    scope: Scope
    id: str | None
    rule: ReadRule | None
    badge: Badge | None = None

    @property
    def model(self) -> AnyCriterion | None:
        return None if self.rule is None else self.rule.model

    @property
    def tiers(self) -> list[str] | None:
        if self.settings.node.partial or not self.settings.ok("tiers"):
            return None
        return [tier.name for tier in self.settings.values.get("tiers", ())]

    def note(self, message: str) -> Note:
        return self.scope.report.note(message, self.settings.place("id"))

    def finish(self, referents: Mapping[str, Referent]) -> Badge | None:
        """Read the tests, which may speak of other badges; None where anything is wrong."""
        settings = self.settings
        self.scope.report.badge = self.id
        if "tests" in settings and self.rule is not None:
            try:
                tests = read_tests(settings.written("tests"), self, referents, self.scope)
                settings.values["tests"] = tests
            except Refused as refused:
                self.scope.report.refuse(refused)
                settings.faulty.add("tests")
        self.scope.report.badge = None
        if not settings.faulty and not settings.node.partial:
            self.badge = Badge(**settings.values)
        return self.badge


BADGES = Setting(Nested("badges"), "The badges of the pack.")
LANGUAGE = Setting(Language(), "The language of the texts; en unless given.")


@dataclass(slots=True)
class PackDraft:
    """A pack whose rules have been read and whose tests have not."""

    scope: Scope
    badges: list[BadgeDraft]

    @property
    def finished(self) -> list[tuple[BadgeDraft, Badge]]:
        """The badges with which nothing is wrong."""
        return [(draft, draft.badge) for draft in self.badges if draft.badge is not None]

    @property
    def language(self) -> str:
        return self.scope.language


def read_pack(root: Node, scope: Scope) -> PackDraft:
    """Read the rules of a pack; what cannot be read is reported and left out."""
    if isinstance(root, ListNode):
        place = root.items[0].place if root.items else root.place
        message = "a pack begins with the line badges:, with the list below it"
        scope.report.add(Mistake("missing-setting", place, message, 'add a first line "badges:"'))
        return PackDraft(scope, _read_badges(root, scope))
    known = {"language": LANGUAGE, "badges": BADGES}
    if isinstance(root, ScalarNode) and not root.unread:
        message = f"{quoted(root.text)} stands where badges: is due"
        raise refuse("wrong-shape", root.place, message, 'begin the file with the line "badges:"')
    settings = Settings(mapping(root, "a list of badges"), known, "a pack", scope)
    settings.read(["language"])
    scope = dataclasses.replace(scope, language=settings.values.get("language", "en"))
    settings.require("badges")
    if "badges" not in settings:
        return PackDraft(scope, [])
    return PackDraft(scope, _read_badges(settings.written("badges"), scope))


def _read_badges(node: Node, scope: Scope) -> list[BadgeDraft]:
    if isinstance(node, ListNode) and not node.items:
        return []
    drafts = []
    for item in items_of(_named_badges(node, scope), "badges", "id: my-badge", scope):
        for piece in pieces(item, "id", "badge", scope):
            try:
                drafts.append(_read_badge(piece, scope))
            except Refused as refused:
                scope.report.refuse(refused)
            finally:
                scope.report.badge = None
    return drafts


def _named_badges(node: Node, scope: Scope) -> Node:
    """Badges written as a mapping from id to badge become a list, after a word about it."""
    if not isinstance(node, MapNode) or not node.entries:
        return node
    if not all(isinstance(entry.value, MapNode) for entry in node.entries):
        return node
    key = node.entries[0].key
    name = key.text if isinstance(key, ScalarNode) else "my-badge"
    message = "a list of badges is due here, not a mapping"
    help_text = f"begin each badge with - id: {name}"
    scope.report.add(Mistake("missing-dash", key.place, message, help_text))
    id_key = ScalarNode(key.start, key.end, "id")
    items: list[Node] = []
    for entry in node.entries:
        assert isinstance(entry.value, MapNode)  # noqa: S101 - they all are
        inner = [Entry(id_key, entry.key), *entry.value.entries]
        items.append(MapNode(entry.key.start, entry.value.end, entries=inner))
    return ListNode(node.start, node.end, items)


def _key(entry: Entry) -> str:
    return entry.key.text if isinstance(entry.key, ScalarNode) else ""


def _read_badge(node: Node, scope: Scope) -> BadgeDraft:
    written = mapping(node, "a badge")
    ids = [entry.value for entry in written.entries if _key(entry) == "id"]
    if ids and isinstance(ids[0], ScalarNode) and ids[0].text:
        scope.report.badge = ids[0].text
    written = _with_rule_below(written, scope)
    hoist(written, "rule", "badge", _is_of_badge, scope)
    settings = Settings(written, settings_of(Badge), "a badge", scope, explain=_explain)
    settings.read(name for name in settings.known if name not in ("rule", "tiers", "tests"))
    settings.require(*required_settings(Badge))
    scope = dataclasses.replace(scope, references=[])
    rule = _read_rule(settings, scope)
    if "tiers" in settings and rule is not None:
        _read_tiers(settings, rule, scope)
    return BadgeDraft(settings, scope, settings.values.get("id"), rule)


def _read_rule(settings: Settings, scope: Scope) -> ReadRule | None:
    if "rule" not in settings:
        return None
    try:
        scope = dataclasses.replace(scope, period=_period_of_tiers(settings))
        rule = read_criterion(settings.written("rule"), scope, tiered="tiers" in settings)
    except Refused as refused:
        scope.report.refuse(refused)
        settings.faulty.add("rule")
        return None
    if rule.model is None:
        settings.faulty.add("rule")
    else:
        settings.values["rule"] = rule.model
    return rule


def _period_of_tiers(settings: Settings) -> str | None:
    """The unit in which the tiers of a streak are counted, as far as it is written."""
    node = settings.entries["tiers"].value if "tiers" in settings else None
    while isinstance(node, (ListNode, MapNode)):
        children = node.items if isinstance(node, ListNode) else [e.value for e in node.entries]
        node = children[0] if children else None
    words = node.text.split() if node is not None else []
    return next((unit for unit in CALENDAR_UNITS if words[-1:] in ([unit], [unit + "s"])), None)


def _read_tiers(settings: Settings, rule: ReadRule, scope: Scope) -> None:
    entry = settings.entries["tiers"]
    try:
        if rule.type not in GOAL_KINDS:
            message = f"{a_rule(rule.type)} takes no tiers"
            raise refuse("contradiction", entry.key.place, message, "remove them")
        settings.values["tiers"] = read_tiers(settings.written("tiers"), rule, scope)
    except Refused as refused:
        scope.report.refuse(refused)
        settings.faulty.add("tiers")


def _with_rule_below(node: MapNode, scope: Scope) -> MapNode:
    """Lines of a rule that stand in the badge itself are gathered under a rule, after a word."""
    keys = [_key(entry) for entry in node.entries]
    if "rule" in keys or "type" not in keys:
        return node
    inner = [entry for entry in node.entries if is_of_rule(_key(entry))]
    rest = [entry for entry in node.entries if not is_of_rule(_key(entry))]
    place = node.entries[keys.index("type")].key.place
    message = '"type" is a setting of a rule, and this badge has no line "rule:"'
    help_text = 'write "rule:" above it and indent the lines of the rule'
    scope.report.add(Mistake("indentation", place, message, help_text))
    key = ScalarNode(place.start, place.end, "rule")
    rule = MapNode(inner[0].key.start, inner[-1].value.end, entries=inner)
    return dataclasses.replace(node, entries=[*rest, Entry(key, rule)])


def _is_of_badge(key: str) -> bool:
    return key in settings_of(Badge) and not criteria_with(key)


def _explain(entry: Entry, key: str) -> Mistake | None:
    if not criteria_with(key):
        return None
    message = f"{quoted(key)} is a setting of the rule, not of the badge"
    help_text = 'write it under "rule", not beside it'
    return Mistake("misplaced-setting", entry.key.place, message, help_text)
