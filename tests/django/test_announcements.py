from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from django_adapter.models import Announcement, Reader, ReadMark
from tests.django.club import Club, client_of
from tests.django.host.people.models import User

HERE = "/api/community/announcements/"
UNREAD = f"{HERE}unread-count/"
READ = f"{HERE}mark-read/"
OWN = "/api/trainer/announcements/"


def told(trainer: User, title: str = "Hello", /, **more: Any) -> dict[str, Any]:
    said = {"title": title, "body": "To all of you.", **more}
    response = client_of(trainer).post(OWN, said, format="json")
    assert response.status_code == 201, response.data
    answer: dict[str, Any] = response.json()
    return answer


def titles(client: APIClient, query: str = "") -> list[str]:
    return [one["title"] for one in client.get(f"{HERE}{query}").json()["results"]]


def unread(client: APIClient) -> int:
    answer: dict[str, int] = client.get(UNREAD).json()
    assert list(answer) == ["unread_count"]
    return answer["unread_count"]


def read(client: APIClient, **said: Any) -> Any:
    return client.post(READ, said, format="json")


def a_while_passes() -> None:
    Reader.objects.update(served_at=timezone.now() - timedelta(seconds=61))


# What trainers do


def test_an_announcement_has_the_shape_that_clients_expect(club: Club) -> None:
    made = told(club.trainer_a, "Hello", body="To all of you.", is_pinned=True)
    number, created, updated = made.pop("id"), made.pop("created_at"), made.pop("updated_at")
    assert made == {"title": "Hello", "body": "To all of you.", "is_pinned": True}
    assert type(number) is int
    assert created.endswith("Z")
    assert updated == created
    assert client_of(club.trainer_a).get(f"{OWN}{number}/").json()["id"] == number


def test_a_trainer_sees_a_page_of_their_own(club: Club) -> None:
    told(club.trainer_a, "A")
    told(club.trainer_b, "B")
    answer = client_of(club.trainer_a).get(OWN).json()
    assert list(answer) == ["count", "next", "previous", "results"]
    assert answer["count"] == 1
    assert answer["next"] is None
    assert [one["title"] for one in answer["results"]] == ["A"]


def test_put_without_is_pinned_leaves_it(club: Club) -> None:
    number = told(club.trainer_a, is_pinned=True)["id"]
    client = client_of(club.trainer_a)
    for form in ("json", "multipart"):
        said = {"title": f"New in {form}", "body": "Text"}
        response = client.put(f"{OWN}{number}/", said, format=form)
        assert response.status_code == 200
        assert response.json()["is_pinned"] is True
        assert response.json()["title"] == f"New in {form}"


def test_put_needs_title_and_body_and_patch_takes_either(club: Club) -> None:
    number = told(club.trainer_a)["id"]
    client = client_of(club.trainer_a)
    refused = client.put(f"{OWN}{number}/", {"title": "Only"}, format="json")
    assert refused.status_code == 400
    assert list(refused.json()) == ["body"]
    changed = client.patch(f"{OWN}{number}/", {"title": "Only"}, format="json").json()
    assert (changed["title"], changed["body"]) == ("Only", "To all of you.")


def test_what_is_not_changed_is_not_updated(club: Club) -> None:
    made = told(club.trainer_a)
    client = client_of(club.trainer_a)
    same = client.put(f"{OWN}{made['id']}/", {"title": "Hello", "body": "To all of you."})
    assert same.json() == made


