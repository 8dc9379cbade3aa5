"""What a trainer tells the group, and how far each trainee has read.

Every text has a revision, and the revisions of a group grow in the order in which they are
committed. So one number says all that somebody has read, and nothing that comes meanwhile is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from django_adapter.marks import database
from django_adapter.members import group_of, key_of
from django_adapter.models import Announcement, Group, Reader, ReadMark
from django_adapter.settings import User, settings

FRESH = timedelta(minutes=1)
"""For how long a page that was served is what its reader has before their eyes."""
TEXTS = frozenset({"title", "body"})


# What trainees ask for


def shown(user: User, start: int, size: int) -> tuple[list[Announcement], int]:
    """A slice of what a trainee's trainer tells, and the number of all; it is then served."""
    group = group_of(user)
    if group is None:
        return [], 0
    # Read before the rows: whatever is written after it has a larger revision, and stays unread.
    settled = _revision(group)
    rows, count = _listed(group, start, size)
    if rows or start == 0:
        newest = max((row.revision for row in rows), default=0)
        _serve(key_of(user), group, rows, min(newest, settled), further=start > 0)
    return rows, count


def unread(user: User) -> int:
    """How many announcements are new to a trainee, or were rewritten since."""
    group = group_of(user)
    if group is None:
        return 0
    read = _marks(key_of(user), group).values("revision")
    return _of(group).filter(revision__gt=Coalesce(read, Value(0))).count()


def mark_read(user: User, group: str, up_to: int | None = None) -> datetime | None:
    """Mark announcements of a trainee's group as read; None where there is none with that number.

    Without a number they are read up to the newest one that was served within a minute, else all.
    """
    key, now = key_of(user), timezone.now()
    revision = _seen(key, group, now) if up_to is None else _claimed(key, group, up_to)
    if revision is None:
        return None
    mark = ReadMark(user=key, group=group, revision=revision, last_read_at=now)
    ReadMark.objects.using(database()).bulk_create([mark], ignore_conflicts=True)
    _marks(key, group).update(revision=Greatest("revision", Value(revision)), last_read_at=now)
    return now


def _of(group: str) -> QuerySet[Announcement]:
    rows = Announcement.objects.using(database())
    return rows.filter(trainer_id=group)  # type: ignore[misc] # keys of users are texts to us


def _revision(group: str) -> int:
    groups = Group.objects.using(database()).filter(key=group)
    return groups.values_list("revision", flat=True).first() or 0


def _marks(key: str, group: str) -> QuerySet[ReadMark]:
    return ReadMark.objects.using(database()).filter(user=key, group=group)


def _listed(group: str, start: int, size: int) -> tuple[list[Announcement], int]:
    """The newest pins first, as many as the settings say, then all others; the newest first."""
    newest_pins = _of(group).filter(is_pinned=True).order_by("-pinned_at", "-id")
    pins = sorted(newest_pins[: settings().pins], key=_place, reverse=True)
    count = _of(group).count()
    others = _of(group).exclude(pk__in=[pin.pk for pin in pins]).order_by("-created_at", "-id")
    rows = pins[start : start + size]
    skipped = max(0, start - len(pins))
    return [*rows, *others[skipped : skipped + size - len(rows)]], count


def _place(announcement: Announcement) -> tuple[datetime, int]:
    return announcement.created_at, announcement.pk


def _serve(
    key: str, group: str, rows: Sequence[Announcement], revision: int, *, further: bool
) -> None:
    """Remember up to where a trainee has read who reads this page now."""
    now = timezone.now()
    if further:
        revision = _beyond(key, group, rows, revision, now)
    connection = connections[database()]
    table = connection.ops.quote_name(Reader._meta.db_table)  # noqa: SLF001 - documented by Django
    # A group that the user has left takes along what was seen of its feed.
    statement = f"""
        INSERT INTO {table} ("user", "group", served_revision, served_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT ("user") DO UPDATE SET
            newest_post = CASE WHEN {table}."group" = excluded."group" THEN {table}.newest_post END,
            "group" = excluded."group",
            served_revision = excluded.served_revision,
            served_at = excluded.served_at
    """  # noqa: S608 - the name of our own table
    with connection.cursor() as cursor:
        cursor.execute(
            statement, [key, group, revision, connection.ops.adapt_datetimefield_value(now)]
        )


