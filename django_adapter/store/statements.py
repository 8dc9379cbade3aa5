"""Everything that is asked of the database, as SQL, made once for each kind of it.

SQL and not querysets: a statement is made once and not with each event, and positions compare as
pairs. Names come from the models.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateField, Field, Model, TimeField

from badge_engine.rows import Row
from django_adapter.models import (
    AuditRow,
    AwardRow,
    CheckpointRow,
    EventRow,
    LargeState,
    Person,
)

OF_ONE_PERSON = (EventRow, AwardRow, AuditRow, CheckpointRow, LargeState)

_MOST = 10_000
"""How many arguments a statement has where the database sets no limit."""

_OWN = '"person_id" = %s'
_HAPPENED = f'{_OWN} AND "instant" IS NOT NULL'
_ORDER = '"instant", "event_id"'
_EARNED = "\"status\" = 'earned'"
_NEWEST_FIRST = '"instant" DESC, "event_id" DESC'


class Call(NamedTuple):
    """A statement with its arguments."""

    text: str
    arguments: Sequence[Any]


class Put:
    """Rows of one person into a table, in place of those with the same key.

    Without a key, rows are only added. `most` is how many arguments a statement may have.
    """

    def __init__(self, most: int, model: type[Model], *key: str) -> None:
        names = [str(field.column) for field in _fields(model)]
        row = ["%s"] * (1 + len(names))
        self._width = len(key)
        self._at_once = most // len(row)
        self._row = f"({', '.join(row)})"
        self._insert = f"INSERT INTO {_table(model)} ({_listed(['person_id', *names])}) VALUES "
        self._in_place = ""
        if key:
            changed = ", ".join(f'"{name}" = excluded."{name}"' for name in names[len(key) :])
            conflict = f" ON CONFLICT ({_listed(['person_id', *key])})"
            self._in_place = f"{conflict} DO UPDATE SET {changed}"

    def __call__(self, number: int, values: Iterable[Row]) -> Iterator[Call]:
        """As few statements as there can be; of rows with the same key the last counts."""
        rows = list(values)
        if self._width:
            rows = list({row[: self._width]: row for row in rows}.values())
        for start in range(0, len(rows), self._at_once):
            page = rows[start : start + self._at_once]
            text = f"{self._insert}{', '.join([self._row] * len(page))}{self._in_place}"
            yield Call(text, [value for row in page for value in (number, *row)])


class Statements:
    """The statements for one kind of database: `postgresql` or `sqlite`.

    All but those about persons take the number of one first.
    """

    def __init__(self, vendor: str, most: int) -> None:
        self._is_sqlite = vendor == "sqlite"
        self._among = "IN (SELECT value FROM json_each(%s))" if self._is_sqlite else "= ANY(%s)"
        self._ask_about_persons()
        self._ask_about_one()
        self._write(most)

    def _ask_about_persons(self) -> None:
        person, columns = _table(Person), '"id", "rules", "states", "has_large"'
        keys = f'SELECT "key" FROM {person} '
        self.persons = f'{keys} WHERE "key" > %s ORDER BY "key" LIMIT %s'
        self.look = f'SELECT {columns} FROM {person} WHERE "key" = %s'
        self.lock = f"{self.look} FOR NO KEY UPDATE"
        if self._is_sqlite:  # only a write locks, and it has to come before anything is read
            written = f'UPDATE {person} SET "key" = "key" WHERE "key" = %s'
            self.lock = f"{written} RETURNING {columns}"

    def _ask_about_one(self) -> None:
        event, award = _select(EventRow), _select(AwardRow)
        self.large = f'SELECT "number", "states" FROM {_table(LargeState)} WHERE {_OWN}'
        self.known = f'{event} WHERE {_OWN} AND "event_id" {self._among}'
        if not self._is_sqlite:
            # Looked up one by one: with statistics from before somebody's import the planner would
            # rather read all events of a person.
            asked = 'SELECT %s::bigint AS "whose", unnest(%s::text[]) AS "wanted"'
            one = f'{event} WHERE "person_id" = "whose" AND "event_id" = "wanted" LIMIT 1'
            self.known = (
                f'SELECT "found".* FROM ({asked}) AS "asked" CROSS JOIN LATERAL ({one}) AS "found"'
            )
        self.events = f"{event} WHERE {_HAPPENED} ORDER BY {_ORDER}"
        self.newest = f"{event} WHERE {_HAPPENED} ORDER BY {_NEWEST_FIRST} LIMIT 1"
        self.newest_with_zone = (
            f'{event} WHERE {_HAPPENED} AND "zone" IS NOT NULL ORDER BY {_NEWEST_FIRST} LIMIT 1'
        )
        gone = f'SELECT "event_id" FROM {_table(EventRow)} WHERE {_OWN} AND "instant" IS NULL'
        self.withdrawn = f'{gone} ORDER BY "event_id"'
        self.awards = f'{award} WHERE {_OWN} ORDER BY "earned_at", "badge", "tier", "occurrence"'
        self.audit = f'{_select(AuditRow)} WHERE {_OWN} ORDER BY "id"'
        checkpoint = f"{_select(CheckpointRow)} WHERE {_OWN} AND ({_ORDER}) < (%s, %s)"
        last = f'SELECT max("number") AS "last" FROM {_table(CheckpointRow)} WHERE {_OWN}'
        self.checkpoint = (
            f'SELECT * FROM ({last}) AS "all"'
            f' LEFT JOIN ({checkpoint} ORDER BY "number" DESC LIMIT 1) AS "found" ON true'
        )
        self.later = f"{event} WHERE {_OWN} AND ({_ORDER}) > (%s, %s) ORDER BY {_ORDER}"
        decided_later = f'{_EARNED} AND ("earned_at", "event_id") > (%s, %s)'
        self.decided_later = (
            f"{award} WHERE {_OWN} AND {decided_later}"
            f" UNION ALL {award} WHERE {_OWN} AND NOT ({_EARNED})"
        )

    def _write(self, most: int) -> None:
        self.put_events = Put(most, EventRow, "event_id")
        self.put_awards = Put(most, AwardRow, "badge", "tier", "occurrence")
        self.add_audit = Put(most, AuditRow)
        self.put_checkpoints = Put(most, CheckpointRow, "number")
        self.put_large = Put(most, LargeState, "number")
        person = f"UPDATE {_table(Person)} SET"
        self.stand = f'{person} "rules" = %s, "states" = %s WHERE "id" = %s'
        self.note_large = f'{person} "has_large" = true WHERE "id" = %s'
        checkpoint, large = (f"DELETE FROM {_table(own)}" for own in (CheckpointRow, LargeState))
        self.keep_through = f'{checkpoint} WHERE {_OWN} AND "number" > %s'
        self.forget = f'{checkpoint} WHERE {_OWN} AND "number" {self._among}'
        self.remove_large = f'{large} WHERE {_OWN} AND "number" {self._among}'
        self.erase = [
            *(f"DELETE FROM {_table(model)} WHERE {_OWN}" for model in OF_ONE_PERSON),
            f'DELETE FROM {_table(Person)} WHERE "id" = %s',
        ]

    def listed(self, values: Iterable[object]) -> object:
        """The argument for a list of values."""
        return json.dumps(list(values)) if self._is_sqlite else list(values)


def statements(connection: BaseDatabaseWrapper) -> Statements:
    """The statements for the database of a connection."""
    return _made(connection.vendor, connection.features.max_query_params or _MOST)


_made = cache(Statements)


def _table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'  # noqa: SLF001 - documented by Django


def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    """What the rows of a person hold, beside a number and the person."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - documented by Django
    return [field for field in fields if field.name not in ("id", "person")]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _select(model: type[Model]) -> str:
    columns = (
        f'CAST("{field.column}" AS text)'
        if isinstance(field, DateField | TimeField)
        else f'"{field.column}"'
        for field in _fields(model)
    )
    return f"SELECT {', '.join(columns)} FROM {_table(model)}"
