"""How statements reach PostgreSQL and SQLite: in as few round trips as each allows.

PostgreSQL takes several statements, prepared once for a connection, in one string and answers the
last; SQLite lies in the same process and takes them one by one.
"""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    BigInteger,
    ClauseElement,
    ColumnElement,
    Dialect,
    Engine,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    create_engine,
    func,
    literal_column,
    make_url,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.compiler import SQLCompiler

from badge_engine.errors import ConcurrentUpdate, SchemaMismatch, StoreError
from badge_engine.stores.sqlalchemy.rows import Row

Insert: TypeAlias = postgresql.Insert | sqlite.Insert


class Call(NamedTuple):
    """A statement with its arguments, or with many rows of them."""

    text: str
    arguments: Sequence[Any] = ()
    many: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A text, the names of its arguments in order, and those that are always the same."""

    text: str
    names: Sequence[str]
    constants: Mapping[str, object]

    def __call__(self, **values: object) -> Call:
        values.update(self.constants)
        return Call(self.text, [values[name] for name in self.names])


class Put(ABC):
    """Rows of one user into a table, in place of those with the same key."""

    @abstractmethod
    def __call__(self, user_number: int, rows: Sequence[Row]) -> Call:
        """All rows at once; each has the columns of the table but for user and identity."""


class Vendor(ABC):
    """What differs between databases."""

    create: Sequence[Call]
    """Before tables are created, so that only one creates them."""

    begin: Call
    """Of a transaction that writes."""

    look: Call
    """The beginning of one that only reads, and sees one moment."""

    hand_over: Sequence[Call] = ()
    """Before a host gets at the connection."""

    commit = Call("COMMIT")

    @abstractmethod
    def statement(self, name: str, construct: ClauseElement) -> Statement:
        """A statement of ours, by a name that no other has."""

    @abstractmethod
    def put(self, name: str, table: Table, key: Sequence[str]) -> Put:
        """A statement that puts rows by a key; without one they are only added."""

    @abstractmethod
    def insert(self, table: Table) -> Insert:
        """An insert that knows ON CONFLICT."""

    @abstractmethod
    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """Whether a column is one of a list that is given as one argument."""

    @abstractmethod
    def each(self, rows: Select[Any], column: str, name: str) -> Select[Any]:
        """The rows whose column, a unique one, is in a list that is given as one argument."""

    @abstractmethod
    def listed(self, values: Iterable[object]) -> str:
        """The argument for `among` and `each`."""

    @abstractmethod
    def equip(self, connection: DBAPIConnection) -> None:
        """Make a new connection ready."""

    @abstractmethod
    def send(self, cursor: DBAPICursor, calls: Sequence[Call]) -> list[Row]:
        """Execute calls in order; the rows of the last."""

    @abstractmethod
    def in_transaction(self, connection: DBAPIConnection) -> bool:
        """Whether a transaction is open that can be committed; asks nobody."""

    @abstractmethod
    def roll_back(self, connection: DBAPIConnection) -> None:
        """End the transaction, if one is open."""

    @abstractmethod
    def is_passing(self, cause: BaseException) -> bool:
        """Whether the same call may succeed another time, after an error of the driver."""

    @abstractmethod
    def lacks_tables(self, cause: BaseException) -> bool:
        """Whether an error of the driver says that a table or column of ours is not there."""

    def failure(self, error: BaseException) -> StoreError:
        """The error of ours for one of SQLAlchemy's or of the driver's; it names no content."""
        cause = (error.orig if isinstance(error, DBAPIError) else None) or error
        what = getattr(cause, "pgcode", None) or getattr(cause, "sqlite_errorname", None)
        named = type(cause).__name__ + (f", {what}" if what else "")
        if isinstance(error, StoreError):
            return error
        if isinstance(error, PoolTimeout) or self.is_passing(cause):
            return ConcurrentUpdate(f"the database gave way ({named}); repeat the call")
        if self.lacks_tables(cause):
            message = "there are no tables of ours; create them: `badge-engine db init --db …`"
            return SchemaMismatch(message)
        return StoreError(f"the database refused ({named}); nothing was saved")


def _columns(table: Table) -> list[str]:
    """The columns that a put fills, the user first."""
    keyed = "user_number" in table.primary_key.columns
    return [column.name for column in table.c if keyed or column.name != "number"]


def _values(insert: Insert, table: Table) -> Insert:
    return insert.values({name: bindparam(name) for name in _columns(table)})


def _in_place(insert: Insert, table: Table, key: Sequence[str]) -> Insert:
    if not key:
        return insert
    changed = {name: insert.excluded[name] for name in _columns(table) if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=changed)


def _compiled(construct: ClauseElement, dialect: Dialect) -> Statement:
    compiled = construct.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - none of ours defines anything
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Statement(" ".join(str(compiled).split()), compiled.positiontup or (), constants)


# A plan is made once for a connection, so it must stay good however the tables grow: everything is
# found through an index. What a host does in the same transaction is planned as ever.
_PLANNING = ("SET LOCAL plan_cache_mode = force_generic_plan", "SET LOCAL enable_seqscan = off")
_AS_EVER = ("SET LOCAL plan_cache_mode TO DEFAULT", "SET LOCAL enable_seqscan TO DEFAULT")


class Postgresql(Vendor):
    """A transaction takes two strings: one locks and reads, the other writes and commits."""

    hand_over = (Call("; ".join(_AS_EVER)),)
    look = Call("; ".join(["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", *_PLANNING]))

    def __init__(self, lock_timeout: float, *, prepared: bool) -> None:
        wait = f"SET LOCAL lock_timeout = {round(lock_timeout * 1000)}"
        begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        self.begin = Call("; ".join([begin, wait, *_PLANNING]))
        self.create = [self.begin, Call(f"SELECT pg_advisory_xact_lock({_CREATING})")]
        self._prepared = prepared
        self._prepare: list[str] = []
        style = "numeric_dollar" if prepared else "format"
        self._dialect = PGDialect_psycopg2(paramstyle=style)  # type: ignore[no-untyped-call] # nor is it there

    def statement(self, name: str, construct: ClauseElement) -> Statement:
        made = _compiled(construct, self._dialect)
        if not self._prepared:
            return made
        self._prepare.append(f"PREPARE badge_{name} AS {made.text}")
        places = ", ".join(["%s"] * len(made.names))
        execute = f"EXECUTE badge_{name}" + (f"({places})" if places else "")
        return Statement(execute, made.names, made.constants)

    def put(self, name: str, table: Table, key: Sequence[str]) -> Put:
        one = _values(self.insert(table), table)
        user, *names = _columns(table)
        arrays = (cast(bindparam(column), _array_of(table.c[column])) for column in names)
        rows = func.unnest(*arrays).table_valued(*names).render_derived()
        source = select(cast(bindparam(user), BigInteger), *rows.c)
        many = self.insert(table).from_select([user, *names], source)
        return _PostgresqlPut(
            self.statement(name, _in_place(one, table, key)),
            self.statement(f"{name}_many", _in_place(many, table, key)),
            len(key) - 1,
        )

    def insert(self, table: Table) -> postgresql.Insert:
        return postgresql.insert(table).inline()

    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        return column == func.any(cast(bindparam(name), _array_of(column)))

    def each(self, rows: Select[Any], column: str, name: str) -> Select[Any]:
        """Looked up one by one: without statistics the planner would rather read all rows."""
        key = rows.selected_columns[column]
        array = cast(bindparam(name), _array_of(key))
        asked = func.unnest(array).table_valued("value").render_derived()
        found = rows.where(key == asked.c.value).limit(literal_column("1")).lateral()
        return select(*found.c).select_from(asked.join(found, true()))

    def listed(self, values: Iterable[object]) -> str:
        return _array(values)

    def equip(self, connection: DBAPIConnection) -> None:
        if self._prepare:
            connection.cursor().execute("; ".join(self._prepare))

    def send(self, cursor: DBAPICursor, calls: Sequence[Call]) -> list[Row]:
        arguments = [argument for call in calls for argument in call.arguments]
        cursor.execute("; ".join([call.text for call in calls]), arguments)
        return list(cursor.fetchall()) if cursor.description else []

    def in_transaction(self, connection: DBAPIConnection) -> bool:
        return bool(connection.info.transaction_status == _INTRANS)

    def roll_back(self, connection: DBAPIConnection) -> None:
        if connection.info.transaction_status != _IDLE:
            connection.cursor().execute("ROLLBACK")

    def is_passing(self, cause: BaseException) -> bool:
        if not hasattr(cause, "pgcode"):
            return False
        if cause.pgcode is None:
            return type(cause).__name__ in _OF_CONNECTION
        return cause.pgcode in _PASSING or cause.pgcode.startswith(_PASSING_CLASSES)

    def lacks_tables(self, cause: BaseException) -> bool:
        return getattr(cause, "pgcode", None) in ("42P01", "42703")


_CREATING = 5_124_709_336
"""The advisory lock of whoever creates tables."""

_IDLE, _INTRANS = 0, 2
_OF_CONNECTION = ("OperationalError", "InterfaceError", "DatabaseError")
_PASSING_CLASSES = ("08", "57P")
_PASSING = ("40001", "40P01", "55P03", "25P03", "53300")


def _array_of(column: ColumnElement[Any]) -> postgresql.ARRAY[Any]:
    return postgresql.ARRAY(type(column.type)())


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join([_element(value) for value in values]) + "}"


def _element(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return "NULL" if value is None else str(value)


class _PostgresqlPut(Put):
    """`width` is how many columns of a row are its key: of equal ones the last counts."""

    def __init__(self, one: Statement, many: Statement, width: int) -> None:
        self._one = one
        self._many = many
        self._width = width

    def __call__(self, user_number: int, rows: Sequence[Row]) -> Call:
        if len(rows) == 1:
            return Call(self._one.text, (user_number, *rows[0]))
        if self._width > 0:
            rows = list({row[: self._width]: row for row in rows}.values())
        columns = zip(*rows, strict=True)
        return Call(self._many.text, (user_number, *map(_array, columns)))


class Sqlite(Vendor):
    """One writer at a time; readers see the file as it was when they began to read."""

    begin = Call("BEGIN IMMEDIATE")
    look = Call("BEGIN")
    create = (begin,)

    def __init__(self, lock_timeout: float) -> None:
        self._wait = round(lock_timeout * 1000)
        self._dialect = SQLiteDialect_pysqlite(paramstyle="qmark")

    def statement(self, name: str, construct: ClauseElement) -> Statement:
        return _compiled(construct, self._dialect)

    def put(self, name: str, table: Table, key: Sequence[str]) -> Put:
        insert = _values(self.insert(table), table)
        return _SqlitePut(self.statement(name, _in_place(insert, table, key)))

    def insert(self, table: Table) -> sqlite.Insert:
        return sqlite.insert(table).inline()

    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        listed = func.json_each(bindparam(name, type_=Text)).table_valued("value")
        return column.in_(select(listed.c.value))

    def each(self, rows: Select[Any], column: str, name: str) -> Select[Any]:
        return rows.where(self.among(rows.selected_columns[column], name))

    def listed(self, values: Iterable[object]) -> str:
        return json.dumps(list(values))

    def equip(self, connection: DBAPIConnection) -> None:
        connection.execute(f"PRAGMA busy_timeout = {self._wait}")
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            connection.execute("PRAGMA journal_mode = wal")

    def send(self, cursor: DBAPICursor, calls: Sequence[Call]) -> list[Row]:
        for call in calls:
            run = cursor.executemany if call.many else cursor.execute
            run(call.text, call.arguments)
        return list(cursor.fetchall())

    def in_transaction(self, connection: DBAPIConnection) -> bool:
        return bool(connection.in_transaction)

    def roll_back(self, connection: DBAPIConnection) -> None:
        connection.rollback()

    def is_passing(self, cause: BaseException) -> bool:
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

    def lacks_tables(self, cause: BaseException) -> bool:
        return str(cause).startswith(("no such table", "no such column"))


class _SqlitePut(Put):
    def __init__(self, statement: Statement) -> None:
        self._statement = statement

    def __call__(self, user_number: int, rows: Sequence[Row]) -> Call:
        return Call(self._statement.text, [(user_number, *row) for row in rows], many=True)


def open_engine(url: str) -> Engine:
    """An engine for a URL; StoreError for one that we cannot use."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            f"{url!r} is not a database URL; write it as sqlite:///badges.db or "
            "postgresql://user@host/database"
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg2")
    return create_engine(parsed, isolation_level="AUTOCOMMIT")


def vendor_of(engine: Engine, lock_timeout: float, *, prepared: bool) -> Vendor:
    """What an engine's database needs; StoreError for one that we cannot use."""
    dialect = engine.dialect
    if (dialect.name, dialect.driver) == ("postgresql", "psycopg2"):
        return Postgresql(lock_timeout, prepared=prepared)
    if (dialect.name, dialect.driver) == ("sqlite", "pysqlite"):
        if engine.url.database in (None, "", ":memory:"):
            raise StoreError("SQLite in memory keeps nothing; name a file or use MemoryStore")
        return Sqlite(lock_timeout)
    raise StoreError(
        f"{dialect.name}+{dialect.driver} is not supported; use postgresql+psycopg2 or sqlite"
    )
