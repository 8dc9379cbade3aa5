"""Many clients at once, each a process of its own, and many workers on one hot user."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from typing import NamedTuple

from badge_engine import Engine, RuleSet
from badge_engine.stores.sqlalchemy import SqlStore
from benchmarks.by_hand import Floor, event_row
from benchmarks.histories import Fact, clock, events, fact
from benchmarks.measuring import Work
from benchmarks.results import Line
from benchmarks.scale import Scale

PAST = 100
HOT = "hot"
LEAD = 0.05
MORNING = datetime(2026, 11, 2, tzinfo=UTC)


class Order(NamedTuple):
    """What a client is to do, between two moments of the monotonic clock."""

    work: str
    begin: float
    end: float


def crowds(database: str, rules: RuleSet, scale: Scale) -> Iterator[Line]:
    """Events a second of several clients, each with a user of its own, and of workers on one."""
    for clients in scale.clients:
        yield from _crowd(database, rules, scale, clients, "record")
    yield from _crowd(database, rules, scale, scale.workers, HOT)


def _crowd(database: str, rules: RuleSet, scale: Scale, clients: int, work: str) -> Iterator[Line]:
    done = {"floor": 0, work: 0}
    with _started(database, rules, clients) as pipes:
        for _ in range(scale.turns):
            for name in done:
                begin = time.monotonic() + LEAD
                for pipe in pipes:
                    pipe.send(Order(name, begin, begin + scale.seconds))
                done[name] += sum(pipe.recv() for pipe in pipes)
    floor, ours = (events / scale.seconds / scale.turns for events in done.values())
    part = f"{clients} workers on one user" if work == HOT else f"{clients} clients"
    yield Line(part, "insert and commit, psycopg2", floor, "events/s")
    yield Line(part, "record, 50 rules", ours, "events/s", floor / ours, "insert and commit")


@contextmanager
def _started(database: str, rules: RuleSet, clients: int) -> Iterator[list[Connection]]:
    """Clients that wait for orders; forked, so that each has the rules at once."""
    context = multiprocessing.get_context("fork")
    pipes, processes = [], []
    for number in range(clients):
        ours, theirs = context.Pipe()
        name = f"{clients}-{number}"
        process = context.Process(target=_client, args=(theirs, database, rules, name), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    yield pipes
    for pipe in pipes:
        pipe.send(None)
    for process in processes:
        process.join()


def _client(pipe: Connection, database: str, rules: RuleSet, name: str) -> None:
    engine = Engine(SqlStore(database), rules, clock=clock)
    engine.record_many(events(name, -PAST, 0))
    floor = Floor(database)
    rows = (event_row(3, event) for event in events(f"floor-{name}", 0, 10**9))
    works: dict[str, Work] = {
        "floor": (partial(floor.insert, row) for row in rows),
        "record": (partial(engine.record, fact(name, number)) for number in count()),
        HOT: (partial(engine.record, _hot(name, number)) for number in count()),
    }
    for work in works.values():
        next(work)()
    pipe.send(0)
    while (order := pipe.recv()) is not None:
        pipe.send(_obeyed(works[order.work], order))


def _obeyed(work: Work, order: Order) -> int:
    """How many calls ended in time."""
    time.sleep(max(0.0, order.begin - time.monotonic()))
    done = 0
    for call in work:
        call()
        if time.monotonic() >= order.end:
            return done
        done += 1
    return done


def _hot(name: str, number: int) -> Fact:
    """A fact that happens now: those of all workers are nearly in the order of their arrival."""
    told = fact(HOT, number)
    return told | {"id": f"{name}-{number}", "at": MORNING + timedelta(seconds=time.monotonic())}
