"""Facts about users: what an event is, what intake refuses, and what a history remembers.

The local day and the wall-clock time are decided here, once, and never recomputed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from badge_engine.errors import MOST_SHOWN, ConflictingEvent, InvalidEvent, shown
from badge_engine.instants import (
    BEYOND,
    FIRST,
    MIDNIGHT,
    chosen_day,
    microseconds,
    moment_of,
    offset_text,
    parse_day,
    parse_instant,
    require_in_range,
    require_zone,
    start_of_day,
    zone_names,
)

Value = bool | int | Decimal | str | tuple[str, ...]
WallClock: TypeAlias = time
RecordResult = Literal["recorded", "unchanged", "withdrawn"]

MAX_ID_BYTES = 200
MAX_DATA_BYTES = 64 * 1024
NUMBER_LIMIT = 10**12
FUTURE_TOLERANCE = timedelta(hours=26)
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about a user, accepted at intake.

    `instant` is in microseconds since 1970-01-01 UTC; `day` is the local day and `ordinal` its
    proleptic number; `time` is the wall clock, None for an event that knows only its day; `zone`
    is an IANA name, or the offset of the instant as `+08:00`, or None. `data` holds exact values:
    bool, int, Decimal, str or a tuple of str.
    """

    id: str
    user: str
    type: str
    instant: int
    day: date
    time: WallClock | None
    zone: str | None
    data: Mapping[str, Value]
    ordinal: int

    @classmethod
    def create(
        cls,
        *,
        id: str,
        user: str,
        type: str,
        at: datetime | str | None = None,
        day: date | str | None = None,
        zone: str | None = None,
        data: Mapping[str, object] | None = None,
        day_starts: WallClock = MIDNIGHT,
    ) -> Event:
        """Accept a fact, or raise InvalidEvent and keep nothing.

        `at` is an aware instant (a datetime or ISO 8601 text with its offset); `day` alone is a
        row that knows only its date; `day` beside `at` is the local day that the host decided.
        """
        require_key("id", id)
        require_key("user", user)
        if not isinstance(type, str) or not SLUG.match(type):
            message = f"event type {shown(type)} is not a slug; use a-z, 0-9, _ and -"
            raise InvalidEvent("bad-type", message, field="type")
        if zone is not None:
            require_zone(zone)
        values = exact_data({} if data is None else data)
        chosen = None if day is None else parse_day(day)
        if at is None:
            if chosen is None:
                raise InvalidEvent("no-time", "neither at nor day is given; give one", field="at")
            instant = require_in_range(start_of_day(chosen, zone, day_starts), "day")
            clock, local_day, place = None, chosen, zone
        else:
            moment = require_in_range(parse_instant(at), "at")
            wall = moment.astimezone(ZoneInfo(zone)) if zone else moment
            local_day = chosen_day(wall, chosen, day_starts)
            instant, clock = moment, wall.time().replace(fold=0)
            place = zone if zone is not None else offset_text(moment)
        return cls(
            id=id,
            user=user,
            type=type,
            instant=microseconds(instant),
            day=local_day,
            time=clock,
            zone=place,
            data=values,
            ordinal=local_day.toordinal(),
        )

    @classmethod
    def restored(
        cls,
        *,
        id: str,
        user: str,
        type: str,
        instant: int,
        day: date,
        time: WallClock | None,
        zone: str | None,
        data: str,
    ) -> Event:
        """An event from its stored parts, `data` as `data_text` gives it; nothing is recomputed.

        Raises InvalidEvent for parts that no intake ever let through. A zone that tzdata no longer
        has is dropped, and a value that no field can hold is missing: the event itself stays.
        """
        if not FIRST <= instant < BEYOND or not SLUG.match(type):
            message = f"the stored event {shown(id)} has no valid time or type; amend or retract it"
            raise InvalidEvent("unreadable", message)
        known = zone is None or zone[:1] in ("+", "-") or zone in zone_names()
        return cls(
            id=id,
            user=user,
            type=type,
            instant=instant,
            day=day,
            time=time,
            zone=zone if known else None,
            data=_stored_data(id, data),
            ordinal=day.toordinal(),
        )

    @property
    def data_text(self) -> str:
        """The data as canonical JSON: names in order, numbers exactly."""
        parts = (f"{_json(name)}:{_json_value(self.data[name])}" for name in sorted(self.data))
        return "{" + ",".join(parts) + "}"

    @property
    def at(self) -> datetime:
        """The instant, in UTC."""
        return moment_of(self.instant)

    @property
    def order(self) -> tuple[int, bytes]:
        """The key of canonical order."""
        return (self.instant, self.id.encode())

    def same_content(self, other: Event) -> bool:
        """Whether both state the same fact: type, time and data; 30 and 30.0 are the same."""
        return self._content() == other._content()

    def _content(self) -> tuple[object, ...]:
        data = {name: (isinstance(value, bool), value) for name, value in self.data.items()}
        return (self.type, self.instant, self.day, self.time, self.zone, data)


def require_not_ahead(
    event: Event, clock: datetime, tolerance: timedelta = FUTURE_TOLERANCE
) -> None:
    """Refuse an event further ahead of the caller's clock than the tolerance."""
    if event.at > clock + tolerance:
        message = f"{event.at.isoformat()!r} is in the future; correct the time of the event"
        raise InvalidEvent("future", message, field="at")


def require_storable(field: str, text: str) -> None:
    """Refuse NUL and lone surrogates, which databases cannot hold."""
    found = _UNSTORABLE.search(text)
    if found:
        message = f"{field} contains {found.group()!r}; remove it"
        raise InvalidEvent("unstorable-text", message, field=field)


