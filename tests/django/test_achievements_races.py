"""Phones and workers that ask at the same moment, each on a connection of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from django_adapter.engine import engine
from django_adapter.members import key_of
from django_adapter.models import AwardRow, Badge
from tests.django.club import Club, client_of
from tests.django.shelf import HERE, OTHER, Packs, days_ago, did
from tests.django.together import together

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50

EVERY = """
language: en
badges:
  - {id: every, name: Every, rule: {type: count, event: workout, at_least: 1, repeat: true}}
"""


@pytest.fixture
def packs(settings: Any, tmp_path: Path) -> Packs:
    return Packs(settings, tmp_path)


@pytest.fixture(params=[False, True], ids=["autocommit", "atomic requests"])
def requests_are_atomic(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the host wraps each request in a transaction."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", request.param)


def test_two_phones_that_celebrate_at_once_do_so_once(
    real_club: Club, packs: Packs, requests_are_atomic: None
) -> None:
    packs(EVERY)
    phones = [client_of(real_club.ta1) for _ in range(3)]

    def tell(phone: Any) -> list[int]:
        ids = [one["id"] for one in phone.get(f"{HERE}unseen/").json()]
        answer = phone.post(f"{HERE}seen/", {"ids": ids}, format="json")
        assert answer.status_code == 200
        new: list[int] = answer.json()["new"]
        return new

    for number in range(ROUNDS):
        did(real_club.ta1, 0, id=f"round-{number}")
        told = together([partial(tell, phone) for phone in phones])
        (award,) = (number for new in told for number in new)
        assert AwardRow.objects.latest("pk").pk == award
    assert not AwardRow.objects.filter(seen_at__isnull=True).exists()


def test_what_is_told_stays_told_when_facts_come_at_the_same_moment(
    real_club: Club, packs: Packs
) -> None:
    """A late workout corrects every award while a phone celebrates them."""
    packs(EVERY)
    user, phone = real_club.ta1, client_of(real_club.ta1)
    for number in range(8):
        did(user, 1, id=f"on-time-{number}")
        ids = [one["id"] for one in phone.get(f"{HERE}unseen/").json()]
        seen = partial(phone.post, f"{HERE}seen/", {"ids": ids}, format="json")
        together([seen, partial(did, user, 5, id=f"late-{number}")])
        told = AwardRow.objects.filter(pk__in=ids)
        assert all(row.seen_at is not None for row in told)
    assert engine().reconcile(key_of(user)) == []


def test_workers_that_list_new_badges_at_once_give_them_the_same_numbers(
    real_club: Club, packs: Packs
) -> None:
    clients = [client_of(user) for user in (real_club.ta1, real_club.ta2, real_club.tb)]
    for text in (None, OTHER, EVERY):
        if text is not None:
            packs(text)
        answers = together([partial(client.get, HERE) for client in clients])
        assert {answer.status_code for answer in answers} == {200}
        numbers = [[one["id"] for one in answer.json()] for answer in answers]
        assert numbers[0] == numbers[1] == numbers[2]
    keys = list(Badge.objects.values_list("slug", "tier"))
    assert len(keys) == len(set(keys))


def test_an_award_is_told_once_although_a_call_is_repeated(real_club: Club, packs: Packs) -> None:
    """The answer is lost, and the phone asks again: nothing is told twice, and nothing fails."""
    did(real_club.ta1, 3, 2, 1)
    phone = client_of(real_club.ta1)
    ids = [one["id"] for one in phone.get(f"{HERE}unseen/").json()]
    first, *others = [phone.post(f"{HERE}seen/", {"ids": ids}, format="json") for _ in range(3)]
    assert first.json() == {"new": sorted(ids)}
    assert [other.json() for other in others] == [{"new": []}] * 2
    assert AwardRow.objects.filter(earned_on__gte=days_ago(3)).count() >= len(ids)
