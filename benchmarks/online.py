"""`python -m benchmarks.online`: what it costs to record facts in a database.

Everything is measured beside a yardstick, by turns. Without `--db` a private PostgreSQL is started.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path

from badge_engine import Engine, RuleSet
from badge_engine.stores.sqlalchemy import SqlStore
from benchmarks.asked import asked
from benchmarks.by_hand import ByHand, Floor, SqliteFloor, asking, create_tables, event_row
from benchmarks.core import fifty_rules
from benchmarks.crowds import FLOOR, crowds
from benchmarks.disk import with_and_without
from benchmarks.histories import A_DAY, clock, events, fact, twelve_rules
from benchmarks.lengths import lengths
from benchmarks.measuring import Work, by_turns, calls, machine
from benchmarks.recount import recounts
from benchmarks.results import Line, counted, typical
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.trips import wire

LITE = "insert and commit, sqlite3"
BATCH = 1000


def figures(database: str, scale: Scale, *, ours: bool) -> Iterator[Line]:
    """All figures, part by part."""
    twelve, fifty = twelve_rules(), fifty_rules()
    for fsync in with_and_without(database, ours=ours):
        yield from one_event(database, (twelve, fifty), scale, fsync)
    yield from round_trips(database, fifty, scale)
    yield from batches(database, fifty, scale)
    with opened(database) as store:
        engine = Engine(store, fifty, clock=clock)
        yield from lengths(engine, scale)
        yield from recounts(database, engine, scale)
    for fsync in with_and_without(database, ours=ours):
        yield from crowds(database, fifty, scale, fsync)


@contextmanager
def opened(database: str) -> Iterator[SqlStore]:
    """A store with its tables."""
    with closing(SqlStore(database)) as store:
        store.create_tables()
        yield store


def recording(engine: Engine, user: str) -> Work:
    """One event after another, on time, for a user who has a past."""
    return calls(engine.record, (fact(user, number) for number in count()))


def storing(floor: Floor | SqliteFloor, name: str) -> Work:
    """Rows of the same events."""
    rows = (event_row(1, event) for event in events(name, 0, sys.maxsize))
    return calls(floor.insert, rows)


def one_event(
    database: str, rule_sets: Sequence[RuleSet], scale: Scale, fsync: str
) -> Iterator[Line]:
    """One client that brings one event at a time, on time."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(opened(database))
        sqlite = stack.enter_context(opened(f"sqlite:///{folder / 'badges.db'}"))
        floors = [
            stack.enter_context(closing(Floor(database, one_trip=one))) for one in (False, True)
        ]
        with opened(f"sqlite:///{folder / 'floor.db'}"):
            lite = stack.enter_context(closing(SqliteFloor(folder / "floor.db")))
        works = {
            FLOOR: storing(floors[0], f"{fsync}-1"),
            "the same in one trip": storing(floors[1], f"{fsync}-2"),
            LITE: storing(lite, fsync),
        }
        for rules in rule_sets:
            name = f"{len(rules.badges)} rules"
            hand = stack.enter_context(closing(ByHand(database, rules, clock)))
            user = f"hand-{name}-{fsync}"
            hand.add(user)
            hand.record_many(events(user, -scale.past, 0))
            works[f"by hand, {name}"] = calls(hand.record, events(user, 0, sys.maxsize))
            for where, store in (("PostgreSQL", postgres), ("SQLite", sqlite)):
                engine = Engine(store, rules, clock=clock)
                user = f"{where}-{name}-{fsync}"
                engine.record_many(events(user, -scale.past, 0))
                works[f"record, {name}, {where}"] = recording(engine, user)
        taken = by_turns(works, scale.days, A_DAY)
    for what, times in taken.items():
        floor = LITE if what.endswith(("SQLite", LITE)) else FLOOR
        goal = "≤ 2.0" if what.startswith("record") and floor == FLOOR else ""
        figure, yardstick = typical(times, A_DAY), typical(taken[floor], A_DAY)
        part = f"one event, on time, {fsync}"
        yield Line(part, what, figure * 1e3, "ms", figure / yardstick, floor, goal)


def round_trips(database: str, rules: RuleSet, scale: Scale) -> Iterator[Line]:
    """How often a client waits for the server, for one event on time and for one that is late."""
    with wire(database) as counted, closing(SqlStore(counted.url)) as store:
        engine = Engine(store, rules, clock=clock)
        engine.record_many(events("trips", -scale.past, 0))
        for what, numbers in (("on time", range(A_DAY)), ("late", range(-A_DAY, 0))):
            before = counted.trips
            for number in numbers:
                engine.record(fact("trips", number) | {"id": f"{what}-{number}"})
            trips = (counted.trips - before) / A_DAY
            goal = "≤ 2" if what == "on time" else ""
            yield Line("round trips", f"record, 50 rules, {what}", trips, "trips", goal=goal)


def batches(database: str, rules: RuleSet, scale: Scale) -> Iterator[Line]:
    """A thousand events at once, of one user and of a hundred."""
    with closing(ByHand(database, rules, clock)) as hand, opened(database) as store:
        engine = Engine(store, rules, clock=clock)
        for users in (1, 100):
            names = [f"batch-{users}-{number}" for number in range(users)]
            for name in names:
                hand.add(name)
            share = BATCH // users
            slices = [
                [event for name in names for event in events(name, begin, begin + share)]
                for begin in range(-share * (scale.batches + 1), 0, share)
            ]
            works = {
                "by hand": calls(hand.record_many, slices),
                "record_many": calls(engine.record_many, slices),
            }
            taken = by_turns(works, scale.batches)
            hand_written, ours = (typical(own, 1) for own in taken.values())
            part = f"1,000 events of {counted(users, 'user')}, {len(rules.badges)} rules"
            yield Line(part, "by hand", BATCH / hand_written, "events/s")
            ratio = hand_written / ours
            yield Line(part, "record_many", BATCH / ours, "events/s", ratio, "by hand", "≥ 0.7")


def server(database: str) -> str:
    """What the database runs on."""
    with asking(database) as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    with asked("benchmarks.online", __doc__, arguments) as wanted:
        title = f"{machine()}, {server(wanted.database)}"
        with opened(wanted.database):
            create_tables(wanted.database)
        scale = QUICK if wanted.quick else FULL
        wanted.answer(title, list(figures(wanted.database, scale, ours=wanted.ours)))


if __name__ == "__main__":
    main()
