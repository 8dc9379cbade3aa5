"""The command line as a program of its own: signals, pipes, encodings, what is not installed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from badge_engine.cli.reading import READ_AHEAD
from tests.desk import Desk, event

COMMAND = [sys.executable, "-c", "from badge_engine.cli import main; main()"]


def in_process(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **settings,
    )


def await_some(database: Path, rows: str) -> None:
    """Wait until another process has written such rows into an SQLite file."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection,
        ):
            if connection.execute(rows).fetchone():
                return
        time.sleep(0.01)
    pytest.fail(f"there are no {rows}")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_missing_extra_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(name='typer')\n")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    result = in_process("check", env={**os.environ, "PYTHONPATH": paths})
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "pip install 'badge-engine[cli]'" in line


@pytest.mark.parametrize("missing", ["sqlalchemy", "psycopg2"])
def test_missing_database_packages_are_told_in_one_line(desk: Desk, missing: str) -> None:
    (desk.folder / f"{missing}.py").write_text(f"raise ModuleNotFoundError(name={missing!r})\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(desk.folder), *sys.path])}
    known = ("--rules", desk.rules, "--vocabulary", desk.vocabulary)
    asked = ("awards", "--db", "postgresql://localhost/club", *known)
    result = in_process(*asked, env=environment)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert missing in line
    assert "install" in line
    assert "badge-engine[sql]" in line
    judged = in_process("evaluate", desk.events([event("e")]), *known, env=environment)
    assert (judged.returncode, judged.stderr) == (0, "")


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


def test_interrupted_ingestion_is_gone_on_with_by_the_same_command(desk: Desk) -> None:
    database = desk.folder / "badges.db"
    known = ("--rules", desk.rules, "--vocabulary", desk.vocabulary, "--db", database)
    lines = [
        json.dumps(event(f"e{n}", f"user-{n % 200:03}")) + "\n" for n in range(READ_AHEAD + 1000)
    ]
    with subprocess.Popen(
        [*COMMAND, "ingest", "-", *map(str, known)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.writelines(lines)
        process.stdin.flush()
        await_some(database, "SELECT 1 FROM badge_events")
        process.send_signal(signal.SIGINT)
        told, warned = process.communicate()
    assert process.returncode == 130
    assert told == ""  # how far the last batch came is not known
    assert warned.splitlines()[-1] == (
        "interrupted; what was recorded stays, and the same command may be run again"
    )
    again = in_process("ingest", "-", *known, "--format", "json", input="".join(lines))
    counted = json.loads(again.stdout)["events"]
    assert counted["unchanged"] > 0
    assert counted["recorded"] + counted["unchanged"] == len(lines)


def test_output_is_utf_8_whatever_the_terminal_says(desk: Desk) -> None:
    events = desk.events([event("e1", "jürgen")])
    known = ("--rules", desk.rules, "--vocabulary", desk.vocabulary)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = in_process("evaluate", events, *known, env=environment, encoding="utf-8")
    assert result.returncode == 0
    assert "\njürgen\n" in result.stdout
