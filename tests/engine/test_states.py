"""What folds remember: small, moved aside where it is not, and thinned behind the present."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badge_engine.engine.evaluation import from_tail
from badge_engine.engine.intake import Pair
from badge_engine.engine.states import (
    HOT_BYTES,
    KEPT_OF_A_KIND,
    PLAIN_BYTES,
    Header,
    States,
    UnreadableStates,
    outlived,
    survives,
)
from badge_engine.ports import Checkpoint, Store
from badge_engine.semantics.compiler import RuleSet
from badge_engine.testing.strategies import Case, cases, texts
from tests.engine.agreement import BEYOND
from tests.engine.builders import Desk, badge
from tests.semantics.builders import day, event, rule

YEAR = badge("year", distinct="day", within="365 days", at_least=300, repeat=True)
WORDS = badge("words", distinct="kind", at_least=10_000)
ONCE = badge("once", at_least=1)


# Which checkpoints are kept


def kept(newest: int) -> list[int]:
    return [number for number in range(1, newest + 1) if survives(number, newest)]


@given(st.integers(0, 3000), st.integers(0, 400))
def test_what_was_outlived_is_what_survives_no_longer(before: int, steps: int) -> None:
    newest = before + steps
    gone = outlived(before, newest)
    left = [number for number in kept(before) if number not in gone]
    assert left == [number for number in kept(newest) if number <= before]
    assert not any(survives(number, newest) for number in gone)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_what_was_forgotten_never_survives_again(number: int, age: int, later: int) -> None:
    if survives(number, number + age + later):
        assert survives(number, number + age)


@given(st.integers(1, 20_000))
def test_checkpoints_are_few_and_their_gaps_grow_with_their_age(newest: int) -> None:
    numbers = kept(newest)
    assert numbers[-KEPT_OF_A_KIND:] == list(range(max(1, newest - 7), newest + 1))
    assert len(numbers) <= KEPT_OF_A_KIND * newest.bit_length()
    for older, younger in pairwise(numbers):
        age = newest - older
        assert younger - older <= max(1, 2 * age // KEPT_OF_A_KIND)


def checkpoints(desk: Desk) -> list[Checkpoint]:
    """The newest first."""
    found, before = [], BEYOND
    with desk.engine.store.transaction(desk.user) as transaction:
        while (newest := transaction.tail(before).checkpoint) is not None:
            found.append(newest)
            before = newest.position
    return found


def test_a_store_keeps_the_checkpoints_that_survive(store: Store) -> None:
    desk = Desk(store, badge(at_least=1000, repeat=True))
    for number in range(1, 900, 3):
        desk.today = number
        desk.did(number)
    numbers = [one.number for one in checkpoints(desk)]
    assert numbers == kept(numbers[0])[::-1]
    assert numbers[0] > 90
    desk.today = 900
    desk.did(450)
    numbers = [one.number for one in checkpoints(desk)]
    assert set(numbers) <= set(kept(numbers[0]))
    assert desk.agrees()


def test_a_batch_leaves_the_checkpoints_that_events_alone_would(store: Store) -> None:
    together, alone = (Desk(store, badge(at_least=9), today=500) for _ in range(2))
    days = range(1, 500, 2)
    together.did(*days)
    for number in days:
        alone.did(number)
    numbers = [one.number for one in checkpoints(together)]
    assert numbers == kept(numbers[0])[::-1]
    assert set(numbers) == {one.number for one in checkpoints(alone)}


def test_a_checkpoint_is_left_after_a_week_or_64_events() -> None:
    rules = rule(type="count", event="workout", at_least=1)
    slow, busy = States.fresh(rules), States.fresh(rules)
    slow.take_all([event(1), event(8), event(9)])
    assert [one.number for one in slow.checkpoints] == [1]
    assert slow.checkpoints[0].position[1] == event(8).id
    busy.take_all([event(1, id=f"{number:04}") for number in range(65)])
    assert [one.number for one in busy.checkpoints] == [1]
    assert (busy.header.since, busy.header.checkpoint) == (1, 1)


# States as bytes


def reread(states: States, rules: RuleSet) -> States:
    standing, large = states.packed()
    return States.at(rules, standing.states, large)


@given(cases())
def test_states_are_read_back_as_they_were(case: Case) -> None:
    rules, states = case.rules, States.fresh(case.rules)
    history = sorted(case.history, key=lambda one: one.order)
    for one in history:
        if states.takes(one):
            states.take(one)
        again = reread(states, rules)
        assert again.header == states.header
        assert again.folding.states == states.folding.states
        states = again


FOREIGN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=9,
)


@given(cases(), st.data())
def test_states_of_another_shape_are_unreadable_and_no_error_of_ours(
    case: Case, data: st.DataObject
) -> None:
    standing, _ = States.fresh(case.rules).packed()
    header, *lines = standing.states.decode().split("\n")
    shapes = data.draw(st.lists(FOREIGN, min_size=len(lines), max_size=len(lines)))
    foreign = "\n".join([header, *map(json.dumps, shapes)]).encode()
    with suppress(UnreadableStates):
        States.at(case.rules, foreign).take_all(sorted(case.history, key=lambda one: one.order))
    with suppress(UnreadableStates):
        States.at(case.rules, foreign).progress(day(1))


def test_an_error_of_a_fold_over_its_own_states_is_not_taken_for_unreadable_states() -> None:
    states = States.fresh(rule(type="count", event="workout", at_least=1))
    states.folding.states[0] = []
    with pytest.raises(IndexError):
        states.take(event(1))


@given(
    newest=st.none() | st.tuples(st.integers(0, 2**60), texts(least=1)),
    counts=st.tuples(*[st.integers(0, 10**6)] * 3),
    irregular=st.booleans(),
)
def test_a_header_is_one_line(
    newest: tuple[int, str] | None, counts: tuple[int, int, int], irregular: bool
) -> None:
    header = Header(newest, *counts, irregular)
    line = header.as_line()
    assert "\n" not in line
    assert Header.of_line(line) == header


def test_long_states_are_compressed() -> None:
    states = States.fresh(rule(type="count", event="workout", distinct="kind", at_least=999))
    states.take_all(event(1, id=f"{number:04}", kind=f"kind {number}") for number in range(300))
    standing, large = states.packed()
    plain = len(json.dumps(states.folding.states))
    assert plain > PLAIN_BYTES
    assert len(standing.states) + sum(map(len, large.values())) < plain // 2


def word(number: int) -> str:
    """A kind of workout that no other number has, and that cannot be made shorter."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:20]


