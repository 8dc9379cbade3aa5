"""The sample club: the same for everybody, and as untidy as real logs are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from badge_engine.events import Event, History
from examples.club import DAYS, FIRST_DAY, Line, Operation, final_lines, operations, write_lines
from examples.members import MEMBERS


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
