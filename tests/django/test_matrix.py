"""Who may do what: every role at every address with everybody's objects.

The addresses come from the resolver, so that a new one without expectations fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from rest_framework.test import APIClient

from django_adapter.api.base import Door
from django_adapter.models import Badge, Reader
from django_adapter.services import announcements, feed, packs
from tests.django.club import Club
from tests.django.host.people.models import User
from tests.django.routes import METHODS, Route, operations, routes, send

Objects = dict[str, dict[str, Any]]

NEVER = 2**62
HIDDEN = "two-a-day"
ROLES = ("nobody", "deactivated", "staff", "trainer_a", "trainer_b", "ta1", "ta2", "tb", "alone")
"""The columns of the table below; `alone` has no trainer."""

EVERYBODY = "401 401 403 403 403 200 200 200 200"
TRAINERS = "401 401 403 200 200 403 403 403 403"
THEIR_OWN_A = "401 401 403 200 404 403 403 403 403"
THEIR_OWN_B = "401 401 403 404 200 403 403 403 403"
NOT_THERE = "401 401 403 404 404 403 403 403 403"
NOT_FOUND = "401 401 403 403 403 404 404 404 404"
OF_GROUP_A = "401 401 403 403 403 200 200 404 404"
OF_GROUP_B = "401 401 403 403 403 404 404 200 404"

NO_TRAINEE = "401 401 403 404 404 404 404 404 404"
OWN = {"A's": THEIR_OWN_A, "B's": THEIR_OWN_B, "deleted": NOT_THERE, "never": NOT_THERE}
REACTED = {
    "TA1's": OF_GROUP_A,
    "TA1's, posted in B": OF_GROUP_B,
    "TB's": OF_GROUP_B,
    "deleted": NOT_FOUND,
    "never": NOT_FOUND,
}
MODERATED = {
    "TA1's": "401 401 403 204 404 403 403 403 403",
    "TA1's, posted in B": "401 401 403 404 204 403 403 403 403",
    "TB's": "401 401 403 404 204 403 403 403 403",
    "deleted": NOT_THERE,
    "never": NOT_THERE,
}


def with_204(statuses: Mapping[str, str]) -> dict[str, str]:
    return {whose: told.replace("200", "204") for whose, told in statuses.items()}


EXPECTED: dict[str, str | Mapping[str, str]] = {
    "GET /api/community/achievements/": EVERYBODY,
    "GET /api/community/achievements/recent/": EVERYBODY,
    "GET /api/community/achievements/unseen/": EVERYBODY,
    "POST /api/community/achievements/seen/": EVERYBODY,
    "GET /api/community/achievements/{slug}/": {
        "everybody's": EVERYBODY,
        "A's": OF_GROUP_A,
        "B's": OF_GROUP_B,
        "hidden": NOT_FOUND,
        "never": NOT_FOUND,
    },
    "GET /api/community/announcements/": EVERYBODY,
    "GET /api/community/announcements/unread-count/": EVERYBODY,
    "POST /api/community/announcements/mark-read/": "401 401 403 403 403 200 200 200 400",
    "GET /api/community/feed/": EVERYBODY,
    "POST /api/community/feed/": "401 401 403 403 403 201 201 201 400",
    "DELETE /api/community/feed/{id}/": {
        "TA1's": "401 401 403 204 404 204 403 404 404",
        "TA1's, posted in B": "401 401 403 404 204 204 404 403 404",
        "TB's": "401 401 403 404 204 404 404 204 404",
        "deleted": "401 401 403 404 404 404 404 404 404",
        "never": "401 401 403 404 404 404 404 404 404",
    },
    "POST /api/community/feed/{id}/react/": REACTED,
    "PUT /api/community/feed/{id}/reactions/{kind}/": {**REACTED, "TA1's, odd kind": NOT_FOUND},
    "DELETE /api/community/feed/{id}/reactions/{kind}/": {**REACTED, "TA1's, odd kind": NOT_FOUND},
    "GET /api/community/me/sharing/": EVERYBODY,
    "PATCH /api/community/me/sharing/": EVERYBODY,
    "GET /api/trainer/announcements/": TRAINERS,
    "POST /api/trainer/announcements/": "401 401 403 201 201 403 403 403 403",
    "GET /api/trainer/announcements/{id}/": OWN,
    "PUT /api/trainer/announcements/{id}/": OWN,
    "PATCH /api/trainer/announcements/{id}/": OWN,
    "DELETE /api/trainer/announcements/{id}/": with_204(OWN),
    "GET /api/trainer/feed/": TRAINERS,
    "DELETE /api/trainer/feed/{id}/": MODERATED,
    "GET /api/trainer/trainees/awards/": TRAINERS,
    "GET /api/trainer/trainees/{id}/achievements/": {
        "TA1's": "401 401 403 200 404 200 404 404 404",
        "TB's": "401 401 403 404 200 404 404 200 404",
        "of one alone": "401 401 403 404 404 404 404 404 200",
        "A's": NO_TRAINEE,
        "deleted": NO_TRAINEE,
        "never": NO_TRAINEE,
    },
    "GET /api/trainer/rules/": TRAINERS,
    "POST /api/trainer/rules/check/": TRAINERS,
    "GET /api/trainer/rules/{name}/": OWN,
    "PUT /api/trainer/rules/{name}/": {
        "A's": "401 401 403 200 201 403 403 403 403",
        "B's": "401 401 403 201 200 403 403 403 403",
        "deleted": "401 401 403 201 201 403 403 403 403",
        "never": "401 401 403 201 201 403 403 403 403",
    },
    "DELETE /api/trainer/rules/{name}/": with_204(OWN),
    "GET /api/trainer/rules/{name}/editions/": OWN,
    "GET /api/trainer/rules/{name}/editions/{number}/": OWN,
    "POST /api/trainer/rules/{name}/publish/": OWN,
    "DELETE /api/trainer/rules/{name}/publish/": OWN,
}

PACK = """
language: en
badges:
  - id: one
    name: One
    rule: {type: count, event: workout, at_least: 1}
