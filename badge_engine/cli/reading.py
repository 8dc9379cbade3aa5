"""Files of events on their way into histories or a store, with a bar while it lasts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from badge_engine.authoring import report
from badge_engine.authoring.eventfiles import STDIN, Intake, Refusal, read_events
from badge_engine.authoring.histories import PlacedEvent, histories
from badge_engine.authoring.unknowns import Unknowns
from badge_engine.cli.application import problems, say
from badge_engine.cli.refusals import Refusals
from badge_engine.events import History

READ_AHEAD = 10_000
LONG_INPUT = 4 * 1024 * 1024

_MOST_OTHERS = 1000
_user = attrgetter("event.user")


class Reading:
    """Reads files once and gives what is in them; counts users, and keeps doubts.

    `slowly` says that what is done with the events takes its time, so that there is always a bar.
    """

    def __init__(
        self,
        files: list[Path],
        intake: Intake,
        refusals: Refusals,
        user: str | None = None,
        *,
        slowly: bool = False,
    ) -> None:
        self.users = 0
        self.refusals = refusals
        self.other_users: set[str] = set()
        self.unknowns = Unknowns(intake.vocabulary)
        self._files = files
        self._intake = intake
        self._user = user
        self._events = 0
        console = Console(stderr=True)
        self._size = None if STDIN in files else sum(file.stat().st_size for file in files)
        long = slowly or self._size is None or self._size > LONG_INPUT
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not (long and console.is_interactive),
        )
        self._task = self._bar.add_task("reading", total=self._size)

    def histories(self) -> Iterator[History]:
        """One history after another, in the order of user keys; reading comes before the first."""
        with self._bar:
            for history in histories(self._all_accepted(), self.refusals.add):
                if sys.stdout.isatty():
                    self._bar.stop()  # the results are the progress
                self.users += 1
                yield history
                self._bar.advance(self._task, len(history))

    def batches(self, size: int) -> Iterator[Sequence[PlacedEvent]]:
        """The events in batches, as far as is read ahead one user after another.

        Events of one user keep their order.
        """
        done = 0
        with self._bar:
            accepted = self._accepted()
            while ahead := sorted(islice(accepted, READ_AHEAD), key=_user):
                for start in range(0, len(ahead), size):
                    batch = ahead[start : start + size]
                    yield batch
                    done += len(batch)
                    self._bar.update(self._task, description=f"{done:,} events")

    def tell(self) -> None:
        """Say on the standard error which lines were refused, and which are doubtful."""
        self.refusals.tell()
        for note in self.unknowns.notes():
            say(note)

    def judge(self) -> None:
        """End with status 1 if lines were refused."""
        if self.refusals.count:
            problems(f"{report.counted(line=self.refusals.count)} refused")

    def _all_accepted(self) -> Iterator[PlacedEvent]:
        yield from self._accepted()
        self._bar.reset(self._task, description="judging", total=self._events)

    def _accepted(self) -> Iterator[PlacedEvent]:
        for place, outcome in read_events(self._files, self._intake, self._watched):
            if isinstance(outcome, Refusal):
                self.refusals.add(outcome)
            elif self._user not in (None, outcome.user):
                if len(self.other_users) < _MOST_OTHERS:
                    self.other_users.add(outcome.user)
            else:
                self._events += 1
                self.unknowns.see(outcome)
                yield PlacedEvent(place, outcome)

    def _watched(self, raw: BinaryIO) -> BinaryIO:
        if self._size is None:
            return raw
        return self._bar.wrap_file(raw, total=self._size, task_id=self._task)
