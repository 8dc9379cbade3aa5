"""Posts that follow from awards and workouts, in the transaction that changes these.

There is one for each award and workout, told apart by its origin, and what its author has deleted
never comes back. Nothing that a `sensitive` field says gets into a text.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from django.db.models import Case, F, JSONField, TextField, Value, When
from django.utils import timezone, translation
from django.utils.translation import gettext

from badge_engine import Change, Changed, CompiledBadge, Event, Outcome, RuleSet, local_text
from badge_engine.ports import position
from django_adapter.members import Member, member
from django_adapter.models import Post
from django_adapter.rules import rules_of_group
from django_adapter.settings import settings

logger = logging.getLogger("badge_engine.django")

POSTING_CAUSES = ("events", "rules")
LONGEST_NAME = 200
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a post says, before anybody has it."""

    origin: str
    type: Post.Type
    content: str
    metadata: dict[str, str]


@dataclass(slots=True)
class Turns:
    """What is to become of the posts of one user: by origin, or as it happened."""

    awards: list[Change] = field(default_factory=list)
    workouts: list[Event] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    told_anew: list[Event] = field(default_factory=list)

    @property
    def is_old(self) -> bool:
        """Whether posts that are there already may change."""
        return bool(self.lost or self.back or self.told_anew)


def write(
    changes: Iterable[Changed], outcomes: Iterable[Outcome] = (), *, silent: bool = False
) -> None:
    """Write, withdraw or bring back the posts of changed awards and of recorded workouts.

    New posts are one statement, and where there is nothing to do nothing is asked. `silent` writes
    no new ones.
    """
    turns: dict[str, Turns] = {}
    for changed in changes:
        _sort_awards(turns.setdefault(changed.user, Turns()), changed)
    for user, was, now, seen in _net(outcomes):
        _sort_workout(turns.setdefault(user, Turns()), was, now, seen=seen)
    new: list[Post] = []
    for user, own in turns.items():
        if own.is_old:
            _turn(member(user), own)
        if not silent and (own.workouts or own.awards):
            new += _new_posts(member(user), own)
    if new:
        # Groups in one order for everybody: each is locked while its posts are counted.
        new.sort(key=lambda post: post.group)
        Post.objects.bulk_create(new, ignore_conflicts=True)


def award_origin(change: Change) -> str:
    """The origin of the post of an award."""
    badge, tier, occurrence = change.award.key
    return f"award:{badge}/{tier or ''}/{occurrence}"


def workout_origin(event_id: str) -> str:
    """The origin of the post of a workout."""
    return f"event:{event_id}"


def _sort_awards(own: Turns, changed: Changed) -> None:
    for change in changed.changes:
        before = change.before
        if change.kind == "new" and change.award.celebrate and changed.cause in POSTING_CAUSES:
            own.awards.append(change)
        elif change.kind == "revoked":
            own.lost.append(award_origin(change))
        elif change.kind == "reinstated" and before is not None and before.status == "revoked":
            own.back.append(award_origin(change))


Net = tuple[str, Event | None, Event | None, bool]


def _net(outcomes: Iterable[Outcome]) -> Iterator[Net]:
    """What each id stood for before all of it and after; and whether it had been seen before."""
    found: dict[tuple[str, str], Net] = {}
    for one in outcomes:
        if one.result not in ("recorded", "amended", "retracted"):
            continue
        seen = one.result != "recorded"
        _, was, _, seen = found.get((one.user, one.event_id), (one.user, one.before, None, seen))
        found[one.user, one.event_id] = (one.user, was, one.event, seen)
    yield from found.values()


def _sort_workout(own: Turns, was: Event | None, now: Event | None, *, seen: bool) -> None:
    posted = settings().workouts
    was = was if was is not None and was.type in posted else None
    now = now if now is not None and now.type in posted else None
    if now is None:
        own.lost += [] if was is None else [workout_origin(was.id)]
        return
    if _is_fresh(now) and (was is None or not _is_fresh(was)):
        own.workouts.append(now)
    if seen and (was is None or _named(was) != _named(now)):
        own.told_anew.append(now)


def _is_fresh(event: Event) -> bool:
    age = timezone.now().astimezone(UTC).date() - event.day
    return age.days <= settings().celebration_age


def _named(event: Event) -> tuple[str, object]:
    return event.type, event.data.get(settings().workouts[event.type])


