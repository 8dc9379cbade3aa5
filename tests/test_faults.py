"""Short campaigns with a fixed seed; `python -m tests.faults` rages longer.

A campaign is worth what its verdict notices: the rest of this file tampers with what was stored.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import text

from badge_engine.engine.engine import Engine
from badge_engine.errors import ConcurrentUpdate, StoreError
from badge_engine.stores.sqlalchemy import SqlStore
from tests.faults.campaign import Settings, run
from tests.faults.databases import sqlite_database
from tests.faults.journal import Journal, Told, read
from tests.faults.packs import Shelf, load
from tests.faults.plan import Plan, as_line
from tests.faults.verdict import Verdict, judge
from tests.faults.worker import Orders, Worker

KINDS = {"postgresql": 22, "sqlite": 14}
STEPS = 90


@pytest.mark.parametrize("database", KINDS)
def test_nothing_is_lost_or_doubled_whatever_happens(database: str) -> None:
    report = run(Settings(database, faults=KINDS[database], seed=1))
    assert report.findings == [], "\n".join(report.lines())
    assert set(report.faults.values()) == {1}
    assert len(report.faults) == KINDS[database]
    assert report.killed >= 6
    assert report.repeated > 0
    assert report.operations > 100


def test_a_seed_says_what_is_sent() -> None:
    plans = [list(islice(Plan(seed, 0, 8).steps(), 50)) for seed in (1, 1, 2)]
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]


@dataclass(frozen=True)
class World:
    """What one worker did without any fault: where it is stored, and what the journal tells."""

    store: SqlStore
    engine: Engine
    orders: Orders

    @property
    def told(self) -> Sequence[Told]:
        return [read(self.orders.journal)]

    def execute(self, statement: str) -> None:
        with self.store.engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount > 0, statement

    def verdict(self) -> Verdict:
        return judge(self.engine, self.store, self.told)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a worker that did all its steps."""
    folder = tmp_path_factory.mktemp("finished")
    Shelf(folder).publish()
    with sqlite_database(folder) as database:
        database.create()
        Worker(Orders(folder, database.url, 1, 0, 2, lock_timeout=1, steps=STEPS)).work()
    return folder


@pytest.fixture
def world(finished: Path, tmp_path: Path) -> Iterator[World]:
    folder = shutil.copytree(finished, tmp_path / "world")
    with sqlite_database(folder) as database:
        store = SqlStore(database.url)
        orders = Orders(folder, database.url, 1, 0, 2, lock_timeout=1, steps=STEPS)
        yield World(store, Engine(store, load(folder)), orders)
        store.close()


def test_what_nobody_disturbed_is_found_in_order(world: World) -> None:
    verdict = world.verdict()
    assert verdict.findings == []
    assert verdict.events > 50
    assert verdict.awards > 20


DOUBLED_AUDIT = """
    INSERT INTO badge_audit
        (user_number, badge, tier, occurrence, at, kind, cause, event_id, rule_version)
    SELECT user_number, badge, tier, occurrence, at, kind, cause, event_id, rule_version
    FROM badge_audit LIMIT 1
"""
DOUBLED_ROW = """
    INSERT INTO host_changes ("user", badge, tier, occurrence, kind, cause)
    SELECT "user", badge, tier, occurrence, kind, cause FROM host_changes LIMIT 1
"""
MIXED_CHECKPOINTS = """
    UPDATE badge_checkpoints SET states = (
        SELECT states FROM badge_checkpoints AS other
        WHERE other.user_number = badge_checkpoints.user_number ORDER BY number LIMIT 1
    )
"""
TAMPERED = {
    "an event is gone": (
        "DELETE FROM badge_events WHERE event_id = '0-2-0'",
        "lost: event '0-2-0'",
    ),
    "an event is another one": (
        "UPDATE badge_events SET day = '2026-01-01' WHERE event_id = '0-2-0'",
        "lost: event '0-2-0'",
    ),
    "an event came from nowhere": (
        "UPDATE badge_events SET event_id = 'x' WHERE event_id = '0-2-0'",
        "wrong: event 'x'",
    ),
    "an award is gone": (
        "DELETE FROM badge_awards WHERE status = 'earned' AND badge = 'every-third'",
        "lost: award ('every-third', None, 1)",
    ),
    "an award is dated wrongly": (
        "UPDATE badge_awards SET earned_at = earned_at + 1 WHERE badge = 'every-third'",
        "wrong: award of",
    ),
    "an award changed and no audit says why": (
        "UPDATE badge_awards SET status = 'kept' WHERE badge = 'every-third'",
        "its audit says earned",
    ),
    "an audit entry is there twice": (
        DOUBLED_AUDIT,
        "doubled: audit entry of",
    ),
    "the host was told twice": (
        DOUBLED_ROW,
        "doubled: row of the host",
    ),
    "the host was not told": (
        "DELETE FROM host_changes WHERE number = 1",
        "lost: row of the host",
    ),
    "what was shown is forgotten": (
        "UPDATE badge_awards SET seen_at = NULL",
        "and it is not noted",
    ),
    "a checkpoint remembers another history": (
        MIXED_CHECKPOINTS,
        "remembers another history",
    ),
}


@pytest.mark.parametrize(("statement", "finding"), TAMPERED.values(), ids=TAMPERED.keys())
def test_the_verdict_notices_when(world: World, statement: str, finding: str) -> None:
    world.execute(statement)
    assert finding in "\n".join(world.verdict().findings)


def test_the_verdict_notices_an_operation_that_was_not_answered(world: World) -> None:
    with world.orders.journal.open("ab") as journal:
        step = next(islice(Plan(1, 0, 2).steps(), STEPS, None))
        journal.write(as_line(step.as_json()))
    assert f"wrong: worker 0: {step} was never answered" in world.verdict().findings


def test_the_verdict_notices_a_wrong_answer(world: World) -> None:
    journal = world.orders.journal
    journal.write_bytes(journal.read_bytes().replace(b'["recorded"]', b'["unchanged"]', 1))
    assert "was answered 'unchanged', not 'recorded'" in "\n".join(world.verdict().findings)


def test_the_verdict_notices_an_error_that_does_not_say_to_repeat(world: World) -> None:
    journal = Journal(world.orders.journal)
    journal.trouble(ConcurrentUpdate("repeat"))
    journal.close()
    assert world.verdict().findings == []
    journal = Journal(world.orders.journal)
    journal.trouble(StoreError("refused"))
    journal.close()
    assert "was told StoreError" in "\n".join(world.verdict().findings)


def test_a_worker_takes_over_where_a_journal_ends(world: World) -> None:
    journal = world.orders.journal
    whole = read(journal)
    answered = journal.read_bytes().rindex(b'{"answers"')
    with journal.open("r+b") as torn:
        torn.truncate(answered + 4)
    (world.orders.folder / "stop").touch()
    Worker(world.orders).work()
    again = read(journal)
    assert again.pending is None
    assert [one.step for one in again.sent] == [one.step for one in whole.sent]
    assert again.sent[-1].attempts == 2
    assert again.sent[-1].repeated
    assert world.verdict().findings == []