"""

BODIES: dict[str, dict[str, Any]] = {
    "POST /api/community/achievements/seen/": {"ids": [NEVER]},
    "POST /api/community/feed/": {"content": "New"},
    "POST /api/community/feed/{id}/react/": {"reaction_type": "fire"},
    "PATCH /api/community/me/sharing/": {"workout_completed": False},
    "POST /api/trainer/announcements/": {"title": "New", "body": "New"},
    "PUT /api/trainer/announcements/{id}/": {"title": "New", "body": "New"},
    "PATCH /api/trainer/announcements/{id}/": {"title": "New"},
    "POST /api/trainer/rules/check/": {"text": PACK},
    "PUT /api/trainer/rules/{name}/": {"text": PACK},
}
"""What is sent, where an empty object would not do."""

MADE_BY_THE_SERVER = {
    "id": 1,
    "pk": 1,
    "author": 1,
    "trainer": 1,
    "trainer_id": 1,
    "user": 1,
    "group": "1",
    "revision": 99,
    "created_at": "2001-01-01T00:00:00Z",
    "updated_at": "2001-01-01T00:00:00Z",
    "post_type": "weight_milestone",
    "type": "weight_milestone",
    "metadata": {"achievement_name": "Made up"},
    "state": "deleted",
    "origin": "award:first-steps//1",
}


@dataclass(frozen=True, slots=True)
class World:
    """Everybody, and something of everybody's where it is asked for."""

    club: Club
    made: dict[Callable[[Club], Objects], Objects] = field(default_factory=dict)

    def user(self, role: str) -> User | None:
        """Who plays a role."""
        return None if role == "nobody" else getattr(self.club, role)

    def objects(self, address: str) -> Objects:
        """What may stand in the places of an address, by whose it is."""
        make = MAKERS[address]
        if make not in self.made:
            self.made[make] = make(self.club)
        return self.made[make]


