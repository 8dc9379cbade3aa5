"""The command line over a database: what is recorded, what is told, and how it goes on."""

from __future__ import annotations

import csv
import io
import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from typer.testing import Result

from badge_engine import Engine, compile_rules, load_packs
from badge_engine.cli.databases import shown
from badge_engine.stores.sqlalchemy import SqlStore
from tests.desk import ANN, BOB, CARL, RULES, Desk, event

EVERYBODY = [*ANN, *BOB, *CARL]
FOUR_DAYS = RULES.replace("length: 3 days", "length: 4 days").replace("x x x,", "x x x x,")
FOUR_DAYS = FOUR_DAYS.replace("on day 3", "on day 4")


@dataclass
class Club:
    """A desk with a database."""

    desk: Desk
    url: str

    def run(self, command: str, *arguments: object, stdin: str | None = None) -> Result:
        """A command by the rules of the desk."""
        return self.desk.over(command, *arguments, "--db", self.url, stdin=stdin)

    def plainly(self, command: str, *arguments: object) -> Result:
        """A command that asks for no rules."""
        return self.desk.run(command, *arguments, "--db", self.url)

    def ingest(self, events: Iterable[object], *options: object) -> dict[str, dict[str, int]]:
        result = self.run("ingest", self.desk.events(events), *options, "--format", "json")
        assert result.exit_code == 0, result.stderr
        counted: dict[str, dict[str, int]] = json.loads(result.stdout)
        return {what: {k: n for k, n in of.items() if n} for what, of in counted.items()}

    def awards(self, *options: object) -> list[dict[str, Any]]:
        result = self.run("awards", *options, "--format", "jsonl")
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    def held(self, *options: object) -> list[tuple[str, str, str]]:
        told = self.awards(*options)
        return [(award["user"], award["badge"], award["status"]) for award in told]

    def use(self, rules: str) -> None:
        self.desk.write("rules.yaml", rules)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def club(desk: Desk) -> Club:
    """In an SQLite file that is not there yet."""
    return Club(desk, f"sqlite:///{desk.folder / 'badges.db'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(desk: Desk, request: pytest.FixtureRequest) -> Club:
    """In each kind of database, with tables."""
    url = f"sqlite:///{desk.folder / 'badges.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    club = Club(desk, url)
    assert club.plainly("db", "init").exit_code == 0
    return club


def tampered(club: Club, statement: str) -> None:
    """Somebody writes into an SQLite file."""
    connection = sqlite3.connect(club.url.removeprefix("sqlite:///"))
    with connection:
        connection.executescript(statement)
    connection.close()


def refuse_events_of(club: Club, event_id: str) -> None:
    tampered(
        club,
        f"CREATE TRIGGER broken BEFORE INSERT ON badge_events WHEN NEW.event_id = '{event_id}' "
        "BEGIN SELECT RAISE(ABORT, 'no room'); END",
    )


# ---- ingest ----------------------------------------------------------------------------------


def test_recorded_awards_are_those_that_evaluate_gives(either: Club) -> None:
    events = either.desk.events(EVERYBODY)
    assert either.run("ingest", events).exit_code == 0
    wanted = either.desk.over("evaluate", events, "--format", "csv").stdout
    recorded = either.run("awards", "--format", "csv").stdout
    columns = wanted.splitlines()[0].split(",")
    assert [
        {name: row[name] for name in columns} for row in csv.DictReader(io.StringIO(recorded))
    ] == list(csv.DictReader(io.StringIO(wanted)))


def test_same_events_again_change_nothing(either: Club) -> None:
    first = either.ingest([*EVERYBODY, ANN[0]])
    assert first == {"events": {"recorded": 7, "unchanged": 1}, "awards": {"new": 5}}
    before = either.awards("--audit")
    assert either.ingest(reversed(EVERYBODY)) == {"events": {"unchanged": 7}, "awards": {}}
    assert either.awards("--audit") == before


def test_what_was_new_is_told_in_words(club: Club) -> None:
    events = club.desk.events(EVERYBODY)
    told = club.run("ingest", events)
    assert told.stdout == "events: 7 recorded\nawards: 5 new\n"
    assert club.run("ingest", events).stdout == "events: 7 known already\nawards: none changed\n"


def test_other_content_is_refused_with_its_line_and_replaced_by_amend(either: Club) -> None:
    either.ingest(ANN)
    moved = either.desk.events([ANN[0], event("e1", at="2026-01-20"), event("new")])
    result = either.run("ingest", moved)
    assert result.exit_code == 1
    assert result.stdout.startswith("events: 1 recorded, 1 known already, 1 refused\n")
    told, counted = result.stderr.splitlines()
    assert told.startswith(f"{moved}:2: id 'e1' already stands for another event; ")
    assert "--amend" in told
    assert told.endswith("[conflicting-event]")
    assert counted == "1 line refused"
    amended = either.run("ingest", moved, "--amend")
    assert (amended.exit_code, amended.stderr) == (0, "")
    assert amended.stdout.startswith("events: 1 amended, 2 known already\n")
    assert ("ann", "three-days", "kept") in either.held()


def test_of_one_id_twice_the_first_stays_and_with_amend_the_last(club: Club) -> None:
    twice = [event("e"), event("e", at="2026-01-07")]
    refused = club.run("ingest", club.desk.events(twice))
    assert (refused.exit_code, "events.jsonl:2: " in refused.stderr) == (1, True)
    assert json.loads(club.plainly("export", "--user", "ann").stdout)["events"][0]["day"] == (
        "2026-01-05"
    )
    club.ingest(twice, "--amend")
    assert json.loads(club.plainly("export", "--user", "ann").stdout)["events"][0]["day"] == (
        "2026-01-07"
    )


def test_lines_are_refused_as_evaluate_refuses_them(club: Club) -> None:
    doubtful = club.desk.events(
        [ANN[0], "{", event("a", at="soon"), event("b", at="2026-01-05T10:00"), event("c", at="2")]
        + [event(f"f{number}", at=f"2027-01-{number + 10}") for number in range(5)]
        + [event("u", type="workuot")]
    )
    asked = (doubtful, "--as-of", "2026-02-01")
    judged, recorded = club.desk.over("evaluate", *asked), club.run("ingest", *asked)
    assert recorded.stderr == f"note: {club.url} is new\n{judged.stderr}"
    assert (judged.exit_code, recorded.exit_code) == (1, 1)
    assert recorded.stdout.startswith("events: 2 recorded, 9 refused\n")


def test_events_come_from_files_folders_and_standard_input(club: Club) -> None:
    folder = club.desk.folder / "exports"
    folder.mkdir()
    club.desk.events(ANN, "exports/ann.jsonl")
    bob = club.desk.events(BOB, "bob.jsonl")
    stdin = club.desk.events(CARL).read_text()
    result = club.run("ingest", folder, bob, "-", stdin=stdin)
    assert result.stdout.startswith("events: 7 recorded\n")


def test_many_events_of_many_users_come_in_batches(club: Club) -> None:
    many = [
        event(f"e{number}", f"user-{number % 7}", at=f"2026-01-{1 + number % 28:02}")
        for number in range(2500)
    ]
    assert club.ingest(many)["events"] == {"recorded": 2500}
    assert club.run("reconcile").stdout == "7 users, no differences\n"


def test_withdrawn_id_stays_withdrawn_and_amend_revives_it(club: Club) -> None:
    club.ingest(ANN)
    store = SqlStore(club.url)
    Engine(store, compile_rules(load_packs([]))).retract("ann", "e3")
    store.close()
    again = club.run("ingest", club.desk.events(ANN))
    assert again.stdout.startswith("events: 3 known already, 1 retracted before\n")
    assert club.ingest(ANN, "--amend")["events"] == {"amended": 1, "unchanged": 3}


def test_as_of_is_the_clock_of_what_is_recorded(club: Club) -> None:
    club.ingest(ANN[:3], "--as-of", "2026-01-08T10:00:00Z")
    told = club.awards("--user", "ann")
    assert {award["recorded_at"] for award in told} == {"2026-01-08T10:00:00Z"}
    assert {award["celebrate"] for award in told} == {True}


def test_database_that_fails_ends_the_run_and_the_same_command_goes_on(club: Club) -> None:
    club.plainly("db", "init")
    refuse_events_of(club, "b1")
    events = club.desk.events(EVERYBODY)
    result = club.run("ingest", events)
    assert result.exit_code == 2
    assert "the same command may be run again" in result.stderr
    assert result.stdout.startswith("events: 6 recorded, 1 not recorded\n")
    tampered(club, "DROP TRIGGER broken")
    assert club.ingest(EVERYBODY)["events"] == {"recorded": 1, "unchanged": 6}
    assert club.run("reconcile").exit_code == 0


# ---- where databases are, and whether they are the right ones --------------------------------


def test_new_file_gets_its_tables_from_ingest_and_from_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    for command in ("awards", "backfill", "reconcile"):
        result = desk.over(command)
        assert result.exit_code == 2
        assert "there is no database at sqlite:///badges.db" in result.stderr
    for command in ("erase", "export"):
        assert desk.run(command, "--user", "ann").exit_code == 2
    assert desk.run("db", "check").exit_code == 2
    assert not Path("badges.db").exists()
    result = desk.over("ingest", desk.events(ANN))
    assert (result.exit_code, result.stderr) == (0, "note: sqlite:///badges.db is new\n")
    assert desk.over("ingest", desk.events(ANN)).stderr == ""
    assert desk.over("awards").stdout.endswith("1 user, 3 awards\n")


def test_nothing_is_made_when_rules_or_files_are_not_right(club: Club) -> None:
    club.use(RULES.replace("length", "lenght"))
    assert club.run("ingest", club.desk.events(ANN)).exit_code == 2
    club.use(RULES)
    assert club.run("ingest", club.desk.folder / "nowhere.jsonl").exit_code == 2
    assert not (club.desk.folder / "badges.db").exists()


def test_rules_must_be_named_where_awards_are_written(desk: Desk) -> None:
    database = ("--db", desk.folder / "badges.db")
    for arguments in (("ingest", desk.events(ANN)), ("backfill",), ("reconcile",)):
        result = desk.run(*arguments, *database)
        assert result.exit_code == 2
        assert "--rules" in result.stderr
    shipped = desk.run("ingest", desk.events(ANN), *database, "--rules", "shipped")
    assert shipped.exit_code == 0
    assert desk.run("reconcile", *database, "--rules", "shipped").exit_code == 0
    assert "--rules" in desk.run("reconcile", *database, "--rules", "nowhere").stderr


def test_database_without_tables_is_told_before_files_are_read(
    desk: Desk, postgres_url: str
) -> None:
    club = Club(desk, postgres_url)
    result = club.run("ingest", desk.events(["{", *ANN]))
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert "badge-engine db init" in result.stderr
    check = club.plainly("db", "check")
    assert (check.exit_code, "badge-engine db init" in check.stderr) == (1, True)
    assert club.plainly("db", "init").exit_code == 0
    assert club.plainly("db", "init").exit_code == 0
    assert club.plainly("db", "check").exit_code == 0
    assert club.ingest(ANN)["events"] == {"recorded": 4}


def test_tables_of_another_version_are_left_alone(club: Club) -> None:
    club.ingest(ANN)
    tampered(club, "UPDATE badge_schema SET version = 99")
    assert club.plainly("db", "check").exit_code == 1
    for result in (club.plainly("db", "init"), club.run("awards"), club.run("backfill")):
        assert result.exit_code == 2
        assert "version 99" in result.stderr


@pytest.mark.parametrize("ending", ["db", "sqlite", "sqlite3"])
def test_path_of_a_file_will_do(desk: Desk, ending: str) -> None:
    file = desk.folder / f"club.{ending}"
    assert desk.over("ingest", desk.events(ANN), "--db", file).exit_code == 0
    assert file.exists()
    assert desk.over("awards", "--db", f"sqlite:///{file}").stdout.endswith("1 user, 3 awards\n")


@pytest.mark.parametrize(
    "url",
    [
        "club",
        "events.jsonl",
        "mysql://coach:secret@localhost/club.db",
        "postgresql//coach:secret@localhost/club",
        "postgresql+asyncpg://coach:secret@localhost/club",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "postgresql://coach:secret@localhost:secret/club",
        "postgresql://coach:se/cret@localhost:1:2/club",
    ],
)
def test_what_is_no_database_is_refused_without_its_password(desk: Desk, url: str) -> None:
    for arguments in (("ingest", desk.events(ANN)), ("progress",)):
        result = desk.over(*arguments, "--db", url)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--db" in result.stderr
        assert "cret" not in result.stderr


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("postgresql://coach@localhost/club", "postgresql://coach@localhost/club"),
        ("postgresql://coach:secret@localhost/club", "postgresql://coach:***@localhost/club"),
        ("postgresql://coach:s@cr:et@localhost/club", "postgresql://coach:***@localhost/club"),
        ("postgresql:///club?password=s&port=1", "postgresql:///club?password=***&port=1"),
        ("postgresql:///club?port=1&password=s", "postgresql:///club?port=1&password=***"),
        ("sqlite:///a:b@c.db", "sqlite:///a:b@c.db"),
    ],
)
def test_url_is_shown_without_its_password(url: str, printed: str) -> None:
    assert shown(url) == printed


