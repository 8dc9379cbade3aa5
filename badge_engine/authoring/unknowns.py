"""Event types and fields that a vocabulary does not know: kept by stores, and never counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from badge_engine.authoring.near import did_you_mean
from badge_engine.events import Event
from badge_engine.language.vocabulary import Vocabulary

_MOST_TOLD = 10
_MOST_COUNTED = 10_000


class Unknowns:
    """Counts what accepted events carry that no rule can speak of."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._known = vocabulary.events
        self._found: Counter[tuple[str, str | None]] = Counter()

    def see(self, event: Event) -> None:
        """Look at one event."""
        known = self._known.get(event.type)
        if known is None:
            self._count(event.type, None)
        elif not event.data.keys() <= known.fields.keys():
            for name in event.data.keys() - known.fields.keys():
                self._count(event.type, name)

    def _count(self, event_type: str, field: str | None) -> None:
        if (event_type, field) in self._found or len(self._found) < _MOST_COUNTED:
            self._found[event_type, field] += 1

    def notes(self) -> Iterator[str]:
        """One line for each unknown type or field, the most frequent first; the rest is counted."""
        ordered = sorted(self._found.items(), key=lambda found: (-found[1], str(found[0])))
        for (event_type, field), number in ordered[:_MOST_TOLD]:
            events = f"{number} event{'' if number == 1 else 's'}"
            if field is None:
                hint = did_you_mean(event_type, self._known)
                told = f"{events} of the unknown type {event_type!r}"
                yield f"note: {told}, which nothing counts{hint}"
            else:
                hint = did_you_mean(field, self._known[event_type].fields)
                told = f"{events} of type {event_type!r} with the unknown field {field!r}"
                yield f"note: {told}, which no rule reads{hint}"
        more = len(ordered) - _MOST_TOLD
        if more > 0:
            yield f"note: unknown types and fields not told here: {more}"
