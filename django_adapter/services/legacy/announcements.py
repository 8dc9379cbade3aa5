"""Announcements among those that are there already, and how far each user has read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby

from django.db.models import F, Max, Q

from django_adapter.marks import database
from django_adapter.members import group_of, key_of
from django_adapter.models import Announcement, Group, Reader, ReadMark
from django_adapter.services.legacy.people import NO_USER, users_of
from django_adapter.services.legacy.tables import LegacyRow
from django_adapter.settings import User

LONGEST_TITLE = 200


class Announcements:
    """Takes announcements over."""

    def __init__(self, *, dry: bool) -> None:
        self.dry = dry

    def take(self, rows: Sequence[LegacyRow]) -> Mapping[int, str]:
        """Take rows over; why some were left."""
        trainers = users_of(row["trainer"] for row in rows)
        there = Announcement.objects.using(database()).filter(pk__in=[row.id for row in rows])
        occupied = set(there.values_list("pk", flat=True))
        reasons: dict[int, str] = {}
        by_trainer: dict[object, list[LegacyRow]] = defaultdict(list)
        for row in rows:
            if row["trainer"] not in trainers:
                reasons[row.id] = "its trainer is not there"
            elif row["created_at"] is None:
                reasons[row.id] = "it has no time"
            elif row.id in occupied:
                reasons[row.id] = "its number is taken"
            else:
                by_trainer[row["trainer"]].append(row)
        if not self.dry:
            for trainer, own in sorted(by_trainer.items(), key=lambda pair: str(pair[0])):
                _add(trainers[trainer], own)
        return reasons


def _add(trainer: User, rows: Sequence[LegacyRow]) -> None:
    revisions = _room(trainer, rows)
    Announcement.objects.using(database()).bulk_create(
        [
            Announcement(
                id=row.id,
                trainer=trainer,
                title=(row["title"] or "")[:LONGEST_TITLE],
                body=row["body"] or "",
                is_pinned=bool(row["is_pinned"]),
                pinned_at=(row["updated_at"] or row["created_at"]) if row["is_pinned"] else None,
                revision=revisions[row.id],
                created_at=row["created_at"],
                updated_at=row["updated_at"] or row["created_at"],
            )
            for row in rows
        ]
    )


def _room(trainer: User, rows: Sequence[LegacyRow]) -> dict[int, int]:
    """Revisions for rows between those of the group's announcements, by their times.

    Whoever had read everything up to a later one has read these as well.
    """
    group, using = key_of(trainer), database()
    Group.objects.using(using).bulk_create([Group(key=group)], ignore_conflicts=True)
    Group.objects.using(using).select_for_update().get(key=group)
    own = Announcement.objects.using(using).filter(trainer=trainer)
    there = sorted(own.values_list("revision", "created_at"))

    def before(row: LegacyRow) -> int:
        return max((number for number, at in there if at <= row["created_at"]), default=0)

    ordered = sorted(rows, key=lambda row: (before(row), row["created_at"], row.id))
    revisions: dict[int, int] = {}
    for place, row in enumerate(ordered, start=1):
        revisions[row.id] = before(row) + place
    for revision, block in reversed([(key, list(own)) for key, own in groupby(ordered, before)]):
        further = len(block)
        own.filter(revision__gt=revision).update(revision=F("revision") + further)
        marks = ReadMark.objects.using(using).filter(group=group, revision__gt=revision)
        marks.update(revision=F("revision") + further)
        readers = Reader.objects.using(using).filter(group=group, served_revision__gt=revision)
        readers.update(served_revision=F("served_revision") + further)
    Group.objects.using(using).filter(key=group).update(revision=F("revision") + len(rows))
    return revisions


class Reading:
    """Takes over up to when users have read the announcements of their groups."""

    def __init__(self, *, dry: bool) -> None:
        self.dry = dry

    def take(self, rows: Sequence[LegacyRow]) -> Mapping[int, str]:
        """Take rows over; why some were left."""
        users = users_of(row["user"] for row in rows)
        told = Announcement.objects.using(database()).filter(
            pk__in=[row["announcement"] for row in rows if row["announcement"] is not None]
        )
        announced = {one.pk: one for one in told}
        reasons: dict[int, str] = {}
        for row in rows:
            user, one = users.get(row["user"]), announced.get(row["announcement"])
            group = _group(row, user, one)
            if user is None:
                reasons[row.id] = NO_USER
            elif group is None:
                reasons[row.id] = "its user has no trainer"
            elif row["last_read_at"] is None:
                reasons[row.id] = "it has no time"
            elif not self.dry:
                _note_read(key_of(user), group, row, one)
        return reasons


def _group(row: LegacyRow, user: User | None, announced: Announcement | None) -> str | None:
    if announced is not None:
        return str(announced.trainer_id)
    if row["trainer"] is not None:
        return str(row["trainer"])
    return None if user is None else group_of(user)


def _note_read(user: str, group: str, row: LegacyRow, announced: Announcement | None) -> None:
    """Raise the user's mark to the announcement, or to the last one that was there at the time."""
    revision = announced.revision if announced is not None else 0
    if announced is None:
        own = Announcement.objects.using(database()).filter(Q(trainer=group))
        there = own.filter(created_at__lte=row["last_read_at"])
        revision = there.aggregate(newest=Max("revision"))["newest"] or 0
    marks = ReadMark.objects.using(database())
    mark, created = marks.get_or_create(
        user=user,
        group=group,
        defaults={"revision": revision, "last_read_at": row["last_read_at"]},
    )
    if not created:
        mark.revision = max(mark.revision, revision)
        mark.last_read_at = max(mark.last_read_at, row["last_read_at"])
        mark.save(using=database())
