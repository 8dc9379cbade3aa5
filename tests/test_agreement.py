"""The library and the oracle say the same about small histories, award by award."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from badge_engine.events import Event
from badge_engine.instants import microseconds
from badge_engine.testing.histories import USER
from tests.campaign import (
    HISTORIES_A_PACK,
    Case,
    compare,
    disagreement,
    drawn,
    library_awards,
    make_cases,
)

BLOCKS = 40
PACKS_A_BLOCK = 20_000 // HISTORIES_A_PACK // BLOCKS
SEED = 20260105


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_library_agrees_with_the_oracle(block: int) -> None:
    first = block * PACKS_A_BLOCK
    tally = compare(SEED, range(first, first + PACKS_A_BLOCK))
    assert tally.refused == []
    assert [f"{drawn(case)}\n{disagreement(case)}" for case in tally.found] == []
    assert tally.earning > tally.cases / 4


@pytest.mark.parametrize("number", range(150))
def test_arrival_order_does_not_matter(number: int) -> None:
    for case in make_cases(SEED, number, histories=2):
        few = replace(case, history=case.history[:5])
        expected = sorted(map(str, library_awards(few)))
        for order in permutations(few.history):
            assert sorted(map(str, library_awards(replace(few, history=order)))) == expected


def on_days(kind: str, *days: str, **values: Sequence[int]) -> list[Event]:
    """One event a day, in the order written; their instants follow each other hour by hour."""
    first = datetime.fromisoformat(min(days)).replace(tzinfo=UTC)
    start = microseconds(first)
    return [
        Event(
            id=f"{kind}-{place}",
            user=USER,
            type=kind,
            instant=start + place * 3_600_000_000,
            day=date.fromisoformat(day),
            time=None,
            zone=None,
            data={name: numbers[place] for name, numbers in values.items()},
            ordinal=date.fromisoformat(day).toordinal(),
        )
        for place, day in enumerate(days)
    ]


def badge(rule: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": "it", "name": "It", "rule": rule}]


STREAK = {"type": "streak", "event": "meal", "length": "3 days"}
CHANGE = {"type": "change", "event": "workout", "field": "minutes", "within": "2 days"}
DIFFERENT = {"type": "count", "event": "meal", "distinct": "day", "within": "2 days"}
COUNTEREXAMPLES = {
    "grace before the current run is not spent": Case(
        badge(STREAK | {"grace": 1}),
        on_days("meal", "2026-01-05", "2026-01-20"),
        date(2026, 1, 22),
    ),
    "grace on the only scheduled weekday": Case(
        badge(STREAK | {"grace": 1, "days": ["tue"]}),
        on_days("meal", "2024-03-12", "2024-08-27"),
        date(2024, 8, 30),
    ),
    "the newest reading has no baseline": Case(
        badge(CHANGE | {"by": "-0.5 h"}),
        on_days("workout", "2025-12-26", "2025-12-26", "2026-01-01", minutes=(-20, 10, 60)),
        date(2026, 1, 1),
    ),
    "a percentage of no baseline": Case(
        badge(CHANGE | {"by": "-1%"}),
        on_days("workout", "2026-01-12", "2026-01-13", "2026-01-22", minutes=(20, -10, 20)),
        date(2026, 1, 23),
    ),
    "nothing continues a run after until": Case(
        badge(STREAK | {"until": "2026-02-23"}), on_days("meal", "2026-02-23"), date(2026, 2, 23)
    ),
    "an earned streak that is broken does not expire": Case(
        badge(STREAK | {"length": "2 days"}),
        on_days("meal", "2026-01-04", "2026-01-05"),
        date(2026, 1, 19),
    ),
    "every occurrence keeps its values used up": Case(
        badge(DIFFERENT | {"at_least": 1, "repeat": True}),
        on_days("meal", "2026-03-30", "2026-03-29", "2026-03-30"),
        date(2026, 3, 31),
    ),
    "a value used up today counts again only tomorrow": Case(
        badge(DIFFERENT | {"event": ["meal", "walk"], "at_least": 1, "repeat": True}),
        [*on_days("meal", "2026-04-01"), *on_days("walk", "2026-04-01")],
        date(2026, 4, 2),
    ),
    "the filled-in run is longer than the streak": Case(
        badge(STREAK | {"length": "2 days", "repeat": "per_run"}),
        on_days("meal", "2025-12-23", "2025-12-25", "2025-12-24"),
        date(2025, 12, 26),
    ),
    "today is a day before one that has events": Case(
        badge({"type": "count", "event": "meal", "each": "day", "at_least": 1}),
        on_days("meal", "2012-01-05", "2012-01-03"),
        date(2012, 1, 5),
        as_of=datetime(2012, 1, 3, 23, tzinfo=UTC),
    ),
}


@pytest.mark.parametrize("name", COUNTEREXAMPLES)
def test_a_former_disagreement(name: str) -> None:
    assert disagreement(COUNTEREXAMPLES[name]) is None
