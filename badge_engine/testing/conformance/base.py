"""What all conformance tests start from: the store, short ways to fill it, and one to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from badge_engine.events import Event
from badge_engine.instants import microseconds
from badge_engine.outcomes import AuditEntry, Award, Evidence, LedgerAward, Status
from badge_engine.ports import Checkpoint, Position, Standing, Store, View, Writes

USER = "ann"
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
BEYOND: Position = (2**60, "")
"""A position after every event."""


class Conformance:
    """What a subclass says about its store.

    `one_writer_at_a_time` is True for a store that makes all writers wait for each other, as
    SQLite does, and not only those on the same user.
    """

    one_writer_at_a_time = False

    @pytest.fixture
    def store(self) -> Store:
        """An empty store, a new one for each test."""
        pytest.fail(f"{type(self).__name__} gives no store; write a fixture with the name store")

    def spoil(self, store: Any, user: str, event_id: str) -> None:  # noqa: ANN401 - your own class
        """Make a stored event unreadable, as somebody might who writes where the store does."""
        pytest.skip("nobody but the store writes where it keeps its events")


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that a view says about a user."""

    standing: Standing | None
    events: Sequence[Event]
    withdrawn: Sequence[str]
    awards: Sequence[LedgerAward]
    audit: Sequence[AuditEntry]
    newest: tuple[Event | None, Event | None]

    @property
    def ids(self) -> list[str]:
        """The ids of the events, in their order."""
        return [event.id for event in self.events]


NOTHING = Kept(None, [], [], [], [], (None, None))


def all_of(view: View) -> Kept:
    """Everything that an open view says."""
    return Kept(
        standing=view.standing,
        events=list(view.events()),
        withdrawn=list(view.withdrawn()),
        awards=list(view.awards()),
        audit=list(view.audit()),
        newest=view.newest(),
    )


def viewed(store: Store, user: str = USER) -> Kept:
    """Everything about a user, told by a view."""
    with store.view(user) as view:
        assert view.user == user
        return all_of(view)


def read(store: Store, user: str = USER) -> Kept:
    """Everything about a user, which a view and a transaction must tell alike."""
    seen = viewed(store, user)
    with store.transaction(user) as transaction:
        assert transaction.user == user
        assert all_of(transaction) == seen
    return seen


def save(store: Store, writes: Writes, user: str = USER) -> None:
    """One transaction that changes something."""
    with store.transaction(user) as transaction:
        transaction.save(writes)


def known(store: Store, *ids: str, user: str = USER) -> dict[str, Event | None]:
    """What a transaction knows of some ids."""
    with store.transaction(user, ids) as transaction:
        return dict(transaction.known)


def checkpoints(store: Store, user: str = USER) -> list[Checkpoint]:
    """All checkpoints, the newest first: each is asked for by the position of the one after it."""
    found: list[Checkpoint] = []
    before = BEYOND
    with store.transaction(user) as transaction:
        while True:
            tail = transaction.tail(before)
            list(tail.events)
            if tail.checkpoint is None:
                return found
            assert tail.checkpoint.position < before
            found.append(tail.checkpoint)
            before = tail.checkpoint.position


def instant(minute: int) -> int:
    """Microseconds of a minute of the first day."""
    return microseconds(START + timedelta(minutes=minute))


def event(id: str = "run", minute: int = 0, *, user: str = USER, **data: object) -> Event:
    """A workout at a minute of the first day."""
    at = START + timedelta(minutes=minute)
    return Event.create(id=id, user=user, type="workout", at=at, data=data)


def award(
    badge: str = "hot-streak",
    tier: str | None = None,
    occurrence: int = 1,
    *,
    minute: int = 0,
    event: str = "run",
    status: Status = "earned",
    user: str = USER,
) -> LedgerAward:
    """An award that was decided by an event at a minute of the first day."""
    day = START.date()
    derived = Award(
        user=user,
        badge=badge,
        tier=tier,
        occurrence=occurrence,
        earned_at=START + timedelta(minutes=minute),
        earned_on=day,
        evidence=Evidence(event, day - timedelta(days=2), day, 3),
        rule_version="v1",
    )
    recorded_at = START + timedelta(days=1, microseconds=1)
    return LedgerAward(derived, status, recorded_at=recorded_at, celebrate=True)


def audited(badge: str = "hot-streak", hour: int = 0) -> AuditEntry:
    """That an award is kept, found at an hour of the second day."""
    at = START + timedelta(days=1, hours=hour)
    return AuditEntry((badge, None, 1), at, "kept", "events", "run", "v1")


def checkpoint(number: int, minute: int, id: str = "run") -> Checkpoint:
    """What the states were after an event."""
    return Checkpoint(number, (instant(minute), id), b"states %d" % number)
