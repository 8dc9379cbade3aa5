"""Events in any order become one history after another, in bounded memory however many users.

An external sort: full buffers are sorted by user, put aside in temporary files, and merged.
"""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import fields
from itertools import groupby
from operator import attrgetter
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from badge_engine.authoring.eventfiles import Place, Refusal
from badge_engine.errors import ConflictingEvent
from badge_engine.events import Event, History

EVENTS_IN_MEMORY = 50_000

_TOGETHER = 200

_user = attrgetter("event.user")
_parts = attrgetter(*(part.name for part in fields(Event)))


class PlacedEvent(NamedTuple):
    """An event and the line it came from."""

    place: Place
    event: Event


def histories(
    events: Iterable[PlacedEvent],
    refuse: Callable[[Refusal], None],
    in_memory: int = EVENTS_IN_MEMORY,
) -> Iterator[History]:
    """The history of each user, in the order of user keys; one at a time is held.

    The same event twice is silent. Of two with one id the first in input order stays, and the
    other goes to `refuse`.
    """
    held: list[PlacedEvent] = []
    runs: list[Iterable[PlacedEvent]] = []
    with ExitStack() as files:
        for event in events:
            held.append(event)
            if len(held) >= in_memory:
                runs.append(_put_aside(held, files.enter_context(TemporaryFile())))
                held.clear()
        held.sort(key=_user)
        for user, own in groupby(heapq.merge(*runs, held, key=_user), key=_user):
            yield _history(user, own, refuse)


def _put_aside(held: list[PlacedEvent], file: IO[bytes]) -> Iterator[PlacedEvent]:
    held.sort(key=_user)
    for start in range(0, len(held), _TOGETHER):
        together = held[start : start + _TOGETHER]
        plain = [
            (placed.place.file, placed.place.line, _parts(placed.event)) for placed in together
        ]
        pickle.dump(plain, file, pickle.HIGHEST_PROTOCOL)
    file.seek(0)
    return _read_back(file, len(held))


def _read_back(file: IO[bytes], count: int) -> Iterator[PlacedEvent]:
    for _ in range(0, count, _TOGETHER):
        for name, line, parts in pickle.load(file):  # noqa: S301 - written by ourselves
            yield PlacedEvent(Place(name, line), Event(*parts))


def _history(
    user: str, events: Iterable[PlacedEvent], refuse: Callable[[Refusal], None]
) -> History:
    history = History(user)
    places: dict[str, Place] = {}
    for place, event in events:
        try:
            history.record(event)
        except ConflictingEvent:
            message = f"id {event.id!r} already stands for another event ({places[event.id]})"
            refuse(Refusal(place, "conflicting-event", f"{message}; give each its own id"))
        else:
            places.setdefault(event.id, place)
    return history
