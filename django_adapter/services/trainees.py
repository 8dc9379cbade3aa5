"""What a trainer sees of trainees: those whose trainer this is now, and nobody else."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import F

from django_adapter.marks import database
from django_adapter.members import edition_of, group_of, key_of
from django_adapter.models import AwardRow
from django_adapter.rules import rules_of_group
from django_adapter.services import badges
from django_adapter.services.badges import Listed, Told
from django_adapter.settings import User, settings


def trainees(trainer: User) -> list[User]:
    """All trainees of a trainer."""
    return _among(trainer)


def awards(trainer: User, start: int, size: int) -> tuple[list[Told], int]:
    """A slice of what trainees have earned, the newest first, each with its trainee; of how many.

    Also what is hidden from others: a trainer knows all badges.
    """
    by_key = {key_of(trainee): trainee for trainee in trainees(trainer)}
    rows = AwardRow.objects.using(database()).filter(person__key__in=by_key, status__in=badges.HELD)
    count = rows.count()
    keyed = rows.annotate(user=F("person__key")).order_by("-recorded_at", "-pk")
    page = list(keyed[start : start + size])
    group = key_of(trainer)
    told = badges.in_words(page, rules_of_group(group, edition_of(group))) if page else []
    return [
        one | {"trainee": person(by_key[row.user])} for one, row in zip(told, page, strict=True)
    ], count


def badges_of(viewer: User, number: int) -> list[Listed] | None:
    """All badges of a trainee, as the trainer sees them, hidden ones too, or the trainee.

    None for anybody else, and where there is no such trainee.
    """
    if settings().role(viewer) == "trainee":
        return badges.listed(viewer) if key_of(viewer) == str(number) else None
    found = _among(viewer, pk=number)
    return badges.listed(found[0], reveal=True) if found else None


def person(user: User) -> dict[str, Any]:
    """Who somebody is, as in posts."""
    first, last = settings().names(user)
    image = settings().avatar(user)
    return {"id": user.pk, "first_name": first, "last_name": last, "profile_image": image}


def _among(trainer: User, **narrower: int) -> list[User]:
    """Trainees that the field finds, and of whom the host says the same."""
    users = get_user_model()._default_manager  # noqa: SLF001 - documented by Django
    try:
        named = list(users.filter(**{settings().trainer_field: trainer.pk}, **narrower))
    except (ValidationError, ValueError):  # users with keys that are no numbers
        return []
    key = key_of(trainer)
    return [trainee for trainee in named if group_of(trainee) == key]
