"""Trainers' own packs: written, checked, published, rolled back.

Every save makes an edition, which is never changed; the published editions are in force. What is in
force changes in one transaction with `Group.edition`, by which every process notices.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from badge_engine import (
    Diagnostic,
    RulePackError,
    load_packs,
)
from django_adapter import rules
from django_adapter.engine import engine
from django_adapter.marks import database
from django_adapter.members import key_of, known, look_up
from django_adapter.models import Edition, Group, Pack
from django_adapter.services import catalogue
from django_adapter.services.checking import beside, judge, mistake
from django_adapter.services.evaluation import tell
from django_adapter.settings import User, settings

logger = logging.getLogger("badge_engine.django")

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
RESERVED = frozenset({"check", "preview"})
EDITIONS_KEPT = 100
"""How many editions of a pack are kept, beside the published one."""
SECONDS_OF_RENEWAL = 2.0
"""How long whoever publishes waits for trainees to be brought up to date."""


class UnknownPack(LookupError):
    """The trainer has no pack of this name, or it can be no name."""


class UnknownEdition(UnknownPack):
    """The pack has no such edition, or no longer."""


class PackRefused(ValueError):
    """A pack cannot be saved, or be in force; `diagnostics` say why."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(f"{len(diagnostics)} mistakes")
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True, slots=True)
class PackState:
    """A pack as its trainer sees it: `edition` is the newest, `published` the one in force."""

    name: str
    edition: int
    published: int | None
    created_at: datetime
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class PackEdition:
    """An edition of a pack, with its text where it was asked for."""

    number: int
    created_at: datetime
    is_published: bool
    text: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a save: whether the pack is new, and what looks odd in it."""

    pack: PackState
    created: bool
    diagnostics: tuple[Diagnostic, ...]


# Reading


def listed(trainer: User) -> list[PackState]:
    """All packs of a trainer, by name."""
    return [_state(pack) for pack in _packs(trainer).order_by("name")]


def one(trainer: User, name: str) -> PackState:
    """A pack; UnknownPack where the trainer has none of this name."""
    pack = _packs(trainer).filter(name=_name(name)).first()
    if pack is None:
        raise UnknownPack(name)
    return _state(pack)


def editions(trainer: User, name: str) -> list[PackEdition]:
    """The editions of a pack that are kept, the newest first, without their texts."""
    pack = _pack(trainer, name)
    kept = _editions(pack).defer("text").order_by("-number")
    return [_kept(one, pack, "") for one in kept]


def edition(trainer: User, name: str, number: int | None = None) -> PackEdition:
    """An edition of a pack with its text, the newest unless a number is given; UnknownPack."""
    pack = _pack(trainer, name)
    found = _edition(pack, number)
    return _kept(found, pack, found.text)


def _kept(one: Edition, pack: Pack, text: str) -> PackEdition:
    return PackEdition(one.number, one.created_at, one.pk == pack.published_id, text)


def _packs(trainer: User) -> QuerySet[Pack]:
    return (
        Pack.objects.using(database())
        .filter(owner=trainer)
        .annotate(
            number=F("published__number"),
            newest=Max("editions__number"),
            saved_at=Max("editions__created_at"),
        )
    )


def _state(pack: Pack) -> PackState:
    said = pack.__dict__
    return PackState(
        name=pack.name,
        edition=said["newest"],
        published=said["number"],
        created_at=pack.created_at,
        saved_at=said["saved_at"],
    )


def is_name(name: str) -> bool:
    """Whether a text can be the name of a pack."""
    return NAME.match(name) is not None and name not in RESERVED


def _name(name: str) -> str:
    if not is_name(name):
        raise UnknownPack(name)
    return name


def _pack(trainer: User, name: str) -> Pack:
    own = Pack.objects.using(database()).filter(owner=trainer, name=_name(name))
    pack = own.select_related("published").first()
    if pack is None:
        raise UnknownPack(name)
    return pack


def _editions(pack: Pack) -> QuerySet[Edition]:
    return Edition.objects.using(database()).filter(pack=pack)


def _edition(pack: Pack, number: int | None) -> Edition:
    kept = _editions(pack).order_by("-number")
    found = kept.first() if number is None else kept.filter(number=number).first()
    if found is None:
        raise UnknownEdition(pack.name)
    return found


# Writing


def save(trainer: User, name: str, text: str) -> Saved:
    """Make a text the newest edition of a pack; the same text again makes none.

    What is in force stays as it is. UnknownPack for what can be no name, PackRefused for a text
    that cannot be loaded, and beyond the limits.
    """
    owner, name = key_of(trainer), _name(name)
    found, _ = judge(owner, name, text)
    told = tuple(one for one in found.diagnostics if one.path == name)
    if any(one.severity == "error" for one in told):
        raise PackRefused(told)
    with transaction.atomic(database()):
        _lock(owner)
        own_packs = Pack.objects.using(database()).filter(owner=trainer)
        pack = own_packs.filter(name=name).first()
        created = pack is None
        if pack is None:
            if own_packs.count() >= settings().packs.packs:
                raise PackRefused([_too_many_packs(name)])
            pack = own_packs.create(owner=trainer, name=name)
        _add_edition(pack, text)
        return Saved(one(trainer, name), created, told)


def _too_many_packs(name: str) -> Diagnostic:
    message = gettext("you have %(most)s packs, and no more are allowed")
    told = message % {"most": settings().packs.packs}
    return mistake("too-many-packs", name, told, gettext("delete one, or add to one"))


def _add_edition(pack: Pack, text: str) -> None:
    kept = _editions(pack)
    newest = kept.order_by("-number").first()
    if newest is not None and newest.text == text:
        return
    number = 1 if newest is None else newest.number + 1
    kept.create(pack=pack, number=number, text=text)
    old = kept.filter(number__lte=number - EDITIONS_KEPT)
    old.exclude(pk=pack.published_id or 0).delete()


def publish(trainer: User, name: str, number: int | None = None) -> PackState:
    """Put an edition in force, the newest unless a number is given; an older one rolls back.

    PackRefused for an edition that cannot be loaded beside the trainer's other packs in force.

    Trainees are brought up to date right after the commit, silently: one after another, for two
    seconds at most. For those who are left, and for anyone whose evaluation fails, the next event
    or `badges backfill` does it. Progress is right at once for all of them, because it is counted
    from the facts as long as the awards stand by former rules.
    """
    with transaction.atomic(database()):
        _lock(key_of(trainer))
        pack = _pack(trainer, name)
        chosen = _edition(pack, number)
        if pack.published_id != chosen.pk:
            found, _ = judge(key_of(trainer), name, chosen.text)
            if found.errors:
                raise PackRefused(found.diagnostics)
            _put_in_force(trainer, pack, chosen)
    return one(trainer, name)


def unpublish(trainer: User, name: str) -> PackState:
    """Take a pack out of force; its editions stay, and so do awards, as kept.

    PackRefused where another pack in force refers to its badges.
    """
    with transaction.atomic(database()):
        _lock(key_of(trainer))
        _withdraw(trainer, _pack(trainer, name))
    return one(trainer, name)


def delete(trainer: User, name: str) -> None:
    """Delete a pack with all editions; awards stay, as kept. Raises like `unpublish`."""
    with transaction.atomic(database()):
        _lock(key_of(trainer))
        pack = _pack(trainer, name)
        _withdraw(trainer, pack)
        pack.delete()


def _withdraw(trainer: User, pack: Pack) -> None:
    if pack.published_id is None:
        return
    owner = key_of(trainer)
    published = rules.published_texts(owner)
    rest = beside(published, rules.load_good(owner, published), pack.name)
    wrong = [one for one in rules.check_own(owner, rest) if one.severity == "error"]
    if wrong:
        raise PackRefused(wrong)
    _put_in_force(trainer, pack, None)


def _lock(owner: str) -> None:
    """Let nobody else change the trainer's packs until the transaction ends.

    Writing before anything is read, so that SQLite waits here and does not give up later.
    """
    groups = Group.objects.using(database())
    groups.bulk_create([Group(key=owner)], ignore_conflicts=True)
    groups.select_for_update().get(key=owner)


def _put_in_force(trainer: User, pack: Pack, chosen: Edition | None) -> None:
    """Change what is in force, under the lock.

    The number of the group's edition is also later than any that a transaction used up which was
    undone: rules that somebody has read inside it must not be taken for later ones.
    """
    owner = key_of(trainer)
    pack.published = chosen
    pack.save(using=database(), update_fields=["published"])
    group = Group.objects.using(database()).get(key=owner)
    group.edition = max(group.edition + 1, int(timezone.now().timestamp() * 1_000_000))
    group.save(using=database(), update_fields=["edition"])
    number = None if chosen is None else chosen.number
    logger.info("pack %r of trainer %r: edition %s is in force", pack.name, owner, number)
    transaction.on_commit(partial(catalogue.note_group, owner), using=database(), robust=True)
    transaction.on_commit(lambda: renew_group(trainer), using=database(), robust=True)


def renew_group(trainer: User, seconds: float = SECONDS_OF_RENEWAL) -> int:
    """Bring trainees under the rules in force, silently; how many are left for later."""
    users = get_user_model()._default_manager  # noqa: SLF001 - documented by Django
    trainees = list(users.filter(**{settings().trainer_field: trainer}).order_by("pk"))
    until, left = monotonic() + seconds, 0
    for user in trainees:
        if monotonic() > until or not _renewed(user):
            left += 1
    if left:
        logger.info("%d trainees of %r are brought up to date later", left, key_of(trainer))
    return left


def _renewed(user: User) -> bool:
    key = key_of(user)
    try:
        with known({key: look_up(key, user)}):
            engine().renew(key)
    except Exception as error:  # noqa: BLE001 - the pack is published whatever comes of it
        tell(key, error)
        return False
    return True


# All of them


def check_all(paths: Iterable[str | Path] | None = None) -> dict[str, list[Diagnostic]]:
    """What is wrong or odd with every pack in force, by path, or by trainer's key and name.

    `paths` stand in for the packs that hold for everybody. OSError where one cannot be read.
    """
    chosen = list(paths or rules.paths())
    try:
        shared = load_packs(chosen, rules.vocabulary(), week_starts=settings().week_starts)
    except RulePackError as error:
        return _by_path(error.diagnostics)
    found: dict[str, list[Diagnostic]] = {pack.path: [] for pack in shared.packs}
    found |= _by_path(shared.warnings)
    owners = Pack.objects.using(database()).filter(published__isnull=False)
    for number in owners.order_by("owner").values_list("owner", flat=True).distinct():
        owner = str(number)
        texts = rules.published_texts(owner)
        mistakes = _by_path(rules.check_own(owner, texts, beside=shared))
        found |= {f"{owner}/{name}": mistakes.get(name, []) for name in texts}
    return found


def _by_path(diagnostics: Iterable[Diagnostic]) -> dict[str, list[Diagnostic]]:
    found: dict[str, list[Diagnostic]] = {}
    for one in diagnostics:
        found.setdefault(one.path, []).append(one)
    return found
