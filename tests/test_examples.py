"""The sample club, the same for everybody and as untidy as real logs; the demo over any folder."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from badge_engine import Event, History, Vocabulary, load_packs
from badge_engine.language.loader import shipped_rules
from examples import demo
from examples.calendar_strip import draw, marks
from examples.club import DAYS, FIRST_DAY, Line, Operation, final_lines, operations, write_lines
from examples.fitting import fitting
from examples.folder import SHOWN_REFUSALS
from examples.members import MEMBERS

MONDAY = date(2026, 1, 5)
ONE_WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def told() -> list[Operation]:
    return operations()


def as_event(line: Line) -> Event:
    parts: dict[str, Any] = dict(line)
    return Event.create(**parts)


def days_of(told: list[Operation], user: str, event_type: str) -> Iterator[date]:
    for line in final_lines(told):
        if line["user"] == user and line["type"] == event_type:
            yield date.fromisoformat(str(line.get("day", line.get("at")))[:10])


def test_club_is_the_same_for_the_same_seed(told: list[Operation]) -> None:
    assert operations() == told


def test_another_seed_is_another_club(told: list[Operation]) -> None:
    assert operations(seed=1) != told


def test_a_member_does_not_depend_on_who_else_is_there(told: list[Operation]) -> None:
    alone = operations(members=MEMBERS[3:4])
    assert alone == [operation for operation in told if operation.user == MEMBERS[3].user]


def test_operations_come_in_the_order_in_which_they_arrive(told: list[Operation]) -> None:
    arrivals = [operation.recorded_at for operation in told]
    assert arrivals == sorted(arrivals)


def test_the_file_holds_what_the_operations_leave(told: list[Operation]) -> None:
    histories = {member.user: History(member.user) for member in MEMBERS}
    for operation in told:
        history = histories[operation.user]
        if operation.action == "record":
            history.record(as_event(operation.line))
        elif operation.action == "amend":
            history.amend(as_event(operation.line))
        else:
            history.retract(operation.id)
    standing = {event.id: event for history in histories.values() for event in history}
    written = {event.id: event for event in map(as_event, final_lines(told))}
    assert written.keys() == standing.keys()
    assert all(event.same_content(standing[id]) for id, event in written.items())


def test_nothing_is_told_before_it_happens(told: list[Operation]) -> None:
    timed = [operation for operation in told if "at" in operation.line]
    assert timed
    assert all(
        datetime.fromisoformat(str(operation.line["at"])) <= operation.recorded_at
        for operation in timed
    )


def test_events_lie_in_the_two_years(told: list[Operation]) -> None:
    last = datetime.combine(FIRST_DAY + timedelta(days=DAYS + 2), datetime.min.time(), tzinfo=UTC)
    assert all(as_event(operation.line).at < last for operation in told if operation.line)


def test_club_makes_and_corrects_mistakes(told: list[Operation]) -> None:
    actions = Counter(operation.action for operation in told)
    assert actions["amend"] > 100
    assert actions["retract"] > 100
    assert len(final_lines(told)) == actions["record"] - actions["retract"]


def test_some_events_arrive_days_late(told: list[Operation]) -> None:
    late = [
        operation
        for operation in told
        if operation.action == "record"
        and operation.recorded_at - as_event(operation.line).at > timedelta(days=2)
    ]
    assert len(late) > 100


def test_a_traveller_logs_in_the_zones_where_she_is(told: list[Operation]) -> None:
    zones = {
        operation.line["zone"] for operation in told if operation.user == "hana" if operation.line
    }
    assert zones == {"Asia/Tokyo", "America/Los_Angeles"}


def test_a_member_who_drops_out_logs_nothing_for_months(told: list[Operation]) -> None:
    days = sorted(set(days_of(told, "dmitri", "workout")))
    longest = max(later - earlier for earlier, later in pairwise(days))
    assert longest > timedelta(days=150)


def test_some_days_hold_several_entries_and_some_the_tracker_was_not_worn(
    told: list[Operation],
) -> None:
    meals = Counter(days_of(told, "kim", "nutrition_log"))
    assert max(meals.values()) > 2
    idle = [line for line in final_lines(told) if '"steps": 0' in json.dumps(line)]
    assert len(idle) > 20


def test_lines_written_can_be_read_back(told: list[Operation], tmp_path: Path) -> None:
    file = tmp_path / "club.jsonl"
    lines = final_lines(told)[:500]
    assert write_lines(file, lines) == 500
    assert [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()] == lines


# ---- the demo --------------------------------------------------------------------------------


def workout(number: int, day: str, user: str = "ann", **data: object) -> Line:
    return {"id": f"{user}-{number}", "user": user, "type": "workout", "at": day, "data": data}


def week_of(user: str = "ann", **data: object) -> list[Line]:
    return [workout(day, f"2026-01-{day:02}", user, **data) for day in range(5, 12)]


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What the demo prints, with its lines joined as a reader would."""
    demo.main([str(argument) for argument in arguments])
    return " ".join(capsys.readouterr().out.split())


