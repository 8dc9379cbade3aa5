"""Taps that come at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connections

from django_adapter.members import key_of
from django_adapter.models import Post, Reaction
from django_adapter.services import sharing
from tests.django.club import Club, client_of
from tests.django.host.people.models import User
from tests.django.together import together

FEED = "/api/community/feed/"
ROUNDS = 300
pytestmark = pytest.mark.django_db(transaction=True)


def posted(author: User) -> int:
    post: int = client_of(author).post(FEED, {"content": "Hello"}, format="json").json()["id"]
    return post


class Thumb:
    """Somebody who taps in a thread of their own, once a round, all at the same moment."""

    def __init__(self, user: User, post: int, start: threading.Barrier) -> None:
        self.answers: list[Any] = []
        self._client = client_of(user)
        self._address = f"{FEED}{post}/react/"
        self._start = start

    def tap(self) -> None:
        for _ in range(ROUNDS):
            self._start.wait(60)
            said = self._client.post(self._address, {"reaction_type": "fire"}, format="json")
            self.answers.append(said.json())


def in_threads(works: list[Callable[[], None]]) -> None:
    def run(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_taps_at_once_end_as_two_taps_in_every_round(real_club: Club) -> None:
    """Two phones of one user tap with one of another; each answer is a state that was committed."""
    post = posted(real_club.ta1)
    start = threading.Barrier(3)
    twice = [Thumb(real_club.ta2, post, start) for _ in range(2)]
    once = Thumb(real_club.ta1, post, start)
    in_threads([thumb.tap for thumb in (*twice, once)])
    assert [len(thumb.answers) for thumb in (*twice, once)] == [ROUNDS] * 3
    for number in range(ROUNDS):
        pair = [thumb.answers[number] for thumb in twice]
        assert sorted(answer["user_reactions"] for answer in pair) == [[], ["fire"]]
        own = once.answers[number]["user_reactions"]
        assert own == ([] if number % 2 else ["fire"])
        counts = {answer["reactions"]["fire"] for answer in (*pair, once.answers[number])}
        assert counts <= {0, 1, 2}
    assert not Reaction.objects.exists()


def status(client: Any, method: str, address: str, said: object = None) -> int:
    found: int = getattr(client, method)(address, said, format="json").status_code
    return found


def test_nobody_reacts_to_a_post_that_was_just_deleted(real_club: Club) -> None:
    for _ in range(20):
        here = f"{FEED}{posted(real_club.ta1)}/"
        fire = {"reaction_type": "fire"}
        deleted, *tapped = together(
            [
                partial(status, client_of(real_club.ta1), "delete", here),
                partial(status, client_of(real_club.ta2), "post", f"{here}react/", fire),
                partial(status, client_of(real_club.ta2), "put", f"{here}reactions/heart/"),
            ]
        )
        assert deleted == 204
        assert set(tapped) <= {200, 404}
    assert not Reaction.objects.exists()
    assert not Post.objects.filter(state="shown").exists()


def test_a_post_is_taken_down_once(real_club: Club) -> None:
    post = posted(real_club.ta1)
    users = (real_club.ta1, real_club.trainer_a)
    statuses = together(
        [partial(status, client_of(user), "delete", f"{FEED}{post}/") for user in users]
    )
    assert sorted(statuses) == [204, 404]
    assert Post.objects.get(pk=post).deleted_by == key_of(users[statuses.index(204)])


def test_switches_turned_at_once_are_all_turned(real_club: Club) -> None:
    user = real_club.ta1
    for on in (False, True) * 5:
        together([partial(sharing.share, user, {kind: on}) for kind in sharing.KINDS])
        assert set(sharing.shared(user).values()) == {on}
