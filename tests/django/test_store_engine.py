"""The engine over the host's database does what its model does, also with two at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Barrier

import pytest
from django.db import transaction

from badge_engine import Engine
from badge_engine.backfill import reconcile
from django_adapter.store import DjangoStore
from tests.django.together import together
from tests.engine.machine import run_machine
from tests.faults.plan import Fact
from tests.faults.rounds import NOW, PAIRS, Answer, answer, workout

SEED = 20261124
ROUNDS = 200
PATIENCE = 60


@pytest.mark.parametrize("part", range(4))
def test_the_engine_does_what_the_model_does(store: DjangoStore, part: int) -> None:
    run_machine(store, SEED + part, runs=10, steps=40)


def test_the_engine_does_it_inside_the_callers_transaction(store: DjangoStore) -> None:
    with transaction.atomic():
        run_machine(store, SEED, runs=4, steps=40)


def in_rounds(rounds: Sequence[Sequence[Fact]], *, inside: bool) -> list[list[Answer]]:
    """Record the facts of each round at once, the n-th of them on the n-th connection."""
    meet = Barrier(len(rounds[0]), timeout=PATIENCE)
    engine = Engine(DjangoStore(), PAIRS, clock=lambda: NOW)
    recorded: Callable[[Engine, Fact], Answer] = transaction.atomic(answer) if inside else answer

    def record(number: int) -> list[Answer]:
        answers = []
        for facts in rounds:
            meet.wait()
            answers.append(recorded(engine, facts[number]))
        return answers

    return together([partial(record, number) for number in range(len(rounds[0]))])


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside the host's transaction"])
def test_two_events_at_once_cross_a_threshold_together_every_time(
    store: DjangoStore, inside: bool
) -> None:
    """Each round brings one of twenty users another two workouts, and so another award."""
    rounds = [
        [workout(f"user-{number % 20}", f"{number}-{side}", number) for side in ("left", "right")]
        for number in range(ROUNDS)
    ]
    for pair in zip(*in_rounds(rounds, inside=inside), strict=True):
        assert sorted(pair) == [("recorded", 0), ("recorded", 1)]
    engine = Engine(store, PAIRS, clock=lambda: NOW)
    assert len(engine.awards("user-7")) == ROUNDS // 20
    assert list(reconcile(engine)) == []


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside the host's transaction"])
def test_of_two_that_record_the_same_at_once_one_changes_something(
    store: DjangoStore, inside: bool
) -> None:
    rounds = [[workout("ann", f"e{number}", number)] * 2 for number in range(ROUNDS)]
    for number, pair in enumerate(zip(*in_rounds(rounds, inside=inside), strict=True)):
        assert sorted(pair) == [("recorded", number % 2), ("unchanged", 0)]
    engine = Engine(store, PAIRS, clock=lambda: NOW)
    assert len(engine.awards("ann")) == ROUNDS // 2
    assert list(reconcile(engine)) == []


def test_the_first_two_events_of_a_user_may_come_at_once(store: DjangoStore) -> None:
    rounds = [
        [workout(f"user-{number}", side) for side in ("left", "right")] for number in range(ROUNDS)
    ]
    for pair in zip(*in_rounds(rounds, inside=False), strict=True):
        assert sorted(pair) == [("recorded", 0), ("recorded", 1)]
    assert len(store.users()) == ROUNDS
    assert list(reconcile(Engine(store, PAIRS, clock=lambda: NOW))) == []
