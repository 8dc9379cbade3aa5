"""What all doors have in common, whatever the host has set for its own views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.exceptions import ErrorDetail
from rest_framework.test import APIRequestFactory

from django_adapter.api.announcements import GroupAnnouncements
from django_adapter.api.fields import Flag, Id, Text
from tests.django.club import Club, client_of
from tests.django.routes import send
from tests.django.test_announcements import HERE, OWN, READ, told


@pytest.fixture
def counted() -> Iterator[None]:
    """Rates are counted in the cache."""
    cache.clear()
    yield
    cache.clear()


def odd_handler(error: Exception, context: object) -> None:
    raise AssertionError(f"the host's handler is asked about {error!r} at {context!r}")


ODD = {
    "DATETIME_FORMAT": "%Y",
    "EXCEPTION_HANDLER": "tests.django.test_doors.odd_handler",
    "NON_FIELD_ERRORS_KEY": "odd",
    "URL_FORMAT_OVERRIDE": "format",
    "UNICODE_JSON": False,
}


def test_settings_of_the_host_for_its_own_views_change_nothing(club: Club, settings: Any) -> None:
    number = told(club.trainer_a, "Caf\xe9")["id"]
    asked: list[tuple[Any, ...]] = [
        (club.ta1, "GET", HERE, None),
        (club.ta1, "GET", f"{HERE}?format=api", None),
        (club.ta1, "GET", f"{HERE}?page=9", None),
        (club.trainer_a, "GET", f"{OWN}{number}/", None),
        (club.trainer_a, "GET", f"{OWN}0/", None),
        (club.trainer_a, "POST", OWN, {}),
        (club.trainer_a, "POST", OWN, []),
        (club.trainer_a, "GET", HERE, None),
        (None, "GET", HERE, None),
        (club.alone, "POST", READ, {}),
    ]
    before = [send(*one) for one in asked]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **ODD}
    after = [send(*one) for one in asked]
    assert [one.status_code for one in after] == [one.status_code for one in before]
    assert [one.json() for one in after] == [one.json() for one in before]
    assert {one["Content-Type"] for one in after} == {"application/json"}


@pytest.mark.parametrize("accepts", ["text/html", "application/xml", "odd", "*/*;q=0", ""])
def test_answers_are_json_whatever_else_is_liked_better(club: Club, accepts: str) -> None:
    client = client_of(club.ta1)
    response = client.get(HERE, HTTP_ACCEPT=accepts)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"


def test_a_rate_is_each_users_own_and_of_its_kind(club: Club, counted: None, settings: Any) -> None:
    settings.BADGE_ENGINE = {"THROTTLES": {"READ": "2/min", "WRITE": "1/min", "REACT": None}}
    ta1, ta2 = client_of(club.ta1), client_of(club.ta2)
    assert [ta1.get(HERE).status_code for _ in range(3)] == [200, 200, 429]
    refused = ta1.get(HERE)
    assert list(refused.json()) == ["detail"]
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["Cache-Control"] == "private, no-store"
    assert ta2.get(HERE).status_code == 200
    assert [ta1.post(READ).status_code for _ in range(2)] == [200, 429]


def test_rates_of_the_host_are_its_own(club: Club, counted: None, settings: Any) -> None:
    rates = {"DEFAULT_THROTTLE_RATES": {"user": "1/day", "read": "1/day"}}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **rates}
    settings.BADGE_ENGINE = {}
    client = client_of(club.ta1)
    assert {client.get(HERE).status_code for _ in range(5)} == {200}


def test_roles_come_before_rates(club: Club, counted: None, settings: Any) -> None:
    settings.BADGE_ENGINE = {"THROTTLES": {"READ": "1/min", "WRITE": None, "REACT": None}}
    assert [send(club.staff, "GET", HERE).status_code for _ in range(3)] == [403] * 3
    assert [send(None, "GET", HERE).status_code for _ in range(3)] == [401] * 3


@pytest.mark.parametrize(
    ("authenticator", "status"), [(TokenAuthentication, 401), (SessionAuthentication, 403)]
)
def test_nobody_is_asked_to_sign_in_where_the_host_offers_a_challenge(
    authenticator: Any, status: int
) -> None:
    view = GroupAnnouncements.as_view(authentication_classes=(authenticator,))
    response = view(APIRequestFactory().get("/"))
    assert response.status_code == status
    assert list(response.data) == ["detail"]


def test_roles_come_before_what_is_wrong_with_a_body(club: Club) -> None:
    for user, status in ((None, 401), (club.ta1, 403), (club.trainer_a, 400)):
        assert send(user, "POST", OWN, b"{").status_code == status


def test_what_is_wrong_with_a_part_is_put_down_to_its_field(club: Club) -> None:
    response = send(club.ta1, "POST", "/api/community/achievements/seen/", {"ids": [1, 0, "x"]})
    assert response.status_code == 400
    (told,) = response.json().values()
    assert [type(one) for one in told] == [str, str]


class Written(serializers.Serializer[Any]):
    text = Text(max_length=10)
    flag = Flag(required=False)
    number = Id(required=False)


def read(**said: Any) -> dict[str, Any]:
    written = Written(data={"text": "x", **said})
    written.is_valid(raise_exception=True)
    return dict(written.validated_data)


def refusal(**said: Any) -> dict[str, list[ErrorDetail]]:
    written = Written(data={"text": "x", **said})
    assert not written.is_valid()
    found: dict[str, list[ErrorDetail]] = written.errors
    return found


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("x", "x"),
        ("  x \n", "x"),
        ("\tx\t", "x"),
        ("\u2003x\u3000", "x"),
        ("a\nb", "a\nb"),
        ("a\r\nb", "a\nb"),
        ("e\u0301", "\xe9"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("\u05d0\u05d1", "\u05d0\u05d1"),
        ("\u200fx", "\u200fx"),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("\U0001fae8", "\U0001fae8"),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("e\u0301" * 10, "\xe9" * 10),
        ("\U0001f4aa" * 10, "\U0001f4aa" * 10),
        ("\uf8ff", "\uf8ff"),
    ],
)
def test_a_text_is_kept_trimmed_and_composed(sent: str, kept: str) -> None:
    assert read(text=sent)["text"] == kept


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("", "blank"),
        (" \n\t ", "blank"),
        ("\u3000\u2003", "blank"),
        (None, "null"),
        (1, "invalid"),
        (True, "invalid"),
        (["x"], "invalid"),
        ({"x": 1}, "invalid"),
        ("x" * 11, "max_length"),
        ("a\0", "control"),
        ("\x1fa", "control"),
        ("a\rb", "control"),
        ("a\tb", "control"),
        ("a\x7f", "control"),
        ("a\x85b", "control"),
        ("\x9ba", "control"),
        ("\ud800", "surrogate"),
        ("a\udfffb", "surrogate"),
        ("a\u202eb", "direction"),
        ("a\u202db", "direction"),
        ("a\u2066b", "direction"),
        ("\u200b", "unseen"),
        ("\u200d\u2060\ufeff", "unseen"),
        ("\u3164", "unseen"),
        ("\u2800", "unseen"),
        ("\u115f\u1160\uffa0", "unseen"),
        ("\u034f\ufe0f", "unseen"),
        ("\U000e0041\U000e007f", "unseen"),
        ("\u00ad", "unseen"),
        ("\u2028", "blank"),
    ],
)
def test_a_text_is_refused_and_says_why(sent: Any, code: str) -> None:
    assert [one.code for one in refusal(text=sent)["text"]] == [code]


@pytest.mark.parametrize("odd", ["true", 1, 0, None, "", [], {}])
def test_a_flag_is_true_or_false(odd: Any) -> None:
    assert read(flag=True)["flag"] is True
    assert read(flag=False)["flag"] is False
    assert list(refusal(flag=odd)) == ["flag"]


@pytest.mark.parametrize("odd", ["1", 1.0, True, None, 0, -1, 2**63, 10**500, [], {}])
def test_an_id_is_a_number_that_a_row_can_have(odd: Any) -> None:
    assert read(number=1)["number"] == 1
    assert read(number=2**63 - 1)["number"] == 2**63 - 1
    assert list(refusal(number=odd)) == ["number"]
