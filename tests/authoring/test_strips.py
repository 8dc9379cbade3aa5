from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from badge_engine.authoring.strips import WIDTH, Caret, draw, read_as
from badge_engine.language.scenarios import DayMark, Earned, Item, Scenario, Strip

SUNDAY = 6


def strip(text: str, field: str | None = None) -> Strip:
    return Strip(text, tuple(mark(word) for word in text.split() if word != "|"), field)


def mark(word: str) -> DayMark:
    if word in ".x":
        return DayMark(times=int(word == "x"))
    if word.endswith("x"):
        return DayMark(times=int(word[:-1]))
    return DayMark(reading=Decimal(word))


def scenario(**strips: Strip) -> Scenario:
    return Scenario("a test", Earned(), strips=strips)


def test_strips_stand_under_the_numbers_of_their_days_with_week_lines_and_carets() -> None:
    drawn = draw(
        scenario(workout=strip("x x . x x x x | . 2x"), weigh_in=strip("80 79.5 .", "weight")),
        [Caret("expected", date(2026, 1, 7)), Caret("earned", date(2026, 1, 11))],
    )
    assert drawn == [
        "day        1    2 3 4 5 6 7 | 8  9",
        "workout    x    x . x x x x | . 2x",
        "weigh_in  80 79.5 .         |",
        "expected          ^ day 3 (Wednesday 2026-01-07)",
        "earned                    ^ day 7 (Sunday 2026-01-11)",
    ]


def test_week_lines_follow_the_start_of_the_week() -> None:
    (_, drawn) = draw(scenario(workout=strip("x x x x x x x x")), [], SUNDAY)
    assert drawn == "workout  x x x x x x | x x"


def test_carets_of_one_kind_share_a_line() -> None:
    carets = [Caret("earned", date(2026, 1, day)) for day in (6, 8)]
    drawn = draw(scenario(workout=strip("x x x x")), carets)
    assert drawn[-1] == "earned     ^   ^ days 2, 4"


def test_caret_may_point_beyond_the_last_written_day() -> None:
    drawn = draw(scenario(workout=strip("x")), [Caret("expected", date(2026, 1, 8))])
    assert drawn[-1] == "expected        ^ day 4 (Thursday 2026-01-08)"


def test_long_strip_is_folded_at_week_lines_and_abridged() -> None:
    drawn = draw(scenario(workout=strip("x " * 365)), [Caret("earned", date(2026, 7, 1))])
    assert "…" in drawn
    assert sum("^ day 178" in line for line in drawn) == 1
    assert all(len(line) <= WIDTH for line in drawn if "^" not in line)
    assert len(drawn) < 20


def test_what_was_read_is_told_in_groups_of_days() -> None:
    assert read_as(scenario(workout=strip("x x x . 2x"))) == (
        "days 1-3 workout; day 4 nothing; day 5 workout 2 times"
    )


def test_what_was_read_names_the_types_of_a_day_and_the_data_they_carry() -> None:
    both = Scenario(
        "a test",
        Earned(),
        strips={"workout": strip("x ."), "weigh_in": strip("80.5 79", "weight")},
        with_={"minutes": 30, "outdoors": True},
    )
    assert read_as(both) == (
        "day 1 workout and weigh_in 80.5; day 2 weigh_in 79; each with minutes 30, outdoors true"
    )


def test_dated_form_is_listed_and_the_deciding_event_marked() -> None:
    late = datetime(2026, 3, 28, 23, 50, tzinfo=UTC)
    items = (
        Item("record", "a", "workout", at=late, zone="Asia/Tokyo", data={"kinds": ("run", "ride")}),
        Item("record", "b", "workout", at=late),
        Item("amend", "a", "workout", day=date(2026, 3, 29), zone="Asia/Tokyo"),
        Item("retract", "c"),
    )
    dated = Scenario("a test", Earned(), items=items)
    assert draw(dated, [Caret("earned", date(2026, 3, 29), "b")]) == [
        "a: 2026-03-29 08:50:00 Asia/Tokyo  workout, kinds [run, ride]",
        "b: 2026-03-28 23:50:00+00:00  workout  <- earned 2026-03-29",
        "amend a: 2026-03-29 Asia/Tokyo  workout",
        "retract c",
    ]
    assert read_as(dated) == ""
