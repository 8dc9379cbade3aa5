"""A row that somebody else spoiled is left out, and takes nothing else down: the same for all SQL.

A subclass has the fixtures `store` and `spoil`, which changes the row of a table of the store that
has the event id `spoiled`, and says which changes of events its databases let through.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from badge_engine.ports import Store, Writes
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

Spoil = Callable[[str, str], None]
"""Change, as what follows SET, and table: events, awards or audit."""

ANYWHERE: Mapping[str, str] = {
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
POSTGRESQL: Mapping[str, str] = {
    "a day without a date": "day = 'infinity'",
    "a day before Christ": "day = '0044-03-15 BC'",
    "a day after 9999": "day = '12000-01-01'",
}
SQLITE: Mapping[str, str] = {
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
CHANGES: Mapping[str, Mapping[str, str]] = {
    "postgresql": {**ANYWHERE, **POSTGRESQL},
    "sqlite": {**ANYWHERE, **SQLITE},
}
"""What each database lets somebody do to an event, by its name."""


def filled(store: Store) -> None:
    save(store, Writes(events=[event("a", 1), event("spoiled", 2, note="secret"), event("z", 3)]))


def assert_left_out(
    store: Store, spoil: Spoil, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Spoil an event, and look at it through every door."""
    filled(store)
    spoil(change, "events")
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


class SpoiledRows:
    """What holds of every store in SQL beside that."""

    def test_who_asks_for_an_unreadable_event_is_told(self, store: Store, spoil: Spoil) -> None:
        filled(store)
        spoil("data = '{'", "events")
        with store.transaction("ann", ["a", "spoiled", "unseen"]) as transaction:
            assert transaction.unreadable == {"spoiled"}

    def test_an_unreadable_event_can_be_replaced(self, store: Store, spoil: Spoil) -> None:
        filled(store)
        spoil("data = '{'", "events")
        save(store, Writes(events=[event("spoiled", 2)]))
        assert viewed(store).ids == ["a", "spoiled", "z"]

    def test_the_newest_is_the_last_that_can_be_read(self, store: Store, spoil: Spoil) -> None:
        save(store, Writes(events=[event("a", 1), event("b", 2), event("spoiled", 3)]))
        spoil("data = '{'", "events")
        assert viewed(store).newest == (event("b", 2), event("b", 2))

    def test_nobody_is_the_newest_where_none_can_be_read(self, store: Store, spoil: Spoil) -> None:
        save(store, Writes(events=[event("spoiled")]))
        spoil("data = '{'", "events")
        assert viewed(store).newest == (None, None)

    def test_a_zone_that_is_gone_does_not_make_an_event_the_newest_with_one(
        self, store: Store, spoil: Spoil
    ) -> None:
        save(store, Writes(events=[event("a", 1), event("spoiled", 3)]))
        spoil("zone = 'Mars/Olympus'", "events")
        newest, zoned = viewed(store).newest
        assert newest is not None
        assert newest.id == "spoiled"
        assert zoned == event("a", 1)

    @pytest.mark.parametrize(
        "change",
        ["status = 'lost'", "earned_at = 9000000000000000000", "seen_at = -9000000000000000000"],
    )
    def test_an_unreadable_award_is_left_out(
        self, store: Store, spoil: Spoil, change: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        save(store, Writes(awards=[award("good"), award("bad", event="spoiled")]))
        spoil(change, "awards")
        assert viewed(store).awards == [award("good")]
        assert "award 'bad' of user 'ann' cannot be read" in caplog.text

    def test_an_unreadable_entry_of_the_audit_is_left_out(
        self, store: Store, spoil: Spoil, caplog: pytest.LogCaptureFixture
    ) -> None:
        save(store, Writes(audit=[audited("good"), replace(audited("bad"), event="spoiled")]))
        spoil("kind = 'lost'", "audit")
        assert [entry.key for entry in viewed(store).audit] == [audited("good").key]
        assert "audit 'bad' of user 'ann' cannot be read" in caplog.text

    def test_checkpoints_are_found_beside_an_unreadable_event(
        self, store: Store, spoil: Spoil
    ) -> None:
        filled(store)
        save(store, Writes(checkpoints=[checkpoint(1, 1)]))
        spoil("instant = -1", "events")
        with store.transaction("ann") as transaction:
            assert transaction.tail((instant(9), "b")).checkpoint == checkpoint(1, 1)
