"""What differs between databases: how statements are made and sent, and what an error means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ClauseElement, ColumnElement, Dialect, Select, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.compiler import SQLCompiler

from badge_engine.errors import ConcurrentUpdate, SchemaMismatch, StoreError
from badge_engine.rows import Row

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

    @classmethod
    def compiled(cls, construct: ClauseElement, dialect: Dialect) -> Statement:
        """A construct of SQLAlchemy's, whose parameters become arguments."""
        compiled = construct.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - none of ours creates anything
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return cls(" ".join(str(compiled).split()), compiled.positiontup or (), constants)

    def __call__(self, **values: object) -> Call:
        values.update(self.constants)
        return Call(self.text, [values[name] for name in self.names])


class Put(ABC):
    """Rows of one user into a table, in place of those with the same key."""

    @abstractmethod
    def __call__(self, user_number: int, rows: Sequence[Row]) -> Call:
        """All rows at once; each has the columns that are filled, but for the user."""


class Vendor(ABC):
    """One kind of database, and how this library talks to it."""

    create: Sequence[Call]
    """Before tables are created, so that only one creates them."""

    begin: Call
    """The beginning of a transaction that writes."""

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
    def locking(self, number: ColumnElement[int]) -> ColumnElement[Any]:
        """What is selected of a user's row to lock it, so that `is_locked` knows."""

    @abstractmethod
    def is_locked(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether this transaction has locked a user's row.

        It may have found none to lock, and another may have made one a moment later.
        """

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
        """Make a new connection ready for statements."""

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

    def is_lost(self, cause: BaseException) -> bool:
        """Whether an error of the driver says that there is no connection any more."""
        return False

    def spoils(self, cause: BaseException) -> bool:
        """Whether an error of the driver says that a connection is no longer equipped."""
        return False

    def failure(self, error: Exception) -> StoreError:
        """The error of ours for one of SQLAlchemy's or of the driver's; it names no content."""
        cause = driver_error(error)
        code = getattr(cause, "pgcode", None) or getattr(cause, "sqlite_errorname", None)
        named = type(cause).__name__ + (f", {code}" if code else "")
        if self.spoils(cause):
            message = f"prepared statements are gone ({named}); behind a pooler use prepared=False"
            return ConcurrentUpdate(message)
        if isinstance(error, PoolTimeout) or self.is_lost(cause) or self.is_passing(cause):
            return ConcurrentUpdate(f"the database gave way ({named}); repeat the call")
        if self.lacks_tables(cause):
            message = "the tables are not there; create them with `badge-engine db init --db …`"
            return SchemaMismatch(message)
        return StoreError(f"the database refused ({named})")


def driver_error(error: Exception) -> BaseException:
    """The driver's own error, where SQLAlchemy has wrapped it."""
    return (error.orig if isinstance(error, DBAPIError) else None) or error


def filled_columns(table: Table) -> list[str]:
    """The columns that a put fills, the user first: all but a number that is given to each row."""
    keyed = "user_number" in table.primary_key.columns
    return [column.name for column in table.c if keyed or column.name != "number"]


def with_values(insert: Insert, table: Table) -> Insert:
    """An insert of one row."""
    return insert.values({name: bindparam(name) for name in filled_columns(table)})


def in_place(insert: Insert, table: Table, key: Sequence[str]) -> Insert:
    """An insert that replaces rows with the same key, if there is one."""
    if not key:
        return insert
    changed = {name: insert.excluded[name] for name in filled_columns(table) if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=changed)