def _beyond(
    key: str, group: str, rows: Sequence[Announcement], revision: int, now: datetime
) -> int:
    """Up to where a page after the first may count as read: nothing before it may be left out."""
    read = _marks(key, group).values_list("revision", flat=True).first()
    before = max(read or 0, _served(key, group, since=now - FRESH) or 0)
    first = min(rows, key=_place)
    skipped = _of(group).filter(
        Q(is_pinned=True) | Q(created_at__gte=first.created_at), revision__gt=before
    )
    unseen = skipped.exclude(pk__in=[row.pk for row in rows]).aggregate(least=Min("revision"))
    if unseen["least"] is not None:
        revision = min(revision, unseen["least"] - 1)
    return max(before, revision)


def _served(key: str, group: str, since: datetime) -> int | None:
    reader = Reader.objects.using(database()).filter(user=key, group=group, served_at__gte=since)
    return reader.values_list("served_revision", flat=True).first()


def _seen(key: str, group: str, now: datetime) -> int:
    served = _served(key, group, since=now - FRESH)
    return _revision(group) if served is None else served


def _claimed(key: str, group: str, up_to: int) -> int | None:
    """The revision that a trainee means who names an announcement.

    One that was rewritten since it was served was read as it was then.
    """
    named = _of(group).filter(pk=up_to).only("revision", "created_at").first()
    if named is None:
        return None
    served = _served(key, group, since=named.created_at)
    revision: int = named.revision
    return revision if served is None else min(revision, served)


# What trainers do


def own(trainer: User, start: int, size: int) -> tuple[list[Announcement], int]:
    """A slice of a trainer's announcements, in the order in which trainees see them."""
    return _listed(key_of(trainer), start, size)


def one(trainer: User, number: int) -> Announcement | None:
    """One of a trainer's announcements."""
    return _of(key_of(trainer)).filter(pk=number).first()


def write(trainer: User, *, title: str, body: str, is_pinned: bool = False) -> Announcement:
    """Tell the group something."""
    with transaction.atomic(database()):
        revision = _next_revision(key_of(trainer))
        now = timezone.now()
        return Announcement.objects.using(database()).create(
            trainer_id=trainer.pk,
            title=title,
            body=body,
            is_pinned=is_pinned,
            pinned_at=now if is_pinned else None,
            revision=revision,
            created_at=now,
            updated_at=now,
        )


def rewrite(trainer: User, number: int, said: Mapping[str, Any]) -> Announcement | None:
    """Change title, body or is_pinned; only another text makes an announcement unread again.

    None where the trainer has none with that number.
    """
    with transaction.atomic(database()):
        revision = _next_revision(key_of(trainer))
        row = _of(key_of(trainer)).filter(pk=number)
        announcement = row.first()
        if announcement is None:
            return None
        changes = {key: value for key, value in said.items() if getattr(announcement, key) != value}
        if not changes:
            return announcement
        changes["updated_at"] = timezone.now()
        if not TEXTS.isdisjoint(changes):
            changes["revision"] = revision
        if "is_pinned" in changes:
            changes["pinned_at"] = changes["updated_at"] if changes["is_pinned"] else None
        row.update(**changes)
        return row.first()


def remove(trainer: User, number: int) -> bool:
    """Take an announcement back; whether the trainer had one with that number."""
    removed, _ = _of(key_of(trainer)).filter(pk=number).delete()
    return bool(removed)


def _next_revision(group: str) -> int:
    """The next revision of a group, which is locked until the transaction has ended."""
    connection = connections[database()]
    table = connection.ops.quote_name(Group._meta.db_table)  # noqa: SLF001 - documented by Django
    statement = f"""
        INSERT INTO {table} ("key", revision, edition) VALUES (%s, 1, 0)
        ON CONFLICT ("key") DO UPDATE SET revision = {table}.revision + 1
        RETURNING revision
    """  # noqa: S608 - the name of our own table
    with connection.cursor() as cursor:
        cursor.execute(statement, [group])
        (revision,) = cursor.fetchone()
    return int(revision)
