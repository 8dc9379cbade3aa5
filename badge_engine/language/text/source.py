"""The text of one file as bytes become it: its size, its encoding, its lines and places."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_BYTES = 256 * 1024
WIDEST_EXCERPT = 120

LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


class Place(NamedTuple):
    """A stretch of a source, from `start` up to but without `end`, counted in characters."""

    start: int
    end: int


@dataclass(slots=True)
class Source:
    """A file's text with the means to tell on which line a place is."""

    path: str
    text: str
    line_starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.line_starts = [0, *(end.end() for end in LINE_END.finditer(self.text))]

    def line_and_column(self, index: int) -> tuple[int, int]:
        """Both counted from 1."""
        line = bisect_right(self.line_starts, index)
        return line, index - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        start, end = self._bounds(number)
        return self.text[start:end].rstrip("\r\n\x85\u2028\u2029")

    def excerpt(self, index: int) -> tuple[str, int]:
        """The line around a place, of a long one a part, and the column at which it begins."""
        start, end = self._bounds(bisect_right(self.line_starts, index))
        first = start if end - start <= WIDEST_EXCERPT else max(start, index - WIDEST_EXCERPT // 2)
        text = self.text[first : min(end, first + WIDEST_EXCERPT)]
        return text.rstrip("\r\n\x85\u2028\u2029"), first - start + 1

    def _bounds(self, number: int) -> tuple[int, int]:
        following = self.line_starts[number : number + 1] or [len(self.text)]
        return self.line_starts[number - 1], following[0]

    def unreadable(self) -> list[Place]:
        """Characters that YAML does not allow, such as NUL or a lone surrogate."""
        return [Place(*match.span()) for match in _UNREADABLE.finditer(self.text)]

    def readable_text(self) -> str:
        """The text with those characters replaced, each by one."""
        return _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", self.text)
