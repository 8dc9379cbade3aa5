"""How a user is read as one moment left them, without waiting for whoever writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from weakref import WeakSet

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_ONE_MOMENT = "ISOLATION LEVEL REPEATABLE READ"

_showing: WeakSet[BaseDatabaseWrapper] = WeakSet()
"""Connections that show one moment; another one needs another connection."""


@contextmanager
def moment(using: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection that shows one moment; the caller's own where a transaction is open on it."""
    connection = connections[using]
    if connection in _showing:
        with _another(connection) as own:
            yield own
    elif connection.in_atomic_block:
        yield connection
    else:
        with _begun(connection):
            yield connection


@contextmanager
def _begun(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with ExitStack() as stack:
        with _deferred(connection):
            stack.enter_context(transaction.atomic(connection.alias))
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION {_ONE_MOMENT}")
        _showing.add(connection)
        stack.callback(_showing.discard, connection)
        yield


@contextmanager
def _deferred(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let a transaction of SQLite begin without a lock, whatever the host's settings say."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    settings, name = vars(connection), "transaction_mode"
    chosen, settings[name] = settings.get(name), None
    try:
        yield
    finally:
        settings[name] = chosen


@contextmanager
def _another(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            begin = "BEGIN" if own.vendor == "sqlite" else f"BEGIN {_ONE_MOMENT}"
            cursor.execute(begin)
        yield own
    finally:
        own.close()