def test_a_deleted_announcement_is_gone(club: Club) -> None:
    number = told(club.trainer_a)["id"]
    client = client_of(club.trainer_a)
    response = client.delete(f"{OWN}{number}/")
    assert response.status_code == 204
    assert response.content == b""
    assert client.delete(f"{OWN}{number}/").status_code == 404
    assert titles(client_of(club.ta1)) == []
    assert unread(client_of(club.ta1)) == 0


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        ({"title": "", "body": "x"}, "title"),
        ({"title": "   ", "body": "x"}, "title"),
        ({"title": "x" * 201, "body": "x"}, "title"),
        ({"title": 5, "body": "x"}, "title"),
        ({"title": None, "body": "x"}, "title"),
        ({"title": ["x"], "body": "x"}, "title"),
        ({"body": "x"}, "title"),
        ({"title": "x", "body": "x" * 2001}, "body"),
        ({"title": "x", "body": "\u200b\u2060"}, "body"),
        ({"title": "x", "body": "a\u202eb"}, "body"),
        ({"title": "x", "body": "a\0b"}, "body"),
        ({"title": "x", "body": "a\ud800b"}, "body"),
        ({"title": "x", "body": "a\x9bb"}, "body"),
        ({"title": "x", "body": "x", "is_pinned": "yes"}, "is_pinned"),
        ({"title": "x", "body": "x", "is_pinned": None}, "is_pinned"),
        ({"title": "x", "body": "x", "is_pinned": 1}, "is_pinned"),
    ],
)
def test_an_odd_draft_is_refused_with_its_field(
    club: Club, said: dict[str, Any], blamed: str
) -> None:
    body = json.dumps(said)
    response = client_of(club.trainer_a).post(OWN, body, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()) == [blamed]
    assert all(isinstance(one, str) for one in response.json()[blamed])
    assert not Announcement.objects.exists()


def test_texts_are_trimmed_and_composed_and_keep_their_newlines(club: Club) -> None:
    made = told(club.trainer_a, " Cafe\u0301 \U0001faa9", body=" one\r\ntwo\nthree\n")
    assert (made["title"], made["body"]) == ("Caf\xe9 \U0001faa9", "one\ntwo\nthree")
    full = told(club.trainer_a, "e\u0301" * 200, body="\U0001f4aa" * 2000)
    assert (len(full["title"]), len(full["body"])) == (200, 2000)


def test_what_only_the_server_says_is_ignored_in_a_body(club: Club) -> None:
    claimed = {
        "id": 1,
        "trainer": club.trainer_b.pk,
        "created_at": "2001-01-01T00:00:00Z",
        "revision": 99,
        "pinned_at": "2001-01-01T00:00:00Z",
    }
    made = told(club.trainer_a, **claimed)
    assert made["created_at"] > "2001-01-02"
    row = Announcement.objects.get()
    assert row.trainer == club.trainer_a
    assert row.revision == 1
    assert row.pinned_at is None


# What trainees see


def test_trainees_see_what_their_own_trainer_tells_the_newest_first(club: Club) -> None:
    for title in ("one", "two", "three"):
        told(club.trainer_a, title)
    told(club.trainer_b, "other")
    assert titles(client_of(club.ta1)) == ["three", "two", "one"]
    assert titles(client_of(club.ta2)) == ["three", "two", "one"]
    assert titles(client_of(club.tb)) == ["other"]


def test_pins_come_first_and_only_the_newest_five(club: Club) -> None:
    numbers = [told(club.trainer_a, f"{n}", is_pinned=n < 7)["id"] for n in range(10)]
    client = client_of(club.ta1)
    assert titles(client) == ["6", "5", "4", "3", "2", "9", "8", "7", "1", "0"]
    assert titles(client, "?page_size=3&page=2") == ["3", "2", "9"]
    assert titles(client, "?page_size=4&page=3") == ["1", "0"]
    trainer = client_of(club.trainer_a)
    trainer.patch(f"{OWN}{numbers[0]}/", {"is_pinned": False}, format="json")
    trainer.patch(f"{OWN}{numbers[0]}/", {"is_pinned": True}, format="json")
    assert titles(client)[:5] == ["6", "5", "4", "3", "0"]


def test_how_many_pins_come_first_is_a_setting(club: Club, settings: Any) -> None:
    settings.BADGE_ENGINE = {**settings.BADGE_ENGINE, "PINS": 1}
    for number in range(3):
        told(club.trainer_a, f"{number}", is_pinned=number < 2)
    assert titles(client_of(club.ta1)) == ["1", "2", "0"]


