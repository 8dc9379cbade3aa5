"""Reads a text that is no YAML as far as it is: badge by badge, each syntax error once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from badge_engine.language.text.report import Mistake, Report
from badge_engine.language.text.source import LINE_END, Place
from badge_engine.language.text.syntax_errors import explain
from badge_engine.language.text.tree import Entry, ListNode, MapNode, Node, ScalarNode, compose

MOST_REREAD = 1024 * 1024

_BADGES = re.compile(r"badges[ \t]*:[ \t]*(#.*)?\Z")
_ITEM = re.compile(r"([ \t]*)-(?=\s|\Z)")
_ID = re.compile(r"^[ \t]*(?:- +)?id[ \t]*:[ \t]*([a-z0-9][a-z0-9_-]{0,63})[ \t]*$", re.MULTILINE)
_TOP_KEY = re.compile(r"(language|badges)[ \t]*:")


def read_tree(report: Report) -> tuple[Node | None, bool]:
    """The tree of a file, and whether it is complete; every syntax error is reported."""
    text = report.source.readable_text()
    found = len(report.diagnostics)
    try:
        root = compose(text, report)
    except yaml.MarkedYAMLError:
        del report.diagnostics[found:]
        return _Salvage(report).root(text), False
    if root is None or (isinstance(root, ScalarNode) and root.empty):
        message = "there is nothing in this file"
        report.add(Mistake("empty-file", Place(0, 0), message, "begin it with badges:"))
        return None, True
    return root, True


class _Salvage:
    """Reads around syntax errors: a badge at a time, leaving out the lines that are wrong."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.budget = MOST_REREAD

    def root(self, text: str) -> Node | None:
        """The tree without the lines that are wrong."""
        chunks = _chunks(list(_lines(text)))
        if not chunks:
            nodes = self.nodes(text, 0)
            return nodes[0] if nodes else None
        first, last = chunks[0][0], chunks[-1][1]
        head = self.nodes(text[:first] + _blank(text[first:last]) + text[last:], 0)
        items: list[Node] = []
        for start, end in chunks:
            named = _ID.search(text, start, end)
            self.report.badge = named[1] if named else None
            for node in self.nodes(text[start:end], start):
                items += node.items if isinstance(node, ListNode) else [node]
        self.report.badge = None
        return _with_badges(head[0] if head else None, ListNode(first, last, items))

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
        if self.budget < 0:
            return []
        spreads = mistake.code == "indentation"
        start, end = _wrong_lines(text, mistake.place.start - offset, spreads=spreads)
        if mistake.code == "missing-dash":
            return [*self.nodes(text[:start], offset), *self.nodes(text[start:], offset + start)]
        nodes = self.nodes(text[:start] + _blank(text[start:end]) + text[end:], offset)
        for node in nodes:
            _mark_partial(node, start + offset)
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
    if spreads or line.rstrip().endswith(":"):
        while following < len(lines) and _belongs(lines[following][1], indent, spreads=spreads):
            following += 1
    return start, lines[following][0] if following < len(lines) else len(text)


def _belongs(line: str, indent: int, *, spreads: bool) -> bool:
    written = line.lstrip()
    own = len(line) - len(written)
    return not written or own > indent or (spreads and own == indent and written[0] != "-")


def _mark_partial(node: Node, index: int) -> None:
    """Note in every mapping around an index that something was left out of it."""
    if isinstance(node, MapNode):
        node.partial = node.partial or node.start <= index <= node.end
        for entry in node.entries:
            _mark_partial(entry.value, index)
    elif isinstance(node, ListNode):
        for item in node.items:
            _mark_partial(item, index)


def _chunks(lines: list[tuple[int, str]]) -> list[tuple[int, int]]:
    """Where each item of the list of badges begins and ends."""
    starts: list[int] = []
    indent: str | None = None
    inside = False
    for start, line in lines:
        if _BADGES.match(line):
            inside = True
        elif inside and starts and _TOP_KEY.match(line):
            return list(zip(starts, [*starts[1:], start], strict=True))
        elif inside and (item := _ITEM.match(line)) and indent in (None, item[1]):
            indent = item[1]
            starts.append(start)
    end = lines[-1][0] + len(lines[-1][1])
    return list(zip(starts, [*starts[1:], end], strict=True))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with the index at which it begins."""
    start = 0
    for match in LINE_END.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n\x85\u2028\u2029]", " ", text)
