"""Refused lines, told in the order of the files; many that lie ahead of now in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from badge_engine.authoring.eventfiles import Refusal, name_of

AHEAD = "future"
AHEAD_TOLD = 3

_MOST_HELD = 10_000


class Refusals:
    """Counts refused lines and holds them until they are told.

    `clock` is what counts as now, because `said_by` says so.
    """

    def __init__(self, files: Iterable[Path], clock: datetime, said_by: str) -> None:
        self.count = 0
        self._places = {name_of(file): number for number, file in enumerate(files)}
        self._clock = clock
        self._said_by = said_by
        self._ahead = 0
        self._held: list[Refusal] = []

    def add(self, refusal: Refusal) -> None:
        """Keep a refusal for its place among the others."""
        self.count += 1
        if refusal.code == AHEAD:
            self._ahead += 1
            if self._ahead > AHEAD_TOLD:
                return
        self._held.append(refusal)
        if len(self._held) >= _MOST_HELD:
            self._tell_held()

    def tell(self) -> None:
        """Print to stderr what was refused and has not been told."""
        self._tell_held()
        more = self._ahead - AHEAD_TOLD
        if more > 0:
            now = f"{self._clock.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
            lines = "1 more line lies" if more == 1 else f"{more} more lines lie"
            told = f"{lines} too far after {now}, left out; {self._said_by} says what now is"
            print(f"{told} [{AHEAD}]", file=sys.stderr)
            self._ahead = AHEAD_TOLD

    def _tell_held(self) -> None:
        for refusal in sorted(self._held, key=self._order):
            print(refusal, file=sys.stderr)
        self._held.clear()

    def _order(self, refusal: Refusal) -> tuple[int, int]:
        return (self._places[refusal.place.file], refusal.place.line)
