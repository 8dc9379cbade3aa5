"""Counting again with SQL, as many backends do it: five rules over the whole history."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import count, repeat
from typing import Any

from badge_engine import Engine, compile_rules, load_text
from benchmarks.by_hand import asking
from benchmarks.histories import A_DAY, fact
from benchmarks.measuring import Work, by_turns, calls
from benchmarks.results import Line, typical
from benchmarks.scale import Scale

TABLES = """
    CREATE VIEW stored_events AS
        SELECT event_id, type, day, data::jsonb AS data FROM badge_events
        WHERE instant IS NOT NULL AND user_number = %s;
    CREATE TABLE parsed_events AS SELECT * FROM stored_events;
    CREATE INDEX ON parsed_events (type, day);
    ANALYZE badge_events, parsed_events
"""
"""The events of one user as our table has them, and with nothing left to wish for in a recount."""

OURS = "record, 50 rules"
QUERIES = {
    "workouts": "SELECT count(*) FROM {events} WHERE type = 'workout'",
    "distance": """
        SELECT sum((data->>'distance')::numeric) FROM {events} WHERE type = 'workout'
    """,
    "kinds": """
        SELECT count(DISTINCT data->>'kind') FROM {events} WHERE type = 'workout'
    """,
    "longest": """
        SELECT max(days) FROM (
            SELECT count(*) AS days FROM (
                SELECT day - (row_number() OVER (ORDER BY day))::integer AS start FROM (
                    SELECT DISTINCT day FROM {events} WHERE type = 'workout'
                ) AS active
            ) AS numbered GROUP BY start
        ) AS runs
    """,
    "busiest": """
        SELECT max(workouts) FROM (
            SELECT count(*) OVER (
                ORDER BY day RANGE BETWEEN '29 days' PRECEDING AND CURRENT ROW
            ) AS workouts FROM {events} WHERE type = 'workout'
        ) AS windows
    """,
}

PACK = """
badges:
  - {id: workouts, name: a, rule: {type: count, event: workout, at_least: 1000000}}
  - id: distance
    name: b
    rule: {type: total, event: workout, field: distance, at_least: 9000000 km}
  - {id: kinds, name: c, rule: {type: count, event: workout, distinct: kind, at_least: 1000}}
  - {id: longest, name: d, rule: {type: streak, event: workout, length: 36500 days}}
"""


def recounts(database: str, engine: Engine, scale: Scale) -> Iterator[Line]:
    """Five rules counted again for the longest history, beside our fifty for one more event."""
    length = scale.lengths[-1]
    user = f"{length}-0"
    with asking(database) as cursor:
        cursor.execute("SELECT number FROM badge_users WHERE key = %s", (user,))
        cursor.execute(TABLES, cursor.fetchone())
        _require_agreement(engine, user, recount(cursor, "stored_events"))
        facts = (fact(user, number) for number in count(scale.rounds * A_DAY))
        works: dict[str, Work] = {
            "five rules in SQL": repeat(partial(recount, cursor, "stored_events")),
            "the same, parsed and indexed": repeat(partial(recount, cursor, "parsed_events")),
            OURS: calls(engine.record, facts),
        }
        taken = by_turns(works, scale.recounts, A_DAY)
    costs = {what: typical(times, A_DAY) for what, times in taken.items()}
    for what, cost in costs.items():
        goal = "" if what == OURS else "≥ 100"
        part = f"counting again, {length:,} events"
        yield Line(part, what, cost * 1e3, "ms", cost / costs[OURS], OURS, goal)


def recount(
    cursor: Any,  # noqa: ANN401 - the driver ships no types
    events: str,
) -> dict[str, Fraction]:
    """What the queries find in a table of events."""
    found = {}
    for name, query in QUERIES.items():
        cursor.execute(query.format(events=events))
        found[name] = Fraction(cursor.fetchone()[0])
    return found


def _require_agreement(engine: Engine, user: str, found: dict[str, Fraction]) -> None:
    """A recount that finds something else than we do is no yardstick."""
    rules = Engine(engine.store, compile_rules(load_text(PACK)), clock=engine.clock)
    for told in rules.progress(user):
        value = told.value if told.best is None else Fraction(told.best)
        assert value == found[told.badge], (told, found)
