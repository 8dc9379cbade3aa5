"""Which databases are used, what is refused, and what a host may do beside the store."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import QueuePool

from badge_engine.errors import ConcurrentUpdate, SchemaMismatch, StoreError, UnusableURL
from badge_engine.ports import Writes
from badge_engine.stores.sqlalchemy import SqlStore
from badge_engine.testing.conformance.base import event, save, viewed
from tests.stores.databases import postgres_store


def host_rows(store: SqlStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE posts (id INTEGER PRIMARY KEY)"))


def post(connection: object) -> None:
    assert isinstance(connection, Connection)
    connection.execute(text("INSERT INTO posts VALUES (1)"))


def posts(store: SqlStore) -> int:
    with store.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM posts")).scalar_one())


def test_tests_that_ask_for_postgresql_get_it(postgres_url: str) -> None:
    with postgres_store(postgres_url) as store, store.engine.connect() as connection:
        assert str(connection.scalar(text("SELECT version()"))).startswith("PostgreSQL ")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_postgresql_is_always_asked_through_psycopg2(scheme: str) -> None:
    assert SqlStore(f"{scheme}://coach@localhost/club").engine.driver == "psycopg2"


@pytest.mark.parametrize(
    ("url", "help_"),
    [
        ("badges.db", "not the URL of a database; write .* sqlite:///badges.db"),
        ("mysql+pymysql://localhost/club", "write postgresql://"),
        ("postgresql+asyncpg://localhost/club", "write postgresql://"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("postgresql://coach:secret@localhost:secret/club", "not the URL of a database"),
    ],
)
def test_other_databases_are_refused_with_a_way_out(url: str, help_: str) -> None:
    with pytest.raises(UnusableURL, match=help_) as refused:
        SqlStore(url)
    assert "secret" not in str(refused.value)


def test_a_driver_that_is_missing_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(StoreError, match=r"psycopg2 is missing; install badge-engine\[sql\]"):
        SqlStore("postgresql://coach@localhost/club")


def test_an_engine_of_the_host_is_used_and_left_open(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'badges.db'}")
    store = SqlStore(engine)
    store.create_tables()
    save(store, Writes(events=[event()]))
    store.close()
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedin() == 1
    engine.dispose()


def test_an_engine_of_the_host_keeps_its_own_transactions(postgres_url: str) -> None:
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg2:"))
    store = SqlStore(engine)
    store.create_tables()
    save(store, Writes(events=[event()]))
    host_rows(store)
    with engine.connect() as connection:
        post(connection)
    assert posts(store) == 0
    engine.dispose()


def test_rows_of_the_host_are_saved_with_ours(store: SqlStore) -> None:
    host_rows(store)
    with store.transaction("ann") as transaction:
        transaction.save(Writes(events=[event()]))
        post(transaction.connection)
    assert posts(store) == 1
    assert viewed(store).ids == ["run"]


def test_rows_of_the_host_go_with_ours(store: SqlStore) -> None:
    host_rows(store)
    with suppress(ZeroDivisionError), store.transaction("ann") as transaction:
        transaction.save(Writes(events=[event()]))
        post(transaction.connection)
        raise ZeroDivisionError
    assert posts(store) == 0
    assert viewed(store).ids == []
    assert store.users() == []


def test_the_host_sees_what_was_saved(store: SqlStore) -> None:
    with store.transaction("ann") as transaction:
        transaction.save(Writes(events=[event("a"), event("b")]))
        counted = transaction.connection.execute(text("SELECT count(*) FROM badge_events"))
        assert counted.scalar_one() == 2


def test_the_host_sees_its_rows_planned_as_ever(postgres_url: str) -> None:
    with postgres_store(postgres_url) as store, store.transaction("ann") as transaction:
        for setting in ("enable_seqscan", "plan_cache_mode"):
            shown = transaction.connection.execute(text(f"SHOW {setting}")).scalar_one()
            assert shown in ("on", "auto")


def test_large_batches_are_read_back_as_they_were(store: SqlStore) -> None:
    texts = ['"', "\\", "{a,b}", "NULL", "", "é😀", "'; --", "%s", "a\tb\nc"]
    events = [event(f"e{number} {one}", number, said=one) for number, one in enumerate(texts)]
    save(store, Writes(events=events))
    assert viewed(store).events == events


def test_of_two_events_with_one_id_the_last_counts(store: SqlStore) -> None:
    save(store, Writes(events=[event("run", 1), event("walk", 2), event("run", 3)]))
    assert viewed(store).events == [event("walk", 2), event("run", 3)]


def test_a_failure_names_no_content(store: SqlStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE badge_events"))
        connection.execute(text("CREATE TABLE badge_events (user_number INTEGER)"))
    with pytest.raises(StoreError) as failed:
        save(store, Writes(events=[event(note="secret")]))
    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is not None


def test_tables_that_went_away_are_missed(store: SqlStore) -> None:
    save(store, Writes(events=[event()]))
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE badge_users"))
    store.close()
    with pytest.raises(SchemaMismatch, match="badge-engine db init"):
        save(store, Writes(events=[event("walk")]))


def test_a_key_that_no_user_can_have_is_refused(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="refused"), store.view("\ud800"):
        pass


def engine_without_server(folder: Path) -> Engine:
    return create_engine(f"postgresql+psycopg2://ann@/club?host={folder}")


def test_a_server_that_is_away_may_be_asked_again(tmp_path: Path) -> None:
    store = SqlStore(engine_without_server(tmp_path))
    with pytest.raises(ConcurrentUpdate, match=r"no connection: .*No such file"):
        store.users()


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'nowhere' / 'badges.db'}")
    with pytest.raises(StoreError, match="no connection: unable to open database file"):
        store.users()
