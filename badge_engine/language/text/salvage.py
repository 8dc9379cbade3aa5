"""Reads a text that is no YAML as far as it is: badge by badge, each syntax error once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from badge_engine.language.text.report import Mistake, Report
from badge_engine.language.text.source import LINE_END, Place
from badge_engine.language.text.syntax_errors import explain
from badge_engine.language.text.tree import Entry, ListNode, MapNode, Node, ScalarNode, compose

MOST_REREAD = 1024 * 1024
ASTRAY = 4  # a dash before an id that is out of line by less still begins a badge

_BADGES = re.compile(r"badges[ \t]*:[ \t]*([ \t]#.*)?\Z")
_ITEM = re.compile(r"([ \t]*)-(?=\s|\Z)([ \t]+id[ \t]*:)?")
_ID = re.compile(r"^[ \t]*(?:- +)?id[ \t]*:[ \t]*([a-z0-9][a-z0-9_-]{0,63})[ \t]*$", re.MULTILINE)
_TOP_KEY = re.compile(r"(language|badges)[ \t]*:")


def read_tree(report: Report) -> tuple[Node | None, bool]:
    """The tree of a file, and whether it is complete; every syntax error is reported."""
    text = report.source.readable_text()
    found = len(report.diagnostics)
    try:
        root = compose(text, report)
    except yaml.MarkedYAMLError as problem:
        del report.diagnostics[found:]
        root = _Salvage(report).root(text)
        if len(report.diagnostics) == found:
            report.add(explain(problem, text, 0))
        return root, False
    if root is None or (isinstance(root, ScalarNode) and root.empty):
        message = "there is nothing in this file"
        report.add(Mistake("empty-file", Place(0, 0), message, "begin it with badges:"))
        return None, True
    return root, True


class _Chunk(NamedTuple):
    """The lines of one item of the list of badges; its dash is `astray` by so many columns.

    A `headless` one has none: the line with which it should begin is missing.
    """

    start: int
    end: int
    indent: int
    astray: int
    headless: bool

    @property
    def dash(self) -> Place:
        return Place(self.start + self.indent, self.start + self.indent + 1)


class _Salvage:
    """Reads around syntax errors: a badge at a time, leaving out the lines that are wrong."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.budget = MOST_REREAD

    def root(self, text: str) -> Node | None:
        """The tree without the lines that are wrong."""
        lines = list(_lines(text))
        chunks = _chunks(lines)
        if not chunks:
            nodes = self.nodes(text, 0)
            return nodes[0] if nodes else None
        first, last = chunks[0].start, chunks[-1].end
        head = self.nodes(text[:first] + _blank(text[first:last]) + text[last:], 0)
        if not any(_BADGES.match(line) for _, line in lines):
            self._report_no_badges(chunks[0])
        items = [item for chunk in chunks for item in self._items(chunk, text)]
        return _with_badges(head[0] if head else None, ListNode(first, last, items))

    def _items(self, chunk: _Chunk, text: str) -> list[Node]:
        named = _ID.search(text, chunk.start, chunk.end)
        self.report.badge = named[1] if named else None
        if chunk.headless:
            self._report_headless(chunk, text)
        elif chunk.astray:
            self._report_astray(chunk)
        found = len(self.report.diagnostics)
        nodes = self.nodes(text[chunk.start : chunk.end], chunk.start)
        if chunk.astray:
            del self.report.diagnostics[found:]
        for node in nodes if chunk.headless else ():
            _mark_partial(node)
        self.report.badge = None
        return [
            item
            for node in nodes
            for item in (node.items if isinstance(node, ListNode) else [node])
        ]

    def _report_headless(self, chunk: _Chunk, text: str) -> None:
        written = text[chunk.start : chunk.end]
        start = chunk.start + len(written) - len(written.lstrip())
        message = 'the first badge begins without "- id:"'
        help_text = 'write "- id: my-badge" above it'
        self.report.add(Mistake("missing-dash", Place(start, start + 1), message, help_text))

    def _report_no_badges(self, chunk: _Chunk) -> None:
        message = 'no line "badges:" stands above the first badge'
        self.report.add(Mistake("missing-setting", chunk.dash, message, "add it"))

    def _report_astray(self, chunk: _Chunk) -> None:
        message = "this dash does not line up with those of the other badges"
        indent = chunk.indent - chunk.astray
        help_text = f"indent it by {indent} spaces" if indent else "do not indent it"
        self.report.add(Mistake("indentation", chunk.dash, message, help_text))

    def nodes(self, text: str, offset: int) -> list[Node]:
        """What can be read of a text that begins at `offset` of the file."""
        self.budget -= len(text)
        found = len(self.report.diagnostics)
        try:
            node = compose(text, self.report, offset)
        except yaml.MarkedYAMLError as problem:
            del self.report.diagnostics[found:]
            mistake = explain(problem, text, offset)
        else:
            return [] if node is None else [node]
        self.report.add(mistake)
        if self.budget < 0 or mistake.code == "yaml-syntax":
            return []
        spreads = mistake.code == "indentation"
        start, end = _wrong_lines(text, mistake.place.start - offset, spreads=spreads)
        if mistake.code == "missing-dash":
            return [*self.nodes(text[:start], offset), *self.nodes(text[start:], offset + start)]
        nodes = self.nodes(text[:start] + _blank(text[start:end]) + text[end:], offset)
        for node in nodes:
            _mark_partial(node)
        return nodes


