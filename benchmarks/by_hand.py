"""The yardsticks: what takes in events with nothing but a driver, in tables shaped like ours.

`Floor` stores an event and evaluates nothing. `ByHand` is what a backend would do that has rules in
Python: lock the user, fold, write facts, states and awards. It knows neither late events nor
corrections, and remembers no checkpoints.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped] # it ships no types
from psycopg2.extras import execute_values  # type: ignore[import-untyped] # the same

from badge_engine import Award, Event, RuleSet
from badge_engine.semantics.evaluate import Folding
from badge_engine.semantics.folds.base import State

Row = tuple[Any, ...]

TABLES = """
    CREATE TABLE floor_events (LIKE badge_events INCLUDING ALL);
    CREATE TABLE hand_events (LIKE badge_events INCLUDING ALL);
    CREATE TABLE hand_awards (LIKE badge_awards INCLUDING ALL);
    CREATE TABLE hand_users (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL UNIQUE,
        states bytea NOT NULL
    ) WITH (fillfactor = 50, toast_tuple_target = 8160);
    ALTER TABLE hand_users ALTER COLUMN states SET STORAGE EXTERNAL;
"""

FLOOR = "INSERT INTO floor_events VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
EVENT = "INSERT INTO hand_events VALUES"
AWARD = """
    INSERT INTO hand_awards (
        user_number, badge, tier, occurrence, earned_at, earned_on, event_id, first_day, last_day,
        count, rule_version, status, recorded_at, celebrate, seen_at
    ) VALUES
"""
AGAIN = "ON CONFLICT (user_number, badge, tier, occurrence) DO NOTHING"
LOCK = "SELECT number, states FROM hand_users WHERE key = %s FOR NO KEY UPDATE"
STATES = "UPDATE hand_users SET states = %s WHERE number = %s"

PREPARED = f"""
    PREPARE hand_lock (text, text) AS
        SELECT number, states, EXISTS (
            SELECT FROM hand_events WHERE user_number = number AND event_id = $2
        ) FROM hand_users WHERE key = $1 FOR NO KEY UPDATE;
    PREPARE hand_event (bigint, text, text, bigint, date, time, text, text) AS
        {EVENT} ($1, $2, $3, $4, $5, $6, $7, $8);
    PREPARE hand_states (bytea, bigint) AS
        UPDATE hand_users SET states = $1 WHERE number = $2;
"""  # noqa: S608 - our own words


@contextmanager
def asking(database: str) -> Iterator[Any]:
    """A cursor on which each statement is a transaction."""
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        yield connection.cursor()


def create_tables(database: str) -> None:
    """Create the tables of the yardsticks beside those of a store."""
    with asking(database) as cursor:
        cursor.execute(TABLES)


def event_row(number: int, event: Event) -> Row:
    """The columns of an event."""
    clock = None if event.time is None else event.time.isoformat()
    day, data = event.day.isoformat(), event.data_text
    return (number, event.id, event.type, event.instant, day, clock, event.zone, data)


def award_row(number: int, award: Award, now: datetime) -> Row:
    """The columns of an award."""
    evidence = award.evidence
    return (
        number,
        award.badge,
        award.tier or "",
        award.occurrence,
        microseconds(award.earned_at),
        award.earned_on,
        evidence.event,
        evidence.first_day,
        evidence.last_day,
        evidence.count,
        award.rule_version,
        "earned",
        microseconds(now),
        True,
        None,
    )


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC."""
    return (moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo)) // timedelta(microseconds=1)


def packed(states: Sequence[State]) -> bytes:
    """The states of all folds as a store keeps them."""
    return zlib.compress(json.dumps(states, separators=(",", ":")).encode(), 1)


def unpacked(states: bytes) -> list[State]:
    """The states of all folds to go on with."""
    read: list[State] = json.loads(zlib.decompress(states))
    return read


class Floor:
    """An event and a commit; `one_trip` lets the server commit by itself."""

    def __init__(self, database: str, *, one_trip: bool = False) -> None:
        self._connection = psycopg2.connect(database)
        self._connection.autocommit = one_trip
        self._cursor = self._connection.cursor()

    def insert(self, row: Row) -> None:
        """Store a row."""
        self._cursor.execute(FLOOR, row)
        self._connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class SqliteFloor:
    """The same in a file that has the tables of a store."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)

    def insert(self, row: Row) -> None:
        """Store a row."""
        self._connection.execute("INSERT INTO badge_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class ByHand:
    """Events in, awards out, for users who are known and events that are on time."""

    def __init__(self, database: str, rules: RuleSet, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._clock = clock
        self._connection = psycopg2.connect(database)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        self._cursor.execute(PREPARED)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def add(self, user: str) -> None:
        """Make a user known."""
        states = packed(Folding(self._rules).states)
        self._cursor.execute("INSERT INTO hand_users (key, states) VALUES (%s, %s)", (user, states))

    def record(self, event: Event) -> list[Award]:
        """Take in an event in two round trips."""
        cursor = self._cursor
        cursor.execute("BEGIN; EXECUTE hand_lock (%s, %s)", (event.user, event.id))
        number, states, seen = cursor.fetchone()
        if seen:
            cursor.execute("ROLLBACK")
            return []
        folding = Folding(self._rules, unpacked(states))
        awards = list(folding.awards(event))
        calls = [
            "EXECUTE hand_event (%s, %s, %s, %s, %s, %s, %s, %s)",
            "EXECUTE hand_states (%s, %s)",
        ]
        arguments = [*event_row(number, event), packed(folding.states), number]
        for award in awards:
            row = award_row(number, award, self._clock())
            calls.append(f"{AWARD} ({', '.join(['%s'] * len(row))}) {AGAIN}")
            arguments += row
        cursor.execute("; ".join([*calls, "COMMIT"]), arguments)
        return awards

    def record_many(self, events: Iterable[Event]) -> list[Award]:
        """Take in events, those of one user in one transaction."""
        awards: list[Award] = []
        for user, own in groupby(events, key=attrgetter("user")):
            self._cursor.execute("BEGIN")
            awards += self._record_all(user, list(own))
            self._cursor.execute("COMMIT")
        return awards

    def _record_all(self, user: str, events: Sequence[Event]) -> list[Award]:
        cursor = self._cursor
        cursor.execute(LOCK, (user,))
        number, states = cursor.fetchone()
        rows = [event_row(number, event) for event in events]
        stored = f"{EVENT} %s ON CONFLICT DO NOTHING RETURNING event_id"
        found = execute_values(cursor, stored, rows, page_size=len(rows), fetch=True)
        new = {event_id for (event_id,) in found}
        folding = Folding(self._rules, unpacked(states))
        news = sorted((event for event in events if event.id in new), key=attrgetter("order"))
        awards = [award for event in news for award in folding.awards(event)]
        cursor.execute(STATES, (packed(folding.states), number))
        if awards:
            rows = [award_row(number, award, self._clock()) for award in awards]
            execute_values(cursor, f"{AWARD} %s {AGAIN}", rows, page_size=len(rows))
        return awards