@pytest.fixture
def world(club: Club) -> World:
    return World(club)


def announced(club: Club) -> Objects:
    told = {
        "A's": announcements.write(club.trainer_a, title="a", body="a").pk,
        "B's": announcements.write(club.trainer_b, title="b", body="b").pk,
        "deleted": announcements.write(club.trainer_a, title="c", body="c").pk,
        "never": NEVER,
    }
    announcements.remove(club.trainer_a, told["deleted"])
    return {whose: {"id": number} for whose, number in told.items()}


def posted(club: Club) -> Objects:
    group_a, group_b = str(club.trainer_a.pk), str(club.trainer_b.pk)
    told = {
        "TA1's": feed.write(club.ta1, group_a, "a")["id"],
        "TA1's, posted in B": feed.write(club.ta1, group_b, "b")["id"],
        "TB's": feed.write(club.tb, group_b, "c")["id"],
        "deleted": feed.write(club.ta1, group_a, "d")["id"],
        "never": NEVER,
    }
    feed.remove(club.ta1, told["deleted"])
    return {whose: {"id": number} for whose, number in told.items()}


def named(club: Club) -> Objects:
    written(club)
    for trainer, name in ((club.trainer_a, "a"), (club.trainer_b, "b")):
        packs.publish(trainer, name)
    told = {
        "everybody's": "hat-trick",
        "A's": f"{club.trainer_a.pk}:a",
        "B's": f"{club.trainer_b.pk}:b",
        "hidden": HIDDEN,
        "never": "never",
    }
    return {whose: {"slug": slug} for whose, slug in told.items()}


def trainees_of(club: Club) -> Objects:
    gone = User.objects.create_user("former@example.com", parent_trainer=club.trainer_a)
    told = {
        "TA1's": club.ta1.pk,
        "TB's": club.tb.pk,
        "of one alone": club.alone.pk,
        "A's": club.trainer_a.pk,
        "deleted": gone.pk,
        "never": NEVER,
    }
    gone.delete()
    return {whose: {"id": number} for whose, number in told.items()}


def written(club: Club) -> Objects:
    for trainer, name in ((club.trainer_a, "a"), (club.trainer_b, "b"), (club.trainer_a, "gone")):
        packs.save(trainer, name, PACK.replace("one", name))
    packs.delete(club.trainer_a, "gone")
    told = {"A's": "a", "B's": "b", "deleted": "gone", "never": "never"}
    return {whose: {"name": name, "number": 1} for whose, name in told.items()}


def reacted(club: Club) -> Objects:
    posts = posted(club)
    some = {whose: {**one, "kind": "fire"} for whose, one in posts.items()}
    return {**some, "TA1's, odd kind": {**posts["TA1's"], "kind": "odd"}}


MAKERS: dict[str, Callable[[Club], Objects]] = {
    "/api/community/achievements/{slug}/": named,
    "/api/community/feed/{id}/": posted,
    "/api/community/feed/{id}/react/": posted,
    "/api/community/feed/{id}/reactions/{kind}/": reacted,
    "/api/trainer/announcements/{id}/": announced,
    "/api/trainer/feed/{id}/": posted,
    "/api/trainer/rules/{name}/": written,
    "/api/trainer/rules/{name}/editions/": written,
    "/api/trainer/rules/{name}/editions/{number}/": written,
    "/api/trainer/rules/{name}/publish/": written,
    "/api/trainer/trainees/{id}/achievements/": trainees_of,
}


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows() -> dict[str, int]:
    """How many rows there are in each table.

    Up to where a page was shown, and which numbers badges have been given, is no change.
    """
    models: Any = apps.get_app_config("badge_engine").get_models()
    return {one.__name__: one.objects.count() for one in models if one not in {Badge, Reader}}


