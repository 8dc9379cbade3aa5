"""What tests of badges share: packs of their own, facts in few words, the shapes of answers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from django_adapter import record
from django_adapter.engine import engine
from django_adapter.members import key_of
from tests.django.club import client_of
from tests.django.host.people.models import User

HERE = "/api/community/achievements/"
TODAY = timezone.now().date()

PACK = """
language: en
badges:
  - id: often
    name: {en: Often, de: Oft}
    description: {en: Work out., de: Trainiere.}
    icon: fitness_center
    category: workouts
    rule: {type: count, event: workout}
    tiers: [{bronze: 1}, {silver: 3}, {gold: 10}]
  - id: in-a-row
    name: {en: In a Row, de: In Folge, pt-BR: Em sequência}
    category: streaks
    rule: {type: streak, event: workout, length: 3 days}
  - id: again
    name: Again
    category: workouts
    rule: {type: count, event: workout, at_least: 2, repeat: true}
  - id: lighter
    name: Lighter
    category: weight
    rule: {type: change, event: weigh_in, field: weight, by: -2.5 kg}
  - id: secret
    name: Secret
    hidden: true
    category: workouts
    rule: {type: count, event: workout}
    tiers: [{one: 2}, {two: 4}]
  - id: both
    name: Both
    rule: {type: all_of, of: [{badge: secret, tier: two}, {badge: in-a-row}]}
"""
OTHER = """
language: en
badges: [{id: x, name: X, rule: {type: count, event: race, at_least: 1}}]
"""
B = {
    "id": int,
    "name": str,
    "description": str,
    "icon_name": str,
    "criteria_type": str,
    "criteria_value": int,
    "earned": bool,
    "earned_at": (str, type(None)),
    "slug": str,
    "category": str,
    "tier": str,
    "progress": (dict, type(None)),
    "hidden": bool,
    "times_earned": int,
    "earned_on": (str, type(None)),
}
PROGRESS = {
    "value": (float, type(None)),
    "target": (float, type(None)),
    "ratio": float,
    "state": str,
    "expires_on": (str, type(None)),
    "sentence": str,
}
N = {
    "id": int,
    "name": str,
    "description": str,
    "icon_name": str,
    "earned_at": str,
    "slug": str,
    "tier": str,
    "occurrence": int,
    "earned_on": str,
}


class Packs:
    """Replaces the packs of everybody, at first by PACK."""

    def __init__(self, settings: Any, folder: Path) -> None:
        self._settings = settings
        self._kept = dict(settings.BADGE_ENGINE)
        self._file = folder / "pack.yaml"
        self(PACK)

    def __call__(self, text: str) -> None:
        self._file.write_text(text, encoding="utf-8")
        self._settings.BADGE_ENGINE = self._kept | {"RULES": [str(self._file)]}


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def did(user: User, *days: int, type: str = "workout", id: str = "", **data: Any) -> None:
    """Record one event for each of some days ago."""
    for ago in days:
        event_id = id or f"{type}-{ago}"
        outcome = record(user, type, id=event_id, day=days_ago(ago), data=data)
        assert outcome.result == "recorded"


def undid(user: User, ago: int) -> None:
    engine().retract(key_of(user), f"workout-{ago}")


def listed(user: User, **headers: str) -> list[dict[str, Any]]:
    answer = client_of(user).get(HERE, headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def of(user: User, slug: str, tier: str = "") -> dict[str, Any]:
    (found,) = (one for one in listed(user) if (one["slug"], one["tier"]) == (slug, tier))
    return found


def assert_shape(told: dict[str, Any], shape: dict[str, Any]) -> None:
    assert list(told) == list(shape)
    for key, kind in shape.items():
        assert type(told[key]) in (kind if isinstance(kind, tuple) else (kind,)), key
