"""Stores without a database keep the contract; those with one are tried beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sybil import Document

from badge_engine.errors import StoreError
from badge_engine.ports import Writes
from badge_engine.stores.memory import MemoryStore
from badge_engine.testing import StoreConformance
from badge_engine.testing.conformance.base import event, viewed
from tests.docs_examples import ROOT, blocks_of
from tests.stores.third_store import FolderStore


class TestMemory(StoreConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    def test_a_second_save_in_one_transaction_is_refused(self, store: MemoryStore) -> None:
        with store.transaction("ann") as transaction:
            transaction.save(Writes(events=[event("run")]))
            with pytest.raises(StoreError, match="save once a transaction"):
                transaction.save(Writes(events=[event("walk")]))
        assert viewed(store).ids == ["run"]


class TestFolder(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        return FolderStore(tmp_path)

    def spoil(self, store: FolderStore, user: str, event_id: str) -> None:
        path = store.path(user)
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["rows"][event_id]["data"] = "{"
        path.write_text(json.dumps(kept), encoding="utf-8")


def shown_in(page: Path, name: str) -> Any:
    """What the first Python blocks of a page define under a name."""
    document = Document(page.read_text(encoding="utf-8"), str(page))
    namespace: dict[str, Any] = {"__name__": "example"}
    for _, block in blocks_of(document):
        if block.language == "python" and name not in namespace:
            exec(compile(block.source, str(page), "exec"), namespace)  # noqa: S102 - our own page
    return namespace[name]


TestDocumented = shown_in(ROOT / "docs" / "stores.md", "TestSmallStore")
