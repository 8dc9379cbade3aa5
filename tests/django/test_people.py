"""Users who are erased, exported or deleted, and what of others stays: every table is counted."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import QuerySet

from django_adapter import erase, export, record
from django_adapter.engine import engine
from django_adapter.members import key_of
from django_adapter.models import AwardRow, Block, Post
from django_adapter.services import packs as trainers_packs
from django_adapter.services.people import erase_key
from tests.django.club import Club, client_of, worked_out
from tests.django.host.people.models import User
from tests.django.shelf import HERE, TODAY, days_ago

pytestmark = pytest.mark.django_db(transaction=True)

COMMUNITY = "/api/community/"
OWN_PACK = """
language: en
badges:
  - {id: ours, name: Ours, rule: {type: count, event: workout, at_least: 2}}
"""


def counts() -> Counter[str]:
    models = apps.get_app_config("badge_engine").get_models()
    return Counter({model.__name__: QuerySet(model).count() for model in models})


def changed(before: Counter[str]) -> dict[str, int]:
    """How many rows each table has more or less than before."""
    now = counts()
    return {name: now[name] - before[name] for name in now if before[name] != now[name]}


def without(rows: dict[str, int]) -> dict[str, int]:
    return {name: -number for name, number in rows.items()}


def posted(user: User, content: str) -> int:
    answer = client_of(user).post(f"{COMMUNITY}feed/", {"content": content}, format="json")
    assert answer.status_code == 201
    number: int = answer.json()["id"]
    return number


def reacted(user: User, post: int) -> None:
    sent = {"reaction_type": "fire"}
    answer = client_of(user).post(f"{COMMUNITY}feed/{post}/react/", sent, format="json")
    assert answer.status_code == 200


def told(trainer: User, title: str) -> None:
    said = {"title": title, "body": "To all of you."}
    assert client_of(trainer).post("/api/trainer/announcements/", said).status_code == 201


@pytest.fixture
def busy_club(real_club: Club) -> Club:
    """Everybody has done everything."""
    club = real_club
    trainers_packs.save(club.trainer_a, "ours", OWN_PACK)
    trainers_packs.publish(club.trainer_a, "ours")
    for trainer in (club.trainer_a, club.trainer_b):
        told(trainer, "Hello")
    for user in (club.ta1, club.ta2, club.tb):
        for ago in (3, 2, 1):
            worked_out(user, days_ago(ago))
        record(user, "check_in", id="call", day=TODAY)
        client_of(user).get(f"{COMMUNITY}announcements/")
        client_of(user).post(f"{COMMUNITY}announcements/mark-read/")
        client_of(user).get(f"{COMMUNITY}feed/")
        client_of(user).get(HERE)
        client_of(user).patch(f"{COMMUNITY}me/sharing/", {"weight_milestone": False}, format="json")
    mine, theirs = posted(club.ta1, "mine"), posted(club.ta2, "theirs")
    reacted(club.ta2, mine)
    reacted(club.ta1, theirs)
    return club


def own_rows(user: User) -> dict[str, int]:
    """How many rows of each table are about one user, asked of every column that may say so."""
    found: Counter[str] = Counter()
    key = key_of(user)
    for model in apps.get_app_config("badge_engine").get_models():
        names = {field.name for field in model._meta.get_fields()}  # noqa: SLF001 - by Django's docs
        for name, sought in (
            ("key", key),
            ("person", None),
            ("user", key),
            ("author", user.pk),
            ("trainer", user.pk),
            ("owner", user.pk),
            ("wanted_user", key),
        ):
            if name in names:
                where = {"person__key": key} if name == "person" else {name: sought}
                found[model.__name__] += QuerySet(model).filter(**where).count()
    return dict(+found)


def test_nothing_of_an_erased_user_is_left_and_all_of_others_is(busy_club: Club) -> None:
    club, before = busy_club, counts()
    own, others = own_rows(club.ta1), own_rows(club.ta2)
    assert {
        "Person",
        "EventRow",
        "AwardRow",
        "Post",
        "Reaction",
        "ReadMark",
        "Reader",
    } <= own.keys()
    erase(club.ta1)
    assert own_rows(club.ta1) == {}
    # A reaction to a post that is gone has nothing to stand on.
    assert own_rows(club.ta2) == {name: n for name, n in others.items() if name != "Reaction"}
    assert changed(before) == without(own | {"Reaction": own["Reaction"] + 1})
    assert engine().export(key_of(club.ta1))["events"] == []
    assert User.objects.filter(pk=club.ta1.pk).exists()
    assert sum(block.posts for block in Block.objects.filter(group=key_of(club.trainer_a))) == (
        Post.objects.filter(group=key_of(club.trainer_a), state="shown").count()
    )


def test_a_user_whom_the_host_deletes_is_erased(busy_club: Club) -> None:
    club, before, own = busy_club, counts(), own_rows(busy_club.ta1)
    club.ta1.delete()
    assert changed(before) == without(own | {"Reaction": own["Reaction"] + 1})


def test_a_user_who_is_gone_already_can_be_erased(busy_club: Club) -> None:
    key = key_of(busy_club.ta1)
    busy_club.ta1.delete()
    record(User(pk=key), "workout", id="late", day=TODAY)
    assert own_rows(User(pk=key)) != {}
    call_command("badges", "erase", key)
    erase_key("nobody-ever")
    assert own_rows(User(pk=key)) == {}


def test_a_trainer_whom_the_host_deletes_leaves_awards_and_posts_of_trainees(
    busy_club: Club,
) -> None:
    club, before = busy_club, counts()
    group = key_of(club.trainer_a)
    ours = f"{group}:ours"
    assert AwardRow.objects.filter(badge=ours, status="earned").count() == 2
    posts = Post.objects.filter(group=group).count()
    club.trainer_a.delete()
    gone = {"Announcement": 1, "Group": 1, "Pack": 1, "Edition": 1, "ReadMark": 2}
    assert changed(before) == without(gone) | {"AuditRow": 2}
    assert AwardRow.objects.filter(badge=ours, status="kept").count() == 2
    assert Post.objects.filter(group=group).count() == posts
    trainee = client_of(club.ta1)
    assert trainee.get(f"{COMMUNITY}feed/").json()["count"] == 0
    assert trainee.get(f"{COMMUNITY}announcements/").json()["count"] == 0
    assert trainee.get(f"{COMMUNITY}announcements/unread-count/").json() == {"unread_count": 0}
    (badge,) = (one for one in trainee.get(HERE).json() if one["slug"] == ours)
    assert (badge["name"], badge["earned"], badge["progress"]) == ("Ours", True, None)
    assert len(export(club.ta1)["posts"]) >= 1
    for user in (club.ta1, club.ta2):
        assert engine().reconcile(key_of(user)) == []


def test_a_trainer_who_is_erased_may_begin_anew(busy_club: Club) -> None:
    club = busy_club
    erase(club.trainer_a)
    assert own_rows(club.trainer_a) == {}
    told(club.trainer_a, "Again")
    trainee = client_of(club.ta1)
    assert trainee.get(f"{COMMUNITY}announcements/unread-count/").json() == {"unread_count": 1}
    assert trainee.get(f"{COMMUNITY}feed/").json()["count"] > 0


def test_a_badge_or_a_pack_that_is_deleted_takes_no_award_along(busy_club: Club) -> None:
    club, before = busy_club, counts()
    trainers_packs.delete(club.trainer_a, "ours")
    assert changed(before) == {"Pack": -1, "Edition": -1, "AuditRow": 2}
    worked_out(club.ta1, TODAY)
    slug = f"{key_of(club.trainer_a)}:ours"
    kept = {row.person.key: row.status for row in AwardRow.objects.filter(badge=slug)}
    assert kept == {key_of(club.ta1): "kept", key_of(club.ta2): "kept"}
    (badge,) = (one for one in client_of(club.ta1).get(HERE).json() if one["slug"] == slug)
    assert (badge["name"], badge["earned"]) == ("Ours", True)


def test_a_pack_that_is_gone_before_anybody_listed_it_leaves_its_texts(real_club: Club) -> None:
    club = real_club
    trainers_packs.save(club.trainer_a, "ours", OWN_PACK)
    trainers_packs.publish(club.trainer_a, "ours")
    for ago in (2, 1):
        record(club.ta1, "workout", id=f"workout-{ago}", day=days_ago(ago))
    trainers_packs.delete(club.trainer_a, "ours")
    slug = f"{key_of(club.trainer_a)}:ours"
    (badge,) = (one for one in client_of(club.ta1).get(HERE).json() if one["slug"] == slug)
    assert (badge["name"], badge["criteria_type"]) == ("Ours", "workout_count")


def test_an_export_holds_every_row_about_the_user(busy_club: Club) -> None:
    club = busy_club
    told = export(club.ta1)
    assert json.loads(json.dumps(told)) == told
    rows = own_rows(club.ta1)
    for part, name in (
        ("awards", "AwardRow"),
        ("posts", "Post"),
        ("reactions", "Reaction"),
        ("read_marks", "ReadMark"),
        ("reader", "Reader"),
        ("source_rows", "SourceRow"),
    ):
        assert len(told[part]) == rows[name], part
    assert len(told["events"]) + len(told["withdrawn"]) == rows["EventRow"]
    assert told["sharing"]["weight_milestone"] is False
    assert "mine" in {one["content"] for one in told["posts"]}
    assert all(one["created_at"].endswith("Z") for one in told["posts"])
    trainer: dict[str, Any] = export(club.trainer_a)
    assert [one["title"] for one in trainer["announcements"]] == ["Hello"]
    (pack,) = trainer["packs"]
    assert (pack["name"], pack["published"]) == ("ours", 1)
    assert [(one["number"], one["text"]) for one in pack["editions"]] == [(1, OWN_PACK)]
    assert "theirs" not in json.dumps(told)


def test_a_row_given_to_another_user_stays_theirs(busy_club: Club) -> None:
    club = busy_club
    log = worked_out(club.ta1, days_ago(9))
    log.trainee = club.tb
    log.save()
    erase(club.ta1)
    erased = own_rows(club.tb)
    log.workout_data = {}
    log.save()
    assert own_rows(club.tb)["SourceRow"] == erased["SourceRow"]
    assert engine().reconcile(key_of(club.tb)) == []