def test_server_that_is_not_there_is_told_in_the_words_of_its_driver(desk: Desk) -> None:
    url = f"postgresql://coach:secret@/club?host={desk.folder}&password=secret"
    for result in (
        desk.over("ingest", desk.events(ANN), "--db", url),
        desk.over("awards", "--db", url),
        desk.run("db", "check", "--db", url),
    ):
        (line,) = result.stderr.splitlines()
        assert (result.exit_code, result.stdout) == (2, "")
        assert "connection to server" in line
        assert "secret" not in line


# ---- awards ----------------------------------------------------------------------------------


def test_awards_as_a_table_look_like_those_of_evaluate(club: Club) -> None:
    events = club.desk.events(EVERYBODY)
    club.run("ingest", events)
    assert club.run("awards").stdout == club.desk.over("evaluate", events).stdout
    german = ("--language", "de")
    told = club.run("awards", *german).stdout
    assert told == club.desk.over("evaluate", events, *german).stdout


def test_awards_are_chosen_by_status(club: Club) -> None:
    club.use(RULES.replace("rule: {type: streak", "on_correction: revoke\n    rule: {type: streak"))
    club.ingest(ANN)
    club.ingest([event("e1", type="weigh_in", data={"weight": 80})], "--amend")
    everything = [
        ("ann", "often", "earned"),
        ("ann", "three-days", "revoked"),
        ("ann", "often", "kept"),
    ]
    assert club.held("--status", "all") == everything
    assert club.held() == [everything[0], everything[2]]
    for one in everything:
        assert club.held("--status", one[2]) == [one]
    lines = club.run("awards", "--status", "all").stdout.splitlines()
    assert (
        "  2026-01-07  Three Days             revoked; event e2: 3 days since 2026-01-05" in lines
    )


