"""Which databases can be used, and how their URLs are read."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from badge_engine.errors import StoreError, UnusableURL
from badge_engine.stores.sqlalchemy.postgresql import Postgresql
from badge_engine.stores.sqlalchemy.sqlite import Sqlite
from badge_engine.stores.sqlalchemy.vendors import Vendor

_POSTGRESQL = "postgresql+psycopg2"
_SQLITE = "sqlite+pysqlite"
_DRIVERS = {
    "postgresql": _POSTGRESQL,
    "postgres": _POSTGRESQL,
    _POSTGRESQL: _POSTGRESQL,
    "sqlite": _SQLITE,
    _SQLITE: _SQLITE,
}
_EXAMPLES = "postgresql://coach@localhost/club or sqlite:///badges.db"


def open_engine(text: str) -> Engine:
    """An engine for a URL; UnusableURL for one that we cannot use."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise UnusableURL(f"that is not the URL of a database; write {_EXAMPLES}") from None
    url = url.set(drivername=_driver(url.drivername))
    _require_file(url)
    try:
        return create_engine(url, isolation_level="AUTOCOMMIT")
    except ModuleNotFoundError as error:
        raise StoreError(f"{error.name} is missing; install badge-engine[sql]") from error


def vendor_of(engine: Engine, lock_timeout: float, *, prepared: bool) -> Vendor:
    """What an engine's database needs; UnusableURL for one that we cannot use."""
    if _driver(f"{engine.dialect.name}+{engine.dialect.driver}") == _POSTGRESQL:
        return Postgresql(lock_timeout, prepared=prepared)
    _require_file(engine.url)
    return Sqlite(lock_timeout)


def _driver(name: str) -> str:
    if name not in _DRIVERS:
        raise UnusableURL(f"a database is asked through {name!r}; write {_EXAMPLES}")
    return _DRIVERS[name]


def _require_file(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise UnusableURL("SQLite in memory keeps nothing; name a file or use MemoryStore")
