"""Reads a mapping as the settings of a model and tells misspelt, misplaced and missing ones apart.

A misspelt key is one mistake: it is read on as the setting that was meant.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.base import Reader, Setting, entries_of, one_of, refuse, scalar
from badge_engine.language.reading.scope import Scope
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.source import Place
from badge_engine.language.text.spelling import CURLY_QUOTES, ODD_SPACES, closest, space_name
from badge_engine.language.text.tree import Entry, ListNode, MapNode, Node, ScalarNode

MOST_LISTED = 12

Explain = Callable[[Entry, str], Mistake | None]
"""Says what is wrong with a key that is none of the settings, None where nothing special is."""


class Settings:
    """A mapping being read: the entries by setting, the values read so far, those refused."""

    def __init__(
        self,
        node: MapNode,
        known: Mapping[str, Setting],
        title: str,
        scope: Scope,
        *,
        explain: Explain | None = None,
        noun: str = "setting",
    ) -> None:
        self.node = node
        self.known = known
        self.title = title
        self.noun = noun
        self.scope = scope
        self.values: dict[str, Any] = {}
        self.faulty: set[str] = set()
        self.strange = False  # a key was found that may stand for anything
        self.entries = self._paired(entries_of(node, scope.report), explain)

    def __contains__(self, name: str) -> bool:
        """Whether the setting was written, well or badly."""
        return name in self.entries

    def ok(self, *names: str) -> bool:
        """Whether none of the settings is known to be wrong."""
        return self.faulty.isdisjoint(names)

    def place(self, name: str) -> Place:
        """Where the value of a setting stands; the head of the mapping where it is not written."""
        return self.entries[name].value.place if name in self.entries else self.head

    def place_in_line(self, name: str) -> Place:
        """The value of a setting if it is a text, else its name."""
        entry = self.entries[name]
        return (entry.value if isinstance(entry.value, ScalarNode) else entry.key).place

    def key_place(self, name: str) -> Place:
        """Where the name of a setting stands."""
        return self.entries[name].key.place

    @property
    def head(self) -> Place:
        """The first key of the mapping, or the braces of an empty one."""
        return self.node.entries[0].key.place if self.node.entries else self.node.place

    def read(self, names: Iterable[str], scope: Scope | None = None) -> None:
        """Read the named settings; what is wrong with one keeps no other from being read."""
        for name in names:
            if name in self.entries and name not in self.values and name not in self.faulty:
                self._read(name, self.known[name].kind, scope or self.scope)

    def read_as(self, name: str, kind: Reader[object], scope: Scope | None = None) -> None:
        """Read a setting whose kind depends on others."""
        if name in self.entries:
            self._read(name, kind, scope or self.scope)

    def require(self, *names: str) -> None:
        """Report the settings that are missing."""
        for name in names:
            if name not in self.entries and name not in self.faulty:
                self.faulty.add(name)
                if self.strange or self.node.partial:
                    continue
                message = f"{self.title} needs {quoted(name)}"
                help_text = f"add {name}: {self._example(name)}"
                self.fault("missing-setting", self.head, message, help_text, name)

    def fault(
        self, code: str, place: Place, message: str, help_text: str | None, *names: str
    ) -> None:
        """Report a mistake and mark the settings that it makes useless."""
        self.scope.report.add(Mistake(code, place, message, help_text))
        self.faulty.update(names)

    def inner_places(self, name: str) -> list[tuple[str, Place]]:
        """The keys inside the mapping that is the value of a setting, where they are texts."""
        value = self.entries[name].value if name in self.entries else None
        keys = value.keys if isinstance(value, MapNode) else {}
        return [(key, entry.key.place) for key, entry in keys.items()]

    def _example(self, name: str) -> str:
        return getattr(self.known[name].kind, "example", "…")

    def _read(self, name: str, kind: Reader[object], scope: Scope) -> None:
        try:
            self.values[name] = kind.read(self.written(name), scope)
        except Refused as refused:
            scope.report.refuse(refused)
            self.faulty.add(name)

    def written(self, name: str) -> Node:
        """The value of a setting, refused where there is none."""
        entry = self.entries[name]
        if not _is_empty(entry.value):
            return entry.value
        if self.node.partial:
            raise Refused
        message, help_text = f"{quoted(name)} has no value", "write one, or remove the line"
        raise refuse("no-value", entry.key.place, message, help_text)

    def _paired(self, written: dict[str, Entry], explain: Explain | None) -> dict[str, Entry]:
        found = {name: entry for name, entry in written.items() if name in self.known}
        strange = {name: entry for name, entry in written.items() if name not in self.known}
        adopted = self._adopt_unindented(found, strange)
        for key, entry in strange.items():
            if key in adopted:
                continue
            meant = self._without_space(key, entry, found)
            meant = meant or self._report_unknown(key, entry, found, explain)
            if meant is not None:
                found.update(meant)
        return found

    def _without_space(
        self, key: str, entry: Entry, found: Mapping[str, Entry]
    ) -> dict[str, Entry] | None:
        """Report `length:7 days` inside braces, which is a key without a value."""
        start, end = entry.key.place
        name, colon, value = key.partition(":")
        if not colon or name not in self.known or name in found:
            return None
        message = f"a space is missing after the colon of {quoted(name)}"
        place = Place(start, start + len(name) + 1)
        self.scope.report.add(Mistake("missing-space", place, message, f"write {name}: {value}"))
        return {name: Entry(entry.key, ScalarNode(start + len(name) + 1, end, value))}

    def _report_unknown(
        self, key: str, entry: Entry, found: Mapping[str, Entry], explain: Explain | None
    ) -> dict[str, Entry] | None:
        """Report a key that is no setting; as the setting that was meant, if that is plain."""
        report, place = self.scope.report, entry.key.place
        mistake = _odd_marks(key, place)
        if mistake is not None:
            report.add(mistake)
            plain = ODD_SPACES.sub("", CURLY_QUOTES.sub("", key))
            return {plain: entry} if plain in self.known and plain not in found else None
        mistake = explain(entry, key) if explain else None
        if mistake is not None:
            if not self.node.partial or mistake.code != "misplaced-setting":
                report.add(mistake)
            return None
        meant = closest(key, [name for name in self.known if name not in found])
        message = f"{quoted(key)} is not a {self.noun} of {self.title}"
        if meant is None and self.node.flow and _is_empty(entry.value):
            if self.strange:
                return None
            self.strange = True
            message = (
                f"{quoted(key)} stands alone between commas; inside braces a comma ends a text"
            )
            report.add(Mistake("comma-in-text", place, message, "put the whole text in quotes"))
            return None
        report.add(Mistake("unknown-setting", place, message, self._help(meant)))
        self.strange = self.strange or meant is None
        return None if meant is None else {meant: entry}

    def _help(self, meant: str | None) -> str:
        if meant is not None:
            return f'write "{meant}" instead'
        names = list(self.known)
        if len(names) <= MOST_LISTED:
            return f"write {one_of(names)}"
        return f"remove it; the settings are {', '.join(names)}"

    def _adopt_unindented(
        self, found: dict[str, Entry], strange: Mapping[str, Entry]
    ) -> frozenset[str]:
        """Give lines that should have been indented to the empty setting above them."""
        for name, entry in found.items() if strange else ():
            inner = getattr(self.known[name].kind, "inner", None)
            if inner is None or not _is_empty(entry.value):
                continue
            below = {
                key: other
                for key, other in strange.items()
                if other.key.place.start > entry.key.place.start and inner(key, self.scope)
            }
            if below:
                found[name] = Entry(entry.key, self._indented(name, list(below.values())))
                return frozenset(below)
        return frozenset()

    def _indented(self, name: str, lines: list[Entry]) -> MapNode:
        """The lines as the mapping that they were meant to be, after a word about it."""
        start, end = lines[0].key.place.start, lines[-1].value.place.end
        message = f"this line belongs to {quoted(name)} and is not indented under it"
        help_text = f"indent what belongs to {quoted(name)} by two more spaces"
        self.scope.report.add(Mistake("indentation", lines[0].key.place, message, help_text))
        return MapNode(start, end, entries=lines, partial=self.node.partial)


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.empty


def _odd_marks(key: str, place: Place) -> Mistake | None:
    found = CURLY_QUOTES.search(key)
    if found:
        message = f"{found.group()} is not a quote that YAML knows"
        return Mistake("curly-quotes", place, message, "write straight quotes, or none")
    found = ODD_SPACES.search(key)
    if found:
        message = f"there is {space_name(found.group())} here, which only looks like a space"
        return Mistake("odd-space", place, message, "type it again with plain spaces")
    return None


def hoist(
    outer: MapNode, name: str, owner: str, belongs: Callable[[str], bool], scope: Scope
) -> None:
    """Move settings of the `owner` out of its setting `name`, after a word about each."""
    inner = outer.keys.get(name)
    if inner is None or not isinstance(inner.value, MapNode):
        return
    for key, entry in inner.value.keys.items():
        if belongs(key) and key not in outer.keys:
            message = f"{quoted(key)} is a setting of the {owner} and stands under {quoted(name)}"
            help_text = f'write it beside "{name}", not under it'
            scope.report.add(Mistake("misplaced-setting", entry.key.place, message, help_text))
            inner.value.entries.remove(entry)
            outer.entries.append(entry)


def pieces(node: Node, head: str, what: str, scope: Scope) -> Iterator[Node]:
    """The things in one mapping: more than one where a dash is missing, which is reported.

    That is so where several keys come again; `head` is the one with which a thing begins.
    """
    if not isinstance(node, MapNode):
        yield node
        return
    keys = [entry.key.text if isinstance(entry.key, ScalarNode) else "" for entry in node.entries]
    last = {key: number for number, key in enumerate(keys)}
    start, seen, again = 0, set[str](), set[str]()
    for number, key in enumerate(keys):
        if key in seen and again - {key}:
            message = f"another {what} begins here without a dash"
            help_text = f'write "- {head}:"' + ("" if key == head else " and its value above it")
            place = node.entries[number].key.place
            scope.report.add(Mistake("missing-dash", place, message, help_text))
            yield _piece(node, start, number)
            start, seen, again = number, set(), set()
        seen.add(key)
        (again.add if last[key] > number else again.discard)(key)
    yield _piece(node, start, len(keys))


def _piece(node: MapNode, start: int, end: int) -> MapNode:
    entries = node.entries[start:end]
    first = entries[0].key.place.start if start else node.start
    partial = node.partial or start > 0
    return dataclasses.replace(node, start=first, entries=entries, partial=partial)


def mapping(node: Node, wanted: str) -> MapNode:
    """The node as a mapping, refused where it is something else."""
    if isinstance(node, MapNode):
        return node
    if isinstance(node, ListNode):
        message = f"a list stands where {wanted} is due"
        raise refuse("wrong-shape", node.place, message, 'remove the "- "')
    text = scalar(node, wanted)
    if text.empty:
        raise refuse(
            "no-value", text.place, f"{wanted} is due here", "write one, or remove the line"
        )
    message = f"{quoted(text.text)} stands where {wanted} is due"
    raise refuse("wrong-shape", node.place, message, f"write {wanted} as name: value")
