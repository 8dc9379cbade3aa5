"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers of events, rounds and clients.

    `past` events are there before one at a time is recorded for some `days`. `users` of each of
    the `lengths` of histories are recorded for `rounds` days, then corrected. `clients` work for
    `seconds` in each of `turns`, `workers` likewise on one user.
    """

    past: int
    days: int
    batches: int
    lengths: tuple[int, ...]
    users: int
    rounds: int
    corrections: int
    older: int
    recounts: int
    clients: tuple[int, ...]
    workers: int
    seconds: float
    turns: int


FULL = Scale(
    past=1000,
    days=40,
    batches=15,
    lengths=(100, 1_000, 10_000, 100_000),
    users=3,
    rounds=30,
    corrections=60,
    older=3,
    recounts=4,
    clients=(1, 2, 8),
    workers=64,
    seconds=1.5,
    turns=4,
)
QUICK = Scale(
    past=30,
    days=2,
    batches=1,
    lengths=(30, 400),
    users=2,
    rounds=2,
    corrections=2,
    older=1,
    recounts=1,
    clients=(1, 2),
    workers=3,
    seconds=0.1,
    turns=1,
)
