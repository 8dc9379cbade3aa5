from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from badge_engine.authoring.eventfiles import (
    STDIN,
    Intake,
    Place,
    Refusal,
    event_files,
    read_events,
)
from badge_engine.events import Event
from badge_engine.language.vocabulary import Vocabulary

VOCABULARY = Vocabulary.model_validate(
    {
        "events": {
            "workout": {
                "fields": {
                    "minutes": {"type": "number", "unit": "min"},
                    "kind": {"type": "text"},
                    "exercises": {"type": "texts"},
                    "outdoors": {"type": "boolean"},
                }
            }
        }
    }
)
CLOCK = datetime(2026, 6, 1, tzinfo=UTC)


def intake(zone: str | None = None, day_starts: time = time(0), clock: datetime = CLOCK) -> Intake:
    return Intake(VOCABULARY, clock, zone, day_starts)


def line(**parts: object) -> str:
    return json.dumps({"id": "e1", "user": "ann", "type": "workout", "day": "2026-01-05"} | parts)


def timed(at: str, **parts: object) -> str:
    return json.dumps({"id": "e1", "user": "ann", "type": "workout", "at": at} | parts)


def written(folder: Path, lines: Iterable[str | bytes], name: str = "events.jsonl") -> Path:
    file = folder / name
    file.write_bytes(b"".join(_bytes(text) + b"\n" for text in lines))
    return file


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def read(file: Path, how: Intake | None = None) -> list[Event | Refusal]:
    return [outcome for _, outcome in read_events([file], how or intake())]


def read_one(folder: Path, text: str | bytes, how: Intake | None = None) -> Event | Refusal:
    (outcome,) = read(written(folder, [text]), how)
    return outcome


def event_of(folder: Path, text: str | bytes, how: Intake | None = None) -> Event:
    outcome = read_one(folder, text, how)
    assert isinstance(outcome, Event), outcome
    return outcome


def code_of(folder: Path, text: str | bytes, how: Intake | None = None) -> str:
    outcome = read_one(folder, text, how)
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


# ---- times -----------------------------------------------------------------------------------


def test_date_in_at_is_the_day_and_never_takes_the_zone_option(tmp_path: Path) -> None:
    event = event_of(tmp_path, timed("2026-01-05"), intake(zone="Pacific/Auckland"))
    assert event.day == date(2026, 1, 5)
    assert event.time is None
    assert event.at == datetime(2026, 1, 5, tzinfo=UTC)


def test_day_only_line_takes_its_own_zone(tmp_path: Path) -> None:
    event = event_of(tmp_path, line(zone="Asia/Tokyo"), intake(zone="Pacific/Auckland"))
    assert event.at == datetime(2026, 1, 4, 15, tzinfo=UTC)


def test_date_in_at_beside_another_day_is_refused(tmp_path: Path) -> None:
    assert code_of(tmp_path, timed("2026-01-05", day="2026-01-06")) == "day-mismatch"


def test_wall_clock_is_read_in_the_zone_of_its_line_before_the_option(tmp_path: Path) -> None:
    event = event_of(tmp_path, timed("2026-01-05T08:00", zone="Asia/Tokyo"), intake(zone="UTC"))
    assert event.at == datetime(2026, 1, 4, 23, tzinfo=UTC)
    assert event.day == date(2026, 1, 5)
    assert event.time == time(8)


def test_wall_clock_is_read_in_the_zone_option(tmp_path: Path) -> None:
    event = event_of(tmp_path, timed("2026-01-05 08:00:00"), intake(zone="Europe/Lisbon"))
    assert event.at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert event.zone == "Europe/Lisbon"


def test_wall_clock_without_any_zone_is_refused(tmp_path: Path) -> None:
    assert code_of(tmp_path, timed("2026-01-05T08:00")) == "naive-time"


def test_zone_option_does_not_touch_a_time_with_an_offset(tmp_path: Path) -> None:
    event = event_of(tmp_path, timed("2026-01-05T23:30:00-05:00"), intake(zone="Asia/Tokyo"))
    assert event.day == date(2026, 1, 5)
    assert event.zone == "-05:00"


