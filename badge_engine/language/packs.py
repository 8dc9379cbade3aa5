"""Loaded packs: badges as read, by the file in which they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from badge_engine.language.diagnostics import Diagnostic
from badge_engine.language.rules import Badge
from badge_engine.language.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class RulePack:
    """One file of badges; `language` is that of its texts where no other is named."""

    path: str
    language: str
    badges: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class LoadedPacks:
    """Packs that were read together, the vocabulary they speak, and what looks odd in them.

    `beside` are packs that were read before and hold as well; these may refer to their badges.
    """

    packs: tuple[RulePack, ...]
    vocabulary: Vocabulary
    warnings: tuple[Diagnostic, ...] = ()
    beside: LoadedPacks | None = None

    @property
    def in_force(self) -> tuple[RulePack, ...]:
        """All packs that hold: those beside, then these."""
        return (*(self.beside.in_force if self.beside else ()), *self.packs)

    @property
    def badges(self) -> tuple[Badge, ...]:
        """All badges of the packs in force, in file order."""
        return tuple(badge for pack in self.in_force for badge in pack.badges)

    def __iter__(self) -> Iterator[Badge]:
        return iter(self.badges)
