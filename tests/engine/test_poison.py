"""Poison: refused with a typed error on every store alike, beside neighbours that are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from badge_engine.errors import InvalidEvent
from badge_engine.ports import Store
from tests.engine.builders import Desk, badge

WEST, EAST = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(5000):
        nested = [nested]
    return nested


def endless() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


STRANGE: Mapping[str, Callable[[], Any]] = {
    "depth 5000": deep,
    "endless": endless,
    "5000 digits": lambda: 10**5000,
    "NaN": lambda: float("nan"),
    "signalling NaN": lambda: Decimal("sNaN"),
    "infinity": lambda: float("-inf"),
    "1e5000": lambda: Decimal("1e5000"),
    "NUL": lambda: "a\x00b",
    "lone surrogate": lambda: "a\ud800",
    "10 MB": lambda: "x" * 10_000_000,
    "bytes": lambda: b"abc",
    "a map": lambda: {"a": 1},
    "a set": lambda: {1, 2},
}
"""Refused in every place but those where a text of any length may stand."""

TIMES: Mapping[str, Mapping[str, Any]] = {
    "naive": {"at": datetime(2026, 1, 5)},  # noqa: DTZ001 - a naive time is what is tried
    "naive text": {"at": "2026-01-05T10:00"},
    "year 1, east": {"at": datetime(1, 1, 1, tzinfo=EAST)},
    "year 1, west": {"at": datetime(1, 1, 1, tzinfo=WEST)},
    "year 9999, west": {"at": datetime(9999, 12, 31, 23, 59, tzinfo=WEST)},
    "year 9999, east": {"at": datetime(9999, 12, 31, 23, 59, tzinfo=EAST)},
    "before 1970": {"at": datetime(1969, 12, 31, 23, 59, tzinfo=UTC)},
    "a day before 1970": {"day": date(1969, 12, 31)},
    "a day of year 9999": {"day": date(9999, 12, 31)},
    "the first day": {"day": date.min},
    "a leap second": {"at": "2016-12-31T23:59:60Z"},
    "24:00": {"at": "2026-01-05T24:00Z"},
    "an offset too far": {"at": "2026-01-05T10:00+15:00"},
    "no such day": {"day": "2026-02-30"},
    "a day that its zone left out": {"day": "2011-12-30", "zone": "Pacific/Apia"},
    "a day and another instant": {"day": "2026-01-05", "at": "2026-01-09T10:00Z"},
    "no time at all": {},
    "a zone of nobody's": {"day": "2026-01-05", "zone": "Europe/Atlantis"},
    "a zone misspelt": {"day": "2026-01-05", "zone": "europe/lisbon"},
    "a path for a zone": {"day": "2026-01-05", "zone": "../../etc/passwd"},
    "27 hours ahead": {"at": datetime(2026, 1, 6, 15, 1, tzinfo=UTC)},
}

DATA: Mapping[str, Any] = {
    "a text for a number": {"minutes": "thirty"},
    "a truth for a number": {"minutes": True},
    "a number for a text": {"kind": 5},
    "a number for a truth": {"done": 1},
    "a text for texts": {"exercises": "squat"},
    "a number of 13 digits": {"minutes": 10**12},
    "a nested list": {"other": [["a"]]},
    "a list of numbers": {"other": [1]},
    "64 KiB": {"other": "x" * 65536},
    "64 KiB of names": {f"field-{number}": 1 for number in range(7000)},
    "a name that is no text": {1: 1},
    "a name with NUL": {"a\x00": 1},
    "no map": [1],
    "text": "minutes: 5",
}


def facts() -> Iterator[tuple[str, Mapping[str, Any]]]:
    plain = {"id": "poison", "type": "workout", "day": "2026-01-05"}
    for part in ("id", "user", "type", "day", "at", "zone", "data"):
        for name, make in STRANGE.items():
            if (part, name) != ("data", "a map"):
                yield f"{part}: {name}", {**plain, part: make}
    for name, make in STRANGE.items():
        if name != "10 MB":
            yield f"data.other: {name}", {**plain, "data": lambda make=make: {"other": make()}}
        yield f"data.minutes: {name}", {**plain, "data": lambda make=make: {"minutes": make()}}
    for name, said in TIMES.items():
        yield f"time: {name}", {"id": "poison", "type": "workout", **said}
    for name, data in DATA.items():
        yield f"data: {name}", {**plain, "data": data}
    yield "id: empty", {**plain, "id": ""}
    yield "id: 201 bytes", {**plain, "id": "é" * 100 + "x"}
    yield "id: a number", {**plain, "id": 7}
    yield "user: empty", {**plain, "user": ""}
    yield "type: no slug", {**plain, "type": "Work Out"}
    yield "an unknown part", {**plain, "minutes": 30}
    yield "an unknown part of 10 MB", {**plain, "x" * 10_000_000: 30}


FACTS = dict(facts())


def made(fact: Mapping[str, Any], user: str) -> dict[str, Any]:
    """A fact of a user; what is large or endless is made only now."""
    parts = {name: value() if callable(value) else value for name, value in fact.items()}
    return {"user": user} | parts


@pytest.mark.parametrize("name", FACTS)
def test_poison_is_refused_and_harms_no_neighbour(store: Store, name: str) -> None:
    desk = Desk(store, badge(at_least=2))
    poison = made(FACTS[name], desk.user)

    outcomes = desk.engine.record_many([desk.event(1), poison, desk.event(2)]).outcomes

    assert [outcome.result for outcome in outcomes] == ["recorded", "refused", "recorded"]
    assert [event.id for event in desk.events()] == ["workout-1", "workout-2"]
    assert desk.ledger() == {"badge": "earned"}
    with pytest.raises(InvalidEvent) as refusal:
        desk.engine.amend(poison)
    assert refusal.value.code
    assert len(str(refusal.value)) < 1000
    assert str(refusal.value).encode()
    assert [event.id for event in desk.events()] == ["workout-1", "workout-2"]


@pytest.mark.parametrize("name", [*STRANGE, "empty"])
@pytest.mark.parametrize("place", ["user", "id"])
def test_an_id_that_cannot_be_is_no_retraction(store: Store, place: str, name: str) -> None:
    desk = Desk(store, badge(at_least=1))
    desk.did(1)
    strange = STRANGE[name]() if name in STRANGE else ""
    pair = (strange, "a") if place == "user" else (desk.user, strange)
    outcomes = desk.engine.retract_many([pair, (desk.user, "workout-1")]).outcomes
    assert [outcome.result for outcome in outcomes] == ["refused", "retracted"]
    with pytest.raises(InvalidEvent):
        desk.engine.retract(*pair)
    with store.view(desk.user) as view:
        assert list(view.withdrawn()) == ["workout-1"]


HARMLESS = {
    "an emoji": "🏋️",
    "right to left": "\u202ertl\u202c",
    "zero width": "a\u200bb",
    "not normalised": "e\u0301",
    "quotes": "'\"`; DROP TABLE badge_users; --",
    "a percent sign": "%s %(user)s %%",
    "a backslash": "\\x00 \\u0000",
    "line ends": "a\r\nb\tc\x0b",
    "the last letter": "\U0010ffff",
    "a noncharacter": "\uffff",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_odd_text_is_stored_as_it_is(store: Store, name: str) -> None:
    text = HARMLESS[name]
    desk = Desk(store, badge(at_least=1))
    desk.user = f"{text}{desk.user}"
    event = desk.event(1, id=text, note=text)
    odd = {"id": f"{text}2", "user": desk.user, "type": "meal", "day": "2026-01-05"}
    batch = desk.engine.record_many([event, {**odd, "data": {text: [text, ""]}}])
    assert [outcome.result for outcome in batch.outcomes] == ["recorded", "recorded"]
    stored = {one.id: dict(one.data) for one in desk.events()}
    assert stored == {text: {"note": text}, f"{text}2": {text: (text, "")}}
    assert desk.engine.awards(desk.user)[0].award.evidence.event == text
    assert [out.result for out in desk.engine.record_many([event]).outcomes] == ["unchanged"]
    desk.engine.retract(desk.user, text)
    assert desk.ledger() == {"badge": "kept"}
    assert desk.agrees()
    assert desk.user in store.users(limit=10**6)
    desk.engine.erase(desk.user)
    assert desk.user not in store.users(limit=10**6)


NUMBERS = ["0", "-0.0", "0.1", "999999999999", "-999999999999", "1e-30", "12345.678901234567890123"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_comes_back_exactly(store: Store, number: str) -> None:
    desk = Desk(store, badge(at_least=1))
    fact = {"id": "a", "user": desk.user, "type": "walk", "day": "2026-01-05"}
    fact_with = {**fact, "data": {"distance": Decimal(number), "other": Decimal(number)}}
    assert [out.result for out in desk.engine.record_many([fact_with]).outcomes] == ["recorded"]
    (event,) = desk.events()
    assert event.data == {"distance": Decimal(number), "other": Decimal(number)}
    assert [out.result for out in desk.engine.record_many([fact_with]).outcomes] == ["unchanged"]
