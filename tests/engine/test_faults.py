"""What goes wrong around an engine: hosts raise, stores give way, and rows are spoiled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from badge_engine.engine.engine import Changed, Engine
from badge_engine.engine.intake import Fact
from badge_engine.errors import ConcurrentUpdate, SchemaMismatch, StoreError
from badge_engine.ports import Store
from badge_engine.stores.memory import MemoryStore
from badge_engine.stores.sqlalchemy import SqlStore, metadata
from tests.engine.builders import Desk, badge, kinds

ONCE = badge(at_least=1)
on_databases = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)


class Upset(Exception):
    """What a host raises."""


def upset(changed: Changed) -> None:
    raise Upset(changed.user)


# Hosts


def test_an_error_of_the_host_undoes_the_operation(store: Store) -> None:
    desk = Desk(store, ONCE, within=upset)
    with pytest.raises(Upset):
        desk.engine.record(desk.event(1))
    assert desk.events() == []
    assert desk.engine.awards(desk.user) == []
    with store.view(desk.user) as view:
        assert view.standing is None
    assert desk.user not in store.users(limit=10**6)


def test_an_error_of_the_host_undoes_every_fact_of_the_batch(store: Store) -> None:
    desk = Desk(store, badge(at_least=2), today=3)
    desk.did(1)
    before = desk.engine.export(desk.user)
    strict = Engine(store, desk.rules, clock=desk.now, within=upset)
    with pytest.raises(Upset):
        strict.record_many([desk.event(2), desk.event(3)])
    assert desk.engine.export(desk.user) == before
    assert desk.agrees()


@pytest.mark.parametrize("act", ["renew", "repair"])
def test_an_error_of_the_host_undoes_what_rules_change(store: Store, act: str) -> None:
    desk = Desk(store, ONCE)
    desk.did(1)
    desk.edit(badge(at_least=2))
    strict = Engine(store, desk.rules, clock=desk.now, within=upset)
    acts: dict[str, Callable[[], object]] = {
        "renew": lambda: strict.renew(desk.user),
        "repair": lambda: strict.reconcile(desk.user, repair=True),
    }
    with pytest.raises(Upset):
        acts[act]()
    assert desk.ledger() == {"badge": "earned"}
    assert desk.audit() == []


def test_the_host_is_told_before_the_transaction_ends(store: Store) -> None:
    """What it was told cannot be seen yet by others, and is there once the operation is done."""
    seen: list[object] = []
    desk = Desk(store, ONCE)

    def look(changed: Changed) -> None:
        seen.append(desk.engine.awards(changed.user))

    Engine(store, desk.rules, clock=desk.now, within=look).record(desk.event(1))
    assert seen == [[]]
    assert desk.ledger() == {"badge": "earned"}


def test_the_host_is_told_every_kind_of_change_and_its_cause(store: Store) -> None:
    revoke = badge(at_least=2, manners={"on_correction": "revoke"})
    desk = Desk(store, revoke, badge("k", at_least=1), today=5)
    desk.did(2, 3)
    desk.did(1)
    desk.undo(1, 2, 3)
    desk.did(4, 5)
    desk.edit(badge(at_least=3))
    desk.engine.renew(desk.user)
    assert [(one.cause, kinds(one.changes)) for one in desk.told] == [
        ("events", [("new", "badge"), ("new", "k")]),
        ("events", [("corrected", "badge"), ("corrected", "k")]),
        ("events", [("kept", "k"), ("revoked", "badge")]),
        ("events", [("reinstated", "badge"), ("reinstated", "k")]),
        ("backfill", [("kept", "badge"), ("kept", "k")]),
    ]
    assert {one.user for one in desk.told} == {desk.user}


def test_the_host_is_not_troubled_where_no_award_changes(store: Store) -> None:
    desk = Desk(store, ONCE, within=upset, after_commit=upset)
    desk.did(1, type="rest_day")
    desk.undo(1, type="rest_day")
    desk.engine.renew(desk.user)
    assert len(desk.events()) == 0


def test_an_error_after_the_commit_is_logged_and_harmless(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(store, ONCE, after_commit=upset)
    batch = desk.did(1)
    assert [outcome.result for outcome in batch.outcomes] == ["recorded"]
    assert desk.ledger() == {"badge": "earned"}
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "callback after the commit" in record.getMessage()
    assert desk.user in record.getMessage()


def test_after_the_commit_everybody_sees_what_is_told(store: Store) -> None:
    told: list[Changed] = []
    seen: list[object] = []

    def look(changed: Changed) -> None:
        told.append(changed)
        seen.append([entry.award for entry in desk.engine.awards(changed.user)])

    desk = Desk(store, ONCE, after_commit=look)
    desk.did(1)
    (changed,) = told
    assert seen == [[change.award.award for change in changed.changes]]
    assert changed.connection is None


# Stores that give way


class Patience(logging.Handler):
    """Does something as soon as the engine says that it gave way."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act
        self.times = 0

    def emit(self, record: logging.LogRecord) -> None:
        if "gave way" in record.getMessage():
            self.times += 1
            self.act()


