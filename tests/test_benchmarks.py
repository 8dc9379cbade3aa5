"""The measurements run, and of what they find the number of round trips is a promise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def small_measurements(server: str) -> list[dict[str, Any]]:
    options = ("--quick", "--format", "json", "--db", server)
    command = [sys.executable, "-W", "error", "-m", "benchmarks.online", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["lines"]
    return found


def test_every_part_is_measured_and_an_event_on_time_takes_two_trips(postgres_server: str) -> None:
    lines = small_measurements(postgres_server)
    parts = {line["part"].split(", fsync")[0] for line in lines}
    assert parts == {
        "one event, on time",
        "round trips",
        "1,000 events of 1 user, 50 rules",
        "1,000 events of 100 users, 50 rules",
        "50 rules, on time",
        "50 rules, record, of the last 7 days",
        "50 rules, amend, of the last 7 days",
        "50 rules, retract, of the last 7 days",
        "50 rules, older changes",
        "counting again, 400 events",
        "1 client",
        "2 clients",
        "3 workers on one user",
    }
    assert all(line["value"] > 0 for line in lines)
    trips = {line["what"]: line["value"] for line in lines if line["part"] == "round trips"}
    assert trips["record, 50 rules, on time"] == 2
    assert trips["record, 50 rules, late"] == 3
