"""Many clients at once, each a process of its own, and many workers on one hot user."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.connection import Connection
from typing import NamedTuple

from badge_engine import Engine, RuleSet
from badge_engine.stores.sqlalchemy import SqlStore
from benchmarks.by_hand import Floor, event_row
from benchmarks.histories import Fact, clock, events, fact
from benchmarks.measuring import Work, calls
from benchmarks.results import Line, counted
from benchmarks.scale import Scale

PAST = 100
HOT = "hot"
LEAD = 0.05
FLOOR = "insert and commit, psycopg2"
MORNING = datetime(2026, 11, 2, tzinfo=UTC)


class Order(NamedTuple):
    """What a client is to do, between two moments of the monotonic clock."""

    work: str
    begin: float
    end: float


class Done(NamedTuple):
    """How much a client did, and when it was done with it."""

    calls: int
    end: float


def crowds(database: str, rules: RuleSet, scale: Scale, fsync: str) -> Iterator[Line]:
    """Events a second of several clients, each with a user of its own, and of workers on one."""
    for clients in scale.clients:
        crowd = Crowd(database, rules, clients, f"{counted(clients, 'client')}, {fsync}")
        yield from crowd.lines(scale, "record")
    name = f"{scale.workers} workers on one user, {fsync}"
    yield from Crowd(database, rules, scale.workers, name).lines(scale, HOT)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Clients of one database."""

    database: str
    rules: RuleSet
    clients: int
    name: str

    def lines(self, scale: Scale, work: str) -> Iterator[Line]:
        """What the clients get done when they only store, and when they record."""
        rates: dict[str, list[float]] = {"floor": [], work: []}
        with self._started() as pipes:
            for _ in range(scale.turns):
                for name, own in rates.items():
                    own.append(_rate(pipes, name, scale.seconds))
        floor, ours = (sum(own) / len(own) for own in rates.values())
        yield Line(self.name, FLOOR, floor, "events/s")
        yield Line(self.name, "record, 50 rules", ours, "events/s", floor / ours, FLOOR)

    @contextmanager
    def _started(self) -> Iterator[list[Connection]]:
        """Clients that wait for orders; forked, so that each has the rules at once."""
        context = multiprocessing.get_context("fork")
        pipes, processes = [], []
        for number in range(self.clients):
            ours, theirs = context.Pipe()
            process = context.Process(target=self._serve, args=(theirs, number), daemon=True)
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

    def _serve(self, pipe: Connection, number: int) -> None:
        """What a client does."""
        user = f"{self.name}-{number}"
        engine = Engine(SqlStore(self.database), self.rules, clock=clock)
        engine.record_many(events(user, -PAST, 0))
        floor = Floor(self.database)
        rows = (event_row(1, event) for event in events(user, 0, sys.maxsize))
        works = {
            "floor": calls(floor.insert, rows),
            "record": calls(engine.record, (fact(user, number) for number in count())),
            HOT: calls(engine.record, (_hot(user, number) for number in count())),
        }
        for work in works.values():
            next(work)()
        pipe.send(None)
        while (order := pipe.recv()) is not None:
            pipe.send(_obeyed(works[order.work], order))


def _rate(pipes: Sequence[Connection], work: str, seconds: float) -> float:
    """Calls a second of all clients together, until the last of them is done."""
    begin = time.monotonic() + LEAD
    for pipe in pipes:
        pipe.send(Order(work, begin, begin + seconds))
    done: list[Done] = [pipe.recv() for pipe in pipes]
    return sum(one.calls for one in done) / (max(one.end for one in done) - begin)


def _obeyed(work: Work, order: Order) -> Done:
    time.sleep(max(0.0, order.begin - time.monotonic()))
    done, now = 0, order.begin
    while now < order.end:
        next(work)()
        done, now = done + 1, time.monotonic()
    return Done(done, now)


def _hot(name: str, number: int) -> Fact:
    """A fact that happens now: those of all workers are nearly in the order of their arrival."""
    told = fact(HOT, number)
    return told | {"id": f"{name}-{number}", "at": MORNING + timedelta(seconds=time.monotonic())}
