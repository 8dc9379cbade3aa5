"""The stores that every test of the engine runs on: one of each kind for a whole run of tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from badge_engine.ports import Store
from badge_engine.stores.memory import MemoryStore
from tests.postgres_databases import empty_database
from tests.stores.databases import postgres_store, sqlite_store

STORES = ("memory", "sqlite", "postgresql")
_people = count(1)


@contextmanager
def opened(name: str, request: pytest.FixtureRequest, **options: Any) -> Iterator[Store]:
    """A store by its name, empty; databases are made with what other fixtures give."""
    if name == "memory":
        yield MemoryStore(**options)
    elif name == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("sqlite")
        with sqlite_store(folder, **options) as store:
            yield store
    else:
        server = request.getfixturevalue("postgres_server")
        with empty_database(server) as url, postgres_store(url, **options) as store:
            yield store


def somebody(name: str = "ann") -> str:
    """The key of a user whom no store has seen."""
    return f"{name}-{next(_people)}"