def test_wall_time_that_the_clocks_jumped_over_is_refused(tmp_path: Path) -> None:
    text = timed("2026-03-29T01:30", zone="Europe/Lisbon")
    assert code_of(tmp_path, text) == "no-such-time"


def test_wall_time_that_exists_twice_is_the_first(tmp_path: Path) -> None:
    event = event_of(tmp_path, timed("2025-10-26T02:30", zone="Europe/Berlin"))
    assert event.at == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("offset", ["", "Z", "+02:00"])
def test_digits_beyond_microseconds_are_cut(tmp_path: Path, offset: str) -> None:
    text = timed(f"2026-01-05T08:00:00.123456999{offset}")
    assert event_of(tmp_path, text, intake(zone="UTC")).at.microsecond == 123456


def test_day_starts_moves_early_hours_to_the_day_before(tmp_path: Path) -> None:
    event = event_of(tmp_path, timed("2026-01-05T02:59:00Z"), intake(day_starts=time(3)))
    assert event.day == date(2026, 1, 4)


def test_event_further_ahead_than_26_hours_is_refused(tmp_path: Path) -> None:
    assert isinstance(read_one(tmp_path, timed("2026-06-02T02:00:00Z")), Event)
    refused = read_one(tmp_path, timed("2026-06-02T02:00:01Z"))
    assert isinstance(refused, Refusal)
    assert refused.code == "future"
    assert "2026-06-01T00:00Z, which counts as now" in refused.reason


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("yesterday", "bad-time"),
        ("2026-02-30", "bad-day"),
        ("2026-01-05T24:00:00Z", "bad-time"),
        ("2026-01-05T23:59:60Z", "bad-time"),
        ("0001-01-01T00:00:00+14:00", "year-out-of-range"),
        ("9999-12-31T23:59:59-12:00", "year-out-of-range"),
        ("0001-01-01T00:00:00", "year-out-of-range"),
        ("9999-12-31T23:59:59", "year-out-of-range"),
        ("2026-01-05T08:00:00+15:00", "bad-offset"),
    ],
)
def test_impossible_time_is_refused(tmp_path: Path, at: str, code: str) -> None:
    assert code_of(tmp_path, timed(at), intake(zone="Asia/Tokyo")) == code


def test_unknown_zone_of_a_line_is_refused(tmp_path: Path) -> None:
    assert code_of(tmp_path, timed("2026-01-05T08:00", zone="europe/lisbon")) == "unknown-zone"
    assert code_of(tmp_path, timed("2026-01-05T08:00", zone=["UTC"])) == "unknown-zone"


# ---- lines of JSON ---------------------------------------------------------------------------

