"""What one transaction changes, as the calls that do it."""

from __future__ import annotations

from collections.abc import Iterator

from badge_engine.ports import Writes
from badge_engine.rows import audit_row, award_row, checkpoint_row, event_row, withdrawn_row
from badge_engine.stores.sqlalchemy.statements import Statements
from badge_engine.stores.sqlalchemy.vendors import Call


def calls(statements: Statements, user: int, writes: Writes) -> list[Call]:
    """The calls in the order in which they are to be made, none for what does not change."""
    return [
        *_facts(statements, user, writes),
        *_states(statements, user, writes),
        *_outcomes(statements, user, writes),
    ]


def _facts(statements: Statements, user: int, writes: Writes) -> Iterator[Call]:
    if rows := [*map(event_row, writes.events), *map(withdrawn_row, writes.withdrawn)]:
        yield statements.put_events(user, rows)


def _states(statements: Statements, user: int, writes: Writes) -> Iterator[Call]:
    standing, listed = writes.standing, statements.vendor.listed
    if standing is not None:
        yield statements.put_standing(
            user_number=user, rules=standing.rules, states=standing.states
        )
    large = [(number, states) for number, states in writes.large.items() if states is not None]
    if gone := [number for number, states in writes.large.items() if states is None]:
        yield statements.remove_large(user_number=user, numbers=listed(gone))
    if large:
        yield statements.put_large(user, large)
    if writes.keep_through is not None:
        yield statements.forget_after(user_number=user, number=writes.keep_through)
    if writes.forget:
        yield statements.forget(user_number=user, numbers=listed(writes.forget))
    if rows := [*map(checkpoint_row, writes.checkpoints)]:
        yield statements.put_checkpoints(user, rows)


def _outcomes(statements: Statements, user: int, writes: Writes) -> Iterator[Call]:
    if writes.awards:
        yield statements.put_awards(user, [award_row(entry) for entry in writes.awards])
    if writes.audit:
        yield statements.add_audit(user, [audit_row(entry) for entry in writes.audit])
