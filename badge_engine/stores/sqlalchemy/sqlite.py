"""SQLite lies in the same process: statements cost little, and are executed one by one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Select,
    Table,
    Text,
    bindparam,
    func,
    select,
    true,
)
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from badge_engine.rows import Row
from badge_engine.stores.sqlalchemy.vendors import (
    Call,
    Put,
    Statement,
    Vendor,
    in_place,
    with_values,
)


class Sqlite(Vendor):
    """One writer at a time; readers see the file as it was when they began to read."""

    begin = Call("BEGIN IMMEDIATE")
    look = Call("BEGIN")

    def __init__(self, lock_timeout: float) -> None:
        self._wait = Call(f"PRAGMA busy_timeout = {round(lock_timeout * 1000)}")
        self.create = (self._wait, Call("PRAGMA journal_mode = wal"), self.begin)
        self._dialect = SQLiteDialect_pysqlite(paramstyle="qmark")

    def statement(self, name: str, construct: ClauseElement) -> Statement:
        return Statement.compiled(construct, self._dialect)

    def put(self, name: str, table: Table, key: Sequence[str]) -> Put:
        put = with_values(self.insert(table), table)
        return _SqlitePut(self.statement(name, in_place(put, table, key)))

    def insert(self, table: Table) -> Insert:
        return insert(table).inline()

    def locking(self, number: ColumnElement[int]) -> ColumnElement[Any]:
        return number

    def is_locked(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        return true()  # the file is locked

    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        listed = func.json_each(bindparam(name, type_=Text)).table_valued("value")
        return column.in_(select(listed.c.value))

    def each(self, rows: Select[Any], column: str, name: str) -> Select[Any]:
        return rows.where(self.among(rows.selected_columns[column], name))

    def listed(self, values: Iterable[object]) -> str:
        return json.dumps(list(values))

    def equip(self, connection: DBAPIConnection) -> None:
        self.send(connection.cursor(), [self._wait])

    def send(self, cursor: DBAPICursor, calls: Sequence[Call]) -> list[Row]:
        *before, last = calls
        for call in before:
            _execute(cursor, call)
        try:
            return _execute(cursor, last)
        except sqlite3.OperationalError as error:
            if not str(error).startswith("Could not decode"):
                raise
        return self._with_bytes(cursor, last)

    @staticmethod
    def _with_bytes(cursor: DBAPICursor, call: Call) -> list[Row]:
        """Read again what holds texts that are none: they come as bytes, the others as ever."""
        connection = cursor.connection
        former, connection.text_factory = connection.text_factory, _decoded
        try:
            return _execute(cursor, call)
        finally:
            connection.text_factory = former

    def in_transaction(self, connection: DBAPIConnection) -> bool:
        return bool(connection.in_transaction)

    def roll_back(self, connection: DBAPIConnection) -> None:
        connection.rollback()

    def is_passing(self, cause: BaseException) -> bool:
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

    def lacks_tables(self, cause: BaseException) -> bool:
        return str(cause).startswith(("no such table", "no such column"))


def _execute(cursor: DBAPICursor, call: Call) -> list[Row]:
    run = cursor.executemany if call.many else cursor.execute
    run(call.text, call.arguments)
    return list(cursor.fetchall())


def _decoded(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


class _SqlitePut(Put):
    def __init__(self, statement: Statement) -> None:
        self._statement = statement

    def __call__(self, user_number: int, rows: Sequence[Row]) -> Call:
        return Call(self._statement.text, [(user_number, *row) for row in rows], many=True)
