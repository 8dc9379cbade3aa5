"""How events, awards and their audit are written as rows, and read from them.

The values of a row stand in the order of the fields of its model, without its number and its
person; dates and times are ISO text, which both databases take and give. A row that cannot be read
is left out with a warning that says which one it is and nothing of what it holds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar, get_args, get_type_hints

from badge_engine import AuditEntry, Award, Event, Evidence, InvalidEvent, LedgerAward
from badge_engine.ports import Checkpoint

Row = tuple[Any, ...]
Readable = TypeVar("Readable")

logger = logging.getLogger("badge_engine.stores")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATUS = get_args(get_type_hints(LedgerAward)["status"])
_KIND, _CAUSE = (get_args(get_type_hints(AuditEntry)[name]) for name in ("kind", "cause"))


def event_row(event: Event) -> Row:
    """The values of an EventRow."""
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
    """The mark that is left of an event."""
    return (event_id, None, None, None, None, None, None)


def award_row(entry: LedgerAward) -> Row:
    """The values of an AwardRow."""
    award, evidence = entry.award, entry.award.evidence
    return (
        award.badge,
        award.tier or "",
        award.occurrence,
        _instant(award.earned_at),
        award.earned_on.isoformat(),
        evidence.event,
        evidence.first_day.isoformat(),
        evidence.last_day.isoformat(),
        evidence.count,
        award.rule_version,
        entry.status,
        _instant(entry.recorded_at),
        entry.celebrate,
        None if entry.seen_at is None else _instant(entry.seen_at),
    )


def audit_row(entry: AuditEntry) -> Row:
    """The values of an AuditRow."""
    badge, tier, occurrence = entry.key
    what = (entry.kind, entry.cause, entry.event, entry.rule_version)
    return (badge, tier or "", occurrence, _instant(entry.at), *what)


def checkpoint_row(checkpoint: Checkpoint) -> Row:
    """The values of a CheckpointRow."""
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
        status=_one_of(_STATUS, status),
        recorded_at=_moment(recorded_at),
        celebrate=bool(celebrate),
        seen_at=None if seen_at is None else _moment(seen_at),
    )


def _audit(_: str, row: Row) -> AuditEntry:
    badge, tier, occurrence, at, kind, cause, event_id, rule_version = row
    return AuditEntry(
        key=(_text(badge), _text(tier) or None, _whole(occurrence)),
        at=_moment(at),
        kind=_one_of(_KIND, kind),
        cause=_one_of(_CAUSE, cause),
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


def _one_of(words: Sequence[str], value: object) -> Any:
    if value not in words:
        raise ValueError(type(value).__name__)
    return value


def _wall_clock(value: str) -> time:
    clock = time.fromisoformat(value)
    if clock.tzinfo is not None:
        raise ValueError(type(value).__name__)
    return clock


def _instant(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(instant: object) -> datetime:
    return _EPOCH + _whole(instant) * _MICROSECOND