def cases() -> Iterator[tuple[str, str, str]]:
    """Method, address, and whose object; the last is empty where an address has none."""
    for told, statuses in EXPECTED.items():
        method, address = told.split()
        for whose in [""] if isinstance(statuses, str) else statuses:
            yield method, address, whose


CASES = [pytest.param(*case, id=" ".join(case).strip()) for case in cases()]
WRITING = [case for case in CASES if str(case.id).startswith(("POST", "PUT", "PATCH"))]


def expected(method: str, address: str, whose: str) -> dict[str, int]:
    told = EXPECTED[f"{method} {address}"]
    statuses = told if isinstance(told, str) else told[whose]
    return dict(zip(ROLES, map(int, statuses.split()), strict=True))


def concrete(world: World, address: str, whose: str) -> str:
    return address.format_map(world.objects(address)[whose]) if whose else address


def body_for(method: str, address: str) -> dict[str, Any]:
    return BODIES.get(f"{method} {address}", {})


def test_the_table_has_every_operation_with_everybodys_objects(world: World) -> None:
    told = set(cases())
    for method, route in operations():
        whose = world.objects(route.address) if route.names else {"": {}}
        assert {case for case in told if case[:2] == (method, route.address)} == {
            (method, route.address, one) for one in whose
        }
    assert {case[:2] for case in told} == {
        (method, route.address) for method, route in operations()
    }


def test_every_door_is_one_of_ours() -> None:
    assert [route.address for route in routes() if not issubclass(route.door, Door)] == []


@pytest.mark.parametrize(("method", "address", "whose"), CASES)
def test_each_role_gets_what_the_table_says(
    world: World, method: str, address: str, whose: str
) -> None:
    here, body = concrete(world, address, whose), body_for(method, address)
    got, missing = {}, set()
    before = rows()
    for role in ROLES:
        with undone():
            response = send(world.user(role), method, here, body)
            got[role] = response.status_code
            assert response["Cache-Control"] == "private, no-store"
            if response.status_code in {401, 403, 404}:
                assert list(response.json()) == ["detail"]
                assert rows() == before
            if response.status_code == 404:
                missing.add(response.content)
            if method == "GET":
                assert rows() == before
    assert got == expected(method, address, whose)
    assert missing <= {b'{"detail":"Not found."}'}


@pytest.mark.parametrize(("method", "address", "whose"), WRITING)
def test_what_the_server_makes_is_ignored_in_a_body(
    world: World, method: str, address: str, whose: str
) -> None:
    here = concrete(world, address, whose)
    claimed = {**MADE_BY_THE_SERVER, **body_for(method, address)}
    for role, status in expected(method, address, whose).items():
        with undone():
            response = send(world.user(role), method, here, claimed)
        assert response.status_code == status
        assert "2001-01-01" not in response.content.decode()
        assert "Made up" not in response.content.decode()


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.address)
def test_other_methods_are_refused_after_the_roles(world: World, route: Route) -> None:
    whose = next(iter(world.objects(route.address))) if route.names else ""
    here = concrete(world, route.address, whose)
    before = rows()
    for method in {*METHODS, "OPTIONS", "TRACE"} - {*route.methods}:
        for role in ROLES:
            response = send(world.user(role), method, here, {})
            user = world.user(role)
            if user is None or not user.is_active:
                assert response.status_code == 401
            elif user.role.lower() in route.door.roles:
                assert response.status_code == 405
            else:
                assert response.status_code == 403
    assert rows() == before


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.address)
def test_head_is_get_without_a_body(world: World, route: Route) -> None:
    if "GET" not in route.methods:
        return
    whose = next(iter(world.objects(route.address))) if route.names else ""
    here = concrete(world, route.address, whose)
    for role in ROLES:
        full, head = (send(world.user(role), method, here) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (full.status_code, b"")


def test_a_deactivated_user_is_nobody_though_the_host_lets_them_in(world: World) -> None:
    client = APIClient()
    client.force_authenticate(world.club.deactivated)
    assert client.get("/api/community/announcements/").status_code == 401