@pytest.fixture
def gave_way() -> Iterator[Callable[[Callable[[], object]], Patience]]:
    """Listens to the engine; the act that is given is done each time it gave way."""
    logger = logging.getLogger("badge_engine.engine")
    handlers: list[Patience] = []

    def listen(act: Callable[[], object]) -> Patience:
        handlers.append(Patience(act))
        logger.addHandler(handlers[-1])
        return handlers[-1]

    before = logger.level
    logger.setLevel(logging.INFO)
    yield listen
    logger.setLevel(before)
    for handler in handlers:
        logger.removeHandler(handler)


Listen = Callable[[Callable[[], object]], Patience]


def test_what_gave_way_to_another_writer_is_done_again(impatient: Store, gave_way: Listen) -> None:
    desk = Desk(impatient, ONCE)
    other = impatient.transaction(desk.user)
    other.__enter__()
    patience = gave_way(lambda: patience.times == 1 and other.__exit__(None, None, None))
    desk.engine.record(desk.event(1))
    assert patience.times == 1
    assert desk.ledger() == {"badge": "earned"}
    assert len(desk.told) == 1


def test_who_always_gives_way_gets_a_typed_error(impatient: Store, gave_way: Listen) -> None:
    desk = Desk(impatient, ONCE)
    patience = gave_way(lambda: None)
    doors: list[Callable[[], object]] = [
        lambda: desk.engine.record(desk.event(1)),
        lambda: desk.engine.renew(desk.user),
        lambda: desk.engine.seen(desk.user, []),
        lambda: desk.engine.erase(desk.user),
    ]
    with impatient.transaction(desk.user):
        for door in doors:
            with pytest.raises(ConcurrentUpdate):
                door()
    assert patience.times == len(doors) * 3, "four attempts each, and the last one raises"
    assert desk.events() == []


def test_in_a_batch_only_the_user_who_is_locked_fails() -> None:
    memory = MemoryStore(lock_timeout=0.05)
    desk, neighbour = Desk(memory, ONCE), Desk(memory, ONCE)
    facts: list[Fact] = [desk.event(1), neighbour.event(1), desk.event(2, "meal"), {"id": "x"}]
    with memory.transaction(desk.user):
        batch = desk.engine.record_many(facts)
    assert [outcome.result for outcome in batch.outcomes] == [
        "failed",
        "recorded",
        "failed",
        "refused",
    ]
    assert [type(one.error) for one in batch.outcomes[::2]] == [ConcurrentUpdate] * 2
    assert [change.award.award.user for change in batch.changes] == [neighbour.user]
    again = desk.engine.record_many(facts)
    assert [one.result for one in again.outcomes][:3] == ["recorded", "unchanged", "recorded"]


def test_a_database_without_tables_is_a_typed_error(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'empty.db'}")
    desk = Desk(store, ONCE)
    with pytest.raises(SchemaMismatch):
        desk.engine.record(desk.event(1))
    (outcome,) = desk.did(1).outcomes
    assert (outcome.result, type(outcome.error)) == ("failed", SchemaMismatch)
    for ask in (desk.engine.awards, desk.engine.progress, desk.engine.export):
        with pytest.raises(StoreError):
            ask(desk.user)
    store.close()


# Rows that somebody else spoiled


def spoil(store: Store, user: str, event_id: str, **columns: object) -> None:
    assert isinstance(store, SqlStore)
    users, events = metadata.tables["badge_users"], metadata.tables["badge_events"]
    number = select(users.c.number).where(users.c.key == user).scalar_subquery()
    this = (events.c.user_number == number) & (events.c.event_id == event_id)
    with store.engine.begin() as connection:
        connection.execute(update(events).where(this).values(**columns))


TWO = (badge(at_least=3), badge("meal", event="meal", at_least=1, repeat=True))


@on_databases
@pytest.mark.parametrize("columns", [{"data": "{"}, {"type": "NO SLUG"}, {"instant": -1}])
def test_a_spoiled_row_does_not_take_other_badges_down(
    store: Store, columns: dict[str, object]
) -> None:
    desk = Desk(store, *TWO)
    desk.each(1, 2, 3)
    spoil(store, desk.user, "workout-2", **columns)
    desk.each(4, 5, type="meal")
    assert desk.ledger() == {"badge": "earned", "meal": "earned", "meal 2": "earned"}
    desk.did(1, type="meal")
    assert desk.ledger()["meal 3"] == "earned"
    assert [event.id for event in desk.events() if event.type == "workout"] == [
        "workout-1",
        "workout-3",
    ]
    assert desk.engine.progress(desk.user)
    assert desk.engine.explain(desk.user, "meal").holds
    assert len(desk.engine.export(desk.user)["events"]) == 5


