"""Users: listed page by page, strangers to each other, and erased without a trace."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from badge_engine.ports import Standing, Store, Writes
from badge_engine.testing.conformance.base import (
    NOTHING,
    USER,
    Conformance,
    audited,
    award,
    checkpoint,
    checkpoints,
    event,
    known,
    read,
    save,
)
from badge_engine.testing.conformance.texts import ALIKE, IN_ORDER, TEXTS

ANYTHING: Mapping[str, Writes] = {
    "an event": Writes(events=[event()]),
    "a withdrawn id": Writes(withdrawn=["run"]),
    "a standing": Writes(standing=Standing("rules", b"states")),
    "an award": Writes(awards=[award()]),
}

EVERYTHING = Writes(
    events=[event("run", 0), event("ride", 1)],
    withdrawn=["walk"],
    standing=Standing("rules", b"states"),
    large={1: b"large"},
    checkpoints=[checkpoint(1, 0)],
    awards=[award("a"), award("b", status="revoked")],
    audit=[audited()],
)


class UserConformance(Conformance):
    """The keys of users, and what becomes of everything about one of them."""

    def test_a_user_who_is_not_known_has_nothing(self, store: Store) -> None:
        assert read(store) == NOTHING
        assert known(store, "run") == {}
        assert checkpoints(store) == []

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_any_text_can_be_the_key_of_a_user(self, store: Store, text: str) -> None:
        save(store, Writes(events=[event(user=text)], awards=[award(user=text)]), text)
        assert read(store, text).events == [event(user=text)]
        assert read(store, text).awards == [award(user=text)]
        assert store.users() == [text]
        store.erase(text)
        assert store.users() == []

    def test_users_whose_keys_look_alike_are_different(self, store: Store) -> None:
        for number, user in enumerate(ALIKE):
            save(store, Writes(events=[event(user=user, minutes=number)]), user)
        for number, user in enumerate(ALIKE):
            assert read(store, user).events == [event(user=user, minutes=number)]
        assert store.users() == sorted(ALIKE)
        store.erase("a")
        assert store.users() == sorted({*ALIKE} - {"a"})

    def test_there_are_no_users_in_an_empty_store(self, store: Store) -> None:
        assert store.users() == []
        assert store.users("ann", 5) == []

    @pytest.mark.parametrize("writes", ANYTHING.values(), ids=ANYTHING.keys())
    def test_a_user_who_has_anything_stored_is_listed(self, store: Store, writes: Writes) -> None:
        save(store, writes)
        assert store.users() == [USER]

    def test_a_user_who_was_only_looked_at_is_not_listed(self, store: Store) -> None:
        read(store)
        known(store, "run")
        assert store.users() == []

    def test_users_are_in_the_order_of_their_utf8_bytes(self, store: Store) -> None:
        for user in reversed(IN_ORDER):
            save(store, Writes(events=[event(user=user)]), user)
        assert store.users() == list(IN_ORDER)

    def test_users_are_listed_page_by_page(self, store: Store) -> None:
        for user in IN_ORDER:
            save(store, Writes(events=[event(user=user)]), user)
        for limit in (1, 2, 7, len(IN_ORDER), 1000):
            listed: list[str] = []
            while page := store.users(listed[-1] if listed else None, limit):
                assert len(page) <= limit
                assert not set(page) & set(listed), "a page begins with what was listed already"
                listed += page
            assert listed == list(IN_ORDER)

    def test_a_page_follows_a_key_that_nobody_has(self, store: Store) -> None:
        for user in ("ann", "ben", "cleo"):
            save(store, Writes(events=[event(user=user)]), user)
        assert store.users("b") == ["ben", "cleo"]
        assert store.users("ben", 1) == ["cleo"]
        assert store.users("cleo") == []
        assert store.users("") == ["ann", "ben", "cleo"]

    def test_erasing_a_user_removes_everything_about_the_user(self, store: Store) -> None:
        save(store, EVERYTHING)
        store.erase(USER)
        assert read(store) == NOTHING
        assert known(store, "run", "walk") == {}
        assert checkpoints(store) == []
        assert store.users() == []

    def test_erasing_a_user_leaves_the_others(self, store: Store) -> None:
        save(store, EVERYTHING, "ben")
        before = read(store, "ben")
        save(store, EVERYTHING)
        store.erase(USER)
        assert read(store, "ben") == before
        assert checkpoints(store, "ben") == [checkpoint(1, 0)]

    def test_an_erased_user_starts_anew(self, store: Store) -> None:
        save(store, EVERYTHING)
        store.erase(USER)
        save(store, Writes(events=[event("run", 5)], standing=Standing("rules", b"new")))
        kept = read(store)
        assert kept.events == [event("run", 5)]
        assert kept.standing == Standing("rules", b"new")
        assert (kept.withdrawn, kept.awards, kept.audit) == ([], [], [])
        assert checkpoints(store) == []

    def test_a_user_who_is_not_known_can_be_erased(self, store: Store) -> None:
        store.erase(USER)
        assert store.users() == []
