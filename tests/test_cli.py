from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from pathlib import Path

import pytest

from tests.desk import ANN, BOB, CARL, RULES, VOCABULARY, Desk, event


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


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
    assert result.stderr == "the tests were not run: mend the mistakes first\n"


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


def test_table_names_its_columns_and_says_what_an_award_stands_on(desk: Desk) -> None:
    lines = desk.over("evaluate", desk.events([*ANN, *CARL])).stdout.splitlines()
    assert lines[:2] == ["  earned on   badge       tier or #  because of", ""]
    assert "  2026-01-07  Three Days             event e2: 3 days since 2026-01-05" in lines
    assert "  2026-01-05  Often       bronze     event e0: 1 workout" in lines
    assert "  2026-01-08  Two Down               event c2: measured since 2026-01-05" in lines
    told = desk.over("evaluate", desk.events(CARL), "--language", "de").stdout
    assert "Ereignis c2: gemessen seit 2026-01-05" in told


def test_table_of_no_awards_has_no_heading(desk: Desk) -> None:
    result = desk.over("evaluate", desk.events(CARL[:1]))
    assert result.stdout == "1 user, no awards\n"


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
    assert result.stderr == "note: no --rules given; these are the shipped packs\n"


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


def test_comeback_has_no_percent(desk: Desk) -> None:
    rules = desk.write(
        "back.yaml",
        "language: en\nbadges:\n  - id: back\n    name: Back\n"
        "    rule: {type: comeback, event: workout, after: 30 days}\n",
    )
    known = ("--vocabulary", desk.vocabulary, "--rules", rules, "--as-of", "2026-04-01")
    lines = desk.run("progress", desk.events(ANN[:1]), *known).stdout.splitlines()
    assert lines[1].startswith("       -  Back  86 days since the last workout;")


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
    for command in ("explain", "progress"):
        unknown = desk.over(command, events, "--user", "ann", "--badge", "oftn")
        assert unknown.exit_code == 2
        assert "no badge 'oftn'; did you mean 'often'?" in unknown.stderr
    unlike = desk.over("explain", events, "--user", "ann", "--badge", "zzz")
    assert "there are three-days, often, two-down" in " ".join(unlike.stderr.split())


def test_user_who_is_not_there_may_be_another_one(desk: Desk) -> None:
    result = desk.over("progress", desk.events([*ANN, *BOB]), "--user", "Bob")
    assert result.exit_code == 2
    assert "'Bob'; did you mean 'bob'?" in result.stderr


def test_progress_speaks_of_the_nearest_first_and_of_the_earned_last(desk: Desk) -> None:
    events = desk.events([*ANN[:2], CARL[0] | {"user": "ann"}])
    result = desk.over("progress", events, "--as-of", "2026-01-06")
    found = [line for line in result.stdout.splitlines() if " % " in line]
    assert [line.split()[0] for line in found] == ["66", "50", "0"]
    earned = desk.over("progress", desk.events(ANN), "--as-of", "2026-01-09").stdout
    assert earned.index("Two Down") < earned.index("Three Days")


def test_progress_with_some_badges_only(desk: Desk) -> None:
    only = ("--badge", "often", "--badge", "two-down", "--format", "jsonl")
    lines = desk.over("progress", desk.events(ANN), *only).stdout.splitlines()
    assert [json.loads(line)["badge"] for line in lines] == ["often", "two-down"]


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
