"""How a statement is sent on one of Django's connections, and its answer taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from django_adapter.store.failures import of_the_store
from django_adapter.store.rows import Row


def ask(connection: BaseDatabaseWrapper, statement: str, arguments: Sequence[Any]) -> list[Row]:
    """The rows that a statement answers; StoreError where the database refuses."""
    with of_the_store():
        try:
            return _answer(connection, statement, arguments)
        except OperationalError as error:
            if not str(error).startswith("Could not decode"):
                raise
        with _with_bytes(connection):
            return _answer(connection, statement, arguments)


def tell(connection: BaseDatabaseWrapper, statement: str, arguments: Sequence[Any]) -> None:
    """Execute a statement that answers nothing; StoreError where the database refuses."""
    with of_the_store(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def _answer(connection: BaseDatabaseWrapper, statement: str, arguments: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        found: list[Row] = cursor.fetchall()
    return found


@contextmanager
def _with_bytes(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let SQLite give texts that are none as bytes, the others as ever."""
    driver = connection.connection
    former, driver.text_factory = driver.text_factory, _decoded
    try:
        yield
    finally:
        driver.text_factory = former


def _decoded(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
