"""What goes wrong in a database, and what a store makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from badge_engine.errors import ConcurrentUpdate, StoreError
from badge_engine.ports import Writes
from badge_engine.stores.sqlalchemy import SqlStore
from badge_engine.stores.sqlalchemy.store import SqlTransaction
from badge_engine.stores.sqlalchemy.vendors import Call
from badge_engine.testing.conformance.base import all_of, event, save, viewed
from tests.postgres import private_server
from tests.postgres_databases import administration, empty_database
from tests.stores.databases import postgres_store, sqlite_store

IMPATIENT = 0.05
RUN = Writes(events=[event("run")])
TWICE = "INSERT INTO badge_schema VALUES (1)"
WAITING = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
LIKE = text("UPDATE posts SET likes = likes + 1 WHERE id = :id")


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[SqlStore]:
    with postgres_store(postgres_url) as store:
        yield store


def save_and(store: SqlStore, then: Callable[[SqlTransaction], object]) -> None:
    """A transaction that saves, does something else, and ends well."""
    with store.transaction("ann") as transaction:
        transaction.save(RUN)
        then(transaction)


def executing(statement: str) -> Callable[[SqlTransaction], object]:
    """A host that executes something in the same transaction."""
    return lambda transaction: transaction.connection.execute(text(statement))


def in_transactions(url: str) -> int:
    """How many connections to a database sit in a transaction."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with administration(url) as connection:
        return int(connection.execute(text(f"{asked} AND state LIKE 'idle in%'")).scalar_one())


def terminate_others(url: str) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"  # noqa: S608 - no input
    with administration(url) as connection:
        assert connection.execute(text(ended)).scalars().all()


def test_who_waits_too_long_gives_way(store: SqlStore) -> None:
    impatient = SqlStore(store.engine, lock_timeout=IMPATIENT)
    save(store, RUN)
    with store.transaction("ann"), pytest.raises(ConcurrentUpdate):
        save(impatient, Writes(events=[event("walk")]))
    save(impatient, Writes(events=[event("walk")]))
    assert viewed(store).ids == ["run", "walk"]


def test_a_transaction_waits_as_long_as_the_store_was_told(store: SqlStore) -> None:
    asked = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}
    impatient = SqlStore(store.engine, lock_timeout=IMPATIENT)
    with impatient.transaction("ann") as transaction:
        answer = transaction.connection.execute(text(asked[store.engine.dialect.name]))
        assert answer.scalar_one() in (50, "50ms")


def test_who_waits_too_long_for_a_new_user_gives_way(store: SqlStore) -> None:
    impatient = SqlStore(store.engine, lock_timeout=IMPATIENT)
    with store.transaction("ann") as transaction:
        transaction.save(RUN)
        with pytest.raises(ConcurrentUpdate):
            save(impatient, RUN)
    assert viewed(store).ids == ["run"]


def test_a_user_who_appears_between_lock_and_look_is_locked_all_the_same(
    postgres: SqlStore,
) -> None:
    """The lock finds nobody, and what is read a moment later finds a user."""
    statements = postgres._statements  # noqa: SLF001 - to make the moment longer
    lock = statements.lock
    wait = "SELECT pg_advisory_xact_lock_shared(1)"

    def lock_and_wait(**values: object) -> Call:
        statements.lock = lock
        return Call(f"{lock.text}; {wait}", lock(**values).arguments)

    impatient = SqlStore(postgres.engine, lock_timeout=IMPATIENT)
    gave_way = []

    def enter() -> None:
        with postgres.transaction("ann"):
            try:
                save(impatient, RUN)
            except ConcurrentUpdate as error:
                gave_way.append(error)

    with postgres.engine.connect() as gate:
        gate.execute(text("SELECT pg_advisory_lock(1)"))
        statements.lock = lock_and_wait  # type: ignore[assignment] # it is called alike
        entering = Thread(target=enter)
        entering.start()
        while entering.is_alive() and not gate.execute(WAITING).scalars().all():
            pass
        save(impatient, RUN)
        gate.execute(text("SELECT pg_advisory_unlock(1)"))
    entering.join()
    assert len(gave_way) == 1


