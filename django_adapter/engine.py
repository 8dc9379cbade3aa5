"""The engine of the adapter: over the host's database, with each user's rules, writing posts."""

from __future__ import annotations

from functools import cache

from django.core.signals import setting_changed
from django.utils import timezone

from badge_engine import Changed, Engine
from django_adapter.rules import rules_for
from django_adapter.settings import NAME, settings
from django_adapter.store import DjangoStore


@cache
def engine() -> Engine:
    """The engine; what it changes about awards, posts follow in the same transaction."""
    said = settings()
    return Engine(
        DjangoStore(),
        rules_for,
        clock=timezone.now,
        day_starts=said.day_starts,
        future_tolerance=said.future_tolerance,
        celebration_age=said.celebration_age,
        within=_within,
    )


def _within(changed: Changed) -> None:
    from django_adapter.services import posts  # noqa: PLC0415 - services stand above the engine

    posts.write(changed)


def _forget(*, setting: str, **_: object) -> None:
    if setting == NAME:
        engine.cache_clear()


setting_changed.connect(_forget, dispatch_uid="badge_engine_engine")
