"""The feed of a trainer's group: posts, reactions, and what makes any page of it quick."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from django_adapter.models.ledger import KEY_LENGTH, BytewiseField


class Post(models.Model):
    """A post in the group of the trainer with the key `group`, where it stays.

    An automatic post has an `origin`: `award:badge/tier/occurrence` or `event:id`, for which its
    author has one post, whatever is repeated. It is `withdrawn` as long as what it tells is not
    true. A deleted post is a mark without content, so that it stays deleted.
    """

    class Type(models.TextChoices):
        TEXT = "text"
        WORKOUT = "workout_completed"
        ACHIEVEMENT = "achievement_earned"
        WEIGHT = "weight_milestone"

    class State(models.TextChoices):
        SHOWN = "shown"
        WITHDRAWN = "withdrawn"
        DELETED = "deleted"

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    group = BytewiseField(max_length=KEY_LENGTH)
    type = models.CharField(max_length=32, choices=Type)
    content = models.TextField(blank=True)
    metadata = models.JSONField(default=dict)
    origin = BytewiseField(max_length=400, null=True)
    state = models.CharField(max_length=16, choices=State, default=State.SHOWN)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    deleted_by = BytewiseField(max_length=KEY_LENGTH, null=True)

    class Meta:
        db_table = "badge_engine_post"
        constraints = [
            models.UniqueConstraint(fields=["author", "origin"], name="badge_engine_post_origin")
        ]
        indexes = [
            models.Index(
                fields=["group", "-id"],
                name="badge_engine_post_feed",
                condition=models.Q(state="shown"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Reaction(models.Model):
    """What one user thinks of one post, in one of the kinds that the settings list."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="reactions", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "badge_engine_reaction"
        constraints = [
            models.UniqueConstraint(
                fields=["post", "kind", "user"], name="badge_engine_reaction_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.post_id}"


class Block(models.Model):
    """How many posts of a group are shown from one id on, up to the next block.

    Triggers of the database keep the number, whoever writes posts; see `django_adapter.triggers`.
    """

    group = BytewiseField(max_length=KEY_LENGTH)
    first_id = models.BigIntegerField()
    posts = models.IntegerField()

    class Meta:
        db_table = "badge_engine_block"
        constraints = [
            models.UniqueConstraint(fields=["group", "first_id"], name="badge_engine_block_key")
        ]

    def __str__(self) -> str:
        return f"{self.group} from {self.first_id}"


class Reader(models.Model):
    """What a user was last shown: the newest post on page 1, the newest announcement."""

    user = BytewiseField(max_length=KEY_LENGTH, unique=True)
    group = BytewiseField(max_length=KEY_LENGTH, blank=True, default="")
    newest_post = models.BigIntegerField(null=True)
    served_revision = models.BigIntegerField(null=True)
    served_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "badge_engine_reader"

    def __str__(self) -> str:
        return self.user