def test_audit_tells_what_happened_to_an_award_and_why(club: Club) -> None:
    january = ("--as-of", "2026-01-09T12:00Z")
    club.ingest(ANN[:3], *january)
    moved = [event("e1", at="2026-01-20")]
    club.run("ingest", club.desk.events(moved), "--amend", "--as-of", "2026-01-21T08:30:00Z")
    club.run("ingest", club.desk.events(ANN[1:3]), "--amend", "--as-of", "2026-01-22T08:30:00Z")
    told = club.run("awards", "--audit").stdout.splitlines()
    start = told.index("  2026-01-07  Three Days             event e2: 3 days since 2026-01-05")
    margin = " " * 14
    assert told[start + 1 : start + 4] == [
        f"{margin}recorded 2026-01-09 12:00Z, to be celebrated",
        f"{margin}kept 2026-01-21 08:30Z, after event e1",
        f"{margin}reinstated 2026-01-22 08:30Z, after event e1",
    ]
    (streak,) = (award for award in club.awards("--audit") if award["badge"] == "three-days")
    assert [(one["kind"], one["cause"], one["event"]) for one in streak["audit"]] == [
        ("kept", "events", "e1"),
        ("reinstated", "events", "e1"),
    ]
    assert "audit" not in club.awards()[0]
    refused = club.run("awards", "--audit", "--format", "csv")
    assert (refused.exit_code, "--audit" in refused.stderr) == (2, True)


