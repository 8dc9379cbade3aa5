"""A store on Django's tables: who may do what when, and what is read and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from badge_engine import AuditEntry, ConcurrentUpdate, Event, LedgerAward
from badge_engine.ports import Checkpoint, Position, Standing, Tail, Writes
from badge_engine.rows import (
    Row,
    read_audit,
    read_awards,
    read_checkpoint,
    read_events,
)
from django_adapter.models import Person
from django_adapter.store.asking import ask, tell
from django_adapter.store.failures import of_the_caller, of_the_store
from django_adapter.store.moments import moment
from django_adapter.store.statements import Call, statements
from django_adapter.store.writes import calls

_ATTEMPTS = 3
_UNKNOWN = 2**31
"""More than the number of any checkpoint."""
_INSTANT = 2
"""The place of the instant in the row of an event."""


class DjangoStore:
    """Facts and awards in the tables of this app.

    A transaction is a savepoint of the caller's transaction, or one of its own; whatever happens in
    it, the caller's can go on. Inside the caller's transaction a view shows what the caller sees,
    which changes with what others commit unless its isolation says otherwise; elsewhere it shows
    one moment. `using` names the database; without it the routers decide.
    """

    def __init__(self, using: str | None = None) -> None:
        self._using = using

    @property
    def using(self) -> str:
        """The alias of the database."""
        return self._using or router.db_for_write(Person)

    @contextmanager
    def transaction(self, user: str, ids: Sequence[str] = ()) -> Iterator[DjangoTransaction]:
        using = self.using
        with of_the_caller(), transaction.atomic(using):
            found = DjangoTransaction(connections[using], user, ids)
            yield found
            if not found.has_written:
                transaction.set_rollback(True, using)  # noqa: FBT003 - Django's signature

    @contextmanager
    def view(self, user: str) -> Iterator[DjangoView]:
        with of_the_caller(), moment(self.using) as connection:
            yield DjangoView(connection, user)

    def users(self, after: str | None = None, limit: int = 1000) -> Sequence[str]:
        connection = connections[self.using]
        found = ask(connection, Call(statements(connection).persons, [after or "", limit]))
        return [key for (key,) in found]

    def erase(self, user: str) -> None:
        with self.transaction(user) as locked:
            locked.erase()


class DjangoView:
    """One user as one moment left them, the moment at which the view was made."""

    def __init__(self, connection: BaseDatabaseWrapper, user: str) -> None:
        self.user = user
        self.standing: Standing | None = None
        self._connection = connection
        self._statements = statements(connection)
        self._number: int | None = None
        self._find()

    def _find(self) -> None:
        self._read(self._statements.look)

    def _read(self, statement: str) -> None:
        """Read what is known of the user with a statement that selects the hot row."""
        for number, rules, states, has_large in self._send(statement, self.user):
            self._number = number
            large = self._ask(self._statements.large) if has_large else []
            if rules is not None:
                aside = {number: bytes(state) for number, state in large}
                self.standing = Standing(rules, bytes(states), aside)

    def events(self) -> Iterable[Event]:
        return read_events(self.user, self._ask(self._statements.events))

    def withdrawn(self) -> Sequence[str]:
        return [event_id for (event_id,) in self._ask(self._statements.withdrawn)]

    def awards(self) -> Sequence[LedgerAward]:
        return read_awards(self.user, self._ask(self._statements.awards))

    def audit(self) -> Sequence[AuditEntry]:
        return read_audit(self.user, self._ask(self._statements.audit))

    def newest(self) -> tuple[Event | None, Event | None]:
        newest = self._newest(self._statements.newest)
        if newest is None or newest.zone is not None:
            return newest, newest
        return newest, self._newest(self._statements.newest_with_zone, with_zone=True)

    def _newest(self, statement: str, *, with_zone: bool = False) -> Event | None:
        """The event asked for, or where its row cannot be read the last that fits."""
        found = self._ask(statement)
        events = read_events(self.user, found)
        fitting = [event for event in events if event.zone or not with_zone]
        if found and not fitting:
            fitting = [event for event in self.events() if event.zone or not with_zone]
        return fitting[-1] if fitting else None

    def _ask(self, statement: str, *arguments: Any) -> list[Row]:
        """The rows of this user; none for a user who is not known."""
        if self._number is None:
            return []
        return self._send(statement, self._number, *arguments)

    def _send(self, statement: str, *arguments: Any) -> list[Row]:
        return ask(self._connection, Call(statement, arguments))


class DjangoTransaction(DjangoView):
    """One user, locked until the transaction ends, the caller's where there is one."""

    def __init__(self, connection: BaseDatabaseWrapper, user: str, ids: Sequence[str]) -> None:
        super().__init__(connection, user)
        self.has_written = False
        self.known: Mapping[str, Event | None] = {}
        self.unreadable: AbstractSet[str] = frozenset()
        self._last_checkpoint = _UNKNOWN
        if ids:
            self._look_up(ids)

    def _find(self) -> None:
        for _ in range(_ATTEMPTS):
            self._read(self._statements.lock)
            if self._number is not None:
                return
            self._create()
        raise ConcurrentUpdate(f"user {self.user!r} is being erased; repeat the call")

    def _create(self) -> None:
        people = Person.objects.using(self._connection.alias)
        with of_the_store():
            people.bulk_create([Person(key=self.user)], ignore_conflicts=True)

    def _look_up(self, ids: Sequence[str]) -> None:
        rows = self._ask(self._statements.known, self._statements.listed(ids))
        happened = [row for row in rows if row[_INSTANT] is not None]
        gone = {row[0]: None for row in rows if row[_INSTANT] is None}
        self.known = gone | {event.id: event for event in read_events(self.user, happened)}
        self.unreadable = {row[0] for row in happened} - self.known.keys()

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """Django's connection, on which the host's rows may be written."""
        return self._connection

    def tail(self, before: Position | None) -> Tail:
        checkpoint = None if before is None else self._checkpoint(*before)
        if checkpoint is None:
            return Tail(None, self.events(), self.awards())
        after = checkpoint.position
        events = read_events(self.user, self._ask(self._statements.later, *after))
        awards = self._ask(self._statements.decided_later, *after, self._number)
        return Tail(checkpoint, events, read_awards(self.user, awards))

    def _checkpoint(self, instant: int, event_id: str) -> Checkpoint | None:
        """The newest before a position; the number of the last one is noted."""
        arguments = (self._number, instant, event_id)
        ((last, *found),) = self._ask(self._statements.checkpoint, *arguments)
        self._last_checkpoint = last or 0
        return None if found[0] is None else read_checkpoint(found)

    def save(self, writes: Writes) -> None:
        if writes.keep_through is not None and writes.keep_through >= self._last_checkpoint:
            writes = replace(writes, keep_through=None)
        self._write(*calls(self._statements, self._own_number, writes))

    def erase(self) -> None:
        """Remove everything about the user."""
        self._write(*(Call(text, [self._own_number]) for text in self._statements.erase))

    @property
    def _own_number(self) -> int:
        assert self._number is not None  # noqa: S101 - a locked user has a row
        return self._number

    def _write(self, *written: Call) -> None:
        if written:
            self.has_written = True
            tell(self._connection, written)