def _turn(author: Member, own: Turns) -> None:
    """Withdraw posts, bring others back, and tell some anew; one statement."""
    if author.user is None:
        return
    drafts = _drafts(author, Turns(workouts=own.told_anew))
    lost = set(own.lost)
    known = [*own.lost, *own.back, *(draft.origin for draft in drafts)]
    rows = Post.objects.filter(author_id=author.user.pk, origin__in=known)
    changed: dict[str, Any] = {
        "state": Case(
            When(origin__in=lost, then=Value(Post.State.WITHDRAWN)),
            default=Value(Post.State.SHOWN),
        )
    }
    if drafts:
        changed["content"] = Case(
            *(When(origin=draft.origin, then=Value(draft.content)) for draft in drafts),
            default=F("content"),
            output_field=TextField(),
        )
        changed["metadata"] = Case(
            *(
                When(origin=draft.origin, then=Value(draft.metadata, JSONField()))
                for draft in drafts
            ),
            default=F("metadata"),
            output_field=JSONField(),
        )
    rows.exclude(state=Post.State.DELETED).update(**changed)


def _new_posts(author: Member, own: Turns) -> list[Post]:
    if author.user is None or author.group is None:
        return []
    unshared, now = author.unshared.split(), timezone.now()
    return [
        Post(
            author_id=author.user.pk,
            group=author.group,
            type=draft.type,
            content=draft.content,
            metadata=draft.metadata,
            origin=draft.origin,
            created_at=now,
        )
        for draft in _drafts(author, own)
        if draft.type not in unshared
    ]


def _drafts(author: Member, own: Turns) -> Sequence[Draft]:
    """The posts of workouts, then those of awards, in the language of the feed."""
    rules = rules_of_group(author.group, author.edition)
    with translation.override(settings().language):
        workouts = sorted(own.workouts, key=position)
        drafts = [_of_workout(rules, event) for event in workouts]
        for change in own.awards:
            compiled = rules.badges.get(change.award.award.badge)
            if compiled is not None and compiled.shared:
                drafts.append(_of_award(compiled, change))
    return drafts


def _of_workout(rules: RuleSet, event: Event) -> Draft:
    name_field = settings().workouts[event.type]
    value = event.data.get(name_field)
    name = ""
    if isinstance(value, str) and not rules.vocabulary.sensitive([event.type], [name_field]):
        name = _plain(value)
    name = name or gettext("Workout")
    content = _content(
        Post.Type.WORKOUT, gettext("Completed a workout: {workout_name}."), {"workout_name": name}
    )
    return Draft(
        workout_origin(event.id), Post.Type.WORKOUT, content, metadata={"workout_name": name}
    )


def _of_award(compiled: CompiledBadge, change: Change) -> Draft:
    badge, tier = compiled.badge, change.award.award.tier
    origin = award_origin(change)
    if compiled.sensitive:  # the name of such a badge may say how many kilos
        content = _content(
            Post.Type.WEIGHT, gettext("Reached a personal milestone."), {}, badge=badge.id
        )
        return Draft(origin, Post.Type.WEIGHT, content, metadata={})
    name = _plain(local_text(badge.name, settings().language, compiled.language))
    told = {"achievement_name": name} | ({"tier": tier} if tier else {})
    full = f"{name} ({tier})" if tier else name
    content = _content(
        Post.Type.ACHIEVEMENT,
        gettext("Earned the badge {achievement_name}."),
        {"achievement_name": full},
        badge=badge.id,
    )
    return Draft(origin, Post.Type.ACHIEVEMENT, content, metadata=told)


def _content(kind: Post.Type, usual: str, names: Mapping[str, str], badge: str = "") -> str:
    """The text of a post: the host's for the badge, else the host's for the kind, else ours."""
    texts, language = settings().texts, settings().language
    chosen = texts.get("badges", {}).get(badge) or texts.get(kind)
    template = local_text(chosen, language, language) if chosen else usual
    try:
        content = template.format(**names)
    except (KeyError, IndexError, ValueError, AttributeError):
        logger.warning(
            "the text %r of %s cannot be filled in; ours is used", template, badge or kind
        )
        content = usual.format(**names)
    most = settings().post_length
    return content if len(content) <= most else f"{content[: most - 1]}…"


def _plain(text: str) -> str:
    """A name on one line, without characters that nobody sees or that turn others round."""
    shown = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char
        for char in text
        if char not in _TURNING
    )
    return " ".join(shown.split())[:LONGEST_NAME]
