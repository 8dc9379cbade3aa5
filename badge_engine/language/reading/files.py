"""One file on its way from bytes to a tree, and from there to badges or a vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import badge_engine.language.reading.criteria
import badge_engine.language.reading.where  # noqa: F401 - they enter their kinds
from badge_engine.language.reading.badges import PackDraft, read_pack
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.vocabulary import is_vocabulary, read_vocabulary
from badge_engine.language.text.report import GivenUp, Mistake, Refused, Report
from badge_engine.language.text.salvage import read_tree
from badge_engine.language.text.source import MAX_BYTES, Place, Source
from badge_engine.language.text.tree import Node
from badge_engine.language.vocabulary import Vocabulary

Content = str | bytes

_NO_EVENTS = Vocabulary(events={})


class SourceFile:
    """One source; `complete` unless some of it had to be left out."""

    def __init__(
        self,
        path: str,
        content: Content,
        vocabulary: Vocabulary = _NO_EVENTS,
        week_starts: str = "monday",
    ) -> None:
        text, problem = _decoded(content)
        self.source = Source(path, text)
        self.report = Report(self.source)
        self.scope = Scope(self.report, vocabulary, week_starts)
        self.root: Node | None = None
        self.complete = True
        with self.giving_up():
            if problem is not None:
                self.report.add(problem)
                raise GivenUp
            self._report_unreadable()
            self.root, self.complete = read_tree(self.report)

    def pack(self, *, vocabularies: bool = True) -> PackDraft | None:
        """The rules of the pack; None where there is nothing to read.

        With `vocabularies` the file may be one, which is checked and gives no badges.
        """
        with self.giving_up(), self.refusing():
            if vocabularies and is_vocabulary(self.root):
                self.vocabulary()
            elif self.root is not None:
                return read_pack(self.root, self.scope)
        return None

    def vocabulary(self) -> Vocabulary | None:
        """The vocabulary; None where anything is wrong with it."""
        with self.giving_up(), self.refusing():
            if self.root is not None:
                vocabulary = read_vocabulary(self.root, self.scope)
                return None if self.report.has_errors else vocabulary
        return None

    @contextmanager
    def giving_up(self) -> Iterator[None]:
        """Leave the rest of the file unread where that was decided, and reported, inside."""
        try:
            yield
        except GivenUp:
            self.complete = False

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Report what is refused inside."""
        try:
            yield
        except Refused as refused:
            self.report.refuse(refused)

    def _report_unreadable(self) -> None:
        for place in self.source.unreadable():
            character = self.source.text[place.start]
            message = f"the character U+{ord(character):04X} cannot stand in a pack"
            self.report.add(Mistake("unreadable-character", place, message, "remove it"))


def _decoded(content: Content) -> tuple[str, Mistake | None]:
    """The text of a file, and why no more is to be read of it."""
    size = len(content) if isinstance(content, bytes) else len(content.encode(errors="replace"))
    if size > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024} KiB"
        mistake = Mistake("too-large", Place(0, 0), message, "split it into several files")
        return "", mistake
    if isinstance(content, str):
        return content.removeprefix("\ufeff"), None
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8-sig")
        message = f"the byte 0x{content[problem.start]:02X} is not UTF-8"
        place = Place(len(before), len(before) + 1)
        mistake = Mistake("not-utf-8", place, message, "save the file as UTF-8")
        return content.decode("utf-8-sig", errors="replace"), mistake
