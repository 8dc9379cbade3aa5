"""Which awards come with a toast, and that nobody sees the same toast twice."""

from __future__ import annotations

import pytest

from badge_engine.events import Operation
from badge_engine.ports import Store
from tests.engine.builders import Desk, badge, kinds, named, tiers

ONCE = badge(at_least=1)
TIERS = badge(tiers=tiers(bronze=1, silver=2, gold=4))


@pytest.mark.parametrize(("age", "celebrated"), [(0, True), (14, True), (15, False)])
def test_an_award_is_celebrated_for_fourteen_days(store: Store, age: int, celebrated: bool) -> None:
    desk = Desk(store, ONCE, today=1 + age)
    desk.did(1)
    assert desk.celebrated() == (["badge"] if celebrated else [])
    assert desk.ledger() == {"badge": "earned"}


def test_how_long_an_award_is_celebrated_can_be_set(store: Store) -> None:
    desk = Desk(store, ONCE, today=4, celebration_age=2)
    desk.did(1)
    assert desk.celebrated() == []


def test_the_days_are_counted_where_the_user_is(store: Store) -> None:
    """It is day 16 in Kiritimati and day 15 in UTC when day 1 is two weeks ago there."""
    desk = Desk(store, ONCE, today=15.2)
    event = {"id": "a", "user": desk.user, "type": "workout", "day": "2026-01-05"}
    desk.engine.record(event | {"zone": "Pacific/Kiritimati"})
    assert desk.celebrated() == []
    other = Desk(store, ONCE, today=15.2)
    other.engine.record(event | {"user": other.user})
    assert other.celebrated() == ["badge"]


def test_of_several_tiers_earned_at_once_only_the_highest_is_celebrated(store: Store) -> None:
    desk = Desk(store, TIERS, badge("other", at_least=1), today=3)
    batch = desk.did(1, 2, 3)
    assert kinds(batch.changes) == [
        ("new", "badge bronze"),
        ("new", "badge silver"),
        ("new", "other"),
    ]
    assert sorted(desk.celebrated()) == ["badge silver", "other"]


def test_tiers_earned_one_after_another_are_all_celebrated(store: Store) -> None:
    desk = Desk(store, TIERS)
    desk.each(1, 2)
    assert desk.celebrated() == ["badge bronze", "badge silver"]


def test_occurrences_earned_at_once_are_all_celebrated(store: Store) -> None:
    desk = Desk(store, badge(at_least=1, repeat=True), today=2)
    desk.did(1, 2)
    assert desk.celebrated() == ["badge", "badge 2"]


def test_what_is_brought_in_from_before_is_not_celebrated(store: Store) -> None:
    desk = Desk(store, ONCE)
    event = desk.event(1)
    batch = desk.engine.apply([Operation("record", desk.user, event.id, event)], silent=True)
    assert kinds(batch.changes) == [("new", "badge")]
    assert desk.celebrated() == []


def test_a_backfill_is_silent_unless_asked(store: Store) -> None:
    for celebrate, expected in ((False, []), (True, ["badge"])):
        desk = Desk(store)
        desk.did(1)
        desk.edit(ONCE)
        assert kinds(desk.engine.renew(desk.user, celebrate=celebrate)) == [("new", "badge")]
        assert desk.celebrated() == expected


def test_a_backfill_that_celebrates_is_silent_about_what_is_old(store: Store) -> None:
    desk = Desk(store, today=30)
    desk.did(1)
    desk.edit(ONCE)
    desk.engine.renew(desk.user, celebrate=True)
    assert desk.celebrated() == []


def test_an_edit_that_comes_with_an_event_is_celebrated_like_the_event(store: Store) -> None:
    desk = Desk(store)
    desk.did(1)
    desk.edit(badge(at_least=2))
    desk.each(2)
    assert desk.celebrated() == ["badge"]


def test_an_award_that_is_corrected_is_not_celebrated_again(store: Store) -> None:
    desk = Desk(store, badge(at_least=2), today=3)
    desk.did(2, 3)
    (entry,) = desk.engine.unseen(desk.user)
    desk.engine.seen(desk.user, [entry.key])
    assert kinds(desk.did(1).changes) == [("corrected", "badge")]
    assert desk.celebrated() == []


def test_a_number_once_kept_is_filled_again_without_a_toast(store: Store) -> None:
    """Two of three stay derivable: the third is kept, and the next true one takes its place."""
    desk = Desk(store, badge(at_least=1, repeat=True))
    desk.each(1, 2, 3)
    desk.engine.seen(desk.user, [entry.key for entry in desk.engine.unseen(desk.user)])
    desk.undo(2)
    assert desk.ledger() == {"badge": "earned", "badge 2": "earned", "badge 3": "kept"}
    desk.each(4)
    assert desk.ledger() == {"badge": "earned", "badge 2": "earned", "badge 3": "earned"}
    assert desk.celebrated() == []
    assert desk.agrees()
    desk.each(5)
    assert desk.celebrated() == ["badge 4"]


def test_what_was_seen_is_told_exactly_once(store: Store) -> None:
    desk = Desk(store, badge(at_least=1, repeat=True))
    desk.each(1, 2)
    first, second = (entry.key for entry in desk.engine.unseen(desk.user))
    assert desk.engine.seen(desk.user, [first]) == [first]
    assert desk.celebrated() == ["badge 2"]
    assert desk.engine.seen(desk.user, [first, second, ("nothing", None, 1)]) == [second]
    assert desk.engine.seen(desk.user, [first, second]) == []
    assert desk.celebrated() == []


def test_the_moment_at_which_it_was_seen_stays(store: Store) -> None:
    desk = Desk(store, ONCE)
    desk.did(1)
    keys = [entry.key for entry in desk.engine.unseen(desk.user)]
    desk.engine.seen(desk.user, keys)
    seen_at = desk.now()
    desk.today = 9
    desk.engine.seen(desk.user, keys)
    (entry,) = desk.engine.awards(desk.user)
    assert entry.seen_at == seen_at
    desk.undo(1)
    assert desk.engine.awards(desk.user)[0].seen_at == seen_at


def test_the_oldest_toast_comes_first(store: Store) -> None:
    """By when it was recorded: an award of long ago may be news."""
    desk = Desk(store, badge(at_least=1), badge("meal", event="meal", at_least=1))
    desk.each(5)
    desk.today = 6
    desk.did(1, type="meal")
    assert desk.celebrated() == ["badge", "meal"]


def test_a_revoked_award_is_not_celebrated(store: Store) -> None:
    desk = Desk(store, badge(at_least=1, manners={"on_correction": "revoke"}))
    desk.did(1)
    desk.undo(1)
    assert desk.celebrated() == []
    assert [named(entry) for entry in desk.engine.awards(desk.user, status=["revoked"])] == [
        "badge"
    ]
