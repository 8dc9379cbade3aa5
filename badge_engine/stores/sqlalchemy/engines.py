"""Which databases can be used, and how their URLs are read."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from badge_engine.errors import StoreError
from badge_engine.stores.sqlalchemy.postgresql import Postgresql
from badge_engine.stores.sqlalchemy.sqlite import Sqlite
from badge_engine.stores.sqlalchemy.vendors import Vendor


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
