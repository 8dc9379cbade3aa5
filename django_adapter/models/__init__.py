"""The tables of the adapter."""

from __future__ import annotations

from django_adapter.models.announcements import Announcement, Group, ReadMark
from django_adapter.models.catalogue import Badge
from django_adapter.models.feed import Block, Post, Reaction, Reader
from django_adapter.models.ledger import (
    AuditRow,
    AwardRow,
    CheckpointRow,
    EventRow,
    LargeState,
    Person,
)
from django_adapter.models.packs import Edition, Pack
from django_adapter.models.sources import SourceRow

__all__ = [
    "Announcement",
    "AuditRow",
    "AwardRow",
    "Badge",
    "Block",
    "CheckpointRow",
    "Edition",
    "EventRow",
    "Group",
    "LargeState",
    "Pack",
    "Person",
    "Post",
    "Reaction",
    "ReadMark",
    "Reader",
    "SourceRow",
]