def test_ties_are_broken_by_id(club: Club) -> None:
    for number in range(5):
        told(club.trainer_a, f"{number}", is_pinned=number < 2)
    Announcement.objects.update(created_at=timezone.now())
    assert titles(client_of(club.ta1)) == ["1", "0", "4", "3", "2"]


def test_pages_hold_twenty_and_name_their_neighbours(club: Club) -> None:
    for number in range(41):
        told(club.trainer_a, f"{number}")
    client = client_of(club.ta1)
    first = client.get(HERE).json()
    assert (first["count"], len(first["results"])) == (41, 20)
    assert first["next"] == f"http://testserver{HERE}?page=2"
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    assert second["previous"] == f"http://testserver{HERE}"
    third = client.get(second["next"]).json()
    assert [one["title"] for one in third["results"]] == ["0"]
    assert third["next"] is None
    beyond = client.get(f"{HERE}?page=4")
    assert beyond.status_code == 404
    assert list(beyond.json()) == ["detail"]


def test_somebody_without_a_trainer_has_nothing_to_read(club: Club) -> None:
    told(club.trainer_a)
    client = client_of(club.alone)
    nothing: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    assert client.get(HERE).json() == nothing
    assert unread(client) == 0
    refused = read(client)
    assert refused.status_code == 400
    assert list(refused.json()) == ["error"]
    assert isinstance(refused.json()["error"], str)


def test_whoever_changes_the_trainer_reads_the_new_one_at_once(club: Club) -> None:
    told(club.trainer_a, "a")
    told(club.trainer_b, "b")
    client = client_of(club.ta1)
    assert titles(client) == ["a"]
    club.ta1.parent_trainer = club.trainer_b
    club.ta1.save()
    assert titles(client) == ["b"]
    assert unread(client) == 1


def test_what_was_served_of_one_group_says_nothing_of_another(club: Club) -> None:
    for number in range(3):
        told(club.trainer_a, f"{number}")
    told(club.trainer_b, "b")
    client = client_of(club.ta1)
    assert len(titles(client)) == 3
    Reader.objects.update(newest_post=77)
    club.ta1.parent_trainer = club.trainer_b
    club.ta1.save()
    assert titles(client) == ["b"]
    assert Reader.objects.get().newest_post is None
    assert read(client).status_code == 200
    told(club.trainer_b, "c")
    assert unread(client) == 1


def test_what_was_seen_of_the_feed_is_left_alone(club: Club) -> None:
    client = client_of(club.ta1)
    titles(client)
    Reader.objects.update(newest_post=77)
    titles(client)
    assert Reader.objects.get().newest_post == 77


# What is unread


def test_announcements_are_unread_until_they_are_marked(club: Club) -> None:
    for _ in range(3):
        told(club.trainer_a)
    client = client_of(club.ta1)
    assert unread(client) == 3
    response = read(client)
    assert response.status_code == 200
    assert list(response.json()) == ["last_read_at"]
    assert response.json()["last_read_at"].endswith("Z")
    assert unread(client) == 0
    assert unread(client_of(club.ta2)) == 3


def test_another_title_or_body_is_unread_again_and_a_pin_is_not(club: Club) -> None:
    number = told(club.trainer_a)["id"]
    told(club.trainer_a)
    trainer, client = client_of(club.trainer_a), client_of(club.ta1)
    read(client)
    trainer.patch(f"{OWN}{number}/", {"is_pinned": True}, format="json")
    assert unread(client) == 0
    trainer.patch(f"{OWN}{number}/", {"title": "Hello"}, format="json")
    assert unread(client) == 0
    trainer.patch(f"{OWN}{number}/", {"title": "Other"}, format="json")
    assert unread(client) == 1
    read(client)
    trainer.patch(f"{OWN}{number}/", {"body": "Other"}, format="json")
    assert unread(client) == 1


