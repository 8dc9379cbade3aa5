"""The command line as a program of its own: signals, pipes, encodings, what is not installed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.desk import Desk, event


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
    assert "\njürgen\n" in result.stdout
