"""The standing of the evaluation, its large states, checkpoints, and what came after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from badge_engine.events import Event
from badge_engine.ports import Checkpoint, Position, Standing, Store, Writes
from badge_engine.testing.conformance.base import (
    BEYOND,
    USER,
    Conformance,
    checkpoint,
    checkpoints,
    event,
    instant,
    read,
    save,
)
from badge_engine.testing.conformance.texts import IN_ORDER, TEXTS

ANY_BYTES: Mapping[str, bytes] = {
    "none": b"",
    "every value": bytes(range(256)) * 4,
    "NUL": b"\x00",
    "NUL at the end": b"state\x00",
    "no UTF-8": b"\xff\xfe\xc3(",
    "quotes": b"'\"\\%:",
    "hexadecimal": b"\\x00",
    "a megabyte": bytes(range(256)) * 4096,
}


def tail(store: Store, before: Position | None) -> tuple[int | None, list[str]]:
    """The number of the checkpoint of a tail, and the ids of its events."""
    with store.transaction(USER) as transaction:
        found = transaction.tail(before)
        number = None if found.checkpoint is None else found.checkpoint.number
        return number, [one.id for one in found.events]


def numbers(store: Store) -> list[int]:
    """The numbers of all checkpoints, the smallest first."""
    return sorted(one.number for one in checkpoints(store))


class StateConformance(Conformance):
    """What is kept for the evaluation, which the store never looks into."""

    def test_there_is_no_standing_before_the_first(self, store: Store) -> None:
        save(store, Writes(events=[event()]))
        assert read(store).standing is None

    @pytest.mark.parametrize("states", ANY_BYTES.values(), ids=ANY_BYTES.keys())
    def test_states_are_any_bytes(self, store: Store, states: bytes) -> None:
        save(
            store,
            Writes(
                standing=Standing("rules", states),
                large={0: states},
                checkpoints=[Checkpoint(1, (0, "run"), states)],
            ),
        )
        assert read(store).standing == Standing("rules", states, {0: states})
        assert checkpoints(store) == [Checkpoint(1, (0, "run"), states)]

    def test_a_standing_takes_the_place_of_the_one_before(self, store: Store) -> None:
        save(store, Writes(standing=Standing("old rules", b"longer than the next")))
        save(store, Writes(standing=Standing("new rules", b"shorter")))
        assert read(store).standing == Standing("new rules", b"shorter")

    def test_a_save_without_a_standing_leaves_it_as_it_was(self, store: Store) -> None:
        save(store, Writes(standing=Standing("rules", b"states"), large={3: b"large"}))
        save(store, Writes(events=[event()]))
        assert read(store).standing == Standing("rules", b"states", {3: b"large"})

    def test_large_states_are_put_and_removed_by_number(self, store: Store) -> None:
        standing = Standing("rules", b"states")
        save(store, Writes(standing=standing, large={0: b"a", 7: b"b", 3000: b"c"}))
        save(store, Writes(standing=standing, large={7: None, 0: b"d", 8: b"e", 9: None}))
        assert read(store).standing == Standing("rules", b"states", {0: b"d", 8: b"e", 3000: b"c"})

    def test_large_states_stay_when_the_standing_is_replaced(self, store: Store) -> None:
        save(store, Writes(standing=Standing("rules", b"states"), large={1: b"large"}))
        save(store, Writes(standing=Standing("rules", b"others")))
        assert read(store).standing == Standing("rules", b"others", {1: b"large"})

    def test_large_states_inside_a_saved_standing_are_not_looked_at(self, store: Store) -> None:
        save(store, Writes(standing=Standing("rules", b"states"), large={1: b"large"}))
        save(store, Writes(standing=Standing("rules", b"others", {1: b"ignored", 2: b"ignored"})))
        assert read(store).standing == Standing("rules", b"others", {1: b"large"})

    def test_a_hundred_large_states_have_room(self, store: Store) -> None:
        large = {number: b"%d" % number * 20_000 for number in range(100)}
        save(store, Writes(standing=Standing("rules", b"states"), large=large))
        assert read(store).standing == Standing("rules", b"states", large)

    def test_states_belong_to_one_user(self, store: Store) -> None:
        mine = Writes(
            standing=Standing("rules", b"mine"), large={1: b"mine"}, checkpoints=[checkpoint(1, 0)]
        )
        save(store, mine)
        save(store, Writes(large={1: None}, keep_through=0, events=[event(user="ben")]), "ben")
        assert read(store).standing == Standing("rules", b"mine", {1: b"mine"})
        assert read(store, "ben").standing is None
        assert checkpoints(store) == [checkpoint(1, 0)]
        assert checkpoints(store, "ben") == []

    @pytest.mark.parametrize("id", TEXTS.values(), ids=TEXTS.keys())
    def test_a_checkpoint_comes_back_as_it_was_put(self, store: Store, id: str) -> None:
        first = Checkpoint(1, (0, ""), b"first")
        last = Checkpoint(70_000, (253_370_764_799_999_999, id), bytes(range(256)))
        save(store, Writes(checkpoints=[last, first]))
        assert checkpoints(store) == [last, first]

    def test_checkpoints_are_kept_until_they_are_removed(self, store: Store) -> None:
        save(store, Writes(checkpoints=[checkpoint(1, 0), checkpoint(2, 1)]))
        save(store, Writes(checkpoints=[checkpoint(3, 2)], events=[event()]))
        assert numbers(store) == [1, 2, 3]

    def test_checkpoints_above_a_number_are_removed(self, store: Store) -> None:
        save(store, Writes(checkpoints=[checkpoint(n, n) for n in (1, 2, 3, 5)]))
        save(store, Writes(keep_through=2))
        assert numbers(store) == [1, 2]
        save(store, Writes(keep_through=0))
        assert numbers(store) == []

    def test_single_checkpoints_are_forgotten(self, store: Store) -> None:
        save(store, Writes(checkpoints=[checkpoint(n, n) for n in range(1, 7)]))
        save(store, Writes(forget=[2, 5, 99]))
        assert numbers(store) == [1, 3, 4, 6]

    def test_checkpoints_are_removed_above_a_number_and_singly_in_one_save(
        self, store: Store
    ) -> None:
        save(store, Writes(checkpoints=[checkpoint(n, n) for n in range(1, 7)]))
        save(store, Writes(keep_through=4, forget=[1, 3]))
        assert numbers(store) == [2, 4]

    def test_checkpoints_are_removed_before_others_are_added(self, store: Store) -> None:
        save(store, Writes(checkpoints=[checkpoint(n, n * 10) for n in (1, 2, 3)]))
        new = [checkpoint(2, 12), checkpoint(3, 13)]
        save(store, Writes(keep_through=1, checkpoints=new))
        assert checkpoints(store) == [*new[::-1], checkpoint(1, 10)]
        save(store, Writes(forget=[3], checkpoints=[checkpoint(3, 14)]))
        assert checkpoints(store)[0] == checkpoint(3, 14)

    def test_a_tail_is_everything_where_there_is_no_checkpoint(self, store: Store) -> None:
        assert tail(store, None) == tail(store, BEYOND) == (None, [])
        save(store, Writes(events=[event("b", 1), event("a", 2)]))
        assert (
            tail(store, None) == tail(store, BEYOND) == tail(store, (0, "")) == (None, ["b", "a"])
        )

    def test_a_tail_without_a_position_is_everything(self, store: Store) -> None:
        save(
            store,
            Writes(events=[event("a", 1), event("b", 2)], checkpoints=[checkpoint(1, 1, "a")]),
        )
        assert tail(store, None) == (None, ["a", "b"])

    def test_a_tail_is_what_came_after_the_newest_checkpoint_before_a_position(
        self, store: Store
    ) -> None:
        save(
            store,
            Writes(
                events=[event(f"e{n}", n) for n in range(8)],
                checkpoints=[
                    checkpoint(1, 1, "e1"),
                    checkpoint(2, 3, "e3"),
                    checkpoint(3, 5, "e5"),
                ],
            ),
        )
        assert tail(store, (instant(0), "e0")) == (None, [f"e{n}" for n in range(8)])
        assert tail(store, (instant(2), "e2")) == (1, ["e2", "e3", "e4", "e5", "e6", "e7"])
        assert tail(store, (instant(4), "e4")) == (2, ["e4", "e5", "e6", "e7"])
        assert tail(store, BEYOND) == (3, ["e6", "e7"])

    def test_a_checkpoint_at_the_position_itself_does_not_lie_before_it(self, store: Store) -> None:
        save(
            store,
            Writes(
                events=[event(f"e{n}", n) for n in range(4)],
                checkpoints=[checkpoint(1, 1, "e1"), checkpoint(2, 2, "e2")],
            ),
        )
        assert tail(store, (instant(1), "e1")) == (None, ["e0", "e1", "e2", "e3"])
        assert tail(store, (instant(2), "e2")) == (1, ["e2", "e3"])
        assert tail(store, (instant(2) + 1, "")) == (2, ["e3"])

    @pytest.mark.parametrize("place", range(1, len(IN_ORDER)), ids=ascii)
    def test_positions_of_one_instant_follow_the_utf8_bytes_of_ids(
        self, store: Store, place: int
    ) -> None:
        ids = IN_ORDER
        save(
            store,
            Writes(
                events=[event(id) for id in ids], checkpoints=[checkpoint(1, 0, ids[place - 1])]
            ),
        )
        assert tail(store, (instant(0), ids[place - 1])) == (None, list(ids))
        assert tail(store, (instant(0), ids[place])) == (1, list(ids[place:]))

    def test_a_tail_holds_events_as_they_are_now(self, store: Store) -> None:
        events = [event(f"e{n}", n) for n in range(6)]
        save(store, Writes(events=events, checkpoints=[checkpoint(1, 2, "e2")]))
        save(store, Writes(events=[event("e1", 7), event("e5", 1)], withdrawn=["e4"]))
        assert tail(store, BEYOND) == (1, ["e3", "e1"])

    def test_the_event_at_a_checkpoint_may_be_gone(self, store: Store) -> None:
        events: Sequence[Event] = [event("a", 0), event("b", 1), event("c", 2)]
        save(store, Writes(events=events, checkpoints=[checkpoint(1, 1, "b")]))
        save(store, Writes(withdrawn=["b"]))
        assert tail(store, BEYOND) == (1, ["c"])

    def test_events_of_a_tail_are_whole(self, store: Store) -> None:
        later = event("later", 2, minutes=30, kind="run")
        save(store, Writes(events=[event("a", 0), later], checkpoints=[checkpoint(1, 1)]))
        with store.transaction(USER) as transaction:
            assert list(transaction.tail(BEYOND).events) == [later]

    def test_a_removed_checkpoint_is_not_found(self, store: Store) -> None:
        save(
            store, Writes(checkpoints=[checkpoint(1, 1), checkpoint(2, 2)], events=[event("e", 3)])
        )
        save(store, Writes(keep_through=1))
        assert tail(store, BEYOND) == (1, ["e"])
        save(store, Writes(forget=[1]))
        assert tail(store, BEYOND) == (None, ["e"])
