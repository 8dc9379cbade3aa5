"""Who a user is to the engine: a key, a group, and switches; read once for each evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import router

from django_adapter.models import Group, Person
from django_adapter.settings import User, settings, trainer_of


@dataclass(frozen=True, slots=True)
class Member:
    """A user as an evaluation sees them.

    `user` is the host's, None for one who is no longer there. `group` is the trainer's key, None
    without a trainer, and `edition` that of the trainer's packs. `unshared` lists kinds of posts
    that the user does not want to have written, separated by spaces; `judged_in` is the group
    whose rules the user was last judged by.
    """

    key: str
    user: User | None
    group: str | None
    edition: int
    unshared: str
    judged_in: str


_known: ContextVar[Mapping[str, Member] | None] = ContextVar("badge_engine_members", default=None)


def database() -> str:
    """The alias of the database that the adapter's tables are in; no replica of it is asked."""
    return router.db_for_write(Person)


def key_of(user: User) -> str:
    """The key of a user: the primary key as text."""
    return str(user.pk)


def group_of(user: User) -> str | None:
    """The key of a user's trainer, without asking the database where the default seam is used."""
    said = settings()
    if said.trainer is trainer_of:
        key = getattr(user, f"{said.trainer_field}_id", None)
        return None if key is None else str(key)
    trainer = said.trainer(user)
    return None if trainer is None else key_of(trainer)


def user_of(key: str) -> User | None:
    """The host's user with a key; None where there is none."""
    users = get_user_model()
    try:
        there = users._base_manager.using(router.db_for_write(users))  # noqa: SLF001 - documented
        return there.filter(pk=key).first()
    except (ValueError, TypeError, OverflowError):
        return None


def member(key: str) -> Member:
    """The member with a key: as the evaluation that is under way knows it, else read anew."""
    here = (_known.get() or {}).get(key)
    return here if here is not None else look_up(key, user_of(key))


def look_up(key: str, user: User | None) -> Member:
    """Read a member's group and switches; the user is given."""
    group = None if user is None else group_of(user)
    edition = edition_of(group)
    people = Person.objects.using(database())
    switches = people.filter(key=key).values_list("unshared", "judged_in").first()
    unshared, judged_in = switches or ("", "")
    return Member(key, user, group, edition, unshared, judged_in)


def edition_of(group: str | None) -> int:
    """The edition of the packs of the trainer with a key; 0 where there never were any."""
    if group is None or not settings().trainer_packs:
        return 0
    groups = Group.objects.using(database())
    return groups.filter(key=group).values_list("edition", flat=True).first() or 0


@contextmanager
def known(members: Mapping[str, Member]) -> Iterator[None]:
    """Let `member` answer from what was read already, until the block ends."""
    token = _known.set({**(_known.get() or {}), **members})
    try:
        yield
    finally:
        _known.reset(token)
