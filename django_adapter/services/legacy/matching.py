"""Which of our badges an achievement of the host is, and the numbers that clients know it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from badge_engine import CompiledBadge
from django_adapter.marks import database
from django_adapter.models import Badge
from django_adapter.rules import shared_rules
from django_adapter.services.catalogue import Key, keys_of, numbers
from django_adapter.services.legacy.tables import LegacyRow, LegacyTable
from django_adapter.services.legacy.taking import locked, reserve


@dataclass(frozen=True, slots=True)
class Achievements:
    """What the host's achievements are to us: badges by the ids of achievements, and the rest.

    `names` are the host's, by id.
    """

    badges: Mapping[int, Key]
    names: Mapping[int, str]

    @property
    def unmatched(self) -> dict[int, str]:
        """The names of achievements that are none of our badges, by id."""
        return {number: name for number, name in self.names.items() if number not in self.badges}


def match(table: LegacyTable, told: Mapping[int, str], *, dry: bool) -> Achievements:
    """Find the badge of each achievement; unless `dry`, the badges take over the numbers."""
    spare = 2 * len([key for one in shared_rules().badges.values() for key in keys_of(one)])
    above = 0 if dry else reserve(Badge, table.highest(), spare)
    with transaction.atomic(database()):
        if not dry:
            locked(table.kind)
        ours = numbers(shared_rules())
        rows = [row for page in table.pages() for row in page if row.unreadable is None]
        chosen = _told(told, ours)
        badges = {row.id: key for row in rows if (key := chosen.get(row.id) or _same(row, ours))}
        if dry:
            transaction.set_rollback(True, using=database())
        else:
            _renumber({ours[key].pk: number for number, key in reversed(badges.items())}, above)
    return Achievements(badges, {row.id: row["name"] or "" for row in rows})


def _told(told: Mapping[int, str], ours: Mapping[Key, Badge]) -> dict[int, Key]:
    chosen = {}
    for number, name in told.items():
        slug, _, tier = name.partition("/")
        if (slug, tier) not in ours:
            raise ImproperlyConfigured(f"there is no badge {name!r} in the packs of everybody")
        chosen[number] = (slug, tier)
    return chosen


def _same(row: LegacyRow, ours: Mapping[Key, Badge]) -> Key | None:
    """The badge with the criterion and goal of an achievement.

    Of several, that of its name, else the only one whose rule says no more than these.
    """
    same = [
        key
        for key, badge in ours.items()
        if (badge.criterion, badge.goal) == (row["criteria_type"], row["criteria_value"])
    ]
    name = (row["name"] or "").strip().casefold()
    named = [key for key in same if name in _names(ours[key])]
    plain = [key for key in same if _is_plain(shared_rules().compiled(key[0]))]
    found = (only for only in (same, named, plain) if len(only) == 1)
    return next(found, [None])[0]


def _is_plain(compiled: CompiledBadge) -> bool:
    """Whether a rule has no settings but its events and its goal, in days where it is a length."""
    rule, tiers = compiled.badge.rule, compiled.badge.tiers
    goal = "length" if rule.type == "streak" else "at_least"
    length = tiers[0].goal if tiers else getattr(rule, "length", None)
    more = {
        name
        for name, setting in type(rule).model_fields.items()
        if getattr(rule, name) != setting.get_default(call_default_factory=True)
    }
    return more <= {"type", "event", goal} and getattr(length, "unit", "day") == "day"


def _names(badge: Badge) -> set[str]:
    name = badge.texts.get("name", "")
    texts: Iterable[Any] = name.values() if isinstance(name, dict) else [name]
    return {str(text).strip().casefold() for text in texts}


def _renumber(taken: Mapping[int, int], above: int) -> None:
    """Give badges the numbers of achievements; badges that had these get some behind `above`."""
    rows = Badge.objects.using(database())
    wanted = {old: new for old, new in taken.items() if old != new}
    evicted = rows.filter(pk__in=wanted.values()).values_list("pk", flat=True)
    moving = sorted({*evicted, *wanted})
    meanwhile = {old: above + place for place, old in enumerate(moving, start=1)}
    for old, new in meanwhile.items():
        rows.filter(pk=old).update(id=new)
    for old, new in wanted.items():
        rows.filter(pk=meanwhile[old]).update(id=new)
