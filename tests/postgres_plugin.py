"""Gives tests a PostgreSQL database of their own; no server is started before one asks.

A plugin because pytest-django reads its settings before any conftest. All workers of a run share
one server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import owned_folder

_KEY = "postgres_folder"
_folder = pytest.StashKey[Path]()
_owned = pytest.StashKey[AbstractContextManager[Path]]()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[_folder] = Path(config.workerinput[_KEY])
        return
    config.stash[_owned] = owned_folder()
    config.stash[_folder] = config.stash[_owned].__enter__()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput[_KEY] = str(node.config.stash[_folder])


def pytest_unconfigure(config: pytest.Config) -> None:
    if _owned in config.stash:
        config.stash[_owned].__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> str:
    """The URL of a server on which databases may be created; the test fails where there is none."""
    from tests.postgres_databases import server_url  # noqa: PLC0415 - slow to import

    return server_url(request.config.stash[_folder])


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database for one test."""
    from tests.postgres_databases import empty_database  # noqa: PLC0415 - the same

    with empty_database(postgres_server) as url:
        yield url