def test_award_of_another_rule_is_told_by_its_evidence_alone(club: Club) -> None:
    club.ingest(ANN)
    club.use(FOUR_DAYS)
    changed = " ".join(club.run("awards").stdout.split())
    assert (
        "Three Days event e2: 3 from 2026-01-05 to 2026-01-07; by another version of its rule"
        in changed
    )
    club.use(RULES[: RULES.index("  - id: often")])
    gone = " ".join(club.run("awards").stdout.split())
    assert "often bronze event e0: 1 on 2026-01-05; a badge of none of these packs" in gone


def test_user_who_is_not_known_may_be_another_one(either: Club) -> None:
    either.ingest(EVERYBODY)
    for arguments in (
        ("awards",),
        ("progress",),
        ("explain", "--badge", "often"),
        ("backfill",),
        ("reconcile",),
    ):
        result = either.run(*arguments, "--user", "Bob")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "nothing is stored about user 'Bob'; did you mean 'bob'?" in result.stderr
    for command in ("erase", "export"):
        assert "'bob'" in either.plainly(command, "--user", "Bob").stderr


# ---- progress and explain --------------------------------------------------------------------


@pytest.mark.parametrize("moment", [(), ("--as-of", "2026-01-09"), ("--as-of", "2026-01-06")])
def test_progress_is_what_the_files_say(either: Club, moment: tuple[str, ...]) -> None:
    events = either.desk.events([*ANN, *BOB])
    either.run("ingest", events)
    for form in ("table", "jsonl"):
        told = either.run("progress", *moment, "--format", form).stdout
        assert told == either.desk.over("progress", events, *moment, "--format", form).stdout
    of_bob = either.run("progress", *moment, "--user", "bob", "--badge", "often")
    assert len(of_bob.stdout.splitlines()) == 3


