"""Databases as the command line names them: how addresses are written, and how one is opened.

What is printed of an address holds no password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from badge_engine.authoring.near import did_you_mean
from badge_engine.backfill import everybody
from badge_engine.cli.application import could_not_run, say
from badge_engine.engine.engine import Engine
from badge_engine.errors import UnusableURL
from badge_engine.events import require_key
from badge_engine.ports import Store

if TYPE_CHECKING:
    from badge_engine.stores.sqlalchemy import SqlStore

DEFAULT = "sqlite:///badges.db"

_MOST_OTHERS = 1000
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3")
_URL = re.compile(r"(sqlite(\+pysqlite)?|postgres|postgresql(\+psycopg2)?)://")
_SQLITE = re.compile(r"sqlite(?:\+pysqlite)?://(?:/(?P<path>[^?]*))?")
_PASSWORD = re.compile(r"(?<=://)([^:/@?]*):.*(?=@)")
_PASSWORD_OPTION = re.compile(r"(?<=[?&]password=)[^&]*")
_HOW = "a URL such as postgresql://coach@localhost/club, or a file such as badges.db"


def url_of(text: str) -> str:
    """The URL of a database, from one or from the path of an SQLite file."""
    if not _URL.match(text):
        if "://" in text or not text.endswith(_FILE_ENDINGS):
            raise typer.BadParameter(f"that is neither PostgreSQL nor SQLite; write {_HOW}")
        text = f"sqlite:///{text}"
    sqlite = _SQLITE.match(text)
    if sqlite is not None and sqlite["path"] in (None, "", ":memory:"):
        raise typer.BadParameter("a database in memory ends with the command; name a file")
    return text


def shown(url: str) -> str:
    """A URL as it may be printed."""
    return _PASSWORD_OPTION.sub("***", _PASSWORD.sub(r"\1:***", url))


@contextmanager
def opened(url: str, *, create: bool = False) -> Iterator[SqlStore]:
    """The store in a database, closed in the end.

    With `create` an SQLite file that is new gets its tables; else it must be there.
    """
    new = _is_new_file(url)
    if new and not create:
        message = f"there is no database at {shown(url)}; ingest makes one, or name another"
        raise FileNotFoundError(message)
    store = _store(url)
    try:
        if new:
            store.create_tables()
            say(f"note: {shown(url)} is new")
        yield store
    finally:
        store.close()


def _store(url: str) -> SqlStore:
    try:
        from badge_engine.stores.sqlalchemy import SqlStore  # noqa: PLC0415 - it needs an extra

        return SqlStore(url)
    except ModuleNotFoundError as missing:
        if missing.name != "sqlalchemy":
            raise
        could_not_run("badge-engine: sqlalchemy is not installed: pip install 'badge-engine[sql]'")
    except UnusableURL:
        raise typer.BadParameter(
            f"the URL cannot be read; write {_HOW}", param_hint="--db"
        ) from None


def users_of(engine: Engine, only: str | None = None, after: str | None = None) -> Iterable[str]:
    """The keys of all users, in order, or the one that is named and must be known."""
    if only is None:
        return everybody(engine, after)
    require_known(engine.store, only)
    return [only]


def require_known(store: Store, user: str) -> None:
    """End with status 2 unless something is stored about a user."""
    require_key("user", user)
    with store.view(user) as view:
        facts = (view.awards(), view.withdrawn(), list(islice(view.events(), 1)))
        known = view.standing is not None or any(facts)
    if not known:
        hint = did_you_mean(user, store.users(limit=_MOST_OTHERS))
        could_not_run(f"badge-engine: nothing is stored about user {user!r}{hint}")


def _is_new_file(url: str) -> bool:
    sqlite = _SQLITE.match(url)
    if sqlite is None or sqlite["path"].startswith("file:"):
        return False
    file = Path(sqlite["path"])
    return not file.exists() or not file.stat().st_size