def test_a_year_of_days_stays_within_its_room(store: Store) -> None:
    desk = Desk(store, YEAR, ONCE, today=800)
    desk.did(*range(1, 700))
    with store.view(desk.user) as view:
        assert view.standing is not None
        assert len(view.standing.states) <= HOT_BYTES
    for number in range(700, 720):
        desk.did(number)
    desk.undo(650)
    assert desk.agrees()


def test_hundreds_of_values_are_kept_aside_and_read_back(store: Store) -> None:
    desk = Desk(store, WORDS, ONCE, today=2000)
    desk.did(*range(1, 9))
    with store.view(desk.user) as view:
        assert view.standing is not None
        assert view.standing.large == {}

    for kind in range(600):
        desk.did(9 + kind, kind=word(kind))
    with store.view(desk.user) as view:
        assert view.standing is not None
        assert set(view.standing.large) == {0}
        assert len(view.standing.states) < PLAIN_BYTES
        aside = view.standing.large[0]

    desk.did(1500, kind="one more")
    with store.view(desk.user) as view:
        assert view.standing is not None
        assert view.standing.large[0] != aside
        again = view.standing.large[0]
    desk.did(1500, type="meal")
    with store.view(desk.user) as view:
        assert view.standing is not None
        assert view.standing.large[0] == again, "nothing reads meals"
    (words, _) = desk.engine.progress(desk.user)
    assert words.value == 601
    desk.undo(1500, 300)
    assert desk.agrees()


def test_a_state_kept_aside_that_no_event_reaches_is_not_written_again(store: Store) -> None:
    desk = Desk(store, WORDS, badge("meal", event="meal", at_least=5), today=2000)
    desk.engine.record_many(desk.event(number, kind=word(number)) for number in range(1, 600))
    desk.each(700, type="meal")
    with store.view(desk.user) as view:
        assert view.standing is not None
        states = States.at(desk.rules, view.standing.states, view.standing.large)
    states.take(desk.event(701, "meal"))
    standing, large = states.packed()
    assert large == {}
    assert len(standing.states) <= HOT_BYTES
    assert desk.agrees()


def test_a_state_kept_aside_that_a_late_event_leaves_as_it_was_is_not_written_again(
    store: Store,
) -> None:
    desk = Desk(store, WORDS, badge("meal", event="meal", at_least=5), today=2000)
    desk.engine.record_many(desk.event(number, kind=word(number)) for number in range(1, 600))
    late = desk.event(590, "meal")
    with store.transaction(desk.user) as transaction:
        tail = transaction.tail((late.instant, late.id))
        assert tail.checkpoint is not None
        difference = {late.id: Pair(was=None, now=late)}
        folded = from_tail(tail, difference, desk.rules, transaction.standing)
    _, large = folded.states.packed()
    assert large == {}


@pytest.mark.parametrize("edit", ["removed", "reordered"])
def test_states_kept_aside_go_with_the_rules_that_needed_them(store: Store, edit: str) -> None:
    desk = Desk(store, WORDS, ONCE, today=2000)
    desk.engine.record_many(desk.event(number, kind=word(number)) for number in range(1, 600))
    desk.edit(*([ONCE] if edit == "removed" else [ONCE, WORDS]))
    desk.engine.renew(desk.user)
    with store.view(desk.user) as view:
        assert view.standing is not None
        assert set(view.standing.large) == (set() if edit == "removed" else {1})
    assert desk.agrees()


def test_many_rules_have_more_room(store: Store) -> None:
    badges = [badge(f"b{number}", distinct="day", at_least=number + 1) for number in range(120)]
    desk = Desk(store, *badges, today=500)
    desk.did(*range(1, 130))
    with store.view(desk.user) as view:
        assert view.standing is not None
        assert len(view.standing.states) <= HOT_BYTES * 120 // 50
    assert desk.agrees()


def test_checkpoints_hold_the_states_that_are_kept_aside_elsewhere(store: Store) -> None:
    desk = Desk(store, WORDS, today=2000)
    desk.engine.record_many(desk.event(number, kind=word(number)) for number in range(1, 600))
    newest = checkpoints(desk)[0]
    (state,) = States.at(desk.rules, newest.states).folding.states
    assert len(json.dumps(state)) > HOT_BYTES
    desk.did(599, id="late", kind="late")
    assert desk.agrees()