@pytest.mark.parametrize("moment", [(), ("--as-of", "2026-01-09"), ("--as-of", "2026-01-06")])
def test_explanation_is_what_the_files_say(either: Club, moment: tuple[str, ...]) -> None:
    events = either.desk.events(EVERYBODY)
    either.run("ingest", events)
    for badge in ("three-days", "often", "two-down"):
        for user in ("ann", "bob", "carl"):
            asked = ("--user", user, "--badge", badge, *moment)
            wanted = either.desk.over("explain", events, *asked).stdout
            assert wanted
            assert either.run("explain", *asked).stdout == wanted
    unknown = either.run("explain", "--user", "ann", "--badge", "oftn")
    assert (unknown.exit_code, "did you mean 'often'?" in unknown.stderr) == (2, True)


def test_source_is_files_or_a_database_and_one_of_them(club: Club) -> None:
    events = club.desk.events(ANN)
    club.run("ingest", events)
    about = ("--user", "ann", "--badge", "often")
    for result in (
        club.desk.over("progress"),
        club.run("progress", events),
        club.desk.over("explain", *about),
        club.run("explain", events, *about),
    ):
        assert (result.exit_code, result.stdout) == (2, "")
        assert "EVENTS or --db" in result.stderr


def test_authors_see_badges_that_are_hidden_from_users(club: Club) -> None:
    club.use(RULES.replace("name: Three Days", "name: Three Days\n    hidden: true"))
    club.ingest(BOB)
    assert "Three Days" in club.run("progress").stdout
    assert "Three Days" in club.run("explain", "--user", "bob", "--badge", "three-days").stdout


