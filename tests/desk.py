"""A trainer's desk: a folder with a pack and a vocabulary, and the command line over it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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
