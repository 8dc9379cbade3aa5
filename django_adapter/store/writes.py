"""What one transaction changes, as the statements that do it."""

from __future__ import annotations

from collections.abc import Iterator

from badge_engine.ports import Writes
from badge_engine.rows import (
    audit_row,
    award_row,
    checkpoint_row,
    event_row,
    withdrawn_row,
)
from django_adapter.store.statements import Call, Statements


def calls(known: Statements, number: int, writes: Writes) -> Iterator[Call]:
    """The statements in the order in which they are to be sent, none for what does not change."""
    facts = [*map(event_row, writes.events), *map(withdrawn_row, writes.withdrawn)]
    yield from known.put_events(number, facts)
    yield from _states(known, number, writes)
    yield from _checkpoints(known, number, writes)
    yield from known.put_awards(number, map(award_row, writes.awards))
    yield from known.add_audit(number, map(audit_row, writes.audit))


def _states(known: Statements, number: int, writes: Writes) -> Iterator[Call]:
    if writes.standing is not None:
        yield Call(known.stand, (writes.standing.rules, writes.standing.states, number))
    put = {place: states for place, states in writes.large.items() if states is not None}
    if gone := writes.large.keys() - put.keys():
        yield Call(known.remove_large, (number, known.listed(gone)))
    if put:
        yield Call(known.note_large, (number,))
        yield from known.put_large(number, put.items())


def _checkpoints(known: Statements, number: int, writes: Writes) -> Iterator[Call]:
    if writes.keep_through is not None:
        yield Call(known.keep_through, (number, writes.keep_through))
    if writes.forget:
        yield Call(known.forget, (number, known.listed(writes.forget)))
    yield from known.put_checkpoints(number, map(checkpoint_row, writes.checkpoints))
