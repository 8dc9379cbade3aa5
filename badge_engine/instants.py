"""When something happened: instants, local days and zones, and what intake refuses of them.

An instant is whole microseconds since 1970-01-01 UTC wherever it is compared or stored.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from badge_engine.errors import InvalidEvent, shown

MIDNIGHT = time(0)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

_MICROSECOND = timedelta(microseconds=1)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"(Z|[+-]\d{2}:\d{2}(?::\d{2})?)?\Z",
    re.ASCII,
)


def microseconds(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970-01-01 UTC."""
    return (moment - EPOCH) // _MICROSECOND


def moment_of(instant: int) -> datetime:
    """Microseconds since 1970-01-01 UTC as a datetime in UTC."""
    return EPOCH + instant * _MICROSECOND


FIRST, BEYOND = 0, microseconds(END)
"""The first instant that an event can have, and the first that it cannot have any more."""


def parse_instant(at: datetime | str) -> datetime:
    """An aware datetime from one, or from ISO 8601 text that carries its offset."""
    moment = _parse_clock(at) if isinstance(at, str) else at
    if not isinstance(moment, datetime):
        message = f"{shown(at)} is not an instant; give a datetime or ISO 8601 text"
        raise InvalidEvent("bad-time", message, field="at")
    offset = moment.utcoffset()
    if offset is None:
        message = f"{at!s} has no offset; add one (+02:00 or Z)"
        raise InvalidEvent("naive-time", message, field="at")
    if not timedelta(hours=-12) <= offset <= timedelta(hours=14) or offset.microseconds:
        message = f"{at!s} has an offset outside -12:00…+14:00; correct it"
        raise InvalidEvent("bad-offset", message, field="at")
    return moment


def _parse_clock(text: str) -> datetime:
    match = _INSTANT.match(text)
    if match is None:
        message = f"{shown(text)} is not a time; write it as 2026-03-28T23:50:00+02:00"
        raise InvalidEvent("bad-time", message, field="at")
    try:
        return datetime.fromisoformat(text)
    except ValueError as problem:
        message = f"{shown(text)} does not exist ({problem}); correct it"
        raise InvalidEvent("bad-time", message, field="at") from None


def parse_day(day: date | str) -> date:
    """A date from one, or from text such as 2026-03-28."""
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    if isinstance(day, str) and _DATE.match(day):
        with suppress(ValueError):
            return date.fromisoformat(day)
    message = f"{shown(day)} is not a day; write it as 2026-03-28"
    raise InvalidEvent("bad-day", message, field="day")


@cache
def zone_names() -> frozenset[str]:
    """All IANA zone names, as the tzdata package spells them."""
    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(listed) - {"Factory"}


def require_zone(zone: str) -> None:
    """Refuse anything but the exact name of an IANA zone."""
    if not isinstance(zone, str) or zone not in zone_names():
        message = f"{shown(zone)} is not an IANA time zone; write it as Europe/Lisbon"
        raise InvalidEvent("unknown-zone", message, field="zone")


def start_of_day(day: date, zone: str | None, day_starts: time = MIDNIGHT) -> datetime:
    """The first instant of a local day; InvalidEvent when the zone never had that date."""
    wall = datetime.combine(day, day_starts)
    if zone is None:
        return wall.replace(tzinfo=UTC)
    aware = wall.replace(tzinfo=ZoneInfo(zone))
    try:
        moment = aware.astimezone(UTC)
        seen = moment.astimezone(aware.tzinfo).replace(tzinfo=None)
        if seen != wall:
            moment = _end_of_gap(aware)
            seen = moment.astimezone(aware.tzinfo).replace(tzinfo=None)
        exists = local_day_of(seen, day_starts) == day
    except OverflowError:
        exists = False
    if not exists:
        message = f"{day.isoformat()} never existed in {zone}; correct the day or the zone"
        raise InvalidEvent("no-such-day", message, field="day")
    return moment


def _end_of_gap(inside: datetime) -> datetime:
    """The instant at which the clock jumps over a wall time that does not exist.

    Read with fold=0 such a wall time uses the offset from before the jump and lands after it,
    with fold=1 the other way round; the jump is the moment between at which the offset changes.
    """
    after = inside.astimezone(UTC)
    before = inside.replace(fold=1).astimezone(UTC)
    late_offset = after.astimezone(inside.tzinfo).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0) if middle.replace(microsecond=0) > before else middle
        if middle.astimezone(inside.tzinfo).utcoffset() == late_offset:
            after = middle
        else:
            before = middle
    return after


def local_day_of(wall: datetime, day_starts: time = MIDNIGHT) -> date:
    """The local day of a naive wall-clock time."""
    start = timedelta(hours=day_starts.hour, minutes=day_starts.minute)
    return (wall - start).date()


def chosen_day(wall: datetime, chosen: date | None, day_starts: time) -> date:
    """The local day of an aware wall clock, or the one chosen, which is a day off at most."""
    if chosen is None:
        return local_day_of(wall.replace(tzinfo=None), day_starts)
    if abs((chosen - wall.date()).days) > 1:
        message = (
            f"day {chosen.isoformat()} is more than one day from the wall clock "
            f"{wall.isoformat()}; send the day alone"
        )
        raise InvalidEvent("day-mismatch", message, field="day")
    return chosen


def require_in_range(moment: datetime, field: str) -> datetime:
    """Refuse an instant outside the years that every store can hold."""
    try:
        inside = EPOCH <= moment.astimezone(UTC) < END
    except OverflowError:
        inside = False
    if not inside:
        message = f"{moment.isoformat()} is outside the years 1970…9998; correct it"
        raise InvalidEvent("year-out-of-range", message, field=field)
    return moment


def offset_text(moment: datetime) -> str:
    """The offset of an aware datetime as `+08:00`."""
    offset = moment.utcoffset() or timedelta(0)
    return "+00:00" if not offset else str(timezone(offset)).removeprefix("UTC")
