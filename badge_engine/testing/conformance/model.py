"""The contract once more, told by dictionaries that are sorted for each answer, and any saves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, AwardKey, LedgerAward, Status
from badge_engine.ports import Checkpoint, Position, Standing, Store, Writes, position
from badge_engine.testing.conformance.base import (
    BEYOND,
    USER,
    Conformance,
    Kept,
    audited,
    award,
    event,
    instant,
    known,
    read,
    save,
)
from badge_engine.testing.strategies import any_events, texts

IDS = ("A", "a", "z", "é", "😀")
MINUTES = range(4)
PLACES: Sequence[Position] = sorted((instant(minute), id) for minute in MINUTES for id in IDS)
"""Where drawn events, awards and checkpoints meet; checkpoint n is always at the n-th place."""

Told = tuple[Checkpoint | None, list[Event], list[LedgerAward]]


@dataclass
class Plain:
    """One user: what was put last under each id, number and key."""

    known: dict[str, Event | None] = field(default_factory=dict)
    standing: Standing | None = None
    large: dict[int, bytes | None] = field(default_factory=dict)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    awards: dict[AwardKey, LedgerAward] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)

    def save(self, writes: Writes) -> None:
        self.known |= {one.id: one for one in writes.events} | dict.fromkeys(writes.withdrawn)
        self.standing = writes.standing or self.standing
        self.large |= writes.large
        last = max(self.checkpoints, default=0)
        last = last if writes.keep_through is None else writes.keep_through
        self.checkpoints = {
            number: one
            for number, one in self.checkpoints.items()
            if number <= last and number not in writes.forget
        } | {one.number: one for one in writes.checkpoints}
        self.awards |= {one.key: one for one in writes.awards}
        self.audit = [*self.audit, *writes.audit]

    @property
    def events(self) -> list[Event]:
        stored = (one for one in self.known.values() if one is not None)
        return sorted(stored, key=lambda one: (one.instant, one.id.encode()))

    def kept(self) -> Kept:
        events = self.events
        zoned = [one for one in events if one.zone is not None]
        large = {number: state for number, state in self.large.items() if state is not None}
        return Kept(
            standing=None if self.standing is None else replace(self.standing, large=large),
            events=events,
            withdrawn=sorted((id for id in self.known if self.known[id] is None), key=str.encode),
            awards=in_order(self.awards.values()),
            audit=self.audit,
            newest=(events[-1] if events else None, zoned[-1] if zoned else None),
        )

    def tail(self, before: Position | None) -> Told:
        earlier = [
            one for one in self.checkpoints.values() if before is not None and one.position < before
        ]
        if not earlier:
            return None, self.events, in_order(self.awards.values())
        newest = max(earlier, key=lambda one: one.number)
        events = [one for one in self.events if position(one) > newest.position]
        awards = [
            one
            for one in self.awards.values()
            if one.status != "earned" or decided(one) > newest.position
        ]
        return newest, events, in_order(awards)


def decided(entry: LedgerAward) -> Position:
    """The place of the event that decided an award; drawn awards have one of the places."""
    minute = (entry.award.earned_at.hour - 12) * 60 + entry.award.earned_at.minute
    return instant(minute), entry.award.evidence.event


def in_order(awards: Iterable[LedgerAward]) -> list[LedgerAward]:
    """Awards by earned_at, badge, tier and occurrence; without a tier comes first."""
    return sorted(
        awards,
        key=lambda one: (
            one.award.earned_at,
            one.award.badge,
            one.award.tier is not None,
            one.award.tier,
            one.award.occurrence,
        ),
    )


def told(store: Store, before: Position | None) -> Told:
    """What a tail holds, its awards in order."""
    with store.transaction(USER) as transaction:
        found = transaction.tail(before)
        return found.checkpoint, list(found.events), in_order(found.awards)


ids = st.sampled_from(IDS)
minutes = st.sampled_from(MINUTES)
near_events = st.builds(event, ids, minutes, minutes=st.integers(0, 3))
checkpoints = st.builds(
    lambda number, states: Checkpoint(number, PLACES[number - 1], states),
    st.integers(1, len(PLACES)),
    st.binary(),
)
awards = st.builds(
    award,
    st.sampled_from(("a", "b")),
    st.sampled_from((None, "bronze", "gold")),
    st.integers(1, 2),
    minute=minutes,
    event=ids,
    status=st.sampled_from(get_args(Status)),
)


@st.composite
def saves(draw: st.DrawFn) -> Writes:
    """Anything that one transaction may change; not every part each time."""
    put = draw(_some(near_events | any_events(ids), lambda one: one.id))
    free = [id for id in IDS if id not in {one.id for one in put}]
    numbers = st.integers(0, len(PLACES))
    states = st.builds(Standing, texts(least=1), st.binary(), st.just({9: b"not looked at"}))
    return Writes(
        events=put,
        withdrawn=draw(_some(st.sampled_from(free))) if free else [],
        standing=draw(st.none() | states),
        large=draw(st.dictionaries(st.integers(0, 3), st.none() | st.binary(), max_size=2)),
        keep_through=draw(st.none() | st.none() | numbers),
        forget=draw(_some(numbers)),
        checkpoints=draw(_some(checkpoints, lambda one: one.number)),
        awards=draw(_some(awards, lambda one: one.key)),
        audit=draw(_some(st.builds(audited, ids, st.integers(0, 23)))),
    )


def _some(
    drawn: st.SearchStrategy[Any], key: Callable[[Any], object] | None = None
) -> st.SearchStrategy[list[Any]]:
    return st.lists(drawn, max_size=4, unique_by=key)


class ModelConformance(Conformance):
    """Whatever is saved, in whatever order."""

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(st.lists(saves(), min_size=1, max_size=6))
    def test_any_saves_leave_what_the_contract_says(
        self, store: Store, some: Sequence[Writes]
    ) -> None:
        plain = Plain()
        store.erase(USER)
        for writes in some:
            save(store, writes)
            plain.save(writes)
            assert read(store) == plain.kept()
            assert known(store, *IDS) == plain.known
            for before in (None, *PLACES[::3], BEYOND):
                assert told(store, before) == plain.tail(before)
