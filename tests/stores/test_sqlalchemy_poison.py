"""A row that somebody else spoiled is left out, and takes nothing else down."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from badge_engine.ports import Checkpoint, Writes
from badge_engine.stores.sqlalchemy import SqlStore
from badge_engine.testing.conformance.base import (
    audited,
    award,
    checkpoints,
    event,
    instant,
    known,
    save,
    viewed,
)

IN_ANY_DATABASE = {
    "no type": "type = NULL",
    "a type that is no slug": "type = 'Work Out!'",
    "before 1970": "instant = -1",
    "after 9998": "instant = 253370764800000000",
    "no day": "day = NULL",
    "data that is no JSON": "data = '{'",
    "data that is no object": "data = '[secret]'",
    "data that is not there": "data = NULL",
    "data deeper than a stack": f"data = '{'[' * 100_000}'",
}
IN_POSTGRESQL = {
    "a day without a date": "day = 'infinity'",
    "a day before Christ": "day = '0044-03-15 BC'",
    "a day after 9999": "day = '12000-01-01'",
    "the end of a day": "clock = '24:00'",
}
IN_SQLITE = {
    "an instant that is text": "instant = 'secret'",
    "an instant with a fraction": "instant = 1.5",
    "a day that is text": "day = 'secret'",
    "a day that is a number": "day = 7",
    "a clock that is text": "clock = 'secret'",
    "a clock with an offset": "clock = '12:00+02:00'",
    "data that is a number": "data = 7.5",
    "data that is no text": "data = x'ff'",
    "a text that is no UTF-8": "data = CAST(x'7bff7d' AS TEXT)",
    "an id that is no text": "event_id = x'ff'",
}


def spoil(store: SqlStore, change: str, table: str = "badge_events") -> None:
    statement = f"UPDATE {table} SET {change} WHERE event_id = 'spoiled'"  # noqa: S608 - on purpose
    with store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def filled(store: SqlStore) -> None:
    save(store, Writes(events=[event("a", 1), event("spoiled", 2, note="secret"), event("z", 3)]))


@pytest.mark.parametrize(
    ("store", "change"),
    [
        pytest.param(database, change, id=f"{database}: {what}")
        for database, own in (("postgresql", IN_POSTGRESQL), ("sqlite", IN_SQLITE))
        for what, change in (IN_ANY_DATABASE | own).items()
    ],
    indirect=["store"],
)
def test_an_unreadable_event_is_left_out_everywhere(
    store: SqlStore, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    filled(store)
    spoil(store, change)
    caplog.set_level(logging.WARNING, "badge_engine.stores")
    kept = viewed(store)
    assert kept.ids == ["a", "z"]
    assert kept.newest == (event("z", 3), event("z", 3))
    assert known(store, "a", "spoiled") == {"a": event("a", 1)}
    with store.transaction("ann") as transaction:
        assert [one.id for one in transaction.tail((instant(1), "b")).events] == ["a", "z"]
    assert "cannot be read" in caplog.text
    assert "'ann'" in caplog.text
    assert "secret" not in caplog.text


def test_an_unreadable_event_can_be_replaced(store: SqlStore) -> None:
    filled(store)
    spoil(store, "data = '{'")
    save(store, Writes(events=[event("spoiled", 2)]))
    assert viewed(store).ids == ["a", "spoiled", "z"]


def test_the_newest_is_the_last_that_can_be_read(store: SqlStore) -> None:
    save(store, Writes(events=[event("a", 1), event("b", 2), event("spoiled", 3)]))
    spoil(store, "data = '{'")
    assert viewed(store).newest == (event("b", 2), event("b", 2))


def test_nobody_is_the_newest_where_none_can_be_read(store: SqlStore) -> None:
    save(store, Writes(events=[event("spoiled")]))
    spoil(store, "data = '{'")
    assert viewed(store).newest == (None, None)


def test_a_zone_that_is_gone_does_not_make_an_event_the_newest_with_one(store: SqlStore) -> None:
    save(store, Writes(events=[event("a", 1), event("spoiled", 3)]))
    spoil(store, "zone = 'Mars/Olympus'")
    newest, zoned = viewed(store).newest
    assert newest is not None
    assert newest.id == "spoiled"
    assert zoned == event("a", 1)


@pytest.mark.parametrize(
    "change",
    ["status = 'lost'", "earned_at = 9000000000000000000", "seen_at = -9000000000000000000"],
)
def test_an_unreadable_award_is_left_out(
    store: SqlStore, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    save(store, Writes(awards=[award("good"), award("bad", event="spoiled")]))
    spoil(store, change, "badge_awards")
    assert viewed(store).awards == [award("good")]
    assert "award 'bad' of user 'ann' cannot be read" in caplog.text


def test_an_unreadable_entry_of_the_audit_is_left_out(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    save(store, Writes(audit=[audited("good"), audited("bad")]))
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE badge_audit SET kind = 'lost' WHERE badge = 'bad'"))
    assert viewed(store).audit == [audited("good")]
    assert "audit 'bad' of user 'ann' cannot be read" in caplog.text


def test_checkpoints_are_found_beside_an_unreadable_event(store: SqlStore) -> None:
    filled(store)
    save(store, Writes(checkpoints=[Checkpoint(1, (instant(1), "a"), b"states")]))
    spoil(store, "instant = -1")
    assert len(checkpoints(store)) == 1
