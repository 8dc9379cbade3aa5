"""Errors say what is wrong, with what, and carry it as data."""

from __future__ import annotations

from datetime import UTC, date, datetime

from badge_engine.errors import BadgeEngineError, ConflictingEvent, RulePackError, UnknownBadge
from badge_engine.outcomes import Award, Evidence


def test_a_rule_pack_error_says_every_diagnostic() -> None:
    error = RulePackError(["first", "second"])
    assert error.diagnostics == ("first", "second")
    assert str(error) == "first\nsecond"


def test_a_conflict_names_the_event_and_the_way_out() -> None:
    error = ConflictingEvent("ann", "a1")
    assert (error.user, error.event_id) == ("ann", "a1")
    assert "'a1' of user 'ann'" in str(error)
    assert "use amend" in str(error)


def test_an_unknown_badge_is_a_failed_lookup() -> None:
    error = UnknownBadge("gold", ["silver", "bronze"])
    assert isinstance(error, LookupError)
    assert isinstance(error, BadgeEngineError)
    assert (error.badge, error.known) == ("gold", ("silver", "bronze"))
    assert str(error) == "no badge 'gold' in the rule packs; there are 2 badges"


def test_the_key_of_an_award_holds_no_date() -> None:
    day = date(2026, 1, 5)
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    award = Award("ann", "b", "gold", 2, moment, day, Evidence("e", day, day, 1), "v")
    assert award.key == ("ann", "b", "gold", 2)
