"""Pages of the feed: what they cost, and that nothing shifts while people write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from django_adapter import triggers
from django_adapter.members import key_of
from django_adapter.models import Block, Post, Reaction, Reader
from django_adapter.services import feed
from tests.django.club import Club, client_of
from tests.django.host.people.models import User

FEED = "/api/community/feed/"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def write(author: User, count: int, group: str | None = None) -> list[int]:
    """Posts with a number as their text; their ids, the newest first."""
    rows = [
        Post(
            author=author,
            group=group or key_of(author.parent_trainer),
            type="text",
            content=str(number),
            created_at=NOW,
        )
        for number in range(count)
    ]
    return [row.pk for row in reversed(Post.objects.bulk_create(rows))]


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [post["id"] for post in answer.json()["results"]]


def page(client: APIClient, number: int, **query: int) -> list[int]:
    return ids(client.get(FEED, {"page": number, **query}))


@pytest.fixture
def small_blocks(club: Club, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Blocks of seven posts, so that pages begin and end anywhere in them."""
    with monkeypatch.context() as patch:
        patch.setattr(triggers, "BLOCK", 7)
        patch.setattr(feed, "MOST_A_BLOCK", 28)
        triggers.create_triggers("default")
        yield
    triggers.create_triggers("default")


@pytest.fixture
def counted(club: Club, small_blocks: None) -> list[int]:
    """Ninety posts of the group, written one after another beside those of another group."""
    posts: list[int] = []
    for number in range(90):
        posts = write(club.ta1, 1) + posts
        if number % 3 == 0:
            write(club.tb, 1)
    assert Block.objects.count() > 10
    return posts


def test_pages_hold_twenty_and_together_everything(club: Club, counted: list[int]) -> None:
    client = client_of(club.ta2)
    assert [page(client, number) for number in range(1, 6)] == [
        counted[start : start + 20] for start in range(0, 90, 20)
    ]
    assert client.get(FEED, {"page": 6}).status_code == 404


@pytest.mark.parametrize("size", [1, 7, 13, 100])
def test_pages_may_have_another_size(club: Club, counted: list[int], size: int) -> None:
    client = client_of(club.ta2)
    for start in range(0, 90, size):
        number = start // size + 1
        assert page(client, number, page_size=size) == counted[start : start + size]


def test_each_page_says_where_its_neighbours_are(club: Club, counted: list[int]) -> None:
    client, found = client_of(club.ta2), []
    address: str | None = f"http://testserver{FEED}"
    previous: list[str | None] = []
    while address is not None:
        answer = client.get(address)
        found += ids(answer)
        assert answer.json()["count"] == 90
        previous.append(answer.json()["previous"])
        address = answer.json()["next"]
    assert found == counted
    here = f"http://testserver{FEED}"
    assert previous == [None, here, *(f"{here}?page={number}" for number in (2, 3, 4))]


def test_new_clients_go_on_from_an_id(club: Club, counted: list[int]) -> None:
    client = client_of(club.ta2)
    first = client.get(FEED, {"before": counted[50], "page_size": 15})
    assert ids(first) == counted[51:66]
    following = first.json()["next"]
    assert following == f"http://testserver{FEED}?before={counted[65]}&page_size=15"
    assert ids(client.get(following)) == counted[66:81]
    last = client.get(FEED, {"before": counted[80]}).json()
    assert [post["id"] for post in last["results"]] == counted[81:]
    assert (last["next"], last["count"], last["previous"]) == (None, 90, None)
    assert page(client, 1, before=counted[-1]) == []


def test_page_numbers_count_from_page_1_while_posts_arrive(club: Club, counted: list[int]) -> None:
    client, newer = client_of(club.ta2), list[int]()
    assert page(client, 1) == counted[:20]
    for number in range(2, 6):
        newer = write(club.ta1, 9) + newer
        assert page(client, number) == counted[20 * (number - 1) : 20 * number]
        assert client.get(FEED, {"page": number}).json()["count"] == 90
    assert page(client, 1) == newer[:20]
    assert page(client, 2) == [*newer[20:], *counted[:4]]


