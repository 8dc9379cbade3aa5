"""Every store keeps the contract."""

from __future__ import annotations

import pytest

from badge_engine.stores.memory import MemoryStore
from badge_engine.testing import StoreConformance


class TestMemory(StoreConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
