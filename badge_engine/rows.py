"""How a store in SQL writes events, awards and what belongs to them as rows, and reads them again.

The values of a row stand without the number of its user and its own; days and times are ISO text,
which every database takes and gives, instants are microseconds. A row that cannot be read is left
out with a warning that says which one it is and nothing of what it holds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar, cast, get_args

from badge_engine.errors import InvalidEvent
from badge_engine.events import Event
from badge_engine.instants import microseconds, moment_of
from badge_engine.outcomes import (
    AuditEntry,
    Award,
    Cause,
    ChangeKind,
    Evidence,
    LedgerAward,
    Status,
)
from badge_engine.ports import Checkpoint

__all__ = [
    "Row",
    "audit_row",
    "award_row",
    "checkpoint_row",
    "event_row",
    "microseconds",
    "moment_of",
    "read_audit",
    "read_awards",
    "read_checkpoint",
    "read_events",
    "withdrawn_row",
]

Row = tuple[Any, ...]
Readable = TypeVar("Readable")

logger = logging.getLogger("badge_engine.stores")


def event_row(event: Event) -> Row:
    """An event: id, type, instant, day, time, zone, data."""
    return (
        event.id,
        event.type,
        event.instant,
        event.day.isoformat(),
        None if event.time is None else event.time.isoformat("microseconds"),
        event.zone,
        event.data_text,
    )


def withdrawn_row(event_id: str) -> Row:
    """The mark that is left of an event: its id alone."""
    return (event_id, None, None, None, None, None, None)


def award_row(entry: LedgerAward) -> Row:
    """An award: key, derived facts, status, and what we knew when."""
    award, evidence = entry.award, entry.award.evidence
    return (
        award.badge,
        award.tier or "",
        award.occurrence,
        microseconds(award.earned_at),
        award.earned_on.isoformat(),
        evidence.event,
        evidence.first_day.isoformat(),
        evidence.last_day.isoformat(),
        evidence.count,
        award.rule_version,
        entry.status,
        microseconds(entry.recorded_at),
        entry.celebrate,
        None if entry.seen_at is None else microseconds(entry.seen_at),
    )


def audit_row(entry: AuditEntry) -> Row:
    """What happened to an award: its key, when, what, and why."""
    badge, tier, occurrence = entry.key
    at = microseconds(entry.at)
    what = (entry.kind, entry.cause, entry.event, entry.rule_version)
    return (badge, tier or "", occurrence, at, *what)


def checkpoint_row(checkpoint: Checkpoint) -> Row:
    """A checkpoint: number, instant, event id, states."""
    return (checkpoint.number, *checkpoint.position, checkpoint.states)


def read_checkpoint(row: Sequence[Any]) -> Checkpoint:
    """A checkpoint from its row."""
    number, instant, event_id, states = row
    return Checkpoint(number, (instant, event_id), bytes(states))


def read_events(user: str, rows: Iterable[Row]) -> Iterator[Event]:
    """The events of rows, in the order of the rows."""
    return _readable(_event, user, rows)


def read_awards(user: str, rows: Iterable[Row]) -> list[LedgerAward]:
    """The awards of rows, in the order of the rows."""
    return list(_readable(_award, user, rows))


def read_audit(user: str, rows: Iterable[Row]) -> list[AuditEntry]:
    """The audit entries of rows, in the order of the rows."""
    return list(_readable(_audit, user, rows))


def _readable(
    read: Callable[[str, Row], Readable], user: str, rows: Iterable[Row]
) -> Iterator[Readable]:
    for row in rows:
        try:
            one = read(user, row)
        except (InvalidEvent, TypeError, ValueError, OverflowError):
            what = read.__name__.strip("_")
            logger.warning("%s %r of user %r cannot be read and is left out", what, row[0], user)
        else:
            yield one


def _event(user: str, row: Row) -> Event:
    event_id, type_, instant, day, clock, zone, data = row
    return Event.restored(
        id=_text(event_id),
        user=user,
        type=type_,
        instant=_whole(instant),
        day=date.fromisoformat(day),
        time=None if clock is None else _wall_clock(clock),
        zone=zone,
        data=data,
    )


def _award(user: str, row: Row) -> LedgerAward:
    badge, tier, occurrence, earned_at, earned_on, event_id, first, last, count, *rest = row
    rule_version, status, recorded_at, celebrate, seen_at = rest
    first_day, last_day = date.fromisoformat(first), date.fromisoformat(last)
    award = Award(
        user=user,
        badge=_text(badge),
        tier=_text(tier) or None,
        occurrence=_whole(occurrence),
        earned_at=_moment(earned_at),
        earned_on=date.fromisoformat(earned_on),
        evidence=Evidence(_text(event_id), first_day, last_day, _whole(count)),
        rule_version=_text(rule_version),
    )
    return LedgerAward(
        award=award,
        status=cast(Status, _one_of(get_args(Status), status)),
        recorded_at=_moment(recorded_at),
        celebrate=bool(celebrate),
        seen_at=None if seen_at is None else _moment(seen_at),
    )


def _audit(_: str, row: Row) -> AuditEntry:
    badge, tier, occurrence, at, kind, cause, event_id, rule_version = row
    return AuditEntry(
        key=(_text(badge), _text(tier) or None, _whole(occurrence)),
        at=_moment(at),
        kind=cast(ChangeKind, _one_of(get_args(ChangeKind), kind)),
        cause=cast(Cause, _one_of(get_args(Cause), cause)),
        event=event_id,
        rule_version=rule_version,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(type(value).__name__)
    return value


def _one_of(words: Sequence[str], value: object) -> str:
    if value not in words:
        raise ValueError(type(value).__name__)
    return str(value)


def _moment(instant: object) -> datetime:
    return moment_of(_whole(instant))


def _wall_clock(value: str) -> time:
    clock = time.fromisoformat(value)
    if clock.tzinfo is not None:
        raise ValueError(type(value).__name__)
    return clock
