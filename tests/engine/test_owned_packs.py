"""Badges that belong to an owner, at the engine: they are recorded under their full ids."""

from __future__ import annotations

import pytest

from badge_engine import LoadedPacks, RuleSet, UnknownBadge, compile_rules, load_text, load_texts
from badge_engine.outcomes import HIDDEN
from badge_engine.ports import Store
from tests.engine.builders import Desk, named

SHIPPED = load_text(
    "badges: [{id: starter, name: Starter, rule: {type: count, event: workout, at_least: 2}}]"
)
PACK = """
badges:
  - {id: starter, name: Mine, hidden: true, rule: {type: count, event: workout, at_least: 3}}
  - {id: mix, name: Mix, rule: {type: any_of, of: [{badge: starter}]}}
"""


def of(owner: str, beside: LoadedPacks = SHIPPED) -> RuleSet:
    return compile_rules(load_texts({"own": PACK}, owner=owner, beside=beside))


def desk_of(store: Store, owner: str = "ann@example.org") -> Desk:
    desk = Desk(store, today=9)
    desk.rules = of(owner)
    return desk


def test_awards_are_kept_under_the_name_of_their_owner(store: Store) -> None:
    desk = desk_of(store)
    desk.did(1, 2, 3)
    expected = {"starter", "ann@example.org:starter", "ann@example.org:mix"}
    assert desk.ledger() == dict.fromkeys(expected, "earned")
    assert set(desk.celebrated()) == expected
    assert desk.agrees()
    desk.undo(2)
    own = expected - {"starter"}
    assert desk.ledger() == {"starter": "earned"} | dict.fromkeys(own, "kept")
    assert own <= {entry.key[0] for entry in desk.audit()}


def test_the_longest_id_finds_room(store: Store) -> None:
    owner, badge = "x" * 128, "b" * 64
    desk = Desk(store, today=9)
    text = f"badges: [{{id: {badge}, name: B, rule: {{type: count, event: workout, at_least: 1}}}}]"
    desk.rules = compile_rules(load_texts({"own": text}, owner=owner, beside=SHIPPED))
    desk.did(1)
    assert desk.ledger() == {f"{owner}:{badge}": "earned"}
    assert desk.agrees()


def test_what_another_owner_gave_is_kept_and_the_new_ones_come_beside(store: Store) -> None:
    desk = desk_of(store, "ann")
    desk.did(1, 2, 3)
    desk.rules = of("bob")
    desk.engine.renew(desk.user)
    assert desk.ledger() == {
        "starter": "earned",
        "ann:starter": "kept",
        "ann:mix": "kept",
        "bob:starter": "earned",
        "bob:mix": "earned",
    }
    assert desk.agrees()


def test_a_hidden_badge_of_an_owner_is_not_to_be_recognised(store: Store) -> None:
    desk = desk_of(store, "ann")
    desk.did(1)
    assert [one.badge for one in desk.engine.progress(desk.user)] == ["starter", "", "ann:mix"]
    (part,) = desk.engine.explain(desk.user, "ann:mix").parts
    assert (part.badge, part.criterion) == ("", HIDDEN)
    with pytest.raises(UnknownBadge) as refused:
        desk.engine.explain(desk.user, "ann:starter")
    assert "ann:starter" not in refused.value.known
    desk.did(2, 3)
    assert desk.engine.explain(desk.user, "ann:starter").holds
    assert "ann:starter" in {named(entry) for entry in desk.engine.awards(desk.user)}