def test_readers_do_not_disturb_each_other(club: Club, counted: list[int]) -> None:
    reading, other = client_of(club.ta2), client_of(club.ta1)
    page(reading, 1)
    newer = write(club.ta1, 5)
    assert page(other, 1) == [*newer, *counted[:15]]
    assert page(reading, 2) == counted[20:40]
    assert page(other, 2) == counted[15:35]


def test_next_leads_on_while_posts_arrive_and_are_deleted(club: Club, counted: list[int]) -> None:
    client, found, gone = client_of(club.ta2), [], set()
    address: str | None = FEED
    while address is not None:
        answer = client.get(address)
        shown = ids(answer)
        found += shown
        address = answer.json()["next"]
        write(club.ta1, 3)
        for post in (shown[0], shown[-1], *counted[60:62]):
            author = client_of(club.ta1)
            if author.delete(f"{FEED}{post}/").status_code == 204:
                gone.add(post)
    assert len(found) == len(set(found))
    assert set(counted) - set(found) == {*counted[60:62]} - set(found)
    assert len(gone) == 12


def test_a_reader_who_changed_groups_begins_anew(club: Club, counted: list[int]) -> None:
    client = client_of(club.tb)
    page(client, 1)
    club.tb.parent_trainer = club.trainer_a
    club.tb.save()
    write(club.ta1, 1)
    assert page(client, 2) == counted[19:39]
    page(client, 1)
    reader = Reader.objects.get(user=key_of(club.tb))
    assert (reader.group, reader.newest_post) == (key_of(club.trainer_a), counted[0] + 1)


def test_a_group_filled_from_below_is_divided_when_it_is_read(
    club: Club, small_blocks: None
) -> None:
    old = [
        Post(id=100_000 - n, author=club.ta1, group=key_of(club.trainer_a), created_at=NOW)
        for n in range(60)
    ]
    for row in old:
        row.save(force_insert=True)
    assert max(Block.objects.values_list("posts", flat=True)) > 28
    client = client_of(club.ta2)
    page(client, 1)
    assert page(client, 3) == [row.pk for row in old[40:]]
    assert max(Block.objects.values_list("posts", flat=True)) == 7


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=0", 404),
        ("page=-1", 404),
        ("page=1e3", 404),
        ("page=٣", 404),
        ("page=99999999999999999999", 404),
        ("page=2147483648", 404),
        ("page=", 404),
        ("page_size=0", 400),
        ("page_size=101", 400),
        ("page_size=x", 400),
        ("before=0", 400),
        ("before=x", 400),
        ("before=", 400),
        ("before=9223372036854775808", 400),
        ("before=1&before=2", 400),
    ],
)
def test_odd_pages_are_refused(club: Club, query: str, status: int) -> None:
    write(club.ta1, 3)
    assert client_of(club.ta1).get(f"{FEED}?{query}").status_code == status


# What pages cost


def queries(client: APIClient, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    sent = [query["sql"] for query in captured]
    return [sql for sql in sent if "badge_engine_" in sql]


@pytest.mark.parametrize("posts", [3, 90])
def test_a_page_costs_a_few_queries_however_many_posts(
    club: Club, small_blocks: None, posts: int
) -> None:
    for post in write(club.ta1, posts):
        Reaction.objects.create(post_id=post, user=club.ta2, kind="fire")
    client = client_of(club.ta2)
    first = queries(client, FEED)
    assert len(first) <= 4
    assert len(queries(client, f"{FEED}?before={2**40}")) <= 3
    assert not any('COUNT(*) AS "__count"' in sql for sql in first)
    if posts > 40:
        triggers.recount("default", key_of(club.trainer_a))
        assert len(queries(client, f"{FEED}?page=3")) <= 5


def test_a_reaction_costs_four_queries(club: Club) -> None:
    (post,) = write(club.ta1, 1)
    client = client_of(club.ta2)
    with CaptureQueriesContext(connection) as captured:
        client.post(f"{FEED}{post}/react/", {"reaction_type": "fire"}, format="json")
    sent = [query["sql"] for query in captured if "badge_engine_" in query["sql"]]
    assert len(sent) <= (4 if connection.vendor == "postgresql" else 5)
