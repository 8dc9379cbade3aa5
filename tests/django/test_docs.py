"""The page for backend developers is followed to the letter, in a project of its own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:`(?P<file>[\w./]+\.py)`:\n\n)?```(?P<language>\w+)\n(?P<code>.*?)```", re.DOTALL
)
BLOCKS = [(found["file"], found["language"], found["code"]) for found in BLOCK.finditer(PAGE)]
FILES = {file: code for file, _, code in BLOCKS if file}
FRAGMENTS = [code for file, language, code in BLOCKS if language == "python" and not file]
PRELUDE = """
from datetime import UTC, date, datetime
from types import SimpleNamespace
from coaching.models import DailyLog, User
user = User.objects.create(email="bob@example.com")
call = SimpleNamespace(pk=7, started_at=datetime(2026, 1, 5, 12, tzinfo=UTC))
logs = [DailyLog(trainee=user, date=date(2026, 1, 5), workout_data={"minutes": 30})]
"""
CHECKS = """
from django_adapter.engine import engine
events = engine().export(str(user.pk))["events"]
assert sorted(event["type"] for event in events) == ["check_in", "workout"], events
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, code in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code, encoding="utf-8")
    for package in ("coaching", "host"):
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def run(project: Path, command: list[str]) -> str:
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=known,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def followed(project: Path) -> None:
    """Type every command of the page, and see what it shows."""
    for console in (code for _, language, code in BLOCKS if language == "console"):
        for line in re.findall(r"^\$ python (.*)\n((?:(?!\$ ).*\n)*)", console, re.MULTILINE):
            command, shown = line
            told = run(project, shlex.split(command))
            assert shown in told


def test_the_page_leads_to_the_first_badge(project: Path) -> None:
    followed(project)
    (project / "fragments.py").write_text(PRELUDE + "\n".join(FRAGMENTS) + CHECKS)
    run(project, ["manage.py", "shell", "-c", "import fragments"])


def test_the_page_names_every_setting() -> None:
    from dataclasses import fields

    from django_adapter.settings import AdapterSettings

    told = set(re.findall(r"`([A-Z_]+)`", PAGE))
    assert {field.name.upper() for field in fields(AdapterSettings)} <= told


def test_the_page_names_every_command() -> None:
    from django_adapter.management.commands.badges import Command

    known = {name[3:].replace("_", "-") for name in vars(Command) if name.startswith("do_")}
    told = {name.replace("_", "-") for name in re.findall(r"`?badges ([\w-]+)", PAGE)}
    assert known <= told
