from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from badge_engine.authoring.clocks import end_of_day, parse_moment
from badge_engine.errors import InvalidEvent


def test_date_means_its_last_moment() -> None:
    assert parse_moment("2026-01-05", None) == datetime(2026, 1, 5, 23, 59, 59, 999999, UTC)


def test_date_ends_where_the_next_day_starts_in_the_zone() -> None:
    ended = parse_moment("2026-01-05", "America/New_York", time(3))
    assert ended == datetime(2026, 1, 6, 7, 59, 59, 999999, UTC)


def test_wall_clock_is_that_of_the_zone() -> None:
    assert parse_moment("2026-07-01 08:00", "Europe/Berlin") == datetime(2026, 7, 1, 6, tzinfo=UTC)


def test_time_with_an_offset_is_left_alone() -> None:
    moment = parse_moment("2026-07-01T08:00:00-05:00", "Europe/Berlin")
    assert moment == datetime(2026, 7, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "code"),
    [
        ("2026-07-01 08:00", None, "naive-time"),
        ("soon", None, "bad-time"),
        ("2026-02-30", None, "bad-day"),
        ("2026-03-29 01:30", "Europe/Lisbon", "no-such-time"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, zone: str | None, code: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_moment(text, zone)
    assert refused.value.code == code


def test_day_that_ends_twice_ends_the_second_time() -> None:
    ended = end_of_day(date(2025, 4, 5), "America/Santiago")  # at midnight clocks go back to 23:00
    assert ended == datetime(2025, 4, 6, 3, 59, 59, 999999, UTC)


def test_last_day_of_the_calendar_has_no_end_when_days_start_late() -> None:
    with pytest.raises(InvalidEvent, match="outside"):
        end_of_day(date(9999, 12, 31), None, time(3))
