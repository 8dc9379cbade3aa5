"""Histories as they reach a backend: out of order, twice, amended and amended back, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from badge_engine.engine.engine import Engine
from badge_engine.events import Event, Operation
from badge_engine.ports import Store
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import evaluate
from tests.facts import CLOCK

BATCHES = (1, 1, 1, 2, 3, 10, 50)
TWICE = 0.10
AMENDED = 0.05


def arriving(events: Iterable[Event], random: Random) -> list[Operation]:
    """Events in any order; operations on one id keep theirs."""
    timed: list[tuple[float, Operation]] = []
    for event in events:
        operations = list(_about(event, random))
        moments = sorted(random.random() for _ in operations)
        timed += zip(moments, operations, strict=True)
    return [operation for _, operation in sorted(timed, key=lambda pair: pair[0])]


def _about(event: Event, random: Random) -> Iterator[Operation]:
    record = Operation("record", event.user, event.id, event)
    yield record
    if random.random() < TWICE:
        yield record
    if random.random() < AMENDED:
        yield replace(record, name="amend", event=_otherwise(event, random))
        yield replace(record, name="amend")


def _otherwise(event: Event, random: Random) -> Event:
    """The same event on another day."""
    days = random.randint(1, 400)
    return replace(
        event,
        instant=event.instant - days * 24 * 3_600_000_000,
        day=event.day - timedelta(days=days),
        ordinal=event.ordinal - days,
    )


def in_batches(operations: Sequence[Operation], random: Random) -> Iterator[list[Operation]]:
    start = 0
    while start < len(operations):
        end = start + random.choice(BATCHES)
        yield list(operations[start:end])
        start = end


def disagreements(
    store: Store, rules: RuleSet, histories: Mapping[str, Sequence[Event]], random: Random
) -> list[str]:
    """The users of some histories whose earned awards are not those of `evaluate` in the end."""
    engine = Engine(store, rules, clock=lambda: CLOCK)
    events = [event for history in histories.values() for event in history]
    for batch in in_batches(arriving(events, random), random):
        results = {outcome.result for outcome in engine.apply(batch).outcomes}
        assert results <= {"recorded", "unchanged", "amended", "conflict"}
    return [user for user, history in histories.items() if not _agrees(engine, user, history)]


def _agrees(engine: Engine, user: str, history: Sequence[Event]) -> bool:
    earned = [entry.award for entry in engine.awards(user, status=["earned"])]
    return earned == evaluate(engine.rules_for(user), history) and not engine.reconcile(user)
