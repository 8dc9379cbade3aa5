from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from badge_engine.cli.commands import app

VOCABULARY = """\
events:
  workout:
    label: workout
    fields:
      minutes: {type: number, unit: min}
      exercises: {type: texts}
  weigh_in:
    fields:
      weight: {type: number, unit: kg, decimals: 2, sensitive: true}
"""
RULES = """\
language: en
badges:
  - id: three-days
    name: Three Days
    rule: {type: streak, event: workout, length: 3 days}
    tests:
      - {name: three in a row, workout: x x x, expect: earned on day 3}
      - {name: two are not enough, workout: x x ., expect: not earned}
  - id: often
    name: {en: Often, de: Oft}
    rule: {type: count, event: workout}
    tiers: [{bronze: 1}, {gold: 4}]
    tests:
      - {name: four, workout: 2x 2x, expect: {bronze: day 1, gold: day 2}}
      - {name: none, workout: ., expect: {bronze: not earned, gold: not earned}}
  - id: two-down
    name: Two Down
    rule: {type: change, event: weigh_in, field: weight, by: -2 kg}
    tests:
      - {name: two, weigh_in: 80 78, expect: earned on day 2}
      - {name: not quite, weigh_in: 80 78.01, expect: not earned}
"""
DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-09")


def event(event_id: str, user: str = "ann", **parts: object) -> dict[str, object]:
    return {"id": event_id, "user": user, "type": "workout", "at": "2026-01-05"} | parts


ANN = [event(f"e{number}", at=day) for number, day in enumerate(DAYS)]
BOB = [event("b1", "bob", at="2026-01-05")]
CARL = [
    event("c1", "carl", type="weigh_in", data={"weight": 80.0}),
    event("c2", "carl", type="weigh_in", at="2026-01-08", data={"weight": 77.95}),
]


