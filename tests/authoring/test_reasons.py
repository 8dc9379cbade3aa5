"""What a refused line hints at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from badge_engine.authoring.eventfiles import Intake, Refusal, read_events
from badge_engine.language.vocabulary import Vocabulary

VOCABULARY = Vocabulary.model_validate(
    {
        "events": {
            "workout": {
                "fields": {
                    "distance": {"type": "number", "unit": "km"},
                    "sets": {"type": "number"},
                    "kind": {"type": "text"},
                    "exercises": {"type": "texts"},
                    "outdoors": {"type": "boolean"},
                }
            }
        }
    }
)


def reason(folder: Path, text: str, name: str = "events.jsonl") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    intake = Intake(VOCABULARY, datetime(2026, 6, 1, tzinfo=UTC), "UTC")
    (outcome,) = [told for _, told in read_events([file], intake)]
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"type": "Workout"}, "letters, digits, _ and -; did you mean 'workout'?"),
        ({"type": "Long Run"}, "letters, digits, _ and -; write 'long-run'"),
        ({"type": "!"}, "event type '!' may only have small letters, digits, _ and -"),
        ({"zone": "Lisbon"}, "'Lisbon' is not an IANA time zone; did you mean 'Europe/Lisbon'?"),
        ({"zone": "new york"}, "did you mean 'America/New_York'?"),
        ({"zone": "europe/lisbon"}, "did you mean 'Europe/Lisbon'?"),
        ({"zone": "Atlantis"}, "'Atlantis' is not an IANA time zone; "),
        ({"day": "5.1.2026"}, "'5.1.2026' is not a day; write the date as 2026-01-05"),
        ({"type": "A" * 100}, f"event type '{'A' * 59}…' may"),
        ({"data": {"outdoors": "A" * 100}}, f"outdoors is '{'A' * 59}…'; write true or false"),
        ({"day": "monday"}, "'monday' is not a day; write it as 2026-03-28"),
        ({"data": {"distance": "5,4"}}, "distance is '5,4'; write 5.4"),
        ({"data": {"distance": "5,400"}}, "distance is '5,400'; write 5.400 or 5400"),
        ({"data": {"distance": "5.4"}}, "distance is a text, '5.4'; write 5.4 without quotes"),
        ({"data": {"distance": "5.4 km"}}, "distance is '5.4 km'; write 5.4 alone, in km"),
        ({"data": {"distance": "5 mi"}}, "distance is '5 mi'; write the number alone, in km"),
        ({"data": {"distance": "far"}}, "distance is 'far'; a number is due there"),
        ({"data": {"distance": True}}, "distance is true; a number is due there"),
        ({"data": {"sets": "5 sets"}}, "sets is '5 sets'; a number is due there"),
        ({"data": {"outdoors": "yes"}}, "outdoors is 'yes'; write true or false"),
        ({"data": {"kind": 5.5}}, "kind is 5.5; a text is due there"),
        ({"data": {"exercises": "squat"}}, "exercises is 'squat'; a list of texts is due there"),
    ],
)
def test_refusal_hints_at_what_was_meant(
    tmp_path: Path, parts: dict[str, object], expected: str
) -> None:
    event = {"id": "e", "user": "ann", "type": "workout", "day": "2026-01-05"} | parts
    assert expected in reason(tmp_path, json.dumps(event))


def test_comma_in_a_number_of_a_csv_file_is_told_by_its_column(tmp_path: Path) -> None:
    text = "id;user;type;day;distance\ne;ann;workout;2026-01-05;5,4\n"
    assert reason(tmp_path, text, "events.csv") == "distance is '5,4'; write 5.4"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"id": "a"} x', "extra text at column 13"),
        ('{"id": "a",}', "at column 12"),
        ('{"id" "a"}', "a colon is missing at column 7"),
        ('{"id": "a" "user": 1}', "a comma is missing at column 12"),
        ('{"id": }', "a value is missing at column 8"),
        ('{"id": "a', "a text that is never closed begins at column 8"),
        ('{"id": "\\d"}', "a backslash out of place at column 9"),
        ('{"id": "\x01"}', "an invisible character in a text at column 9"),
    ],
)
def test_line_that_is_no_json_says_what_is_wrong(tmp_path: Path, text: str, what: str) -> None:
    told = reason(tmp_path, text)
    assert told.startswith("not JSON (")
    assert f"{what}); correct the line" in told


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("1.10.2026", "'1.10.2026' is not a time; write the date as 2026-10-01"),
        ("soon", "'soon' is not a time; write 2026-03-28 for a day, or 2026-03-28 06:30"),
    ],
)
def test_time_that_is_none_shows_how_to_write_it(tmp_path: Path, at: str, expected: str) -> None:
    event = {"id": "e", "user": "ann", "type": "workout", "at": at}
    assert reason(tmp_path, json.dumps(event)) == expected


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("ID,User,Type,day", "no column id; write 'ID' in small letters"),
        ("id,user,type,Day", "no column at or day; write 'Day' in small letters"),
        ("id,user,type,Date", "no column at or day; call 'Date' day if it holds dates, at if"),
        ("id,user,type", "no column at or day; add it; nothing of the file is read"),
        ("id,type,day", "no column user; add it; nothing of the file is read"),
    ],
)
def test_header_without_a_column_says_how_to_name_it(
    tmp_path: Path, header: str, hint: str
) -> None:
    assert hint in reason(tmp_path, f"{header}\n1,2,3\n", "events.csv")
