"""What surrounds a value while it is read: the file, the vocabulary, and the rule so far."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from badge_engine.language.calendar_words import WEEKDAY_NAMES
from badge_engine.language.text.report import Report
from badge_engine.language.text.source import Place
from badge_engine.language.vocabulary import FieldDefinition, Vocabulary


@dataclass(frozen=True, slots=True)
class WrittenReference:
    """Where a pack refers to a badge, to be resolved when all packs are known."""

    badge: str
    tier: str | None
    place: Place
    tier_place: Place | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known where a value stands.

    `events` are the event types of the rule, None where they are not known for certain (a mistake
    about them has been reported); `field` is the definition of the field that the rule reads and
    `period` the unit of its streak. `references` collects those to other badges.
    """

    report: Report
    vocabulary: Vocabulary
    week_starts: str = "monday"
    language: str = "en"
    events: tuple[str, ...] | None = None
    field: FieldDefinition | None = None
    period: str | None = None
    references: list[WrittenReference] = dataclasses.field(default_factory=list)

    @property
    def first_weekday(self) -> int:
        """The weekday on which weeks start, Monday is 0."""
        return next(
            number
            for number, name in enumerate(WEEKDAY_NAMES)
            if self.week_starts in (name, name[:3])
        )
