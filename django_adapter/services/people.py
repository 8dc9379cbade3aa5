"""Everything about one user: taken away with them, or handed over to them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from django_adapter.engine import engine
from django_adapter.marks import database
from django_adapter.members import key_of
from django_adapter.models import Post, Reaction, Reader, ReadMark, SourceRow
from django_adapter.settings import User


def erase(user: User) -> None:
    """Remove events, progress, awards, posts, reactions and read marks of a user.

    The host's own rows stay, and are taken in again when they are saved or by `badges sync`.
    """
    erase_key(key_of(user))


def erase_key(key: str) -> None:
    """The same for a user who may be gone already."""
    with transaction.atomic(database()):
        engine().erase(key)
        SourceRow.objects.filter(Q(wanted_user=key) | Q(taken_user=key)).delete()
        Reaction.objects.filter(user_id=key).delete()
        Post.objects.filter(author_id=key).delete()
        for kept_by_key in (Reader, ReadMark):
            kept_by_key.objects.filter(user=key).delete()


def export(user: User) -> dict[str, Any]:
    """Everything stored about a user, as JSON holds it."""
    return engine().export(key_of(user))
