"""What becomes of awards when facts or rules change, and what the audit says about it."""

from __future__ import annotations

import pytest

from badge_engine.outcomes import AuditEntry
from badge_engine.ports import Store
from tests.engine.builders import Desk, badge, kinds, tiers

KEEP = badge(at_least=1)
REVOKE = badge(at_least=1, manners={"on_correction": "revoke"})


def test_an_award_is_kept_when_its_event_is_withdrawn(store: Store) -> None:
    desk = Desk(store, KEEP)
    desk.did(1)
    assert kinds(desk.undo(1).changes) == [("kept", "badge")]
    assert desk.ledger() == {"badge": "kept"}
    assert desk.agrees()


def test_an_award_is_revoked_where_the_badge_says_so(store: Store) -> None:
    desk = Desk(store, REVOKE)
    desk.did(1)
    assert kinds(desk.undo(1).changes) == [("revoked", "badge")]
    assert desk.engine.awards(desk.user) == []
    assert desk.ledger() == {"badge": "revoked"}


@pytest.mark.parametrize("written", [KEEP, REVOKE], ids=["keep", "revoke"])
def test_a_lost_award_is_reinstated_when_it_is_true_again(
    store: Store, written: dict[str, object]
) -> None:
    desk = Desk(store, written)
    desk.did(1)
    desk.undo(1)
    desk.today = 2
    assert kinds(desk.did(2).changes) == [("reinstated", "badge")]
    (entry,) = desk.engine.awards(desk.user)
    assert (entry.status, entry.award.evidence.event) == ("earned", "workout-2")
    assert entry.recorded_at < desk.now()
    assert desk.agrees()


def test_other_awards_stay_when_one_is_kept_and_the_next_event_comes(store: Store) -> None:
    meals = badge("meal", event="meal", at_least=1)
    walks = badge("walk", event="walk", at_least=1)
    desk = Desk(store, badge("workout", at_least=1), meals, walks)
    desk.each(1)
    desk.each(2, type="meal")
    desk.undo(2, type="meal")
    desk.each(3, type="walk")
    assert desk.ledger() == {"workout": "earned", "meal": "kept", "walk": "earned"}
    assert desk.agrees()


def test_a_revoked_award_stays_revoked_when_other_events_come(store: Store) -> None:
    desk = Desk(store, REVOKE, badge("meal", event="meal", at_least=1, repeat=True))
    desk.did(1)
    desk.undo(1)
    desk.each(2, 3, type="meal")
    assert desk.ledger()["badge"] == "revoked"
    assert desk.agrees()


def test_an_earlier_event_corrects_an_award(store: Store) -> None:
    desk = Desk(store, badge(at_least=2), today=5)
    desk.did(3, 5)
    (change,) = desk.did(1).changes
    assert change.kind == "corrected"
    assert change.before is not None
    assert change.before.award.evidence.event == "workout-5"
    assert change.award.award.evidence.event == "workout-3"
    assert desk.engine.awards(desk.user) == [change.award]


def test_an_earlier_reading_undoes_a_record(store: Store) -> None:
    record = badge(type="record", event="weigh_in", field="weight")
    desk = Desk(store, record, today=3)
    desk.did(2, type="weigh_in", weight=80)
    desk.did(3, type="weigh_in", weight=81)
    assert desk.ledger() == {"badge": "earned"}
    desk.did(1, type="weigh_in", weight=90)
    assert desk.ledger() == {"badge": "kept"}
    assert desk.agrees()


def test_the_audit_tells_all_that_happened_to_an_award(store: Store) -> None:
    desk = Desk(store, badge(at_least=2))
    desk.each(2, 3)
    first = desk.rules.badges["badge"].rule_version
    desk.today = 4
    desk.did(1)
    corrected = desk.now()
    desk.today = 5
    desk.undo(1, 2)
    kept = desk.now()
    desk.today = 6
    desk.did(6)
    again = desk.now()
    key = ("badge", None, 1)
    assert desk.audit() == [
        AuditEntry(key, corrected, "corrected", "events", "workout-1", first),
        AuditEntry(key, kept, "kept", "events", None, first),
        AuditEntry(key, again, "reinstated", "events", "workout-6", first),
    ]


def test_the_audit_says_nothing_of_what_is_only_new(store: Store) -> None:
    desk = Desk(store, badge(tiers=tiers(bronze=1, silver=2)))
    desk.each(1, 2)
    assert desk.audit() == []


# Edits of rules


