"""The feed as phones see it: who reads, writes, reacts and takes down."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import override_settings

from django_adapter.members import key_of
from django_adapter.models import Block, Post, Reaction
from tests.django.club import Club, client_of
from tests.django.host.people.models import User

FEED = "/api/community/feed/"
TRAINER_FEED = "/api/trainer/feed/"
SHARING = "/api/community/me/sharing/"


def posted(author: User, content: str = "Hello") -> dict[str, Any]:
    response = client_of(author).post(FEED, {"content": content}, format="json")
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def listed(user: User, address: str = FEED) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client_of(user).get(address).json()["results"]
    return found


def contents(user: User, address: str = FEED) -> list[str]:
    return [post["content"] for post in listed(user, address)]


def react(user: User, post: int, kind: object = "fire") -> Any:
    return client_of(user).post(f"{FEED}{post}/react/", {"reaction_type": kind}, format="json")


# Reading and writing


def test_a_text_has_the_shape_that_clients_expect(club: Club) -> None:
    post = posted(club.ta1, "  Up the hill\nand down  ")
    number, created = post.pop("id"), post.pop("created_at")
    assert type(number) is int
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", created)
    assert post == {
        "author": {
            "id": club.ta1.pk,
            "first_name": "Ta1",
            "last_name": "Test",
            "profile_image": None,
        },
        "content": "Up the hill\nand down",
        "post_type": "text",
        "metadata": {},
        "reactions": {"fire": 0, "thumbs_up": 0, "heart": 0},
        "user_reactions": [],
    }
    assert listed(club.ta2) == [{"id": number, "created_at": created, **post}]


def test_the_feed_is_a_page_with_the_newest_first(club: Club) -> None:
    for number in range(3):
        posted(club.ta1, str(number))
    answer = client_of(club.ta2).get(FEED).json()
    assert list(answer) == ["count", "next", "previous", "results"]
    assert (answer["count"], answer["next"], answer["previous"]) == (3, None, None)
    assert contents(club.ta2) == ["2", "1", "0"]


def test_a_group_sees_its_own_feed_alone(club: Club) -> None:
    posted(club.ta1, "to A")
    posted(club.tb, "to B")
    assert contents(club.ta2) == contents(club.trainer_a, TRAINER_FEED) == ["to A"]
    assert contents(club.tb) == contents(club.trainer_b, TRAINER_FEED) == ["to B"]


def test_without_a_trainer_there_is_nothing_to_read_and_nobody_to_write_to(club: Club) -> None:
    client = client_of(club.alone)
    empty: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    assert client.get(FEED).json() == client.get(f"{FEED}?before=5").json() == empty
    assert client.get(f"{FEED}?page=2").status_code == 404
    refused = client.post(FEED, {"content": "Anyone?"}, format="json")
    assert refused.status_code == 400
    assert list(refused.json()) == ["error"]
    assert Post.objects.count() == 0


def test_what_the_server_makes_is_not_read_from_a_body(club: Club) -> None:
    claimed = {
        "content": "Me",
        "author": club.ta2.pk,
        "group": key_of(club.trainer_b),
        "post_type": "weight_milestone",
        "metadata": {"achievement_name": "Made up"},
        "created_at": "2001-01-01T00:00:00Z",
    }
    made = client_of(club.ta1).post(FEED, claimed, format="json").json()
    assert (made["post_type"], made["metadata"]) == ("text", {})
    assert made["author"]["id"] == club.ta1.pk
    assert not made["created_at"].startswith("2001")
    assert contents(club.tb) == []


@pytest.mark.parametrize(
    "content",
    ["", "   ", None, 5, ["x"], {}, "x" * 1001, "a\x00b", "\u200b", "a\u202eb", "\x1b[0m"],
    ids=ascii,
)
def test_texts_that_nobody_should_read_are_refused(club: Club, content: object) -> None:
    refused = client_of(club.ta1).post(FEED, {"content": content}, format="json")
    assert refused.status_code == 400
    assert list(refused.json()) == ["content"]
    assert Post.objects.count() == 0


def test_a_thousand_code_points_are_not_too_many(club: Club) -> None:
    assert posted(club.ta1, "🏋" * 1000)["content"] == "🏋" * 1000


@pytest.mark.parametrize("metadata", [{"workout_name": "Legs", "sets": 3}, {}, [], "x"])
def test_metadata_of_imported_posts_is_a_map_as_it_was(club: Club, metadata: Any) -> None:
    post = posted(club.ta1)["id"]
    Post.objects.filter(pk=post).update(metadata=metadata)
    (shown,) = listed(club.ta2)
    assert shown["metadata"] == (metadata if isinstance(metadata, dict) else {})


# Reactions


def test_a_second_tap_takes_a_reaction_back(club: Club) -> None:
    post = posted(club.ta1)["id"]
    first, second = react(club.ta2, post), react(club.ta2, post)
    assert first.status_code == second.status_code == 200
    assert first.json() == {
        "reactions": {"fire": 1, "thumbs_up": 0, "heart": 0},
        "user_reactions": ["fire"],
    }
    assert second.json() == {
        "reactions": {"fire": 0, "thumbs_up": 0, "heart": 0},
        "user_reactions": [],
    }


def test_everybody_sees_all_reactions_and_which_are_their_own(club: Club) -> None:
    post = posted(club.ta1)["id"]
    react(club.ta1, post, "heart")
    react(club.ta2, post, "heart")
    react(club.ta2, post, "fire")
    (own,), (others,) = listed(club.ta1), listed(club.ta2)
    assert own["reactions"] == others["reactions"] == {"fire": 1, "thumbs_up": 0, "heart": 2}
    assert (own["user_reactions"], others["user_reactions"]) == (["heart"], ["fire", "heart"])


def test_a_reaction_can_be_set_and_unset_any_number_of_times(club: Club) -> None:
    post = posted(club.ta1)["id"]
    client, here = client_of(club.ta2), f"{FEED}{post}/reactions/heart/"
    for method, count in [("put", 1), ("put", 1), ("delete", 0), ("delete", 0), ("put", 1)]:
        answer = getattr(client, method)(here)
        assert answer.status_code == 200
        assert answer.json()["reactions"] == {"fire": 0, "thumbs_up": 0, "heart": count}
        assert answer.json()["user_reactions"] == ["heart"] * count
    assert client.put(f"{FEED}{post}/reactions/boo/").content == b'{"detail":"Not found."}'


@pytest.mark.parametrize("kind", ["", "boo", "FIRE", None, 1, True, ["fire"], {"fire": 1}, "\x00"])
def test_unknown_reactions_are_refused(club: Club, kind: object) -> None:
    refused = react(club.ta2, posted(club.ta1)["id"], kind)
    assert refused.status_code == 400
    assert list(refused.json()) == ["reaction_type"]
    assert Reaction.objects.count() == 0


def test_the_kinds_of_reactions_are_the_hosts(club: Club) -> None:
    post = posted(club.ta1)["id"]
    react(club.ta2, post, "fire")
    with override_settings(BADGE_ENGINE={"REACTIONS": ["muscle"]}):
        assert react(club.ta2, post, "muscle").json() == {
            "reactions": {"muscle": 1},
            "user_reactions": ["muscle"],
        }
        assert react(club.ta2, post, "fire").status_code == 400


def test_a_reaction_stays_with_its_post_until_its_user_is_erased(club: Club) -> None:
    post = posted(club.ta1)["id"]
    for user in (club.ta2, club.deactivated):
        Reaction.objects.create(post_id=post, user=user, kind="fire")
    club.ta2.parent_trainer = None
    club.ta2.save()
    assert listed(club.ta1)[0]["reactions"]["fire"] == 2
    club.ta2.delete()
    assert listed(club.ta1)[0]["reactions"]["fire"] == 1


# Taking down


def test_a_removed_post_leaves_only_who_did_it_and_when(club: Club) -> None:
    post = posted(club.ta1, "Never mind")["id"]
    react(club.ta2, post)
    removed = client_of(club.trainer_a).delete(f"{TRAINER_FEED}{post}/")
    assert (removed.status_code, removed.content) == (204, b"")
    row = Post.objects.get(pk=post)
    assert (row.state, row.content, row.metadata) == ("deleted", "", {})
    assert row.deleted_by == key_of(club.trainer_a)
    assert row.deleted_at is not None
    assert Reaction.objects.count() == 0
    assert contents(club.ta1) == []
    assert sum(Block.objects.values_list("posts", flat=True)) == 0


def test_who_may_take_a_post_down(club: Club) -> None:
    post = posted(club.ta1)["id"]
    missing = client_of(club.tb).delete(f"{FEED}{2**62}/").content
    for user, status in [
        (club.ta2, 403),
        (club.tb, 404),
        (club.trainer_b, 404),
        (club.alone, 404),
        (club.staff, 403),
    ]:
        answer = client_of(user).delete(f"{FEED}{post}/")
        assert answer.status_code == status
        assert status != 404 or answer.content == missing
    for user in (club.ta1, club.trainer_a):
        post = posted(club.ta1)["id"]
        assert client_of(user).delete(f"{FEED}{post}/").status_code == 204
        assert client_of(user).delete(f"{FEED}{post}/").content == missing
        assert react(club.ta2, post).content == missing


def test_a_post_stays_in_its_group_when_its_author_leaves(club: Club) -> None:
    mine, other = posted(club.ta1, "mine")["id"], posted(club.ta2, "other")["id"]
    club.ta1.parent_trainer = club.trainer_b
    club.ta1.save()
    assert contents(club.ta1) == []
    assert contents(club.ta2) == ["other", "mine"]
    assert react(club.ta1, mine).status_code == react(club.ta1, other).status_code == 404
    client = client_of(club.ta1)
    assert client.delete(f"{FEED}{other}/").status_code == 404
    assert client.delete(f"{FEED}{mine}/").status_code == 204
    assert contents(club.ta2) == ["other"]


def test_posts_of_a_deleted_trainers_group_are_listed_to_nobody_and_kept(club: Club) -> None:
    posted(club.ta1)
    club.trainer_a.delete()
    club.ta1.refresh_from_db()
    assert contents(club.ta1) == []
    assert Post.objects.filter(author=club.ta1, state="shown").count() == 1


# Sharing


def test_sharing_is_on_until_it_is_switched_off(club: Club) -> None:
    client = client_of(club.ta1)
    every = {"workout_completed": True, "achievement_earned": True, "weight_milestone": True}
    assert client.get(SHARING).json() == every
    changed = client.patch(SHARING, {"weight_milestone": False}, format="json")
    assert changed.status_code == 200
    assert changed.json() == client.get(SHARING).json() == every | {"weight_milestone": False}
    back = {"weight_milestone": True, "workout_completed": False}
    assert client.patch(SHARING, back, format="json").json() == every | back
    assert client.patch(SHARING, {}, format="json").json() == every | back
    assert client_of(club.ta2).get(SHARING).json() == every


@pytest.mark.parametrize("said", ["yes", 1, None, [], {}])
def test_a_switch_is_true_or_false(club: Club, said: object) -> None:
    refused = client_of(club.ta1).patch(SHARING, {"workout_completed": said}, format="json")
    assert refused.status_code == 400
    assert list(refused.json()) == ["workout_completed"]
