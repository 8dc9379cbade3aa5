"""`python -m benchmarks.django_feed`: a feed of 100,000 posts with 600,000 reactions.

Pages and taps go through the REST doors and are measured beside page 1, by turns. Without `--db` a
private PostgreSQL is started.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, repeat
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import connection

from benchmarks.asked import asked
from benchmarks.backend import backend
from benchmarks.measuring import Work, by_turns, calls, machine
from benchmarks.results import Line, typical
from django_adapter.models import Block, Post
from tests.django.club import Club, client_of
from tests.django.host.people.models import User

if TYPE_CHECKING:
    from rest_framework.test import APIClient  # which reads the settings, as soon as it is there

FEED = "/api/community/feed/"
PAGE = 20
AT_ONCE = 500
"""How many posts of a group are written between those of other groups."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many posts the group and all others have, and how many react to each; how often."""

    posts: int
    others: int
    trainees: int
    each: int
    rounds: int


FULL = Crowd(posts=100_000, others=50_000, trainees=60, each=6, rounds=60)
QUICK = Crowd(posts=1_000, others=500, trainees=8, each=2, rounds=2)

POSTS = """
    INSERT INTO badge_engine_post
        (author_id, "group", type, content, metadata, state, created_at)
    SELECT (%s::bigint[])[1 + number %% %s], %s, 'text', 'Post number ' || number, '{}', 'shown',
        now() FROM generate_series(1, %s) AS number
"""
REACTIONS = """
    INSERT INTO badge_engine_reaction (post_id, user_id, kind, created_at)
    SELECT post.id, (%s::bigint[])[1 + (post.id + number * 7) %% %s],
        (ARRAY['fire', 'thumbs_up', 'heart'])[1 + number %% 3], now()
    FROM badge_engine_post AS post, generate_series(1, %s) AS number WHERE post."group" = %s
"""


def fill(club: Club, crowd: Crowd) -> None:
    """Posts of the group among those of others, and reactions to them."""
    own = [
        User.objects.create_user(f"{number}@example.com", parent_trainer=club.trainer_a).pk
        for number in range(crowd.trainees)
    ]
    turns = max(1, crowd.posts // AT_ONCE)
    with connection.cursor() as cursor:
        for number in range(turns):
            asked: list[Any] = [own, len(own), str(club.trainer_a.pk), crowd.posts // turns]
            cursor.execute(POSTS, asked)
            group = f"other-{number % 100}"
            cursor.execute(POSTS, [[club.tb.pk], 1, group, crowd.others // turns])
        cursor.execute(REACTIONS, [own, len(own), crowd.each, str(club.trainer_a.pk)])
        cursor.execute("VACUUM ANALYZE")


def page(client: APIClient, query: str) -> Work:
    """The same page again and again."""
    return calls(client.get, repeat(f"{FEED}{query}"))


def naive(group: str, number: int) -> Work:
    """What a backend does that counts all posts and skips those before: without reactions."""

    def read(_: None) -> list[Any]:
        rows = Post.objects.filter(group=group, state="shown").order_by("-pk")
        return list(Paginator(rows.select_related("author"), PAGE).page(number).object_list)

    return calls(read, repeat(None))


def taps(client: APIClient, post_ids: Sequence[int]) -> Work:
    """One tap on one post after another."""

    def tap(post_id: int) -> object:
        said = {"reaction_type": "fire"}
        answer = client.post(f"{FEED}{post_id}/react/", said, format="json")
        assert answer.status_code == 200
        return answer

    return calls(tap, cycle(post_ids))


def writing(client: APIClient) -> Work:
    """One text after another."""
    return calls(lambda text: client.post(FEED, {"content": text}, format="json"), repeat("Hello"))


def figures(crowd: Crowd) -> list[Line]:
    """Pages, taps and texts beside page 1."""
    club = Club.founded()
    fill(club, crowd)
    reader, group = client_of(club.ta1), str(club.trainer_a.pk)
    last = crowd.posts // PAGE
    old = list(Post.objects.filter(group=group).order_by("pk").values_list("pk", flat=True)[:50])
    new = list(Post.objects.filter(group=group).order_by("-pk").values_list("pk", flat=True)[:50])
    first = "page 1"
    works = {
        first: page(reader, ""),
        f"page {last // 2:,}": page(reader, f"?page={last // 2}"),
        f"page {last:,}": page(reader, f"?page={last}"),
        "before the post in the middle": page(reader, f"?before={(old[0] + new[0]) // 2}"),
        f"page {last:,}, counted and skipped, no reactions": naive(group, last),
        "a tap on a new post": taps(reader, new),
        "a tap on an old post": taps(reader, old),
        "a text": writing(client_of(club.tb)),
    }
    taken = by_turns(works, crowd.rounds)
    yardstick = typical(taken[first], 1)
    part = f"a feed of {crowd.posts:,} posts with {crowd.posts * crowd.each:,} reactions"
    goals = dict.fromkeys([f"page {last // 2:,}", f"page {last:,}"], "≤ 3")
    lines = []
    for what, times in taken.items():
        figure, goal = typical(times, 1), goals.get(what, "")
        lines.append(Line(part, what, figure * 1e3, "ms", figure / yardstick, first, goal))
    blocks = Block.objects.filter(group=group).count()
    return [*lines, Line(part, "blocks", blocks, "blocks")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    with asked("benchmarks.django_feed", __doc__, arguments) as wanted, backend(wanted.database):
        wanted.answer(machine(), figures(QUICK if wanted.quick else FULL))


if __name__ == "__main__":
    main()
