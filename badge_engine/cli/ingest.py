"""The command that brings files of events into a database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from badge_engine.authoring import report
from badge_engine.authoring.eventfiles import Place, Refusal
from badge_engine.authoring.histories import PlacedEvent
from badge_engine.cli.application import INTERRUPTED, could_not_run, plainly, say, show
from badge_engine.cli.databases import opened
from badge_engine.cli.inputs import Arrivals, with_inputs
from badge_engine.cli.options import Summary
from badge_engine.cli.reading import Reading
from badge_engine.cli.refusals import Refusals
from badge_engine.engine.engine import Engine
from badge_engine.engine.intake import Outcome
from badge_engine.errors import InvalidEvent, StoreError

BATCH = 1000
AGAIN = "what was recorded stays, and the same command may be run again"
_RESULTS = {
    "recorded": "recorded",
    "amended": "amended",
    "unchanged": "known already",
    "withdrawn": "retracted before",
    "failed": "not recorded",
}
_KINDS = ("new", "corrected", "reinstated", "kept", "revoked")


@dataclass
class _Ingestion:
    """Batches on their way into an engine, and what became of them."""

    engine: Engine
    refusals: Refusals
    amend: bool
    results: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def take(self, batch: Sequence[PlacedEvent]) -> None:
        take = self.engine.amend_many if self.amend else self.engine.record_many
        done = take(placed.event for placed in batch)
        self.kinds.update(change.kind for change in done.changes)
        for placed, outcome in zip(batch, done.outcomes, strict=True):
            self._note(placed.place, outcome)
        for outcome in done.outcomes:
            if isinstance(outcome.error, StoreError):
                raise outcome.error

    def _note(self, place: Place, outcome: Outcome) -> None:
        if outcome.error is None or isinstance(outcome.error, StoreError):
            self.results[outcome.result] += 1
        elif isinstance(outcome.error, InvalidEvent):
            self.refusals.add(Refusal(place, outcome.error.code, str(outcome.error)))
        else:
            message = f"id {outcome.event_id!r} already stands for another event"
            advice = "give each its own id, or replace it with --amend"
            self.refusals.add(Refusal(place, "conflicting-event", f"{message}; {advice}"))

    def summary(self, form: str) -> str:
        results = {word: self.results[result] for result, word in _RESULTS.items()}
        kinds = {kind: self.kinds[kind] for kind in _KINDS}
        if form == "json":
            counted = {result: self.results[result] for result in _RESULTS}
            events = counted | {"refused": self.refusals.count}
            return json.dumps({"events": events, "awards": kinds})
        results["refused"] = self.refusals.count
        return (
            f"events: {report.numbers(results, 'none')}\n"
            f"awards: {report.numbers(kinds, 'none changed')}"
        )


@with_inputs(Arrivals)
def ingest(
    inputs: Arrivals,
    amend: Annotated[
        bool, typer.Option("--amend", help="Replace what an id stands for with the line.")
    ] = False,
    form: Summary = "text",
) -> None:
    """Record events and the awards they give in a database."""
    reading = inputs.reading
    with opened(inputs.db, create=True) as store:
        store.users(limit=1)  # what is wrong with the database is told before files are read
        ingestion = _Ingestion(inputs.over(store), reading.refusals, amend)
        try:
            for batch in reading.batches(BATCH):
                ingestion.take(batch)
        except KeyboardInterrupt:  # nobody knows how far the last batch came
            reading.tell()
            say(f"interrupted; {AGAIN}")
            raise typer.Exit(INTERRUPTED) from None
        except StoreError as error:
            _tell(ingestion, reading, form)
            could_not_run(f"badge-engine: {plainly(error)}; {AGAIN}")
    _tell(ingestion, reading, form)
    reading.judge()


def _tell(ingestion: _Ingestion, reading: Reading, form: str) -> None:
    show(ingestion.summary(form))
    reading.tell()
