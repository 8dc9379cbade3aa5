"""The host's words on how it is to be served: `BADGE_ENGINE` in its settings, with defaults.

Every key is optional. Callables may be given as dotted paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings as host
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

NAME = "BADGE_ENGINE"
User = Any  # the host's user model is not known here


def role_of(user: User) -> str:
    """The attribute `role` in lower case: trainer, trainee, or anything else."""
    return str(getattr(user, "role", "")).lower()


def trainer_of(user: User) -> User | None:
    """The attribute `parent_trainer`; None for somebody without a trainer."""
    return getattr(user, "parent_trainer", None)


def names_of(user: User) -> tuple[str, str]:
    """First and last name."""
    return (getattr(user, "first_name", "") or "", getattr(user, "last_name", "") or "")


def avatar_of(user: User) -> str | None:
    """The address of the attribute `profile_image`, a file or a text; None where there is none."""
    image = getattr(user, "profile_image", None)
    return (str(getattr(image, "url", image)) or None) if image else None


def zone_of(user: User) -> str | None:
    """The attribute `time_zone`, an IANA name; None leaves it to `ZONE`."""
    return getattr(user, "time_zone", None) or None


@dataclass(frozen=True, slots=True)
class Throttles:
    """How often one user may read, write and react, as REST framework writes rates; None: ever."""

    read: str | None = "120/min"
    write: str | None = "30/min"
    react: str | None = "120/min"


@dataclass(frozen=True, slots=True)
class PackLimits:
    """How many packs a trainer may have, of how many bytes, with how many badges altogether."""

    packs: int = 10
    bytes: int = 65_536
    badges: int = 100


@dataclass(frozen=True, slots=True)
class AdapterSettings:
    """What `BADGE_ENGINE` says; see docs/django.md for each key.

    `rules` are files and folders of packs, and the word `shipped` for those that come with the
    library, which alone are in force where nothing is given; `vocabulary` is a file.
    `trainer(user)` gives the user's trainer, who is the user's group; `trainees` is the name of the
    field through which that trainer is found in a query. `workouts` maps event types that are
    posted to the fields that name them. `texts` overrides texts of automatic posts.
    """

    rules: Sequence[str | Path] = ()
    vocabulary: str | Path | None = None
    day_starts: time = time(0)
    week_starts: str = "monday"
    zone: str | None = None
    future_tolerance: timedelta = timedelta(hours=26)
    celebration_age: int = 14
    language: str = "en"
    role: Callable[[User], str] = role_of
    trainer: Callable[[User], User | None] = trainer_of
    trainer_field: str = "parent_trainer"
    names: Callable[[User], tuple[str, str]] = names_of
    avatar: Callable[[User], str | None] = avatar_of
    zone_of: Callable[[User], str | None] = zone_of
    reactions: Sequence[str] = ("fire", "thumbs_up", "heart")
    workouts: Mapping[str, str] = field(default_factory=lambda: {"workout": "kind"})
    texts: Mapping[str, Any] = field(default_factory=dict)
    post_length: int = 1000
    pins: int = 5
    throttles: Throttles = field(default_factory=Throttles)
    packs: PackLimits = field(default_factory=PackLimits)
    trainer_packs: bool = True


CALLABLES = ("role", "trainer", "names", "avatar", "zone_of")
GROUPS = {"throttles": Throttles, "packs": PackLimits}


@cache
def settings() -> AdapterSettings:
    """What the host has set; ImproperlyConfigured for keys and values that mean nothing."""
    given = getattr(host, NAME, {})
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"{NAME} is {given!r}; make it a dict")
    known = {part.name for part in fields(AdapterSettings)}
    parts: dict[str, Any] = {}
    for key, value in given.items():
        name = str(key).lower()
        if name not in known:
            keys = ", ".join(sorted(part.upper() for part in known))
            raise ImproperlyConfigured(f"{NAME} has no key {key!r}; its keys are {keys}")
        parts[name] = _read(name, value)
    return AdapterSettings(**parts)


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a host wrote
    try:
        if name in CALLABLES:
            return import_string(value) if isinstance(value, str) else value
        if name == "throttles" and value is None:
            return Throttles(read=None, write=None, react=None)
        if name in GROUPS:
            return GROUPS[name](**{str(key).lower(): part for key, part in value.items()})
        if name == "day_starts" and isinstance(value, str):
            return time.fromisoformat(value)
        if name == "future_tolerance" and isinstance(value, int):
            return timedelta(hours=value)
    except (ImportError, TypeError, ValueError, AttributeError) as error:
        raise ImproperlyConfigured(f"{NAME}[{name.upper()!r}] is {value!r}: {error}") from error
    return value


def _forget(*, setting: str, **_: object) -> None:
    if setting == NAME:
        settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="badge_engine_settings")
