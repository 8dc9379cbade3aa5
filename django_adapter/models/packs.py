"""Packs that trainers keep in the database, every edition of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Pack(models.Model):
    """A trainer's pack; `published` is the edition in force, None while there is none."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.SlugField(max_length=64)
    published = models.ForeignKey(
        "Edition", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "badge_engine_pack"
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="badge_engine_pack_name")
        ]

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """One text of a pack; it is never changed, a change makes another edition."""

    pack = models.ForeignKey(Pack, models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "badge_engine_edition"
        constraints = [
            models.UniqueConstraint(fields=["pack", "number"], name="badge_engine_edition_number")
        ]

    def __str__(self) -> str:
        return f"{self.pack_id} edition {self.number}"
