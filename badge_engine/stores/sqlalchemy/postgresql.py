"""PostgreSQL through psycopg2: statements are prepared, planned once, and sent together.

A string may hold several of them; the rows of the last come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ClauseElement,
    ColumnElement,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from badge_engine.rows import Row
from badge_engine.stores.sqlalchemy.vendors import (
    Call,
    Put,
    Statement,
    Vendor,
    filled_columns,
    in_place,
    with_values,
)

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
        self._dialect = PGDialect_psycopg2(paramstyle=style)  # type: ignore[no-untyped-call] # of SQLAlchemy

    def statement(self, name: str, construct: ClauseElement) -> Statement:
        made = Statement.compiled(construct, self._dialect)
        if not self._prepared:
            return made
        self._prepare.append(f"PREPARE badge_{name} AS {made.text}")
        places = ", ".join(["%s"] * len(made.names))
        execute = f"EXECUTE badge_{name}" + (f"({places})" if places else "")
        return Statement(execute, made.names, made.constants)

    def put(self, name: str, table: Table, key: Sequence[str]) -> Put:
        one = with_values(self.insert(table), table)
        user, *names = filled_columns(table)
        arrays = (cast(bindparam(column), _array_of(table.c[column])) for column in names)
        rows = func.unnest(*arrays).table_valued(*names).render_derived()
        source = select(cast(bindparam(user), BigInteger), *rows.c)
        many = self.insert(table).from_select([user, *names], source)
        return _PostgresqlPut(
            self.statement(name, in_place(one, table, key)),
            self.statement(f"{name}_many", in_place(many, table, key)),
            len(key) - 1,
        )

    def insert(self, table: Table) -> Insert:
        return insert(table).inline()

    def locking(self, number: ColumnElement[int]) -> ColumnElement[Any]:
        return func.set_config(_LOCKED, cast(number, Text), true())

    def is_locked(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        return func.current_setting(_LOCKED, true()) == cast(number, Text)

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
        return getattr(cause, "pgcode", None) in _PASSING

    def is_lost(self, cause: BaseException) -> bool:
        code = getattr(cause, "pgcode", "")
        if code is None:
            return type(cause).__name__ in _WITHOUT_ANSWER
        return code.startswith(_LOST)

    def spoils(self, cause: BaseException) -> bool:
        return getattr(cause, "pgcode", None) in _UNPREPARED

    def lacks_tables(self, cause: BaseException) -> bool:
        return getattr(cause, "pgcode", None) in ("42P01", "42703")


_LOCKED: ColumnElement[str] = literal_column("'badge_engine.locked'")
"""A setting that lasts as long as the transaction."""

_CREATING = 5_124_709_336
"""The advisory lock of whoever creates tables."""

_IDLE, _INTRANS = 0, 2
"""What libpq calls the states of a transaction."""

_WITHOUT_ANSWER = ("OperationalError", "InterfaceError", "DatabaseError")
"""What the driver raises where the server gave no code, because it did not answer."""

_LOST = ("08", "57P", "25P03")
_PASSING = (
    "40001",  # could not serialize
    "40P01",  # deadlock
    "55P03",  # waited too long for a lock
    "53300",  # too many connections
)
_UNPREPARED = (
    "26000",  # no such prepared statement
    "42P05",  # there is one already
    "0A000",  # its result would have another shape
)


def _array_of(column: ColumnElement[Any]) -> ARRAY[Any]:
    return ARRAY(type(column.type)())


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
