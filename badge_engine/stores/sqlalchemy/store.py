"""A store in a database: who may do what when, and when what is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from badge_engine.errors import ConcurrentUpdate
from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, LedgerAward
from badge_engine.ports import Position, Standing, Tail, Writes
from badge_engine.rows import Row, read_audit, read_awards, read_checkpoint, read_events
from badge_engine.stores.sqlalchemy.engines import open_engine, vendor_of
from badge_engine.stores.sqlalchemy.links import Link, linked
from badge_engine.stores.sqlalchemy.schema import create_tables
from badge_engine.stores.sqlalchemy.statements import Statements
from badge_engine.stores.sqlalchemy.vendors import Call
from badge_engine.stores.sqlalchemy.writes import calls

LOCK_TIMEOUT = 10.0
_ATTEMPTS = 3
_INSTANT = 2
"""The place of the instant in the row of an event."""


class SqlStore:
    """Facts and awards in PostgreSQL (through psycopg2) or in a file of SQLite.

    `target` is a URL, or an engine of the host's. `lock_timeout` is how many seconds a transaction
    waits for a user, or on SQLite for the file, before it gives way with ConcurrentUpdate. Behind a
    pooler that hands one connection to many clients, pass `prepared=False`. `engine` is the host's,
    or one made for the URL, on which every statement is a transaction unless it says BEGIN.
    """

    def __init__(
        self, target: str | Engine, *, lock_timeout: float = LOCK_TIMEOUT, prepared: bool = True
    ) -> None:
        self.engine = open_engine(target) if isinstance(target, str) else target
        self._owned = self.engine is not target
        self._vendor = vendor_of(self.engine, lock_timeout, prepared=prepared)
        self._statements = Statements(self._vendor)
        self._autocommit = self.engine
        if not self._owned:
            self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._has_tables = False

    def create_tables(self) -> None:
        """Create the tables that are missing; SchemaMismatch where others are in their place."""
        with linked(self._autocommit, self._vendor) as link:
            link.send(*self._vendor.create)
            create_tables(link.connection)
            link.commit()

    def close(self) -> None:
        """Close the connections that nobody uses, unless the engine is the host's."""
        if self._owned:
            self.engine.dispose()

    @contextmanager
    def transaction(self, user: str, ids: Sequence[str] = ()) -> Iterator[SqlTransaction]:
        with self._ready() as link:
            transaction = SqlTransaction(user, ids, link, self._statements)
            yield transaction
            transaction.finish()

    @contextmanager
    def view(self, user: str) -> Iterator[SqlView]:
        with self._ready() as link:
            yield SqlView(user, (), link, self._statements)
            link.abandon()

    def users(self, after: str | None = None, limit: int = 1000) -> Sequence[str]:
        with self._ready() as link:
            found = link.send(self._statements.users(after=after or "", limit=limit))
        return [key for (key,) in found]

    def erase(self, user: str) -> None:
        with self._ready() as link:
            SqlTransaction(user, (), link, self._statements).erase()

    @contextmanager
    def _ready(self) -> Iterator[Link]:
        with linked(self._autocommit, self._vendor) as link:
            if not self._has_tables:
                link.require_tables()
                self._has_tables = True
            link.equip()
            yield link


