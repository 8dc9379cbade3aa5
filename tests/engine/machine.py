"""Everything that can be done to an engine, in any order, beside a model that keeps no secrets.

After each step everything that the engine says about the users it touched must be what the model
says: facts, awards, ledger, audit, progress, explanations, and what the host was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from random import Random
from typing import Any, ClassVar, Literal

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from badge_engine.engine.engine import Changed, Difference, Engine
from badge_engine.engine.intake import Batch, Outcome
from badge_engine.errors import ConflictingEvent, InvalidEvent
from badge_engine.events import Event, Operation
from badge_engine.outcomes import Change
from badge_engine.ports import Store
from badge_engine.semantics.evaluate import progress
from badge_engine.semantics.explain import explain
from badge_engine.testing.histories import (
    ZONES,
    Habits,
    make_event,
    random_habits,
    random_start,
)
from badge_engine.testing.packs import VOCABULARY, named_in
from badge_engine.testing.strategies import NAMES, data_of, randoms, times_on
from tests.engine.agreement import assert_agreement, newest_of
from tests.engine.books import EDITS, Book
from tests.engine.model import Occasion, Person
from tests.engine.stores import somebody

FIRST_NAMES = ("ann", "bob", "çem")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

people = st.sampled_from(range(len(FIRST_NAMES)))
ages = st.sampled_from((0, 0, 0, 1, 2)) | st.integers(0, 8) | st.integers(0, 120)
sizes = st.sampled_from((0, 4, 8, 16, 40, 150))
steps_of_time = st.sampled_from((timedelta(0), HOUR, DAY, DAY, 3 * DAY, 20 * DAY, 90 * DAY))


class EngineMachine(RuleBasedStateMachine):
    """A few users, two groups with packs of their own, and an engine over one store."""

    store: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.names = [somebody(name) for name in FIRST_NAMES]
        self.people = {name: Person(name) for name in self.names}
        self.touched: set[str] = set()
        self.told: list[Changed] = []
        self.told_after: list[Changed] = []
        self.engine = Engine(
            self.store,
            lambda user: self.book_of(user).rules,
            clock=lambda: self.now,
            within=self.told.append,
            after_commit=self.told_after.append,
        )

    @initialize(
        random=randoms(), age=st.integers(0, 60), lives=st.lists(sizes, min_size=3, max_size=3)
    )
    def open(self, random: Random, age: int, lives: list[int]) -> None:
        self.books = [Book.drawn(random), Book.drawn(random)]
        first_day = random_start(random, self.books[0].badges)
        self.now = datetime.combine(first_day, time(12), UTC) + age * DAY
        for user, size in zip(self.names, lives, strict=True):
            self.live(user, random, size)

    def teardown(self) -> None:
        for name in self.names:
            self.engine.erase(name)
        assert self.users() == []

    # What is drawn

    def book_of(self, user: str) -> Book:
        return self.books[0 if user in self.names[:2] else 1]

    def types(self, user: str) -> list[str]:
        """Event types that matter to the rules of a user, and now and then one that does not."""
        named = named_in(self.book_of(user).badges, ("event", "each_of", "paused_by"))
        return [*named, *named, *VOCABULARY]

    def habits(self, user: str, random: Random) -> Habits:
        badges = self.book_of(user).badges or Book.drawn(random).badges
        return random_habits(random, badges, user)

    def facts(self, user: str, days: st.SearchStrategy[int] = ages) -> st.SearchStrategy[Event]:
        """Events that happened so many days ago."""

        @st.composite
        def drawn(draw: st.DrawFn) -> Event:
            event_type = draw(st.sampled_from(self.types(user)))
            return Event.create(
                id=draw(st.sampled_from(NAMES)),
                user=user,
                type=event_type,
                data=draw(data_of(event_type)),
                **draw(times_on(self.now.date() - draw(days) * DAY)),
            )

        return drawn()

    def known(self, user: str) -> list[Event]:
        return list(self.people[user].history)

    def seen_ids(self, user: str) -> st.SearchStrategy[str]:
        """An id of the user's, or any other."""
        known = sorted(self.people[user].history.known())
        return st.sampled_from([*known, *NAMES])

    # Facts

    @rule(data=st.data(), who=people)
    def record(self, data: st.DataObject, who: int) -> None:
        event = data.draw(self.facts(self.names[who]))
        self.one(Operation("record", event.user, event.id, event))

    @rule(random=randoms(), who=people, events=st.integers(1, 15))
    def live_on(self, random: Random, who: int, events: int) -> None:
        """The usual case: one event after another, each on time and with an id that is new."""
        user = self.names[who]
        habits = self.habits(user, random)
        for _ in range(events):
            self.now += timedelta(days=random.choice(habits.gaps))
            name = f"{random.randrange(10**9)}"
            event = make_event(random, habits, name, self.now)
            self.one(Operation("record", user, name, event))

    @rule(data=st.data(), who=people, name=st.sampled_from(("record", "amend")))
    def say_again(self, data: st.DataObject, who: int, name: Any) -> None:
        user = self.names[who]
        if known := self.known(user):
            event = data.draw(st.sampled_from(known))
            self.one(Operation(name, user, event.id, event))

    @rule(data=st.data(), who=people)
    def amend(self, data: st.DataObject, who: int) -> None:
        user = self.names[who]
        event = data.draw(self.facts(user))
        event = replace(event, id=data.draw(self.seen_ids(user)))
        self.one(Operation("amend", user, event.id, event))

    @rule(data=st.data(), who=people, age=ages)
    def move_in_time(self, data: st.DataObject, who: int, age: int) -> None:
        """The same fact with another day: most corrections are of this kind."""
        user = self.names[who]
        if known := self.known(user):
            event = data.draw(st.sampled_from(known))
            said = data.draw(times_on(self.now.date() - age * DAY))
            moved = Event.create(id=event.id, user=user, type=event.type, data=event.data, **said)
            self.one(Operation("amend", user, event.id, moved))

    @rule(data=st.data(), who=people)
    def retract(self, data: st.DataObject, who: int) -> None:
        user = self.names[who]
        self.one(Operation("retract", user, data.draw(self.seen_ids(user)), None))

    @rule(data=st.data(), who=people, at_once=st.booleans())
    def amend_and_amend_back(self, data: st.DataObject, who: int, at_once: bool) -> None:
        user = self.names[who]
        if known := self.known(user):
            event = data.draw(st.sampled_from(known))
            other = replace(data.draw(self.facts(user)), id=event.id)
            ways = [Operation("amend", user, event.id, one) for one in (other, event)]
            if at_once:
                self.many(ways)
            else:
                for way in ways:
                    self.one(way)

    @rule(random=randoms(), size=st.integers(1, 12))
    def many_of_everything(self, random: Random, size: int) -> None:
        """Operations of all kinds on any users, most of them on few ids."""
        operations = []
        for _ in range(size):
            user = random.choice(self.names)
            known = sorted(self.people[user].history.known())
            event_id = random.choice([random.choice(known or NAMES), random.choice(NAMES)])
            moment = self.now - random.choice((0, 0, 1, 2, 9, 100)) * DAY
            event = make_event(random, self.habits(user, random), event_id, moment)
            name: Literal["record", "amend", "retract"]
            name = random.choice(("record", "record", "amend", "retract"))
            operations.append(Operation(name, user, event_id, None if name == "retract" else event))
        self.many(operations)

    @rule(random=randoms(), who=people, size=sizes)
    def record_a_stretch_of_life(self, random: Random, who: int, size: int) -> None:
        self.live(self.names[who], random, size)

    def live(self, user: str, random: Random, size: int) -> None:
        """Up to hundreds of days that end today, in any order."""
        habits = self.habits(user, random)
        moment, events = self.now, []
        for number in range(size):
            name = f"{random.randrange(3)}-{number}"
            events.append(make_event(random, habits, name, moment))
            moment -= timedelta(days=random.choice(habits.gaps))
        random.shuffle(events)
        self.many([Operation("record", user, event.id, event) for event in events])

    @rule(random=randoms(), who=people, again=st.booleans())
    def take_the_ground_from_an_award(self, random: Random, who: int, again: bool) -> None:
        """The deciding event turns out wrong; perhaps it was right after all."""
        person = self.people[self.names[who]]
        decided = [entry.award.evidence.event for entry in person.ledger.values()]
        known = [event for name in decided if (event := person.history.get(name)) is not None]
        if known:
            event = random.choice(known)
            self.one(Operation("retract", event.user, event.id, None))
            if again:
                self.one(Operation("amend", event.user, event.id, event))

    @rule(random=randoms(), who=people)
    def retract_some(self, random: Random, who: int) -> None:
        user = self.names[who]
        gone = [event.id for event in self.known(user) if random.random() < 0.3]
        self.many([Operation("retract", user, event_id, None) for event_id in gone])

    # Rules and care

    @rule(random=randoms(), kind=st.sampled_from(sorted(EDITS)), book=st.integers(0, 1))
    def edit_rules(self, random: Random, kind: str, book: int) -> None:
        self.books[book] = self.books[book].edited(kind, random)
        self.touched.add(self.names[2 * book])

    @rule(who=people, celebrate=st.booleans(), revoke=st.booleans())
    def renew(self, who: int, celebrate: bool, revoke: bool) -> None:
        person = self.people[self.names[who]]
        rules = self.book_of(person.key).rules
        renewed = self.engine.renew(person.key, celebrate=celebrate, revoke=revoke)
        expected: list[Change] = []
        if self.has_anything(person) and (revoke or not person.stands_by(rules)):
            newest = [event for event in newest_of(person.history) if event is not None]
            expected = person.look(
                Occasion(rules, self.now, "backfill", newest, celebrate=celebrate, revoke=revoke)
            )
        self.heard({person.key: expected}, renewed)

    @rule(who=people)
    def repair(self, who: int) -> None:
        """Where nothing is wrong, it only brings rules that were edited meanwhile."""
        person = self.people[self.names[who]]
        rules = self.book_of(person.key).rules
        found = self.engine.reconcile(person.key, repair=True)
        expected: list[Change] = []
        if found:
            assert Difference("rules") in found
            newest = [event for event in newest_of(person.history) if event is not None]
            expected = person.look(Occasion(rules, self.now, "reconcile", newest, celebrate=False))
        self.heard({person.key: expected})

    @rule(data=st.data(), who=people)
    def seen(self, data: st.DataObject, who: int) -> None:
        person = self.people[self.names[who]]
        waiting = self.engine.unseen(person.key)
        keys = [entry.key for entry in waiting]
        some = data.draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
        assert set(self.engine.seen(person.key, some)) == set(some)
        assert self.engine.seen(person.key, some) == []
        for key in some:
            person.ledger[key] = replace(person.ledger[key], seen_at=self.now)
        left = [entry for entry in waiting if entry.key not in some]
        assert self.engine.unseen(person.key) == left
        self.heard({})

    @rule(who=people)
    def erase(self, who: int) -> None:
        name = self.names[who]
        self.engine.erase(name)
        self.people[name] = Person(name)
        self.touched.add(name)

    @rule(step=steps_of_time, who=people)
    def time_passes(self, step: timedelta, who: int) -> None:
        self.now += step
        self.touched.add(self.names[who])

    @rule(
        data=st.data(),
        who=people,
        zone=st.none() | st.sampled_from(ZONES),
        away=st.sampled_from((timedelta(0), HOUR, -HOUR, 5 * DAY, -5 * DAY)),
    )
    def look_at_another_time(
        self, data: st.DataObject, who: int, zone: str | None, away: timedelta
    ) -> None:
        user, rules = self.names[who], self.book_of(self.names[who]).rules
        history = self.known(user)
        as_of = data.draw(st.sampled_from([event.at for event in history] or [self.now])) + away
        shown = self.engine.progress(user, as_of, zone=zone, reveal=True)
        assert shown == progress(rules, history, as_of, zone=zone)
        if rules.badges:
            badge = data.draw(st.sampled_from(list(rules.badges)))
            told = self.engine.explain(user, badge, as_of, zone=zone, reveal=True)
            assert told == explain(rules, history, badge, as_of, zone=zone)

    # Doing it, and hearing of it

    def one(self, operation: Operation) -> None:
        """By the door for a single fact, whose errors are raised."""
        act = {"record": self.engine.record, "amend": self.engine.amend}
        try:
            if operation.event is None:
                batch = self.engine.retract(operation.user, operation.id)
            else:
                batch = act[operation.name](operation.event)
        except (InvalidEvent, ConflictingEvent) as error:
            result = "refused" if isinstance(error, InvalidEvent) else "conflict"
            batch = Batch((Outcome(operation.user, operation.id, result, error),))  # type: ignore[arg-type] # one of its words
        self.compare([operation], batch)

    def many(self, operations: Sequence[Operation]) -> None:
        """By the door for many of one kind where there is one, else by the door for all kinds."""
        names = {operation.name for operation in operations}
        if names == {"retract"}:
            pairs = [(operation.user, operation.id) for operation in operations]
            self.compare(operations, self.engine.retract_many(pairs))
        elif len(names) == 1:
            doors = {"record": self.engine.record_many, "amend": self.engine.amend_many}
            events = [one.event for one in operations if one.event is not None]
            self.compare(operations, doors[names.pop()](events))
        else:
            self.compare(operations, self.engine.apply(operations))

    def compare(self, operations: Sequence[Operation], batch: Batch) -> None:
        users = dict.fromkeys(operation.user for operation in operations)
        results: dict[str, Iterable[str]] = {}
        changes: dict[str, list[Change]] = {}
        for user in users:
            own = [operation for operation in operations if operation.user == user]
            rules = self.book_of(user).rules
            told, changes[user] = self.people[user].apply(own, rules, self.now)
            results[user] = iter(told)
        expected = [(one.user, one.id, next(iter(results[one.user]))) for one in operations]
        assert [(out.user, out.event_id, out.result) for out in batch.outcomes] == expected
        for out in batch.outcomes:
            assert (out.error is None) == (out.result not in ("refused", "conflict"))
        self.heard(changes, batch.changes)

    def heard(
        self,
        expected: Mapping[str, Sequence[Change]],
        answered: Sequence[Change] | None = None,
    ) -> None:
        """The host was told of these changes within the transactions and after them, no others."""
        wanted = {user: in_order(own) for user, own in expected.items() if own}
        for told in (self.told, self.told_after):
            assert {one.user: in_order(one.changes) for one in told} == wanted
            assert {one.user: one.cause for one in told} == {
                user: self.people[user].cause for user in wanted
            }
        if answered is not None:
            assert in_order(answered) == in_order(chain(*expected.values()))
        self.told.clear()
        self.told_after.clear()
        self.touched |= set(expected)

    # What must hold after each step

    @invariant()
    def everything_agrees(self) -> None:
        for user in sorted(self.touched):
            person, rules = self.people[user], self.book_of(user).rules
            assert_agreement(self.engine, person, rules, self.now)
        if self.touched:
            anything = [one.key for one in self.people.values() if self.has_anything(one)]
            assert self.users() == sorted(anything)
        self.touched.clear()

    def users(self) -> list[str]:
        found = self.store.users(limit=10**6)
        return [name for name in found if name in self.names]

    def has_anything(self, person: Person) -> bool:
        return bool(person.history.known())


def run_machine(store: Store, number: int, runs: int, steps: int, *, shrink: bool = False) -> None:
    """Some runs over a store, always the same for the same number; to shrink one takes minutes."""
    on_store = type("Machine", (EngineMachine,), {"store": store})
    chosen = settings(
        max_examples=runs,
        stateful_step_count=steps,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(seed(number)(on_store), settings=chosen)


def in_order(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: (change.award.award.user, str(change.award.key)))
