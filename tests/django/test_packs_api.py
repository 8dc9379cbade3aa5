"""Doors to packs: shapes, statuses, and that no body is too odd for an answer."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from rest_framework.test import APIClient

from django_adapter.engine import engine
from django_adapter.models import Edition, Pack
from tests.django.club import Club, client_of, worked_out
from tests.django.host.people.models import User
from tests.django.test_packs import pack_of

HERE = "/api/trainer/rules/"
SUMMER = f"{HERE}summer/"
WRONG = pack_of("twice").replace("at_least", "at_leats")


def put(client: APIClient, text: str, name: str = "summer", **more: Any) -> Any:
    return client.put(f"{HERE}{name}/", {"text": text, **more}, format="json")


def put_yaml(client: APIClient, body: str | bytes, type: str = "application/yaml") -> Any:
    return send(client, "PUT", SUMMER, body, type)


def send(client: APIClient, method: str, address: str, body: str | bytes, type: str) -> Any:
    sent = body.encode() if isinstance(body, str) else body
    return client.generic(method, address, sent, content_type=type)  # type: ignore[arg-type] # bytes, too


@pytest.fixture
def trainer(club: Club) -> APIClient:
    return client_of(club.trainer_a)


def test_a_pack_is_made_changed_and_read(trainer: APIClient) -> None:
    made = put(trainer, pack_of("twice"))
    assert made.status_code == 201
    answer = made.json()
    assert {one["code"] for one in answer.pop("diagnostics")} == {"no-test"}
    created, saved = answer.pop("created_at"), answer.pop("saved_at")
    assert created.endswith("Z")
    assert saved.endswith("Z")
    assert answer == {"name": "summer", "edition": 1, "published": None}
    assert put(trainer, pack_of("twice")).status_code == 200
    assert put(trainer, pack_of("thrice")).json()["edition"] == 2
    (listed,) = trainer.get(HERE).json()
    assert (listed["name"], listed["edition"]) == ("summer", 2)
    assert trainer.get(SUMMER).json() == {**listed, "text": pack_of("thrice")}
    assert trainer.get(SUMMER)["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("type", ["application/yaml", "text/yaml; charset=utf-8"])
def test_a_pack_may_be_sent_as_it_is(trainer: APIClient, type: str) -> None:
    text = pack_of("twice").replace("Twice", "Zwölf 🏅")
    assert put_yaml(trainer, text.encode(), type).status_code == 201
    assert trainer.get(SUMMER).json()["text"] == text


@pytest.mark.parametrize("raw", [False, True])
def test_mistakes_come_with_their_places_beside_the_usual_shape(
    trainer: APIClient, raw: bool
) -> None:
    response = put_yaml(trainer, WRONG) if raw else put(trainer, WRONG)
    assert response.status_code == 400
    answer = response.json()
    assert "in line 5" in answer["text"][0]
    (mistake,) = [one for one in answer["diagnostics"] if one["severity"] == "error"]
    column = WRONG.splitlines()[4].index("at_leats") + 1
    assert mistake == {
        "pack": "summer",
        "line": 5,
        "column": column,
        "end_column": column + len("at_leats"),
        "severity": "error",
        "code": "unknown-setting",
        "message": '"at_leats" is not a setting of a count rule',
        "help": 'write "at_least" instead',
        "badge": "twice",
        "note": None,
    }
    assert not Pack.objects.exists()


def test_an_edition_is_published_and_an_older_one_again(trainer: APIClient) -> None:
    for badge in ("one", "two"):
        put(trainer, pack_of(badge))
    publish = f"{SUMMER}publish/"
    assert trainer.post(publish, format="json").json()["published"] == 2
    response = trainer.post(publish, {"edition": 1}, format="json")
    assert (response.status_code, response.json()["published"]) == (200, 1)
    kept = trainer.get(f"{SUMMER}editions/").json()
    assert [(one["number"], one["is_published"]) for one in kept] == [(2, False), (1, True)]
    assert trainer.get(f"{SUMMER}editions/1/").json()["text"] == pack_of("one")
    assert trainer.post(publish, {"edition": 3}, format="json").json().keys() == {"edition"}
    response = trainer.delete(publish)
    assert (response.status_code, response.json()["published"]) == (200, None)
    assert trainer.delete(SUMMER).status_code == 204
    assert trainer.get(SUMMER).status_code == 404
    assert not Edition.objects.exists()


def test_what_cannot_be_in_force_says_why(trainer: APIClient) -> None:
    base = pack_of("ground")
    upper = (
        "language: en\nbadges:\n  - id: whole\n    name: Whole\n    rule: {type: all_of, of: "
        "[{badge: ground}, {type: count, event: workout, at_least: 2}]}\n"
    )
    for name, text in (("base", base), ("upper", upper)):
        put(trainer, text, name)
        assert trainer.post(f"{HERE}{name}/publish/").status_code == 200
    put(trainer, pack_of("cellar"), "base")
    response = trainer.post(f"{HERE}base/publish/")
    assert response.status_code == 400
    found = response.json()["diagnostics"]
    assert [one["pack"] for one in found if one["severity"] == "error"] == ["upper"]
    assert response.json()["edition"]
    response = trainer.delete(f"{HERE}base/")
    assert response.status_code == 400
    assert isinstance(response.json()["error"], str)


def test_a_check_tells_mistakes_or_runs_the_tests(trainer: APIClient) -> None:
    text = pack_of("twice") + (
        "    tests:\n"
        "      - {name: two, workout: x x, expect: earned on day 2}\n"
        "      - {name: wrong, workout: x . ., expect: earned}\n"
    )
    answer = trainer.post(f"{HERE}check/", {"text": text}, format="json").json()
    assert [one["severity"] for one in answer["diagnostics"]] == ["warning"]
    good, bad = answer["tests"]
    assert (good["badge"], good["name"], good["passed"], good["drawing"]) == (
        "twice",
        "two",
        True,
        [],
    )
    assert (bad["line"], bad["passed"], bad["expected"]) == (8, False, "earned")
    assert bad["drawing"]
    assert answer["not_run"] == 0
    raw = send(trainer, "POST", f"{HERE}check/?name=summer", WRONG, "application/yaml")
    assert raw.status_code == 200
    assert [one["code"] for one in raw.json()["diagnostics"]] == ["unknown-setting"]
    assert raw.json()["tests"] == []
    assert not Pack.objects.exists()


def test_a_check_stands_in_for_the_pack_that_it_names(trainer: APIClient) -> None:
    put(trainer, pack_of("twice"))
    trainer.post(f"{SUMMER}publish/")

    def mistakes(**said: str) -> list[str]:
        body = {"text": pack_of("twice"), **said}
        found = trainer.post(f"{HERE}check/", body, format="json").json()["diagnostics"]
        return [one["code"] for one in found if one["severity"] == "error"]

    assert mistakes(name="summer") == []
    assert mistakes(name="winter") == ["duplicate-id"]
    assert mistakes() == ["duplicate-id"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("atomic", [False, True])
def test_trainees_have_the_badges_of_a_pack_when_the_answer_is_there(
    real_club: Club, atomic: bool
) -> None:
    for day in (date(2026, 3, 2), date(2026, 3, 3)):
        worked_out(real_club.ta1, day)
    trainer = client_of(real_club.trainer_a)
    connection.settings_dict["ATOMIC_REQUESTS"] = atomic
    try:
        put(trainer, pack_of("twice"))
        assert trainer.post(f"{SUMMER}publish/").status_code == 200
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    held = {one.award.badge for one in engine().awards(str(real_club.ta1.pk))}
    assert f"{real_club.trainer_a.pk}:twice" in held


# Who


def calls(client: APIClient) -> list[Any]:
    body = {"text": pack_of("mine")}
    return [
        client.get(SUMMER),
        client.delete(SUMMER),
        client.get(f"{SUMMER}editions/"),
        client.get(f"{SUMMER}editions/1/"),
        client.post(f"{SUMMER}publish/", {"edition": 1}, format="json"),
        client.delete(f"{SUMMER}publish/"),
        client.get(HERE),
        client.post(f"{HERE}check/", body, format="json"),
        client.put(SUMMER, body, format="json"),
    ]


def test_only_trainers_come_in(club: Club) -> None:
    for user in (club.ta1, club.tb, club.alone, club.staff):
        assert {one.status_code for one in calls(client_of(user))} == {403}
    for nobody in (None, club.deactivated):
        assert {one.status_code for one in calls(client_of(nobody))} == {401}
    assert not Pack.objects.exists()


def test_anothers_pack_answers_as_one_that_is_not_there(club: Club) -> None:
    other = client_of(club.trainer_b)
    before = [one.content for one in calls(other)[:6]]
    Pack.objects.all().delete()
    put(client_of(club.trainer_a), pack_of("twice"))
    client_of(club.trainer_a).post(f"{SUMMER}publish/")
    answers = calls(other)
    assert [one.content for one in answers[:6]] == before
    assert {one.status_code for one in answers[:6]} == {404}
    assert len(set(before)) == 1
    assert answers[6].json() == []
    assert answers[8].status_code == 201  # one of their own
    assert client_of(club.trainer_a).get(SUMMER).json()["text"] == pack_of("twice")


def test_where_trainers_may_have_no_packs_there_is_no_door(club: Club) -> None:
    with override_settings(BADGE_ENGINE={"TRAINER_PACKS": False}):
        assert {one.status_code for one in calls(client_of(club.trainer_a))} == {404}
        assert {one.status_code for one in calls(client_of(club.ta1))} == {403}


# Odd requests


DEEP = "language: en\nbadges: " + "[" * 5000 + "]" * 5000
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
TEXTS = {
    "nothing": "",
    "blank": " \n\n",
    "deep": DEEP,
    "anchors": BOMB,
    "merge key": "a: &a {b: 1}\nc: {<<: *a}\n",
    "tag": "!!python/object/apply:os.system ['true']",
    "two documents": "badges: []\n---\nbadges: []\n",
    "no map": "- 1\n- 2\n",
    "wide": "badges: [" + "{}, " * 12_000 + "]",
    "long line": "badges: " + "x" * 60_000,
    "bidi": pack_of("a").replace("A", "\u202egnp"),
    "number": "1e999999",
    "tab": "\tbadges: []",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("raw", [False, True])
def test_odd_texts_are_refused_with_diagnostics(trainer: APIClient, text: str, raw: bool) -> None:
    response = put_yaml(trainer, text) if raw and text else put(trainer, text)
    if text == TEXTS["bidi"]:
        assert response.status_code in (201, 400)
        return
    assert response.status_code == 400
    assert response.json()["diagnostics"]


BODIES = {
    "surrogate": b'{"text": "\\ud800"}',
    "NUL": b'{"text": "\\u0000"}',
    "null": b'{"text": null}',
    "a list": b'{"text": ["a"]}',
    "no text": b"{}",
    "no object": b"[]",
    "NaN": b'{"text": NaN}',
    "deep": b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "cut off": b'{"text": "',
    "no UTF-8": b'{"text": "\xff"}',
    "name": b'{"text": "a: b", "name": ["x"]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_odd_bodies_are_refused(trainer: APIClient, body: bytes) -> None:
    for method, address in (("PUT", SUMMER), ("POST", f"{HERE}check/")):
        response = send(trainer, method, address, body, "application/json")
        accepted = method == "POST" or b"name" in body
        assert response.status_code in ((200, 400) if accepted else (400,))
        assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("body", [b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"badges: \x07"])
def test_raw_bodies_that_are_no_text_are_refused_with_diagnostics(
    trainer: APIClient, body: bytes
) -> None:
    response = put_yaml(trainer, body)
    assert response.status_code == 400
    assert response.json()["diagnostics"][0]["line"] == 1


@pytest.mark.parametrize("type", ["application/json", "application/yaml"])
def test_huge_bodies_are_not_read(trainer: APIClient, type: str) -> None:
    body = json.dumps({"text": "#" * 10_000_000}).encode()
    for method, address in (("PUT", SUMMER), ("POST", f"{HERE}check/")):
        assert send(trainer, method, address, body, type).status_code == 413


def test_a_text_beyond_the_limit_is_refused_with_a_diagnostic(trainer: APIClient) -> None:
    with override_settings(BADGE_ENGINE={"PACKS": {"BYTES": 400}}):
        for response in (put(trainer, "é" * 201), put_yaml(trainer, "é" * 201)):
            assert response.status_code == 400
            assert [one["code"] for one in response.json()["diagnostics"]] == ["too-large"]


@pytest.mark.parametrize(
    "name", ["Summer", "a" * 65, "%00", "%ED%A0%80", "%20", "a%2Fb", "-a", "preview", "ä", "..%2f"]
)
def test_odd_names_are_of_no_pack(trainer: APIClient, name: str) -> None:
    address = f"{HERE}{name}/"
    assert trainer.get(address).status_code == 404
    assert put(trainer, pack_of("a"), name).status_code in (400, 404)
    assert trainer.post(f"{address}publish/").status_code == 404
    assert not Pack.objects.exists()


@pytest.mark.parametrize("edition", [0, -1, 2**63, "01", 1.5, True, [1], {}, "ä"])
def test_odd_editions_are_refused(trainer: APIClient, edition: Any) -> None:
    put(trainer, pack_of("a"))
    response = trainer.post(f"{SUMMER}publish/", {"edition": edition}, format="json")
    assert response.status_code == 400
    assert list(response.json()) == ["edition"]
    assert trainer.get(f"{SUMMER}editions/{edition}/").status_code == 404


def test_no_pack_is_shared_by_its_name(club: Club) -> None:
    users: list[User] = [club.trainer_a, club.trainer_b]
    for user in users:
        assert put(client_of(user), pack_of("a")).status_code == 201
    assert Pack.objects.count() == 2
