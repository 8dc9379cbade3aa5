"""What `manage.py check` says of how a host has set the adapter up, before anybody meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import connections

from badge_engine import RulePackError
from django_adapter.api.base import OwnRate
from django_adapter.marks import database
from django_adapter.rules import packs
from django_adapter.settings import (
    CALLABLES,
    NAME,
    AdapterSettings,
    role_of,
    settings,
    trainer_of,
)
from django_adapter.sources import Source, sources

TAG = "badge_engine"
VENDORS = ("postgresql", "sqlite")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_KIND = 32
NOON = time(12)

NAMES_IN_TEXTS: Mapping[str, tuple[str, ...]] = {
    "workout_completed": ("workout_name",),
    "achievement_earned": ("achievement_name",),
    "weight_milestone": (),
}
"""What is filled into texts of automatic posts."""

Says = Callable[[Any], bool]


@register(TAG)
def check_settings(**_: object) -> list[CheckMessage]:
    """Whether `BADGE_ENGINE` can be read, what its values are, and what it reads."""
    try:
        said = settings()
    except (ImproperlyConfigured, ValueError) as error:
        return [Error(str(error), id=f"{TAG}.E001")]
    wrong = list(_values(said))
    return wrong or [*_packs(), *_users(said), *_workouts(said), *_texts(said)]


@register(TAG)
def check_database(**_: object) -> list[CheckMessage]:
    """Whether the database is one of those that the adapter speaks to."""
    alias = database()
    connection = connections[alias]
    if connection.vendor not in VENDORS:
        message = f"the database {alias!r} is {connection.vendor}; use PostgreSQL or SQLite"
        hint = "a database router may keep the tables of badge_engine in another database"
        return [Error(message, hint=hint, id=f"{TAG}.E005")]
    options = connection.settings_dict.get("OPTIONS", {})
    mode = str(options.get("transaction_mode") or "")
    if connection.vendor == "sqlite" and mode.upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        message = f"transactions of the SQLite database {alias!r} begin without a lock"
        hint = (
            f"set DATABASES[{alias!r}]['OPTIONS']['transaction_mode'] to 'IMMEDIATE', so that "
            "writers wait for each other instead of failing"
        )
        return [Caution(message, hint=hint, id=f"{TAG}.W001")]
    return []


@register(TAG)
def check_sources(**_: object) -> list[CheckMessage]:
    """Whether each source says whose its rows are, and what they mean."""
    return [message for source in sources() for message in _source(source)]


def _source(source: Source) -> Iterator[CheckMessage]:
    kind, model = type(source), source.model
    if kind.user_key is Source.user_key:
        try:
            model._meta.get_field(source.user)  # noqa: SLF001 - documented by Django
        except FieldDoesNotExist:
            message = (
                f"{kind.__name__} names {source.user!r}, which is no field of {model.__name__}"
            )
            hint = "set `user` to the name of the field that leads to the user"
            yield Error(message, hint=hint, obj=model, id=f"{TAG}.E006")
    if kind.events is Source.events:
        message = f"{kind.__name__} does not say what a {model.__name__} means"
        yield Error(message, hint="write `events(row)`", obj=model, id=f"{TAG}.E007")


def _values(said: AdapterSettings) -> Iterator[CheckMessage]:
    for name, fits, wanted in VALUES:
        value = said
        for part in name.split("."):
            value = getattr(value, part)
        if not fits(value):
            key = "".join(f"[{part.upper()!r}]" for part in name.split("."))
            yield Error(f"{NAME}{key} is {value!r}; make it {wanted}", id=f"{TAG}.E002")


def _packs() -> Iterator[CheckMessage]:
    try:
        packs()
    except RulePackError as error:
        for diagnostic in error.diagnostics:
            yield Error(str(diagnostic), id=f"{TAG}.E003")
    except OSError as error:
        message = f"{error.filename!r} cannot be read: {error.strerror}"
        hint = f"correct {NAME}['RULES'] and {NAME}['VOCABULARY']"
        yield Error(message, hint=hint, id=f"{TAG}.E004")


def _users(said: AdapterSettings) -> Iterator[CheckMessage]:
    model = get_user_model()
    for key, default, attribute, lacks in (
        ("ROLE", role_of, "role", "nobody is a trainee or a trainer"),
        ("TRAINER", trainer_of, "parent_trainer", "nobody is in a group"),
    ):
        if getattr(said, key.lower()) is default and not hasattr(model, attribute):
            message = f"users have no attribute {attribute!r}, so that {lacks}"
            hint = f"set {NAME}[{key!r}] to a function of a user"
            yield Caution(message, hint=hint, obj=model, id=f"{TAG}.W002")
    try:
        model._meta.get_field(said.trainer_field)  # noqa: SLF001 - documented by Django
    except FieldDoesNotExist:
        message = f"users have no field {said.trainer_field!r}, so that trainers find no trainees"
        hint = f"set {NAME}['TRAINER_FIELD'] to the field that leads from trainees to trainers"
        yield Caution(message, hint=hint, obj=model, id=f"{TAG}.W003")


def _workouts(said: AdapterSettings) -> Iterator[CheckMessage]:
    """What is posted must be something that can happen; the default may mean nothing here."""
    if said.workouts == AdapterSettings().workouts:
        return
    try:
        events = packs().vocabulary.events
    except (RulePackError, OSError):  # told already
        return
    for event, field in said.workouts.items():
        if event in events and field in events[event].fields:
            continue
        known = f"field {field!r} of {event!r}" if event in events else f"type {event!r}"
        message = f"{NAME}['WORKOUTS'] names the {known}, which the vocabulary does not have"
        yield Caution(message, hint="name an event type, and a text of it", id=f"{TAG}.W004")


def _texts(said: AdapterSettings) -> Iterator[CheckMessage]:
    """Ours is used in place of a text that cannot be filled in."""
    for kind, text in said.texts.items():
        if kind not in (*NAMES_IN_TEXTS, "badges"):
            kinds = ", ".join(["badges", *NAMES_IN_TEXTS])
            message = f"{NAME}['TEXTS'] has the key {kind!r}, which is no kind of post"
            yield Caution(message, hint=f"its keys are {kinds}", id=f"{TAG}.W005")
            continue
        for name, each in text.items() if kind == "badges" else [(kind, text)]:
            names = NAMES_IN_TEXTS["achievement_earned" if kind == "badges" else kind]
            for template in each.values() if isinstance(each, Mapping) else [each]:
                if not _can_be_filled(template, names):
                    message = f"{NAME}['TEXTS'] has a text of {name!r} that cannot be filled in"
                    hint = f"in braces may stand: {', '.join(names) or 'nothing'}"
                    yield Caution(message, hint=hint, id=f"{TAG}.W006")


def _can_be_filled(template: object, names: Iterable[str]) -> bool:
    try:
        return isinstance(template, str) and bool(template.format(**dict.fromkeys(names, "")))
    except (KeyError, IndexError, ValueError, AttributeError):
        return False


def _are_texts(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("badges", {}), Mapping)


def _is_zone(value: object) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and bool(ZoneInfo(value).key)
    except (KeyError, OSError, ValueError):
        return False


def _is_rate(value: object) -> bool:
    if value is None:
        return True
    try:
        requests, seconds = OwnRate().parse_rate(value)  # type: ignore[arg-type] # judged here
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        return False
    return bool(requests and requests > 0 and seconds)


def _is_whole(least: int) -> Says:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _are_kinds(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(set(value)) == len(value) > 0
        and all(isinstance(one, str) and 0 < len(one) <= LONGEST_KIND for one in value)
    )


VALUES: Iterable[tuple[str, Says, str]] = (
    *((name, callable, "a function of a user, or a dotted path to one") for name in CALLABLES),
    ("rules", lambda value: isinstance(value, list | tuple), "a list of files and folders"),
    ("day_starts", lambda value: isinstance(value, time) and value < NOON, "00:00 to 11:59"),
    ("week_starts", lambda value: value in WEEKDAYS, "a weekday such as 'monday'"),
    ("zone", _is_zone, "an IANA name such as 'Europe/Lisbon', or None"),
    (
        "future_tolerance",
        lambda value: isinstance(value, timedelta) and value >= timedelta(0),
        "a number of hours from 0, or a timedelta",
    ),
    ("celebration_age", _is_whole(0), "a number of days from 0"),
    ("language", lambda value: isinstance(value, str) and bool(value), "a code such as 'en'"),
    ("trainer_field", lambda value: isinstance(value, str), "the name of a field of users"),
    ("reactions", _are_kinds, f"a list of different words of 1 to {LONGEST_KIND} characters"),
    ("workouts", lambda value: isinstance(value, Mapping), "a dict from event types to fields"),
    ("texts", _are_texts, "a dict, in which 'badges' is a dict of texts by badge"),
    ("post_length", _is_whole(1), "a number from 1"),
    ("pins", _is_whole(0), "a number from 0"),
    *(
        (f"throttles.{kind}", _is_rate, "a rate such as '120/min', or None")
        for kind in ("read", "write", "react")
    ),
    *((f"packs.{kind}", _is_whole(0), "a number from 0") for kind in ("packs", "bytes", "badges")),
    ("trainer_packs", lambda value: isinstance(value, bool), "True or False"),
)
"""Parts of the settings, what they must be, and how that is called."""
