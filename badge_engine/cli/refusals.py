"""Refused lines, told in the order of the files; many that an option would mend in one sentence."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from badge_engine.authoring.eventfiles import Refusal, name_of

FEW = 3
AHEAD = "future"
NO_ZONE = "naive-time"

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
        self._of_a_kind: Counter[str] = Counter()
        self._held: list[Refusal] = []

    def add(self, refusal: Refusal) -> None:
        """Keep a refusal for its place among the others."""
        self.count += 1
        if refusal.code in (AHEAD, NO_ZONE):
            self._of_a_kind[refusal.code] += 1
            if self._of_a_kind[refusal.code] > FEW:
                return
        self._held.append(refusal)
        if len(self._held) >= _MOST_HELD:
            self._tell_held()

    def tell(self) -> None:
        """Print to stderr what was refused and has not been told."""
        self._tell_held()
        for code in (AHEAD, NO_ZONE):
            more = self._of_a_kind[code] - FEW
            if more > 0:
                print(f"{self._left_out(code, more)} [{code}]", file=sys.stderr)
                self._of_a_kind[code] = FEW

    def _left_out(self, code: str, more: int) -> str:
        lines = "1 more line" if more == 1 else f"{more} more lines"
        if code == NO_ZONE:
            verb = "has" if more == 1 else "have"
            return f"{lines} {verb} a time without an offset, left out; --zone says where it was"
        verb = "lies" if more == 1 else "lie"
        now = f"{self._clock.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        return f"{lines} {verb} too far after {now}, left out; {self._said_by} says what now is"

    def _tell_held(self) -> None:
        for refusal in sorted(self._held, key=self._order):
            print(refusal, file=sys.stderr)
        self._held.clear()

    def _order(self, refusal: Refusal) -> tuple[int, int]:
        return (self._places[refusal.place.file], refusal.place.line)
