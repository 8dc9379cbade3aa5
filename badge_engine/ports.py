"""What the engine asks of a store, and nothing more: the docstrings are the contract.

A store keeps for each user facts, awards, their audit, and the standing of the evaluation, which it
never looks into. It decides nothing. `badge_engine.testing.StoreConformance` has a test for every
sentence that a store must keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, LedgerAward

Position = tuple[int, str]
"""A place in canonical order: instant in microseconds, and event id.

Python compares texts by code point, which is the order of their UTF-8 bytes.
"""


def position(event: Event) -> Position:
    """The place of an event in canonical order."""
    return (event.instant, event.id)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the evaluation of a user stands.

    `rules` is the fingerprint of the rule set last applied, `states` some kilobytes that every
    change writes anew, and `large` the states that found no room in them, by number.
    """

    rules: str
    states: bytes
    large: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the states were right after the event at `position`; numbers grow with positions."""

    number: int
    position: Position
    states: bytes


@dataclass(frozen=True, slots=True)
class Tail:
    """What came after a checkpoint, or everything where there is none.

    `events` are in canonical order and may be read once. `awards` are those with status `earned`
    that were decided after the checkpoint, by (earned_at, evidence.event), and all of any other
    status.
    """

    checkpoint: Checkpoint | None
    events: Iterable[Event]
    awards: Sequence[LedgerAward]


@dataclass(frozen=True, slots=True)
class Writes:
    """What one transaction changes, all of it or nothing.

    `events` are put under their ids, in place of what was there; `withdrawn` ids keep nothing but
    the mark. `large` puts states under their numbers (None: removes one). Checkpoints with numbers
    above `keep_through` and those in `forget` are removed before `checkpoints` are added; where
    `keep_through` is None only those in `forget` are. `awards` are put under their keys, `audit`
    is added behind what is there.
    """

    events: Sequence[Event] = ()
    withdrawn: Sequence[str] = ()
    standing: Standing | None = None
    large: Mapping[int, bytes | None] = field(default_factory=dict)
    keep_through: int | None = None
    forget: Sequence[int] = ()
    checkpoints: Sequence[Checkpoint] = ()
    awards: Sequence[LedgerAward] = ()
    audit: Sequence[AuditEntry] = ()


class View(Protocol):
    """One user, as one moment left them: what another transaction saves later does not show."""

    @property
    def user(self) -> str:
        """The key of the user."""

    @property
    def standing(self) -> Standing | None:
        """The standing last saved, with all its large states; None before the first."""

    def events(self) -> Iterable[Event]:
        """All events that are not withdrawn, in canonical order.

        A row that someone else made unreadable is left out, and a warning is logged that names it.
        """

    def withdrawn(self) -> Sequence[str]:
        """The ids of withdrawn events, in order."""

    def awards(self) -> Sequence[LedgerAward]:
        """All awards of any status, by earned_at, badge, tier and occurrence."""

    def audit(self) -> Sequence[AuditEntry]:
        """What happened to awards after they were first recorded, the oldest first."""

    def newest(self) -> tuple[Event | None, Event | None]:
        """The newest event, and the newest one that has a zone."""


class Transaction(View, Protocol):
    """One user, locked: no other transaction on that user runs until this one has ended."""

    @property
    def known(self) -> Mapping[str, Event | None]:
        """Of the ids asked for, those ever seen: the event, or None for a withdrawn one.

        A row that cannot be read is not among them; `save` replaces it.
        """

    @property
    def unreadable(self) -> AbstractSet[str]:
        """Of the ids asked for, those whose rows cannot be read."""

    @property
    def connection(self) -> object:
        """What a host may write rows of its own with in this transaction; None if there is none.

        What was saved before is visible through it.
        """

    def tail(self, before: Position | None) -> Tail:
        """What came after the newest checkpoint that lies before a position.

        Without a position, or where no checkpoint lies before it, everything.
        """

    def save(self, writes: Writes) -> None:
        """Make changes; they are there for others once the transaction has ended without error.

        Called at most once. `large` of the standing itself is not looked at.
        """


class Store(Protocol):
    """Where facts and awards are kept.

    Raises StoreError, and ConcurrentUpdate where the same call may succeed when it is repeated.
    """

    def transaction(
        self, user: str, ids: Sequence[str] = ()
    ) -> AbstractContextManager[Transaction]:
        """Lock a user, known or not, and read what is known of the user and of some event ids.

        Everything is read after the lock was taken. Leaving the block saves; leaving it by an
        exception, or without `save`, leaves no trace.
        """

    def view(self, user: str) -> AbstractContextManager[View]:
        """Read one user without waiting for writers; a user who is not known has nothing."""

    def users(self, after: str | None = None, limit: int = 1000) -> Sequence[str]:
        """The keys of users who have anything stored, in order of their UTF-8 bytes.

        At most `limit` of those that follow `after`.
        """

    def erase(self, user: str) -> None:
        """Remove everything about a user, after all that runs on that user has ended."""
