"""Processes that want the same user: nothing is lost, and the dead hold nobody up."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from badge_engine.ports import Standing
from badge_engine.stores.sqlalchemy import SqlStore
from badge_engine.testing.conformance.base import viewed
from tests.stores.workers import ROUNDS, count, count_up, die_in_a_transaction

SPAWN = multiprocessing.get_context("spawn")
PROCESSES = 4


def run(
    work: Callable[[str, int, Barrier], None], store: SqlStore, processes: int
) -> list[int | None]:
    """The exit codes of processes that did something together in the database of a store."""
    url = store.engine.url.render_as_string(hide_password=False)
    together = SPAWN.Barrier(processes)
    started = [SPAWN.Process(target=work, args=(url, who, together)) for who in range(processes)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    return [one.exitcode for one in started]


def test_processes_never_overlook_what_another_saved(store: SqlStore) -> None:
    assert run(count_up, store, PROCESSES) == [0] * PROCESSES
    kept = viewed(store)
    assert kept.standing == Standing("rules", b"%d" % (PROCESSES * ROUNDS))
    assert len(kept.events) == PROCESSES * ROUNDS


def test_a_killed_process_leaves_no_trace_and_no_lock(store: SqlStore) -> None:
    assert run(die_in_a_transaction, store, 1) == [-signal.SIGKILL]
    assert store.users() == []
    count(store, "next")
    assert viewed(store).ids == ["next"]


@pytest.mark.parametrize("number", range(10))
def test_first_events_of_a_new_user_may_come_at_once(store: SqlStore, number: int) -> None:
    together = Barrier(PROCESSES)

    def begin(who: int) -> None:
        together.wait()
        count(store, f"{number}-{who}")

    beginners = [Thread(target=begin, args=(who,)) for who in range(PROCESSES)]
    for one in beginners:
        one.start()
    for one in beginners:
        one.join()
    kept = viewed(store)
    assert len(kept.events) == PROCESSES
    assert kept.standing == Standing("rules", b"%d" % PROCESSES)
