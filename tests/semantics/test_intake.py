"""What an event may be, and what is refused with which code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from badge_engine.errors import InvalidEvent
from badge_engine.events import MAX_DATA_BYTES, MAX_ID_BYTES, Event, History, require_not_ahead
from badge_engine.instants import local_day_of, parse_day, parse_instant, start_of_day, zone_names

NOON = "2026-01-05T12:00:00Z"


def event(**said: Any) -> Event:
    return Event.create(**{"id": "a", "user": "ann", "type": "workout", "at": NOON} | said)


def on(day: str, **said: Any) -> Event:
    return event(at=None, day=day, **said)


def refusal(**said: Any) -> tuple[str, str | None]:
    with pytest.raises(InvalidEvent) as caught:
        event(**said)
    return caught.value.code, caught.value.field


# Names


@pytest.mark.parametrize("field", ["id", "user"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad"),
        ("x" * (MAX_ID_BYTES + 1), "bad"),
        ("é" * (MAX_ID_BYTES // 2) + "x", "bad"),
        (7, "bad"),
        (None, "bad"),
        ("a\x00b", "unstorable-text"),
        ("a\ud800", "unstorable-text"),
        ("\udfff", "unstorable-text"),
    ],
)
def test_a_name_that_no_database_can_hold_is_refused(field: str, text: object, code: str) -> None:
    assert refusal(**{field: text}) == (f"bad-{field}" if code == "bad" else code, field)


@pytest.mark.parametrize(
    "text", ["x", "x" * MAX_ID_BYTES, "é" * (MAX_ID_BYTES // 2), "\ue000 \ud7ff"]
)
def test_a_name_may_be_any_text_of_200_bytes(text: str) -> None:
    assert (event(id=text).id, event(user=text).user) == (text, text)


@pytest.mark.parametrize("slug", ["x", "weigh_in", "7-minutes", "x" * 64])
def test_a_type_is_a_slug(slug: str) -> None:
    assert event(type=slug).type == slug


@pytest.mark.parametrize("text", ["", "Workout", "-x", "_x", "x y", "é", "x" * 65, "x\n", 7, None])
def test_a_type_that_is_no_slug_is_refused(text: object) -> None:
    assert refusal(type=text) == ("bad-type", "type")


# Instants


@pytest.mark.parametrize(
    ("at", "instant"),
    [
        ("2026-03-28T23:50:00+02:00", datetime(2026, 3, 28, 21, 50, tzinfo=UTC)),
        ("2026-03-28 23:50+02:00", datetime(2026, 3, 28, 21, 50, tzinfo=UTC)),
        ("2026-03-28T23:50:01.5Z", datetime(2026, 3, 28, 23, 50, 1, 500_000, tzinfo=UTC)),
        ("1970-01-01T00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1970-01-01T14:00+14:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9998-12-31T23:59:59.999999Z", datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-01-05T12:00:00+00:00:30", datetime(2026, 1, 5, 11, 59, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_kept_to_the_microsecond(at: str, instant: datetime) -> None:
    assert event(at=at).at == event(at=instant).at == instant


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2026-01-05T12:00", "naive-time"),
        (datetime(2026, 1, 5, 12), "naive-time"),  # noqa: DTZ001 - that is the point
        ("2026-01-05T12:00+14:01", "bad-offset"),
        ("2026-01-05T12:00-12:01", "bad-offset"),
        ("2026-01-05T24:00Z", "bad-time"),
        ("2026-01-05T12:00:60Z", "bad-time"),
        ("2026-02-30T12:00Z", "bad-time"),
        ("yesterday", "bad-time"),
        ("\uff12\uff10\uff12\uff16-01-05T12:00Z", "bad-time"),  # full-width digits
        (date(2026, 1, 5), "bad-time"),
        (1_767_614_400, "bad-time"),
        ("1969-12-31T23:59:59.999999Z", "year-out-of-range"),
        ("9999-01-01T00:00Z", "year-out-of-range"),
        ("0001-01-01T00:00+14:00", "year-out-of-range"),
        ("9999-12-31T23:59-12:00", "year-out-of-range"),
    ],
)
def test_a_time_that_means_no_instant_is_refused(at: object, code: str) -> None:
    assert refusal(at=at) == (code, "at")


class _Odd(tzinfo):
    def utcoffset(self, when: datetime | None) -> timedelta:
        return timedelta(microseconds=1)

    def dst(self, when: datetime | None) -> None:
        return None

    def tzname(self, when: datetime | None) -> None:
        return None


def test_an_offset_of_less_than_a_second_is_refused() -> None:
    assert refusal(at=datetime(2026, 1, 5, tzinfo=_Odd())) == ("bad-offset", "at")


def test_without_at_and_day_there_is_no_time() -> None:
    assert refusal(at=None) == ("no-time", "at")


def test_a_long_text_is_not_repeated_whole_in_its_refusal() -> None:
    with pytest.raises(InvalidEvent) as caught:
        parse_instant("x" * 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=26)])
def test_an_event_may_be_26_hours_ahead_of_the_clock(ahead: timedelta) -> None:
    require_not_ahead(event(), event().at - ahead)


def test_an_event_further_ahead_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="in the future") as caught:
        require_not_ahead(event(), event().at - timedelta(hours=26, microseconds=1))
    assert (caught.value.code, caught.value.field) == ("future", "at")


# Zones and local days


@pytest.mark.parametrize("zone", ["utc", "Europe/lisbon", "Factory", "+02:00", "", "../UTC", 7])
def test_a_zone_must_be_an_iana_name_exactly(zone: object) -> None:
    assert refusal(zone=zone) == ("unknown-zone", "zone")


def test_all_zones_of_the_database_are_known() -> None:
    assert {"UTC", "Europe/Lisbon", "America/Argentina/Ushuaia"} <= zone_names()
    assert len(zone_names()) > 400


@pytest.mark.parametrize(
    ("said", "day", "clock", "zone"),
    [
        ({}, "2026-01-05", time(12), "+00:00"),
        ({"zone": "Pacific/Kiritimati"}, "2026-01-06", time(2), "Pacific/Kiritimati"),
        ({"at": "2026-01-05T23:00-08:00"}, "2026-01-05", time(23), "-08:00"),
        ({"at": "2026-01-05T12:00+05:30:15"}, "2026-01-05", time(12), "+05:30:15"),
        ({"day": "2026-01-04"}, "2026-01-04", time(12), "+00:00"),
        ({"day": date(2026, 1, 6)}, "2026-01-06", time(12), "+00:00"),
        ({"day_starts": time(11, 59)}, "2026-01-05", time(12), "+00:00"),
        ({"at": "2026-01-05T03:59Z", "day_starts": time(4)}, "2026-01-04", time(3, 59), "+00:00"),
        ({"at": "2026-01-05T04:00Z", "day_starts": time(4)}, "2026-01-05", time(4), "+00:00"),
        (
            {"at": "2026-01-05T04:29Z", "day_starts": time(4, 30)},
            "2026-01-04",
            time(4, 29),
            "+00:00",
        ),
    ],
)
def test_local_day_and_wall_clock_are_decided_at_intake(
    said: Mapping[str, Any], day: str, clock: time, zone: str
) -> None:
    taken = event(**said)
    assert (taken.day.isoformat(), taken.time, taken.zone) == (day, clock, zone)
    assert taken.ordinal == taken.day.toordinal()


def test_a_wall_clock_that_comes_twice_is_one_time_of_day() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=timezone(timedelta(0)))
    clock = event(at=second, zone="Europe/Lisbon").time
    assert clock == time(1, 30)
    assert clock.fold == 0


def test_a_day_two_days_off_the_wall_clock_is_refused() -> None:
    assert refusal(day="2026-01-07") == refusal(day="2026-01-03") == ("day-mismatch", "day")


@pytest.mark.parametrize(
    "day", ["2026-02-30", "2026-1-5", "05.01.2026", "", 5, datetime(2026, 1, 5, tzinfo=UTC)]
)
def test_what_is_no_day_is_refused(day: object) -> None:
    assert refusal(at=None, day=day) == ("bad-day", "day")


def test_a_day_is_read_from_text_or_is_one() -> None:
    assert parse_day("2026-01-05") == parse_day(date(2026, 1, 5)) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("day", "said", "begins"),
    [
        ("2026-01-05", {}, "2026-01-05T00:00Z"),
        ("2026-01-05", {"zone": "Pacific/Kiritimati"}, "2026-01-04T10:00Z"),
        ("2026-01-05", {"day_starts": time(4)}, "2026-01-05T04:00Z"),
        # The clock jumps from 0:00 to 1:00, and from 23:30 the evening before to 0:30.
        ("2018-11-04", {"zone": "America/Sao_Paulo"}, "2018-11-04T03:00Z"),
        ("2026-03-29", {"zone": "Europe/Lisbon", "day_starts": time(1, 30)}, "2026-03-29T01:00Z"),
        ("2026-10-25", {"zone": "Europe/Lisbon", "day_starts": time(1, 30)}, "2026-10-25T00:30Z"),
        ("2011-12-31", {"zone": "Pacific/Apia"}, "2011-12-30T10:00Z"),
        ("1970-01-01", {}, "1970-01-01T00:00Z"),
        ("9998-12-31", {}, "9998-12-31T00:00Z"),
    ],
)
def test_a_day_alone_happens_when_it_begins(day: str, said: Mapping[str, Any], begins: str) -> None:
    taken = on(day, **said)
    assert taken.at == datetime.fromisoformat(begins)
    assert (taken.day.isoformat(), taken.time, taken.zone) == (day, None, said.get("zone"))


@pytest.mark.parametrize(
    ("day", "zone", "code"),
    [
        ("2011-12-30", "Pacific/Apia", "no-such-day"),
        ("1994-12-31", "Pacific/Kiritimati", "no-such-day"),
        ("0001-01-01", "Asia/Tokyo", "no-such-day"),
        ("0002-01-01", "Asia/Tokyo", "year-out-of-range"),
        ("1969-12-31", None, "year-out-of-range"),
        ("1970-01-01", "Asia/Tokyo", "year-out-of-range"),
        ("9999-01-01", None, "year-out-of-range"),
    ],
)
def test_a_day_that_never_was_or_lies_too_far_is_refused(
    day: str, zone: str | None, code: str
) -> None:
    assert refusal(at=None, day=day, zone=zone) == (code, "day")


def test_the_end_of_a_gap_is_found_to_the_second() -> None:
    # Liberia moved its clocks by 44 minutes and 30 seconds when 7 January 1972 began.
    begins = start_of_day(date(1972, 1, 7), "Africa/Monrovia")
    assert begins == datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC)


def test_minutes_of_the_start_of_the_day_count() -> None:
    wall = datetime(2026, 1, 5, 4, 29)  # noqa: DTZ001 - a wall clock has no offset
    assert local_day_of(wall, time(4, 30)) == date(2026, 1, 4)
    assert local_day_of(wall, time(4, 29)) == date(2026, 1, 5)


# Data


@pytest.mark.parametrize(
    ("raw", "exact"),
    [
        (30, 30),
        (-30, -30),
        (30.0, 30),
        (Decimal("30.00"), 30),
        (77.7, Decimal("77.7")),
        (1e-7, Decimal("1E-7")),
        (Decimal("0E+500"), 0),
        (-0.0, 0),
        (10**12 - 1, 10**12 - 1),
        (Decimal("999999999999.999"), Decimal("999999999999.999")),
        (Decimal("1E-5000"), Decimal("1E-5000")),
        (True, True),
        ("squat", "squat"),
        (["squat", "row"], ("squat", "row")),
        ((), ()),
    ],
)
def test_values_are_exact(raw: object, exact: object) -> None:
    value = event(data={"x": raw}).data["x"]
    assert value == exact
    assert type(value) is type(exact)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (float("nan"), "bad-number"),
        (float("-inf"), "bad-number"),
        (Decimal("sNaN"), "bad-number"),
        (10**12, "number-out-of-range"),
        (-(10**12), "number-out-of-range"),
        (1e12, "number-out-of-range"),
        (Decimal("-1E+12"), "number-out-of-range"),
        (Decimal("1E+5000"), "number-out-of-range"),
        (10**4000, "number-out-of-range"),
        ("a\x00", "unstorable-text"),
        (["fine", "\ud800"], "unstorable-text"),
        ({"deep": 1}, "bad-data"),
        ([1], "bad-data"),
        (["a", None], "bad-data"),
        (b"bytes", "bad-data"),
        (object(), "bad-data"),
    ],
)
def test_a_value_that_cannot_be_kept_exactly_is_refused(raw: object, code: str) -> None:
    assert refusal(data={"minutes": raw}) == (code, "data.minutes")


@pytest.mark.parametrize(
    ("data", "code"),
    [([], "bad-data"), ("x", "bad-data"), ({7: 1}, "bad-data"), ({"\x00": 1}, "unstorable-text")],
)
def test_data_that_is_no_object_of_names_is_refused(data: object, code: str) -> None:
    assert refusal(data=data) == (code, "data")


def test_data_may_be_any_mapping_and_null_is_a_missing_field() -> None:
    assert event(data=MappingProxyType({"a": None, "b": 1})).data == {"b": 1}
    assert event(data=None).data == {}


def test_data_may_have_64_kib() -> None:
    around = len('{"x": ""}')
    assert event(data={"x": "é" * ((MAX_DATA_BYTES - around) // 2)}).data
    assert refusal(data={"x": "x" * (MAX_DATA_BYTES - around + 1)}) == ("oversize-data", "data")


# Content and order


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"data": {"x": 30}}, {"data": {"x": 30.0}}),
        ({"data": {"x": None}}, {"data": {}}),
        ({"data": {"a": 1, "b": 2}}, {"data": {"b": 2, "a": 1}}),
        ({"data": {"x": ["a"]}}, {"data": {"x": ("a",)}}),
        ({"at": "2026-01-05T12:00Z"}, {"at": "2026-01-05T12:00:00.0+00:00"}),
    ],
)
def test_equal_facts_have_the_same_content(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert event(**one).same_content(event(**other, id="b"))


@pytest.mark.parametrize(
    "other",
    [
        {"type": "walk"},
        {"at": "2026-01-05T12:00:00.000001Z"},
        {"at": "2026-01-05T13:00+01:00"},
        {"day": "2026-01-06"},
        {"zone": "UTC"},
        {"at": None, "day": "2026-01-05"},
        {"data": {"x": 2}},
        {"data": {"x": True}},
        {"data": {"y": 1}},
    ],
)
def test_any_difference_makes_another_fact(other: dict[str, Any]) -> None:
    said = {"data": {"x": 1}}
    assert not event(**said).same_content(event(**said | other))


def test_canonical_order_is_by_instant_and_then_by_the_bytes_of_the_id() -> None:
    early, late = event(id="z"), event(id="a", at="2026-01-05T12:00:00.000001Z")
    names = ["Z", "a", "é", "\uffff", "\U0001f600"]
    assert early.order < late.order
    assert sorted([*names[2:], *names[:2]], key=lambda name: event(id=name).order) == names


# Histories


def test_a_history_lists_its_events_in_canonical_order() -> None:
    history = History("ann")
    for name, day in [("b", "2026-01-06"), ("c", "2026-01-05"), ("a", "2026-01-06")]:
        assert history.record(on(day, id=name)) == "recorded"
    assert [one.id for one in history] == ["c", "a", "b"]
    assert len(history) == 3


def test_amend_replaces_records_and_revives() -> None:
    history = History("ann")
    history.amend(on("2026-01-05"))
    history.amend(on("2026-01-06"))
    assert [one.day for one in history] == [date(2026, 1, 6)]
    history.retract("a")
    assert list(history) == []
    history.amend(on("2026-01-07"))
    assert history.record(on("2026-01-07")) == "unchanged"
    assert [one.day for one in history] == [date(2026, 1, 7)]


def test_a_retracted_id_stays_withdrawn_even_unseen() -> None:
    history = History("ann")
    history.retract("a")
    assert history.record(event()) == "withdrawn"
    assert len(history) == 0


@pytest.mark.parametrize("operation", ["record", "amend"])
def test_a_history_belongs_to_one_user(operation: str) -> None:
    history = History("bob")
    with pytest.raises(InvalidEvent, match="belongs to 'ann', not to 'bob'") as caught:
        getattr(history, operation)(event())
    assert (caught.value.code, caught.value.field) == ("other-user", "user")
    assert list(history) == []
