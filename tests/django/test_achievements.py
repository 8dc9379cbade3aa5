"""What clients are told of badges: shapes, types, order, languages, and what stays untold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from django_adapter import new_achievements, record
from django_adapter.models import Badge
from django_adapter.rules import shared_rules
from django_adapter.services import catalogue
from tests.django.club import Club, client_of
from tests.django.shelf import (
    HERE,
    OTHER,
    PACK,
    PROGRESS,
    TODAY,
    B,
    Packs,
    assert_shape,
    days_ago,
    did,
    listed,
    of,
    undid,
)

KINDS = """
language: en
badges:
  - {id: a, name: A, rule: {type: count, event: workout, at_least: 5}}
  - {id: b, name: B, rule: {type: streak, event: workout, length: 6 days}}
  - {id: c, name: C, rule: {type: streak, event: weigh_in, length: 7 days}}
  - {id: d, name: D, rule: {type: streak, event: nutrition_log, length: 8 days}}
  - {id: e, name: E, rule: {type: count, event: program_completed, at_least: 1}}
  - {id: f, name: F, rule: {type: count, event: workout, distinct: kind, at_least: 9}}
  - {id: g, name: G, rule: {type: total, event: workout, field: distance, at_least: 10.2 km}}
  - {id: h, name: H, rule: {type: change, event: weigh_in, field: weight, by: -2.5 kg}}
  - {id: i, name: I, rule: {type: record, event: workout, field: distance}}
  - {id: j, name: J, rule: {type: all_of, of: [{badge: a}, {badge: b}, {badge: c}]}}
  - {id: k, name: K, rule: {type: any_of, at_least: 2, of: [{badge: a}, {badge: b}, {badge: c}]}}
  - {id: l, name: L, rule: {type: comeback, event: workout, after: 30 days}}
  - {id: m, name: M, rule: {type: count, event: [workout, race], at_least: 5}}
  - {id: n, name: N, rule: {type: count, event: workout, distinct: day, at_least: 12}}
