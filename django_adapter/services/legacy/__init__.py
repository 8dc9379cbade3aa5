"""Taking over what a host has kept itself: announcements, what was read, awards, posts, reactions.

Ids and times are kept. Every row is taken over once, whatever becomes of it afterwards; rows that
had to be left are tried again the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Model

from django_adapter.marks import database
from django_adapter.models import Announcement, AwardRow, Block, Post, Reaction
from django_adapter.services.legacy.announcements import Announcements, Reading
from django_adapter.services.legacy.awards import EarnedAchievements
from django_adapter.services.legacy.community import Posts, Reactions
from django_adapter.services.legacy.matching import Achievements, match
from django_adapter.services.legacy.tables import USUAL, LegacyTable, find
from django_adapter.services.legacy.taking import Seen, TableTaken, Taking, Work, reserve
from django_adapter.triggers import BLOCK, recount

__all__ = ["Imported", "TableTaken", "import_legacy"]

OURS: Mapping[str, type[Model]] = {
    "announcements": Announcement,
    "user_achievements": AwardRow,
    "community_posts": Post,
    "post_reactions": Reaction,
}
"""The models that take over the numbers of rows."""


@dataclass(slots=True)
class Imported:
    """What was taken over, by table; `unmatched` names achievements that are none of our badges.

    `missing` lists tables that are not in the database.
    """

    tables: dict[str, TableTaken] = field(default_factory=dict)
    unmatched: dict[int, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The same as JSON holds it."""
        return asdict(self)


def import_legacy(
    tables: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    badges: Mapping[int, str] | None = None,
    *,
    dry: bool = False,
    on_row: Seen | None = None,
) -> Imported:
    """Take over everything that was not taken over before; `dry` only counts.

    `tables` and `columns` give names where they are not the usual ones, such as
    `{"announcements": "coach_announcement"}` and `{"announcements.trainer": "coach_ref"}`. An
    achievement is the badge, or the tier, with the same criterion and goal (of several, the one of
    the same name, else the plain one); `badges` say it for others, by id of the achievement, as
    `slug` or `slug/tier`.
    `on_row` is called with the kind of the table for each row. ImproperlyConfigured for names that
    are not there.

    Best run before the app goes live, and followed by `badges backfill`, which brings the facts in
    silence. It may be stopped and started again, and runs beside live traffic.
    """
    found = find(tables or {}, columns or {})
    if not dry:
        for kind, model in OURS.items():
            if kind in found:
                reserve(model, found[kind].highest())
    achievements = Achievements({}, {})
    if "achievements" in found:
        achievements = match(found["achievements"], badges or {}, dry=dry)
    taking = Taking(dry=dry, on_row=on_row)
    _take_all(found, taking, achievements)
    missing = [kind for kind in USUAL if kind not in found]
    return Imported(taking.done, achievements.unmatched, missing)


def _take_all(found: Mapping[str, LegacyTable], taking: Taking, achievements: Achievements) -> None:
    dry = taking.dry
    steps: Mapping[str, Callable[[], Work]] = {
        "announcements": lambda: Announcements(dry=dry).take,
        "announcement_read_statuses": lambda: Reading(dry=dry).take,
        "user_achievements": lambda: EarnedAchievements(achievements, dry=dry).take,
        "community_posts": lambda: Posts(achievements, dry=dry).take,
        "post_reactions": lambda: Reactions(taking.mark("community_posts"), dry=dry).take,
    }
    for kind, work in steps.items():
        if kind in found:
            taking.take(found[kind], work())
    if not dry:
        _divide_blocks()


def _divide_blocks() -> None:
    """Count feeds anew that were filled from below, so that any page of them is quick."""
    full = Block.objects.using(database()).filter(posts__gt=BLOCK)
    for group in full.order_by().values_list("group", flat=True).distinct():
        recount(database(), group)