# ---- backfill --------------------------------------------------------------------------------


def two_days(club: Club) -> None:
    """Rules by which more is earned than before."""
    club.use(
        RULES.replace("- {name: two are not", "- {name: two are")
        .replace("length: 3 days", "length: 2 days")
        .replace("on day 3", "on day 2")
        .replace("x x ., expect: not earned", "x x ., expect: earned on day 2")
    )


def test_backfill_brings_edited_rules_to_everybody_in_silence(either: Club) -> None:
    either.ingest([*ANN[:2], *BOB], "--as-of", "2026-01-08")
    two_days(either)
    result = either.run("backfill", "--format", "json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["users"], told["failed"]) == (0, 2, {})
    assert {kind: number for kind, number in told["awards"].items() if number} == {"new": 1}
    (award,) = (award for award in either.awards() if award["badge"] == "three-days")
    assert award["celebrate"] is False
    assert either.run("backfill").stdout == "users:  2\nawards: none changed\n"
    assert either.run("reconcile").exit_code == 0


def test_backfill_keeps_what_edited_rules_do_not_give_unless_asked_to_revoke(club: Club) -> None:
    club.ingest(ANN)
    club.use(FOUR_DAYS)
    assert club.run("backfill").stdout == "users:  1\nawards: 1 kept\n"
    assert club.run("backfill", "--revoke").stdout == "users:  1\nawards: 1 revoked\n"
    assert club.held("--status", "revoked") == [("ann", "three-days", "revoked")]
    club.use(RULES)
    assert club.run("backfill").stdout == "users:  1\nawards: 1 reinstated\n"


def test_backfill_of_some_users_only(club: Club) -> None:
    club.ingest(EVERYBODY)
    club.use(FOUR_DAYS)
    assert club.run("backfill", "--after", "ann").stdout.startswith("users:  2\n")
    assert club.held("--user", "ann", "--status", "kept") == []
    assert club.run("backfill", "--user", "ann").stdout == "users:  1\nawards: 1 kept\n"
    assert club.run("backfill", "--user", "ann", "--after", "ann").exit_code == 2


def test_backfill_names_users_who_failed_and_goes_on_with_the_others(club: Club) -> None:
    club.ingest([*BOB, *ANN, *CARL])
    two_days(club)
    tampered(
        club,
        "CREATE TRIGGER broken BEFORE UPDATE ON badge_users WHEN OLD.key = 'ann' "
        "BEGIN SELECT RAISE(ABORT, 'no room'); END",
    )
    result = club.run("backfill")
    assert result.exit_code == 1
    assert result.stdout.startswith("users:  3\n")
    first, last = result.stderr.splitlines()
    assert first.startswith("user 'ann': ")
    assert last == "1 user failed; run the same command again"
    tampered(club, "DROP TRIGGER broken")
    assert club.run("backfill").exit_code == 0
    assert club.run("reconcile").stdout == "3 users, no differences\n"


def test_backfill_of_many_who_fail_names_some_of_them(club: Club) -> None:
    club.ingest(event("e", f"user-{user:02}") for user in range(13))
    club.use(FOUR_DAYS)
    tampered(
        club,
        "CREATE TRIGGER broken BEFORE UPDATE ON badge_users BEGIN SELECT RAISE(ABORT, 'full'); END",
    )
    result = club.run("backfill")
    assert (result.exit_code, result.stdout) == (1, "users:  13\nawards: none changed\n")
    *named, more, last = result.stderr.splitlines()
    assert [line.split(":")[0] for line in named] == [f"user 'user-{n:02}'" for n in range(10)]
    assert (more, last) == ("and 3 users more", "13 users failed; run the same command again")


class When(logging.Handler):
    """Something happens when the awards of a user have just changed."""

    def __init__(self, user: str, happens: Callable[[], None]) -> None:
        super().__init__()
        self.user = user
        self.happens = happens

    def emit(self, record: logging.LogRecord) -> None:
        if self.user in (record.args or ()):
            self.happens()


@contextmanager
def when(user: str, happens: Callable[[], None]) -> Iterator[None]:
    logger, handler = logging.getLogger("badge_engine.engine"), When(user, happens)
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def ctrl_c() -> None:
    raise KeyboardInterrupt


def test_interrupted_backfill_says_how_to_go_on(club: Club) -> None:
    club.ingest(event(f"e{n}", f"user {user}") for user in range(5) for n in range(2))
    club.use(RULES.replace("bronze: 1", "bronze: 2"))
    with when("user 2", ctrl_c):
        result = club.run("backfill")
    assert result.exit_code == 130
    assert result.stdout == "users:  2\nawards: 2 corrected\n"
    assert result.stderr == ("interrupted; what was done stays; go on with --after 'user 1'\n")
    rest = club.run("backfill", "--after", "user 1")
    assert rest.stdout == "users:  3\nawards: 2 corrected\n"
    assert club.run("reconcile").stdout == "5 users, no differences\n"


def test_backfill_goes_on_after_the_last_user_before_one_who_failed(club: Club) -> None:
    club.ingest(event(f"e{n}", f"user-{user}") for user in range(5) for n in range(2))
    club.use(RULES.replace("bronze: 1", "bronze: 2"))
    tampered(
        club,
        "CREATE TRIGGER broken BEFORE UPDATE ON badge_users WHEN OLD.key = 'user-1' "
        "BEGIN SELECT RAISE(ABORT, 'no room'); END",
    )
    with when("user-3", ctrl_c):
        result = club.run("backfill")
    assert result.exit_code == 130
    assert result.stdout.startswith("users:  3\n")
    failed, cut = result.stderr.splitlines()
    assert failed.startswith("user 'user-1': ")
    assert cut.endswith("go on with --after user-0")


def test_backfill_ends_when_the_database_is_gone(
    desk: Desk, postgres_server: str, postgres_url: str
) -> None:
    club = Club(desk, postgres_url)
    club.plainly("db", "init")
    club.ingest(event(f"e{n}", f"user-{user:02}") for user in range(13) for n in range(2))
    club.use(RULES.replace("bronze: 1", "bronze: 2"))
    name = make_url(postgres_url).database

    def gone() -> None:
        server = SqlStore(postgres_server)
        with server.engine.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(end), {"name": name})
        server.close()

    with when("user-02", gone):
        result = club.run("backfill")
    assert result.exit_code == 2
    assert result.stdout == "users:  8\nawards: 3 corrected\n"
    *named, last = result.stderr.splitlines()
    assert [line.split(":")[0] for line in named] == [f"user 'user-{n:02}'" for n in range(3, 8)]
    assert last.endswith("go on with --after user-02")


