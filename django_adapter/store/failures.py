"""What an error of the database means for whoever called; messages hold no content of events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error

from badge_engine import ConcurrentUpdate, SchemaMismatch, StoreError

_LOST = ("08", "57P", "25P03")
_PASSING = (
    "40001",  # could not serialize
    "40P01",  # deadlock
    "55P03",  # waited too long for a lock
    "53300",  # too many connections
)
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_WITHOUT_ANSWER = ("OperationalError", "InterfaceError", "DatabaseError")
"""What a driver of PostgreSQL raises where the server gave no code, because it did not answer."""


@contextmanager
def of_the_store() -> Iterator[None]:
    """Around statements of the store: every error of the database becomes one of ours."""
    try:
        yield
    except Error as error:
        raise _failure(error) from error


@contextmanager
def of_the_caller() -> Iterator[None]:
    """Around whatever runs in a transaction.

    Errors of the caller's own pass as they are, but for those by which the database asks to repeat
    the whole transaction.
    """
    try:
        yield
    except Error as error:
        failure = _failure(error)
        if isinstance(failure, ConcurrentUpdate):
            raise failure from error
        raise


def _failure(error: Error) -> StoreError:
    cause = error.__cause__ or error
    code = _code(cause)
    named = type(cause).__name__ + (f", {code}" if code else "")
    if _is_passing(cause, code):
        return ConcurrentUpdate(f"the database gave way ({named}); repeat the call")
    if code in ("42P01", "42703") or str(cause).startswith(("no such table", "no such column")):
        return SchemaMismatch("the tables are not there; run `manage.py migrate badge_engine`")
    return StoreError(f"the database refused ({named})")


def _is_passing(cause: BaseException, code: str | None) -> bool:
    if code is None:
        return type(cause).__name__ in _WITHOUT_ANSWER
    return code in _PASSING or code.startswith((*_LOST, *_BUSY))


def _code(cause: BaseException) -> str | None:
    """What psycopg2, psycopg or sqlite3 calls the error; empty where it has no name for it."""
    for name in ("pgcode", "sqlstate", "sqlite_errorname"):
        if hasattr(cause, name):
            code: str | None = getattr(cause, name)
            return code
    return ""
