"""Badges as clients list them (the shape B), and awards as they are told (the shape N).

There is one B for a badge, and one for each of its tiers; what was earned from a pack that is in
force no more is there with the texts it had last. All values are such as JSON holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from badge_engine import LedgerAward, Progress, RuleSet, UnknownBadge
from badge_engine.rows import moment_of
from django_adapter.engine import engine
from django_adapter.marks import database
from django_adapter.members import Member, edition_of, group_of, key_of, known
from django_adapter.models import AwardRow, Badge
from django_adapter.rules import rules_of_group
from django_adapter.services import catalogue
from django_adapter.services.catalogue import Key
from django_adapter.services.explanations import explained, progress_of
from django_adapter.settings import User, settings

HELD = ("earned", "kept")
MOST_RECENT = 5
NOON = time(12)

Listed = dict[str, Any]
"""The shape B."""
Told = dict[str, Any]
"""The shape N."""


# Badges


@dataclass(frozen=True, slots=True)
class Shelf:
    """The badges of one user, those to earn and those that are held.

    `progress` has no entry for what is in no pack any more, and None for a badge that the user is
    not to recognise; `rows` has one for every key that is listed.
    """

    rules: RuleSet
    rows: Mapping[Key, Badge]
    progress: Mapping[Key, Progress | None]
    held: Mapping[Key, Sequence[LedgerAward]]
    language: str

    def listed(self) -> list[Listed]:
        """Everything, by category, criterion and goal."""
        shown = [self._one(key) for key in (*self.progress, *self._left())]
        shown.sort(key=lambda one: (one["category"], one["criteria_type"], one["criteria_value"]))
        return shown

    def of_badge(self, slug: str) -> list[Listed]:
        """The tiers of a badge, in their order; nothing where the user is not to recognise it."""
        keys = [key for key, progress in self.progress.items() if progress is not None]
        return [self._one(key) for key in (*keys, *self._left()) if key[0] == slug]

    def _left(self) -> list[Key]:
        """What is held and in no pack."""
        return sorted(self.held.keys() - self.progress.keys())

    def _one(self, key: Key) -> Listed:
        row, progress, awards = self.rows[key], self.progress.get(key), self.held.get(key, ())
        if progress is None and key in self.progress:
            return _placeholder(row)
        first = awards[0].award if awards else None
        name, description = catalogue.texts(row, self.language)
        return {
            "id": row.pk,
            "name": name,
            "description": description,
            "icon_name": row.icon,
            "criteria_type": row.criterion,
            "criteria_value": row.goal,
            "earned": bool(awards),
            "earned_at": first and shown_instant(first.earned_at, first.earned_on),
            "slug": row.slug,
            "category": row.category,
            "tier": row.tier,
            "progress": progress and progress_of(progress, self.rules, self.language),
            "hidden": row.hidden,
            "times_earned": len(awards),
            "earned_on": first and first.earned_on.isoformat(),
        }


def _placeholder(row: Badge) -> Listed:
    return {
        "id": row.pk,
        "name": "",
        "description": "",
        "icon_name": "",
        "criteria_type": "",
        "criteria_value": 0,
        "earned": False,
        "earned_at": None,
        "slug": "",
        "category": "",
        "tier": "",
        "progress": None,
        "hidden": True,
        "times_earned": 0,
        "earned_on": None,
    }


def listed(user: User, *, reveal: bool = False) -> list[Listed]:
    """All badges of a user; with `reveal` also what the user is not to recognise yet."""
    with _judged(user) as (rules, zone):
        return _shelf(user, rules, zone, reveal=reveal).listed()


def one(user: User, slug: str) -> Listed | None:
    """A badge of a user with all its tiers, and why it is earned or not.

    It is told as the tier to earn next, else as the last. None for a slug that is in no pack and
    of which the user holds nothing, and for one that the user is not to recognise.
    """
    with _judged(user) as (rules, zone):
        shelf = _shelf(user, rules, zone)
        tiers = shelf.of_badge(slug)
        if not tiers:
            return None
        tree = None
        if slug in rules.badges:
            with suppress(UnknownBadge):  # hidden again a moment ago
                told = engine().explain(key_of(user), slug, zone=zone)
                tree = explained(told, rules, shelf.language)
    front = next((tier for tier in tiers if not tier["earned"]), tiers[-1])
    return front | {"tiers": tiers, "explanation": tree}


def _shelf(user: User, rules: RuleSet, zone: str | None, *, reveal: bool = False) -> Shelf:
    progress, awards = engine().overview(key_of(user), zone=zone, reveal=reveal)
    held: dict[Key, list[LedgerAward]] = defaultdict(list)
    for entry in awards:
        held[entry.award.badge, entry.award.tier or ""].append(entry)
    told = dict(_by_key(rules, progress))
    rows = catalogue.numbers(rules, *{slug for slug, _ in held})
    return Shelf(rules, catalogue.remembered({*told, *held}, rows), told, held, language())


def _by_key(rules: RuleSet, progress: Iterable[Progress]) -> Iterator[tuple[Key, Progress | None]]:
    """The progress of each tier; None for the first of a badge that is not to be recognised."""
    waiting = iter(progress)
    for compiled in rules.badges.values():
        first, *others = catalogue.keys_of(compiled)
        shown = next(waiting)
        yield first, shown if shown.badge else None
        if shown.badge:
            yield from zip(others, waiting, strict=False)


@contextmanager
def _judged(user: User) -> Iterator[tuple[RuleSet, str | None]]:
    """The rules of a user, which the engine then need not look for, and the zone."""
    key, group = key_of(user), group_of(user)
    edition = edition_of(group)
    # Nothing is written here, so that switches and the former group are not asked for.
    with known({key: Member(key, user, group, edition, unshared="", judged_in=group or "")}):
        yield rules_of_group(group, edition), settings().zone_of(user) or settings().zone


# Awards


def recent(user: User) -> list[Told]:
    """What a user has earned last, the newest first."""
    return _of_user(user, _awards(key_of(user)).order_by("-recorded_at", "-pk")[:MOST_RECENT])


def unseen(user: User) -> list[Told]:
    """What a user is to be told of and has not been, the oldest first."""
    in_order = ("recorded_at", "earned_at", "badge", "tier", "occurrence")
    return _of_user(user, _waiting(key_of(user)).order_by(*in_order))


def seen(user: User, ids: Iterable[int]) -> list[int]:
    """Note that a user was told of awards; which of them no earlier call has named, and no other.

    Ids of awards that are not the user's, or are not to be told, are passed over.
    """
    key = key_of(user)
    waiting = {_key(row): row.pk for row in _waiting(key).filter(pk__in=set(ids))}
    return sorted(waiting[new] for new in engine().seen(key, waiting)) if waiting else []


def told(user: User, awards: Sequence[LedgerAward]) -> list[Told]:
    """Awards of a user as they are told, in their order."""
    if not awards:
        return []
    slugs = {entry.award.badge for entry in awards}
    rows = AwardRow.objects.using(database()).filter(person__key=key_of(user), badge__in=slugs)
    by_key = {_key(row): row for row in rows}
    return _of_user(user, [by_key[entry.key] for entry in awards])


def in_words(rows: Sequence[AwardRow], rules: RuleSet) -> list[Told]:
    """Rows of awards in the shape N, in the language of the request."""
    named = catalogue.numbers(rules, *{row.badge for row in rows})
    badges = catalogue.remembered({(row.badge, row.tier) for row in rows}, named)
    return [_told(row, badges[row.badge, row.tier]) for row in rows]


def shown_instant(at: datetime, day: date) -> str:
    """When something was earned: the true instant where its UTC day is `day`, else noon of `day`.

    Clients in the field show it as it is, in UTC.
    """
    shown = at if at.astimezone(UTC).date() == day else datetime.combine(day, NOON, UTC)
    return shown.astimezone(UTC).isoformat().replace("+00:00", "Z")


def language() -> str:
    """The language of the request."""
    return get_language() or settings().language


def _of_user(user: User, awards: Iterable[AwardRow]) -> list[Told]:
    rows = list(awards)
    if not rows:
        return []
    group = group_of(user)
    return in_words(rows, rules_of_group(group, edition_of(group)))


def _told(row: AwardRow, badge: Badge) -> Told:
    name, description = catalogue.texts(badge, language())
    return {
        "id": row.pk,
        "name": name,
        "description": description,
        "icon_name": badge.icon,
        "earned_at": shown_instant(moment_of(row.earned_at), row.earned_on),
        "slug": row.badge,
        "tier": row.tier,
        "occurrence": row.occurrence,
        "earned_on": row.earned_on.isoformat(),
    }


def _awards(key: str) -> QuerySet[AwardRow]:
    return AwardRow.objects.using(database()).filter(person__key=key, status__in=HELD)


def _waiting(key: str) -> QuerySet[AwardRow]:
    return _awards(key).filter(celebrate=True, seen_at__isnull=True)


def _key(row: AwardRow) -> tuple[str, str | None, int]:
    return row.badge, row.tier or None, row.occurrence