def test_a_user_who_is_gone_each_time_makes_callers_give_way(tmp_path: Path) -> None:
    vanishing = "CREATE TRIGGER vanishing AFTER INSERT ON badge_users BEGIN DELETE FROM badge_users"
    with sqlite_store(tmp_path) as store:
        with store.engine.begin() as connection:
            connection.execute(text(f"{vanishing}; END"))
        with pytest.raises(ConcurrentUpdate, match="'ann' is being erased"):
            save(store, RUN)
        with store.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER vanishing"))
        save(store, RUN)
        assert viewed(store).ids == ["run"]


def test_a_connection_that_a_host_closed_is_not_used_again(store: SqlStore) -> None:
    def close(transaction: SqlTransaction) -> None:
        driver = transaction.connection.connection.dbapi_connection
        assert driver is not None
        driver.close()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save_and(store, close)
    assert viewed(store).ids == []
    save(store, RUN)
    assert viewed(store).ids == ["run"]


def test_a_pool_that_leaves_connections_as_they_are_gets_none_in_a_transaction(
    store: SqlStore,
) -> None:
    def fail(_: SqlTransaction) -> None:
        raise ZeroDivisionError

    engine = create_engine(store.engine.url, pool_reset_on_return=None)
    hosted = SqlStore(engine)
    with pytest.raises(ZeroDivisionError):
        save_and(hosted, fail)
    save(store, RUN)
    save(hosted, Writes(events=[event("walk")]))
    assert viewed(store).ids == ["run", "walk"]
    engine.dispose()


def test_erasing_gives_way_as_well(store: SqlStore) -> None:
    impatient = SqlStore(store.engine, lock_timeout=IMPATIENT)
    save(store, RUN)
    with store.transaction("ann"), pytest.raises(ConcurrentUpdate):
        impatient.erase("ann")
    assert viewed(store).ids == ["run"]


def test_a_view_does_not_wait(store: SqlStore) -> None:
    impatient = SqlStore(store.engine, lock_timeout=IMPATIENT)
    save(store, RUN)
    with store.transaction("ann") as transaction:
        transaction.save(Writes(events=[event("walk")]))
        transaction.connection.execute(text("SELECT 1"))
        assert viewed(impatient).ids == ["run"]


def test_a_writer_outside_makes_sqlite_give_way(tmp_path: Path) -> None:
    with sqlite_store(tmp_path, lock_timeout=IMPATIENT) as store, store.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(ConcurrentUpdate, match="SQLITE_BUSY"):
            save(store, RUN)
        other.exec_driver_sql("ROLLBACK")
        save(store, RUN)
        assert viewed(store).ids == ["run"]


def test_a_connection_that_ended_while_idle_is_replaced(
    postgres: SqlStore, postgres_url: str
) -> None:
    save(postgres, RUN)
    terminate_others(postgres_url)
    with pytest.raises(ConcurrentUpdate):
        save(postgres, Writes(events=[event("walk")]))
    save(postgres, Writes(events=[event("walk")]))
    assert viewed(postgres).ids == ["run", "walk"]


@pytest.mark.parametrize("written", [False, True], ids=["before writing", "after writing"])
def test_a_connection_that_ends_in_a_transaction_saves_nothing(
    postgres: SqlStore, postgres_url: str, written: bool
) -> None:
    def end(transaction: SqlTransaction) -> None:
        if written:
            transaction.connection.execute(text("SELECT 1"))
        terminate_others(postgres_url)

    with pytest.raises(ConcurrentUpdate):
        save_and(postgres, end)
    assert viewed(postgres).ids == []
    assert postgres.users() == []


def test_a_restart_costs_one_call_however_many_connections_there_were() -> None:
    with (
        private_server() as server,
        empty_database(server.url) as url,
        postgres_store(url) as store,
    ):
        with ExitStack() as views:
            for user in ("ann", "bob", "eve"):
                views.enter_context(store.view(user))
        server.restart("immediate")
        with pytest.raises(ConcurrentUpdate):
            save(store, RUN)
        save(store, RUN)
        assert viewed(store).ids == ["run"]


