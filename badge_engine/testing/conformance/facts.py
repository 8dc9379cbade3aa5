"""Events and withdrawals: what is put comes back, exactly and in canonical order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from badge_engine.events import MAX_DATA_BYTES, Event
from badge_engine.ports import Store, Writes
from badge_engine.testing.conformance.base import USER, Conformance, event, known, read, save
from badge_engine.testing.conformance.texts import (
    ALIKE,
    EVENTS,
    IN_ORDER,
    LARGE_TEXT,
    NUMBERS,
    TEXTS,
)


def come_back(store: Store, *sent: Event) -> None:
    """Events are the same after they were stored; 1 is neither true nor a text."""
    save(store, Writes(events=sent))
    expected = sorted(sent, key=lambda one: one.order)
    kept = list(read(store).events)
    asked = known(store, *(one.id for one in sent))
    assert kept == expected
    assert asked == {one.id: one for one in sent}
    for one in expected:
        read_again = asked[one.id]
        assert read_again is not None
        assert one.same_content(read_again)
    assert all(one.same_content(other) for one, other in zip(kept, expected, strict=True))


class FactConformance(Conformance):
    """Events, withdrawn ids, and what a transaction knows of the ids that it asked for."""

    @pytest.mark.parametrize("parts", EVENTS.values(), ids=EVENTS.keys())
    def test_an_event_comes_back_as_it_was_put(
        self, store: Store, parts: Mapping[str, Any]
    ) -> None:
        come_back(store, Event.create(**{"id": "run", "user": USER, "type": "workout", **parts}))

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_any_text_can_be_an_id(self, store: Store, text: str) -> None:
        come_back(store, event(text))

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_any_text_can_be_withdrawn(self, store: Store, text: str) -> None:
        save(store, Writes(events=[event(text)]))
        save(store, Writes(withdrawn=[text]))
        assert read(store).withdrawn == [text]
        assert known(store, text) == {text: None}

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_any_text_can_be_a_name_or_a_value_of_the_data(self, store: Store, text: str) -> None:
        data = {text: text, "": (text, "", text)}
        day = "2026-01-05"
        come_back(store, Event.create(id="run", user=USER, type="workout", day=day, data=data))

    @pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS.keys())
    def test_numbers_of_the_data_are_exact(self, store: Store, number: int | Decimal) -> None:
        come_back(store, event("run", minutes=number))

    def test_data_may_be_as_large_as_intake_lets_through(self, store: Store) -> None:
        large = event("run", note=LARGE_TEXT)
        assert len(large.data_text.encode()) in range(MAX_DATA_BYTES - 2, MAX_DATA_BYTES + 1)
        come_back(store, large)

    def test_ids_that_look_alike_are_different(self, store: Store) -> None:
        come_back(store, *(event(id, minute) for minute, id in enumerate(ALIKE)))
        save(store, Writes(withdrawn=["a"]))
        assert set(read(store).ids) == set(ALIKE) - {"a"}

    def test_events_are_in_the_order_of_their_instants(self, store: Store) -> None:
        for minute in (2, 0, 3, 1):
            save(store, Writes(events=[event(f"{9 - minute}", minute)]))
        assert read(store).ids == ["9", "8", "7", "6"]

    def test_events_are_in_order_whatever_the_order_in_one_save(self, store: Store) -> None:
        for order in permutations([event("b", 0), event("a", 1), event("c", 1)]):
            save(store, Writes(events=order))
            assert read(store).ids == ["b", "a", "c"]

    def test_a_microsecond_decides_the_order(self, store: Store) -> None:
        for id, at in (("late", "12:00:00.000002Z"), ("soon", "12:00:00.000001Z")):
            moment = Event.create(id=id, user=USER, type="workout", at=f"2026-01-05T{at}")
            save(store, Writes(events=[moment]))
        assert read(store).ids == ["soon", "late"]

    def test_events_of_one_instant_are_in_the_order_of_their_utf8_bytes(self, store: Store) -> None:
        save(store, Writes(events=[event(id) for id in reversed(IN_ORDER)]))
        assert read(store).ids == list(IN_ORDER)

    def test_an_event_is_put_in_place_of_what_its_id_stood_for(self, store: Store) -> None:
        save(store, Writes(events=[event("run", 0, minutes=30, kind="run"), event("ride", 2)]))
        put = Event.create(id="run", user=USER, type="walk", day="2026-01-09", data={"steps": 7})
        come_back_alone = [event("ride", 2), put]
        save(store, Writes(events=[put]))
        assert read(store).events == come_back_alone
        assert known(store, "run") == {"run": put}

    def test_an_event_that_moved_is_in_its_new_place_alone(self, store: Store) -> None:
        save(store, Writes(events=[event("a", 0), event("b", 1), event("c", 2)]))
        save(store, Writes(events=[event("b", 3)]))
        assert read(store).ids == ["a", "c", "b"]
        save(store, Writes(events=[event("b", 1)]))
        assert read(store).ids == ["a", "b", "c"]

    def test_a_withdrawn_event_keeps_nothing_but_the_mark(self, store: Store) -> None:
        save(store, Writes(events=[event("run", 0, minutes=30), event("ride", 1)]))
        save(store, Writes(withdrawn=["run"]))
        kept = read(store)
        assert kept.ids == ["ride"]
        assert kept.withdrawn == ["run"]
        assert known(store, "run") == {"run": None}

    def test_an_id_can_be_withdrawn_before_it_was_seen(self, store: Store) -> None:
        save(store, Writes(withdrawn=["run"]))
        assert read(store).withdrawn == ["run"]
        assert read(store).events == []
        assert known(store, "run") == {"run": None}

    def test_an_id_can_be_withdrawn_twice(self, store: Store) -> None:
        save(store, Writes(withdrawn=["run"]))
        save(store, Writes(withdrawn=["run"]))
        assert read(store).withdrawn == ["run"]

    def test_an_event_put_under_a_withdrawn_id_revives_it(self, store: Store) -> None:
        save(store, Writes(events=[event("run", 0, minutes=30)]))
        save(store, Writes(withdrawn=["run"]))
        revived = event("run", 1, kind="run")
        save(store, Writes(events=[revived]))
        assert read(store).withdrawn == []
        assert read(store).events == [revived]
        assert known(store, "run") == {"run": revived}

    def test_one_save_puts_and_withdraws(self, store: Store) -> None:
        save(store, Writes(events=[event("a", 0), event("b", 1)]))
        save(store, Writes(events=[event("c", 2), event("b", 3)], withdrawn=["a", "d"]))
        assert read(store).ids == ["c", "b"]
        assert read(store).withdrawn == ["a", "d"]

    def test_withdrawn_ids_are_in_the_order_of_their_utf8_bytes(self, store: Store) -> None:
        save(store, Writes(withdrawn=IN_ORDER[::2]))
        save(store, Writes(withdrawn=IN_ORDER[1::2]))
        assert read(store).withdrawn == list(IN_ORDER)

    def test_known_holds_what_was_seen_and_withdrawn_of_the_ids_asked_for(
        self, store: Store
    ) -> None:
        save(store, Writes(events=[event("seen"), event("other")], withdrawn=["gone", "another"]))
        expected = {"seen": event("seen"), "gone": None}
        assert known(store, "unseen", "gone", "seen") == expected
        assert known(store) == {}
        assert known(store, "seen", "seen") == {"seen": event("seen")}

    def test_an_event_is_known_to_its_own_user_alone(self, store: Store) -> None:
        save(store, Writes(events=[event("run", minutes=30)]))
        save(store, Writes(events=[event("run", user="ben", minutes=45)]), "ben")
        save(store, Writes(withdrawn=["run"]), "cleo")
        assert known(store, "run") == {"run": event("run", minutes=30)}
        assert known(store, "run", user="ben") == {"run": event("run", user="ben", minutes=45)}
        assert known(store, "run", user="cleo") == {"run": None}
        assert known(store, "run", user="dan") == {}
        assert read(store, "ben").events == [event("run", user="ben", minutes=45)]

    def test_two_thousand_ids_can_be_asked_for_at_once(self, store: Store) -> None:
        stored = {f"run-{n}": event(f"run-{n}", n) for n in range(0, 2000, 2)}
        save(store, Writes(events=list(stored.values())))
        assert known(store, *(f"run-{n}" for n in range(2000))) == stored

    def test_a_thousand_events_and_withdrawals_can_be_saved_at_once(self, store: Store) -> None:
        events = [event(f"run-{n:03}", n // 2, minutes=n) for n in range(1000)]
        save(store, Writes(events=events[::-1], withdrawn=[f"walk-{n}" for n in range(1000)]))
        assert read(store).events == events
        assert len(read(store).withdrawn) == 1000

    def test_the_newest_event_is_the_last_in_canonical_order(self, store: Store) -> None:
        assert read(store).newest == (None, None)
        save(store, Writes(events=[event("a", 5), event("b", 5)]))
        save(store, Writes(events=[event("c", 3)]))
        assert read(store).newest == (event("b", 5), event("b", 5))

    def test_the_newest_event_with_a_zone_is_told_beside_one_without(self, store: Store) -> None:
        without = Event.create(id="late", user=USER, type="workout", day="2026-02-01")
        save(store, Writes(events=[without]))
        assert read(store).newest == (without, None)
        save(store, Writes(events=[event("a", 0), event("b", 1)]))
        assert read(store).newest == (without, event("b", 1))

    def test_a_withdrawn_event_is_not_the_newest(self, store: Store) -> None:
        save(store, Writes(events=[event("a", 0), event("b", 1)]))
        save(store, Writes(withdrawn=["b"]))
        assert read(store).newest == (event("a", 0), event("a", 0))

    def test_an_unreadable_event_is_left_out_with_a_warning_that_names_it(
        self, store: Store, caplog: pytest.LogCaptureFixture
    ) -> None:
        save(store, Writes(events=[event("a", 0), event("broken", 1), event("c", 2)]))
        self.spoil(store, USER, "broken")
        with caplog.at_level(logging.WARNING):
            assert read(store).ids == ["a", "c"]
            with store.transaction(USER) as transaction:
                assert [one.id for one in transaction.tail(None).events] == ["a", "c"]
        warned = [entry for entry in caplog.records if entry.levelno == logging.WARNING]
        assert any("broken" in entry.getMessage() for entry in warned)

    def test_an_unreadable_event_is_not_the_newest(self, store: Store) -> None:
        save(store, Writes(events=[event("a", 0), event("broken", 1)]))
        self.spoil(store, USER, "broken")
        assert read(store).newest == (event("a", 0), event("a", 0))

    def test_an_unreadable_event_is_not_known_and_can_be_replaced(self, store: Store) -> None:
        save(store, Writes(events=[event("a", 0), event("broken", 1)]))
        self.spoil(store, USER, "broken")
        assert known(store, "a", "broken") == {"a": event("a", 0)}
        with store.transaction(USER, ["a", "broken", "never seen"]) as transaction:
            assert set(transaction.unreadable) == {"broken"}
        save(store, Writes(events=[event("broken", 2)]))
        assert read(store).events == [event("a", 0), event("broken", 2)]
