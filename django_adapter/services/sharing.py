"""Which kinds of automatic posts a user wants to have written; all of them unless switched off."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from django_adapter.marks import database
from django_adapter.members import key_of
from django_adapter.models import Person, Post
from django_adapter.settings import User

KINDS = (Post.Type.WORKOUT, Post.Type.ACHIEVEMENT, Post.Type.WEIGHT)


def shared(user: User) -> dict[str, bool]:
    """For each kind whether posts of it are written."""
    switches = Person.objects.filter(key=key_of(user)).values_list("unshared", flat=True)
    return _told((switches.first() or "").split())


def share(user: User, wanted: Mapping[str, bool]) -> dict[str, bool]:
    """Switch kinds on or off, those that are named; posts that are there stay."""
    people = Person.objects.using(database())
    with transaction.atomic(database()):
        people.bulk_create([Person(key=key_of(user))], ignore_conflicts=True)
        person = people.select_for_update(no_key=True).get(key=key_of(user))
        told = {**_told(person.unshared.split()), **wanted}
        person.unshared = " ".join(kind for kind in KINDS if not told[kind])
        person.save(using=database(), update_fields=["unshared"])
    return _told(person.unshared.split())


def _told(unshared: list[str]) -> dict[str, bool]:
    return {kind.value: kind not in unshared for kind in KINDS}
