"""What is odd in any way is refused with 4xx at every address, and never a fault of the server."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from django_adapter.models import Announcement, Post
from tests.django.host.people.models import User
from tests.django.routes import Route, operations, schema, send
from tests.django.test_matrix import World, body_for, concrete, undone, world

__all__ = ["world"]

NUMBERS = {"id", "number"}
ODD_NUMBERS = [
    "0",
    "-1",
    "+1",
    "01",
    "1.0",
    "1e3",
    "0x1",
    "1_0",
    "null",
    "abc",
    "..",
    " 1",
    "1\n",
    "1\0",
    "\u0663",
    "\u202e1",
    "\u200b",
    str(2**63),
    str(2**64),
    "9" * 5000,
    "%ed%a0%80",
]
ODD_TEXTS = ["\0", "a\0", "\u202e", "\u200b", " ", "'", '"', "\\", "%", "..", "x" * 5000]

DEEP = 5000
ODD_BODIES = {
    "nothing": b"",
    "broken": b"{",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a number beyond all": b'{"a": 1e5000}',
    "many digits": b'{"a": ' + b"9" * 5000 + b"}",
    "deep lists": b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "fairly deep lists": b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}",
    "not UTF-8": b'{"a": "\xff"}',
    "a bare surrogate": b'{"a": "\xed\xa0\x80"}',
    "an escaped surrogate": b'{"a": "\\ud800"}',
    "an escaped surrogate as a key": b'{"\\udfff": 1}',
    "an escaped surrogate deep down": b'{"a": [{"b": "\\ud800"}]}',
    "NUL": b'{"a": "\0"}',
    "an escaped NUL": b'{"a": "\\u0000"}',
    "an escaped NUL as a key": b'{"\\u0000": 1}',
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "too much": b'{"a": "' + b"x" * 1_000_000 + b'"}',
    "very many keys": json.dumps(dict.fromkeys(map(str, range(100_000)))).encode(),
}
LEFT_TO_THE_FIELDS = {"nothing", "many digits"}
"""These may be as good as an empty object."""

ODD_VALUES: list[Any] = [
    None,
    [],
    {},
    [[]],
    {"a": 1},
    -1,
    0,
    1.5,
    2**63,
    10**4000,
    "",
    "   ",
    "\0",
    "a\0b",
    "\ud800",
    "a\udfff",
    "\u202eabc",
    "\u2066abc\u2069",
    "\u200b\u200d\ufeff",
    "\u3164",
    "\x07",
    "\x85",
    "\x9b",
    "x" * 60_000,
    "e\u0301" * 2001,
    ["\0"],
    [2**63],
    [True],
    [None],
    [{}],
    list(range(5000)),
]
NEVER_RIGHT = {json.dumps(odd) for odd in ("\0", "a\0b", "\ud800", "a\udfff", ["\0"])}

OPERATIONS = operations()


def said_of(method: str, route: Route) -> dict[str, Any]:
    found: dict[str, Any] = schema()["paths"][route.address][method.lower()]
    return found


def each(chosen: list[tuple[str, Route]]) -> pytest.MarkDecorator:
    names = [f"{method} {route.address}" for method, route in chosen]
    return pytest.mark.parametrize(("method", "route"), chosen, ids=names)


EACH = each(OPERATIONS)
EACH_WITH_PARTS = each([one for one in OPERATIONS if one[1].names])
EACH_READER = each([one for one in OPERATIONS if "requestBody" in said_of(*one)])


def whoever_may(world: World, route: Route) -> User:
    return world.club.ta1 if "trainee" in route.door.roles else world.club.trainer_a


def own(world: World, route: Route) -> str:
    """The address of something that whoever may has."""
    return concrete(world, route.address, whose_own(world, route) if route.names else "")


def whose_own(world: World, route: Route) -> str:
    return next(iter(world.objects(route.address)))


@EACH_WITH_PARTS
def test_odd_parts_of_addresses_are_not_found(world: World, method: str, route: Route) -> None:
    user, body = whoever_may(world, route), body_for(method, route.address)
    right = world.objects(route.address)[whose_own(world, route)]
    for name in route.names:
        for odd in ODD_NUMBERS if name in NUMBERS else ODD_TEXTS:
            part = odd if odd.startswith("%e") else quote(odd, safe="")
            here = route.address.format_map({**right, name: part})
            with undone():
                response = send(user, method, here, body)
            if name in NUMBERS:
                assert response.content == b'{"detail":"Not found."}', odd
            else:
                assert response.status_code in {400, 404}, odd


@EACH
def test_odd_queries_are_refused_or_ignored(world: World, method: str, route: Route) -> None:
    user, here = whoever_may(world, route), own(world, route)
    for query in ("%00=%00", "format=xml", "=", "&&", "a[]=1", "%ed%a0%80=1", "format=json%00"):
        with undone():
            response = send(user, method, f"{here}?{query}", body_for(method, route.address))
        assert response.status_code < 400, query
        assert response.get("Content-Type", "application/json") == "application/json"
    with undone():
        many = "&".join(f"a{number}=1" for number in range(2000))
        assert (
            send(user, method, f"{here}?{many}", body_for(method, route.address)).status_code < 500
        )


@EACH
def test_odd_numbers_in_queries_are_refused(world: World, method: str, route: Route) -> None:
    user, here = whoever_may(world, route), own(world, route)
    for parameter in said_of(method, route).get("parameters", []):
        if parameter["in"] != "query" or parameter["schema"]["type"] != "integer":
            continue
        name = parameter["name"]
        most = "0" if name == "before" else str(2**63 - 1)
        quoted = [quote(odd) for odd in ODD_NUMBERS if not odd.startswith("%")]
        for odd in [*quoted, "", "%ed%a0%80", f"1&{name}=2", most]:
            response = send(user, method, f"{here}?{name}={odd}")
            assert response.status_code in {400, 404}, (name, odd)
            (blamed,) = response.json()
            assert blamed == ("detail" if response.status_code == 404 else name)
        assert send(user, method, f"{here}?{name}=1").status_code == 200


@EACH_READER
def test_odd_bodies_are_refused(world: World, method: str, route: Route) -> None:
    user, here = whoever_may(world, route), own(world, route)
    for name, body in ODD_BODIES.items():
        with undone():
            response = send(user, method, here, body)
        if name in LEFT_TO_THE_FIELDS:
            assert response.status_code < 500, name
        else:
            assert response.status_code in {400, 413}, name
        if response.status_code >= 400:
            assert isinstance(response.json(), dict)


@EACH
def test_bodies_that_nobody_reads_do_no_harm(world: World, method: str, route: Route) -> None:
    if "requestBody" in said_of(method, route):
        return
    user, here = whoever_may(world, route), own(world, route)
    for name, body in ODD_BODIES.items():
        with undone():
            assert send(user, method, here, body).status_code < 300, name


@EACH_READER
def test_other_kinds_of_bodies_are_refused(world: World, method: str, route: Route) -> None:
    user, here = whoever_may(world, route), own(world, route)
    raw = json.dumps(body_for(method, route.address)).encode() or b"{}"
    for kind in ("text/plain", "application/xml", "image/png", "", "odd", "application/json5", "/"):
        with undone():
            response = send(user, method, here, raw, content_type=kind)
        assert response.status_code == 415, kind
        assert list(response.json()) == ["detail"]
    charsets = ("; charset=latin-1", ";charset=rot13", ";")
    for kind in [f"Application/JSON{charset}" for charset in charsets]:
        with undone():
            assert send(user, method, here, raw, content_type=kind).status_code < 300, kind


@EACH_READER
def test_odd_forms_are_refused(world: World, method: str, route: Route) -> None:
    user, here = whoever_may(world, route), own(world, route)
    forms = {
        "multipart/form-data": b"x",
        "multipart/form-data; boundary=": b"--\r\n",
        "multipart/form-data; boundary=x": b"--x\r\nContent-Disposition: form-data",
        "multipart/form-data; boundary=\xff": b"--x",
    }
    for kind, body in forms.items():
        with undone():
            assert send(user, method, here, body, content_type=kind).status_code < 500, kind
    many = "&".join(f"a{number}=1" for number in range(2000)).encode()
    for body in (many, b"a=" + b"x" * 1_000_000):
        with undone():
            kind = "application/x-www-form-urlencoded"
            assert send(user, method, here, body, content_type=kind).status_code in {400, 413}


@EACH_READER
def test_odd_values_are_refused(world: World, method: str, route: Route) -> None:
    user, here, right = (
        whoever_may(world, route),
        own(world, route),
        body_for(method, route.address),
    )
    content = said_of(method, route)["requestBody"]["content"]["application/json"]["schema"]
    shape = schema()["components"]["schemas"][content["$ref"].rpartition("/")[2]]
    for name in shape["properties"]:
        for odd in ODD_VALUES:
            with undone():
                response = send(user, method, here, {**right, name: odd})
            assert response.status_code < 500, (name, odd)
            if json.dumps(odd) in NEVER_RIGHT:
                assert response.status_code == 400, (name, odd)
                assert name in response.json(), (name, odd)


@pytest.mark.parametrize(
    "odd",
    ["x" * 1001, "\u200b", " \n ", "a\x00", "\x1b[0m", "\u202d", "\x9d", "\U000e0041"],
)
def test_an_odd_post_is_refused_with_its_field(world: World, odd: str) -> None:
    posts = Post.objects.count()
    response = send(world.club.ta1, "POST", "/api/community/feed/", {"content": odd})
    assert response.status_code == 400
    assert list(response.json()) == ["content"]
    assert Post.objects.count() == posts


def test_odd_things_in_forms_are_refused_as_in_json(world: World) -> None:
    trainer = world.club.trainer_a
    before = Announcement.objects.count()
    form = "application/x-www-form-urlencoded"
    for said, blamed in (
        (b"title=a%00&body=b", "title"),
        (b"title=%E2%80%AE&body=b", "title"),
        (b"title=a&body=", "body"),
        (b"title=a&body=b&is_pinned=odd", "is_pinned"),
    ):
        response = send(trainer, "POST", "/api/trainer/announcements/", said, content_type=form)
        assert response.status_code == 400
        assert list(response.json()) == [blamed]
    assert Announcement.objects.count() == before
    right = b"title=a%ff&body=b&is_pinned=true"
    response = send(trainer, "POST", "/api/trainer/announcements/", right, content_type=form)
    assert response.status_code == 201
    assert response.json()["is_pinned"] is True


def test_foreign_ids_in_bodies_are_as_ids_that_never_were(world: World) -> None:
    here = "/api/community/announcements/mark-read/"
    told = world.objects("/api/trainer/announcements/{id}/")
    answers = [
        send(world.club.ta1, "POST", here, {"up_to": told[whose]["id"]})
        for whose in ("B's", "deleted", "never")
    ]
    assert {(one.status_code, one.content) for one in answers} == {
        (404, b'{"detail":"Not found."}')
    }
