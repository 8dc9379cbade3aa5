"""Posts that follow from awards and workouts, in the transaction that changes these."""

from __future__ import annotations

from collections.abc import Iterable

from badge_engine import Changed, Outcome


def write(changes: Iterable[Changed], outcomes: Iterable[Outcome] = ()) -> None:
    """Write, withdraw or bring back the posts of changed awards and of recorded workouts."""
    del changes, outcomes