POISON = {
    "duplicate key": (line(data={})[:-1] + ',"day":"2026-01-06"}', "duplicate-key"),
    "duplicate field": (
        '{"id":"e","user":"u","type":"workout","day":"2026-01-05","data":{"a":1,"a":2}}',
        "duplicate-key",
    ),
    "NaN": (line()[:-1] + ',"data":{"minutes":NaN}}', "bad-number"),
    "Infinity": (line()[:-1] + ',"data":{"minutes":-Infinity}}', "bad-number"),
    "1e5000": (line()[:-1] + ',"data":{"minutes":1e5000}}', "number-out-of-range"),
    "absurd exponent": (
        line()[:-1] + ',"data":{"minutes":1e999999999999999999999}}',
        "number-out-of-range",
    ),
    "4000 digits": (line()[:-1] + f',"data":{{"minutes":{"9" * 4000}}}}}', "number-out-of-range"),
    "5000 digits": (line()[:-1] + f',"data":{{"minutes":{"9" * 5000}}}}}', "number-out-of-range"),
    "lone surrogate": (line()[:-1] + ',"data":{"kind":"\\ud800"}}', "unstorable-text"),
    "lone surrogate in id": (line().replace("e1", "\\udc00"), "unstorable-text"),
    "NUL": (line(id="a\0b"), "unstorable-text"),
    "deep nesting": (line()[:-1] + ',"data":' + "[" * 100_000 + "]" * 100_000 + "}", "bad-json"),
    "nested data": (line(data={"a": {"b": 1}}), "bad-data"),
    "data is a list": (line(data=[1]), "bad-data"),
    "number as id": (line(id=7), "bad-id"),
    "long number as id": (line()[:-1].replace('"e1"', "9" * 40) + "}", "bad-id"),
    "long id": (line(id="x" * 201), "bad-id"),
    "oversize data": (line(data={"note": "x" * 70_000}), "oversize-data"),
    "wrong type": (line(data={"minutes": "many"}), "wrong-type"),
    "number as time": (line(at=20260105), "bad-time"),
    "bad slug": (line(type="Work Out"), "bad-type"),
    "missing user": (line(user=None), "no-user"),
    "no time": ('{"id":"e","user":"u","type":"workout"}', "no-time"),
    "field outside data": (line(minutes=30), "unknown-part"),
    "not an object": ("[1, 2]", "bad-json"),
    "cut off": (line()[:-9], "bad-json"),
    "two objects": (line() + line(), "bad-json"),
    "not UTF-8": (b'{"id":"\xff"}', "not-utf-8"),
    "Latin-1": (line(id="Lars").replace("Lars", "J\u00fcrgen").encode("latin-1"), "not-utf-8"),
    "surrogate bytes": (b'{"id":"\xed\xa0\x80"}', "not-utf-8"),
    "10 MB": (line(id="x" * 10_000_000), "oversize-line"),
}


@pytest.mark.parametrize(("text", "code"), POISON.values(), ids=POISON.keys())
def test_poisoned_line_is_refused_and_its_neighbours_are_unharmed(
    tmp_path: Path, text: str | bytes, code: str
) -> None:
    file = written(tmp_path, [line(id="before"), text, line(id="after")])
    before, refused, after = read_events([file], intake())
    assert isinstance(before[1], Event)
    assert isinstance(after[1], Event)
    assert after[1].id == "after"
    assert isinstance(refused[1], Refusal)
    assert (refused[1].code, refused[1].place) == (code, Place(str(file), 2))


def test_numbers_are_exact(tmp_path: Path) -> None:
    event = event_of(tmp_path, line()[:-1] + ',"data":{"minutes":30.10,"steps":1e3}}')
    assert event.data == {"minutes": Decimal("30.1"), "steps": 1000}


def test_null_is_a_missing_field(tmp_path: Path) -> None:
    assert event_of(tmp_path, line(data={"minutes": None}, zone=None)).data == {}


def test_blank_lines_and_windows_line_ends_and_a_byte_order_mark_are_no_matter(
    tmp_path: Path,
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + line().encode() + b"\r\n\r\n  \n" + line(id="e2").encode())
    assert [(place.line, type(event)) for place, event in read_events([file], intake())] == [
        (1, Event),
        (4, Event),
    ]


def test_line_separators_inside_a_text_do_not_end_the_line(tmp_path: Path) -> None:
    text = '{"id":"e1","user":"a\u2028b","type":"workout","day":"2026-01-05"}'
    assert event_of(tmp_path, text).user == "a\u2028b"


def test_utf_16_file_is_refused_once(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([line()] * 3), encoding="utf-16")
    (refused,) = read(file)
    assert isinstance(refused, Refusal)
    assert "UTF-16" in refused.reason


def test_unknown_event_types_and_undeclared_fields_are_taken_in(tmp_path: Path) -> None:
    event = event_of(tmp_path, line(type="moon_walk", data={"craters": 3}))
    assert event.data == {"craters": 3}


# ---- CSV -------------------------------------------------------------------------------------

HEADER = "id,user,type,at,zone,minutes,kind,exercises,outdoors"


def rows(folder: Path, *lines: str | bytes, header: str | bytes = HEADER) -> list[Event | Refusal]:
    return read(written(folder, [header, *lines], name="events.csv"), intake(zone="UTC"))


