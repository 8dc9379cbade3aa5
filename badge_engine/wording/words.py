"""The names of events and fields, and amounts of them, in one language over one vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from badge_engine.language.rules import Goal
from badge_engine.language.units import Quantity, Span
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.resolution import OverEvents, definition_of, event_types
from badge_engine.wording.english import ENGLISH
from badge_engine.wording.german import GERMAN
from badge_engine.wording.language import Language

LANGUAGES: Mapping[str, Language] = {language.code: language for language in (ENGLISH, GERMAN)}


def language_of(code: str) -> Language:
    """The language of a code such as de or de-AT; English where there is no such language."""
    return LANGUAGES.get(code.replace("_", "-").split("-")[0].lower(), ENGLISH)


def local_text(value: str | Mapping[str, str], language: str, fallback: str) -> str:
    """A text of a badge in a language, else in that of its pack, else in any; perhaps empty."""
    if isinstance(value, str):
        return value
    for code in (language, language.split("-", maxsplit=1)[0], fallback):
        if code in value:
            return value[code]
    return next(iter(value.values()), "")


@dataclass(frozen=True, slots=True)
class Words:
    """A language that knows what a vocabulary calls its events; `titles` are names of badges."""

    language: Language
    vocabulary: Vocabulary
    titles: Mapping[str, str] = field(default_factory=dict)

    def _label(self, event_type: str) -> str:
        known = self.vocabulary.events.get(event_type)
        return (known and known.label) or event_type.replace("_", " ")

    def event(self, types: Iterable[str], joint: str = "or") -> str:
        """`workout or lift`."""
        named = [self.language.label(self._label(name)) for name in types]
        return self.language.listed(named, joint)

    def events(self, types: Iterable[str], joint: str = "or") -> str:
        """`workouts or lifts`."""
        named = [self.language.labels(self._label(name)) for name in types]
        return self.language.listed(named, joint)

    def times(self, types: tuple[str, ...], count: int) -> str:
        """`3 workouts or lifts`."""
        first, *others = (self._label(name) for name in types)
        several = self.language.label if count == 1 else self.language.labels
        counted = [self.language.times(first, count), *(several(other) for other in others)]
        return self.language.listed(counted, "or")

    def field(self, criterion: OverEvents, name: str) -> str:
        """`finishing time`."""
        label = definition_of(criterion, name, self.vocabulary).label
        return self.language.label(label or name.replace("_", " "))

    def fields(self, criterion: OverEvents, name: str) -> str:
        """`finishing times`."""
        label = definition_of(criterion, name, self.vocabulary).label
        return self.language.labels(label or name.replace("_", " "))

    def measured(self, criterion: OverEvents, name: str, terms: str, key: str = "measured") -> str:
        """`distance of at least 5 km`, but `at least 8000 steps`, where the unit says it all."""
        label = self.field(criterion, name)
        unit = definition_of(criterion, name, self.vocabulary).unit
        if unit is not None and unit.lower() == label.lower():
            return terms
        return self.language.say(key, field=label, terms=terms)

    def quantity(self, quantity: Quantity, criterion: OverEvents, name: str) -> str:
        """An amount as written in the rule; without a unit it has that of its field."""
        unit = quantity.unit or definition_of(criterion, name, self.vocabulary).unit
        return self.language.amount(self.language.exact(quantity.number), unit)

    def span(self, span: Span) -> str:
        """`30 days`."""
        return self.language.say(span.unit, span.count)

    def goal(self, goal: Goal, criterion: OverEvents | None, name: str | None) -> str:
        """The goal of a rule or of a tier; `name` is the field that it measures, if any."""
        if isinstance(goal, Span):
            return self.span(goal)
        if isinstance(goal, Quantity) and criterion is not None and name is not None:
            return self.quantity(goal, criterion, name)
        return self.language.exact(goal.number if isinstance(goal, Quantity) else Decimal(goal))

    def title(self, badge: str) -> str:
        """The name of a badge in quotation marks; its id where no name was given."""
        return self.language.quoted(self.titles.get(badge, badge))


def types_of(criterion: OverEvents) -> tuple[str, ...]:
    """The event types that a criterion counts, each once."""
    return tuple(dict.fromkeys(event_types(criterion)))
