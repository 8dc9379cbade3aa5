"""What was taken in of each row of the host, and which rows wait to be taken in."""

from __future__ import annotations

from django.db import models

from django_adapter.models.ledger import KEY_LENGTH, BytewiseField


class SourceRow(models.Model):
    """A row of the host: what it says now, and what of it was last taken in.

    `source` is the label of its source, `row` its primary key as text. `wanted` is a digest of the
    events it yields (empty: none) for `wanted_user`; `taken` and `event_ids` are the digest and the
    ids of those last taken in for `taken_user`. The row is `due` while the two differ. A fact that
    a host recorded itself, and that could not be evaluated, waits here with its `payload`.
    """

    source = models.CharField(max_length=100)
    row = BytewiseField(max_length=KEY_LENGTH)
    wanted_user = BytewiseField(max_length=KEY_LENGTH)
    wanted = models.CharField(max_length=64, default="", blank=True)
    wanted_ids = models.TextField(default="[]")
    taken_user = BytewiseField(max_length=KEY_LENGTH, default="", blank=True)
    taken = models.CharField(max_length=64, default="", blank=True)
    taken_ids = models.TextField(default="[]")
    due = models.BooleanField(default=False)
    payload = models.TextField(default="", blank=True)

    class Meta:
        db_table = "badge_engine_source_row"
        constraints = [
            models.UniqueConstraint(fields=["source", "row"], name="badge_engine_source_row_key")
        ]
        indexes = [
            models.Index(
                fields=["wanted_user"], name="badge_engine_row_due", condition=models.Q(due=True)
            ),
            models.Index(fields=["taken_user"], name="badge_engine_row_user"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.row}"
