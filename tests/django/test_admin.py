"""The admin site as a member of staff uses it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client

from django_adapter.apps import BadgeEngineConfig
from django_adapter.members import key_of
from django_adapter.models import AwardRow, Edition, EventRow, Pack, Post
from django_adapter.rules import rules_of
from django_adapter.services import packs
from tests.django.club import Club, client_of, worked_out
from tests.django.host.people.models import User
from tests.django.shelf import days_ago, did

HERE = "/admin/badge_engine/"
OURS = """\
language: en
badges:
  - {id: ours, name: Ours, rule: {type: count, event: workout, at_least: 2}}
"""
BROKEN = OURS.replace("at_least", "at_last")
LISTED = [
    model._meta.model_name  # noqa: SLF001 - documented by Django
    for model in admin.site._registry  # noqa: SLF001 - there is no other way to ask
    if model._meta.app_label == BadgeEngineConfig.label  # noqa: SLF001 - as above
]


@pytest.fixture
def site(club: Club) -> Client:
    """A browser in which a member of staff has signed in."""
    client = Client()
    client.force_login(club.staff)
    return client


def pages(client: Client, model: str, row: Any) -> list[Any]:
    return [client.get(f"{HERE}{model}/"), client.get(f"{HERE}{model}/{row.pk}/change/")]


def sent(client: Client, address: str, **said: Any) -> Any:
    return client.post(f"{HERE}{address}", said, follow=True)


# Looking


@pytest.mark.parametrize("model", LISTED)
def test_every_table_can_be_listed_and_searched(site: Client, club: Club, model: str) -> None:
    did(club.ta1, 2, 1)
    worked_out(club.ta1, days_ago(1))
    client_of(club.ta1).get("/api/community/achievements/")
    for address in (f"{HERE}{model}/", f"{HERE}{model}/?q=1"):
        assert site.get(address).status_code == 200


@pytest.mark.parametrize("model", [model for model in LISTED if model != "pack"])
def test_nothing_but_packs_can_be_added_or_changed(site: Client, model: str) -> None:
    assert site.get(f"{HERE}{model}/add/").status_code == 403
    assert sent(site, f"{model}/1/delete/", post="yes").status_code == 403


def test_events_are_shown_and_stay_as_they_are(site: Client, club: Club) -> None:
    did(club.ta1, 1)
    event = EventRow.objects.get()
    for page in pages(site, "eventrow", event):
        assert "workout-1" in page.content.decode()
    assert sent(site, f"eventrow/{event.pk}/change/", event_id="other").status_code == 403
    assert EventRow.objects.get().event_id == "workout-1"


def test_an_award_is_shown_with_what_happened_to_it(site: Client, club: Club) -> None:
    from django_adapter.engine import engine

    did(club.ta1, 1)
    engine().retract(key_of(club.ta1), "workout-1")
    award = AwardRow.objects.get(badge="first-workout")
    shown, page = (one.content.decode() for one in pages(site, "awardrow", award))
    assert "kept" in shown
    assert f"{days_ago(1):%Y}" in page
    assert "kept (events workout-1)" in page
    assert "<script>" not in page.replace('<script src="', "")


def test_a_post_is_taken_down_with_the_name_of_who_did_it(site: Client, club: Club) -> None:
    client_of(club.ta1).post("/api/community/feed/", {"content": "Rude <b>words</b>"})
    post = Post.objects.get()
    assert "Rude &lt;b&gt;words" in site.get(f"{HERE}post/{post.pk}/change/").content.decode()
    told = sent(site, "post/", action="take_down", _selected_action=[post.pk])
    assert "Posts taken down: 1" in told.content.decode()
    post.refresh_from_db()
    assert (post.state, post.content) == ("deleted", "")
    assert post.deleted_by == key_of(club.staff)
    assert client_of(club.ta2).get("/api/community/feed/").json()["count"] == 0
    again = sent(site, "post/", action="take_down", _selected_action=[post.pk])
    assert "Posts taken down: 0" in again.content.decode()


def test_who_may_only_look_takes_nothing_down(club: Club) -> None:
    looker = User.objects.create_user("looker@example.com", is_staff=True, role="ADMIN")
    looker.user_permissions.add(Permission.objects.get(codename="view_post"))
    client_of(club.ta1).post("/api/community/feed/", {"content": "Hello"})
    client = Client()
    client.force_login(looker)
    page = client.get(f"{HERE}post/")
    assert page.status_code == 200
    assert "take_down" not in page.content.decode()
    sent(client, "post/", action="take_down", _selected_action=[Post.objects.get().pk])
    assert Post.objects.get().state == "shown"


# Packs


def test_a_pack_is_written_and_put_in_force(site: Client, club: Club) -> None:
    assert site.get(f"{HERE}pack/add/").status_code == 200
    told = sent(
        site,
        "pack/add/",
        owner=club.trainer_a.pk,
        name="ours",
        text=OURS.replace("\n", "\r\n"),
        force="newest",
    )
    assert "errornote" not in told.content.decode()
    assert packs.edition(club.trainer_a, "ours").text == OURS
    assert packs.one(club.trainer_a, "ours").published == 1
    assert f"{key_of(club.trainer_a)}:ours" in rules_of(club.ta1).badges
    assert f"{key_of(club.trainer_a)}:ours" not in rules_of(club.tb).badges


def test_mistakes_are_told_as_the_loader_tells_them(site: Client, club: Club) -> None:
    told = sent(site, "pack/add/", owner=club.trainer_a.pk, name="ours", text=BROKEN, force="")
    page = told.content.decode()
    assert "<pre>ours:3:" in page
    assert "is not a setting of a count rule" in page
    assert "^^^^^^^" in page
    assert not Pack.objects.exists()


def test_a_pack_is_edited_rolled_back_and_taken_out_of_force(site: Client, club: Club) -> None:
    packs.save(club.trainer_a, "ours", OURS)
    packs.publish(club.trainer_a, "ours")
    pack = Pack.objects.get()
    address = f"pack/{pack.pk}/change/"
    page = site.get(f"{HERE}{address}").content.decode()
    assert "name: Ours" in page
    newer = OURS.replace("name: Ours", "name: Newer")
    sent(site, address, text=newer, force="")
    assert packs.one(club.trainer_a, "ours").published == 1
    assert packs.one(club.trainer_a, "ours").edition == 2
    sent(site, address, text=newer, force="2")
    assert packs.one(club.trainer_a, "ours").published == 2
    sent(site, address, text=newer, force="1")
    assert packs.one(club.trainer_a, "ours").published == 1
    sent(site, address, text=newer, force="none")
    assert packs.one(club.trainer_a, "ours").published is None
    refused = sent(site, address, text=BROKEN, force="newest")
    assert "is not a setting of a count rule" in refused.content.decode()
    assert Edition.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "check"}, "Write a name of small letters"),
        ({"name": "Ours!"}, "Enter a valid"),
        ({"owner": "ta1"}, "Only trainers keep packs."),
        ({"text": ""}, "This field is required."),
        ({"force": "7"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    site: Client, club: Club, changed: dict[str, str], why: str
) -> None:
    said: dict[str, Any] = {"owner": club.trainer_a.pk, "name": "ours", "text": OURS, "force": ""}
    said |= {key: club.ta1.pk if key == "owner" else value for key, value in changed.items()}
    assert why in sent(site, "pack/add/", **said).content.decode()
    assert not Pack.objects.exists()


def test_a_name_that_is_taken_is_told(site: Client, club: Club) -> None:
    packs.save(club.trainer_a, "ours", OURS)
    told = sent(site, "pack/add/", owner=club.trainer_a.pk, name="ours", text=OURS, force="")
    assert "already exists" in told.content.decode()


def test_what_is_refused_only_when_it_is_done_is_told_as_well(
    site: Client, club: Club, settings: Any
) -> None:
    settings.BADGE_ENGINE = {**settings.BADGE_ENGINE, "PACKS": {"PACKS": 1}}
    packs.save(club.trainer_a, "ours", OURS)
    other = OURS.replace("ours", "other")
    told = sent(site, "pack/add/", owner=club.trainer_a.pk, name="other", text=other, force="")
    assert "you have 1 packs, and no more are allowed" in told.content.decode()
    assert Pack.objects.count() == 1


def test_a_pack_that_another_one_needs_is_not_deleted(site: Client, club: Club) -> None:
    packs.save(club.trainer_a, "ours", OURS)
    packs.publish(club.trainer_a, "ours")
    needing = (
        "language: en\nbadges:\n  - {id: needs, name: Needs, rule: {type: all_of, of: "
        "[{badge: ours}, {badge: first-workout}]}}\n"
    )
    packs.save(club.trainer_a, "needing", needing)
    packs.publish(club.trainer_a, "needing")
    ours, other = Pack.objects.order_by("-name")
    refused = sent(site, f"pack/{ours.pk}/delete/", post="yes").content.decode()
    assert "ours" in refused
    assert "was deleted successfully" not in refused
    assert Pack.objects.count() == 2
    assert "was deleted" in sent(site, f"pack/{other.pk}/delete/", post="yes").content.decode()
    sent(site, f"pack/{ours.pk}/delete/", post="yes")
    assert not Pack.objects.exists()
    assert f"{key_of(club.trainer_a)}:ours" not in rules_of(club.ta1).badges