def test_csv_columns_are_read_by_the_vocabulary(tmp_path: Path) -> None:
    (event,) = rows(tmp_path, "e1,ann,workout,2026-01-05T08:00,,30.5,007,squat; bench press,TRUE")
    assert isinstance(event, Event)
    assert event.time == time(8)
    assert event.data == {
        "minutes": Decimal("30.5"),
        "kind": "007",
        "exercises": ("squat", "bench press"),
        "outdoors": True,
    }


def test_empty_cells_are_missing(tmp_path: Path) -> None:
    (event,) = rows(tmp_path, "e1,ann,workout,2026-01-05,,,,,")
    assert isinstance(event, Event)
    assert event.data == {}


def test_csv_and_json_lines_state_the_same_event(tmp_path: Path) -> None:
    (from_csv,) = rows(tmp_path, "e1,ann,workout,2026-01-05T08:00,,30,run,a;b,false")
    data = {"minutes": 30, "kind": "run", "exercises": ["a", "b"], "outdoors": False}
    from_json = event_of(tmp_path, timed("2026-01-05T08:00", data=data), intake(zone="UTC"))
    assert from_csv == from_json


@pytest.mark.parametrize("cell", ["many", "NaN", "Infinity", "1,5", "0x10", "1_000"])
def test_text_in_a_number_column_is_refused(tmp_path: Path, cell: str) -> None:
    (refused,) = rows(tmp_path, f'e1,ann,workout,2026-01-05,,"{cell}",,,')
    assert isinstance(refused, Refusal)
    assert refused.code == "wrong-type"


@pytest.mark.parametrize("cell", ["1e5000", "1e999999999999999999999", "9" * 5000])
def test_absurd_number_in_a_cell_is_refused(tmp_path: Path, cell: str) -> None:
    (refused,) = rows(tmp_path, f"e1,ann,workout,2026-01-05,,{cell},,,")
    assert isinstance(refused, Refusal)
    assert refused.code == "number-out-of-range"


@pytest.mark.parametrize(
    "bad",
    [
        'bad,ann,workout,2026-01-05,,30,"run,,',
        'bad,ann,workout,2026-01-05,,30,"run"s,,',
        "bad,ann,workout,2026-01-05",
        "bad,ann,workout,2026-01-05,,30,run,,,,,",
        b"bad,ann,workout,2026-01-05,,30,\xff,,",
        f"bad,ann,workout,2026-01-05,,30,{'x' * 200_000},,",
    ],
)
def test_broken_row_is_refused_and_its_neighbours_are_unharmed(
    tmp_path: Path, bad: str | bytes
) -> None:
    good = [f"e{number},ann,workout,2026-01-05,,30,run,," for number in range(40)]
    outcomes = rows(tmp_path, good[0], bad, *good[1:])
    assert isinstance(outcomes[1], Refusal)
    assert [event.id for event in outcomes if isinstance(event, Event)] == [
        f"e{number}" for number in range(40)
    ]


@pytest.mark.parametrize(
    "following",
    [[], [b"\xff"], ['bad,ann,workout,2026-01-05,,30,"run,,'], ['",too,few,cells']],
    ids=["end of file", "not UTF-8", "another open quote", "a quote that closes too few cells"],
)
def test_open_quote_spoils_its_own_line_alone(tmp_path: Path, following: list[str | bytes]) -> None:
    opened = 'bad,ann,workout,2026-01-05,,30,"run,,'
    good = "good,ann,workout,2026-01-05,,30,run,,"
    outcomes = rows(tmp_path, opened, good, *following, good)
    assert [type(outcome) for outcome in outcomes] == [
        Refusal,
        Event,
        *(Refusal for _ in following),
        Event,
    ]


def test_quoted_cell_may_go_on_over_lines(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        [HEADER, 'e1,ann,workout,2026-01-05,,30,"one', 'two",,', "e2,ann,workout,2026-01-05,,,,,"],
        name="events.csv",
    )
    (_, first), (place, second) = read_events([file], intake())
    assert isinstance(first, Event)
    assert first.data["kind"] == "one\ntwo"
    assert isinstance(second, Event)
    assert place.line == 4


