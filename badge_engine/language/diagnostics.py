"""What is wrong with a pack, where, and how to mend it: one diagnostic for one mistake.

Decides the three forms in which people and machines read them: text, JSON and GitHub annotations.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]

_GAP = "…"


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that belongs to the mistake; `end_column` is the first one after it."""

    message: str
    path: str
    line: int
    column: int
    end_column: int
    source_line: str
    source_column: int = 1


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake. Lines and columns count from 1; `end_column` is the first one after the place.

    `code` is a stable word (docs/diagnostics.md lists them all), `badge` the id of the badge
    around the place, `help` an imperative that mends it. `source_line` is the line, of a very long
    one the part from `source_column` on. `str()` gives the text form.
    """

    code: str
    message: str
    path: str
    line: int
    column: int
    end_column: int
    severity: Severity = "error"
    badge: str | None = None
    help: str | None = None
    note: Note | None = None
    source_line: str = ""
    source_column: int = 1

    def __str__(self) -> str:
        second = self.note.line if self.note else 0
        margin = " " * len(str(max(self.line, second)))
        lines = [
            f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.code}]",
            *_excerpt(margin, self),
        ]
        if self.badge is not None:
            lines.append(f"{margin} = in badge {quoted(self.badge)}")
        if self.note is not None:
            where = f"{self.note.path}:{self.note.line}:{self.note.column}"
            lines += [f"{margin} note: {self.note.message} ({where})", *_excerpt(margin, self.note)]
        if self.help is not None:
            lines.append(f"{margin} help: {self.help}")
        return "\n".join(lines)

    @property
    def order(self) -> tuple[str, int, int]:
        """The key of file order."""
        return (self.path, self.line, self.column)


def as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Diagnostics for people, a blank line between two."""
    return "\n\n".join(str(diagnostic) for diagnostic in diagnostics)


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Diagnostics as a JSON array of objects; absent parts are null."""
    return json.dumps([asdict(diagnostic) for diagnostic in diagnostics], ensure_ascii=False)


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Diagnostics as workflow commands, one a line, which GitHub shows beside the source."""
    return "\n".join(_annotation(diagnostic) for diagnostic in diagnostics)


def quoted(text: str, longest: int = 60) -> str:
    """Text in straight double quotes, shortened and free of control characters."""
    shown = text if len(text) <= longest else text[: longest - 1] + _GAP
    return f'"{visible(shown)}"'


def visible(text: str) -> str:
    """The text with every character that would move or disturb a terminal replaced."""
    return "".join(
        " "
        if character in "\t\n"
        else "\N{REPLACEMENT CHARACTER}"
        if _hidden(character)
        else character
        for character in text
    )


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _excerpt(margin: str, place: Diagnostic | Note) -> list[str]:
    text = place.source_line
    start = place.column - place.source_column
    end = max(place.end_column - place.source_column, start + 1)
    before = _GAP if place.source_column > 1 else ""
    indent = " " * (len(before) + _columns(text[:start]))
    carets = "^" * max(1, _columns(text[start:end]))
    number = str(place.line).rjust(len(margin))
    return [
        f"{margin} |",
        f"{number} | {before}{visible(text)}".rstrip(),
        f"{margin} | {indent}{carets}",
    ]


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes up."""
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def _annotation(diagnostic: Diagnostic) -> str:
    properties = {
        "file": diagnostic.path,
        "line": diagnostic.line,
        "col": diagnostic.column,
        "endColumn": max(diagnostic.end_column - 1, diagnostic.column),
        "title": diagnostic.code,
    }
    listed = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    message = diagnostic.message + (f"; {diagnostic.help}" if diagnostic.help else "")
    return f"::{diagnostic.severity} {listed}::{_escaped(message)}"


def _escaped(value: object, also: str = "") -> str:
    text = visible(str(value))
    for character in "%" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
