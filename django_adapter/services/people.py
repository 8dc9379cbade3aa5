"""Everything about one user: taken away with them, or handed over to them.

What a trainer wrote goes with the trainer, and so do the packs; trainees keep what they earned, and
the posts of the group stay stored for their authors.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from django_adapter.engine import engine
from django_adapter.marks import database
from django_adapter.members import key_of
from django_adapter.models import (
    Announcement,
    Edition,
    Group,
    Pack,
    Post,
    Reaction,
    Reader,
    ReadMark,
    SourceRow,
)
from django_adapter.services import sharing
from django_adapter.settings import User

POST = ("id", "group", "type", "content", "metadata", "origin", "state", "created_at", "deleted_at")
REACTION = ("post", "kind", "created_at")
READ_MARK = ("group", "revision", "last_read_at")
READER = ("group", "newest_post", "served_revision", "served_at")
ANNOUNCEMENT = ("id", "title", "body", "is_pinned", "created_at", "updated_at")
SOURCE_ROW = ("source", "row", "taken_ids", "due", "payload")


def erase(user: User) -> None:
    """Remove events, progress, awards, posts, reactions and read marks of a user.

    Of a trainer also announcements and packs. The host's own rows stay, and are taken in again
    when they are saved or by `badges sync`.
    """
    erase_key(key_of(user))


def erase_key(key: str) -> None:
    """The same for a user who may be gone already."""
    with transaction.atomic(database()):
        _erase_source_rows(key)
        engine().erase(key)
        for rows in (*_written_by(key), *_noted_of(key), _rows(ReadMark).filter(group=key)):
            rows.delete()


def _erase_source_rows(key: str) -> None:
    """Rows that have been given to somebody else stay, and have nothing to withdraw any more."""
    rows = _rows(SourceRow)
    rows.filter(wanted_user=key, taken_user__in=("", key)).delete()
    rows.filter(taken_user=key).update(taken_user="", taken="", taken_ids="[]")


def _written_by(key: str) -> Iterator[QuerySet[Any]]:
    """What refers to a row of the host's users."""
    try:
        number = get_user_model()._meta.pk.to_python(key)  # noqa: SLF001 - documented by Django
    except ValidationError:  # no user ever had such a key
        return
    yield _rows(Reaction).filter(user=number)
    yield _rows(Post).filter(author=number)
    yield _rows(Announcement).filter(trainer=number)
    yield _rows(Pack).filter(owner=number)


def _noted_of(key: str) -> Iterator[QuerySet[Any]]:
    """What knows the user by key."""
    yield _rows(Reader).filter(user=key)
    yield _rows(ReadMark).filter(user=key)
    yield _rows(Group).filter(key=key)


def export(user: User) -> dict[str, Any]:
    """The same as JSON holds it: everything that is stored about a user."""
    key = key_of(user)
    source_rows = _rows(SourceRow).filter(Q(wanted_user=key) | Q(taken_user=key))
    return engine().export(key) | {
        "sharing": sharing.shared(user),
        "posts": _told(_rows(Post).filter(author=user), POST),
        "reactions": _told(_rows(Reaction).filter(user=user), REACTION),
        "read_marks": _told(_rows(ReadMark).filter(user=key), READ_MARK),
        "reader": _told(_rows(Reader).filter(user=key), READER),
        "source_rows": _told(source_rows, SOURCE_ROW),
        "announcements": _told(_rows(Announcement).filter(trainer=user), ANNOUNCEMENT),
        "packs": [_pack(pack) for pack in _rows(Pack).filter(owner=user).order_by("name")],
    }


def _pack(pack: Pack) -> dict[str, Any]:
    editions = _rows(Edition).filter(pack=pack)
    published = editions.filter(pk=pack.published_id).values_list("number", flat=True).first()
    told = _told(editions, ("number", "text", "created_at"))
    return {"name": pack.name, "published": published, "editions": told}


def _rows(model: type[Model]) -> QuerySet[Any]:
    return model._default_manager.using(database())  # noqa: SLF001 - documented by Django


def _told(rows: QuerySet[Any], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in rows.order_by("pk").values(*columns)
    ]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
