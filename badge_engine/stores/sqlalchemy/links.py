"""A connection while a store uses it: whatever happens, none goes back with a transaction open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from badge_engine.errors import ConcurrentUpdate, StoreError
from badge_engine.stores.sqlalchemy.rows import Row
from badge_engine.stores.sqlalchemy.schema import require_version, schema
from badge_engine.stores.sqlalchemy.vendors import Call, Vendor

_EQUIPPED = "badge_engine"


class Link:
    """One connection; `connection` is SQLAlchemy's, and sees what was sent."""

    def __init__(self, engine: Engine, vendor: Vendor) -> None:
        self.vendor = vendor
        self.connection = engine.connect()
        self._pooled = self.connection.connection
        self._driver: Any = self._pooled.dbapi_connection
        self._cursor = self._pooled.cursor()

    def equip(self) -> None:
        """Make the connection ready for statements, if it is new."""
        if _EQUIPPED not in self._pooled.info:
            with _translated(self.vendor):
                self.vendor.equip(self._driver)
            self._pooled.info[_EQUIPPED] = True

    def require_tables(self) -> None:
        """SchemaMismatch where the tables of this version are not there."""
        with _translated(self.vendor):
            version = self.connection.scalar(select(func.max(schema.c.version)))
        require_version(version)

    def send(self, *calls: Call) -> list[Row]:
        """Execute calls, on PostgreSQL in one round trip; the rows of the last."""
        try:
            return self.vendor.send(self._cursor, calls)
        except Exception as error:
            raise self.vendor.failure(error) from error

    def commit(self, *calls: Call) -> None:
        """Execute calls and end the transaction; StoreError where it was ended before."""
        if not self.vendor.in_transaction(self._driver):
            raise StoreError("the transaction was broken from outside; nothing was saved")
        self.send(*calls, self.vendor.commit)

    def abandon(self) -> None:
        """End the transaction without a trace, and the connection where that cannot be done."""
        if self.connection.invalidated:
            return
        try:
            self.vendor.roll_back(self._driver)
        except Exception as error:  # noqa: BLE001 - whatever it is, the connection is no good
            self.connection.invalidate(error)
            self.connection.engine.dispose()


@contextmanager
def linked(engine: Engine, vendor: Vendor) -> Iterator[Link]:
    """A connection for a while, given back whatever happens.

    Errors of the caller's own pass as they are, but for those by which the database asks to repeat
    the whole transaction.
    """
    with _translated(vendor):
        link = Link(engine, vendor)
    try:
        yield link
    except DBAPIError as error:
        link.abandon()
        failure = vendor.failure(error)
        if isinstance(failure, ConcurrentUpdate):
            raise failure from error
        raise
    except BaseException:
        link.abandon()
        raise
    finally:
        link.connection.close()


@contextmanager
def _translated(vendor: Vendor) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise vendor.failure(error) from error
