"""The engine of the adapter: over the host's database, with each user's rules, writing posts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from django.core.signals import setting_changed
from django.utils import timezone

from badge_engine import Changed, Engine
from django_adapter import posts
from django_adapter.rules import rules_for
from django_adapter.settings import NAME, settings
from django_adapter.store import DjangoStore

_gathered: ContextVar[dict[str, Changed] | None] = ContextVar("badge_engine_changes", default=None)


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


@contextmanager
def gathered() -> Iterator[dict[str, Changed]]:
    """Collect what the engine changes, by user, for a caller that writes the posts itself."""
    changes: dict[str, Changed] = {}
    token = _gathered.set(changes)
    try:
        yield changes
    finally:
        _gathered.reset(token)


def _within(changed: Changed) -> None:
    changes = _gathered.get()
    if changes is None:
        posts.write([changed])
    else:
        changes[changed.user] = changed


def _forget(*, setting: str, **_: object) -> None:
    if setting == NAME:
        engine.cache_clear()


setting_changed.connect(_forget, dispatch_uid="badge_engine_engine")
