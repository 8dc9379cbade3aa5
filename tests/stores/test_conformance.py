"""Stores without a database keep the contract; those with one are tried beside this file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from badge_engine.stores.memory import MemoryStore
from badge_engine.testing import StoreConformance
from tests.stores.third_store import FolderStore


class TestMemory(StoreConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestFolder(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        return FolderStore(tmp_path)

    def spoil(self, store: FolderStore, user: str, event_id: str) -> None:
        path = store.path(user)
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["rows"][event_id]["data"] = "{"
        path.write_text(json.dumps(kept), encoding="utf-8")
