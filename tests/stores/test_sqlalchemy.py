from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from tests.stores.databases import postgres_store, sqlite_store


def test_the_fixture_gives_a_postgresql(postgres_url: str) -> None:
    with postgres_store(postgres_url) as store, store.engine.connect() as connection:
        assert "PostgreSQL" in str(connection.scalar(text("SELECT version()")))


def test_nobody_is_known_in_new_tables(tmp_path: Path) -> None:
    with sqlite_store(tmp_path) as store:
        assert store.users() == []
