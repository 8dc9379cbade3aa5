"""What the command line says of the lines in files of events: refused ones, and doubtful ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from badge_engine.authoring.eventfiles import STDIN, Place, Refusal
from badge_engine.cli.refusals import Refusals
from tests.desk import ANN, Desk, event


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def daily(number: int) -> list[dict[str, object]]:
    first = date(2026, 1, 5)
    return [event(f"d{n}", at=str(first + timedelta(days=n))) for n in range(number)]


def test_many_lines_ahead_of_now_do_not_drown_other_refusals(desk: Desk) -> None:
    events = desk.events([*daily(10), event("bad", at="soon")])
    result = desk.over("evaluate", events, "--as-of", "2026-01-06")
    assert result.exit_code == 1
    *told, ahead, counted = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in told] == [f"{events}:{n}" for n in (5, 6, 7, 11)]
    assert told[3].endswith("[bad-time]")
    assert ahead == (
        "3 more lines lie too far after 2026-01-06T23:59Z, left out; --as-of says what now is "
        "[future]"
    )
    assert counted == "7 lines refused"


def test_few_lines_ahead_of_now_are_told_one_by_one(desk: Desk) -> None:
    result = desk.over("evaluate", desk.events(daily(7)), "--as-of", "2026-01-06")
    assert result.stderr.count("[future]") == 3
    assert "more line" not in result.stderr


def test_many_lines_without_a_zone_do_not_drown_other_refusals(desk: Desk) -> None:
    events = desk.events(event(f"e{n}", at=f"2026-01-05T08:{n:02}") for n in range(5))
    for number, left_out in (
        (4, "1 more line has a time without an offset"),
        (5, "2 more lines have a time without an offset"),
    ):
        lines = desk.events(events.read_text().splitlines()[:number], f"{number}.jsonl")
        result = desk.over("evaluate", lines)
        *told, counted, refused = result.stderr.splitlines()
        assert [line.split(": ")[0] for line in told] == [f"{lines}:{n}" for n in (1, 2, 3)]
        assert counted == f"{left_out}, left out; --zone says where it was [naive-time]"
        assert refused == f"{number} lines refused"
    assert desk.over("evaluate", events, "--zone", "Europe/Lisbon").exit_code == 0


def test_refusals_come_in_the_order_of_files_and_lines(desk: Desk) -> None:
    first = desk.events([event("z"), event("z", at="2026-01-06"), event("y", at="x")], "b.jsonl")
    second = desk.events([event("x", type="No!"), *ANN], "a.jsonl")
    result = desk.over("evaluate", first, second)
    places = [line.split(": ")[0] for line in result.stderr.splitlines()[:-1]]
    assert places == [f"{first}:2", f"{first}:3", f"{second}:1"]


def test_unknown_types_and_fields_are_noted_once_and_leave_the_status_alone(desk: Desk) -> None:
    events = [*ANN, event("t", type="workuot"), event("u", type="zzz"), event("v", type="zzz")]
    events += [event("f", data={"minuts": 5, "minutes": 5})]
    result = desk.over("evaluate", desk.events(events))
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "note: 2 events of the unknown type 'zzz', which nothing counts",
        (
            "note: 1 event of type 'workout' with the unknown field 'minuts', which no rule reads; "
            "did you mean 'minutes'?"
        ),
        (
            "note: 1 event of the unknown type 'workuot', which nothing counts; "
            "did you mean 'workout'?"
        ),
    ]


def test_many_unknown_words_are_counted_in_the_end(desk: Desk) -> None:
    events = desk.events(event(f"e{n}", type=f"type-{n}") for n in range(13))
    told = desk.over("evaluate", events).stderr.splitlines()
    assert len(told) == 11
    assert told[-1] == "note: unknown types and fields not told here: 3"


def test_moment_that_is_none_shows_how_to_write_it(desk: Desk) -> None:
    result = desk.over("evaluate", desk.events(ANN), "--as-of", "1.10.2026")
    assert result.exit_code == 2
    assert "2026-10-01" in result.stderr
    result = desk.over("evaluate", desk.events(ANN), "--zone", "Lisbon")
    assert "Europe/Lisbon" in result.stderr


def test_very_many_refusals_are_told_before_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    refusals = Refusals([STDIN], datetime(2026, 1, 5, tzinfo=UTC), "the computer's clock")
    for line in range(10_000, 0, -1):
        refusals.add(Refusal(Place("stdin", line), "bad-time", "no time"))
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1] for line in told] == [str(number) for number in range(1, 10_001)]
    refusals.tell()
    assert capsys.readouterr().err == ""
    assert refusals.count == 10_000


def test_one_line_more_ahead_of_the_clock_is_told_as_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refusals = Refusals([STDIN], datetime(2026, 1, 5, tzinfo=UTC), "the computer's clock")
    for line in range(1, 5):
        refusals.add(Refusal(Place("stdin", line), "future", "too far"))
    refusals.tell()
    assert (
        capsys.readouterr()
        .err.splitlines()[3]
        .startswith(
            "1 more line lies too far after 2026-01-05T00:00Z, left out; the computer's clock says"
        )
    )
