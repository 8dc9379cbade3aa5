"""Rule sets that are swapped while events arrive, in a file that every worker reads anew."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from badge_engine.language.loader import load_packs
from badge_engine.semantics.compiler import RuleSet, compile_rules

Badge = dict[str, Any]

PACK = "badges.yaml"
MINUTES = {"type": "total", "event": "workout", "field": "minutes"}
WEIGHT = {"event": "weigh_in", "field": "weight"}
EDITIONS: dict[str, tuple[Badge, ...]] = {
    "every-third": (
        {"rule": {"type": "count", "event": "workout", "at_least": 3, "repeat": True}},
        {"rule": {"type": "count", "event": "workout", "at_least": 4, "repeat": True}},
    ),
    "minutes": (
        {"rule": MINUTES, "tiers": [{"bronze": 100}, {"silver": 400}, {"gold": 900}]},
        {"rule": MINUTES, "tiers": [{"bronze": 150}, {"silver": 300}, {"gold": 2000}]},
    ),
    "three-days": (
        {"rule": {"type": "streak", "event": "workout", "length": "3 days", "repeat": "per_run"}},
        {"rule": {"type": "streak", "event": "workout", "length": "3 days", "grace": "1 per 7 days",
                  "repeat": "per_run"}},
    ),
    "lightest": (
        {"rule": {"type": "record", **WEIGHT, "lowest": True}, "on_correction": "revoke"},
        {"rule": {"type": "record", **WEIGHT, "lowest": True, "margin": "0.5 kg"},
         "on_correction": "revoke"},
    ),
    "lighter": (
        {"rule": {"type": "change", **WEIGHT, "by": "-5 kg"}, "on_correction": "revoke"},
        {"rule": {"type": "change", **WEIGHT, "by": "-5 kg", "baseline": "highest"}},
    ),
    "busy-month": (
        {"rule": {"type": "count", "event": "workout", "distinct": "day", "at_least": 8,
                  "each": "month", "repeat": True}},
        {"rule": {"type": "count", "event": "workout", "distinct": "kind", "at_least": 4,
                  "each": "month", "repeat": True}},
    ),
    "busy-week": (
        {"rule": {"type": "count", "event": "workout", "within": "7 days", "at_least": 5,
                  "repeat": True}, "on_correction": "revoke"},
        {"rule": {"type": "count", "event": "workout", "where": {"minutes": {"at_least": 30}},
                  "within": "7 days", "at_least": 4, "repeat": True}},
    ),
    "longest": (
        {"rule": {"type": "best", "event": "workout", "field": "minutes", "at_least": 85}},
        {"rule": {"type": "best", "event": "workout", "field": "minutes", "at_least": 60}},
    ),
    "back-again": (
        {"rule": {"type": "comeback", "event": "nutrition_log", "after": "30 days",
                  "repeat": True}},
        {"rule": {"type": "comeback", "event": "nutrition_log", "after": "40 days",
                  "repeat": True}},
    ),
    "all-round": (
        {"rule": {"type": "all_of", "of": [{"badge": "minutes", "tier": "silver"},
                                           {"badge": "every-third"}]}},
        {"rule": {"type": "any_of", "at_least": 2, "of": [{"badge": "minutes", "tier": "gold"},
                                                          {"badge": "longest"},
                                                          {"badge": "every-third"}]}},
    ),
}  # fmt: skip
REMOVABLE = ("three-days", "lightest", "lighter", "busy-month", "busy-week", "back-again")


def load(folder: Path) -> RuleSet:
    """The rule set in a folder; RulePackError for a broken one."""
    return compile_rules(load_packs([folder / PACK]))


@dataclass
class Shelf:
    """The packs of a campaign: which edition of each badge is in force, and which are away."""

    folder: Path
    editions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EDITIONS, 0))
    away: set[str] = field(default_factory=set)

    def publish(self) -> None:
        badges = [
            {"id": id, "name": id, **EDITIONS[id][edition]}
            for id, edition in self.editions.items()
            if id not in self.away
        ]
        self._write(json.dumps({"language": "en", "badges": badges}))  # JSON is YAML

    def edit(self, random: Random) -> str:
        """Change the rules of one to three badges; says of which."""
        chosen = random.sample(sorted(EDITIONS), random.randint(1, 3))
        for id in chosen:
            self.editions[id] = 1 - self.editions[id]
        self.publish()
        return ", ".join(chosen)

    def remove(self, random: Random) -> str:
        id = random.choice(sorted(set(REMOVABLE) - self.away) or REMOVABLE)
        self.away.add(id)
        self.publish()
        return id

    def put_back(self, random: Random) -> str:
        """Put a badge back that was taken away; where there is none, take one away and back."""
        id = random.choice(sorted(self.away)) if self.away else self.remove(random)
        self.away.discard(id)
        self.publish()
        return id

    def spoil(self) -> None:
        """A pack that no loader takes: a misspelt setting, and half of it is missing."""
        self._write("badges:\n  - id: every-third\n    name: Broken\n    rule: {type: cuont, eve")

    def _write(self, text: str) -> None:
        draft = self.folder / "draft"
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.folder / PACK)
