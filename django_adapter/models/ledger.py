"""What the engine keeps of each user: facts, states, awards and their audit.

Instants are microseconds since 1970-01-01 UTC. Users are known by their key, the primary key of the
host's user as text, and without a foreign key: no row of the host is locked or asked for when an
event comes. Neither does the database check the person of a row: whoever writes has locked it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Put = TypeVar("Put")
Got = TypeVar("Got")

if TYPE_CHECKING:

    class _Text(models.CharField[Put, Got]):
        """A text; Django's own class takes no types when it runs."""
else:
    _Text = {(Put, Got): models.CharField}  # what is in brackets below


class BytewiseField(_Text[Put, Got]):
    """A text that compares by its UTF-8 bytes in every database."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401 - Django's shape
        """SQLite compares by bytes as it is; PostgreSQL must be told."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


KEY_LENGTH = 200
SLUG_LENGTH = 200
"""Of a badge: the key of an owner, a colon, and the id in the owner's pack."""


class Person(models.Model):
    """The hot row of a user: locked first, written with every change.

    `unshared` lists the kinds of posts that the user has switched off, separated by spaces;
    `judged_in` is the key of the trainer by whose rules the user was last judged.
    """

    key = BytewiseField(max_length=KEY_LENGTH, unique=True)
    rules = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None: not evaluated yet
    states = models.BinaryField(null=True)
    has_large = models.BooleanField(default=False)
    unshared = models.CharField(max_length=100, blank=True, default="")
    judged_in = BytewiseField(max_length=KEY_LENGTH, blank=True, default="")

    class Meta:
        db_table = "badge_engine_person"

    def __str__(self) -> str:
        return self.key


class OfOnePerson(models.Model):
    """A row about one person."""

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        abstract = True


class EventRow(OfOnePerson):
    """A fact; a withdrawn id is a row without an instant and without content."""

    event_id = BytewiseField(max_length=KEY_LENGTH)
    type = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None: withdrawn
    instant = models.BigIntegerField(null=True)
    day = models.DateField(null=True)
    clock = models.TimeField(null=True)
    zone = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None: not known
    data = models.TextField(null=True)  # noqa: DJ001 - None: withdrawn

    class Meta:
        db_table = "badge_engine_event"
        constraints = [
            models.UniqueConstraint(fields=["person", "event_id"], name="badge_engine_event_id")
        ]
        indexes = [
            models.Index(fields=["person", "instant", "event_id"], name="badge_engine_event_order"),
            models.Index(  # the newest zone of a user, also of one who has none
                fields=["person", "instant", "event_id"],
                name="badge_engine_event_zone",
                condition=models.Q(zone__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.event_id


class AwardRow(OfOnePerson):
    """An award with both its halves; its id is what mobile clients know it by."""

    badge = BytewiseField(max_length=SLUG_LENGTH)
    tier = BytewiseField(max_length=64, blank=True)
    occurrence = models.PositiveIntegerField()
    earned_at = models.BigIntegerField()
    earned_on = models.DateField()
    event_id = BytewiseField(max_length=KEY_LENGTH)
    first_day = models.DateField()
    last_day = models.DateField()
    count = models.BigIntegerField()
    rule_version = models.CharField(max_length=64)
    status = models.CharField(max_length=8)
    recorded_at = models.BigIntegerField()
    celebrate = models.BooleanField()
    seen_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "badge_engine_award"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "badge", "tier", "occurrence"], name="badge_engine_award_key"
            )
        ]
        indexes = [
            models.Index(fields=["person", "earned_at"], name="badge_engine_award_order"),
            models.Index(
                fields=["person"],
                name="badge_engine_award_lost",
                condition=~models.Q(status="earned"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.badge} {self.tier}".strip()


class AuditRow(OfOnePerson):
    """Something that happened to an award after it was first recorded."""

    badge = BytewiseField(max_length=SLUG_LENGTH)
    tier = BytewiseField(max_length=64, blank=True)
    occurrence = models.PositiveIntegerField()
    at = models.BigIntegerField()
    kind = models.CharField(max_length=16)
    cause = models.CharField(max_length=16)
    event_id = BytewiseField(max_length=KEY_LENGTH, null=True)
    rule_version = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None: in no pack

    class Meta:
        db_table = "badge_engine_audit"
        indexes = [models.Index(fields=["person", "id"], name="badge_engine_audit_order")]

    def __str__(self) -> str:
        return f"{self.badge} {self.kind}"


class CheckpointRow(OfOnePerson):
    """What folds remembered at an earlier place; a dozen for a user."""

    number = models.PositiveIntegerField()
    instant = models.BigIntegerField()
    event_id = BytewiseField(max_length=KEY_LENGTH)
    states = models.BinaryField()

    class Meta:
        db_table = "badge_engine_checkpoint"
        constraints = [
            models.UniqueConstraint(fields=["person", "number"], name="badge_engine_checkpoint_no")
        ]

    def __str__(self) -> str:
        return f"checkpoint {self.number}"


class LargeState(OfOnePerson):
    """A state that has no room in the hot row."""

    number = models.PositiveIntegerField()
    states = models.BinaryField()

    class Meta:
        db_table = "badge_engine_large_state"
        constraints = [
            models.UniqueConstraint(fields=["person", "number"], name="badge_engine_large_no")
        ]

    def __str__(self) -> str:
        return f"state {self.number}"
