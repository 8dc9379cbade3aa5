"""What each door of the engine answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from badge_engine.engine.engine import Engine
from badge_engine.engine.intake import Batch
from badge_engine.errors import ConflictingEvent, InvalidEvent
from badge_engine.events import Event, Operation
from badge_engine.ports import Store
from tests.engine.builders import Desk, badge, kinds
from tests.engine.stores import somebody
from tests.semantics.builders import day

ONCE = badge(at_least=1)


def results(batch: Batch) -> list[str]:
    return [outcome.result for outcome in batch.outcomes]


# One fact


def test_a_fact_is_an_event_or_its_parts(store: Store) -> None:
    desk = Desk(store, ONCE)
    parts = {"id": "a", "user": desk.user, "type": "workout", "day": "2026-01-05"}
    assert results(desk.engine.record(parts)) == ["recorded"]
    event = Event.create(id="a", user=desk.user, type="workout", day=day(1))
    assert results(desk.engine.record(event)) == ["unchanged"]
    assert desk.events() == [event]


def test_the_day_starts_when_the_host_says(store: Store) -> None:
    desk = Desk(store, ONCE, today=2, day_starts=time(4))
    parts = {"id": "a", "user": desk.user, "type": "workout", "at": "2026-01-06T03:59Z"}
    desk.engine.record(parts)
    assert [event.day for event in desk.events()] == [day(1)]


def test_an_answer_tells_which_awards_changed(store: Store) -> None:
    desk = Desk(store, ONCE)
    batch = desk.engine.record(desk.event(1))
    assert kinds(batch.changes) == [("new", "badge")]
    assert [change.award for change in batch.changes] == desk.engine.awards(desk.user)
    (outcome,) = batch.outcomes
    assert (outcome.user, outcome.event_id) == (desk.user, "workout-1")
    assert outcome.error is None


def test_other_content_under_a_known_id_is_a_conflict(store: Store) -> None:
    desk = Desk(store, ONCE, today=2)
    desk.engine.record(desk.event(1, id="a"))
    with pytest.raises(ConflictingEvent, match="use amend to replace it"):
        desk.engine.record(desk.event(2, id="a"))
    assert desk.events() == [desk.event(1, id="a")]


def test_an_amendment_replaces_what_was_known(store: Store) -> None:
    desk = Desk(store, ONCE, today=2)
    desk.engine.record(desk.event(1, id="a"))
    assert results(desk.engine.amend(desk.event(2, "meal", id="a"))) == ["amended"]
    assert results(desk.engine.amend(desk.event(2, "meal", id="a"))) == ["unchanged"]
    assert results(desk.engine.amend(desk.event(2, "meal", id="b"))) == ["recorded"]
    assert [event.type for event in desk.events()] == ["meal", "meal"]
    assert desk.ledger() == {"badge": "kept"}


def test_a_retraction_is_remembered(store: Store) -> None:
    desk = Desk(store, ONCE)
    assert results(desk.engine.retract(desk.user, "workout-1")) == ["retracted"]
    assert results(desk.engine.retract(desk.user, "workout-1")) == ["unchanged"]
    assert results(desk.engine.record(desk.event(1))) == ["withdrawn"]
    assert desk.ledger() == {}
    assert results(desk.engine.amend(desk.event(1))) == ["amended"]
    assert desk.ledger() == {"badge": "earned"}


def test_the_same_id_of_another_user_is_another_event(store: Store) -> None:
    one, other = Desk(store, ONCE, today=2), Desk(store, ONCE, today=2)
    one.did(1, id="a")
    assert results(other.did(2, id="a")) == ["recorded"]
    other.engine.retract(other.user, "a")
    assert (one.ledger(), other.ledger()) == ({"badge": "earned"}, {"badge": "kept"})


# Many facts


def test_many_facts_have_an_outcome_each_in_their_order(store: Store) -> None:
    """What is refused harms no neighbour, not even one of the same user."""
    one, other = Desk(store, ONCE, today=3), Desk(store, ONCE)
    batch = one.engine.record_many(
        [
            one.event(1, id="a"),
            {"id": "b", "user": one.user, "type": "workout"},
            other.event(1, id="a"),
            one.event(2, id="a"),
            one.event(3, id="c", minutes=True),
            one.event(1, id="a"),
            "no fact at all",  # type: ignore[list-item] # on purpose
            {"id": 7, "user": other.user, "type": "workout", "day": "2026-01-05"},
            one.event(3, id="d"),
        ]
    )
    assert [(out.user, out.event_id, out.result) for out in batch.outcomes] == [
        (one.user, "a", "recorded"),
        (one.user, "b", "refused"),
        (other.user, "a", "recorded"),
        (one.user, "a", "conflict"),
        (one.user, "c", "refused"),
        (one.user, "a", "unchanged"),
        ("", "", "refused"),
        (other.user, "", "refused"),
        (one.user, "d", "recorded"),
    ]
    errors = [type(out.error) for out in batch.outcomes if out.error is not None]
    assert errors == [InvalidEvent, ConflictingEvent, InvalidEvent, InvalidEvent, InvalidEvent]
    assert [event.id for event in one.events()] == ["a", "d"]
    assert [event.id for event in other.events()] == ["a"]
    assert kinds(batch.changes) == [("new", "badge"), ("new", "badge")]


def test_many_amendments_and_retractions_have_outcomes_too(store: Store) -> None:
    desk = Desk(store, ONCE, today=3)
    amended = desk.engine.amend_many([desk.event(1), {"id": "b"}, desk.event(2)])
    assert results(amended) == ["recorded", "refused", "recorded"]
    retracted = desk.engine.retract_many(
        [(desk.user, "workout-1"), (desk.user, "\x00"), ("", "a"), (desk.user, "new")]
    )
    assert results(retracted) == ["retracted", "refused", "refused", "retracted"]
    assert [event.id for event in desk.events()] == ["workout-2"]


def test_an_outcome_tells_what_was_and_what_is(store: Store) -> None:
    desk = Desk(store, ONCE, today=3)
    first, second = desk.event(1, id="a"), desk.event(2, id="a")
    told = [
        desk.engine.record(first),
        desk.engine.amend(second),
        desk.engine.retract(desk.user, "a"),
        desk.engine.record_many([first, desk.event(60)]),
    ]
    shown = [(one.before, one.event) for batch in told for one in batch.outcomes]
    assert shown == [
        (None, first), (first, second), (second, None), (None, None), (None, None)
    ]  # fmt: skip


def test_an_unknown_part_of_a_fact_is_named(store: Store) -> None:
    desk = Desk(store, ONCE)
    parts = {"id": "a", "user": desk.user, "type": "workout", "day": "2026-01-05", "minutes": 5}
    with pytest.raises(InvalidEvent, match="fields belong inside data") as refusal:
        desk.engine.record(parts)
    assert (refusal.value.code, refusal.value.field) == ("unknown-part", "minutes")


@pytest.mark.parametrize("part", ["id", "user", "type"])
def test_a_missing_part_of_a_fact_is_named(store: Store, part: str) -> None:
    desk = Desk(store, ONCE)
    parts = {"id": "a", "user": desk.user, "type": "workout", "day": "2026-01-05"}
    del parts[part]
    with pytest.raises(InvalidEvent) as refusal:
        desk.engine.record(parts)
    assert (refusal.value.code, refusal.value.field) == ("missing-part", part)


def test_nothing_to_do_is_done(store: Store) -> None:
    desk = Desk(store, ONCE)
    assert desk.engine.record_many([]) == Batch(())
    assert desk.told == []


def test_operations_of_all_kinds_are_done_in_their_order(store: Store) -> None:
    desk = Desk(store, ONCE, today=2)
    event = desk.event(1, id="a")
    batch = desk.engine.apply(
        [
            Operation("record", desk.user, "a", event),
            Operation("retract", desk.user, "a", None),
            Operation("record", desk.user, "a", event),
            Operation("amend", desk.user, "a", desk.event(2, id="a")),
        ]
    )
    assert results(batch) == ["recorded", "retracted", "withdrawn", "amended"]
    assert [entry.award.earned_on for entry in desk.engine.awards(desk.user)] == [day(2)]


def test_an_operation_on_another_users_event_is_refused(store: Store) -> None:
    desk, other = Desk(store, ONCE), somebody()
    batch = desk.engine.apply([Operation("record", other, "a", desk.event(1, id="a"))])
    (outcome,) = batch.outcomes
    assert isinstance(outcome.error, InvalidEvent)
    assert outcome.error.code == "other-user"
    assert desk.events() == []


@pytest.mark.parametrize(("hours", "accepted"), [(25, True), (27, False)])
def test_an_event_may_be_a_little_ahead(store: Store, hours: int, accepted: bool) -> None:
    desk = Desk(store, ONCE)
    at = desk.now() + timedelta(hours=hours)
    event = Event.create(id="a", user=desk.user, type="workout", at=at)
    assert results(desk.engine.record_many([event])) == ["recorded" if accepted else "refused"]
    assert desk.ledger() == ({"badge": "earned"} if accepted else {}), "it counts at once"


# What is shown


def test_awards_of_one_badge_and_of_a_status(store: Store) -> None:
    desk = Desk(store, ONCE, badge("meal", event="meal", at_least=1, repeat=True))
    desk.each(1)
    desk.each(2, 3, type="meal")
    desk.undo(1)

    def badges(**chosen: object) -> list[tuple[str, int]]:
        found = desk.engine.awards(desk.user, **chosen)  # type: ignore[arg-type] # by name
        return [(entry.award.badge, entry.award.occurrence) for entry in found]

    assert badges() == [("badge", 1), ("meal", 1), ("meal", 2)]
    assert badges(badge="meal") == [("meal", 1), ("meal", 2)]
    assert badges(status=["kept"]) == [("badge", 1)]
    assert badges(status=["kept"], badge="meal") == []
    assert badges(status=["revoked"]) == []


def test_progress_speaks_of_the_present_in_the_zone_of_the_user(store: Store) -> None:
    desk = Desk(store, badge(each="day", at_least=2), today=1.4)
    desk.did(1)
    assert [one.value for one in desk.engine.progress(desk.user)] == [1]
    there = desk.engine.progress(desk.user, zone="Pacific/Kiritimati")
    assert [one.value for one in there] == [0], "there it is day 2"


def test_progress_looks_back_and_ahead(store: Store) -> None:
    desk = Desk(store, badge(each="day", at_least=3), today=2)
    desk.did(1, 2)
    desk.did(2, type="walk")

    def on(moment: datetime) -> object:
        (shown,) = desk.engine.progress(desk.user, moment)
        return shown.value

    assert on(datetime(2026, 1, 5, tzinfo=UTC)) == 1
    assert on(datetime(2026, 1, 4, tzinfo=UTC)) == 0
    assert on(datetime(2026, 1, 6, tzinfo=UTC)) == 1
    assert on(datetime(2026, 1, 7, tzinfo=UTC)) == 0


def test_progress_is_by_the_present_rules_before_they_are_applied(store: Store) -> None:
    desk = Desk(store, badge(at_least=2))
    desk.did(1)
    desk.edit(badge(at_least=4))
    (shown,) = desk.engine.progress(desk.user)
    assert [shown.value, shown.target] == [1, 4]


def test_a_stranger_has_made_no_progress(store: Store) -> None:
    desk = Desk(store, ONCE)
    (shown,) = desk.engine.progress(desk.user)
    assert shown.value == 0
    assert shown.state == "open"
    assert not desk.engine.explain(desk.user, "badge").holds
    assert desk.user not in store.users(limit=10**6)


@pytest.mark.parametrize("ask", ["progress", "explain"])
def test_a_moment_without_an_offset_is_refused(store: Store, ask: str) -> None:
    desk = Desk(store, ONCE)
    desk.did(1)
    naive = datetime(2026, 1, 5)  # noqa: DTZ001 - a naive time is what is tried
    asks: dict[str, Callable[[], object]] = {
        "progress": lambda: desk.engine.progress(desk.user, naive),
        "explain": lambda: desk.engine.explain(desk.user, "badge", naive),
    }
    with pytest.raises(InvalidEvent, match="has no offset"):
        asks[ask]()


def test_each_user_has_the_rules_of_their_group(store: Store) -> None:
    one, other = Desk(store, ONCE), Desk(store, badge("other", at_least=1))
    packs = {one.user: one.rules, other.user: other.rules}
    engine = Engine(store, packs.__getitem__, clock=one.now)
    batch = engine.record_many([one.event(1), other.event(1)])
    assert kinds(batch.changes) == [("new", "badge"), ("new", "other")]
    assert [one.badge for one in engine.progress(other.user)] == ["other"]


def test_a_rule_set_can_be_given_as_it_is(store: Store) -> None:
    desk = Desk(store, ONCE)
    engine = Engine(store, desk.rules)
    batch = engine.record(desk.event(1))
    assert kinds(batch.changes) == [("new", "badge")]
    (entry,) = engine.awards(desk.user)
    assert entry.recorded_at.tzinfo is not None


# Erasing and exporting


def test_erasing_leaves_nothing(store: Store) -> None:
    desk, neighbour = Desk(store, ONCE, today=2), Desk(store, ONCE, today=2)
    for one in (desk, neighbour):
        one.did(1, 2)
        one.undo(1)
    before = neighbour.engine.export(neighbour.user)
    desk.engine.erase(desk.user)
    empty = {"user": desk.user, "events": [], "withdrawn": [], "awards": [], "audit": []}
    assert desk.engine.export(desk.user) == empty
    assert desk.user not in store.users(limit=10**6)
    assert neighbour.engine.export(neighbour.user) == before
    desk.engine.erase(desk.user)
    assert results(desk.did(1)) == ["recorded"], "a withdrawn id is forgotten as well"
    assert desk.agrees()


def test_an_export_holds_everything(store: Store) -> None:
    reading = badge("light", type="best", event="weigh_in", field="weight", lowest=True)
    reading["rule"]["at_most"] = 80
    desk = Desk(store, badge(tiers=[{"bronze": 1}]), reading)
    desk.each(1)
    at = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)
    weight = {"weight": "79.50", "note": "größer", "tags": ["a"], "done": True}
    desk.today = 2
    event = Event.create(
        id="w",
        user=desk.user,
        type="weigh_in",
        at=at,
        zone="Europe/Berlin",
        data={**weight, "weight": 79.5},
    )
    desk.engine.record(event)
    desk.undo(1)
    desk.engine.seen(desk.user, [("badge", "bronze", 1)])
    version = desk.rules.badges["badge"].rule_version
    light = desk.rules.badges["light"].rule_version
    assert desk.engine.export(desk.user) == {
        "user": desk.user,
        "events": [
            {
                "id": "w",
                "type": "weigh_in",
                "at": "2026-01-05T06:30:00Z",
                "day": "2026-01-05",
                "time": "07:30:00",
                "zone": "Europe/Berlin",
                "data": {"weight": "79.5", "note": "größer", "tags": ["a"], "done": True},
            }
        ],
        "withdrawn": ["workout-1"],
        "awards": [
            {
                "user": desk.user,
                "badge": "badge",
                "tier": "bronze",
                "occurrence": 1,
                "earned_at": "2026-01-05T00:00:00Z",
                "earned_on": "2026-01-05",
                "evidence": {
                    "event": "workout-1",
                    "first_day": "2026-01-05",
                    "last_day": "2026-01-05",
                    "count": 1,
                },
                "rule_version": version,
                "status": "kept",
                "recorded_at": "2026-01-05T12:00:00Z",
                "celebrate": True,
                "seen_at": "2026-01-06T12:00:00Z",
            },
            {
                "user": desk.user,
                "badge": "light",
                "tier": None,
                "occurrence": 1,
                "earned_at": "2026-01-05T06:30:00Z",
                "earned_on": "2026-01-05",
                "evidence": {
                    "event": "w",
                    "first_day": "2026-01-05",
                    "last_day": "2026-01-05",
                    "count": 1,
                },
                "rule_version": light,
                "status": "earned",
                "recorded_at": "2026-01-06T12:00:00Z",
                "celebrate": True,
                "seen_at": None,
            },
        ],
        "audit": [
            {
                "badge": "badge",
                "tier": "bronze",
                "occurrence": 1,
                "at": "2026-01-06T12:00:00Z",
                "kind": "kept",
                "cause": "events",
                "event": "workout-1",
                "rule_version": version,
            }
        ],
    }


def test_an_exported_day_alone_has_no_time(store: Store) -> None:
    desk = Desk(store, ONCE)
    desk.did(1)
    (event,) = desk.engine.export(desk.user)["events"]
    assert (event["time"], event["zone"], event["data"]) == (None, None, {})


def test_an_event_as_a_fact_is_taken_as_it_is(store: Store) -> None:
    desk = Desk(store, ONCE, day_starts=time(4))
    event = replace(desk.event(1), zone="+05:30")
    desk.engine.record(event)
    assert desk.events() == [event]


def test_an_operation_on_an_event_of_another_id_is_refused(store: Store) -> None:
    desk = Desk(store, badge(at_least=2), today=5)
    desk.did(1, id="b")
    batch = desk.engine.apply([Operation("record", desk.user, "a", desk.event(5, id="b"))])
    assert results(batch) == ["refused"]
    assert desk.events() == [desk.event(1, id="b")]
    assert desk.agrees()
