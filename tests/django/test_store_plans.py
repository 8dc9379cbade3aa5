"""Everything about one person is found through an index, however many others there are."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import connection, transaction

from django_adapter.store.statements import statements

KNOWN = statements(connection)
ABOUT_ONE = {
    name: text
    for name, text in vars(KNOWN).items()
    if isinstance(text, str) and '"person_id" = %s' in text
}
SORTED = {
    "events": "badge_engine_event_order",
    "newest": "badge_engine_event_order",
    "newest_with_zone": "badge_engine_event_zone",
    "later": "badge_engine_event_order",
    "audit": "badge_engine_audit_order",
}
EXPLAIN = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}[settings.DATABASE]
WHOLE_TABLE = re.compile(r"Seq Scan|SCAN badge_engine")


def plan(text: str) -> str:
    """How a statement is executed where the tables are not small."""
    for among, some in (("= ANY(%s)", "= ANY('{1}')"), ("json_each(%s)", "json_each('[1]')")):
        text = text.replace(among, some)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{EXPLAIN} {text}".replace("%s", "'1'"))
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("name", ABOUT_ONE)
def test_no_table_is_read_whole_for_one_person(name: str) -> None:
    assert not WHOLE_TABLE.search(plan(ABOUT_ONE[name]))


@pytest.mark.django_db
@pytest.mark.parametrize("name", SORTED)
def test_what_has_an_order_is_read_in_it(name: str) -> None:
    told = plan(ABOUT_ONE[name])
    assert SORTED[name] in told
    assert not re.search(r"\bSort\b|USE TEMP B-TREE", told)


@pytest.mark.django_db
def test_awards_that_are_not_earned_are_found_among_few() -> None:
    assert "badge_engine_award_lost" in plan(ABOUT_ONE["decided_later"])


MANY_EVENTS = """
    INSERT INTO badge_engine_event (person_id, event_id, type, instant, day, data)
    SELECT %s, 'e' || number, 'workout', number, '2026-01-05', '{}'
    FROM generate_series(1, %s) AS number
"""


@pytest.mark.django_db
@pytest.mark.skipif(settings.DATABASE != "postgresql", reason="SQLite keeps to the index it has")
def test_an_event_is_found_by_its_id_also_where_statistics_know_nothing_of_its_person() -> None:
    """As after an import: with a plain `= ANY` the planner reads all events of the person."""
    with connection.cursor() as cursor:
        cursor.execute(MANY_EVENTS, [1, 100])
        cursor.execute("ANALYZE badge_engine_event")
        cursor.execute(MANY_EVENTS, [2, 20_000])
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {KNOWN.known}", [2, ["unseen"]])
        told = "\n".join(row[0] for row in cursor.fetchall())
    assert "Rows Removed by Filter" not in told
