"""Awards and their audit: put by key, listed in order, and found where they were decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from badge_engine.outcomes import AuditEntry, Award, Evidence, LedgerAward
from badge_engine.ports import Position, Store, Writes
from badge_engine.testing.conformance.base import (
    BEYOND,
    USER,
    Conformance,
    audited,
    award,
    checkpoint,
    event,
    instant,
    read,
    save,
)
from badge_engine.testing.conformance.texts import IN_ORDER, TEXTS

LAST = datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def at_the_edge(earned_at: datetime, earned_on: date) -> LedgerAward:
    """An award with the largest numbers and the longest names."""
    evidence = Evidence("run", earned_on, earned_on, 2**31 - 1)
    derived = Award(USER, "a" * 64, "z" * 64, 2**31 - 1, earned_at, earned_on, evidence, "f" * 64)
    return LedgerAward(derived, "revoked", earned_at, celebrate=False, seen_at=earned_at)


AWARDS: Mapping[str, LedgerAward] = {
    "without a tier": award(),
    "with a tier": award(tier="gold"),
    "a later occurrence": award(occurrence=12),
    "kept": award(status="kept"),
    "revoked": award(status="revoked"),
    "seen": replace(award(), seen_at=datetime(2026, 1, 6, 1, 2, 3, 456_789, tzinfo=UTC)),
    "not to be celebrated": replace(award(), celebrate=False),
    "at the first instant": at_the_edge(FIRST, date(1969, 12, 31)),
    "at the last instant": at_the_edge(LAST, date(9999, 1, 1)),
    "of a microsecond": at_the_edge(LAST - timedelta(days=2_000_000, microseconds=7), date.max),
}

ENTRIES: Mapping[str, AuditEntry] = {
    "without a tier": AuditEntry(("a", None, 1), FIRST, "kept", "events", "run", "v1"),
    "with a tier": AuditEntry(("a", "gold", 2), LAST, "corrected", "rules", None, "v1"),
    "badge in no pack": AuditEntry(("a", None, 1), FIRST, "revoked", "backfill", None, None),
    "reinstated": AuditEntry(("a", None, 1), FIRST, "reinstated", "reconcile", "🏃", "v2"),
}


def tail(store: Store, before: Position | None) -> set[LedgerAward]:
    """The awards of a tail, each there once."""
    with store.transaction(USER) as transaction:
        found = transaction.tail(before)
        list(found.events)
        awards = list(found.awards)
    assert len(awards) == len({one.key for one in awards})
    return set(awards)


class AwardConformance(Conformance):
    """The ledger of a user, and the part of it that a tail holds."""

    @pytest.mark.parametrize("put", AWARDS.values(), ids=AWARDS.keys())
    def test_an_award_comes_back_as_it_was_put(self, store: Store, put: LedgerAward) -> None:
        save(store, Writes(awards=[put]))
        assert read(store).awards == [put]
        assert tail(store, None) == {put}

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_any_text_can_be_the_event_of_the_evidence(self, store: Store, text: str) -> None:
        put, entry = award(event=text), replace(audited(), event=text)
        save(store, Writes(awards=[put], audit=[entry]))
        assert read(store).awards == [put]
        assert read(store).audit == [entry]

    def test_an_award_takes_the_place_of_the_one_with_its_key(self, store: Store) -> None:
        save(store, Writes(awards=[award(minute=1)]))
        put = replace(award(minute=2, event="ride", status="kept"), celebrate=False)
        save(store, Writes(awards=[put]))
        assert read(store).awards == [put]
        assert tail(store, None) == {put}

    def test_badge_tier_and_occurrence_tell_awards_apart(self, store: Store) -> None:
        put = [
            award("a", None, 1),
            award("a", None, 2),
            award("a", "bronze", 1),
            award("a", "bronze", 2),
            award("a", "none", 1),
            award("b", None, 1),
        ]
        for one in put:
            save(store, Writes(awards=[one]))
        save(store, Writes(awards=put))
        assert read(store).awards == put
        changed = [replace(one, celebrate=False) for one in put]
        save(store, Writes(awards=changed))
        assert read(store).awards == changed

    def test_awards_are_in_order_of_time_badge_tier_and_occurrence(self, store: Store) -> None:
        put = [
            award("z", None, 3, minute=0),
            award("a", None, 2, minute=1),
            award("a", None, 10, minute=1),
            award("a", "bronze", 1, minute=1),
            award("a", "gold", 1, minute=1),
            award("a-b", None, 1, minute=1),
            award("a1", None, 1, minute=1),
            award("a_b", None, 1, minute=1),
            award("ab", None, 1, minute=1, status="revoked"),
            award("a", "silver", 1, minute=2),
        ]
        save(store, Writes(awards=put[::-1]))
        assert read(store).awards == put

    def test_an_award_that_was_corrected_is_in_its_new_place(self, store: Store) -> None:
        save(store, Writes(awards=[award("a", minute=1), award("b", minute=2)]))
        save(store, Writes(awards=[award("a", minute=3)]))
        assert read(store).awards == [award("b", minute=2), award("a", minute=3)]

    def test_a_thousand_awards_can_be_saved_at_once(self, store: Store) -> None:
        put = [award("a", None, n, minute=n) for n in range(1, 1001)]
        save(store, Writes(awards=put, audit=[audited(hour=n) for n in range(1000)]))
        assert read(store).awards == put
        assert read(store).audit == [audited(hour=n) for n in range(1000)]

    def test_awards_and_audit_belong_to_one_user(self, store: Store) -> None:
        save(store, Writes(awards=[award()], audit=[audited()]))
        other = award(user="ben", status="revoked")
        save(store, Writes(awards=[other]), "ben")
        assert read(store).awards == [award()]
        assert read(store, "ben").awards == [other]
        assert read(store, "ben").audit == []

    @pytest.mark.parametrize("put", ENTRIES.values(), ids=ENTRIES.keys())
    def test_an_audit_entry_comes_back_as_it_was_added(self, store: Store, put: AuditEntry) -> None:
        save(store, Writes(audit=[put]))
        assert read(store).audit == [put]

    def test_audit_entries_are_in_the_order_in_which_they_were_added(self, store: Store) -> None:
        added: list[AuditEntry] = []
        for order in permutations(ENTRIES.values()):
            added += order
            save(store, Writes(audit=order))
        assert read(store).audit == added

    def test_the_same_audit_entry_can_be_added_twice(self, store: Store) -> None:
        save(store, Writes(audit=[audited(), audited()]))
        save(store, Writes(audit=[audited()]))
        assert read(store).audit == [audited()] * 3

    def test_a_tail_without_a_checkpoint_holds_all_awards(self, store: Store) -> None:
        put = {award("a", minute=1), award("b", minute=2, status="kept"), award("c", minute=3)}
        save(store, Writes(awards=list(put), checkpoints=[checkpoint(1, 2)]))
        assert tail(store, None) == put
        assert tail(store, (instant(2), "run")) == put

    def test_a_tail_holds_earned_awards_that_were_decided_after_the_checkpoint(
        self, store: Store
    ) -> None:
        put = [award("a", None, n, minute=n, event=f"e{n}") for n in range(1, 6)]
        save(
            store, Writes(awards=put, checkpoints=[checkpoint(1, 2, "e2"), checkpoint(2, 4, "e4")])
        )
        assert tail(store, BEYOND) == set(put[4:])
        assert tail(store, (instant(3), "e3")) == set(put[2:])

    @pytest.mark.parametrize("place", range(1, len(IN_ORDER)))
    def test_awards_of_one_instant_were_decided_in_the_order_of_their_events(
        self, store: Store, place: int
    ) -> None:
        put = [award("a", None, n, event=id) for n, id in enumerate(IN_ORDER, 1)]
        at = checkpoint(1, 0, IN_ORDER[place - 1])
        save(store, Writes(awards=put, checkpoints=[at]))
        assert tail(store, BEYOND) == set(put[place:])

    def test_awards_of_one_event_are_decided_together(self, store: Store) -> None:
        put = [award("a", None, 1), award("a", "gold", 1), award("b", None, 1), award("b", None, 2)]
        save(store, Writes(awards=put, checkpoints=[checkpoint(1, 0, "running")]))
        assert tail(store, BEYOND) == set()
        save(store, Writes(keep_through=0, checkpoints=[checkpoint(1, 0, "ru")]))
        assert tail(store, BEYOND) == set(put)

    @pytest.mark.parametrize("minute", [0, 5], ids=["before", "after"])
    @pytest.mark.parametrize("tier", [None, "gold"])
    def test_a_tail_holds_awards_of_other_status_whenever_they_were_decided(
        self, store: Store, minute: int, tier: str | None
    ) -> None:
        put = {
            award("a", tier, minute=minute, status="kept"),
            award("b", tier, minute=minute, status="revoked"),
        }
        save(store, Writes(awards=[*put, award("c", minute=1)], checkpoints=[checkpoint(1, 2)]))
        assert tail(store, BEYOND) == put

    def test_a_tail_follows_the_status_of_an_award(self, store: Store) -> None:
        earned, kept = award(minute=1), award(minute=1, status="kept")
        save(store, Writes(awards=[earned], checkpoints=[checkpoint(1, 2)]))
        assert tail(store, BEYOND) == set()
        save(store, Writes(awards=[kept]))
        assert tail(store, BEYOND) == {kept}
        save(store, Writes(awards=[earned]))
        assert tail(store, BEYOND) == set()

    def test_a_tail_follows_an_award_to_the_place_where_it_was_decided(self, store: Store) -> None:
        save(store, Writes(awards=[award(minute=1)], checkpoints=[checkpoint(1, 2)]))
        save(store, Writes(awards=[award(minute=3)]))
        assert tail(store, BEYOND) == {award(minute=3)}
        save(store, Writes(awards=[award(minute=0)]))
        assert tail(store, BEYOND) == set()

    def test_a_tail_asks_for_the_instant_of_an_award_and_not_for_its_day(
        self, store: Store
    ) -> None:
        before, after = award("a", minute=1), award("b", minute=3)
        late = replace(before.award, earned_on=date(2026, 3, 1))
        early = replace(after.award, earned_on=date(2025, 3, 1))
        put = [replace(before, award=late), replace(after, award=early)]
        save(store, Writes(events=[event()], awards=put, checkpoints=[checkpoint(1, 2)]))
        assert tail(store, BEYOND) == {put[1]}
