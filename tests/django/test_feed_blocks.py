"""Blocks of posts are exact, whatever is done to posts and by whatever way."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_adapter import triggers
from django_adapter.models import Block, Post
from tests.django.club import Club

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GROUPS = ("1", "2")
STATES = Post.State.values


@pytest.fixture
def small_blocks(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Blocks of four posts, so that a few posts fill several."""
    with monkeypatch.context() as patch:
        patch.setattr(triggers, "BLOCK", 4)
        triggers.create_triggers("default")
        yield
    triggers.create_triggers("default")


def post(author_id: int, group: str = "1", **more: Any) -> Post:
    return Post(author_id=author_id, group=group, type=Post.Type.TEXT, created_at=NOW, **more)


def counted() -> dict[str, dict[int, int]]:
    """The posts of each block, by group and first id."""
    found: dict[str, dict[int, int]] = {}
    for block in Block.objects.order_by("group", "first_id"):
        found.setdefault(block.group, {})[block.first_id] = block.posts
    return found


def assert_exact() -> None:
    """Each block counts the shown posts from its first id up to the next block."""
    shown: dict[str, Counter[int]] = {}
    blocks = counted()
    for group, post_id in Post.objects.filter(state="shown").values_list("group", "id"):
        first = max(first for first in blocks[group] if first <= post_id)
        shown.setdefault(group, Counter())[first] += 1
    for group, own in blocks.items():
        assert own == {first: shown.get(group, Counter())[first] for first in own}
        assert min(own) == triggers.FIRST


Step = tuple[str, tuple[int, ...], str, str]
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["add", "bulk", "old", "state", "move", "remove", "raw", "save", "undone"]),
        st.lists(st.integers(1, 60), min_size=1, max_size=6, unique=True).map(tuple),
        st.sampled_from(GROUPS),
        st.sampled_from(STATES),
    ),
    max_size=25,
)


def do(step: Step, author: int) -> None:
    """One operation on posts, in one of the ways that posts are written."""
    name, ids, group, state = step
    there = Post.objects.filter(pk__in=ids)
    if name == "add":
        post(author, group, state=state).save()
    elif name == "bulk":
        Post.objects.bulk_create([post(author, group, state=state) for _ in ids])
    elif name == "old":
        known = set(there.values_list("pk", flat=True))
        Post.objects.bulk_create(
            [post(author, group, state=state, id=new) for new in ids if new not in known]
        )
    elif name == "state":
        there.update(state=state)
    elif name == "move":
        there.update(group=group, state=state)
    elif name == "remove":
        there.delete()
    elif name == "raw":
        with connection.cursor() as cursor:
            cursor.execute(
                'UPDATE badge_engine_post SET state = %s, "group" = %s WHERE id < %s',
                [state, group, ids[0]],
            )
            cursor.execute("DELETE FROM badge_engine_post WHERE id = %s", [ids[0]])
    elif name == "save":
        for one in there:
            one.state = state
            one.save()
    else:
        with transaction.atomic():
            there.update(state=state)
            post(author, group).save()
            transaction.set_rollback(True)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_blocks_are_exact_after_anything(small_blocks: None, steps: Sequence[Step]) -> None:
    from tests.django.host.people.models import User

    author, _ = User.objects.get_or_create(email="author@example.com")
    with transaction.atomic():
        Post.objects.all().delete()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence('badge_engine_post', 'id'), 100)"
                )
        for step in steps:
            do(step, author.pk)
            assert_exact()
        transaction.set_rollback(True)


def test_posts_that_come_one_after_another_fill_blocks(small_blocks: None) -> None:
    club = Club.founded()
    for _ in range(10):
        post(club.ta1.pk).save()
    first = Post.objects.order_by("id").values_list("id", flat=True)
    assert list(counted()["1"].values()) == [4, 4, 2]
    assert list(counted()["1"])[1:] == [first[4], first[8]]
    assert_exact()


def test_old_ids_are_divided_when_they_are_counted_anew(small_blocks: None) -> None:
    club = Club.founded()
    for number in range(1040, 1000, -1):
        post(club.ta1.pk, id=number).save()
    assert_exact()
    assert max(counted()["1"].values()) > 4
    triggers.recount("default", "1")
    assert_exact()
    assert set(counted()["1"].values()) == {4}


def test_removing_an_author_takes_the_posts_out_of_the_count(small_blocks: None) -> None:
    club = Club.founded()
    for author in (club.ta1, club.ta2, club.ta1):
        post(author.pk).save()
    club.ta1.delete()
    assert sum(counted()["1"].values()) == 1
    assert_exact()


def test_triggers_come_back_after_a_table_was_made_anew(small_blocks: None) -> None:
    club = Club.founded()
    post(club.ta1.pk).save()
    with connection.cursor() as cursor:
        for name in triggers.present(connection):
            on_post = " ON badge_engine_post" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on_post}")
    for _ in range(6):
        post(club.ta1.pk).save()
    triggers.create_triggers("default")
    assert list(counted()["1"].values()) == [4, 3]
    post(club.ta1.pk).save()
    assert_exact()


def in_threads(*works: Callable[[], object]) -> None:
    """Run all of them at once, each with a connection of its own."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            work()
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_blocks_stay_exact_while_many_write(small_blocks: None) -> None:
    club = Club.founded()

    def writing(author: int) -> Callable[[], None]:
        def write() -> None:
            for number in range(20):
                with transaction.atomic():
                    mine = post(author)
                    mine.save()
                    Post.objects.bulk_create([post(author), post(author, "2")])
                    if number % 3 == 0:
                        mine.state = "deleted"
                        mine.save()

        return write

    authors = (club.ta1, club.ta2, club.tb, club.alone)
    in_threads(*(writing(author.pk) for author in authors))
    assert_exact()
    assert Post.objects.filter(group="1", state="shown").count() == 4 * (40 - 7)
    assert sum(counted()["2"].values()) == 80


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"
)
def test_ids_that_are_committed_out_of_order_are_counted_where_they_belong(
    small_blocks: None,
) -> None:
    """A transaction draws an id, waits, and counts after others have begun new blocks."""
    club = Club.founded()
    post(club.ta1.pk).save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('badge_engine_post', 'id'))")
        (drawn,) = cursor.fetchone()
    for _ in range(9):
        post(club.ta1.pk).save()
    late = post(club.ta2.pk, id=drawn)
    in_threads(late.save)
    assert list(counted()["1"].values()) == [5, 4, 2]
    assert_exact()


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"
)
@pytest.mark.parametrize("others", [1, 3, 9])
def test_who_cannot_see_what_others_counted_fails_and_may_repeat(
    small_blocks: None, others: int
) -> None:
    """A transaction that keeps to an older state than that in which blocks now are."""
    club = Club.founded()
    post(club.ta1.pk).save()

    def many() -> None:
        for _ in range(others):
            post(club.ta2.pk).save()

    def late() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert Block.objects.count() == 1
            in_threads(many)
            post(club.ta1.pk).save()

    with pytest.raises(OperationalError, match="could not serialize"):
        late()
    assert_exact()
    assert sum(counted()["1"].values()) == 1 + others
