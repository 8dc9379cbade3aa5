"""How often PostgreSQL is asked, counted on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, text

from badge_engine.ports import Checkpoint, Standing, Transaction, Writes
from badge_engine.stores.sqlalchemy import SqlStore
from badge_engine.testing.conformance.base import audited, award, event, instant, save
from benchmarks.trips import Wire, wire
from tests.stores.databases import postgres_store

STANDING = Standing("rules", b"states")
OF_EVERYTHING = Writes(
    events=[event("b", 5), event("c", 6)],
    withdrawn=["d"],
    standing=STANDING,
    large={1: b"large", 2: None},
    keep_through=1,
    forget=[7],
    checkpoints=[Checkpoint(2, (instant(5), "b"), b"states")],
    awards=[award(), award("other")],
    audit=[audited()],
)


@pytest.fixture
def passing(postgres_url: str) -> Iterator[tuple[SqlStore, Wire]]:
    """A store that is in use, and the wire that it goes through."""
    with wire(postgres_url) as passing, postgres_store(passing.url) as store:
        first = [event("a", 1)]
        states = [Checkpoint(1, (instant(1), "a"), b"states")]
        save(store, Writes(events=first, standing=STANDING, checkpoints=states))
        passing.trips = 0
        yield store, passing


def nothing(_: Transaction) -> None:
    """Only look at what the lock gave."""


def on_time(transaction: Transaction) -> None:
    assert transaction.standing in (None, STANDING)
    assert transaction.known == {}
    transaction.save(OF_EVERYTHING)


def late(transaction: Transaction) -> None:
    transaction.tail((instant(3), "b"))
    transaction.save(OF_EVERYTHING)


def a_thousand(transaction: Transaction) -> None:
    events = [event(f"e{number}", number) for number in range(1000)]
    transaction.save(Writes(events=events, standing=STANDING))


def with_rows_of_the_host(transaction: Transaction) -> None:
    transaction.save(OF_EVERYTHING)
    assert isinstance(transaction.connection, Connection)
    transaction.connection.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("work", "trips"),
    [(nothing, 2), (on_time, 2), (late, 3), (a_thousand, 2), (with_rows_of_the_host, 4)],
)
def test_a_transaction_takes_few_trips(
    passing: tuple[SqlStore, Wire], work: Callable[[Transaction], None], trips: int
) -> None:
    store, counted = passing
    with store.transaction("ann", ["b"]) as transaction:
        work(transaction)
    assert counted.trips == trips


def test_the_first_event_of_a_user_takes_one_trip_more(passing: tuple[SqlStore, Wire]) -> None:
    store, counted = passing
    with store.transaction("bob", ["b"]) as transaction:
        on_time(transaction)
    assert counted.trips == 3


def test_a_view_takes_a_trip_for_each_look_and_two_around_them(
    passing: tuple[SqlStore, Wire],
) -> None:
    store, counted = passing
    with store.view("ann") as view:
        assert view.standing == STANDING
        view.awards()
    assert counted.trips == 3


def test_a_new_connection_is_prepared_in_one_trip(passing: tuple[SqlStore, Wire]) -> None:
    store, counted = passing
    save(store, OF_EVERYTHING)
    usual = counted.trips
    store.close()
    counted.trips = 0
    with store.engine.connect():
        connected = counted.trips
    counted.trips = 0
    save(store, OF_EVERYTHING)
    assert connected > 0
    assert counted.trips == usual + 1


def test_erasing_takes_two_trips(passing: tuple[SqlStore, Wire]) -> None:
    store, counted = passing
    store.erase("ann")
    assert counted.trips == 2
