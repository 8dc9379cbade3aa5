"""Processes that keep their connections and meet before each round, to record at one moment."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from badge_engine.engine.engine import Engine
from badge_engine.errors import ConflictingEvent
from badge_engine.language.loader import load_text
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.stores.sqlalchemy import SqlStore
from tests.faults.crew import PATIENCE, processes
from tests.faults.plan import Fact

NOW = datetime(2026, 5, 2, tzinfo=UTC)
Answer = tuple[str, int]
"""What became of a fact, and how many awards it changed."""

Work = Callable[[int, Callable[[], object]], Sequence[Answer]]


def rules_of(**badges: dict[str, Any]) -> RuleSet:
    """Badges by id, each with its rule and what else it has."""
    listed = [{"id": id, "name": id, **badge} for id, badge in badges.items()]
    return compile_rules(load_text(json.dumps({"language": "en", "badges": listed})))


PAIRS = rules_of(
    pairs={"rule": {"type": "count", "event": "workout", "at_least": 2, "repeat": True}}
)


def workout(user: str, id: str, minute: int = 0, **data: object) -> Fact:
    at = f"2026-05-01T{minute // 60:02}:{minute % 60:02}:00Z"
    return {"id": id, "user": user, "type": "workout", "at": at, "data": data}


def in_rounds(url: str, rounds: Sequence[Sequence[Fact]]) -> Sequence[Sequence[Answer]]:
    """Record the facts of each round at once, the n-th of them in the n-th process.

    What each process was answered, round by round.
    """
    return together(partial(_record, url, rounds), len(rounds[0]))


def _record(
    url: str, rounds: Sequence[Sequence[Fact]], number: int, meet: Callable[[], object]
) -> Sequence[Answer]:
    store = SqlStore(url)
    engine = Engine(store, PAIRS, clock=lambda: NOW)
    answers = []
    for facts in rounds:
        meet()
        answers.append(answer(engine, facts[number]))
    store.close()
    return answers


def answer(engine: Engine, fact: Fact) -> Answer:
    try:
        batch = engine.record(fact)
    except ConflictingEvent:
        return ("conflict", 0)
    return (batch.outcomes[0].result, len(batch.changes))


def together(work: Work, count: int) -> Sequence[Sequence[Answer]]:
    """Do work in processes of its own; it is given a number, and a way to wait for the others."""
    barrier = processes.Barrier(count)
    ends = [processes.Pipe(duplex=False) for _ in range(count)]
    running = []
    for number, (_, mine) in enumerate(ends):
        arguments = (work, number, barrier, mine)
        process = processes.Process(target=_do, args=arguments, daemon=True)
        process.start()
        mine.close()
        running.append(process)
    try:
        return [_received(end) for end, _ in ends]
    finally:
        for process in running:
            process.join(PATIENCE)
            process.kill()
            process.join()
            process.close()


def _do(work: Work, number: int, barrier: Barrier, end: Connection) -> None:
    try:
        end.send(work(number, lambda: barrier.wait(PATIENCE)))
    except Exception:
        barrier.abort()
        end.send(traceback.format_exc())
        raise


def _received(end: Connection) -> Sequence[Answer]:
    with end:
        found: Sequence[Answer] | str = end.recv()
    assert not isinstance(found, str), found
    return found
