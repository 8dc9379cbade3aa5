"""Fixtures of the tests of the engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from badge_engine.ports import Store
from tests.engine.stores import STORES, opened


@pytest.fixture(scope="session", params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each store in turn, shared by all tests; keep to users of your own."""
    with opened(request.param, request) as store:
        yield store


@pytest.fixture(scope="session", params=STORES)
def impatient(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each store in turn, when it does not wait for others."""
    with opened(request.param, request, lock_timeout=0.05) as store:
        yield store