def test_an_edited_rule_takes_effect_with_the_next_event(store: Store) -> None:
    desk = Desk(store, badge(at_least=1))
    desk.did(1)
    desk.edit(badge(at_least=2))
    assert desk.ledger() == {"badge": "earned"}
    desk.did(1)
    assert desk.ledger() == {"badge": "earned"}, "nothing was different"
    desk.each(1, type="rest_day")
    assert desk.ledger() == {"badge": "kept"}
    (entry,) = desk.audit()
    assert (entry.kind, entry.cause, entry.event) == ("kept", "rules", None)
    assert entry.rule_version == desk.rules.badges["badge"].rule_version
    assert desk.agrees()


def test_an_edit_keeps_what_it_does_not_give_whatever_the_badge_says(store: Store) -> None:
    desk = Desk(store, REVOKE)
    desk.did(1)
    desk.edit(badge(at_least=2, manners={"on_correction": "revoke"}))
    assert kinds(desk.engine.renew(desk.user)) == [("kept", "badge")]
    desk.undo(1)
    assert desk.ledger() == {"badge": "kept"}


def test_an_edit_backfilled_with_revoke_takes_away_what_it_does_not_give(store: Store) -> None:
    desk = Desk(store, KEEP)
    desk.did(1)
    desk.edit(badge(at_least=2))
    assert kinds(desk.engine.renew(desk.user, revoke=True)) == [("revoked", "badge")]
    (entry,) = desk.audit()
    assert (entry.kind, entry.cause) == ("revoked", "backfill")


def test_revoke_may_be_asked_for_later(store: Store) -> None:
    desk = Desk(store, KEEP)
    desk.did(1)
    desk.edit(badge(at_least=2))
    desk.engine.renew(desk.user)
    assert kinds(desk.engine.renew(desk.user, revoke=True)) == [("revoked", "badge")]
    assert desk.engine.renew(desk.user, revoke=True) == []


def test_revoke_takes_nothing_away_that_a_correction_left_behind(store: Store) -> None:
    desk = Desk(store, KEEP)
    desk.did(1)
    desk.undo(1)
    assert list(desk.engine.renew(desk.user, revoke=True)) == []
    assert desk.ledger() == {"badge": "kept"}


@pytest.mark.parametrize("revoke", [False, True])
def test_a_badge_that_is_removed_leaves_its_awards_kept(store: Store, revoke: bool) -> None:
    desk = Desk(store, REVOKE)
    desk.did(1)
    desk.edit(badge("other", at_least=9))
    assert kinds(desk.engine.renew(desk.user, revoke=revoke)) == [("kept", "badge")]
    (entry,) = desk.audit()
    assert (entry.kind, entry.rule_version) == ("kept", None)
    desk.edit(REVOKE)
    assert kinds(desk.engine.renew(desk.user)) == [("reinstated", "badge")]


def test_other_words_and_order_change_no_award(store: Store) -> None:
    desk = Desk(store, KEEP, badge("meal", event="meal", at_least=1))
    desk.did(1)
    desk.edit(badge("meal", event="meal", at_least=1), {**KEEP, "name": "Another Name"})
    desk.engine.renew(desk.user)
    desk.each(2, type="meal")
    assert desk.ledger() == {"badge": "earned", "meal": "earned"}
    assert desk.audit() == []
    assert desk.agrees()


def test_a_rule_that_means_something_else_corrects_what_it_still_gives(store: Store) -> None:
    desk = Desk(store, badge(at_least=1))
    desk.did(1, 2)
    desk.edit(badge(at_least=2))
    assert kinds(desk.engine.renew(desk.user)) == [("corrected", "badge")]
    (entry,) = desk.engine.awards(desk.user)
    assert entry.award.rule_version == desk.rules.badges["badge"].rule_version


def test_who_stands_by_the_present_rules_is_passed_over(store: Store) -> None:
    desk = Desk(store, KEEP)
    desk.did(1)
    assert list(desk.engine.renew(desk.user)) == []
    assert desk.told[1:] == []


def test_renewing_a_stranger_leaves_no_trace(store: Store) -> None:
    desk = Desk(store, KEEP)
    assert list(desk.engine.renew(desk.user)) == []
    assert list(desk.engine.renew(desk.user, revoke=True)) == []
    assert desk.user not in store.users(limit=10**6)


def test_what_was_kept_is_not_revoked_by_a_badge_that_changes_its_mind(store: Store) -> None:
    desk = Desk(store, KEEP, badge("meal", event="meal", at_least=1, repeat=True))
    desk.did(1)
    desk.undo(1)
    desk.edit(REVOKE, badge("meal", event="meal", at_least=1, repeat=True))
    desk.each(2, 3, type="meal")
    desk.did(1, type="meal")
    assert desk.ledger()["badge"] == "kept"
    assert desk.agrees()
