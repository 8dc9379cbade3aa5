"""The measurements of the adapter run, as somebody starts them by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DJANGO_SETTINGS_MODULE", "BADGE_ENGINE_TEST_DATABASE")
"""What these tests have set and a shell has not."""

pytestmark = pytest.mark.skipif(
    settings.DATABASE != "postgresql", reason="PostgreSQL is what is measured"
)


def measured(module: str, server: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-W", "error", "-m", module, "--quick", "--format", "json"]
    plain = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [*command, "--db", server],
        cwd=ROOT,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = json.loads(done.stdout)["lines"]
    return lines


def test_every_part_is_measured(postgres_server: str) -> None:
    lines = measured("benchmarks.django", postgres_server)
    assert {line["part"].split(", fsync")[0] for line in lines} == {
        "one fact, 12 rules",
        "one fact, 50 rules",
        "50 rules, on time",
        "50 rules, record, of the last 7 days",
        "50 rules, amend, of the last 7 days",
        "50 rules, retract, of the last 7 days",
        "50 rules, older changes",
        "a row of the host, new",
        "a row of the host, changed",
        "a row of the host, as it was",
    }
    assert all(line["value"] > 0 for line in lines)


def test_the_feed_is_measured_beside_its_first_page(postgres_server: str) -> None:
    lines = {line["what"]: line for line in measured("benchmarks.django_feed", postgres_server)}
    assert lines["page 1"]["ratio"] == 1
    assert {what for what, line in lines.items() if line["goal"]} == {"page 25", "page 50"}
    assert lines["blocks"]["value"] == 2
