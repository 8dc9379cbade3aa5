"""Counting again with SQL, as many backends do it: five rules over the whole history."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count, repeat

from badge_engine import Engine, compile_rules, load_text
from benchmarks.by_hand import asking
from benchmarks.histories import A_DAY, fact
from benchmarks.measuring import Work, by_turns, calls
from benchmarks.results import Line, typical
from benchmarks.scale import Scale

TABLE = """
    CREATE TABLE recount_events AS
        SELECT event_id, type, day, data::jsonb AS data FROM badge_events
        WHERE instant IS NOT NULL AND user_number = (
            SELECT number FROM badge_users WHERE key = %s
        );
    CREATE INDEX ON recount_events (type, day);
    ANALYZE recount_events
"""

QUERIES = {
    "workouts": "SELECT count(*) FROM recount_events WHERE type = 'workout'",
    "distance": """
        SELECT sum((data->>'distance')::numeric) FROM recount_events WHERE type = 'workout'
    """,
    "kinds": """
        SELECT count(DISTINCT data->>'kind') FROM recount_events WHERE type = 'workout'
    """,
    "longest": """
        SELECT max(days) FROM (
            SELECT count(*) AS days FROM (
                SELECT day - (row_number() OVER (ORDER BY day))::integer AS start FROM (
                    SELECT DISTINCT day FROM recount_events WHERE type = 'workout'
                ) AS active
            ) AS numbered GROUP BY start
        ) AS runs
    """,
    "busiest": """
        SELECT max(workouts) FROM (
            SELECT count(*) OVER (
                ORDER BY day RANGE BETWEEN '29 days' PRECEDING AND CURRENT ROW
            ) AS workouts FROM recount_events WHERE type = 'workout'
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
        cursor.execute(TABLE, (user,))

        def recount() -> dict[str, Fraction]:
            found = {}
            for name, query in QUERIES.items():
                cursor.execute(query)
                found[name] = Fraction(cursor.fetchone()[0])
            return found

        _require_agreement(engine, user, recount())
        facts = (fact(user, number) for number in count(scale.rounds * A_DAY))
        works: dict[str, Work] = {
            "recount": repeat(recount),
            "record": calls(engine.record, facts),
        }
        taken = by_turns(works, scale.recounts)
    again, ours = (typical(own, 1) for own in taken.values())
    part = f"{length:,} events"
    yield Line(part, "recount of five rules in SQL", again * 1e3, "ms")
    yield Line(part, "record, 50 rules", ours * 1e3, "ms", ours / again, "the recount", "≤ 0.01")


def _require_agreement(engine: Engine, user: str, found: dict[str, Fraction]) -> None:
    """A recount that finds something else than we do is no yardstick."""
    rules = Engine(engine.store, compile_rules(load_text(PACK)), clock=engine.clock)
    for told in rules.progress(user):
        value = told.value if told.best is None else Fraction(told.best)
        assert value == found[told.badge], (told, found)
