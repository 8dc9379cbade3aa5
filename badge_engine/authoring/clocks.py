"""Wall clocks and dates, as people write them, become instants."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from badge_engine.authoring.reasons import how_to_write
from badge_engine.errors import InvalidEvent
from badge_engine.instants import MIDNIGHT, parse_day, parse_instant

_DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_BEYOND_MICROSECONDS = re.compile(r"(\.\d{6})\d+", re.ASCII)
_MICROSECOND = timedelta(microseconds=1)


def is_date(text: str) -> bool:
    """Whether a text has the form of a date without a time."""
    return _DATE_ONLY.match(text) is not None


def read_clock(text: str) -> datetime:
    """A time, aware if its offset is written; digits beyond microseconds are cut.

    InvalidEvent for what is no time.
    """
    text = _BEYOND_MICROSECONDS.sub(r"\1", text)
    try:
        return parse_instant(text)
    except InvalidEvent as refused:
        if refused.code == "naive-time":
            return datetime.fromisoformat(text)
        if refused.code == "bad-time" and "does not exist" not in str(refused):
            hint = how_to_write(text, "2026-03-28 for a day, or 2026-03-28 06:30")
            message = f"{text[:60]!r} is not a time; {hint}"
            raise InvalidEvent("bad-time", message, field="at") from None
        raise


def resolve(wall: datetime, zone: str) -> datetime:
    """The instant of a wall clock in an IANA zone; of two the first.

    InvalidEvent where the clocks jumped over it.
    """
    aware = wall.replace(tzinfo=ZoneInfo(zone))
    try:
        exists = aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) == wall
    except OverflowError:
        exists = True  # years this far out are refused at intake
    if not exists:
        message = f"{wall} never existed in {zone}: the clocks jumped over it; correct the time"
        raise InvalidEvent("no-such-time", message, field="at")
    return aware


def end_of_day(day: date, zone: str | None, day_starts: time = MIDNIGHT) -> datetime:
    """The last microsecond of a local day; in UTC without a zone."""
    place = UTC if zone is None else ZoneInfo(zone)
    try:
        wall = datetime.combine(day, day_starts) + timedelta(days=1) - _MICROSECOND
        return wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    except OverflowError:
        message = f"{day} is outside the years 1970…9998; correct it"
        raise InvalidEvent("year-out-of-range", message, field="day") from None


def parse_moment(text: str, zone: str | None, day_starts: time = MIDNIGHT) -> datetime:
    """The instant that a text speaks of; a date means its last moment.

    `zone` is that of dates (else UTC) and of wall clocks; InvalidEvent for a wall clock without.
    """
    if is_date(text):
        return end_of_day(parse_day(text), zone, day_starts)
    clock = read_clock(text)
    if clock.tzinfo is not None:
        return clock
    if zone is None:
        message = f"{text} has no offset; add one, such as +02:00 or Z, or give --zone"
        raise InvalidEvent("naive-time", message, field="at")
    return resolve(clock, zone)