class Desk:
    """A folder with a pack, a vocabulary and what else is written there; runs commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = self.write("rules.yaml", RULES)
        self.vocabulary = self.write("vocabulary.yaml", VOCABULARY)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def events(self, events: Iterable[object], name: str = "events.jsonl") -> Path:
        lines = [one if isinstance(one, str) else json.dumps(one) for one in events]
        return self.write(name, "".join(f"{line}\n" for line in lines))

    def run(self, *arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)

    def over(self, command: str, *arguments: object, stdin: str | None = None) -> Result:
        known = ("--rules", self.rules, "--vocabulary", self.vocabulary)
        return self.run(command, *arguments, *known, stdin=stdin)

    def awards(self, *arguments: object, stdin: str | None = None) -> list[dict[str, Any]]:
        result = self.over("evaluate", *arguments, "--format", "jsonl", stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def in_process(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from badge_engine.cli import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **settings,
    )


# ---- check -----------------------------------------------------------------------------------


def test_check_of_a_sound_pack_is_clean(desk: Desk) -> None:
    result = desk.run("check", desk.rules, "--vocabulary", desk.vocabulary)
    assert (result.exit_code, result.stdout) == (0, "no mistakes, no warnings\n")


def test_check_shows_each_mistake_with_its_place(desk: Desk) -> None:
    rules = desk.write("bad.yaml", RULES.replace("length: 3 days", "lenght: 3 days"))
    result = desk.run("check", rules, "--vocabulary", desk.vocabulary)
    assert result.exit_code == 1
    assert f"{rules}:5:" in result.stdout
    assert "lenght" in result.stdout
    assert result.stdout.endswith("\n1 mistake, no warnings\n")


@pytest.mark.parametrize("form", ["json", "github"])
def test_check_speaks_to_machines(desk: Desk, form: str) -> None:
    rules = desk.write("bad.yaml", RULES.replace("length: 3 days", "lenght: 3 days"))
    result = desk.run("check", rules, "--vocabulary", desk.vocabulary, "--format", form)
    assert result.exit_code == 1
    if form == "json":
        (found,) = json.loads(result.stdout)
        assert (found["line"], found["severity"]) == (5, "error")
    else:
        assert result.stdout.startswith(f"::error file={rules},line=5,")


def test_warnings_alone_are_clean(desk: Desk) -> None:
    untested = RULES[: RULES.index("    tests:")]
    result = desk.run("check", desk.write("bare.yaml", untested), "--vocabulary", desk.vocabulary)
    assert result.exit_code == 0
    assert "warning: the badge has no test" in result.stdout
    assert result.stdout.endswith("\nno mistakes, 1 warning\n")


def test_id_that_changed_is_noticed_beside_the_packs_before(desk: Desk) -> None:
    renamed = desk.write("new.yaml", RULES.replace("id: three-days", "id: three-in-a-row"))
    known = ("--vocabulary", desk.vocabulary, "--before", desk.rules)
    result = desk.run("check", renamed, *known)
    assert result.exit_code == 0
    assert "three-days" in result.stdout
    assert result.stdout.endswith("\nno mistakes, 1 warning\n")


def test_mistakes_of_the_vocabulary_are_diagnostics(desk: Desk) -> None:
    vocabulary = desk.write("bad.yaml", VOCABULARY.replace("type: texts", "type: words"))
    result = desk.run("check", desk.rules, "--vocabulary", vocabulary)
    assert result.exit_code == 1
    assert f"{vocabulary}:6:" in result.stdout


def test_missing_path_could_not_run(desk: Desk) -> None:
    for command in ("check", "test", "evaluate"):
        assert desk.run(command, desk.folder / "nowhere").exit_code == 2


# ---- test ------------------------------------------------------------------------------------


def test_tests_that_pass_are_counted(desk: Desk) -> None:
    result = desk.run("test", desk.rules, "--vocabulary", desk.vocabulary)
    assert (result.exit_code, result.stdout) == (0, "6 tests, none failed\n")


def test_failed_test_is_drawn(desk: Desk) -> None:
    rules = desk.write("bad.yaml", RULES.replace("expect: earned on day 3", "expect: not earned"))
    result = desk.run("test", rules, "--vocabulary", desk.vocabulary)
    assert result.exit_code == 1
    assert "three-days: three in a row" in result.stdout
    assert "expected: not earned" in result.stdout
    assert "happened: earned on day 3 (Wednesday 2026-01-07)" in result.stdout
    assert "workout  x x x" in result.stdout
    assert "read as: days 1-3 workout" in result.stdout
    assert "6 tests, 1 failed" in result.stdout


def test_failed_test_says_why_a_badge_was_not_earned(desk: Desk) -> None:
    rules = desk.write("bad.yaml", RULES.replace("workout: x x x,", "workout: x x .,"))
    result = desk.run("test", rules, "--vocabulary", desk.vocabulary)
    assert result.exit_code == 1
    assert "happened: not earned: 2 of 3" in result.stdout


def test_failed_tests_in_machine_formats(desk: Desk) -> None:
    rules = desk.write("bad.yaml", RULES.replace("expect: earned on day 3", "expect: not earned"))
    known = ("--vocabulary", desk.vocabulary, "--format")
    results = json.loads(desk.run("test", rules, *known, "json").stdout)
    assert [result["passed"] for result in results] == [False, True, True, True, True, True]
    assert results[0]["line"] == 7
    told = desk.run("test", rules, *known, "github").stdout
    assert told.startswith(f"::error file={rules},line=7,")
    assert told.count("::error") == 1


def test_passed_tests_are_no_annotations(desk: Desk) -> None:
    known = ("--vocabulary", desk.vocabulary, "--format", "github")
    assert desk.run("test", desk.rules, *known).stdout == ""
    assert desk.run("check", desk.rules, *known).stdout == ""


def test_test_of_a_broken_pack_shows_its_mistakes(desk: Desk) -> None:
    rules = desk.write("bad.yaml", RULES.replace("length: 3 days", "lenght: 3 days"))
    result = desk.run("test", rules, "--vocabulary", desk.vocabulary)
    assert result.exit_code == 1
    assert "lenght" in result.stdout


# ---- evaluate --------------------------------------------------------------------------------


def test_awards_as_json_lines_carry_every_derived_part(desk: Desk) -> None:
    awards = desk.awards(desk.events(CARL))
    (award,) = awards
    assert len(award.pop("rule_version")) > 0
    assert award == {
        "user": "carl",
        "badge": "two-down",
        "tier": None,
        "occurrence": 1,
        "earned_on": "2026-01-08",
        "earned_at": "2026-01-08T00:00:00Z",
        "evidence": {
            "event": "c2",
            "first_day": "2026-01-05",
            "last_day": "2026-01-08",
            "count": 2,
        },
    }


def test_awards_are_ordered_by_user_and_time_whatever_the_order_of_the_lines(desk: Desk) -> None:
    events = [*CARL, *ANN, *BOB]
    expected = desk.awards(desk.events(events))
    assert [(award["user"], award["earned_at"]) for award in expected] == sorted(
        (award["user"], award["earned_at"]) for award in expected
    )
    for order in itertools.islice(itertools.permutations(events), 0, 5040, 701):
        assert desk.awards(desk.events(order)) == expected


def test_awards_as_csv_have_one_row_each(desk: Desk) -> None:
    events = desk.events([*ANN, *BOB])
    result = desk.over("evaluate", events, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    awards = desk.awards(events)
    assert [(row["user"], row["badge"], row["event"]) for row in rows] == [
        (award["user"], award["badge"], award["evidence"]["event"]) for award in awards
    ]
    assert rows[0].keys() >= {"tier", "occurrence", "earned_on", "earned_at", "count"}


def test_table_is_readable_on_80_columns_without_colour(desk: Desk) -> None:
    result = desk.over("evaluate", desk.events([*ANN, *BOB, *CARL]))
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    assert [line for line in result.stdout.splitlines() if line and line[0] != " "] == [
        "ann",
        "bob",
        "carl",
        "3 users, 5 awards",
    ]
    assert "2026-01-07  Three Days" in result.stdout


def test_events_come_from_files_folders_and_standard_input(desk: Desk) -> None:
    expected = desk.awards(desk.events([*ANN, *BOB]))
    first, second = desk.events(ANN, "a.jsonl"), desk.events(BOB, "b.jsonl")
    assert desk.awards(first, second) == expected
    folder = desk.folder / "exports"
    folder.mkdir()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(first.read_bytes()))
    header = "id,user,type,at,minutes\n"
    (folder / "b.csv").write_text(f"{header}b1,bob,workout,2026-01-05,\n")
    assert desk.awards(folder) == expected
    assert desk.awards("-", stdin=first.read_text() + second.read_text()) == expected


def test_refused_line_is_reported_and_the_rest_goes_on(desk: Desk) -> None:
    events = desk.events([ANN[0], '{"id": "x", "user": "ann"', *ANN[1:]])
    result = desk.over("evaluate", events, "--format", "jsonl")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{events}:2: not JSON")
    assert len(result.stdout.splitlines()) == 3


def test_same_line_twice_is_silent_and_an_id_with_other_content_is_refused(desk: Desk) -> None:
    assert desk.awards(desk.events([*ANN, *ANN])) == desk.awards(desk.events(ANN))
    again = desk.events([*ANN, event("e0", at="2026-01-08")])
    result = desk.over("evaluate", again, "--format", "jsonl")
    assert result.exit_code == 1
    assert f"{again}:5: id 'e0'" in result.stderr
    assert "already stands for another event" in result.stderr


def test_only_one_user_is_evaluated_on_request(desk: Desk) -> None:
    events = desk.events([*ANN, *BOB])
    assert {award["user"] for award in desk.awards(events, "--user", "bob")} == {"bob"}


def test_user_without_events_could_not_be_evaluated(desk: Desk) -> None:
    result = desk.over("evaluate", desk.events(ANN), "--user", "nobody")
    assert result.exit_code == 2
    assert "'nobody'" in result.stderr


def test_as_of_cuts_what_happened_later_and_refuses_what_lies_far_ahead(desk: Desk) -> None:
    events = desk.events(ANN[:3])
    options = ("--format", "jsonl", "--as-of")
    result = desk.over("evaluate", events, *options, "2026-01-05T20:00:00Z")
    assert [json.loads(line)["badge"] for line in result.stdout.splitlines()] == ["often"]
    assert (result.exit_code, result.stderr.count("[future]")) == (1, 1)
    assert len(desk.awards(events, "--as-of", "2026-01-07")) == 2


def test_zone_resolves_wall_clocks(desk: Desk) -> None:
    events = desk.events([event("e1", at="2026-01-05T23:30")])
    assert desk.over("evaluate", events).exit_code == 1
    (award,) = desk.awards(events, "--zone", "America/New_York")
    assert (award["earned_at"], award["earned_on"]) == ("2026-01-06T04:30:00Z", "2026-01-05")


def test_day_starts_and_week_starts_are_settings(desk: Desk) -> None:
    events = desk.events([event("e1", at="2026-01-05T02:30:00Z")])
    assert desk.awards(events, "--day-starts", "03:00")[0]["earned_on"] == "2026-01-04"
    weekly = desk.write(
        "weekly.yaml",
        "language: en\nbadges:\n  - id: twice\n    name: Twice\n"
        "    rule: {type: count, event: workout, at_least: 2, each: week}\n",
    )
    across = desk.events([event("e1", at="2026-01-11"), event("e2", at="2026-01-12")])
    known = ("--vocabulary", desk.vocabulary, "--rules", weekly, "--format", "jsonl")
    assert desk.run("evaluate", across, *known).stdout == ""
    assert desk.run("evaluate", across, *known, "--week-starts", "sunday").stdout != ""


@pytest.mark.parametrize(
    "options",
    [
        ("--zone", "Mars/Olympus"),
        ("--day-starts", "12:00"),
        ("--day-starts", "late"),
        ("--week-starts", "someday"),
        ("--as-of", "soon"),
        ("--as-of", "2026-01-05T08:00"),
        ("--format", "xml"),
        ("--unknown",),
    ],
)
def test_option_that_makes_no_sense_could_not_run(desk: Desk, options: tuple[str, ...]) -> None:
    result = desk.over("evaluate", desk.events(ANN), *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert options[0] in result.stderr


def test_broken_rules_could_not_be_evaluated(desk: Desk) -> None:
    rules = desk.write("bad.yaml", RULES.replace("length: 3 days", "lenght: 3 days"))
    known = ("--rules", rules, "--vocabulary", desk.vocabulary)
    result = desk.run("evaluate", desk.events(ANN), *known)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lenght" in result.stderr


def test_shipped_packs_are_the_default(desk: Desk) -> None:
    result = desk.run("evaluate", desk.events(ANN), "--format", "jsonl")
    assert result.exit_code == 0
    assert result.stdout != ""


# ---- progress and explain --------------------------------------------------------------------


def test_progress_as_json_lines(desk: Desk) -> None:
    arguments = (desk.events(ANN[:2]), "--as-of", "2026-01-06", "--format", "jsonl")
    lines = desk.over("progress", *arguments).stdout.splitlines()
    found = {state["badge"]: state for state in map(json.loads, lines)}
    assert list(found) == ["three-days", "often", "two-down"]
    streak = found["three-days"]
    assert (streak["value"], streak["target"], streak["state"]) == (2, 3, "alive")
    assert (streak["ratio"], streak["expires_on"]) == (0.6666, "2026-01-07")
    assert found["two-down"]["value"] is None


def test_progress_of_everybody_as_a_table(desk: Desk) -> None:
    result = desk.over("progress", desk.events([*ANN, *BOB]), "--as-of", "2026-01-09")
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    assert "earned" in result.stdout
    assert "Three Days" in result.stdout


def test_explain_answers_for_one_user_and_badge(desk: Desk) -> None:
    events = desk.events([*ANN, *BOB])
    asked = ("--badge", "three-days", "--as-of", "2026-01-09")
    result = desk.over("explain", events, "--user", "bob", *asked)
    assert result.exit_code == 0
    assert "1 of 3" in result.stdout
    told = json.loads(
        desk.over("explain", events, "--user", "ann", *asked, "--format", "json").stdout
    )
    assert (told["holds"], told["criterion"]) == (True, "streak")
    assert told["awards"][0]["earned_on"] == "2026-01-07"


def test_explain_needs_a_known_badge_and_a_user(desk: Desk) -> None:
    events = desk.events(ANN)
    assert desk.over("explain", events, "--badge", "often").exit_code == 2
    unknown = desk.over("explain", events, "--user", "ann", "--badge", "oftn")
    assert unknown.exit_code == 2
    assert "'oftn'" in unknown.stderr


# ---- schema, vocabulary, help ----------------------------------------------------------------


def test_schemas_are_json(desk: Desk) -> None:
    assert "badges" in json.loads(desk.run("schema").stdout)["properties"]
    assert "events" in json.loads(desk.run("schema", "vocabulary").stdout)["properties"]


def test_vocabulary_describes_types_and_fields(desk: Desk) -> None:
    told = desk.run("vocabulary", "--vocabulary", desk.vocabulary).stdout
    assert told.splitlines()[:3] == [
        "workout",
        "  minutes    number, 3 decimals, min",
        "  exercises  texts",
    ]
    assert "sensitive" in told
    assert "workout" in desk.run("vocabulary").stdout


def test_help_tells_the_exit_statuses(desk: Desk) -> None:
    told = " ".join(desk.run("--help").stdout.split())
    assert "0 clean, 1 problems" in told
    assert "2 could not run" in told


# ---- as a process ----------------------------------------------------------------------------


def test_missing_extra_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(name='typer')\n")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    result = in_process("check", env={**os.environ, "PYTHONPATH": paths})
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "pip install 'badge-engine[cli]'" in line


def test_reader_that_stops_early_ends_the_program_quietly(desk: Desk) -> None:
    many = [event("e", f"user-{number:05}") for number in range(5000)]
    code = "from badge_engine.cli import main; main()"
    arguments = ["evaluate", desk.events(many), "--format", "jsonl"]
    known = ["--rules", desk.rules, "--vocabulary", desk.vocabulary]
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, [*arguments, *known])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["user"] == "user-00000"
        process.stdout.close()
        assert process.stderr.read() == b""


def test_interrupt_ends_with_status_130(desk: Desk) -> None:
    code = "from badge_engine.cli import main; main()"
    known = ("--rules", desk.rules, "--vocabulary", desk.vocabulary)
    with subprocess.Popen(
        [sys.executable, "-c", code, "evaluate", "-", *map(str, known)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b'{"not": "an event"}\n' * 10_000)
        process.stdin.flush()  # it is reading by now
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130


def test_output_is_utf_8_whatever_the_terminal_says(desk: Desk) -> None:
    events = desk.events([event("e1", "jürgen")])
    known = ("--rules", desk.rules, "--vocabulary", desk.vocabulary)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = in_process("evaluate", events, *known, env=environment, encoding="utf-8")
    assert result.returncode == 0
    assert result.stdout.startswith("jürgen\n")
