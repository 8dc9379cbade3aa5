"""Collects the mistakes of one file, in the order in which they are found.

Reading goes on after a mistake; only a file with more mistakes than anybody mends is given up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from badge_engine.language.diagnostics import Diagnostic, Note, Severity
from badge_engine.language.text.source import Place, Source

MOST_DIAGNOSTICS = 500


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a place of the file being read; `note` is a second place."""

    code: str
    place: Place
    message: str
    help: str | None = None
    note: Note | None = None


class Refused(Exception):
    """A value cannot be used; `mistake` says why, None where that has been reported already."""

    def __init__(self, mistake: Mistake | None = None) -> None:
        self.mistake = mistake
        super().__init__(mistake)


class GivenUp(Exception):
    """The file cannot be read any further; everything has been reported."""


@dataclass(slots=True)
class Report:
    """The diagnostics of one source; `badge` is the id of the badge being read."""

    source: Source
    badge: str | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    def add(self, mistake: Mistake, severity: Severity = "error") -> None:
        """Report a mistake; GivenUp when there are too many."""
        if len(self.diagnostics) > MOST_DIAGNOSTICS:
            raise GivenUp
        if len(self.diagnostics) == MOST_DIAGNOSTICS:
            mistake = Mistake(
                "too-many-mistakes",
                mistake.place,
                "there are more mistakes than are shown",
                "mend those above and check again",
            )
        line, column, end_column = self._extent(mistake.place)
        source_line, source_column = self.source.excerpt(mistake.place.start)
        self.diagnostics.append(
            Diagnostic(
                code=mistake.code,
                message=mistake.message,
                path=self.source.path,
                line=line,
                column=column,
                end_column=end_column,
                severity=severity,
                badge=self.badge,
                help=mistake.help,
                note=mistake.note,
                source_line=source_line,
                source_column=source_column,
            )
        )
        if len(self.diagnostics) > MOST_DIAGNOSTICS:
            raise GivenUp

    def refuse(self, refused: Refused) -> None:
        """Report why a value was refused, unless that was done before."""
        if refused.mistake is not None:
            self.add(refused.mistake)

    def note(self, message: str, place: Place) -> Note:
        """A second place in this file."""
        line, column, end_column = self._extent(place)
        text, first = self.source.excerpt(place.start)
        return Note(message, self.source.path, line, column, end_column, text, first)

    def _extent(self, place: Place) -> tuple[int, int, int]:
        """Line, column and end column of the part of a place that lies on its first line."""
        line, column = self.source.line_and_column(place.start)
        line_end = self.source.line_starts[line - 1] + len(self.source.line(line))
        end = max(min(place.end, line_end), place.start + 1)
        return line, column, column + end - place.start
