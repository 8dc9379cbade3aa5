"""Transactions and views: all or nothing, one at a time for each user, and one moment a view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Event as Signal
from threading import Thread
from typing import TypeVar

import pytest

from badge_engine.errors import ConcurrentUpdate
from badge_engine.ports import Standing, Store, View, Writes
from badge_engine.testing.conformance.base import (
    NOTHING,
    USER,
    Conformance,
    all_of,
    award,
    checkpoint,
    checkpoints,
    event,
    known,
    read,
    save,
    viewed,
)
from badge_engine.testing.conformance.users import EVERYTHING

GRACE = 0.2
"""For how many seconds a test gives something wrong the chance to happen."""

PATIENCE = 60
"""After how many seconds something right is given up; it takes far less."""

ATTEMPTS = 100
THREADS = 4
ROUNDS = 25

LATER = Writes(
    events=[event("ride", 9), event("swim", 0)],
    withdrawn=["run"],
    standing=Standing("other rules", b"other states"),
    large={1: None, 2: b"other"},
    keep_through=0,
    awards=[award("a", minute=5, status="kept"), award("c", minute=9)],
    audit=EVERYTHING.audit,
)
FIRST_READS: dict[str, Callable[[View], object]] = {
    "standing": lambda view: view.standing,
    "events": lambda view: list(view.events()),
    "withdrawn": lambda view: view.withdrawn(),
    "awards": lambda view: view.awards(),
    "audit": lambda view: view.audit(),
    "newest": lambda view: view.newest(),
}

Returned = TypeVar("Returned")


class Interrupted(Exception):
    """What goes wrong inside a transaction."""


def repeated(work: Callable[[], Returned]) -> Returned:
    """Do work, and again where the store gave way to another writer."""
    for _ in range(ATTEMPTS):
        try:
            return work()
        except ConcurrentUpdate:
            continue
    pytest.fail(f"the store gave way {ATTEMPTS} times to other writers")


def elsewhere(work: Callable[[], Returned]) -> Future[Returned]:
    """Do work in another thread, again where the store gave way."""
    outcome: Future[Returned] = Future()

    def run() -> None:
        try:
            outcome.set_result(repeated(work))
        except BaseException as error:  # noqa: BLE001 - raised where the outcome is asked for
            outcome.set_exception(error)

    Thread(target=run, daemon=True).start()
    return outcome


def everywhere(work: Callable[[], object]) -> None:
    """Do work in several threads at once, until all of them are done."""
    for outcome in [elsewhere(work) for _ in range(THREADS)]:
        outcome.result(PATIENCE)


def counted(store: Store, user: str = USER) -> None:
    """Read a number, and save the next one."""
    with store.transaction(user) as transaction:
        before = transaction.standing
        number = 1 if before is None else int(before.states) + 1
        put = event(f"run-{number}", number, user=user)
        transaction.save(Writes(events=[put], standing=Standing("rules", b"%d" % number)))


def interrupted(store: Store, writes: Writes) -> None:
    """A transaction that saves, and ends by an exception."""
    with store.transaction(USER, ["ride"]) as transaction:
        transaction.save(writes)
        raise Interrupted


class TransactionConformance(Conformance):
    """What a transaction leaves behind, and what others see meanwhile."""

    def test_an_exception_leaves_no_trace_of_what_was_saved(self, store: Store) -> None:
        save(store, EVERYTHING)
        before = read(store)
        with pytest.raises(Interrupted):
            interrupted(store, LATER)
        assert read(store) == before
        assert checkpoints(store) == [checkpoint(1, 0)]

    def test_an_exception_leaves_no_trace_of_a_new_user(self, store: Store) -> None:
        with pytest.raises(Interrupted):
            interrupted(store, EVERYTHING)
        assert read(store) == NOTHING
        assert store.users() == []

    def test_a_transaction_without_a_save_leaves_no_trace(self, store: Store) -> None:
        save(store, EVERYTHING)
        before = read(store)
        with store.transaction(USER, ["run", "unseen"]) as transaction:
            assert set(transaction.known) == {"run"}
        assert read(store) == before
        with store.transaction("ben", ["unseen"]) as transaction:
            assert transaction.standing is None
        assert store.users() == [USER]

    def test_everything_saved_is_there_once_the_transaction_has_ended(self, store: Store) -> None:
        save(store, EVERYTHING)
        save(store, LATER)
        kept = read(store)
        assert kept.ids == ["swim", "ride"]
        assert kept.withdrawn == ["run", "walk"]
        assert kept.standing == Standing("other rules", b"other states", {2: b"other"})
        assert kept.awards == [EVERYTHING.awards[1], *LATER.awards]
        assert kept.audit == [*EVERYTHING.audit, *EVERYTHING.audit]
        assert checkpoints(store) == []

    def test_saving_nothing_changes_nothing(self, store: Store) -> None:
        save(store, EVERYTHING)
        before = read(store)
        save(store, Writes())
        assert read(store) == before
        assert checkpoints(store) == [checkpoint(1, 0)]

    def test_nothing_is_there_for_others_before_the_transaction_has_ended(
        self, store: Store
    ) -> None:
        save(store, Writes(events=[event("run")]))
        with store.transaction(USER) as transaction:
            transaction.save(Writes(events=[event("ride", 1)]))
            assert elsewhere(lambda: viewed(store).ids).result(PATIENCE) == ["run"]
        assert viewed(store).ids == ["run", "ride"]

    def test_a_connection_may_be_asked_for(self, store: Store) -> None:
        with store.transaction(USER) as transaction:
            assert transaction.connection is transaction.connection

    @pytest.mark.parametrize("before", [[], [EVERYTHING]], ids=["unknown", "known"])
    def test_a_second_transaction_on_a_user_waits_and_then_reads(
        self, store: Store, before: Sequence[Writes]
    ) -> None:
        for writes in before:
            save(store, writes)
        started, entered = Signal(), Signal()

        def second() -> object:
            started.set()
            with store.transaction(USER, ["new"]) as transaction:
                entered.set()
                return transaction.known, transaction.standing

        with store.transaction(USER) as transaction:
            outcome = elsewhere(second)
            assert started.wait(PATIENCE)
            assert not entered.wait(GRACE), "two transactions ran on one user at once"
            transaction.save(
                Writes(events=[event("new")], standing=Standing("rules", b"new"), large={1: None})
            )
        assert outcome.result(PATIENCE) == ({"new": event("new")}, Standing("rules", b"new"))

    def test_a_transaction_that_waits_goes_on_after_an_exception(self, store: Store) -> None:
        waiting: list[Future[None]] = []

        def first() -> None:
            with store.transaction(USER) as transaction:
                transaction.save(EVERYTHING)
                waiting.append(elsewhere(lambda: counted(store)))
                with pytest.raises(TimeoutError):
                    waiting[0].result(GRACE)
                raise Interrupted

        with pytest.raises(Interrupted):
            first()
        waiting[0].result(PATIENCE)
        assert read(store).ids == ["run-1"]

    def test_no_update_is_lost(self, store: Store) -> None:
        def work() -> None:
            for _ in range(ROUNDS):
                repeated(lambda: counted(store))

        everywhere(work)
        kept = read(store)
        assert kept.standing == Standing("rules", b"%d" % (THREADS * ROUNDS))
        assert kept.ids == [f"run-{number}" for number in range(1, THREADS * ROUNDS + 1)]

    def test_many_users_at_once_each_lose_nothing(self, store: Store) -> None:
        users = [f"user-{number}" for number in range(THREADS)]

        def work() -> None:
            for user in users:
                repeated(partial(counted, store, user))

        everywhere(work)
        assert store.users() == users
        for user in users:
            assert read(store, user).standing == Standing("rules", b"%d" % THREADS)

    def test_a_transaction_on_another_user_does_not_wait(self, store: Store) -> None:
        if self.one_writer_at_a_time:
            pytest.skip("in this store all writers wait for each other")
        with store.transaction(USER) as transaction:
            elsewhere(lambda: counted(store, "ben")).result(PATIENCE)
            transaction.save(Writes(events=[event()]))
        assert store.users() == [USER, "ben"]

    def test_a_user_is_free_again_after_a_transaction_without_a_save(self, store: Store) -> None:
        known(store, "run")
        elsewhere(lambda: counted(store)).result(PATIENCE)
        assert read(store).ids == ["run-1"]

    def test_a_user_is_free_again_after_an_exception(self, store: Store) -> None:
        with pytest.raises(Interrupted):
            interrupted(store, EVERYTHING)
        elsewhere(lambda: counted(store)).result(PATIENCE)
        assert read(store).ids == ["run-1"]

    def test_a_view_does_not_wait_for_a_transaction(self, store: Store) -> None:
        save(store, EVERYTHING)
        before = viewed(store)
        with store.transaction(USER) as transaction:
            assert elsewhere(lambda: viewed(store)).result(PATIENCE) == before
            transaction.save(LATER)
            assert elsewhere(lambda: viewed(store)).result(PATIENCE) == before

    def test_a_transaction_does_not_wait_for_a_view(self, store: Store) -> None:
        with store.view(USER) as view:
            assert list(view.events()) == []
            elsewhere(lambda: counted(store)).result(PATIENCE)
        assert read(store).ids == ["run-1"]

    @pytest.mark.parametrize("first", FIRST_READS.values(), ids=FIRST_READS.keys())
    def test_a_view_shows_one_moment_whatever_is_saved_later(
        self, store: Store, first: Callable[[View], object]
    ) -> None:
        save(store, EVERYTHING)
        before = read(store)
        with store.view(USER) as view:
            first(view)
            elsewhere(lambda: save(store, LATER)).result(PATIENCE)
            assert all_of(view) == before
        assert read(store) != before

    def test_a_view_of_an_unknown_user_shows_one_moment(self, store: Store) -> None:
        with store.view(USER) as view:
            assert view.standing is None
            elsewhere(lambda: save(store, EVERYTHING)).result(PATIENCE)
            assert all_of(view) == NOTHING

    def test_a_view_outlives_the_user(self, store: Store) -> None:
        save(store, EVERYTHING)
        before = read(store)
        with store.view(USER) as view:
            assert view.standing is not None
            elsewhere(lambda: store.erase(USER)).result(PATIENCE)
            assert all_of(view) == before
        assert read(store) == NOTHING

    def test_a_save_between_two_events_of_a_view_does_not_show(self, store: Store) -> None:
        events = [event(f"run-{n:03}", n) for n in range(500)]
        save(store, Writes(events=events))
        with store.view(USER) as view:
            reading = iter(view.events())
            begun = [next(reading) for _ in range(10)]
            gone = [f"run-{n:03}" for n in range(250)]
            writes = Writes(events=[event("new", 400)], withdrawn=gone)
            elsewhere(lambda: save(store, writes)).result(PATIENCE)
            assert [*begun, *reading] == events

    def test_two_views_show_each_its_own_moment(self, store: Store) -> None:
        save(store, Writes(events=[event("a", 0)]))
        with store.view(USER) as older:
            assert [one.id for one in older.events()] == ["a"]
            elsewhere(lambda: save(store, Writes(events=[event("b", 1)]))).result(PATIENCE)
            with store.view(USER) as newer:
                assert [one.id for one in newer.events()] == ["a", "b"]
                elsewhere(lambda: save(store, Writes(withdrawn=["a"]))).result(PATIENCE)
                assert [one.id for one in newer.events()] == ["a", "b"]
            assert [one.id for one in older.events()] == ["a"]
        assert read(store).ids == ["b"]

    def test_erasing_waits_for_what_runs_on_the_user(self, store: Store) -> None:
        save(store, Writes(events=[event("run")]))
        started = Signal()

        def erase() -> None:
            started.set()
            store.erase(USER)

        with store.transaction(USER) as transaction:
            erased = elsewhere(erase)
            assert started.wait(PATIENCE)
            with pytest.raises(TimeoutError):
                erased.result(GRACE)
            transaction.save(EVERYTHING)
        erased.result(PATIENCE)
        assert read(store) == NOTHING
        assert known(store, "run") == {}
