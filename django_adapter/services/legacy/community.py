"""Posts of the feed, in the groups where they were written, and reactions to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django_adapter.marks import database
from django_adapter.members import group_of
from django_adapter.models import Post, Reaction
from django_adapter.services.legacy.matching import Achievements
from django_adapter.services.legacy.people import NO_USER, users_of
from django_adapter.services.legacy.tables import PAGE, LegacyRow
from django_adapter.services.legacy.taking import Mark
from django_adapter.settings import User, settings


class Posts:
    """Takes posts over; those that tell of an award are the posts of that award from then on."""

    def __init__(self, achievements: Achievements, *, dry: bool) -> None:
        self.achievements = achievements
        self.dry = dry

    def take(self, rows: Sequence[LegacyRow]) -> Mapping[int, str]:
        """Take rows over; why some were left."""
        authors = users_of(row["author"] for row in rows)
        there = Post.objects.using(database()).filter(pk__in=[row.id for row in rows])
        occupied = set(there.values_list("pk", flat=True))
        reasons: dict[int, str] = {}
        posts: list[Post] = []
        for row in rows:
            author = authors.get(row["author"])
            group = _group(row, author)
            if author is None:
                reasons[row.id] = NO_USER
            elif group is None:
                reasons[row.id] = "its user has no trainer"
            elif row["created_at"] is None:
                reasons[row.id] = "it has no time"
            elif row["post_type"] not in Post.Type.values:
                reasons[row.id] = f"there are no posts of the type {row['post_type']!r}"
            elif row.id in occupied:
                reasons[row.id] = "its number is taken"
            else:
                posts.append(self._post(row, author, group))
        if not self.dry:
            Post.objects.using(database()).bulk_create(_each_origin_once(posts))
        return reasons

    def _post(self, row: LegacyRow, author: User, group: str) -> Post:
        return Post(
            id=row.id,
            author=author,
            group=group,
            type=row["post_type"],
            content=row["content"] or "",
            metadata=row["metadata"] or {},
            origin=self._origin(row),
            created_at=row["created_at"],
        )

    def _origin(self, row: LegacyRow) -> str | None:
        """What an automatic post tells of, where it names an achievement that is one of ours."""
        named = (row["metadata"] or {}).get("achievement_name")
        if row["post_type"] != Post.Type.ACHIEVEMENT or named is None:
            return None
        for number, name in self.achievements.names.items():
            if name == named and number in self.achievements.badges:
                badge, tier = self.achievements.badges[number]
                return f"award:{badge}/{tier}/1"
        return None


def _group(row: LegacyRow, author: User | None) -> str | None:
    if row["trainer"] is not None:
        return str(row["trainer"])
    return None if author is None else group_of(author)


def _each_origin_once(posts: Sequence[Post]) -> Sequence[Post]:
    """The posts, of which those that tell of the same as an earlier one tell of nothing."""
    told = Post.objects.using(database()).filter(
        author__in={post.author_id for post in posts},
        origin__in={post.origin for post in posts if post.origin is not None},
    )
    seen = set(told.values_list("author", "origin"))
    for post in posts:
        if (post.author_id, post.origin) in seen:
            post.origin = None
        seen.add((post.author_id, post.origin))
    return posts


class Reactions:
    """Takes over reactions to posts that were taken over."""

    def __init__(self, posts: Mark, *, dry: bool) -> None:
        self.posts = posts
        self.dry = dry

    def take(self, rows: Sequence[LegacyRow]) -> Mapping[int, str]:
        """Take rows over; why some were left."""
        users = users_of(row["user"] for row in rows)
        reasons: dict[int, str] = {}
        reactions: list[tuple[LegacyRow, Reaction]] = []
        for row in rows:
            kind = row["kind"]
            if row["user"] not in users:
                reasons[row.id] = NO_USER
            elif row["post"] not in self.posts:
                reasons[row.id] = "its post was left"
            elif kind not in settings().reactions:
                reasons[row.id] = f"there are no reactions of the kind {kind!r}"
            else:
                made = Reaction(post_id=row["post"], user=users[row["user"]], kind=kind)
                reactions.append((row, made))
        if not self.dry:
            _add(reactions)
        return reasons


def _add(reactions: Sequence[tuple[LegacyRow, Reaction]]) -> None:
    """Write reactions, but those that are there and those to posts that are there no more."""
    using = database()
    posts = Post.objects.using(using).filter(pk__in={one.post_id for _, one in reactions})
    there = set(posts.exclude(state=Post.State.DELETED).values_list("pk", flat=True))
    ids = Reaction.objects.using(using).filter(pk__in=[row.id for row, _ in reactions])
    occupied = set(ids.values_list("pk", flat=True))
    made, times = [], {}
    for row, one in reactions:
        if one.post_id in there:
            one.pk = None if row.id in occupied else row.id
            made.append(one)
            times[one.post_id, one.kind, one.user_id] = row["created_at"]
    Reaction.objects.using(using).bulk_create(made, ignore_conflicts=True)
    _set_times(there, times)


def _set_times(posts: set[int], times: Mapping[tuple[int, str, Any], datetime | None]) -> None:
    """Put in the host's times: a row that is made is given the present, whatever it says."""
    rows = Reaction.objects.using(database()).filter(post__in=posts)
    dated = []
    for one in rows:
        at = times.get((one.post_id, one.kind, one.user_id))
        if at is not None and at < one.created_at:
            one.created_at = at
            dated.append(one)
    rows.bulk_update(dated, ["created_at"], batch_size=PAGE)