def test_backfill_that_cannot_read_on_says_what_it_did_and_how_to_go_on(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("badge_engine.backfill.PAGE", 2)
    club.ingest(event(f"e{n}", f"user-{user}") for user in range(3) for n in range(2))
    club.use(RULES.replace("bronze: 1", "bronze: 2"))
    with when("user-1", lambda: tampered(club, "ALTER TABLE badge_users RENAME TO elsewhere")):
        result = club.run("backfill")
    assert result.exit_code == 2
    assert result.stdout == "users:  2\nawards: 2 corrected\n"
    assert "the tables are not there" in result.stderr
    assert result.stderr.endswith("; go on with --after user-1\n")
    tampered(club, "ALTER TABLE elsewhere RENAME TO badge_users")
    rest = club.run("backfill", "--after", "user-1")
    assert rest.stdout == "users:  1\nawards: 1 corrected\n"


# ---- reconcile -------------------------------------------------------------------------------


def spoiled(club: Club) -> None:
    """Awards and states as neither rules nor events give them."""
    club.ingest(EVERYBODY)
    tampered(
        club,
        "UPDATE badge_awards SET earned_on = '2020-01-01' WHERE badge = 'three-days';"
        "DELETE FROM badge_awards WHERE badge = 'two-down';"
        "UPDATE badge_awards SET occurrence = 7 WHERE tier = 'gold';",
    )


def test_reconcile_tells_each_difference_and_repairs_it_if_asked(club: Club) -> None:
    spoiled(club)
    result = club.run("reconcile")
    assert result.exit_code == 1
    told = " ".join(result.stdout.split())
    assert "ann Three Days recorded with another day" in told
    assert "Often gold given by rules and events, and not recorded as earned" in told
    assert "Often gold recorded as earned, and not given by rules and events" in told
    assert "carl Two Down given by rules and events, and not recorded as earned" in told
    assert result.stdout.endswith("\n3 users, 4 differences\n")
    assert result.stderr == "--repair mends them\n"
    repaired = club.run("reconcile", "--repair")
    assert repaired.exit_code == 0
    assert repaired.stdout.endswith("\n3 users, 4 differences, all repaired\n")
    assert club.run("reconcile").stdout == "3 users, no differences\n"


def test_difference_that_cannot_be_repaired_is_not_passed_over(club: Club) -> None:
    spoiled(club)
    tampered(
        club,
        "CREATE TRIGGER greedy AFTER INSERT ON badge_awards WHEN NEW.badge = 'two-down' "
        "BEGIN DELETE FROM badge_awards WHERE number = NEW.number; END",
    )
    result = club.run("reconcile", "--repair")
    assert (result.exit_code, result.stderr) == (1, "1 difference could not be repaired\n")
    assert result.stdout.endswith("\n3 users, 4 differences\n")


def test_differences_as_json(club: Club) -> None:
    spoiled(club)
    result = club.run("reconcile", "--format", "json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["users"], told["left"]) == (1, 3, 4)
    assert {
        "user": "carl",
        "kind": "missing",
        "badge": "two-down",
        "tier": None,
        "occurrence": 1,
    } in told["differences"]
    only = json.loads(club.run("reconcile", "--user", "carl", "--format", "json").stdout)
    assert (only["users"], len(only["differences"])) == (1, 1)
    later = json.loads(club.run("reconcile", "--after", "carl", "--format", "json").stdout)
    assert (later["users"], later["differences"]) == (0, [])


def test_reconcile_says_that_rules_were_edited(either: Club) -> None:
    either.ingest(ANN)
    two_days(either)
    result = either.run("reconcile")
    assert result.exit_code == 1
    assert "  These rules have not been applied to this user yet.\n" in result.stdout
    assert result.stderr == "backfill applies edited rules\n"


# ---- export and erase ------------------------------------------------------------------------


def test_export_holds_everything_and_erase_leaves_nothing(either: Club) -> None:
    either.ingest(EVERYBODY)
    told = json.loads(either.plainly("export", "--user", "carl").stdout)
    assert told["user"] == "carl"
    assert [one["id"] for one in told["events"]] == ["c1", "c2"]
    assert [one["badge"] for one in told["awards"]] == ["two-down"]
    assert either.plainly("erase", "--user", "carl").exit_code == 0
    assert either.plainly("export", "--user", "carl").exit_code == 2
    assert either.plainly("erase", "--user", "carl").exit_code == 2
    assert {user for user, _, _ in either.held()} == {"ann", "bob"}
    assert either.ingest(CARL)["events"] == {"recorded": 2}
