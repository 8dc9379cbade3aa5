"""A store in memory: the contract of `badge_engine.ports` in its plainest form.

For tests, trials and programs that keep nothing. Each user is a lock and a record; views share the
record, and a save that would disturb one of them goes to a copy.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from weakref import WeakValueDictionary

from badge_engine.errors import ConcurrentUpdate, StoreError
from badge_engine.events import Event
from badge_engine.instants import microseconds
from badge_engine.outcomes import AuditEntry, AwardKey, LedgerAward
from badge_engine.ports import Checkpoint, Position, Standing, Tail, Writes, position

LOCK_TIMEOUT = 10.0
"""How many seconds a transaction waits for another one on the same user."""


def _decided(entry: LedgerAward) -> Position:
    """Where in the history an award was decided."""
    award = entry.award
    return (microseconds(award.earned_at), award.evidence.event)


def _place(entry: LedgerAward) -> tuple[Position, str, str, int]:
    """Where an award was decided, and which of those decided there it is."""
    award = entry.award
    return (_decided(entry), award.badge, award.tier or "", award.occurrence)


def _listed(entry: LedgerAward) -> tuple[datetime, str, str, int]:
    award = entry.award
    return (award.earned_at, award.badge, award.tier or "", award.occurrence)


@dataclass(slots=True)
class _Record:
    """Everything about one user.

    `known` holds all ids ever seen, with None for a withdrawn event, and `history` the others in
    canonical order. `earned` lists the awards with that status as they were decided, `others` those
    of any other status. `readers` counts the views that look at this very record.
    """

    known: dict[str, Event | None] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    standing: Standing | None = None
    large: dict[int, bytes] = field(default_factory=dict)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    awards: dict[AwardKey, LedgerAward] = field(default_factory=dict)
    earned: list[LedgerAward] = field(default_factory=list)
    others: dict[AwardKey, LedgerAward] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    readers: int = 0

    def copy(self) -> _Record:
        return _Record(
            known=dict(self.known),
            history=list(self.history),
            standing=self.standing,
            large=dict(self.large),
            checkpoints=dict(self.checkpoints),
            awards=dict(self.awards),
            earned=list(self.earned),
            others=dict(self.others),
            audit=list(self.audit),
        )

    def apply(self, writes: Writes) -> None:
        for event in writes.events:
            self._put_event(event.id, event)
        for event_id in writes.withdrawn:
            self._put_event(event_id, None)
        if writes.standing is not None:
            self.standing = writes.standing
        for number, state in writes.large.items():
            if state is None:
                self.large.pop(number, None)
            else:
                self.large[number] = state
        self._put_checkpoints(writes)
        for entry in writes.awards:
            self._put_award(entry)
        self.audit += writes.audit

    def _put_event(self, event_id: str, event: Event | None) -> None:
        former = self.known.get(event_id)
        if former is not None:
            del self.history[bisect_left(self.history, position(former), key=position)]
        if event is not None:
            insort(self.history, event, key=position)
        self.known[event_id] = event

    def _put_checkpoints(self, writes: Writes) -> None:
        for number in list(self.checkpoints):
            undone = writes.keep_through is not None and number > writes.keep_through
            if undone or number in writes.forget:
                del self.checkpoints[number]
        for checkpoint in writes.checkpoints:
            self.checkpoints[checkpoint.number] = checkpoint

    def _put_award(self, entry: LedgerAward) -> None:
        former = self.awards.get(entry.key)
        if former is not None and former.status == "earned":
            del self.earned[bisect_left(self.earned, _place(former), key=_place)]
        self.others.pop(entry.key, None)
        if entry.status == "earned":
            insort(self.earned, entry, key=_place)
        else:
            self.others[entry.key] = entry
        self.awards[entry.key] = entry


class _View:
    """Fulfils `View` over a record that nobody changes meanwhile."""

    def __init__(self, user: str, record: _Record) -> None:
        self._user = user
        self._record = record

    @property
    def user(self) -> str:
        return self._user

    @property
    def standing(self) -> Standing | None:
        saved = self._record.standing
        return None if saved is None else replace(saved, large=dict(self._record.large))

    def events(self) -> Iterable[Event]:
        return iter(self._record.history)

    def withdrawn(self) -> Sequence[str]:
        return sorted(name for name, event in self._record.known.items() if event is None)

    def awards(self) -> Sequence[LedgerAward]:
        return sorted(self._record.awards.values(), key=_listed)

    def audit(self) -> Sequence[AuditEntry]:
        return list(self._record.audit)

    def newest(self) -> tuple[Event | None, Event | None]:
        history = self._record.history
        zoned = (event for event in reversed(history) if event.zone is not None)
        return (history[-1] if history else None, next(zoned, None))


class _Transaction(_View):
    """Fulfils `Transaction`: as long as it holds the lock, nobody changes the record."""

    writes: Writes | None = None
    connection = None

    def __init__(self, user: str, record: _Record, ids: Sequence[str]) -> None:
        super().__init__(user, record)
        self._ids = ids

    @property
    def known(self) -> Mapping[str, Event | None]:
        seen = self._record.known
        return {event_id: seen[event_id] for event_id in self._ids if event_id in seen}

    @property
    def unreadable(self) -> AbstractSet[str]:
        return frozenset()  # nobody else writes here

    def tail(self, before: Position | None) -> Tail:
        found = [
            checkpoint
            for checkpoint in self._record.checkpoints.values()
            if before is not None and checkpoint.position < before
        ]
        if not found:
            return Tail(None, self.events(), self.awards())
        newest = max(found, key=lambda checkpoint: checkpoint.number)
        history, earned = self._record.history, self._record.earned
        first = bisect_right(history, newest.position, key=position)
        decided = earned[bisect_right(earned, newest.position, key=_decided) :]
        events = (history[index] for index in range(first, len(history)))
        return Tail(newest, events, [*decided, *self._record.others.values()])

    def save(self, writes: Writes) -> None:
        if self.writes is not None:
            raise StoreError(f"user {self.user!r} was saved already; save once a transaction")
        self.writes = writes


class MemoryStore:
    """Fulfils `badge_engine.ports.Store` for the threads of one process.

    Raises ConcurrentUpdate when another transaction on the user does not end in `lock_timeout`
    seconds; one that is opened within another one on the same user never would.
    """

    def __init__(self, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self._lock_timeout = lock_timeout
        self._records: dict[str, _Record] = {}
        self._locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        self._guard = Lock()

    @contextmanager
    def transaction(self, user: str, ids: Sequence[str] = ()) -> Iterator[_Transaction]:
        with self._locked(user):
            transaction = _Transaction(user, self._records.get(user, _Record()), ids)
            yield transaction
            if transaction.writes is not None:
                self._commit(user, transaction.writes)

    @contextmanager
    def view(self, user: str) -> Iterator[_View]:
        with self._guard:
            record = self._records.get(user, _Record())
            record.readers += 1
        try:
            yield _View(user, record)
        finally:
            with self._guard:
                record.readers -= 1

    def users(self, after: str | None = None, limit: int = 1000) -> Sequence[str]:
        with self._guard:
            following = [user for user in self._records if after is None or user > after]
        return sorted(following)[:limit]

    def erase(self, user: str) -> None:
        with self._locked(user), self._guard:
            self._records.pop(user, None)

    @contextmanager
    def _locked(self, user: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(user, Lock())
        if not lock.acquire(timeout=self._lock_timeout):
            raise ConcurrentUpdate(f"user {user!r} is locked by another transaction; try again")
        try:
            yield
        finally:
            lock.release()

    def _commit(self, user: str, writes: Writes) -> None:
        with self._guard:
            record = self._records.get(user)
            if record is None:
                record = _Record()
            elif record.readers:
                record = record.copy()
            record.apply(writes)
            self._records[user] = record
