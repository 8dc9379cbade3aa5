"""The badges that mobile clients know by number, with the texts they last had."""

from __future__ import annotations

from django.db import models

from django_adapter.models.ledger import SLUG_LENGTH, BytewiseField


class Badge(models.Model):
    """A badge, or one tier of it; its number and its row outlive the pack it stands in.

    `slug` is the id in its pack, with the owner's key and a colon before it in a trainer's pack;
    `tier` is empty for a badge without tiers. `texts` holds name and description as written (a text
    or a map by language) and the language of the pack.
    """

    slug = BytewiseField(max_length=SLUG_LENGTH)
    tier = BytewiseField(max_length=64, blank=True, default="")
    texts = models.JSONField(default=dict)
    icon = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=200, blank=True)
    criterion = models.CharField(max_length=64)
    goal = models.BigIntegerField()
    hidden = models.BooleanField(default=False)

    class Meta:
        db_table = "badge_engine_badge"
        constraints = [
            models.UniqueConstraint(fields=["slug", "tier"], name="badge_engine_badge_key")
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.tier}".strip()
