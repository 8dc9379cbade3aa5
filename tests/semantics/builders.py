"""Rules and histories in few words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from badge_engine.events import Event
from badge_engine.outcomes import Award, Progress
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import evaluate, progress
from badge_engine.testing.strategies import USER, compiled

FIRST_DAY = date(2026, 1, 5)
"""Day 1, a Monday."""


def day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number - 1)


def event(number: int, type: str = "workout", id: str = "", **data: Any) -> Event:
    """A day-only event on a numbered day."""
    name = id or f"{type}-{number}-{'-'.join(map(str, data.values()))}"
    return Event.create(id=name, user=USER, type=type, day=day(number), data=data)


def workouts(*numbers: int, **data: Any) -> list[Event]:
    return [event(number, **data) for number in numbers]


def rule(**settings: Any) -> RuleSet:
    """The rule set of one badge, `badge`; `tiers` stand beside its rule."""
    tiers = settings.pop("tiers", None)
    badge = {"id": "badge", "name": "Badge", "rule": settings}
    return compiled([badge | ({"tiers": tiers} if tiers else {})])


def streak(length: str = "3 days", **settings: Any) -> RuleSet:
    return rule(type="streak", **{"event": "workout", "length": length} | settings)


def days_earned(rules: RuleSet, history: list[Event]) -> list[int]:
    """The numbers of the days on which the badge is earned."""
    return [(award.earned_on - FIRST_DAY).days + 1 for award in evaluate(rules, history)]


def only(awards: list[Award]) -> Award:
    (award,) = awards
    return award


def shown(rules: RuleSet, history: list[Event], today: int) -> Progress:
    """The progress of the first badge on a numbered day."""
    return progress(rules, history, today=day(today))[0]
