"""The measurement of the feed runs; its figures are read elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_feed_is_measured_beside_its_first_page(postgres_server: str) -> None:
    command = [sys.executable, "-W", "error", "-m", "benchmarks.django_feed", "--quick"]
    command += ["--format", "json", "--db", postgres_server]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = {line["what"]: line for line in json.loads(done.stdout)["lines"]}
    assert lines["page 1"]["ratio"] == 1
    assert {what for what, line in lines.items() if line["goal"]} == {"page 25", "page 50"}
    assert lines["blocks"]["value"] == 2
