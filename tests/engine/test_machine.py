"""The engine does what its model does, whatever is done to it in whatever order."""

from __future__ import annotations

import pytest

from badge_engine.ports import Store
from badge_engine.stores.memory import MemoryStore
from tests.engine.machine import run_machine

SEED = 20260105


@pytest.mark.parametrize("part", range(10))
def test_the_engine_in_memory_does_what_the_model_does(part: int) -> None:
    run_machine(MemoryStore(), SEED + part, runs=30, steps=50)


@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_the_engine_over_a_database_does_what_the_model_does(store: Store, part: int) -> None:
    run_machine(store, SEED + part, runs=10, steps=40)