def require_key(field: str, text: object) -> None:
    """Refuse an id or a user key that is no text of 1 to 200 storable bytes."""
    if not isinstance(text, str):
        message = f"{field} {shown(text)} is not text; write it in quotes"
        raise InvalidEvent(f"bad-{field}", message, field=field)
    require_storable(field, text)
    if not 1 <= len(text.encode()) <= MAX_ID_BYTES:
        message = f"{field} has {len(text.encode())} bytes; use 1 to {MAX_ID_BYTES}"
        raise InvalidEvent(f"bad-{field}", message, field=field)


def exact_data(data: Mapping[str, object]) -> dict[str, Value]:
    """The data of an event as exact values, without nulls; InvalidEvent for what is refused."""
    if not isinstance(data, Mapping):
        message = f"data is {type(data).__name__}, not an object; use field names and values"
        raise InvalidEvent("bad-data", message, field="data")
    values: dict[str, Value] = {}
    for name, raw in data.items():
        if not isinstance(name, str):
            raise InvalidEvent("bad-data", f"field name {shown(name)} is not text", field="data")
        require_storable("data", name)
        if raw is not None:
            values[name] = exact_value(f"data.{name[:MOST_SHOWN]}", raw)
    size = len(json.dumps(values, default=str, ensure_ascii=False).encode())
    if size > MAX_DATA_BYTES:
        message = f"data has {size} bytes; send at most {MAX_DATA_BYTES}"
        raise InvalidEvent("oversize-data", message, field="data")
    return values


def exact_value(field: str, raw: object) -> Value:
    """One value of the data; a binary float means its shortest decimal text."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float, Decimal)):
        return _exact_number(field, raw)
    if isinstance(raw, str):
        require_storable(field, raw)
        return raw
    if isinstance(raw, Sequence) and all(isinstance(item, str) for item in raw):
        for item in raw:
            require_storable(field, item)
        return tuple(raw)
    message = (
        f"{field} is {type(raw).__name__}; use a number, a text, true, false or a list of text"
    )
    raise InvalidEvent("bad-data", message, field=field)


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _json_value(value: Value) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _stored_data(event_id: str, text: str) -> dict[str, Value]:
    try:
        stored = _STORED.decode(text)
    except (ValueError, ArithmeticError, RecursionError):
        stored = None
    if not isinstance(stored, dict):
        message = (
            f"the data of the stored event {shown(event_id)} cannot be read; amend or retract it"
        )
        raise InvalidEvent("unreadable", message)
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if _storable(value)
    }


def _storable(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    if isinstance(value, int | Decimal):
        return -NUMBER_LIMIT < value < NUMBER_LIMIT
    return isinstance(value, str)


def _exact_number(field: str, raw: float | Decimal) -> int | Decimal:
    if isinstance(raw, int):
        number: int | Decimal = int(raw)
        inside = -NUMBER_LIMIT < number < NUMBER_LIMIT
    else:
        number = Decimal(repr(float(raw))) if isinstance(raw, float) else raw
        if not number.is_finite():
            raise InvalidEvent(
                "bad-number", f"{field} is {str(raw)[:MOST_SHOWN]}; send a number", field=field
            )
        inside = number.is_zero() or (number.adjusted() < len(str(NUMBER_LIMIT)) - 1)
        if inside and number == number.to_integral_value():
            number = int(number)
    if not inside:
        message = f"{field} is out of range; numbers stay within ±10^12"
        raise InvalidEvent("number-out-of-range", message, field=field)
    return number


def _no_constant(text: str) -> object:
    raise ValueError(text)


_STORED = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something done to one event id of a user; `event` is None for a retraction."""

    name: Literal["record", "amend", "retract"]
    user: str
    id: str
    event: Event | None


class History:
    """One user's events and withdrawals, as operations on ids leave them.

    The reference for what `record`, `amend` and `retract` do; every store agrees with it.
    """

    def __init__(self, user: str) -> None:
        self.user = user
        self._events: dict[str, Event] = {}
        self._withdrawn: set[str] = set()

    def record(self, event: Event) -> RecordResult:
        """Take in a fact; ConflictingEvent when its id stands for another one."""
        self._require_own(event)
        if event.id in self._withdrawn:
            return "withdrawn"
        known = self._events.get(event.id)
        if known is None:
            self._events[event.id] = event
            return "recorded"
        if not known.same_content(event):
            raise ConflictingEvent(self.user, event.id)
        return "unchanged"

    def amend(self, event: Event) -> None:
        """Replace the content of a fact, or record it; revives a withdrawn id."""
        self._require_own(event)
        self._withdrawn.discard(event.id)
        self._events[event.id] = event

    def retract(self, event_id: str) -> None:
        """Withdraw a fact; remembered for an id that has not been seen, too."""
        self._events.pop(event_id, None)
        self._withdrawn.add(event_id)

    def get(self, event_id: str) -> Event | None:
        """The event of an id, if it has one."""
        return self._events.get(event_id)

    def __contains__(self, event_id: object) -> bool:
        """Whether an id was ever seen, withdrawn or not."""
        return event_id in self._events or event_id in self._withdrawn

    def known(self) -> dict[str, Event | None]:
        """All ids ever seen, with their events; None for a withdrawn one."""
        return {**dict.fromkeys(self._withdrawn), **self._events}

    def _require_own(self, event: Event) -> None:
        if event.user != self.user:
            message = (
                f"event {shown(event.id)} belongs to {shown(event.user)}, not to {shown(self.user)}"
            )
            raise InvalidEvent("other-user", message, field="user")

    def __iter__(self) -> Iterator[Event]:
        """The events in canonical order."""
        return iter(sorted(self._events.values(), key=lambda event: event.order))

    def __len__(self) -> int:
        return len(self._events)
