"""The measurements of the adapter run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.skipif(settings.DATABASE != "postgresql", reason="PostgreSQL is what is measured")
def test_every_part_is_measured(postgres_server: str) -> None:
    options = ("--quick", "--format", "json", "--db", postgres_server)
    command = [sys.executable, "-W", "error", "-m", "benchmarks.django", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)["lines"]
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
