"""Several writers at one moment, on real connections: nothing is missed, and nothing done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection, create_engine, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from badge_engine.backfill import backfill, reconcile
from badge_engine.engine.engine import Changed, Engine
from badge_engine.errors import ConcurrentUpdate
from badge_engine.outcomes import AwardKey, Status
from badge_engine.semantics.compiler import RuleSet
from badge_engine.stores.sqlalchemy import SqlStore
from badge_engine.stores.sqlalchemy.schema import OF_ONE_USER, users
from tests.faults.rounds import NOW, PAIRS, Answer, answer, in_rounds, rules_of, workout
from tests.faults.wire import Cut, Wire
from tests.faults.worker import host, host_changes, note_in_host

DATABASES = ("postgresql", "sqlite")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> str:
    """A database with tables and nobody in it."""
    return str(request.getfixturevalue(f"{request.param}_tables"))


@pytest.fixture
def postgresql_tables(postgres_url: str) -> str:
    return with_tables(postgres_url)


@pytest.fixture
def sqlite_tables(tmp_path: Path) -> str:
    return with_tables(f"sqlite:///{tmp_path / 'badges.db'}")


def with_tables(url: str) -> str:
    store = SqlStore(url)
    store.create_tables()
    host.create_all(store.engine)
    store.close()
    return url


@contextmanager
def opened(
    url: str,
    rules: RuleSet | Callable[[str], RuleSet] = PAIRS,
    *,
    within: Callable[[Changed], object] | None = None,
    lock_timeout: float = 10,
) -> Iterator[Engine]:
    store = SqlStore(url, lock_timeout=lock_timeout)
    try:
        yield Engine(store, rules, clock=lambda: NOW, within=within)
    finally:
        store.close()


@contextmanager
def foreign(url: str) -> Iterator[Connection]:
    """A connection of somebody else's, with a transaction."""
    with engine_of(url, poolclass=NullPool).connect() as connection:
        yield connection


def engine_of(url: str, **options: Any) -> sqlalchemy.Engine:
    made = make_url(url)
    if made.get_backend_name() == "postgresql":
        made = made.set(drivername="postgresql+psycopg2")
    return create_engine(made, **options)


def rounds_of(url: str, rounds: int) -> int:
    """As many rounds on PostgreSQL; fewer on SQLite, which writes through to the disk each time."""
    return rounds if url.startswith("postgresql") else rounds // 10


def all_in_order(engine: Engine) -> bool:
    return list(reconcile(engine)) == []


def keys(engine: Engine, user: str, *status: Status) -> list[AwardKey]:
    return [entry.key for entry in engine.awards(user, status=status or ("earned",))]


# Two at once


def test_two_events_at_once_cross_a_threshold_together_every_time(url: str) -> None:
    """Each round brings one of twenty users another two workouts, and so another award."""
    rounds = [
        [workout(f"user-{number % 20}", f"{number}-{side}", number) for side in ("left", "right")]
        for number in range(rounds_of(url, 1000))
    ]
    for pair in zip(*in_rounds(url, rounds), strict=True):
        assert sorted(pair) == [("recorded", 0), ("recorded", 1)]
    with opened(url) as engine:
        assert len(keys(engine, "user-7")) == len(rounds) // 20
        assert all_in_order(engine)


def test_the_first_two_events_of_a_user_may_come_at_once(url: str) -> None:
    rounds = [
        [workout(f"user-{number}", side) for side in ("left", "right")]
        for number in range(rounds_of(url, 300))
    ]
    for pair in zip(*in_rounds(url, rounds), strict=True):
        assert sorted(pair) == [("recorded", 0), ("recorded", 1)]
    with opened(url) as engine:
        assert len(engine.store.users()) == len(rounds)
        assert all_in_order(engine)


def test_of_two_that_record_the_same_at_once_one_changes_something(url: str) -> None:
    rounds = [[workout("ann", f"e{number}", number)] * 2 for number in range(rounds_of(url, 300))]
    for number, pair in enumerate(zip(*in_rounds(url, rounds), strict=True)):
        assert sorted(pair) == [("recorded", number % 2), ("unchanged", 0)]
    with opened(url) as engine:
        assert len(keys(engine, "ann")) == len(rounds) // 2
        assert all_in_order(engine)


