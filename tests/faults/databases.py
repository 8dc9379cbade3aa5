"""The databases of a campaign, and what is locked in them, ended and cut from outside."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from badge_engine.stores.sqlalchemy import SqlStore
from tests.faults.plan import BUSIEST
from tests.faults.wire import Wire
from tests.faults.worker import host
from tests.postgres import PrivateServer, private_server

PATIENCE = 30.0
SETTINGS = {"deadlock_timeout": "'300ms'", "max_connections": "100"}
TABLES = ("badge_events", "badge_awards", "badge_users", "badge_checkpoints", "host_changes")


@dataclass
class Database(ABC):
    """What workers reach through `url`; the verdict takes `plain_url`, which nothing cuts."""

    url: str
    plain_url: str
    _holders: list[Thread] = field(default_factory=list)
    _released: Event = field(default_factory=Event)

    def create(self) -> None:
        store = SqlStore(self.plain_url)
        store.create_tables()
        host.create_all(store.engine)
        store.close()

    @abstractmethod
    def hold_user(self, seconds: float) -> str:
        """Keep the busiest user locked for others, in the background; says what was done."""

    def _keep(self, connection: sqlite3.Connection | Connection, seconds: float) -> None:
        """Keep the locks of a connection for a while, or as long as it lives."""

        def wait() -> None:
            self._released.wait(seconds)
            with suppress(DBAPIError), closing(connection):
                connection.rollback()

        holder = Thread(target=wait)
        holder.start()
        self._holders.append(holder)

    def release(self) -> None:
        """Let go of all that is held."""
        self._released.set()
        for holder in self._holders:
            holder.join()
        self._holders.clear()
        self._released.clear()


@dataclass
class SqliteDatabase(Database):
    """A file, which one connection at a time may write to."""

    path: Path = Path()

    def hold_user(self, seconds: float) -> str:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE badge_users SET key = key WHERE key = :key", {"key": BUSIEST})
        self._keep(connection, seconds)
        return f"the file, by another writer, for {seconds:.1f} s"

    def hold_reader(self, seconds: float) -> str:
        connection = self._connected()
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM badge_events").fetchone()
        self._keep(connection, seconds)
        return f"a moment, by a reader, for {seconds:.1f} s"

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )


@dataclass
class PostgresDatabase(Database):
    """A private server, which workers reach through a wire."""

    server: PrivateServer = field(kw_only=True)
    wire: Wire = field(kw_only=True)

    def hold_user(self, seconds: float) -> str:
        connection = self._engine().connect()
        connection.execute(
            text("SELECT number FROM badge_users WHERE key = :key FOR UPDATE"), {"key": BUSIEST}
        )
        self._keep(connection, seconds)
        return f"user {BUSIEST!r} for {seconds:.1f} s"

    def hold_table(self, random: Random, seconds: float) -> str:
        table = random.choice(TABLES)
        connection = self._engine().connect()
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        self._keep(connection, seconds)
        return f"{table} for {seconds:.1f} s"

    def entangle(self, tend: Callable[[], None]) -> str:
        """Make a deadlock with a worker; it is the worker that is to give way."""
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            with self._engine().connect() as connection, suppress(DBAPIError):
                connection.execute(text("SET LOCAL deadlock_timeout = '1h'"))
                connection.execute(text("SET LOCAL lock_timeout = '5s'"))
                connection.execute(text("LOCK TABLE badge_awards IN SHARE ROW EXCLUSIVE MODE"))
                if self._somebody_waits(connection, tend):
                    connection.execute(text("SELECT number FROM badge_users FOR UPDATE"))
                    return "a worker, with all users and their awards"
        raise TimeoutError("no worker came into a deadlock")

    @staticmethod
    def _somebody_waits(connection: Connection, tend: Callable[[], None]) -> bool:
        waiting = text(
            "SELECT count(*) FROM pg_locks"
            " WHERE NOT granted AND relation = 'badge_awards'::regclass"
        )
        deadline = monotonic() + 1
        while monotonic() < deadline:
            if connection.scalar(waiting):
                return True
            tend()
            sleep(0.01)
        return False

    def terminate(self, random: Random) -> str:
        """End the backend of a worker."""
        ask = text(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid"
        )
        deadline = monotonic() + PATIENCE
        with self._engine().connect() as connection:
            while monotonic() < deadline:
                backends = connection.scalars(ask).all()
                end = text("SELECT pg_terminate_backend(:pid)")
                if backends and connection.scalar(end, {"pid": random.choice(backends)}):
                    return f"one of {len(backends)} backends"
                sleep(0.01)
        raise TimeoutError("there was no backend to terminate")

    def _engine(self) -> Engine:
        """An engine that opens a connection each time, as the server may have been restarted."""
        url = make_url(self.plain_url).set(drivername="postgresql+psycopg2")
        return create_engine(url, poolclass=NullPool)


@contextmanager
def sqlite_database(folder: Path) -> Iterator[SqliteDatabase]:
    path = folder / "badges.db"
    url = f"sqlite:///{path}"
    database = SqliteDatabase(url, url, path=path)
    with _cleared(database):
        yield database


@contextmanager
def postgres_database(folder: Path) -> Iterator[PostgresDatabase]:
    del folder
    with private_server(SETTINGS) as server, Wire(make_url(server.url)) as wire:
        database = PostgresDatabase(wire.url, server.url, server=server, wire=wire)
        with _cleared(database):
            yield database


@contextmanager
def _cleared(database: Database) -> Iterator[None]:
    try:
        yield
    finally:
        database.release()
