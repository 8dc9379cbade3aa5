"""Everybody, one after another: edited rules applied to all, all compared with `evaluate`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from badge_engine.backfill import BackfillStopped, backfill, everybody, reconcile
from badge_engine.engine.engine import Difference, Engine
from badge_engine.errors import ConcurrentUpdate, SchemaMismatch
from badge_engine.events import Event
from badge_engine.ports import Store
from badge_engine.semantics.compiler import RuleSet
from badge_engine.stores.memory import MemoryStore
from badge_engine.stores.sqlalchemy import SqlStore
from tests.engine.books import compiled
from tests.engine.builders import Desk, badge
from tests.engine.stores import STORES, opened
from tests.semantics.builders import day

ONE, TWO, THREE = (compiled([badge(at_least=goal)]) for goal in (1, 2, 3))
CLOCK = Desk(MemoryStore()).now


@pytest.fixture(params=STORES)
def empty(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each store in turn, with nobody in it."""
    with opened(request.param, request) as store:
        yield store


def club(store: Store, rules: RuleSet, people: int = 5) -> Engine:
    """An engine whose users have worked out once, twice, and so on."""
    engine = Engine(store, rules, clock=CLOCK)
    engine.record_many(
        Event.create(id=f"{number}-{which}", user=f"u{number}", type="workout", day=day(1))
        for number in range(1, people + 1)
        for which in range(number)
    )
    return engine


def holders(engine: Engine) -> list[str]:
    return [
        user
        for user in everybody(engine)
        if [entry.status for entry in engine.awards(user)] == ["earned"]
    ]


def test_a_backfill_brings_edited_rules_to_everybody(empty: Store) -> None:
    club(empty, THREE)
    engine = Engine(empty, ONE, clock=CLOCK)
    seen: list[str] = []
    done = backfill(engine, on_user=seen.append)
    assert (done.users, dict(done.changes), done.last) == (5, {"new": 2, "corrected": 3}, "u5")
    assert done.failed == {}
    assert seen == ["u1", "u2", "u3", "u4", "u5"]
    assert holders(engine) == seen
    assert [engine.unseen(user) for user in ("u1", "u2")] == [[], []]
    assert list(reconcile(engine)) == []


def test_a_backfill_celebrates_and_revokes_where_it_is_asked_to(empty: Store) -> None:
    club(empty, TWO)
    done = backfill(Engine(empty, ONE, clock=CLOCK), celebrate=True)
    assert dict(done.changes) == {"new": 1, "corrected": 4}
    engine = Engine(empty, THREE, clock=CLOCK)
    assert len(engine.unseen("u1")) == 1
    assert dict(backfill(engine, revoke=True).changes) == {"revoked": 2, "corrected": 3}
    assert holders(engine) == ["u3", "u4", "u5"]


def test_a_backfill_goes_on_where_it_was_interrupted(empty: Store) -> None:
    club(empty, THREE)
    engine = Engine(empty, ONE, clock=CLOCK)

    def stop(user: str) -> None:
        if user == "u2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(engine, on_user=stop)
    done = backfill(engine, after="u2")
    assert (done.users, dict(done.changes)) == (3, {"corrected": 3})
    again = backfill(engine)
    assert (again.users, dict(again.changes)) == (5, {})
    assert list(reconcile(engine)) == []


def test_a_backfill_of_some_is_for_them_alone(empty: Store) -> None:
    club(empty, THREE)
    engine = Engine(empty, ONE, clock=CLOCK)
    assert backfill(engine, ["u2", "nobody"]).changes == {"new": 1}
    assert list(empty.users()) == ["u1", "u2", "u3", "u4", "u5"]
    assert holders(engine) == ["u2", "u3", "u4", "u5"]
    found = {user for user, _ in reconcile(engine)}
    assert found == {"u1", "u3", "u4", "u5"}, "these stand by the former rules"


def test_reconcile_reports_and_repairs(empty: Store) -> None:
    club(empty, THREE)
    engine = Engine(empty, TWO, clock=CLOCK)
    missing = Difference("missing", ("badge", None, 1))
    different = Difference("different", ("badge", None, 1))
    rules = Difference("rules")
    seen: list[str] = []
    expected = [
        ("u1", rules),
        ("u2", missing),
        ("u2", rules),
        *((user, one) for user in ("u3", "u4", "u5") for one in (different, rules)),
    ]
    assert list(reconcile(engine, on_user=seen.append)) == expected
    assert seen == ["u1", "u2", "u3", "u4", "u5"]
    assert list(reconcile(engine, after="u4", repair=True)) == expected[-2:]
    assert list(reconcile(engine, repair=True)) == expected[:-2]
    assert list(reconcile(engine)) == []


def test_everybody_is_read_page_by_page(empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = club(empty, ONE, people=7)
    monkeypatch.setattr("badge_engine.backfill.PAGE", 3)
    assert list(everybody(engine)) == [f"u{number}" for number in range(1, 8)]
    assert list(everybody(engine, after="u3")) == ["u4", "u5", "u6", "u7"]
    assert list(everybody(engine, after="u7")) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    with opened(request.param, request) as store:
        assert isinstance(store, SqlStore)
        yield store


def rename(store: SqlStore, table: str, other: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {other}"))


def test_a_backfill_that_cannot_read_on_reports_what_it_did_and_where_it_stopped(
    database: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    club(database, THREE)
    engine = Engine(database, ONE, clock=CLOCK)
    monkeypatch.setattr("badge_engine.backfill.PAGE", 2)

    def break_down(user: str) -> None:
        if user == "u4":
            rename(database, "badge_users", "elsewhere")

    with pytest.raises(BackfillStopped, match=r"tables are not there.*; go on after 'u4'") as stop:
        backfill(engine, on_user=break_down)
    assert isinstance(stop.value.__cause__, SchemaMismatch)
    done = stop.value.done
    assert (done.users, dict(done.changes), done.last) == (4, {"new": 2, "corrected": 2}, "u4")

    with pytest.raises(BackfillStopped) as again:
        backfill(engine, after=done.last)
    assert (again.value.done.users, again.value.done.last) == (0, "u4")
    with pytest.raises(BackfillStopped, match="; start again"):
        backfill(engine)

    rename(database, "elsewhere", "badge_users")
    assert backfill(engine, after=done.last).changes == {"corrected": 1}
    assert list(reconcile(engine)) == []


def test_a_user_who_is_locked_does_not_stop_a_backfill() -> None:
    store = MemoryStore(lock_timeout=0.05)
    club(store, THREE)
    engine = Engine(store, ONE, clock=CLOCK)
    with store.transaction("u2"):
        done = backfill(engine)
    assert {user: type(error) for user, error in done.failed.items()} == {"u2": ConcurrentUpdate}
    assert done.users == 5
    assert dict(backfill(engine).changes) == {"new": 1}
