"""What goes wrong in a database, what the store makes of it, and what is left to the caller."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from badge_engine import ConcurrentUpdate, Engine, SchemaMismatch, StoreError
from badge_engine.ports import Writes
from badge_engine.testing.conformance.base import event, known, read, save, viewed
from django_adapter.store import DjangoStore
from django_adapter.store.store import DjangoTransaction
from tests.django.together import together
from tests.faults.rounds import NOW, PAIRS

on_postgresql = pytest.mark.skipif(
    settings.DATABASE != "postgresql", reason="SQLite has no server that could say this"
)
RUN = Writes(events=[event("run")])
SECRETS = Writes(events=[event("secret run", note="secret"), event("secret walk", 1)])
PASSING = {
    "40001": "a serialization failure",
    "40P01": "a deadlock",
    "55P03": "a lock that is not available",
    "53300": "too many connections",
    "57P01": "a shutdown",
    "08006": "a connection that failed",
}
HASTY, PATIENT = {
    "postgresql": ("SET lock_timeout = '50ms'", "SET lock_timeout = 0"),
    "sqlite": ("PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 20000"),
}[settings.DATABASE]


def execute(statement: str, *arguments: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall()) if cursor.description else []


def save_and(store: DjangoStore, then: Callable[[DjangoTransaction], object]) -> None:
    """A transaction that saves, does something else, and ends well."""
    with store.transaction("ann") as transaction:
        transaction.save(RUN)
        then(transaction)


def save_hastily(store: DjangoStore) -> None:
    execute(HASTY)
    save(store, Writes(events=[event("walk")]))


def raising(state: str) -> Callable[[object], object]:
    return lambda _: execute(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$")


def end_connection(_: object = None) -> None:
    ((process,),) = execute("SELECT pg_backend_pid()")
    together([lambda: execute("SELECT pg_terminate_backend(%s, 5000)", process)])


def ask_nonsense(_: object) -> None:
    execute("SELECT 1 FROM nowhere")


def divide_by_zero(_: object) -> None:
    raise ZeroDivisionError


@transaction.atomic
def save_twice(store: DjangoStore) -> None:
    save(store, RUN)
    end_connection()
    save(store, Writes(events=[event("walk")]))


@pytest.fixture
def one_event_of_a_type(store: DjangoStore) -> Iterator[None]:
    """A database that refuses a second event of the same type."""
    execute("CREATE UNIQUE INDEX one_of_a_type ON badge_engine_event (type)")
    yield
    execute("DROP INDEX one_of_a_type")


@contextmanager
def vanishing_persons() -> Iterator[None]:
    """A database in which whoever is added is gone at once."""
    begin = "CREATE TRIGGER vanishing AFTER INSERT ON badge_engine_person"
    gone = "BEGIN DELETE FROM badge_engine_person;"
    if connection.vendor == "sqlite":
        execute(f"{begin} {gone} END")
        yield
        execute("DROP TRIGGER vanishing")
    else:
        body = f"AS '{gone} RETURN NULL; END' LANGUAGE plpgsql"
        execute(f"CREATE FUNCTION vanish() RETURNS trigger {body}")
        execute(f"{begin} FOR EACH ROW EXECUTE FUNCTION vanish()")
        yield
        execute("DROP FUNCTION vanish CASCADE")


# What an error means


def test_who_waits_too_long_gives_way(store: DjangoStore) -> None:
    save(store, RUN)
    with store.transaction("ann"), pytest.raises(ConcurrentUpdate, match="repeat the call"):
        together([lambda: save_hastily(store)])
    assert viewed(store).ids == ["run"]


@on_postgresql
@pytest.mark.parametrize("state", PASSING, ids=PASSING.get)
def test_what_the_database_asks_to_repeat_makes_callers_give_way(
    store: DjangoStore, state: str
) -> None:
    with pytest.raises(ConcurrentUpdate, match=state):
        save_and(store, raising(state))
    assert read(store).ids == []


def test_an_error_of_the_callers_own_stays_what_it_is(store: DjangoStore) -> None:
    with pytest.raises(DatabaseError, match="nowhere"):
        save_and(store, ask_nonsense)
    assert read(store).ids == []


@pytest.mark.usefixtures("one_event_of_a_type")
def test_what_the_database_refuses_is_told_without_what_it_holds(store: DjangoStore) -> None:
    with pytest.raises(StoreError, match=r"^the database refused \(.*(23505|UNIQUE)\)$") as caught:
        save(store, SECRETS)
    assert not isinstance(caught.value, ConcurrentUpdate)
    assert viewed(store).ids == []


@pytest.mark.usefixtures("one_event_of_a_type")
def test_nothing_of_what_events_hold_is_logged(
    store: DjangoStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "badge_engine")
    batch = Engine(store, PAIRS, clock=lambda: NOW).record_many(SECRETS.events)
    assert [one.result for one in batch.outcomes] == ["failed", "failed"]
    assert caplog.text != ""
    assert "secret" not in caplog.text


def test_missing_tables_are_asked_for(store: DjangoStore) -> None:
    with transaction.atomic():
        execute("ALTER TABLE badge_engine_event RENAME TO badge_engine_elsewhere")
        with pytest.raises(SchemaMismatch, match=r"run `manage\.py migrate"):
            known(store, "run")
        assert store.users() == []
        transaction.set_rollback(True)
    assert known(store, "run") == {}


def test_a_user_who_is_gone_each_time_makes_callers_give_way(store: DjangoStore) -> None:
    with vanishing_persons(), pytest.raises(ConcurrentUpdate, match="'ann' is being erased"):
        save(store, RUN)
    save(store, RUN)
    assert viewed(store).ids == ["run"]


# Connections that end


@on_postgresql
def test_a_connection_that_ends_within_a_transaction_saves_nothing(store: DjangoStore) -> None:
    with pytest.raises(ConcurrentUpdate):
        save_and(store, end_connection)
    assert read(store).ids == []


@on_postgresql
def test_a_connection_that_ended_while_idle_is_replaced_when_the_engine_repeats(
    store: DjangoStore,
) -> None:
    engine = Engine(store, PAIRS, clock=lambda: NOW)
    engine.record(event("run"))
    end_connection()
    engine.record(event("walk", 1))
    assert viewed(store).ids == ["run", "walk"]


@on_postgresql
def test_a_connection_that_ends_within_the_callers_transaction_takes_it_along(
    store: DjangoStore,
) -> None:
    with pytest.raises(ConcurrentUpdate):
        save_twice(store)
    assert viewed(store).ids == []


# What is left to the caller


@pytest.mark.parametrize("then", [divide_by_zero, ask_nonsense])
def test_an_error_leaves_the_callers_transaction_as_it_was(
    store: DjangoStore, then: Callable[[DjangoTransaction], object]
) -> None:
    with transaction.atomic():
        save(store, Writes(events=[event("before")]))
        with pytest.raises((ZeroDivisionError, DatabaseError)):
            save_and(store, then)
        save(store, Writes(events=[event("after", 1)]))
    assert read(store).ids == ["before", "after"]


@on_postgresql
def test_giving_way_leaves_the_callers_transaction_as_it_was(store: DjangoStore) -> None:
    with transaction.atomic():
        for state in PASSING:
            with pytest.raises(ConcurrentUpdate):
                save_and(store, raising(state))
        save(store, RUN)
    assert read(store).ids == ["run"]


@pytest.mark.usefixtures("one_event_of_a_type")
def test_a_refusal_leaves_the_callers_transaction_as_it_was(store: DjangoStore) -> None:
    with transaction.atomic():
        save(store, RUN)
        with pytest.raises(StoreError):
            save(store, Writes(events=[event("walk", 1)]))
        assert read(store).ids == ["run"]
    assert read(store).ids == ["run"]


def test_what_the_caller_does_not_commit_was_never_there(store: DjangoStore) -> None:
    with transaction.atomic():
        save(store, RUN)
        assert read(store).ids == ["run"]
        transaction.set_rollback(True)
    assert store.users() == []


def test_a_view_may_be_left_for_a_transaction_on_the_same_connection(store: DjangoStore) -> None:
    save(store, RUN)
    with store.view("ann") as view:
        save(store, Writes(events=[event("walk", 1)]))
        assert view.standing is None
    assert viewed(store).ids == ["run", "walk"]


def test_after_a_view_writers_lock_at_once_again(store: DjangoStore) -> None:
    viewed(store)
    with transaction.atomic():
        save(store, RUN)
        with pytest.raises(ConcurrentUpdate):
            together([lambda: save_hastily(store)])
