"""What holds for all inputs: of events at intake, of histories, of what is derived from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from badge_engine.errors import ConflictingEvent, InvalidEvent
from badge_engine.events import Event, History
from badge_engine.instants import local_day_of, zone_names
from badge_engine.outcomes import Award, Progress
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import Folding, award_order, evaluate, in_order, progress
from badge_engine.semantics.explain import explain
from badge_engine.semantics.periods import LATENESS
from badge_engine.testing.strategies import USER, Case, cases, compiled, moments

FIRST_DAY = date(2026, 1, 5)
TODAY = date(2026, 3, 1)
DAY_STARTS = st.times(max_value=time(11, 59)).map(lambda at: at.replace(second=0, microsecond=0))
FAR_ZONES = ("Pacific/Kiritimati", "Pacific/Apia", "Etc/GMT+12", "America/Sao_Paulo")


def derived(rules: RuleSet, history: Iterable[Event]) -> tuple[list[Award], list[Progress]]:
    events = list(history)
    return evaluate(rules, events), progress(rules, events, today=TODAY)


def recorded(events: Iterable[Event]) -> History:
    history = History(USER)
    for event in events:
        history.record(replace(event, user=USER))
    return history


def keys(awards: Iterable[Award]) -> set[tuple[object, ...]]:
    return {award.key for award in awards}


# Folding


def stored(folding: Folding, *, lean: bool) -> Folding:
    """The same folding in another process, which was told its states as JSON."""
    resumed = Folding(folding.rules, lean=lean)
    resumed.states = json.loads(json.dumps(folding.states))
    return resumed


@given(cases())
def test_folding_by_steps_is_folding_at_once(case: Case) -> None:
    folding = Folding(case.rules)
    awards: list[Award] = []
    events = in_order(case.history)
    for place, event in enumerate(events, 1):
        awards += folding.awards(event)
        folding = stored(folding, lean=False)
        so_far = evaluate(case.rules, events[:place])
        assert sorted(awards, key=award_order) == so_far
        today = max(TODAY, event.day)
        assert folding.progress(today) == progress(case.rules, events[:place], today=today)


@given(cases())
def test_forgetting_finished_folds_changes_no_award(case: Case) -> None:
    thorough, lean = Folding(case.rules), Folding(case.rules, lean=True)
    for event in in_order(case.history):
        assert list(thorough.awards(event)) == list(lean.awards(event))


@given(cases(), st.data())
def test_badges_do_not_depend_on_the_company_they_keep(case: Case, data: st.DataObject) -> None:
    badge = data.draw(st.sampled_from(case.badges))
    assume("of" not in badge["rule"])
    alone = compiled([badge], case.rules.week_starts)
    together = evaluate(case.rules, case.history)
    assert evaluate(alone, case.history) == [
        award for award in together if award.badge == badge["id"]
    ]


# Operations on a history


@given(cases())
def test_recording_twice_is_recording_once(case: Case) -> None:
    history = recorded(case.history)
    once = derived(case.rules, history)
    for event in list(history):
        assert history.record(event) == "unchanged"
    assert derived(case.rules, history) == once


@given(cases(), st.data())
def test_arrival_order_does_not_matter(case: Case, data: st.DataObject) -> None:
    other_order = data.draw(st.permutations(case.history))
    assert derived(case.rules, other_order) == derived(case.rules, case.history)
    assert list(recorded(other_order)) == list(recorded(case.history))


@given(cases(), st.data())
def test_amending_and_amending_back_is_doing_nothing(case: Case, data: st.DataObject) -> None:
    assume(case.history)
    history = recorded(case.history)
    before, expected = list(history), derived(case.rules, history)
    event = data.draw(st.sampled_from(before))
    other = data.draw(st.sampled_from(before))
    history.amend(replace(other, id=event.id))
    history.amend(event)
    assert list(history) == before
    assert derived(case.rules, history) == expected


@given(cases(), st.data())
def test_retracting_is_never_having_recorded(case: Case, data: st.DataObject) -> None:
    assume(case.history)
    gone = data.draw(st.sampled_from(case.history))
    never = recorded(event for event in case.history if event.id != gone.id)
    retracted, refused = recorded(case.history), History(USER)
    retracted.retract(gone.id)
    refused.retract(gone.id)
    answers = [refused.record(replace(event, user=USER)) for event in case.history]
    assert answers.count("withdrawn") == 1
    assert list(retracted) == list(refused) == list(never)
    assert derived(case.rules, retracted) == derived(case.rules, never)


@given(cases(), st.data())
def test_an_id_keeps_its_first_content_until_it_is_amended(case: Case, data: st.DataObject) -> None:
    assume(len(case.history) > 1)
    history = recorded(case.history)
    first, other = data.draw(st.permutations(list(history)))[:2]
    claim = replace(other, id=first.id)
    before = list(history)
    if claim.same_content(first):
        assert history.record(claim) == "unchanged"
    else:
        with pytest.raises(ConflictingEvent, match=re.escape(repr(first.id))):
            history.record(claim)
    assert list(history) == before


# Awards


@given(cases())
def test_an_award_needs_nothing_that_happened_after_it_was_earned(case: Case) -> None:
    events = in_order(case.history)
    places = {event.id: place for place, event in enumerate(events)}
    for award in evaluate(case.rules, events):
        place = places[award.evidence.event]
        deciding = events[place]
        assert award.earned_at == deciding.at
        assert award in evaluate(case.rules, events[: place + 1])
        assert award.key not in keys(evaluate(case.rules, events[:place]))


@given(cases())
def test_evidence_lies_in_days_that_the_user_has_lived(case: Case) -> None:
    days = {event.id: event.day for event in case.history}
    for award in evaluate(case.rules, case.history):
        evidence = award.evidence
        assert evidence.first_day <= evidence.last_day <= max(days.values())
        assert evidence.count >= 1
        assert evidence.event in days


@given(cases(), st.data())
def test_raising_as_of_removes_no_award(case: Case, data: st.DataObject) -> None:
    early, late = sorted([data.draw(moments(case.history)), data.draw(moments(case.history))])
    before, after, uncut = (evaluate(case.rules, case.history, at) for at in (early, late, None))
    assert [award for award in after if award.earned_at <= early] == before
    assert [award for award in uncut if award.earned_at <= late] == after


@given(cases())
def test_occurrences_are_numbered_without_gaps_as_they_were_earned(case: Case) -> None:
    numbers: dict[tuple[str, str | None], list[int]] = {}
    for award in evaluate(case.rules, case.history):
        numbers.setdefault((award.badge, award.tier), []).append(award.occurrence)
    for occurrences in numbers.values():
        assert occurrences == list(range(1, len(occurrences) + 1))


@given(cases())
def test_a_tier_comes_with_every_tier_below_it(case: Case) -> None:
    earned = {(award.badge, award.tier) for award in evaluate(case.rules, case.history)}
    for badge in case.badges:
        names = [next(iter(tier)) for tier in badge.get("tiers", ())]
        held = [(badge["id"], name) in earned for name in names]
        assert held == sorted(held, reverse=True)


@given(cases())
def test_ratio_is_one_exactly_when_nothing_is_left_to_earn(case: Case) -> None:
    awards, shown = derived(case.rules, case.history)
    written = {badge["id"]: badge for badge in case.badges}
    for state in shown:
        badge = written[state.badge]
        repeats = badge["rule"].get("repeat") or badge["rule"]["type"] == "record"
        earned = {award.tier for award in awards if award.badge == state.badge}
        nothing_left = not repeats and len(earned) == max(1, len(badge.get("tiers", ())))
        assert (state.ratio == 1) == (state.state == "earned") == nothing_left
        assert Decimal(0) <= state.ratio <= (1 if nothing_left else Decimal("0.9999"))
        assert state.ratio == round(state.ratio, 4)


@given(cases())
def test_an_explanation_says_what_evaluate_and_progress_say(case: Case) -> None:
    assume(case.history)
    awards, shown = derived(case.rules, case.history)
    for state in shown:
        told = explain(case.rules, case.history, state.badge, today=TODAY)
        assert told.progress == state
        assert list(told.awards) == [award for award in awards if award.badge == state.badge]
        assert told.holds == bool(told.awards)
        assert told.evidence == (told.awards[0].evidence if told.awards else None)


# Streaks


def strip(days: Mapping[int, int], pauses: Iterable[int]) -> list[Event]:
    """Day-only events: how many workouts on each day, counted from the first; and pauses."""
    counted = [(day, number, "workout") for day, times in days.items() for number in range(times)]
    return [
        Event.create(
            id=f"{event_type}-{day}-{number}",
            user=USER,
            type=event_type,
            day=FIRST_DAY + timedelta(days=day),
        )
        for day, number, event_type in [*counted, *((day, 0, "sick_day") for day in pauses)]
    ]


@st.composite
def streak_rules(draw: st.DrawFn) -> dict[str, Any]:
    unit = draw(st.sampled_from(["day", "day", "week", "month"]))
    most = {"day": 4, "week": 3, "month": 2}[unit]
    number, span = draw(st.integers(1, 2)), draw(st.integers(3, 7))
    optional: dict[str, st.SearchStrategy[Any]] = {
        "grace": st.sampled_from([number, f"{number} in a row", f"{number} per {span} {unit}s"]),
        "at_least": st.just(2),
        "paused_by": st.just("sick_day"),
        "repeat": st.just(value=True),
    }
    if unit == "day":
        weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        optional["days"] = st.lists(st.sampled_from(weekdays), min_size=3, max_size=6, unique=True)
    length = f"{draw(st.integers(2, most))} {unit}s"
    rule = {"type": "streak", "event": "workout", "length": length}
    return rule | draw(st.fixed_dictionaries({}, optional=optional))


@given(
    rule=streak_rules(),
    days=st.dictionaries(st.integers(0, 20) | st.integers(0, 90), st.integers(1, 2), max_size=14),
    pauses=st.sets(st.integers(0, 20), max_size=4),
    more=st.integers(0, 20) | st.integers(0, 90),
)
def test_one_more_active_period_never_takes_a_streak_away(
    rule: dict[str, Any], days: dict[int, int], pauses: set[int], more: int
) -> None:
    rules = compiled([{"id": "streak", "name": "Streak", "rule": rule}])
    today = FIRST_DAY + timedelta(days=100)
    before, after = strip(days, pauses), strip(days | {more: 2}, pauses)
    assert keys(evaluate(rules, before)) <= keys(evaluate(rules, after))
    (was,), (now,) = (progress(rules, events, today=today) for events in (before, after))
    assert was.best is not None
    assert now.best is not None
    assert was.best <= now.best


# Events at intake


@st.composite
def sent(draw: st.DrawFn, days: st.SearchStrategy[date]) -> dict[str, Any]:
    """When an event happened, in every way in which hosts may say it."""
    day = draw(days)
    zone = draw(st.none() | st.sampled_from(FAR_ZONES) | st.sampled_from(sorted(zone_names())))
    settings = {"zone": zone, "day_starts": draw(st.just(time(0)) | DAY_STARTS)}
    if draw(st.booleans()):
        return {"day": day, **settings}
    minutes = draw(st.sampled_from((-720, 0, 840)) | st.integers(-720, 840))
    at = datetime.combine(day, draw(st.times()), timezone(timedelta(minutes=minutes)))
    wall = at.astimezone(ZoneInfo(zone)) if zone else at
    shift = draw(st.none() | st.integers(-1, 1))
    beside = None if shift is None else wall.date() + timedelta(days=shift)
    return {"at": at, "day": beside, **settings}


def accepted(said: dict[str, Any], id: str = "a") -> Event:
    try:
        return Event.create(id=id, user=USER, type="workout", **said)
    except InvalidEvent as refusal:
        if refusal.code == "no-such-day":
            reject()
        raise


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[Event, Event]:
    """Two events within a few days, in canonical order."""
    day = draw(st.just(date(2011, 12, 30)) | st.dates(date(1970, 2, 1), date(2090, 1, 1)))
    near = st.integers(-3, 3).map(lambda days: day + timedelta(days=days))
    pair = [accepted(draw(sent(near)), id) for id in ("a", "b")]
    first, second = sorted(pair, key=lambda event: event.order)
    return first, second


@given(neighbours())
def test_a_local_day_is_never_more_than_four_days_late(pair: tuple[Event, Event]) -> None:
    earlier, later = pair
    assert later.ordinal >= earlier.ordinal - LATENESS


def test_a_local_day_can_be_four_days_late() -> None:
    ahead = accepted({"at": "2026-01-06T01:00+14:00", "day": "2026-01-07"}, "a")
    behind = accepted({"at": "2026-01-04T23:00-12:00", "day": "2026-01-03"}, "b")
    assert ahead.order < behind.order
    assert behind.ordinal == ahead.ordinal - LATENESS


days = st.dates(date(1970, 2, 1), date(2090, 1, 1))


@given(sent(days))
def test_the_wall_clock_of_the_zone_says_the_local_day(said: dict[str, Any]) -> None:
    assume("at" in said)
    event = accepted(said)
    wall = said["at"].astimezone(ZoneInfo(said["zone"])) if said["zone"] else said["at"]
    by_clock = (
        wall.replace(tzinfo=None)
        - timedelta(hours=said["day_starts"].hour, minutes=said["day_starts"].minute)
    ).date()
    assert event.at == said["at"]
    assert event.day == (said["day"] or by_clock)
    assert event.time == wall.time()
    assert abs((event.day - wall.date()).days) <= 1


@given(sent(days))
def test_a_day_alone_happens_when_that_local_day_begins(said: dict[str, Any]) -> None:
    assume("at" not in said)
    event = accepted(said)
    place, starts = ZoneInfo(said["zone"] or "UTC"), said["day_starts"]
    begun, before = (
        moment.astimezone(place).replace(tzinfo=None)
        for moment in (event.at, event.at - timedelta(microseconds=1))
    )
    assert (event.day, event.time) == (said["day"], None)
    assert local_day_of(begun, starts) == said["day"] > local_day_of(before, starts)


@given(sent(days), st.integers(2, 400), st.booleans())
def test_a_day_beside_the_instant_is_refused_from_two_days_on(
    said: dict[str, Any], distance: int, back: bool
) -> None:
    assume("at" in said)
    wall = said["at"].astimezone(ZoneInfo(said["zone"])) if said["zone"] else said["at"]
    day = wall.date() + timedelta(days=-distance if back else distance)
    with pytest.raises(InvalidEvent, match="send the day alone"):
        Event.create(id="a", user=USER, type="workout", **said | {"day": day})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


def outcome_of(**said: Any) -> Event | InvalidEvent:
    try:
        return Event.create(**said)
    except InvalidEvent as refusal:
        return refusal


names = st.just("minutes") | st.text(max_size=2) | st.integers() | st.none()


@given(
    st.fixed_dictionaries(
        {"id": st.just("a") | anything, "user": st.just("u") | anything},
        optional={
            "at": st.datetimes() | st.datetimes(timezones=st.timezones()) | anything,
            "day": st.dates() | st.datetimes() | anything,
            "zone": st.sampled_from(["UTC", "utc", "Factory", "../UTC"]) | anything,
            "data": st.dictionaries(names, anything),
        },
    ),
    st.just("workout") | anything,
)
def test_whatever_is_sent_is_accepted_or_refused_with_a_code(
    said: dict[str, Any], event_type: Any
) -> None:
    outcome = outcome_of(type=event_type, **said)
    if isinstance(outcome, InvalidEvent):
        assert outcome.code
        assert outcome.field
    else:
        assert 1970 <= outcome.at.year <= 9998
        assert outcome.order[1].decode() == outcome.id
        assert json.dumps(outcome.data, default=str, ensure_ascii=False).encode()


numbers = st.integers(-(10**13), 10**13) | st.floats(allow_nan=False) | st.decimals(allow_nan=False)


@given(numbers)
def test_a_number_stays_what_it_is_or_is_refused(number: float | Decimal) -> None:
    exact = Decimal(repr(number) if isinstance(number, float) else number)
    outcome = outcome_of(id="a", user=USER, type="workout", day=FIRST_DAY, data={"minutes": number})
    if isinstance(outcome, InvalidEvent):
        assert outcome.code in {"number-out-of-range", "bad-number"}
        assert not exact.is_finite() or abs(exact) >= 10**12
    else:
        assert outcome.data["minutes"] == exact
        assert abs(exact) < 10**12
