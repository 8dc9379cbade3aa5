"""What a reference may lead to: a badge that is being read, or one of a pack that holds already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from badge_engine.language.diagnostics import Note
from badge_engine.language.rules import AnyCriterion, Badge


class Referent(Protocol):
    """A badge as others see it; its parts are None as long as, or because, they cannot be read."""

    @property
    def badge(self) -> Badge | None: ...

    @property
    def model(self) -> AnyCriterion | None:
        """Its rule."""

    @property
    def tiers(self) -> list[str] | None:
        """The names of its tiers."""

    def note(self, message: str) -> Note | None:
        """Its place, as the second one of a mistake."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A badge of a pack that holds already and is not read again."""

    badge: Badge

    @property
    def model(self) -> AnyCriterion:
        return self.badge.rule

    @property
    def tiers(self) -> list[str]:
        return [tier.name for tier in self.badge.tiers]

    def note(self, message: str) -> None:
        return None