def test_csv_with_semicolons_between_its_columns_is_read(tmp_path: Path) -> None:
    (event,) = rows(tmp_path, "e1;ann;2026-01-05;workout;30", header="id;user;day;type;minutes")
    assert isinstance(event, Event)
    assert event.data == {"minutes": 30}


@pytest.mark.parametrize(
    "header",
    [
        "id,user,type",
        "id,user,at",
        "id,user,type,at,minutes,minutes",
        "id,user,type,at,",
        "id,user,type,at,data",
        '"id',
        '"id"s,user,type,at',
        b"id,user,type,at,\xff",
    ],
)
def test_csv_without_a_usable_header_is_refused_as_a_whole(
    tmp_path: Path, header: str | bytes
) -> None:
    (refused,) = rows(tmp_path, "e1,ann,workout,2026-01-05", header=header)
    assert isinstance(refused, Refusal)
    assert refused.place.line == 1


# ---- files -----------------------------------------------------------------------------------


def test_compressed_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    for name in ("events.jsonl.gz", "events.jsonl"):
        (tmp_path / name).write_bytes(gzip.compress(line().encode()))
        (event,) = read(tmp_path / name)
        assert isinstance(event, Event)


def test_compressed_file_that_is_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    lines = [line(id=hashlib.sha256(bytes([number])).hexdigest()) for number in range(200)]
    whole = gzip.compress("\n".join(lines).encode())
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(whole[: len(whole) // 2])
    outcomes = read(file)
    assert isinstance(outcomes[0], Event)
    assert isinstance(outcomes[-1], Refusal)
    assert outcomes[-1].code == "damaged-gzip"


def test_compressed_file_of_rubbish_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "events.csv.gz"
    file.write_bytes(b"\x1f\x8b" + b"rubbish" * 20)
    (refused,) = read(file)
    assert isinstance(refused, Refusal)
    assert refused.code == "damaged-gzip"


def test_file_without_a_telling_name_is_recognised_by_its_content(tmp_path: Path) -> None:
    for text in (line(), f"{HEADER}\ne1,ann,workout,2026-01-05,,,,,"):
        (event,) = read(written(tmp_path, [text], name="export.txt"))
        assert isinstance(event, Event)


@pytest.mark.parametrize("text", [line(), f"{HEADER}\ne1,ann,workout,2026-01-05,,,,,"])
def test_standard_input_is_recognised_by_its_content(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    ((place, event),) = read_events([STDIN], intake())
    assert place.file == "stdin"
    assert isinstance(event, Event)


def test_closed_standard_input_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="closed"):
        list(read_events([STDIN], intake()))


def test_folder_gives_its_event_files_by_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.jsonl.gz", "c.ndjson", "notes.md"):
        (tmp_path / name).touch()
    (tmp_path / "inner.jsonl").mkdir()
    assert [file.name for file in event_files([tmp_path])] == ["a.jsonl.gz", "b.csv", "c.ndjson"]


@pytest.mark.parametrize("name", ["nothing.jsonl", "."])
def test_missing_file_and_folder_without_event_files_are_errors(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"does not exist|holds no event files"):
        event_files([tmp_path / name])


def test_empty_file_gives_nothing(tmp_path: Path) -> None:
    for name in ("events.jsonl", "events.csv", "events"):
        assert read(written(tmp_path, [], name=name)) == []


@pytest.mark.parametrize("at", ["2026-01-05 6:30", "2026-01-05T6:30:00", "2026-01-05T6:30:00.0"])
def test_hour_of_a_wall_clock_may_have_one_digit(tmp_path: Path, at: str) -> None:
    short = event_of(tmp_path, timed(at), intake("Europe/Lisbon"))
    assert short == event_of(tmp_path, timed("2026-01-05T06:30"), intake("Europe/Lisbon"))


def test_hour_of_one_digit_before_an_offset_is_refused(tmp_path: Path) -> None:
    assert code_of(tmp_path, timed("2026-01-05T6:30+01:00")) == "bad-time"
