"""Stores for a test: with their tables, and closed in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from badge_engine.stores.sqlalchemy import SqlStore, metadata


@contextmanager
def sqlite_store(folder: Path, **options: Any) -> Iterator[SqlStore]:
    """A store in a file of a folder, such as pytest's `tmp_path`."""
    with _store(f"sqlite:///{folder / 'badges.db'}", **options) as store:
        yield store


@contextmanager
def postgres_store(url: str, **options: Any) -> Iterator[SqlStore]:
    """A store in an empty database, such as that of the fixture `postgres_url`."""
    with _store(url, **options) as store:
        yield store


def remove_everybody(store: SqlStore) -> None:
    """Make the tables of a store empty, in less time than new ones take."""
    with store.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name != "badge_schema":
                connection.execute(delete(table))


@contextmanager
def _store(url: str, **options: Any) -> Iterator[SqlStore]:
    store = SqlStore(url, **options)
    try:
        store.create_tables()
        yield store
    finally:
        store.close()