def test_of_two_facts_under_one_id_at_once_the_other_is_a_conflict(url: str) -> None:
    rounds = [
        [workout("ann", f"e{number}", number, minutes=side) for side in (1, 2)]
        for number in range(rounds_of(url, 300))
    ]
    answers = in_rounds(url, rounds)
    with opened(url) as engine, engine.store.view("ann") as view:
        stored = {event.id: event.data["minutes"] for event in view.events()}
    for number, pair in enumerate(zip(*answers, strict=True)):
        results = [result for result, _ in pair]
        assert sorted(results) == ["conflict", "recorded"]
        assert stored[f"e{number}"] == 1 + results.index("recorded")


@pytest.mark.parametrize(("url", "workers"), [("postgresql", 64), ("sqlite", 16)], indirect=["url"])
def test_many_workers_on_one_user_are_all_heard(url: str, workers: int) -> None:
    meet = Barrier(workers)
    store = SqlStore(engine_of(url, pool_size=workers), lock_timeout=60)
    engine = Engine(store, PAIRS, clock=lambda: NOW)

    def work(worker: int) -> list[str]:
        meet.wait()
        facts = [workout("ann", f"{worker}-{step}", step) for step in range(5)]
        return [answer(engine, fact)[0] for fact in facts]

    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(work, range(workers)))
    assert answers == [["recorded"] * 5] * workers
    with store.view("ann") as view:
        assert len(list(view.events())) == 5 * workers
    assert len(keys(engine, "ann")) == 5 * workers // 2
    assert all_in_order(engine)
    store.engine.dispose()


# Rules and care beside the traffic

THREES = rules_of(
    pairs={"rule": {"type": "count", "event": "workout", "at_least": 3, "repeat": True}},
    best={"rule": {"type": "best", "event": "workout", "field": "minutes", "at_least": 50}},
)


@contextmanager
def traffic(url: str, rules: Callable[[str], RuleSet]) -> Iterator[Sequence[Future[None]]]:
    """Four workers who record for eight users, some of it late; ends when all is recorded."""

    def work(worker: int) -> None:
        with opened(url, rules) as engine:
            for step in range(40):
                minute = 7 * step - 100 * (step % 5 == 0)
                user = f"user-{(worker + step) % 8}"
                data = {"minutes": step + worker}
                engine.record(workout(user, f"{worker}-{step}", minute + 200, **data))

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work, worker) for worker in range(4)]
        yield futures
        for future in futures:
            future.result()


def test_rules_may_be_swapped_while_events_arrive(url: str) -> None:
    in_force = [PAIRS]
    with traffic(url, lambda _: in_force[0]) as futures:
        while wait(futures, timeout=0.005).not_done:
            in_force[0] = THREES if in_force[0] is PAIRS else PAIRS
    with opened(url, THREES) as engine:
        assert backfill(engine).failed == {}
        assert all_in_order(engine)
        assert sum(len(keys(engine, f"user-{number}")) for number in range(8)) > 8


def test_a_backfill_may_run_while_events_arrive(url: str) -> None:
    in_force = [PAIRS]
    rounds = 0
    with opened(url, lambda _: in_force[0]) as care, traffic(url, lambda _: in_force[0]) as futures:
        while rounds == 0 or not all(future.done() for future in futures):
            in_force[0] = THREES if in_force[0] is PAIRS else PAIRS
            assert backfill(care).failed == {}
            rounds += 1
    with opened(url, in_force[0]) as engine:
        backfill(engine)
        assert all_in_order(engine)


def test_reconcile_finds_nothing_while_events_arrive(url: str) -> None:
    with opened(url) as care, traffic(url, lambda _: PAIRS) as futures:
        while not all(future.done() for future in futures):
            assert all_in_order(care)
        assert all_in_order(care)


