from __future__ import annotations

from collections.abc import Iterator

import pytest

from badge_engine.authoring.eventfiles import Place, Refusal
from badge_engine.authoring.histories import PlacedEvent, histories
from badge_engine.events import Event


def placed(*events: tuple[str, str, int]) -> Iterator[PlacedEvent]:
    for number, (user, event_id, minutes) in enumerate(events, start=1):
        event = Event.create(
            id=event_id, user=user, type="workout", day="2026-01-05", data={"minutes": minutes}
        )
        yield PlacedEvent(Place("events.jsonl", number), event)


@pytest.mark.parametrize("in_memory", [1, 2, 3, 1000])
def test_scattered_users_become_whole_histories_in_order(in_memory: int) -> None:
    scattered = [("b", "1", 10), ("a", "1", 10), ("b", "2", 10), ("\u00e9", "1", 1), ("a", "0", 10)]
    refused: list[Refusal] = []
    found = histories(placed(*scattered), refused.append, in_memory)
    assert [(one.user, [event.id for event in one]) for one in found] == [
        ("a", ["0", "1"]),
        ("b", ["1", "2"]),
        ("\u00e9", ["1"]),
    ]
    assert refused == []


@pytest.mark.parametrize("in_memory", [1, 2, 1000])
def test_same_event_twice_is_silent_and_another_with_its_id_is_refused(in_memory: int) -> None:
    events = placed(("a", "1", 10), ("b", "1", 99), ("a", "1", 10), ("a", "1", 11))
    refused: list[Refusal] = []
    first, _ = histories(events, refused.append, in_memory)
    assert [event.data["minutes"] for event in first] == [10]
    ((place, code),) = [(refusal.place.line, refusal.code) for refusal in refused]
    assert (place, code) == (4, "conflicting-event")
    assert "events.jsonl:1" in refused[0].reason
