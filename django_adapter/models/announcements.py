"""What trainers tell their groups, and how far each trainee has read."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from django_adapter.models.ledger import KEY_LENGTH, BytewiseField


class Group(models.Model):
    """A trainer's group: numbers that grow, one after another, under a lock on this row.

    `key` is the trainer's; `revision` counts announcements that were written or rewritten,
    `edition` changes of the trainer's packs.
    """

    key = BytewiseField(max_length=KEY_LENGTH, unique=True)
    revision = models.BigIntegerField(default=0)
    edition = models.BigIntegerField(default=0)

    class Meta:
        db_table = "badge_engine_group"

    def __str__(self) -> str:
        return self.key


class Announcement(models.Model):
    """Something that a trainer tells all trainees; `revision` is new whenever its text is."""

    trainer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    body = models.TextField(max_length=2000)
    is_pinned = models.BooleanField(default=False)
    pinned_at = models.DateTimeField(null=True)
    revision = models.BigIntegerField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "badge_engine_announcement"
        indexes = [
            models.Index(
                fields=["trainer", "-created_at", "-id"], name="badge_engine_announced_order"
            ),
            models.Index(fields=["trainer", "revision"], name="badge_engine_announced_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class ReadMark(models.Model):
    """Up to which revision a user has read the announcements of one group."""

    user = BytewiseField(max_length=KEY_LENGTH)
    group = BytewiseField(max_length=KEY_LENGTH)
    revision = models.BigIntegerField()
    last_read_at = models.DateTimeField()

    class Meta:
        db_table = "badge_engine_read_mark"
        constraints = [
            models.UniqueConstraint(fields=["user", "group"], name="badge_engine_read_mark_key")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"
