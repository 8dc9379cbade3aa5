"""The laws of derived awards hold for what the engine stores, whatever the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from badge_engine.engine.engine import Engine
from badge_engine.errors import InvalidEvent
from badge_engine.events import Event, History, Operation
from badge_engine.outcomes import Award, Progress
from badge_engine.ports import Store
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import evaluate, local_today, progress
from badge_engine.semantics.explain import explain
from badge_engine.testing.strategies import (
    USER,
    Case,
    cases,
    events,
    moments,
    operations,
    randoms,
    rule_sets,
)
from tests.engine.ingestion import in_batches
from tests.engine.stores import somebody

NOW = datetime(2027, 1, 1, tzinfo=UTC)
few = settings(max_examples=40)
"""The machine tries far more, and its model is the reference; here each law stands by its name."""

Derived = tuple[list[Award], list[Progress]]


class Told:
    """A new user of an engine, told operations; as the laws see them, all users are one."""

    def __init__(self, store: Store, rules: RuleSet) -> None:
        self.user = somebody()
        self.engine = Engine(store, rules, clock=lambda: NOW)

    def tell(self, told: Iterable[Operation]) -> list[str]:
        """One after another; the results."""
        return [outcome for one in told for outcome in self.tell_at_once([one])]

    def tell_at_once(self, told: Sequence[Operation]) -> list[str]:
        batch = self.engine.apply([_of_user(one, self.user) for one in told])
        return [outcome.result for outcome in batch.outcomes]

    def derived(self) -> Derived:
        earned = self.engine.awards(self.user, status=["earned"])
        shown = self.engine.progress(self.user, reveal=True)
        return [replace(entry.award, user=USER) for entry in earned], shown

    def facts(self) -> tuple[list[Event], list[str]]:
        with self.engine.store.view(self.user) as view:
            return [replace(event, user=USER) for event in view.events()], list(view.withdrawn())


def _of_user(operation: Operation, user: str) -> Operation:
    event = None if operation.event is None else replace(operation.event, user=user)
    return replace(operation, user=user, event=event)


def record(*told: Event) -> list[Operation]:
    return [Operation("record", USER, event.id, event) for event in told]


def amend(event: Event) -> Operation:
    return Operation("amend", USER, event.id, event)


def retract(event: Event) -> Operation:
    return Operation("retract", USER, event.id, None)


def acceptable(case: Case) -> list[Event]:
    """The events of a case that intake lets through."""
    return [event for event in case.history if accepts(case.rules, event)]


def accepts(rules: RuleSet, event: Event) -> bool:
    try:
        rules.vocabulary.accept(event)
    except InvalidEvent:
        return False
    return True


def reference(rules: RuleSet, history: Iterable[Event]) -> Derived:
    told = [replace(event, user=USER) for event in history]
    return evaluate(rules, told), progress(rules, told, today=local_today(told, NOW))


@few
@given(case=cases(), random=randoms())
def test_an_engine_on_any_store_is_the_reference(store: Store, case: Case, random: Random) -> None:
    told = Told(store, case.rules)
    for batch in in_batches(record(*case.history), random):
        told.tell_at_once(batch)
    assert told.derived() == reference(case.rules, acceptable(case))


@few
@given(case=cases(), data=st.data())
def test_an_engine_explains_and_looks_back_as_the_reference_does(
    store: Store, case: Case, data: st.DataObject
) -> None:
    history, told = acceptable(case), Told(store, case.rules)
    told.tell_at_once(record(*history))
    as_of = data.draw(moments(history))
    assert told.engine.progress(told.user, as_of, reveal=True) == progress(
        case.rules, history, as_of
    )
    badge = data.draw(st.sampled_from(sorted(case.rules.badges)))
    told_why = told.engine.explain(told.user, badge, as_of, reveal=True)
    own = [replace(event, user=told.user) for event in history]
    assert told_why == explain(case.rules, own, badge, as_of)


@few
@given(case=cases())
def test_recording_twice_is_recording_once(store: Store, case: Case) -> None:
    once, twice = Told(store, case.rules), Told(store, case.rules)
    history = acceptable(case)
    once.tell(record(*history))
    results = twice.tell(one for event in history for one in record(event, event))
    assert results == ["recorded", "unchanged"] * len(history)
    assert twice.derived() == once.derived() == reference(case.rules, history)
    assert twice.facts() == once.facts()


@few
@given(case=cases(), data=st.data())
def test_arrival_order_does_not_matter(store: Store, case: Case, data: st.DataObject) -> None:
    one, other = Told(store, case.rules), Told(store, case.rules)
    order = data.draw(st.permutations(case.history))
    again = data.draw(st.lists(st.sampled_from(case.history))) if case.history else []
    one.tell_at_once(record(*case.history))
    other.tell(record(*order, *again))
    assert other.derived() == one.derived() == reference(case.rules, acceptable(case))
    assert other.facts() == one.facts()


@few
@given(
    rules=rule_sets(),
    told=operations(events()),
    random=randoms(),
)
def test_only_the_order_of_operations_on_one_id_matters(
    store: Store, rules: RuleSet, told: list[Operation], random: Random
) -> None:
    """Batched or not, and however the operations on other ids lie between them."""
    one, other = Told(store, rules), Told(store, rules)
    one.tell(told)
    for batch in in_batches(reordered(told, random), random):
        other.tell_at_once(batch)
    assert other.facts() == one.facts()
    assert other.derived() == one.derived() == reference(rules, history_of(rules, told))


def reordered(told: Sequence[Operation], random: Random) -> list[Operation]:
    """Operations in another order; those on one id keep theirs."""
    places = random.sample(range(len(told)), len(told))
    by_id: dict[str, list[Operation]] = {}
    for one in told:
        by_id.setdefault(one.id, []).append(one)
    return [by_id[told[place].id].pop(0) for place in places]


def history_of(rules: RuleSet, told: Iterable[Operation]) -> History:
    history = History(USER)
    for one in told:
        if one.event is None:
            history.retract(one.id)
        elif accepts(rules, one.event) and one.name == "amend":
            history.amend(one.event)
        elif accepts(rules, one.event) and one.id not in history:
            history.record(one.event)
    return history


@few
@given(case=cases(), data=st.data(), at_once=st.booleans())
def test_amending_and_amending_back_is_doing_nothing(
    store: Store, case: Case, data: st.DataObject, at_once: bool
) -> None:
    history, told = acceptable(case), Told(store, case.rules)
    assume(history)
    told.tell(record(*history))
    before, facts = told.derived(), told.facts()
    event, other = data.draw(st.sampled_from(history)), data.draw(st.sampled_from(history))
    ways = [amend(replace(other, id=event.id)), amend(event)]
    results = told.tell_at_once(ways) if at_once else told.tell(ways)
    assert results == (["amended"] * 2 if not other.same_content(event) else ["unchanged"] * 2)
    assert told.derived() == before == reference(case.rules, history)
    assert told.facts() == facts


@few
@given(case=cases(), data=st.data())
def test_retracting_is_never_having_recorded(store: Store, case: Case, data: st.DataObject) -> None:
    history = acceptable(case)
    assume(history)
    gone = data.draw(st.sampled_from(history))
    never = [event for event in history if event.id != gone.id]
    after, before = Told(store, case.rules), Told(store, case.rules)
    after.tell([*record(*history), retract(gone)])
    assert before.tell([retract(gone), *record(*history)]).count("withdrawn") == 1
    assert after.facts() == before.facts() == (in_time(never), [gone.id])
    assert after.derived() == before.derived() == reference(case.rules, never)


def in_time(history: Iterable[Event]) -> list[Event]:
    told = [replace(event, user=USER) for event in history]
    return sorted(told, key=lambda event: event.order)


@few
@given(case=cases(), data=st.data())
def test_an_id_keeps_its_first_content_until_it_is_amended(
    store: Store, case: Case, data: st.DataObject
) -> None:
    history, told = acceptable(case), Told(store, case.rules)
    assume(len(history) > 1)
    told.tell_at_once(record(*history))
    before, facts = told.derived(), told.facts()
    first, other = data.draw(st.permutations(history))[:2]
    same = other.same_content(first)
    assert told.tell(record(replace(other, id=first.id))) == ["unchanged" if same else "conflict"]
    assert told.derived() == before
    assert told.facts() == facts


@few
@given(case=cases())
def test_what_one_user_does_is_nothing_to_another(store: Store, case: Case) -> None:
    one, other = Told(store, case.rules), Told(store, case.rules)
    one.tell_at_once(record(*case.history))
    before = one.derived()
    results = other.tell(map(retract, case.history))
    assert results == ["retracted"] * len(case.history)
    assert one.derived() == before
    assert other.derived() == reference(case.rules, [])