"""


@pytest.fixture
def packs(settings: Any, tmp_path: Path) -> Packs:
    return Packs(settings, tmp_path)


def test_every_badge_has_the_shape_that_clients_expect(club: Club) -> None:
    did(club.ta1, 3, 2, 1)
    for one in listed(club.ta1):
        assert_shape(one, B)
        if one["progress"] is not None:
            assert_shape(one["progress"], PROGRESS)


def test_a_badge_that_is_not_earned_has_no_times(club: Club, packs: Packs) -> None:
    (one,) = (one for one in listed(club.ta1) if one["slug"] == "in-a-row")
    assert isinstance(one.pop("id"), int)
    assert one == {
        "name": "In a Row",
        "description": "",
        "icon_name": "",
        "criteria_type": "workout_streak",
        "criteria_value": 3,
        "earned": False,
        "earned_at": None,
        "slug": "in-a-row",
        "category": "streaks",
        "tier": "",
        "progress": {
            "value": 0.0,
            "target": 3.0,
            "ratio": 0.0,
            "state": "none",
            "expires_on": None,
            "sentence": "0 of 3 days in a row.",
        },
        "hidden": False,
        "times_earned": 0,
        "earned_on": None,
    }


def test_each_tier_is_a_badge_with_its_own_progress(club: Club, packs: Packs) -> None:
    did(club.ta1, 3, 2, 1)
    tiers = [one for one in listed(club.ta1) if one["slug"] == "often"]
    assert [
        (one["tier"], one["criteria_value"], one["earned"], one["times_earned"]) for one in tiers
    ] == [("bronze", 1, True, 1), ("silver", 3, True, 1), ("gold", 10, False, 0)]
    assert [one["earned_on"] for one in tiers] == [str(days_ago(3)), str(days_ago(1)), None]
    assert [
        (one["progress"]["value"], one["progress"]["target"], one["progress"]["ratio"])
        for one in tiers
    ] == [(3.0, 1.0, 1.0), (3.0, 3.0, 1.0), (3.0, 10.0, 0.3)]
    assert [one["progress"]["state"] for one in tiers] == ["earned", "earned", "open"]
    assert tiers[2]["progress"]["sentence"] == "3 of 10 workouts for gold."
    assert len({one["id"] for one in tiers}) == 3


def test_a_streak_says_until_when_it_can_go_on(club: Club, packs: Packs) -> None:
    did(club.ta1, 1, 0)
    progress = of(club.ta1, "in-a-row")["progress"]
    assert (progress["value"], progress["state"]) == (2.0, "alive")
    assert progress["expires_on"] == str(TODAY + timedelta(days=1))


def test_numbers_are_exact_to_their_decimals(club: Club, packs: Packs) -> None:
    did(club.ta1, 2, type="weigh_in", weight=80.1)
    did(club.ta1, 1, type="weigh_in", weight=79.8)
    progress = of(club.ta1, "lighter")["progress"]
    assert (progress["value"], progress["target"], progress["ratio"]) == (-0.3, -2.5, 0.12)


def test_a_badge_earned_again_counts_and_keeps_its_first_day(club: Club, packs: Packs) -> None:
    did(club.ta1, 5, 4, 3, 2, 1)
    again = of(club.ta1, "again")
    assert (again["earned"], again["times_earned"]) == (True, 2)
    assert again["earned_on"] == str(days_ago(4))
    assert (again["progress"]["value"], again["progress"]["target"]) == (5.0, 6.0)


def test_badges_come_by_category_criterion_and_goal(club: Club) -> None:
    shown = [
        (one["category"], one["criteria_type"], one["criteria_value"]) for one in listed(club.ta1)
    ]
    assert shown == sorted(shown)
    assert len(shown) > 60


def test_criteria_have_the_names_that_clients_know(club: Club, packs: Packs) -> None:
    packs(KINDS)
    kinds = {one["slug"]: (one["criteria_type"], one["criteria_value"]) for one in listed(club.ta1)}
    assert kinds == {
        "a": ("workout_count", 5),
        "b": ("workout_streak", 6),
        "c": ("weight_checkin_streak", 7),
        "d": ("nutrition_streak", 8),
        "e": ("program_completed", 1),
        "f": ("count", 9),
        "g": ("total", 11),
        "h": ("change", 3),
        "i": ("record", 1),
        "j": ("all_of", 3),
        "k": ("any_of", 2),
        "l": ("comeback", 30),
        "m": ("count", 5),
        "n": ("workout_count", 12),
    }


def test_bare_lists_ignore_the_pages_of_the_host(club: Club) -> None:
    assert len(listed(club.ta1)) > 60
    for door in ("recent/", "unseen/"):
        assert client_of(club.ta1).get(f"{HERE}{door}?page=2&page_size=1").json() == []


@pytest.mark.parametrize("badges", [1, 6, 61])
def test_the_list_costs_six_queries_however_many_badges(
    club: Club, packs: Packs, badges: int
) -> None:
    pack = "language: en\nbadges:\n" + "".join(
        f"  - {{id: b{n}, name: B, hidden: true, rule: {{type: count, event: workout}}, "
        f"tiers: [{{one: {n}}}, {{two: {n + 1}}}]}}\n"
        for n in range(1, badges + 1)
    )
    packs(pack)
    did(club.ta1, 3, 2, 1)
    client = client_of(club.ta1)
    client.get(HERE)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(HERE).status_code == 200
    ours = [query["sql"] for query in captured if "badge_engine_" in query["sql"]]
    assert len(ours) <= 6, ours


# Hidden, kept, revoked, and no longer in any pack


def test_a_hidden_badge_is_one_anonymous_placeholder(club: Club, packs: Packs) -> None:
    (hidden,) = (one for one in listed(club.ta1) if one["hidden"])
    assert hidden.pop("id") == Badge.objects.get(slug="secret", tier="one").pk
    assert hidden == {
        "name": "",
        "description": "",
        "icon_name": "",
        "criteria_type": "",
        "criteria_value": 0,
        "earned": False,
        "earned_at": None,
        "slug": "",
        "category": "",
        "tier": "",
        "progress": None,
        "hidden": True,
        "times_earned": 0,
        "earned_on": None,
    }


def test_a_hidden_badge_shows_itself_and_its_tiers_once_earned(club: Club, packs: Packs) -> None:
    before = next(one["id"] for one in listed(club.ta1) if one["hidden"])
    did(club.ta1, 2, 1)
    tiers = [one for one in listed(club.ta1) if one["slug"] == "secret"]
    assert [(one["tier"], one["earned"]) for one in tiers] == [("one", True), ("two", False)]
    assert before == tiers[0]["id"]
    assert "" not in {one["slug"] for one in listed(club.ta1)}


def test_what_is_kept_counts_as_earned_and_what_is_revoked_does_not(
    club: Club, packs: Packs
) -> None:
    packs(
        PACK.replace(
            "    category: streaks\n", "    category: streaks\n    on_correction: revoke\n"
        )
    )
    did(club.ta1, 3, 2, 1)
    undid(club.ta1, 1)
    silver, row = of(club.ta1, "often", "silver"), of(club.ta1, "in-a-row")
    assert (silver["earned"], silver["earned_on"]) == (True, str(days_ago(1)))
    assert silver["progress"]["ratio"] < 1
    assert (row["earned"], row["earned_at"], row["times_earned"]) == (False, None, 0)
    told = client_of(club.ta1).get(f"{HERE}recent/").json()
    assert {one["slug"] for one in told} == {"often", "again", "secret"}


def test_a_badge_in_no_pack_is_listed_to_holders_with_its_last_texts(
    club: Club, packs: Packs
) -> None:
    did(club.ta1, 3, 2, 1)
    before = of(club.ta1, "often", "silver")
    packs(OTHER)
    after = of(club.ta1, "often", "silver")
    assert after == before | {"progress": None}
    assert {(one["slug"], one["tier"]) for one in listed(club.ta1)} == {
        ("x", ""),
        ("often", "bronze"),
        ("often", "silver"),
        ("in-a-row", ""),
        ("again", ""),
        ("secret", "one"),
    }
    assert [one["slug"] for one in listed(club.ta2)] == ["x"]
    (told,) = (
        one for one in client_of(club.ta1).get(f"{HERE}recent/").json() if one["slug"] == "in-a-row"
    )
    assert told["name"] == "In a Row"
    detail = client_of(club.ta1).get(f"{HERE}often/").json()
    assert (detail["tier"], detail["explanation"]) == ("silver", None)
    assert client_of(club.ta2).get(f"{HERE}often/").status_code == 404


def test_a_badge_that_nobody_listed_in_time_is_called_by_its_slug(club: Club, packs: Packs) -> None:
    did(club.ta1, 3, 2, 1)
    packs(OTHER)
    assert of(club.ta1, "in-a-row")["name"] == "In a row"


# Texts


def test_texts_come_in_the_language_of_the_request(club: Club, packs: Packs) -> None:
    did(club.ta1, 1)

    def told(language: str) -> list[str]:
        headers = {"Accept-Language": language}
        badge = next(one for one in listed(club.ta1, **headers) if one["tier"] == "silver")
        recent = client_of(club.ta1).get(f"{HERE}recent/", headers=headers).json()[0]
        return [badge["name"], badge["description"], badge["progress"]["sentence"], recent["name"]]

    assert told("de-AT,de;q=0.9") == [
        "Oft",
        "Trainiere.",
        "1 von 3 \xd7 Workout für silver.",
        "Oft",
    ]
    assert told("en") == ["Often", "Work out.", "1 of 3 workouts for silver.", "Often"]
    assert told("fr") == ["Often", "Work out.", "1 of 3 workouts for silver.", "Often"]


def test_a_text_that_is_missing_comes_in_the_language_of_the_pack(club: Club, packs: Packs) -> None:
    german = {"Accept-Language": "de"}
    assert "Again" in {one["name"] for one in listed(club.ta1, **german)}


def test_languages_are_the_same_in_lower_case(club: Club, packs: Packs) -> None:
    did(club.ta1, 3, 2, 1)
    with translation.override("pt-br"):
        names = {one["slug"]: one["name"] for one in new_achievements(club.ta1)}
    assert names["in-a-row"] == "Em sequência"


def test_texts_that_change_are_refreshed_under_the_same_number(club: Club, packs: Packs) -> None:
    before = of(club.ta1, "again")
    packs(PACK.replace("name: Again", "name: Anew"))
    after = of(club.ta1, "again")
    assert (after["id"], after["name"]) == (before["id"], "Anew")


@pytest.mark.parametrize(("before", "queries"), [(None, 2), (OTHER, 2), (PACK, 1)])
def test_numbers_cost_one_query_where_nothing_is_new(
    club: Club, packs: Packs, before: str | None, queries: int
) -> None:
    if before is not None:
        packs(before)
        catalogue.numbers(shared_rules())
        packs(PACK)
    with CaptureQueriesContext(connection) as captured:
        found = catalogue.numbers(shared_rules())
    assert len([one for one in captured if "SAVEPOINT" not in one["sql"]]) == queries
    assert len(found) == 9
    assert {key: row.pk for key, row in catalogue.numbers(shared_rules()).items()} == {
        key: row.pk for key, row in found.items()
    }


# When it was earned


@pytest.mark.parametrize(
    ("zone", "local", "shown"),
    [
        ("Pacific/Auckland", "07:30", "noon"),  # the evening before in UTC
        ("Pacific/Auckland", "23:30", "itself"),
        ("America/Los_Angeles", "21:30", "noon"),  # the next day in UTC
        ("America/Los_Angeles", "07:30", "itself"),
        ("Europe/London", "12:00", "itself"),
    ],
)
def test_what_was_earned_is_shown_on_its_local_day(
    club: Club, packs: Packs, zone: str, local: str, shown: str
) -> None:
    day = days_ago(3)
    at = datetime.fromisoformat(f"{day}T{local}").replace(tzinfo=ZoneInfo(zone))
    record(club.ta1, "workout", id="only", at=at, zone=zone)
    bronze = of(club.ta1, "often", "bronze")
    assert bronze["earned_on"] == str(day)
    expected = f"{day}T12:00:00Z"
    if shown == "itself":
        expected = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert bronze["earned_at"] == expected
    (told,) = client_of(club.ta1).get(f"{HERE}recent/").json()
    assert (told["earned_at"], told["earned_on"]) == (expected, str(day))