def test_demo_shows_awards_next_badges_a_streak_and_a_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    demo.main([])
    output = capsys.readouterr().out
    for title in ("Who earned what", "Nearest next", "What comes next", "day by day", "Why "):
        assert title in output
    for member in MEMBERS:
        assert member.user in output
    assert max(map(len, output.splitlines()[:-4])) <= 100


def test_demo_judges_a_folder_and_the_folders_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deeper").mkdir()
    write_lines(tmp_path / "ann.jsonl", week_of("ann"))
    write_lines(tmp_path / "deeper" / "bob.jsonl", week_of("bob")[:3])
    output = shown(capsys, tmp_path)
    assert "2 people, 10 events" in output
    assert "2026-01-11 Seven for Seven" in output
    assert "2026-01-07 Warmed Up" in output


def test_demo_counts_refused_lines_and_shows_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [workout(number, "2026-02-30") for number in range(40, 47)]
    write_lines(tmp_path / "events.jsonl", [*week_of(), *bad])
    output = shown(capsys, tmp_path)
    assert "7 lines refused" in output
    assert output.count("'2026-02-30' is not a day") == SHOWN_REFUSALS
    assert "1 person, 7 events" in output


def test_demo_passes_over_files_that_hold_no_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "events.jsonl", week_of())
    (tmp_path / "prices.csv").write_text("item,price\nmat,20\nball,15\n", encoding="utf-8")
    output = shown(capsys, tmp_path)
    assert "1 file without a single event" in output
    assert "refused" not in output


def test_demo_tells_which_fields_differ_and_judges_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "events.jsonl", week_of(exercises=5, sport="run"))
    output = shown(capsys, tmp_path)
    assert "workout: exercises is number and should be texts; left out" in output
    assert "workout: no rule reads sport" in output
    assert "2026-01-11 Seven for Seven" in output
    assert "refused" not in output


def test_the_vocabulary_that_the_demo_proposes_settles_the_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "events.jsonl", week_of(exercises=5, sport="run"))
    demo.main([str(tmp_path)])
    proposed = capsys.readouterr().out.partition("\nevents:\n")[2]
    (tmp_path / "vocabulary.yaml").write_text("events:\n" + proposed, encoding="utf-8")
    output = shown(capsys, tmp_path)
    assert "the vocabulary differ" not in output
    assert "2026-01-11 Seven for Seven" in output
    assert "shipped badges left out" in output


def test_demo_reads_wall_clocks_as_utc_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "events.jsonl", [workout(1, "2026-01-05T23:30:00")])
    assert "1 time without a zone read as UTC" in shown(capsys, tmp_path)
    assert "without a zone" not in shown(capsys, tmp_path, "--zone", "Asia/Tokyo")


def test_demo_speaks_of_the_moment_that_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "events.jsonl", week_of())
    output = shown(capsys, tmp_path, "--as-of", "2026-01-08")
    assert "2026-01-07 Warmed Up" in output
    assert "2026-01-11 Seven for Seven" not in output
    assert "refused" not in output


def test_demo_judges_by_the_rules_that_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "events.jsonl", week_of())
    rules = tmp_path / "mine.yml"
    rules.write_text(
        "language: en\nbadges:\n  - id: two\n    name: Twice\n"
        "    rule: {type: count, event: workout, at_least: 2}\n",
        encoding="utf-8",
    )
    assert "2026-01-06 Twice" in shown(capsys, tmp_path, "--rules", rules)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["--zone", "Atlantis"], "'Atlantis' is not an IANA time zone"),
        (["--as-of", "2026-02-30"], "'2026-02-30' is not a day"),
    ],
    ids=["folder", "zone", "moment"],
)
def test_demo_says_in_a_line_why_it_cannot_run(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        demo.main(arguments)
    assert stopped.value.code == 2
    errors = capsys.readouterr().err
    assert reason in errors
    assert errors.count("\n") == 1


def test_demo_prints_what_people_wrote_and_never_obeys_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path / "events.jsonl", week_of("[bold]\x1b[31mann"))
    demo.main([str(tmp_path)])
    output = capsys.readouterr().out
    assert "[bold]" in output
    assert "\x1b" not in output


