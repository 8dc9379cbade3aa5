"""Awards as they are told: recent, new, with their reasons, and to the trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_adapter import new_achievements
from django_adapter.members import key_of
from django_adapter.models import AwardRow
from tests.django.club import Club, client_of
from tests.django.host.people.models import User
from tests.django.shelf import (
    HERE,
    B,
    N,
    Packs,
    assert_shape,
    days_ago,
    did,
    listed,
    of,
)

ODD_SLUGS = ["secret", "nothing", "0", "a%00b", "%ed%a0%80", "a" * 5000, "12:x"]


@pytest.fixture
def packs(settings: Any, tmp_path: Path) -> Packs:
    return Packs(settings, tmp_path)


# Recent, unseen, seen


def test_the_five_awards_recorded_last_come_newest_first(club: Club) -> None:
    did(club.ta1, *range(10, -1, -1))
    told = client_of(club.ta1).get(f"{HERE}recent/").json()
    assert len(told) == 5
    for one in told:
        assert_shape(one, N)
    rows = AwardRow.objects.filter(person__key=key_of(club.ta1)).order_by("-recorded_at", "-id")
    assert [one["id"] for one in told] == [row.pk for row in rows[:5]]


def test_what_is_new_is_unseen_until_it_is_seen(club: Club, packs: Packs) -> None:
    did(club.ta1, 3, 2, 1)
    client = client_of(club.ta1)
    unseen = client.get(f"{HERE}unseen/").json()
    assert [(one["slug"], one["tier"]) for one in unseen] == [
        ("often", "bronze"),
        ("again", ""),
        ("secret", "one"),
        ("in-a-row", ""),
        ("often", "silver"),
    ]
    assert unseen == new_achievements(club.ta1)
    first, *others = (one["id"] for one in unseen)
    assert client.post(f"{HERE}seen/", {"ids": [first]}, format="json").json() == {"new": [first]}
    assert [one["id"] for one in client.get(f"{HERE}unseen/").json()] == others
    again = client.post(f"{HERE}seen/", {"ids": [first, *others, first]}, format="json")
    assert (again.status_code, again.json()) == (200, {"new": sorted(others)})
    assert client.post(f"{HERE}seen/", {"ids": others}, format="json").json() == {"new": []}
    assert client.get(f"{HERE}unseen/").json() == []


def test_an_offline_week_of_last_month_is_told_in_silence(club: Club, packs: Packs) -> None:
    did(club.ta1, *range(40, 33, -1))
    assert client_of(club.ta1).get(f"{HERE}unseen/").json() == []
    row = AwardRow.objects.filter(badge="in-a-row").get()
    told = client_of(club.ta1).post(f"{HERE}seen/", {"ids": [row.pk]}, format="json")
    assert told.json() == {"new": []}
    assert of(club.ta1, "in-a-row")["earned"]


def test_ids_of_others_are_passed_over(club: Club, packs: Packs) -> None:
    did(club.ta1, 1)
    did(club.ta2, 1)
    own = AwardRow.objects.get(person__key=key_of(club.ta1)).pk
    foreign = AwardRow.objects.get(person__key=key_of(club.ta2)).pk
    answer = client_of(club.ta1).post(
        f"{HERE}seen/", {"ids": [own, foreign, 2**63 - 1]}, format="json"
    )
    assert (answer.status_code, answer.json()) == (200, {"new": [own]})
    assert AwardRow.objects.get(pk=foreign).seen_at is None


@pytest.mark.parametrize(
    "ids",
    [
        "one",
        1,
        None,
        ["a"],
        ["1"],
        [0],
        [-1],
        [1.5],
        [True],
        [2**63],
        [None],
        [[1]],
        {},
        [1] * 1001,
    ],
)
def test_odd_ids_are_refused(club: Club, ids: Any) -> None:
    answer = client_of(club.ta1).post(f"{HERE}seen/", {"ids": ids}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == ["ids"]


def test_ids_are_needed(club: Club) -> None:
    answer = client_of(club.ta1).post(f"{HERE}seen/", {}, format="json")
    assert answer.json() == {"ids": ["This field is required."]}


def test_seen_is_not_read(club: Club) -> None:
    assert client_of(club.ta1).get(f"{HERE}seen/").status_code == 405


def test_a_host_may_mark_what_it_tells(club: Club, packs: Packs) -> None:
    did(club.ta1, 1)
    (told,) = new_achievements(club.ta1, mark_seen=True)
    assert_shape(told, N)
    assert new_achievements(club.ta1) == []
    assert client_of(club.ta1).get(f"{HERE}unseen/").json() == []


# One badge


def test_a_badge_is_told_with_its_tiers_and_the_reasons(club: Club, packs: Packs) -> None:
    did(club.ta1, 3, 2, 1)
    detail = client_of(club.ta1).get(f"{HERE}often/").json()
    tiers, why = detail.pop("tiers"), detail.pop("explanation")
    assert_shape(detail, B)
    assert detail == tiers[2]
    assert tiers == [one for one in listed(club.ta1) if one["slug"] == "often"]
    assert (why["slug"], why["criterion"], why["holds"]) == ("often", "count", True)
    assert why["evidence"] == {
        "event": "workout-3",
        "first_day": str(days_ago(3)),
        "last_day": str(days_ago(3)),
        "count": 1,
    }
    first = why["lines"][0]
    assert (first["depth"], first["holds"]) == (0, True)
    assert first["text"].startswith("Often: ")


def test_reasons_say_nothing_of_hidden_parts(club: Club, packs: Packs) -> None:
    did(club.ta1, 1)
    answer = client_of(club.ta1).get(f"{HERE}both/")
    assert "ecret" not in answer.content.decode()
    hidden, shown = answer.json()["explanation"]["parts"]
    assert (hidden["slug"], hidden["criterion"]) == ("", "hidden")
    assert (shown["slug"], shown["criterion"]) == ("in-a-row", "streak")


@pytest.mark.parametrize("slug", ODD_SLUGS)
def test_what_is_hidden_is_as_unknown_as_what_is_not_there(
    club: Club, packs: Packs, slug: str
) -> None:
    client = client_of(club.ta1)
    unknown = client.get(f"{HERE}no-such-badge/")
    answer = client.get(f"{HERE}{slug}/")
    assert (answer.status_code, answer.content) == (404, unknown.content)
    assert unknown.json() == {"detail": "Not found."}


# Trainers


def test_a_trainer_sees_all_badges_of_a_trainee(club: Club, packs: Packs) -> None:
    did(club.ta1, 1)
    answer = client_of(club.trainer_a).get(f"/api/trainer/trainees/{club.ta1.pk}/achievements/")
    assert answer.status_code == 200
    told = {(one["slug"], one["tier"]): one for one in answer.json()}
    for one in told.values():
        assert_shape(one, B)
    assert told["often", "bronze"]["earned"]
    assert told["secret", "one"]["progress"]["value"] == 1.0
    own = {(one["slug"], one["tier"]): one for one in listed(club.ta1) if one["slug"]}
    assert {key: told[key] for key in own} == own


def test_a_trainer_sees_nobody_else(club: Club) -> None:
    client = client_of(club.trainer_a)
    answers = [
        client.get(f"/api/trainer/trainees/{number}/achievements/")
        for number in (club.tb.pk, club.alone.pk, club.trainer_a.pk, 0, "x", 2**70, 2**40)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_trainer_sees_the_awards_of_all_trainees(club: Club, packs: Packs) -> None:
    did(club.ta1, 2, 1)
    did(club.ta2, 1)
    did(club.tb, 1)
    answer = client_of(club.trainer_a).get("/api/trainer/trainees/awards/?page_size=3").json()
    assert list(answer) == ["count", "next", "previous", "results"]
    assert answer["count"] == 4
    assert answer["next"].endswith("?page=2&page_size=3")
    for one in answer["results"]:
        assert_shape(one, N | {"trainee": dict})
    newest = answer["results"][0]
    assert newest["slug"] == "often"
    assert newest["trainee"] == {
        "id": club.ta2.pk,
        "first_name": "Ta2",
        "last_name": "Test",
        "profile_image": None,
    }
    last = client_of(club.trainer_a).get("/api/trainer/trainees/awards/?page_size=3&page=2").json()
    assert len(last["results"]) == 1
    assert last["next"] is None
    nobody = client_of(club.trainer_b).get("/api/trainer/trainees/awards/").json()
    assert [one["trainee"]["id"] for one in nobody["results"]] == [club.tb.pk]


def test_a_trainer_without_trainees_sees_an_empty_page(club: Club) -> None:
    User.objects.filter(pk=club.tb.pk).update(parent_trainer=None)
    answer = client_of(club.trainer_b).get("/api/trainer/trainees/awards/").json()
    assert answer == {"count": 0, "next": None, "previous": None, "results": []}


def test_awards_of_trainees_cost_as_much_as_one(club: Club, packs: Packs) -> None:
    did(club.ta1, *range(9, 0, -1))
    client = client_of(club.trainer_a)
    client.get("/api/trainer/trainees/awards/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/api/trainer/trainees/awards/")
    ours = [query["sql"] for query in captured if "badge_engine_" in query["sql"]]
    assert len(ours) <= 4, ours


def test_who_left_is_no_trainee_any_more(club: Club, packs: Packs) -> None:
    did(club.ta1, 1)
    club.ta1.parent_trainer = club.trainer_b
    club.ta1.save()
    address = f"/api/trainer/trainees/{club.ta1.pk}/achievements/"
    assert client_of(club.trainer_a).get(address).status_code == 404
    assert client_of(club.trainer_b).get(address).status_code == 200
