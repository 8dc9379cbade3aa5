"""Both databases keep the contract, PostgreSQL also without prepared statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from badge_engine.stores.sqlalchemy import SqlStore, metadata
from badge_engine.testing import StoreConformance
from tests.postgres_databases import empty_database
from tests.stores.databases import postgres_store, remove_everybody, sqlite_store


class SqlConformance(StoreConformance):
    def spoil(self, store: SqlStore, user: str, event_id: str) -> None:
        users, events = metadata.tables["badge_users"], metadata.tables["badge_events"]
        number = select(users.c.number).where(users.c.key == user).scalar_subquery()
        this = (events.c.user_number == number) & (events.c.event_id == event_id)
        with store.engine.begin() as connection:
            connection.execute(update(events).where(this).values(data="{"))


class TestSqlite(SqlConformance):
    one_writer_at_a_time = True

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqlStore]:
        with sqlite_store(tmp_path) as store:
            yield store


class PostgresConformance(SqlConformance):
    options: Mapping[str, Any] = {}

    @pytest.fixture(scope="class")
    @classmethod
    def database(cls, postgres_server: str) -> Iterator[SqlStore]:
        with empty_database(postgres_server) as url, postgres_store(url, **cls.options) as store:
            yield store

    @pytest.fixture
    def store(self, database: SqlStore) -> SqlStore:
        remove_everybody(database)
        return database


class TestPostgres(PostgresConformance):
    pass


class TestPostgresUnprepared(PostgresConformance):
    options: Mapping[str, Any] = {"prepared": False}