def test_users_may_be_erased_while_events_arrive(url: str) -> None:
    """Whoever records afterwards begins anew, and no row is left of what was before."""
    with opened(url) as care, traffic(url, lambda _: PAIRS) as futures:
        while wait(futures, timeout=0).not_done:
            for number in range(8):
                care.erase(f"user-{number}")
    with opened(url) as engine, foreign(url) as connection:
        assert all_in_order(engine)
        for table in OF_ONE_USER:
            left = select(table.c.user_number).except_(select(users.c.number))
            assert connection.execute(left).all() == []


def test_a_badge_is_removed_and_put_back_while_there_is_progress(url: str) -> None:
    in_force = [THREES]
    with opened(url, lambda _: in_force[0]) as engine:
        for number in range(2):
            engine.record(workout("ann", f"e{number}", number, minutes=60))
        assert keys(engine, "ann") == [("best", None, 1)]
        in_force[0] = rules_of(best={"rule": {**BEST, "at_least": 90}})
        engine.record(workout("ann", "e2", 2))
        assert keys(engine, "ann") == []
        assert keys(engine, "ann", "kept") == [("best", None, 1)]
        in_force[0] = THREES
        engine.record(workout("ann", "e3", 3))
        assert sorted(keys(engine, "ann"), key=str) == [("best", None, 1), ("pairs", None, 1)]
        assert all_in_order(engine)


BEST = {"type": "best", "event": "workout", "field": "minutes"}

# Giving way


@pytest.fixture
def locked(url: str) -> Iterator[Connection]:
    """A foreign transaction that holds the only user, or on SQLite the file."""
    with opened(url) as engine:
        engine.record(workout("ann", "before"))
    with foreign(url) as connection:
        if url.startswith("sqlite"):
            connection.execute(text("UPDATE badge_users SET key = key"))
        else:
            connection.execute(text("SELECT number FROM badge_users FOR UPDATE"))
        yield connection


def test_a_lock_that_is_not_released_in_time_gives_way(url: str, locked: Connection) -> None:
    fact = workout("ann", "e")
    with opened(url, lock_timeout=0.1) as engine:
        with pytest.raises(ConcurrentUpdate):
            engine.record(fact)
        assert [one.result for one in engine.record_many([fact]).outcomes] == ["failed"]
        locked.rollback()
        assert answer(engine, fact) == ("recorded", 1)
        assert keys(engine, "ann") == [("pairs", None, 1)]


def test_readers_do_not_wait_for_a_lock(url: str, locked: Connection) -> None:
    assert locked.in_transaction()
    with opened(url, lock_timeout=0.1) as engine:
        assert engine.awards("ann") == []
        assert [one.value for one in engine.progress("ann")] == [1]
        assert all_in_order(engine)


def test_other_users_do_not_wait_for_a_lock(postgresql_tables: str) -> None:
    with opened(postgresql_tables, lock_timeout=0.1) as engine, engine.store.transaction("ann"):
        assert answer(engine, workout("ben", "e")) == ("recorded", 0)


def test_a_deadlock_through_rows_of_the_host_is_repeated_and_resolved(
    postgresql_tables: str,
) -> None:
    """Two operations write the same two rows of the host in opposite order."""
    url = postgresql_tables
    with foreign(url) as connection:
        rows = [{"number": number, **HOST_ROW} for number in (1, 2)]
        connection.execute(insert(host_changes), rows)
        connection.commit()
    meet = Barrier(2)
    touched = Counter[str]()

    def touch(changed: Changed, order: Iterable[int]) -> None:
        assert isinstance(changed.connection, Connection)
        for number in order:
            touched[changed.user] += 1
            changed.connection.execute(
                host_changes.update()
                .where(host_changes.c.number == number)
                .values(occurrence=host_changes.c.occurrence + 1)
            )
            if touched[changed.user] == 1:
                meet.wait()

    def work(user: str, order: Sequence[int]) -> Answer:
        with opened(url, within=lambda changed: touch(changed, order)) as engine:
            engine.record(workout(user, "first"))
            return answer(engine, workout(user, "second", 1))

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(work, ("ann", "ben"), ((1, 2), (2, 1))))
    assert answers == [("recorded", 1)] * 2
    assert sorted(touched.values()) == [2, 4]
    with foreign(url) as connection, opened(url) as engine:
        assert connection.scalars(select(host_changes.c.occurrence)).all() == [2, 2]
        assert all_in_order(engine)


