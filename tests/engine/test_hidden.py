"""Hidden badges: until a user holds one, nothing that the user is shown tells what it is."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from badge_engine.errors import UnknownBadge
from badge_engine.outcomes import HIDDEN, Explanation
from badge_engine.ports import Store
from tests.engine.builders import Badge, Desk, badge, tiers

HIDE = {"hidden": True}
SECRET = badge("secret", at_least=3, manners=HIDE)
OPEN = badge("open", at_least=5)


def both(*parts: object) -> Badge:
    return {"id": "both", "name": "Both", "rule": {"type": "all_of", "of": list(parts)}}


BOTH = both({"badge": "secret"}, {"badge": "open"})
INNER = {"type": "any_of", "of": [{"badge": "secret"}, {"badge": "open"}], "at_least": 2}


def test_progress_shows_a_placeholder_for_a_hidden_badge(store: Store) -> None:
    desk = Desk(store, SECRET, OPEN, today=2)
    desk.did(1, 2)
    secret, shown = desk.engine.progress(desk.user)
    assert (secret.badge, secret.value, secret.target) == ("", None, None)
    assert secret.ratio == Decimal(0)
    assert (secret.unit, secret.tier, secret.occurrence, secret.state) == (None, None, 1, "open")
    assert (secret.best, secret.expires_on, secret.period_ends) == (None, None, None)
    assert (shown.badge, shown.value) == ("open", Fraction(2))


def test_placeholders_do_not_differ(store: Store) -> None:
    streak = badge("streak", type="streak", length="2 days", at_least=1, manners=HIDE)
    tiered = badge("tiered", tiers=tiers(bronze=1, gold=9), event="meal", manners=HIDE)
    desk = Desk(store, streak, tiered, SECRET, today=2)
    desk.did(1)
    shown = desk.engine.progress(desk.user)
    assert len(shown) == 3
    assert shown == shown[:1] * 3
    assert desk.engine.overview(desk.user)[0] == shown


def test_a_hidden_badge_shows_itself_to_who_holds_it(store: Store) -> None:
    desk = Desk(store, SECRET, today=3)
    desk.did(1, 2, 3)
    (shown,) = desk.engine.progress(desk.user)
    assert (shown.badge, shown.ratio) == ("secret", Decimal(1))
    assert desk.engine.explain(desk.user, "secret").holds
    desk.undo(1)
    assert desk.ledger() == {"secret": "kept"}
    (shown,) = desk.engine.progress(desk.user)
    assert shown.badge == "secret"


def test_who_holds_a_tier_of_a_hidden_badge_sees_all_of_its_tiers(store: Store) -> None:
    tiered = badge("tiered", tiers=tiers(bronze=1, gold=9), manners=HIDE)
    desk = Desk(store, tiered, SECRET, today=1)
    desk.did(1)
    shown, held = desk.engine.overview(desk.user)
    told = [(one.badge, one.tier, one.state) for one in shown]
    assert told == [("tiered", "bronze", "earned"), ("tiered", "gold", "open"), ("", None, "open")]
    assert [entry.key for entry in held] == [("tiered", "bronze", 1)]


def test_a_hidden_badge_that_is_revoked_hides_again(store: Store) -> None:
    desk = Desk(store, badge("secret", at_least=1, manners={**HIDE, "on_correction": "revoke"}))
    desk.did(1)
    desk.undo(1)
    (shown,) = desk.engine.progress(desk.user)
    assert shown.badge == ""


def test_trainers_see_hidden_badges(store: Store) -> None:
    desk = Desk(store, SECRET)
    desk.did(1)
    (shown,) = desk.engine.progress(desk.user, reveal=True)
    assert (shown.badge, shown.value) == ("secret", Fraction(1))
    assert desk.engine.explain(desk.user, "secret", reveal=True).badge == "secret"


def test_a_hidden_badge_is_unknown_just_as_one_that_does_not_exist(store: Store) -> None:
    desk = Desk(store, SECRET, OPEN)
    desk.did(1)
    answers = []
    for asked in ("secret", "missing"):
        with pytest.raises(UnknownBadge) as refusal:
            desk.engine.explain(desk.user, asked)
        assert refusal.value.badge == asked
        assert refusal.value.known == ("open",)
        answers.append(str(refusal.value).replace(asked, "it"))
    assert answers[0] == answers[1]
    with pytest.raises(UnknownBadge):
        desk.engine.explain(desk.user, "missing", reveal=True)


@pytest.mark.parametrize("nested", [False, True])
def test_a_hidden_part_of_another_badge_says_only_whether_it_holds(
    store: Store, nested: bool
) -> None:
    whole = both(INNER, {"badge": "open"}) if nested else BOTH
    desk = Desk(store, SECRET, OPEN, whole, today=2)
    desk.did(1, 2)
    told = desk.engine.explain(desk.user, "both")
    first, second = told.parts
    hidden = first.parts[0] if nested else first
    assert (hidden.badge, hidden.criterion, hidden.holds) == ("", HIDDEN, False)
    assert "secret" not in names_in(told)
    assert second.badge == "open"
    revealed = desk.engine.explain(desk.user, "both", reveal=True)
    assert "secret" in names_in(revealed)


def names_in(node: Explanation) -> set[str]:
    """All badges that a tree names."""
    named = {node.badge, node.progress.badge, *(award.badge for award in node.awards)}
    return named.union(*map(names_in, node.parts))


def test_a_part_that_is_held_is_no_secret(store: Store) -> None:
    desk = Desk(store, SECRET, OPEN, BOTH, today=3)
    desk.did(1, 2, 3)
    told = desk.engine.explain(desk.user, "both")
    assert [part.badge for part in told.parts] == ["secret", "open"]


def test_hiding_takes_effect_without_any_evaluation(store: Store) -> None:
    desk = Desk(store, badge("secret", at_least=3))
    desk.did(1)
    desk.edit(SECRET)
    assert [one.badge for one in desk.engine.progress(desk.user)] == [""]
    assert desk.engine.reconcile(desk.user) == []
