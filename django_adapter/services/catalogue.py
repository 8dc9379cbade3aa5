"""The numbers by which mobile clients know badges, and the texts that these had last.

Whoever lists badges makes and refreshes rows, and so does who puts a pack in force. None is ever
deleted, so that a badge which is in no pack any more keeps its number and its texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import ceil

from django.db.models import QuerySet

from badge_engine import CompiledBadge, RuleSet, local_text
from django_adapter.marks import database
from django_adapter.members import edition_of
from django_adapter.models import Badge
from django_adapter.rules import rules_of_group
from django_adapter.settings import settings

Key = tuple[str, str]
"""The slug of a badge, and the name of a tier or nothing."""

CRITERIA = {
    ("streak", "weigh_in"): "weight_checkin_streak",
    ("streak", "nutrition_log"): "nutrition_streak",
    ("count", "program_completed"): "program_completed",
}
"""What the clients in the field call a criterion over one type of events."""
CHANGEABLE = ("texts", "icon", "category", "criterion", "goal", "hidden")


def numbers(rules: RuleSet, *others: str) -> dict[Key, Badge]:
    """The rows of all badges of a rule set, tier by tier, as the packs say them now.

    With them all rows of `others`, slugs that may be in no pack any more. One query where nothing
    is new.
    """
    slugs = {*rules.badges, *others}
    known = {(row.slug, row.tier): row for row in _rows().filter(slug__in=slugs)}
    wanted = (row for compiled in rules.badges.values() for row in _as_written(compiled))
    new = [row for row in wanted if _differs(row, known.get((row.slug, row.tier)))]
    return known | _put(new) if new else known


def note_group(group: str) -> None:
    """Make the rows of a trainer's badges, so that their texts stay whoever lists them when."""
    numbers(rules_of_group(group, edition_of(group)))


def remembered(keys: Iterable[Key], known: Mapping[Key, Badge]) -> dict[Key, Badge]:
    """The rows of badges that somebody holds; one that nobody ever listed is called by its slug."""
    keys = set(keys)
    lost = [_nameless(*key) for key in keys - known.keys()]
    found = dict(known) | _put(lost) if lost else known
    return {key: found[key] for key in keys}


def texts(row: Badge, language: str) -> tuple[str, str]:
    """Name and description in a language, else in that of the pack."""
    return _text(row, "name", language), _text(row, "description", language)


def keys_of(compiled: CompiledBadge) -> list[Key]:
    """The keys of the rows of a badge, in the order of its tiers."""
    badge = compiled.badge
    return [(badge.id, tier.name) for tier in badge.tiers] or [(badge.id, "")]


def criteria_type(compiled: CompiledBadge) -> str:
    """What clients call the criterion of a badge: by its events, else by its name."""
    rule, types = compiled.badge.rule, compiled.event_types
    if getattr(rule, "distinct", None) not in (None, "day"):
        return rule.type
    workouts = {"workout", *settings().workouts}
    if rule.type in ("count", "streak") and types and workouts.issuperset(types):
        return f"workout_{rule.type}"
    return CRITERIA.get((rule.type, *types), rule.type)  # type: ignore[arg-type] # of any length


def _rows() -> QuerySet[Badge]:
    return Badge.objects.using(database())


def _as_written(compiled: CompiledBadge) -> Iterator[Badge]:
    badge = compiled.badge
    said = {"name": badge.name, "description": badge.description, "language": compiled.language}
    for slug, tier in keys_of(compiled):
        yield Badge(
            slug=slug,
            tier=tier,
            texts=said,
            icon=badge.icon[:200],
            category=badge.category[:200],
            criterion=criteria_type(compiled),
            goal=ceil(abs(compiled.goal(tier or None))),
            hidden=badge.hidden,
        )


def _nameless(slug: str, tier: str) -> Badge:
    name = slug.rpartition(":")[2].replace("-", " ").replace("_", " ").strip().capitalize()
    said = {"name": name or slug, "description": "", "language": settings().language}
    return Badge(slug=slug, tier=tier, texts=said, criterion="", goal=0)


def _differs(row: Badge, known: Badge | None) -> bool:
    if known is None:
        return True
    return any(getattr(row, name) != getattr(known, name) for name in CHANGEABLE)


def _put(rows: list[Badge]) -> dict[Key, Badge]:
    """Insert or refresh rows, in one order for everybody: of two who do so at once none fails."""
    rows.sort(key=lambda row: (row.slug, row.tier))
    put = _rows().bulk_create(
        rows, update_conflicts=True, unique_fields=["slug", "tier"], update_fields=CHANGEABLE
    )
    return {(row.slug, row.tier): row for row in put}


def _text(row: Badge, name: str, language: str) -> str:
    said = row.texts.get(name, "")
    if isinstance(said, dict):  # Django writes languages in lower case
        said = {code.lower(): text for code, text in said.items()}
    return local_text(said, language.lower(), str(row.texts.get("language", "")).lower())
