"""What a host has that kept achievements itself: its own tables, in its own words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import connection

TYPES: Mapping[str, Mapping[str, str]] = {
    "postgresql": {
        "id": "bigint",
        "text": "varchar(2000)",
        "instant": "timestamptz",
        "flag": "boolean",
        "object": "jsonb",
        "amount": "numeric(10, 2)",
    },
    "sqlite": {
        "id": "bigint",
        "text": "varchar(2000)",
        "instant": "datetime",
        "flag": "bool",
        "object": "text",
        "amount": "decimal",
    },
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "announcements": {
        "trainer_id": "id",
        "title": "text",
        "body": "text",
        "is_pinned": "flag",
        "created_at": "instant",
        "updated_at": "instant",
    },
    "announcement_read_statuses": {
        "trainee_id": "id",
        "trainer_id": "id",
        "last_read_at": "instant",
    },
    "achievements": {
        "name": "text",
        "description": "text",
        "icon_name": "text",
        "criteria_type": "text",
        "criteria_value": "id",
    },
    "user_achievements": {"user_id": "id", "achievement_id": "id", "earned_at": "instant"},
    "community_posts": {
        "author_id": "id",
        "trainer_id": "id",
        "content": "text",
        "post_type": "text",
        "metadata": "object",
        "created_at": "instant",
    },
    "post_reactions": {
        "post_id": "id",
        "user_id": "id",
        "reaction_type": "text",
        "created_at": "instant",
    },
}


def quoted(name: str) -> str:
    text: str = connection.ops.quote_name(name)
    return text


def make(table: str, columns: Mapping[str, str]) -> None:
    """Make a table; kinds of columns are those of TYPES."""
    types = TYPES[connection.vendor]
    parts = [f"{quoted(name)} {types[kind]}" for name, kind in columns.items()]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {quoted(table)} (id integer PRIMARY KEY, {', '.join(parts)})")


def drop(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {quoted(table)}")


@contextmanager
def tables_made(tables: Mapping[str, Mapping[str, str]] = TABLES) -> Iterator[None]:
    """The tables of such a host, as long as the block lasts."""
    for table, columns in tables.items():
        make(table, columns)
    try:
        yield
    finally:
        for table in tables:
            drop(table)


def put(table: str, **row: Any) -> None:
    """Put a row into a table, as the host would."""
    columns = ", ".join(map(quoted, row))
    marks = ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quoted(table)} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            [_stored(value) for value in row.values()],
        )


def _stored(value: object) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return json.dumps(value) if isinstance(value, dict) else value


def contents(tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of some tables."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {quoted(table)} ORDER BY 1")  # noqa: S608 - our own names
            found[table] = cursor.fetchall()
    return found


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour, 34, 56, 789_000), UTC)
