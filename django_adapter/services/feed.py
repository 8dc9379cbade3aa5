"""The feed of a group: any page of it, reactions, texts that people write, and taking posts down.

A page is found by jumping over blocks of counted posts, so that a late one costs about what the
first one does, and nothing counts the posts of a group. Who may see a post is decided by its group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from django_adapter.marks import database
from django_adapter.members import group_of, key_of
from django_adapter.models import Block, Post, Reaction, Reader
from django_adapter.settings import User, settings
from django_adapter.triggers import BLOCK, recount

MOST_A_BLOCK = 4 * BLOCK
"""How many posts one block may hold before the group is divided into blocks anew."""


@dataclass(frozen=True, slots=True)
class Page:
    """Posts in the shape P, how many there are altogether, and whether more follow."""

    count: int
    posts: Sequence[Mapping[str, Any]] = ()
    further: bool = False

    @property
    def last_id(self) -> int | None:
        """The id of the last post."""
        return self.posts[-1]["id"] if self.posts else None


# Pages


def newest(reader: User, group: str | None, size: int) -> Page:
    """The newest posts of a group; later pages will count from where this one begins."""
    if group is None:
        return Page(0)
    page = _page(reader, _count(group), _shown(group)[: size + 1], size)
    if page.posts:
        _remember(key_of(reader), group, page.posts[0]["id"])
    return page


def numbered(reader: User, group: str | None, start: int, size: int) -> Page | None:
    """The posts after the first `start` ones, of those no newer than the reader's page 1.

    None where there are none.
    """
    if group is None:
        return None
    top = _remembered(key_of(reader), group)
    blocks = _blocks(group, top)
    count = sum(posts for _, posts in blocks)
    if start >= count:
        return None
    upper, skipped = _jump(blocks, top, start)
    rows = _shown(group) if upper is None else _shown(group).filter(pk__lte=upper)
    return _page(reader, count, rows[skipped : skipped + size + 1], size)


def older(reader: User, group: str | None, than: int, size: int) -> Page:
    """The newest of the posts that are older than one."""
    if group is None:
        return Page(0)
    return _page(reader, _count(group), _shown(group).filter(pk__lt=than)[: size + 1], size)


def _shown(group: str) -> QuerySet[Post]:
    return Post.objects.filter(group=group, state=Post.State.SHOWN).order_by("-pk")


def _count(group: str) -> int:
    return Block.objects.filter(group=group).aggregate(posts=Sum("posts"))["posts"] or 0


def _blocks(group: str, top: int | None) -> list[tuple[int, int]]:
    """The first id of each block and how many of its posts are not above the top, newest first."""
    blocks = _counted(group)
    if max((posts for _, posts in blocks), default=0) > MOST_A_BLOCK:
        recount(database(), group)
        blocks = _counted(group)
    if top is None:
        return blocks
    while blocks and blocks[0][0] > top:
        del blocks[0]
    if blocks:
        first, _ = blocks[0]
        blocks[0] = (first, _shown(group).filter(pk__range=(first, top)).count())
    return blocks


def _counted(group: str) -> list[tuple[int, int]]:
    blocks = Block.objects.filter(group=group).order_by("-first_id")
    return list(blocks.values_list("first_id", "posts"))


def _jump(blocks: Iterable[tuple[int, int]], top: int | None, start: int) -> tuple[int | None, int]:
    """The highest id in the block that holds a place, and how many posts to skip from there."""
    for first, posts in blocks:
        if start < posts:
            break
        top, start = first - 1, start - posts
    return top, start


def _page(reader: User, count: int, rows: QuerySet[Post], size: int) -> Page:
    # The ids alone come from the index; people are looked up for what is shown, not for what is
    # skipped.
    chosen = Post.objects.filter(pk__in=rows.values("pk"))
    posts = list(chosen.select_related("author").order_by("-pk"))
    return Page(count, told(reader, posts[:size]), further=len(posts) > size)


def _remembered(key: str, group: str) -> int | None:
    known = Reader.objects.filter(user=key, group=group)
    return known.values_list("newest_post", flat=True).first()


def _remember(key: str, group: str, post_id: int) -> None:
    """Note the newest post that a reader was shown; nothing is written where that is known."""
    connection = connections[database()]
    table = connection.ops.quote_name(Reader._meta.db_table)  # noqa: SLF001 - documented by Django
    # A group that the user has left takes along what was seen of its announcements.
    statement = f"""
        INSERT INTO {table} ("user", "group", newest_post) VALUES (%s, %s, %s)
        ON CONFLICT ("user") DO UPDATE SET
            served_revision =
                CASE WHEN {table}."group" = excluded."group" THEN {table}.served_revision END,
            "group" = excluded."group",
            newest_post = excluded.newest_post
        WHERE {table}."group" <> excluded."group"
            OR coalesce({table}.newest_post, 0) <> excluded.newest_post
    """  # noqa: S608 - the name of our own table
    with connection.cursor() as cursor:
        cursor.execute(statement, [key, group, post_id])


# The shape P


def told(reader: User, posts: Sequence[Post]) -> list[dict[str, Any]]:
    """Posts with their authors and with what people think of them."""
    reactions = _reactions(reader, [post.pk for post in posts])
    return [
        {
            "id": post.pk,
            "author": _author(post.author),
            "content": post.content,
            "post_type": post.type,
            "metadata": post.metadata if isinstance(post.metadata, dict) else {},
            "created_at": post.created_at,
            **reactions[post.pk],
        }
        for post in posts
    ]


def _author(user: User) -> dict[str, Any]:
    first, last = settings().names(user)
    image = settings().avatar(user)
    return {"id": user.pk, "first_name": first, "last_name": last, "profile_image": image}


def _reactions(reader: User, post_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    kinds = settings().reactions
    found: dict[int, dict[str, Any]] = {
        post_id: {"reactions": dict.fromkeys(kinds, 0), "user_reactions": []}
        for post_id in post_ids
    }
    if not found:
        return found
    rows = Reaction.objects.filter(post__in=found, kind__in=kinds).values("post", "kind")
    counted = rows.annotate(people=Count("user"), own=Count("user", filter=Q(user=reader.pk)))
    for row in counted.order_by():
        found[row["post"]]["reactions"][row["kind"]] = row["people"]
        found[row["post"]]["user_reactions"] += [row["kind"]] if row["own"] else []
    for told_of in found.values():
        told_of["user_reactions"].sort(key=kinds.index)
    return found


# What people do


def write(author: User, group: str, content: str) -> dict[str, Any]:
    """Post a text; the answer is the post in the shape P."""
    post = Post.objects.create(
        author=author,
        group=group,
        type=Post.Type.TEXT,
        content=content,
        created_at=timezone.now(),
    )
    return told(author, [post])[0]


def react(
    user: User, group: str | None, post_id: int, kind: str, *, on: bool | None = None
) -> dict[str, Any] | None:
    """Switch one's reaction to a post on or off, or over; None where there is no such post.

    The answer is what everybody thinks of the post, as it is committed: others wait meanwhile.
    """
    with transaction.atomic(database()):
        if _locked(post_id, Q(group=group)) is None:
            return None
        own = Reaction.objects.filter(post=post_id, user=user.pk, kind=kind)
        there = on is not True and bool(own.delete()[0])
        if on or (on is None and not there):
            reaction = Reaction(post_id=post_id, user_id=user.pk, kind=kind)
            Reaction.objects.bulk_create([reaction], ignore_conflicts=True)
        return _reactions(user, [post_id])[post_id]


def remove(user: User, post_id: int) -> bool:
    """Take down one's own post, or as a trainer any post of the group; whether there is one.

    Raises PermissionDenied for a post that the user may see and that is somebody else's.
    """
    with transaction.atomic(database()):
        post = _locked(post_id)
        if post is None:
            return False
        moderates = settings().role(user) == "trainer" and post.group == key_of(user)
        if post.author_id != user.pk and not moderates:
            if settings().role(user) != "trainer" and post.group == group_of(user):
                raise PermissionDenied
            return False
        take_down(post, by=key_of(user))
        return True


def take_down(post: Post, by: str) -> None:
    """Empty a post for good; what is left says by whom and when, and that it stays deleted."""
    with transaction.atomic(database()):
        Reaction.objects.filter(post=post).delete()
        post.content, post.metadata, post.state = "", {}, Post.State.DELETED
        post.deleted_at, post.deleted_by = timezone.now(), by
        post.save(update_fields=["content", "metadata", "state", "deleted_at", "deleted_by"])


def _locked(post_id: int, *conditions: Q) -> Post | None:
    """A post that is shown, locked until the transaction ends."""
    shown = Post.objects.filter(*conditions, pk=post_id, state=Post.State.SHOWN)
    if connections[database()].vendor == "sqlite":
        shown.update(state=F("state"))  # only a write locks SQLite
    return shown.select_for_update(no_key=True).first()
