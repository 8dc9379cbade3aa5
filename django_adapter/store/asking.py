"""How statements are sent on one of Django's connections, and an answer taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from badge_engine.rows import Row
from django_adapter.store.failures import of_the_store
from django_adapter.store.statements import Call


def ask(connection: BaseDatabaseWrapper, call: Call) -> list[Row]:
    """The rows that a statement answers; StoreError where the database refuses."""
    with of_the_store():
        try:
            return _answer(connection, call)
        except OperationalError as error:
            if not str(error).startswith("Could not decode"):
                raise
        with _with_bytes(connection):
            return _answer(connection, call)


def tell(connection: BaseDatabaseWrapper, calls: Sequence[Call]) -> None:
    """Execute statements, in one trip where that can be; StoreError where the database refuses."""
    if _takes_many(connection):
        text = "; ".join([call.text for call in calls])
        calls = [Call(text, [value for call in calls for value in call.arguments])]
    with of_the_store(), connection.cursor() as cursor:
        for call in calls:
            cursor.execute(*call)


def _takes_many(connection: BaseDatabaseWrapper) -> bool:
    """Drivers of PostgreSQL do, unless they leave arguments to the server."""
    options = connection.settings_dict["OPTIONS"]
    return connection.vendor == "postgresql" and not options.get("server_side_binding")


def _answer(connection: BaseDatabaseWrapper, call: Call) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(*call)
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
