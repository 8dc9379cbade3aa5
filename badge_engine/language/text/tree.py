"""YAML events become a tree of texts, mappings and lists that know their places.

Decides what of YAML a pack may use: no anchors, aliases, merge keys, tags or second documents,
and no more than 20 levels. Nothing is converted here: a scalar is the text that was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from badge_engine.language.text.report import GivenUp, Mistake, Report
from badge_engine.language.text.source import Place

MAX_DEPTH = 20
MAX_NODES = 100_000

# The event stream of the C parser is safe and fast; its composer overflows on deep nesting.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class ScalarNode:
    """A text as written; `plain` means without quotes. `unread` stands for an alias."""

    start: int
    end: int
    text: str
    plain: bool = True
    unread: bool = False

    @property
    def place(self) -> Place:
        return Place(self.start, self.end)

    @property
    def empty(self) -> bool:
        """Whether nothing was written where a value belongs."""
        return self.plain and not self.text and not self.unread


@dataclass(slots=True)
class Entry:
    """A key of a mapping with its value."""

    key: Node
    value: Node


@dataclass(slots=True)
class MapNode:
    """A mapping; `flow` means written in braces, `partial` that a merge key left something out."""

    start: int
    end: int
    flow: bool = False
    entries: list[Entry] = field(default_factory=list)
    partial: bool = False

    @property
    def place(self) -> Place:
        return Place(self.start, self.end)

    @property
    def keys(self) -> dict[str, Entry]:
        """The entries whose keys are texts by these, of equal ones the first."""
        found: dict[str, Entry] = {}
        for entry in self.entries:
            if isinstance(entry.key, ScalarNode):
                found.setdefault(entry.key.text, entry)
        return found


@dataclass(slots=True)
class ListNode:
    """A list of nodes."""

    start: int
    end: int
    items: list[Node] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(self.start, self.end)


Node = ScalarNode | MapNode | ListNode


def compose(text: str, report: Report, offset: int = 0) -> Node | None:
    """The first document of a text that begins at `offset` of the source; None if it is empty.

    Raises yaml.YAMLError where it is no YAML, GivenUp where it must not be read any further.
    """
    return _Composer(report, offset).compose(yaml.parse(text, Loader=_PARSER))


class _Composer:
    def __init__(self, report: Report, offset: int) -> None:
        self.report = report
        self.offset = offset
        self.root: Node | None = None
        self.open: list[MapNode | ListNode] = []
        self.keys: list[Node | None] = []
        self.anchors: set[str] = set()
        self.nodes = 0

    def compose(self, events: Iterator[yaml.Event]) -> Node | None:
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._check(event)
                start, end = self._place(event)
                self._take(ScalarNode(start, end, event.value, not event.style))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._check(event)
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
                self._second_document(event)
                break
        return self.root

    def _place(self, event: yaml.Event) -> Place:
        start, end = event.start_mark, event.end_mark
        assert start is not None  # noqa: S101 - events of a parser have their marks
        assert end is not None  # noqa: S101 - YAML has ends
        return Place(start.index + self.offset, end.index + self.offset)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        place = self._place(event)
        if len(self.open) == MAX_DEPTH:
            message = f"this is more than {MAX_DEPTH} levels deep"
            self.report.add(Mistake("too-deep", place, message, "write it with fewer levels"))
            raise GivenUp
        node: MapNode | ListNode
        if isinstance(event, yaml.MappingStartEvent):
            node = MapNode(place.start, place.end, bool(event.flow_style))
        else:
            node = ListNode(place.start, place.end)
        self._take(node)
        self.open.append(node)
        self.keys.append(None)

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        self.keys.pop()
        self.open.pop().end = self._place(event).end

    def _take(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            message = f"the file has more than {MAX_NODES:,} values"
            help_text = "split it into several files"
            self.report.add(Mistake("too-large", node.place, message, help_text))
            raise GivenUp
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, ListNode):
            parent.items.append(node)
            return
        key = self.keys[-1]
        if key is None:
            self.keys[-1] = node
        else:
            self.keys[-1] = None
            self._put(parent, Entry(key, node))

    def _put(self, parent: MapNode, entry: Entry) -> None:
        key, value = entry.key, entry.value
        if isinstance(key, ScalarNode) and key.plain and key.text == "<<":
            parent.partial = True
            if not (isinstance(value, ScalarNode) and value.unread):
                message = 'merge keys ("<<") are not read'
                self.report.add(
                    Mistake("merge-key", key.place, message, "write the settings out again")
                )
        else:
            parent.entries.append(entry)

    def _check(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self.anchors.add(event.anchor)
            self._refuse_mark(
                event, "anchor", "&", "anchors", "remove it and write out what refers to it"
            )
        if event.tag is not None:
            help_text = "remove it; in a text, put the text in quotes"
            self._refuse_mark(event, "tag", "!", "tags", help_text)

    def _refuse_mark(
        self, event: yaml.NodeEvent, code: str, sign: str, plural: str, help_text: str
    ) -> None:
        start, end = self._place(event)
        written = self.report.source.text[start : max(end, start + 1)]
        found = next((word for word in written.split() if word.startswith(sign)), written[:1])
        place = Place(start + max(0, written.find(found)), 0)
        place = Place(place.start, place.start + len(found))
        message = f'{plural} ("{sign}…") are not read'
        self.report.add(Mistake(code, place, message, help_text))

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = self._place(event)
        if event.anchor not in self.anchors:
            message = 'a text may not begin with "*", which stands for an alias in YAML'
            self.report.add(Mistake("alias", place, message, "put the text in quotes"))
        self._take(ScalarNode(place.start, place.end, "", unread=True))

    def _second_document(self, event: yaml.DocumentStartEvent) -> None:
        place = self._place(event)
        message = "a second document begins here; a file holds one"
        help_text = "remove the line, or move what follows into a file of its own"
        self.report.add(Mistake("second-document", place, message, help_text))
