"""Where an engine and its model must agree about one user, whatever was done before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from badge_engine.engine.engine import Difference, Engine
from badge_engine.engine.redaction import PLACEHOLDER
from badge_engine.engine.states import HOT_BYTES, HOT_NODES, States, survives
from badge_engine.events import Event
from badge_engine.outcomes import Progress
from badge_engine.ports import Checkpoint, Position, Store, View
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import Folding, local_today, progress
from badge_engine.semantics.explain import explain
from tests.engine.model import HELD, Person

BEYOND: Position = (2**62, "")
"""After every event."""


def assert_agreement(engine: Engine, person: Person, rules: RuleSet, now: datetime) -> None:
    """Everything that is stored and shown is what the model says; `rules` are the present ones."""
    with engine.store.view(person.key) as view:
        _facts_agree(view, person)
        _awards_agree(view, person)
        _audit_agrees(view, person)
        _states_fit(view, person)
    _checkpoints_agree(engine.store, person)
    _shown_agrees(engine, person, rules, now)
    _nothing_to_reconcile(engine, person, rules)


def _facts_agree(view: View, person: Person) -> None:
    known = person.history.known()
    assert list(view.events()) == list(person.history)
    assert list(view.withdrawn()) == sorted(name for name in known if known[name] is None)
    assert view.newest() == newest_of(person.history)


def newest_of(history: Iterable[Event]) -> tuple[Event | None, Event | None]:
    events = list(history)
    zoned = [event for event in events if event.zone is not None]
    return (events[-1] if events else None, zoned[-1] if zoned else None)


def _awards_agree(view: View, person: Person) -> None:
    stored = view.awards()
    assert {entry.key: entry for entry in stored} == person.ledger
    earned = [entry.award for entry in stored if entry.status == "earned"]
    assert earned == person.derived


def _audit_agrees(view: View, person: Person) -> None:
    """Nothing is ever removed from it, and it explains every award that is not earned."""
    audit = list(view.audit())
    assert audit[: len(person.audit_read)] == person.audit_read
    assert Counter(audit) == Counter(person.audit)
    person.audit_read = audit
    last = {entry.key: entry.kind for entry in audit}
    for key, entry in person.ledger.items():
        if entry.status == "earned":
            assert last.get(key) in (None, "corrected", "reinstated")
        else:
            assert last[key] == entry.status


def _states_fit(view: View, person: Person) -> None:
    standing, rules = view.standing, person.applied
    if standing is None or rules is None:
        assert standing is None
        assert rules is None
        return
    assert standing.rules == rules.fingerprint
    assert len(standing.states) <= max(HOT_BYTES, HOT_BYTES * len(rules.nodes) // HOT_NODES)


def _checkpoints_agree(store: Store, person: Person) -> None:
    """Each checkpoint is what folding up to it gives, and those that may be forgotten are gone."""
    with store.transaction(person.key) as transaction:
        standing, kept = transaction.standing, []
        before = BEYOND
        while (found := transaction.tail(before).checkpoint) is not None:
            kept.append(found)
            before = found.position
    rules = person.applied
    if standing is None or rules is None:
        assert kept == []
        return
    newest = States.at(rules, standing.states, standing.large).header.checkpoint
    numbers = [checkpoint.number for checkpoint in kept]
    assert numbers == sorted(numbers, reverse=True)
    assert all(survives(number, newest) for number in numbers)
    _folding_gives(rules, person, kept[::-1])


def _folding_gives(rules: RuleSet, person: Person, kept: list[Checkpoint]) -> None:
    folding, events = Folding(rules), iter(person.history)
    for checkpoint in kept:
        for event in events:
            folding.take(event)
            if (event.instant, event.id) == checkpoint.position:
                break
        assert States.at(rules, checkpoint.states).folding.states == folding.states


def _shown_agrees(engine: Engine, person: Person, rules: RuleSet, now: datetime) -> None:
    held = [entry for entry in person.ledger.values() if entry.status in HELD]
    told = engine.awards(person.key)
    assert sorted(told, key=_key) == sorted(held, key=_key)
    history = list(person.history)
    today = local_today(history, now)
    shown = progress(rules, history, today=today)
    assert engine.progress(person.key, reveal=True) == shown
    assert engine.progress(person.key) == [_as_the_user_sees(one, person, rules) for one in shown]
    tiers = progress(rules, history, today=today, each_tier=True)
    assert engine.overview(person.key, reveal=True) == (tiers, told)
    for badge in list(rules.badges)[len(history) % 4 :: 4]:
        why = engine.explain(person.key, badge, reveal=True)
        assert why == explain(rules, history, badge, today=today)


def _key(entry: object) -> str:
    return str(entry)


def _as_the_user_sees(one: Progress, person: Person, rules: RuleSet) -> Progress:
    hidden = rules.badges[one.badge].badge.hidden
    return PLACEHOLDER if hidden and not person.holds(one.badge) else one


def _nothing_to_reconcile(engine: Engine, person: Person, rules: RuleSet) -> None:
    found = engine.reconcile(person.key)
    if person.stands_by(rules):
        assert found == []
    else:
        assert [one for one in found if one.key is None] in ([], [Difference("rules")])