def test_a_pool_without_a_free_connection_makes_callers_give_way(
    postgres: SqlStore, postgres_url: str
) -> None:
    url = postgres_url.replace("postgresql:", "postgresql+psycopg2:")
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=IMPATIENT)
    small = SqlStore(engine)
    with small.view("ann"), pytest.raises(ConcurrentUpdate, match="no connection"):
        save(small, RUN)
    save(small, RUN)
    engine.dispose()
    assert viewed(postgres).ids == ["run"]


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03", "57P01", "08006", "25P03"])
def test_an_error_of_the_host_that_asks_to_repeat_is_passed_on_as_such(
    postgres: SqlStore, code: str
) -> None:
    with pytest.raises(ConcurrentUpdate, match=code):
        save_and(postgres, executing(f"DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$"))
    assert viewed(postgres).ids == []


def test_any_other_error_of_the_host_stays_its_own(store: SqlStore) -> None:
    with pytest.raises(IntegrityError):
        save_and(store, executing(TWICE))
    assert viewed(store).ids == []


def test_a_transaction_that_the_host_broke_is_not_taken_for_saved(postgres: SqlStore) -> None:
    def go_on(transaction: SqlTransaction) -> None:
        with suppress(IntegrityError):
            executing(TWICE)(transaction)

    with pytest.raises(StoreError, match="ended or broken by somebody else"):
        save_and(postgres, go_on)
    assert viewed(postgres).ids == []


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
def test_a_transaction_that_the_host_ended_is_not_taken_for_ours(
    store: SqlStore, ending: str
) -> None:
    with pytest.raises(StoreError, match="ended or broken by somebody else"):
        save_and(store, executing(ending))


def test_the_host_may_come_back_to_a_savepoint(store: SqlStore) -> None:
    def come_back(transaction: SqlTransaction) -> None:
        with suppress(IntegrityError), transaction.connection.begin_nested():
            executing(TWICE)(transaction)

    save_and(store, come_back)
    assert viewed(store).ids == ["run"]


@pytest.mark.parametrize("raised", [ZeroDivisionError, KeyboardInterrupt, GeneratorExit])
def test_no_connection_goes_back_with_a_transaction_open(
    postgres: SqlStore, postgres_url: str, raised: type[BaseException]
) -> None:
    def fail(transaction: SqlTransaction) -> None:
        all_of(transaction)
        raise raised

    with pytest.raises(raised):
        save_and(postgres, fail)
    assert in_transactions(postgres_url) == 0
    with pytest.raises(raised), postgres.view("ann"):
        raise raised
    assert in_transactions(postgres_url) == 0
    save(postgres, RUN)


def test_statements_that_somebody_threw_away_are_prepared_again(postgres: SqlStore) -> None:
    save(postgres, RUN)
    with postgres.engine.connect() as connection:
        connection.exec_driver_sql("DEALLOCATE ALL")
    with pytest.raises(ConcurrentUpdate, match="prepared=False"):
        save(postgres, Writes(events=[event("walk")]))
    save(postgres, Writes(events=[event("walk")]))
    assert viewed(postgres).ids == ["run", "walk"]


def test_of_two_that_wait_for_each_other_one_gives_way(postgres: SqlStore) -> None:
    """Each has a user, and wants the row of the host's that the other has."""
    with postgres.engine.begin() as connection:
        connection.execute(text("CREATE TABLE posts (id INTEGER PRIMARY KEY, likes INTEGER)"))
        connection.execute(text("INSERT INTO posts VALUES (1, 0), (2, 0)"))
    both_have_one = Barrier(2)
    gave_way = []

    def like(user: str, first: int, second: int) -> None:
        with suppress(ConcurrentUpdate), postgres.transaction(user) as transaction:
            transaction.save(Writes(events=[event("run", user=user)]))
            for post in (first, second):
                transaction.connection.execute(LIKE, {"id": post})
                if post == first:
                    both_have_one.wait()
            return
        gave_way.append(user)

    likers = [Thread(target=like, args=one) for one in (("ann", 1, 2), ("bob", 2, 1))]
    for one in likers:
        one.start()
    for one in likers:
        one.join()
    assert len(gave_way) == 1
    assert set(postgres.users()) == {"ann", "bob"} - set(gave_way)