def test_what_comes_after_a_page_was_served_stays_unread(club: Club) -> None:
    told(club.trainer_a)
    client = client_of(club.ta1)
    titles(client)
    told(club.trainer_a, "while reading")
    read(client)
    assert unread(client) == 1
    titles(client)
    read(client)
    assert unread(client) == 0


def test_what_is_rewritten_after_a_page_was_served_stays_unread(club: Club) -> None:
    number = told(club.trainer_a)["id"]
    client = client_of(club.ta1)
    titles(client)
    client_of(club.trainer_a).patch(f"{OWN}{number}/", {"title": "Other"}, format="json")
    read(client)
    assert unread(client) == 1
    read(client, up_to=number)
    assert unread(client) == 1
    titles(client)
    read(client, up_to=number)
    assert unread(client) == 0


def test_after_a_minute_everything_is_marked(club: Club) -> None:
    told(club.trainer_a)
    client = client_of(club.ta1)
    titles(client)
    told(club.trainer_a, "later")
    a_while_passes()
    read(client)
    assert unread(client) == 0


def test_up_to_marks_that_one_and_those_before(club: Club) -> None:
    numbers = [told(club.trainer_a, f"{n}")["id"] for n in range(5)]
    client = client_of(club.ta1)
    assert read(client, up_to=numbers[2]).status_code == 200
    assert unread(client) == 2
    read(client, up_to=numbers[0])
    assert unread(client) == 2
    assert read(client, up_to=None).status_code == 200
    assert unread(client) == 0


@pytest.mark.parametrize("odd", ["1", 1.5, True, [], {}, 0, -1, 2**63, 10**400, "x"])
def test_an_odd_up_to_is_refused(club: Club, odd: Any) -> None:
    told(club.trainer_a)
    client = client_of(club.ta1)
    response = read(client, up_to=odd)
    assert response.status_code == 400
    assert unread(client) == 1


def test_an_up_to_of_another_group_is_as_one_that_never_was(club: Club) -> None:
    told(club.trainer_a)
    foreign = told(club.trainer_b)["id"]
    client = client_of(club.ta1)
    responses = [read(client, up_to=number) for number in (foreign, 2**62)]
    assert [one.status_code for one in responses] == [404, 404]
    assert responses[0].content == responses[1].content
    assert unread(client) == 1


def test_a_page_further_on_marks_nothing_that_was_not_served(club: Club) -> None:
    for number in range(25):
        told(club.trainer_a, f"{number}")
    client = client_of(club.ta1)
    assert len(titles(client, "?page=2")) == 5
    read(client)
    assert unread(client) == 20


def test_pages_read_one_after_another_are_all_read(club: Club) -> None:
    numbers = [told(club.trainer_a, f"{n}")["id"] for n in range(25)]
    client_of(club.trainer_a).patch(f"{OWN}{numbers[0]}/", {"title": "Again"}, format="json")
    client = client_of(club.ta1)
    titles(client)
    titles(client, "?page=2")
    read(client)
    assert unread(client) == 0


def test_what_comes_between_two_pages_stays_unread(club: Club) -> None:
    numbers = [told(club.trainer_a, f"{n}")["id"] for n in range(25)]
    client = client_of(club.ta1)
    titles(client)
    told(club.trainer_a, "between", is_pinned=True)
    client_of(club.trainer_a).patch(f"{OWN}{numbers[0]}/", {"title": "Again"}, format="json")
    titles(client, "?page=2")
    read(client)
    assert unread(client) == 2


def test_the_last_reading_is_the_newest(club: Club) -> None:
    told(club.trainer_a)
    client = client_of(club.ta1)
    first = read(client).json()["last_read_at"]
    second = read(client).json()["last_read_at"]
    assert second > first
    assert ReadMark.objects.count() == 1


def test_an_announcement_costs_few_queries(club: Club, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        told(club.trainer_a)
    client = client_of(club.ta1)
    with django_assert_num_queries(6):  # one of them is the host's, for the token
        client.get(HERE)
    with django_assert_num_queries(2):
        client.get(UNREAD)
    with django_assert_num_queries(4):
        read(client)