@on_databases
def test_a_spoiled_row_is_mended_by_amending_it(store: Store) -> None:
    desk = Desk(store, *TWO)
    desk.each(1, 2, 3)
    spoil(store, desk.user, "workout-2", data="{")
    assert [out.result for out in desk.engine.amend(desk.event(2)).outcomes] == ["recorded"]
    assert [event.id for event in desk.events()] == ["workout-1", "workout-2", "workout-3"]
    assert desk.agrees()


@on_databases
def test_what_a_spoiled_row_changed_is_found_and_repaired(store: Store) -> None:
    desk = Desk(store, *TWO)
    desk.each(1, 2, 3)
    spoil(store, desk.user, "workout-2", data="{")
    found = desk.engine.reconcile(desk.user)
    assert [one.kind for one in found] == ["surplus", "states"]
    assert desk.engine.reconcile(desk.user, repair=True) == found
    assert desk.ledger() == {"badge": "kept"}
    assert desk.agrees()
    (entry,) = desk.audit()
    assert (entry.kind, entry.cause) == ("kept", "reconcile")


@on_databases
@pytest.mark.parametrize("later", [False, True])
def test_withdrawing_or_moving_a_spoiled_row_takes_its_award(store: Store, later: bool) -> None:
    desk = Desk(store, ONCE, badge("meal", event="meal", at_least=1), today=9)
    desk.did(1)
    spoil(store, desk.user, "workout-1", data="{")
    moved = desk.event(9, "meal", id="workout-1")
    batch = desk.engine.amend(moved) if later else desk.undo(1)
    assert ("kept", "badge") in kinds(batch.changes)
    assert desk.ledger()["badge"] == "kept"
    assert desk.agrees()


def spoil_states(store: Store, user: str, table: str, states: bytes) -> None:
    assert isinstance(store, SqlStore)
    users, spoiled = metadata.tables["badge_users"], metadata.tables[table]
    number = select(users.c.number).where(users.c.key == user).scalar_subquery()
    column = spoiled.c.number if table == "badge_users" else spoiled.c.user_number
    with store.engine.begin() as connection:
        connection.execute(update(spoiled).where(column == number).values(states=states))


SPOILED = {
    "nothing": b"",
    "another language": b"junk",
    "half a header": b"[1,2",
    "a header alone": b"[null,null,0,0,0,false]",
    "a state that is missing": b"[null,null,0,0,0,false]\n\n[0]",
    "a state that is no JSON": b"[null,null,0,0,0,false]\n[0\n[0]",
    "no text": b"[\xff",
    "too short a header": b"[1]\n[0]\n[0]",
    "compressed by halves": b"\x78\x01abc",
    "a header of other values": b'["x","y","z",0,0,false]\n[0]\n[0]',
    "half a position": b"[1,null,0,0,0,false]\n[0]\n[0]",
    "a header that is no list": b'{"newest":1,"checkpoint":2}\n[0]\n[0]',
    "a header without parts": b"[]\n[0]\n[0]",
    "a state that is a number": b"[null,null,0,0,0,false]\n5\n[0]",
    "a state that is a map": b'[null,null,0,0,0,false]\n{"0":1}\n[0]',
    "a state without places": b"[null,null,0,0,0,false]\n[]\n[0]",
    "a state of texts": b'[null,null,0,0,0,false]\n["a","b"]\n[0]',
    "a state nested deep": b"[null,null,0,0,0,false]\n" + b"[" * 100_000 + b"\n[0]",
    "a state that is null": b"[null,null,0,0,0,false]\nnull\n[0]",
}


@on_databases
@pytest.mark.parametrize("states", SPOILED.values(), ids=SPOILED)
def test_states_that_cannot_be_read_are_folded_anew(store: Store, states: bytes) -> None:
    desk = Desk(store, *TWO)
    desk.each(1, 2)
    shown = desk.engine.progress(desk.user)
    spoil_states(store, desk.user, "badge_users", states)
    assert desk.engine.progress(desk.user) == shown
    assert [one.kind for one in desk.engine.reconcile(desk.user)] == ["states"]
    desk.each(3)
    assert desk.ledger() == {"badge": "earned"}
    assert desk.agrees()


@on_databases
def test_states_that_cannot_be_read_are_repaired(store: Store) -> None:
    desk = Desk(store, *TWO)
    desk.each(1, 2, 3)
    spoil_states(store, desk.user, "badge_users", b"junk")
    desk.engine.reconcile(desk.user, repair=True)
    assert desk.agrees()
    assert desk.audit() == []


@on_databases
@pytest.mark.parametrize("states", SPOILED.values(), ids=SPOILED)
def test_checkpoints_that_cannot_be_read_are_passed_over(store: Store, states: bytes) -> None:
    desk = Desk(store, badge(at_least=2, repeat=True), badge("meal", event="meal", at_least=1))
    desk.each(*range(1, 60, 3))
    spoil_states(store, desk.user, "badge_checkpoints", states)
    desk.did(50)
    assert len(desk.engine.awards(desk.user, status=["earned"])) == 10
    assert desk.agrees()
    desk.undo(4)
    assert desk.agrees()
