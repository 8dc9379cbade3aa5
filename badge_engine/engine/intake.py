"""What operations do to the facts that are known: one result for each, and the net difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal, NamedTuple

from badge_engine.errors import (
    MOST_SHOWN,
    BadgeEngineError,
    ConflictingEvent,
    InvalidEvent,
    shown,
)
from badge_engine.events import Event, History, Operation, require_key, require_not_ahead
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.outcomes import Change

Fact = Event | Mapping[str, object]
"""An event, or the arguments of `Event.create` by name."""

Result = Literal[
    "recorded", "unchanged", "withdrawn", "amended", "retracted", "refused", "conflict", "failed"
]

_PARTS = frozenset({"id", "user", "type", "at", "day", "zone", "data"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one operation.

    `recorded`, `amended` and `retracted` changed something; `unchanged` says that the same was
    known already, `withdrawn` that the id was retracted before. `refused` facts are invalid, a
    `conflict` is a record of a known id with other content, and `failed` means that the store gave
    up and that the operation may be repeated; `error` says more, and nothing was stored. `event` is
    what the id stands for afterwards and `before` what it stood for, None for nothing; both are
    None where there is an error.
    """

    user: str
    event_id: str
    result: Result
    error: BadgeEngineError | None = None
    event: Event | None = None
    before: Event | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of operations, one outcome each in their order, and of awards."""

    outcomes: tuple[Outcome, ...]
    changes: tuple[Change, ...] = ()


class Pair(NamedTuple):
    """What an event id stood for and stands for now; None where there is no event."""

    was: Event | None
    now: Event | None


def accepted(fact: Fact, day_starts: time) -> Event:
    """An event from a fact; InvalidEvent for what intake refuses."""
    if isinstance(fact, Event):
        return fact
    if not isinstance(fact, Mapping):
        message = f"{type(fact).__name__} is not a fact; give an Event or its parts by name"
        raise InvalidEvent("bad-fact", message)
    unknown = [name for name in fact if name not in _PARTS]
    missing = [name for name in ("id", "user", "type") if name not in fact]
    if unknown:
        name = unknown[0]
        message = f"{shown(name)} is not a part of an event; fields belong inside data"
        part = name[:MOST_SHOWN] if isinstance(name, str) else None
        raise InvalidEvent("unknown-part", message, field=part)
    if missing:
        message = f"a fact has no {missing[0]!r}; give its id, user and type"
        raise InvalidEvent("missing-part", message, field=missing[0])
    return Event.create(**fact, day_starts=day_starts)  # type: ignore[arg-type] # it checks them


def retraction(user: str, event_id: str) -> Operation:
    """The withdrawal of an id; InvalidEvent for what can be no id."""
    require_key("user", user)
    require_key("id", event_id)
    return Operation("retract", user, event_id, None)


@dataclass(frozen=True, slots=True)
class Intake:
    """Operations on the ids of one user, given what is known of these ids."""

    user: str
    known: Mapping[str, Event | None]
    vocabulary: Vocabulary
    now: datetime
    tolerance: timedelta
    _history: History = field(init=False)

    def __post_init__(self) -> None:
        history = History(self.user)
        for event_id, event in self.known.items():
            if event is None:
                history.retract(event_id)
            else:
                history.amend(event)
        object.__setattr__(self, "_history", history)

    def take(self, operation: Operation) -> Outcome:
        """Do one operation; a refused one does nothing."""
        act: Mapping[str, Callable[[Operation], Result]] = {
            "record": self._record,
            "amend": self._amend,
            "retract": self._retract,
        }
        before = self._history.get(operation.id)
        try:
            result = act[operation.name](operation)
        except ConflictingEvent as conflict:
            return Outcome(self.user, operation.id, "conflict", conflict)
        except InvalidEvent as refusal:
            return Outcome(self.user, operation.id, "refused", refusal)
        after = self._history.get(operation.id)
        return Outcome(self.user, operation.id, result, event=after, before=before)

    def _record(self, operation: Operation) -> Result:
        return self._history.record(self._checked(operation))

    def _amend(self, operation: Operation) -> Result:
        event = self._checked(operation)
        known = self._history.get(event.id)
        if known is not None and known.same_content(event):
            return "unchanged"
        seen = event.id in self._history
        self._history.amend(event)
        return "amended" if seen else "recorded"

    def _retract(self, operation: Operation) -> Result:
        if operation.id in self._history and self._history.get(operation.id) is None:
            return "unchanged"
        self._history.retract(operation.id)
        return "retracted"

    def _checked(self, operation: Operation) -> Event:
        event = operation.event
        assert event is not None  # noqa: S101 - only a retraction has none
        if event.id != operation.id:
            message = f"the event has the id {shown(event.id)}, the operation another; use one"
            raise InvalidEvent("other-id", message, field="id")
        self.vocabulary.accept(event)
        require_not_ahead(event, self.now, self.tolerance)
        return event

    def differences(self) -> dict[str, Pair]:
        """The ids that are no longer as they were known."""
        return {
            event_id: Pair(self.known.get(event_id), now)
            for event_id, now in self._history.known().items()
            if event_id not in self.known or not _same(self.known[event_id], now)
        }


def _same(was: Event | None, now: Event | None) -> bool:
    if was is None or now is None:
        return was is now
    return was is now or was.same_content(now)
