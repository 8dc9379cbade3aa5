"""The library in memory: predicates, a 50-rule fold, the import, and `check` of 300 badges.

The yardstick is a hand-written Python predicate, called in a loop.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from badge_engine import Event, RuleSet, check_text, compile_rules, load_packs, load_text
from badge_engine.language.loader import LoadedPacks, RulePack
from badge_engine.language.rules import Badge
from badge_engine.semantics.evaluate import Folding
from benchmarks.measuring import seconds
from examples import club

RULES = Path(__file__).parent.parent / "rules"
CALLS = 200_000

PREDICATE_PACK = """
badges:
  - id: long-run
    name: Long run
    rule:
      type: count
      event: workout
      at_least: 1
      where: {minutes: {at_least: 20}, kind: run}
"""

BADGE = """
  - id: badge-{number}
    name: Badge {number}
    description: Work out {days} days in a row.
    rule:
      type: streak
      event: workout
      length: {days} days
      where: {{minutes: {{at_least: 20}}}}
    tests:
      - {{name: in a row, workout: x*{days}, with: {{minutes: 30}}, expect: earned on day {days}}}
      - {{name: one short, workout: x*{short}, with: {{minutes: 30}}, expect: not earned}}
"""


@dataclass(frozen=True)
class Figure:
    """A measured figure: what, how much, in which unit, and beside what it stands."""

    name: str
    value: float
    unit: str
    goal: str


def figures() -> Iterator[Figure]:
    """All figures of this file, one after another."""
    hand, compiled = predicate_seconds()
    yield Figure("hand-written predicate", hand / CALLS * 1e9, "ns", "yardstick")
    yield Figure("compiled predicate", compiled / hand, "x hand-written", "≤ 1.6")
    events = club_events()
    count = sum(map(len, events.values()))
    rules = fifty_rules()
    call = hand / CALLS
    for name, lean in (("awards only", True), ("awards and progress", False)):
        taken = seconds(partial(fold, rules, events, lean=lean), rounds=5) / count
        yield Figure(f"50-rule fold, {name}", taken * 1e6, "µs an event", "≤ 5")
        yield Figure(f"50-rule fold, {name}", taken / call, "predicate calls an event", "")
    yield Figure("import badge_engine", import_seconds("import badge_engine") * 1e3, "ms", "≤ 150")
    use = import_seconds("from badge_engine import check_text; check_text('badges:')")
    yield Figure("the same, and the first use of the loader", use * 1e3, "ms", "")
    yield Figure("the bare interpreter", import_seconds("pass") * 1e3, "ms", "")
    pack = "badges:" + "".join(
        BADGE.format(number=number, days=number % 28 + 2, short=number % 28 + 1)
        for number in range(300)
    )
    yield Figure("check of 300 badges", seconds(lambda: check_text(pack), rounds=5), "s", "≤ 0.5")


def predicate_seconds() -> tuple[float, float]:
    """Processor seconds of many calls, by hand and compiled, of the same predicate."""
    rules = compile_rules(load_text(PREDICATE_PACK))
    compiled = rules.nodes[0].matches
    event = Event.create(
        id="w1", user="ada", type="workout", day="2026-01-05", data={"minutes": 45, "kind": "run"}
    )
    fields: Mapping[str, Any] = rules.read(event)
    threshold = fields["minutes"] - 1

    def by_hand(_: Event, fields: Mapping[str, Any]) -> bool:
        minutes = fields.get("minutes")
        if minutes is None or minutes < threshold:
            return False
        return bool(fields.get("kind") == "run")

    def calls(predicate: Callable[[Event, Mapping[str, Any]], bool] | None) -> None:
        assert predicate is not None
        for _ in range(CALLS):
            predicate(event, fields)

    return seconds(lambda: calls(by_hand)), seconds(lambda: calls(compiled))


def fifty_rules() -> RuleSet:
    """The first 50 shipped badges whose references are among them."""
    packs = load_packs(RULES)
    chosen: dict[str, Badge] = {}
    for badge in packs.badges:
        parts = getattr(badge.rule, "of", ())
        if all(getattr(part, "badge", badge.id) in {*chosen, badge.id} for part in parts):
            chosen[badge.id] = badge
    pack = RulePack("fifty", "en", tuple(chosen.values())[:50])
    return compile_rules(LoadedPacks((pack,), packs.vocabulary))


def club_events() -> dict[str, list[Event]]:
    """The events of the sample club in canonical order, by user."""
    events: dict[str, list[Event]] = {}
    for line in club.final_lines(club.operations()):
        event = Event.create(**line)  # type: ignore[arg-type] # lines have the keys of an event
        events.setdefault(event.user, []).append(event)
    for history in events.values():
        history.sort(key=lambda event: event.order)
    return events


def fold(rules: RuleSet, events: Mapping[str, list[Event]], *, lean: bool) -> None:
    """Step through every history once."""
    for history in events.values():
        Folding(rules, lean=lean).take_all(history)


def import_seconds(statement: str) -> float:
    """The least wall time of a fresh interpreter that runs a statement."""
    taken = []
    for _ in range(7):
        begin = perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)  # noqa: S603 - our own words
        taken.append(perf_counter() - begin)
    return min(taken)