class SqlView:
    """One user as one moment left them, the moment at which the view was made."""

    def __init__(self, user: str, ids: Sequence[str], link: Link, statements: Statements) -> None:
        self.user = user
        self._ids = ids
        self._link = link
        self._statements = statements
        self._number: int | None = None
        self._standing: Standing | None = None
        self._known: dict[str, Event | None] = {}
        self._begin()

    def _begin(self) -> None:
        self._reading = self._statements.look
        self._read(self._link.vendor.look)

    def _read(self, *before: Call) -> None:
        """Read what is known of the user and of the ids, after other calls in the same trip."""
        ids = self._link.vendor.listed(self._ids)
        found = self._link.send(*before, self._reading(key=self.user, ids=ids))
        user, large, events = self._statements.known.parts(found)
        self._number, self._standing = None, None
        for number, rules, states in user:
            self._number = number
            if rules is not None:
                aside = {number: bytes(state) for number, state in large}
                self._standing = Standing(rules, bytes(states), aside)
        happened = (row for row in events if row[_INSTANT] is not None)
        self._known = {row[0]: None for row in events if row[_INSTANT] is None}
        self._known |= {event.id: event for event in read_events(self.user, happened)}
        self._unreadable = {row[0] for row in events} - self._known.keys()

    def _ask(self, statement: Callable[..., Call], **values: object) -> list[Row]:
        """The rows of this user; none for a user who is not known."""
        if self._number is None:
            return []
        return self._link.send(statement(user_number=self._number, **values))

    @property
    def standing(self) -> Standing | None:
        return self._standing

    def events(self) -> Iterable[Event]:
        return read_events(self.user, self._ask(self._statements.events))

    def withdrawn(self) -> Sequence[str]:
        return [event_id for (event_id,) in self._ask(self._statements.withdrawn)]

    def awards(self) -> Sequence[LedgerAward]:
        return read_awards(self.user, self._ask(self._statements.awards))

    def audit(self) -> Sequence[AuditEntry]:
        return read_audit(self.user, self._ask(self._statements.audit))

    def newest(self) -> tuple[Event | None, Event | None]:
        newest = self._newest(self._statements.newest, lambda _: True)
        if newest is None or newest.zone is not None:
            return newest, newest
        return newest, self._newest(
            self._statements.newest_with_zone, lambda event: event.zone is not None
        )

    def _newest(
        self, statement: Callable[..., Call], fits: Callable[[Event], bool]
    ) -> Event | None:
        """The row asked for, or where it cannot be read the last event that fits."""
        found = self._ask(statement)
        events = [event for event in read_events(self.user, found) if fits(event)]
        if found and not events:
            events = [event for event in self.events() if fits(event)]
        return events[-1] if events else None


class SqlTransaction(SqlView):
    """One user, locked; what is saved waits until the block ends or a host gets the connection."""

    def _begin(self) -> None:
        self._reading = self._statements.read
        self._pending: list[Call] = []
        self._saved = self._handed_over = False
        lock = self._statements.lock(key=self.user)
        self._read(self._link.vendor.begin, lock)
        for _ in range(_ATTEMPTS):
            if self._number is not None:
                return
            self._read(self._statements.create(key=self.user), lock)
        raise ConcurrentUpdate(f"user {self.user!r} is being erased; repeat the call")

    @property
    def known(self) -> Mapping[str, Event | None]:
        return self._known

    @property
    def unreadable(self) -> AbstractSet[str]:
        return self._unreadable

    @property
    def connection(self) -> Connection:
        before = self._unwritten()
        if not self._handed_over:
            self._handed_over = True
            before += self._link.vendor.hand_over
        if before:
            self._link.send(*before)
        return self._link.connection

    def tail(self, before: Position | None) -> Tail:
        if before is None:
            return Tail(None, self.events(), self.awards())
        instant, event_id = before
        found = self._ask(self._statements.tail, instant=instant, event_id=event_id)
        checkpoints, events, earned, others = self._statements.after.parts(found)
        return Tail(
            next(map(read_checkpoint, checkpoints), None),
            sorted(read_events(self.user, events), key=lambda event: event.order),
            read_awards(self.user, earned + others),
        )

    def save(self, writes: Writes) -> None:
        self._pending = calls(self._statements, self._own_number, writes)
        self._saved = bool(self._pending)

    def erase(self) -> None:
        """Remove everything about the user, and end the transaction."""
        removals = self._statements.erase
        self._link.commit(*(removal(user_number=self._own_number) for removal in removals))

    def finish(self) -> None:
        """Write what is left to be written, and end the transaction."""
        if self._saved:
            self._link.commit(*self._unwritten())
        else:
            self._link.abandon()

    @property
    def _own_number(self) -> int:
        assert self._number is not None  # noqa: S101 - a locked user has a row
        return self._number

    def _unwritten(self) -> list[Call]:
        pending, self._pending = self._pending, []
        return pending
