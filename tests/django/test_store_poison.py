"""A row that somebody else spoiled is left out, and takes nothing else down."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from django.db import connection

from badge_engine.ports import Writes
from badge_engine.testing.conformance.base import (
    audited,
    award,
    checkpoint,
    event,
    instant,
    known,
    save,
    viewed,
)
from django_adapter.store import DjangoStore

ANYWHERE = {
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
SPOILED = {
    "postgresql": {
        "a day without a date": "day = 'infinity'",
        "a day before Christ": "day = '0044-03-15 BC'",
        "a day after 9999": "day = '12000-01-01'",
    },
    "sqlite": {
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
    },
}
CHANGES = ANYWHERE | SPOILED[settings.DATABASE]


def spoil(change: str, table: str = "badge_engine_event") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change} WHERE event_id = 'spoiled'")  # noqa: S608 - on purpose


def filled(store: DjangoStore) -> None:
    save(store, Writes(events=[event("a", 1), event("spoiled", 2, note="secret"), event("z", 3)]))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_unreadable_event_is_left_out_everywhere(
    store: DjangoStore, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    filled(store)
    spoil(change)
    caplog.set_level(logging.WARNING, "badge_engine.stores")
    kept = viewed(store)
    assert kept.ids == ["a", "z"]
    assert kept.newest == (event("z", 3), event("z", 3))
    assert known(store, "a", "spoiled") == {"a": event("a", 1)}
    save(store, Writes(checkpoints=[checkpoint(1, 0)]))
    with store.transaction("ann") as transaction:
        assert [one.id for one in transaction.tail((instant(1), "b")).events] == ["a", "z"]
    assert "cannot be read" in caplog.text
    assert "'ann'" in caplog.text
    assert "secret" not in caplog.text


def test_who_asks_for_an_unreadable_event_is_told(store: DjangoStore) -> None:
    filled(store)
    spoil("data = '{'")
    with store.transaction("ann", ["a", "spoiled", "unseen"]) as transaction:
        assert transaction.unreadable == {"spoiled"}


def test_the_newest_is_the_last_that_can_be_read(store: DjangoStore) -> None:
    save(store, Writes(events=[event("a", 1), event("b", 2), event("spoiled", 3)]))
    spoil("data = '{'")
    assert viewed(store).newest == (event("b", 2), event("b", 2))


def test_nobody_is_the_newest_where_none_can_be_read(store: DjangoStore) -> None:
    save(store, Writes(events=[event("spoiled")]))
    spoil("data = '{'")
    assert viewed(store).newest == (None, None)


def test_a_zone_that_is_gone_does_not_make_an_event_the_newest_with_one(
    store: DjangoStore,
) -> None:
    save(store, Writes(events=[event("a", 1), event("spoiled", 3)]))
    spoil("zone = 'Mars/Olympus'")
    newest, zoned = viewed(store).newest
    assert newest is not None
    assert newest.id == "spoiled"
    assert zoned == event("a", 1)


@pytest.mark.parametrize(
    "change",
    ["status = 'lost'", "earned_at = 9000000000000000000", "seen_at = -9000000000000000000"],
)
def test_an_unreadable_award_is_left_out(
    store: DjangoStore, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    save(store, Writes(awards=[award("good"), award("bad", event="spoiled")]))
    spoil(change, "badge_engine_award")
    assert viewed(store).awards == [award("good")]
    assert "award 'bad' of user 'ann' cannot be read" in caplog.text


def test_an_unreadable_entry_of_the_audit_is_left_out(
    store: DjangoStore, caplog: pytest.LogCaptureFixture
) -> None:
    save(store, Writes(audit=[audited("good"), audited("bad")]))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE badge_engine_audit SET kind = 'lost' WHERE badge = 'bad'")
    assert viewed(store).audit == [audited("good")]
    assert "audit 'bad' of user 'ann' cannot be read" in caplog.text