@pytest.mark.parametrize(
    "folder",
    ["", "fitbit", "fitbit-overlap", "habits", "lifesnaps", "runkeeper", "runs", "strong",
     "weightlog"],
)  # fmt: skip
def test_demo_finds_awards_in_real_histories(
    folder: str, histories: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = shown(capsys, histories / folder)
    people = re.search(r"(\d+) (?:person|people), ([\d,]+) events, 60 badges, (\d+) awards", output)
    assert people is not None
    assert int(people[3]) > 0
    assert "lines refused" not in output
    assert "the vocabulary differ" in output


# ---- a streak as a calendar ------------------------------------------------------------------

WORD = {"x": "active", "o": "forgiven", "=": "paused", ".": "missed", "-": "off", "?": "open"}


def streak(badge_id: str, workouts: str, pauses: str = "") -> str:
    """The marks of a shipped streak over days from Monday 2026-01-05, as one text."""
    packs = load_packs(shipped_rules())
    [badge] = [badge for badge in packs.badges if badge.id == badge_id]
    kinds = {"workout": workouts, "sick_day": pauses}
    history = [
        Event.create(id=f"{kind}-{n}", user="ann", type=kind, day=MONDAY + timedelta(days=n))
        for kind, days in kinds.items()
        for n, mark in enumerate(days)
        if mark == "x"
    ]
    marked = marks(packs, badge, history, MONDAY + timedelta(days=len(workouts) - 1))
    signs = {word: sign for sign, word in WORD.items()}
    return "".join(signs[marked[day]] for day in sorted(marked))


@pytest.mark.parametrize(
    ("badge_id", "workouts", "pauses", "expected"),
    [
        ("workout-streak-3", "xx.xx", "", "xx.xx"),
        ("almost-every-day", "xxx.xx..x", "", "xxxoxx..x"),
        ("life-happens", "x..xx...x", "", "xooxx...x"),
        ("life-happens", "x.....x", "..xxx", "xo===ox"),
        ("life-happens", "xx..", "", "xxo?"),
        ("life-happens", "xx....", "", "xx...?"),
        ("monday-wednesday-friday", "x.x....x", "", "x-x-.--x"),
        ("monday-wednesday-friday", "x.x.x..x", "", "x-x-x--x"),
    ],
    ids=["no-grace", "per-week", "in-a-row", "paused", "alive", "broken", "weekdays", "kept"],
)
def test_calendar_marks_what_became_of_each_day(
    badge_id: str, workouts: str, pauses: str, expected: str
) -> None:
    assert streak(badge_id, workouts, pauses) == expected


def test_calendar_has_a_column_a_week_and_a_line_a_weekday() -> None:
    days = {MONDAY + timedelta(days=n): mark for n, mark in enumerate(["active"] * 9)}
    months, *week = [line.plain.rstrip() for line in draw(cast(Any, days), MONDAY + ONE_WEEK)]
    assert months.split() == ["Jan"]
    assert week[:7] == [
        "  Mon  ■ ■", "  Tue  ■ ■", "  Wed  ■", "  Thu  ■", "  Fri  ■", "  Sat  ■", "  Sun  ■",
    ]  # fmt: skip


def test_badges_fit_a_vocabulary_that_has_words_for_all_of_their_rule() -> None:
    packs = load_packs(shipped_rules())
    vocabulary = Vocabulary.model_validate(
        {"events": {"workout": {"fields": {"minutes": {"type": "number", "unit": "h"}}}}}
    )
    kept = {badge.id for badge in fitting(packs, vocabulary)}
    assert {"first-workout", "workout-streak-7", "hours-in-the-bank"} <= kept
    assert kept.isdisjoint({"all-rounder", "full-house", "life-happens", "weigh-in-streak-3"})