HOST_ROW = {"user": "host", "badge": "b", "occurrence": 0, "kind": "new", "cause": "events"}
FAILURES = {
    "40001": "a serialization failure",
    "40P01": "a deadlock",
    "55P03": "a lock that is not available",
    "57P01": "a shutdown",
}


@pytest.mark.parametrize("state", FAILURES, ids=FAILURES.get)
def test_what_the_database_asks_to_repeat_is_repeated(postgresql_tables: str, state: str) -> None:
    attempts = []

    def fail_once(changed: Changed) -> None:
        note_in_host(changed)
        attempts.append(changed.user)
        if len(attempts) == 1:
            assert isinstance(changed.connection, Connection)
            raising = f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"
            changed.connection.execute(text(raising))

    with opened(postgresql_tables, within=fail_once) as engine:
        engine.record_many([workout("ann", "first"), workout("ann", "second", 1)])
        assert attempts == ["ann", "ann"]
        assert keys(engine, "ann") == [("pairs", None, 1)]
        assert host_rows(postgresql_tables) == [("ann", "new")]
        assert all_in_order(engine)


def test_an_error_of_the_host_is_not_repeated_and_leaves_no_trace(url: str) -> None:
    attempts = []

    def fail(changed: Changed) -> None:
        note_in_host(changed)
        attempts.append(changed.user)
        assert isinstance(changed.connection, Connection)
        changed.connection.execute(text("SELECT nothing FROM nowhere"))

    with opened(url, within=fail) as engine:
        with pytest.raises(DBAPIError):
            engine.record_many([workout("ann", "first"), workout("ann", "second", 1)])
        assert attempts == ["ann"]
        assert host_rows(url) == []
        with engine.store.view("ann") as view:
            assert list(view.events()) == []


def host_rows(url: str) -> list[tuple[str, str]]:
    with foreign(url) as connection:
        rows = connection.execute(select(host_changes.c.user, host_changes.c.kind))
        return [(user, kind) for user, kind in rows]


@pytest.mark.parametrize(
    "cut", ["before commit", "after commit", "in a message", "before an answer"]
)
def test_a_connection_that_is_cut_loses_and_doubles_nothing(
    postgresql_tables: str, cut: Cut
) -> None:
    with (
        Wire(make_url(postgresql_tables)) as wire,
        opened(wire.url, within=note_in_host) as engine,
    ):
        engine.record(workout("ann", "first"))
        wire.cut(cut)
        batch = engine.record(workout("ann", "second", 1))
        assert wire.fired.is_set()
        done = cut == "after commit"
        assert [one.result for one in batch.outcomes] == ["unchanged" if done else "recorded"]
        assert [change.kind for change in batch.changes] == ([] if done else ["new"])
        assert keys(engine, "ann") == [("pairs", None, 1)]
        assert [entry.key for entry in engine.unseen("ann")] == [("pairs", None, 1)]
        assert host_rows(postgresql_tables) == [("ann", "new")]
        again = engine.record(workout("ann", "second", 1))
        assert [one.result for one in again.outcomes] == ["unchanged"]
        assert all_in_order(engine)


def test_a_backend_that_is_terminated_within_a_transaction_is_replaced(
    postgresql_tables: str,
) -> None:
    url = postgresql_tables
    told = []

    def terminate_once(changed: Changed) -> None:
        note_in_host(changed)
        told.append(changed.user)
        if len(told) == 1:
            assert isinstance(changed.connection, Connection)
            ask = text("SELECT pg_backend_pid()")
            pid = changed.connection.scalar(ask)
            with foreign(url) as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    with opened(url, within=terminate_once) as engine:
        engine.record_many([workout("ann", "first"), workout("ann", "second", 1)])
        assert told == ["ann", "ann"]
        assert keys(engine, "ann") == [("pairs", None, 1)]
        assert host_rows(url) == [("ann", "new")]
