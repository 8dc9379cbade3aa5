"""A connection while a store uses it: whatever happens, none goes back with a transaction open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from badge_engine.errors import ConcurrentUpdate, StoreError
from badge_engine.rows import Row
from badge_engine.stores.sqlalchemy.schema import require_version, schema
from badge_engine.stores.sqlalchemy.vendors import Call, Vendor, driver_error

_EQUIPPED = "badge_engine"
_VERSION = Call(str(select(func.max(schema.c.version))))


class Link:
    """One connection; `connection` is SQLAlchemy's, and sees what was sent."""

    def __init__(self, engine: Engine, vendor: Vendor) -> None:
        self.vendor = vendor
        self.connection = engine.connect()
        self._pooled = self.connection.connection
        self._driver: Any = self._pooled.dbapi_connection
        self._cursor = self._pooled.cursor()

    def require_tables(self) -> None:
        """SchemaMismatch where the tables of this version are not there."""
        ((version,),) = self.send(_VERSION)
        require_version(version)

    def equip(self) -> None:
        """Make the connection ready for statements, if it is new."""
        if _EQUIPPED not in self._pooled.info:
            try:
                self.vendor.equip(self._driver)
            except Exception as error:
                raise self.failure(error) from error
            self._pooled.info[_EQUIPPED] = True

    def send(self, *calls: Call) -> list[Row]:
        """Execute calls, on PostgreSQL in one round trip; the rows of the last."""
        try:
            return self.vendor.send(self._cursor, calls)
        except Exception as error:
            raise self.failure(error) from error

    def commit(self, *calls: Call) -> None:
        """Execute calls and end the transaction; StoreError where it cannot be ended well."""
        if not self.vendor.in_transaction(self._driver):
            raise StoreError("the transaction was ended or broken by somebody else")
        self.send(*calls, self.vendor.commit)

    def abandon(self) -> None:
        """End the transaction without a trace, and the connection where that cannot be done."""
        if self.connection.invalidated:
            return
        try:
            self.vendor.roll_back(self._driver)
        except Exception as error:  # noqa: BLE001 - whatever it is, the connection is no good
            self._give_up(error)

    def failure(self, error: Exception) -> StoreError:
        """The error of ours for another; a connection that it ends is not used again."""
        cause = driver_error(error)
        if self.vendor.is_lost(cause):
            self._give_up(error)
        elif self.vendor.spoils(cause):
            self.connection.invalidate(error)
        return self.vendor.failure(error)

    def _give_up(self, error: Exception) -> None:
        """Part with the connection, and with others that are likely to be lost as well."""
        self.connection.invalidate(error)
        self.connection.engine.dispose()


@contextmanager
def linked(engine: Engine, vendor: Vendor) -> Iterator[Link]:
    """A connection for a while, given back whatever happens.

    Errors of the caller's own pass as they are, but for those by which the database asks to repeat
    the whole transaction.
    """
    link = _connected(engine, vendor)
    try:
        yield link
    except DBAPIError as error:
        failure = link.failure(error)
        link.abandon()
        if isinstance(failure, ConcurrentUpdate):
            raise failure from error
        raise
    except BaseException:
        link.abandon()
        raise
    finally:
        link.connection.close()


def _connected(engine: Engine, vendor: Vendor) -> Link:
    try:
        return Link(engine, vendor)
    except Exception as error:
        failure = vendor.failure(error)
        said = str(driver_error(error)).partition("\n")[0]
        raise type(failure)(f"no connection: {said}") from error