def _with_badges(root: Node | None, badges: ListNode) -> Node:
    if isinstance(root, MapNode):
        for entry in root.entries:
            if isinstance(entry.key, ScalarNode) and entry.key.text == "badges":
                entry.value = badges
                return root
    key = ScalarNode(badges.start, badges.start, "badges")
    return MapNode(badges.start, badges.end, entries=[Entry(key, badges)])


def _wrong_lines(text: str, index: int, *, spreads: bool) -> tuple[int, int]:
    """The line around an index with the lines that stand or fall with it.

    These are the deeper ones below it, and those beside it where wrong indentation `spreads`.
    """
    lines = list(_lines(text))
    number = max(i for i, (start, _) in enumerate(lines) if start <= max(index, 0))
    start, line = lines[number]
    following = number + 1
    indent = len(line) - len(line.lstrip())
    while following < len(lines) and _belongs(lines[following][1], indent, spreads=spreads):
        following += 1
    return start, lines[following][0] if following < len(lines) else len(text)


def _belongs(line: str, indent: int, *, spreads: bool) -> bool:
    written = line.lstrip()
    own = len(line) - len(written)
    return not written or own > indent or (spreads and own == indent)


def _mark_partial(node: Node) -> None:
    """Note in every mapping that lines may be missing from it."""
    if isinstance(node, MapNode):
        node.partial = True
        for entry in node.entries:
            _mark_partial(entry.value)
    elif isinstance(node, ListNode):
        for item in node.items:
            _mark_partial(item)


def _chunks(lines: list[tuple[int, str]]) -> list[_Chunk]:
    """Where each item of the list of badges begins and ends."""
    headings = [number for number, (_, line) in enumerate(lines) if _BADGES.match(line)]
    first = headings[0] + 1 if headings else 0
    below = (number for number in range(first, len(lines)) if _ITEM.match(lines[number][1]))
    tail = range(next(below, first), len(lines))
    last = next((number for number in tail if _TOP_KEY.match(lines[number][1])), len(lines))
    items = [(start, _ITEM.match(line)) for start, line in lines[first:last]]
    dashes = [(start, len(item[1]), item[2] is not None) for start, item in items if item]
    if not (headings or any(has_id for _, _, has_id in dashes)) or not dashes:
        return []
    usual = Counter(indent for _, indent, has_id in dashes if has_id)
    level = usual.most_common(1)[0][0] if usual else dashes[0][1]
    starts = [
        (start, indent)
        for start, indent, has_id in dashes
        if indent == level or (has_id and abs(indent - level) < ASTRAY)
    ]
    above = "".join(line for start, line in lines[first:last] if start < starts[0][0])
    headless = bool(above.strip() and headings)
    if headless:
        starts.insert(0, (lines[first][0], level))
    end = lines[last][0] if last < len(lines) else lines[-1][0] + len(lines[-1][1])
    ends = [*(start for start, _ in starts[1:]), end]
    return [
        _Chunk(start, end, indent, indent - level, headless and number == 0)
        for number, ((start, indent), end) in enumerate(zip(starts, ends, strict=True))
    ]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with the index at which it begins."""
    start = 0
    for match in LINE_END.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n\x85\u2028\u2029]", " ", text)
