"""Announcements where several things happen at once, each over a connection of its own."""

from __future__ import annotations

from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction

from django_adapter.models import Announcement, Group, ReadMark
from django_adapter.services import announcements
from tests.django.club import Club, client_of
from tests.django.test_announcements import HERE, OWN, READ, UNREAD, told
from tests.django.together import together

ROUNDS = 20


def post(client: Any, address: str, said: dict[str, Any]) -> int:
    status: int = client.post(address, said, format="json").status_code
    return status


def reads(client: Any, served: set[int]) -> int:
    served |= {one["id"] for one in client.get(HERE).json()["results"]}
    return post(client, READ, {})


def patch(client: Any, number: int, said: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.patch(f"{OWN}{number}/", said, format="json").json()
    return answer


def unread_ids(user: Any) -> set[int]:
    mark = ReadMark.objects.filter(user=str(user.pk)).first()
    revision = 0 if mark is None else mark.revision
    return set(Announcement.objects.filter(revision__gt=revision).values_list("id", flat=True))


def test_many_announcements_at_once_have_revisions_of_their_own(real_club: Club) -> None:
    trainer = client_of(real_club.trainer_a)
    call = partial(post, trainer, OWN, {"title": "x", "body": "x"})
    assert together([call] * 8) == [201] * 8
    revisions = Announcement.objects.order_by("revision").values_list("revision", flat=True)
    assert list(revisions) == list(range(1, 9))
    assert Group.objects.get().revision == 8


def test_what_is_told_while_somebody_reads_stays_unread(real_club: Club) -> None:
    trainer, reader = client_of(real_club.trainer_a), client_of(real_club.ta1)
    for _ in range(ROUNDS):
        told(real_club.trainer_a)
        served: set[int] = set()
        writes = partial(post, trainer, OWN, {"title": "x", "body": "x"})
        assert together([partial(reads, reader, served), writes, writes]) == [200, 201, 201]
        everything = set(Announcement.objects.values_list("id", flat=True))
        assert unread_ids(real_club.ta1) >= everything - served
        assert reads(reader, set()) == 200
        assert unread_ids(real_club.ta1) == set()
        Announcement.objects.all().delete()


def test_what_is_rewritten_while_somebody_reads_is_unread_unless_it_was_served(
    real_club: Club,
) -> None:
    trainer, reader = client_of(real_club.trainer_a), client_of(real_club.ta1)
    number = told(real_club.trainer_a, "before")["id"]
    for turn in range(ROUNDS):

        def shown_and_marked() -> dict[str, Any]:
            shown: dict[str, Any] = reader.get(HERE).json()["results"][0]
            post(reader, READ, {"up_to": number})
            return shown

        rewrite = partial(patch, trainer, number, {"title": str(turn)})
        shown, now = together([shown_and_marked, rewrite])
        left = reader.get(UNREAD).json()["unread_count"]
        assert left == 1 or shown == now
        reads(reader, set())
        assert reader.get(UNREAD).json() == {"unread_count": 0}


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="one writer at a time: nobody else can commit meanwhile"
)
def test_everything_is_marked_that_was_committed_and_nothing_else(real_club: Club) -> None:
    told(real_club.trainer_a)
    written, marked = Event(), Event()

    def writes_slowly() -> None:
        with transaction.atomic():
            announcements.write(real_club.trainer_a, title="slow", body="x")
            written.set()
            marked.wait()
        connections.close_all()

    slow = Thread(target=writes_slowly)
    slow.start()
    written.wait()
    assert post(client_of(real_club.ta1), READ, {}) == 200
    marked.set()
    slow.join()
    assert [row.title for row in Announcement.objects.filter(id__in=unread_ids(real_club.ta1))] == [
        "slow"
    ]


def test_two_edits_at_once_lose_neither(real_club: Club) -> None:
    trainer, reader = client_of(real_club.trainer_a), client_of(real_club.ta1)
    number = told(real_club.trainer_a)["id"]
    for turn in range(ROUNDS):
        post(reader, READ, {})
        edits: list[dict[str, Any]] = [
            {"title": f"title {turn}"},
            {"body": f"body {turn}"},
            {"is_pinned": turn % 2 == 0},
        ]
        answers = together([partial(patch, trainer, number, edit) for edit in edits])
        now = trainer.get(f"{OWN}{number}/").json()
        for edit, answer in zip(edits, answers, strict=True):
            assert edit.items() <= answer.items()
            assert edit.items() <= now.items()
        assert now in answers
        assert unread_ids(real_club.ta1) == {number}


def test_an_edit_and_a_deletion_at_once_end_in_one_of_two_ways(real_club: Club) -> None:
    trainer = client_of(real_club.trainer_a)
    for _ in range(ROUNDS):
        number = told(real_club.trainer_a)["id"]
        delete = partial(trainer.delete, f"{OWN}{number}/")
        rewrite = partial(trainer.patch, f"{OWN}{number}/", {"title": "y"}, format="json")
        edited, deleted, again = together([rewrite, delete, delete])
        assert edited.status_code in {200, 404}
        assert sorted([deleted.status_code, again.status_code]) == [204, 404]
        assert not Announcement.objects.exists()


def test_marks_made_at_once_never_go_back(real_club: Club) -> None:
    reader = client_of(real_club.ta1)
    numbers = [told(real_club.trainer_a)["id"] for _ in range(6)]
    calls = [partial(post, reader, READ, {"up_to": number}) for number in numbers]
    assert together([*calls, *reversed(calls)]) == [200] * 12
    assert ReadMark.objects.get().revision == 6
    assert reader.get(UNREAD).json() == {"unread_count": 0}


def test_pages_served_at_once_leave_one_memory(real_club: Club) -> None:
    for _ in range(3):
        told(real_club.trainer_a)
    reader = client_of(real_club.ta1)
    answers = together([lambda: reader.get(HERE).json()["count"]] * 6)
    assert answers == [3] * 6
    post(reader, READ, {})
    assert unread_ids(real_club.ta1) == set()


@pytest.mark.parametrize("atomic", [False, True])
def test_requests_that_are_transactions_end_as_others_do(
    real_club: Club, monkeypatch: pytest.MonkeyPatch, atomic: bool
) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", atomic)
    trainer, reader = client_of(real_club.trainer_a), client_of(real_club.ta1)
    writes = partial(post, trainer, OWN, {"title": "x", "body": "x"})
    refused = partial(post, trainer, OWN, {"title": "x"})
    answers = together([writes, refused, partial(reads, reader, set()), writes])
    assert answers == [201, 400, 200, 201]
    assert Group.objects.get().revision == 2
    assert post(trainer, f"{OWN}0/", {}) == 405
    assert trainer.delete(f"{OWN}0/").status_code == 404
    assert post(client_of(real_club.alone), READ, {}) == 400
    assert reads(reader, set()) == 200
    assert reader.get(UNREAD).json() == {"unread_count": 0}
