"""Stores in a database, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from badge_engine.stores.sqlalchemy import SqlStore
from tests.stores.databases import postgres_store, sqlite_store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """A store with its tables, in each kind of database."""
    if request.param == "sqlite":
        with sqlite_store(tmp_path) as store:
            yield store
    else:
        with postgres_store(request.getfixturevalue("postgres_url")) as store:
            yield store
