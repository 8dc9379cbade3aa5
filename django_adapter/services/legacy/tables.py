"""The tables in which a host has kept achievements itself: their names, columns and values.

Read as they are, without models of the host: names are told, or found among the usual ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from math import ceil
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connections
from django.utils.dateparse import parse_date, parse_datetime

from django_adapter.marks import database

PAGE = 500

_ID = ("id",)
_CREATED = ("created_at", "created", "created_on", "timestamp")
_USER = ("user_id", "trainee_id", "author_id", "client_id")
_TRAINER = ("trainer_id", "coach_id")
USUAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "announcements": {
        "id": _ID,
        "trainer": (*_TRAINER, "author_id", "created_by_id", "user_id"),
        "title": ("title", "subject"),
        "body": ("body", "content", "message", "text"),
        "is_pinned": ("is_pinned", "pinned"),
        "created_at": _CREATED,
        "updated_at": ("updated_at", "updated", "modified_at", "modified"),
    },
    "announcement_read_statuses": {
        "id": _ID,
        "user": _USER,
        "trainer": _TRAINER,
        "announcement": ("announcement_id",),
        "last_read_at": ("last_read_at", "read_at", "updated_at", *_CREATED),
    },
    "achievements": {
        "id": _ID,
        "name": ("name", "title"),
        "criteria_type": ("criteria_type",),
        "criteria_value": ("criteria_value",),
    },
    "user_achievements": {
        "id": _ID,
        "user": _USER,
        "achievement": ("achievement_id",),
        "earned_at": ("earned_at", "unlocked_at", "awarded_at", *_CREATED),
    },
    "community_posts": {
        "id": _ID,
        "author": ("author_id", *_USER),
        "trainer": (*_TRAINER, "group_id"),
        "content": ("content", "body", "text"),
        "post_type": ("post_type", "type"),
        "metadata": ("metadata", "meta", "data"),
        "created_at": _CREATED,
    },
    "post_reactions": {
        "id": _ID,
        "post": ("post_id",),
        "user": _USER,
        "kind": ("reaction_type", "reaction", "kind", "type", "emoji"),
        "created_at": _CREATED,
    },
}
"""The tables, and for each thing that they say the usual names of its column."""
OPTIONAL = frozenset(
    {
        ("announcements", "is_pinned"),
        ("announcements", "updated_at"),
        ("announcement_read_statuses", "trainer"),
        ("announcement_read_statuses", "announcement"),
        ("community_posts", "trainer"),
        ("community_posts", "metadata"),
        ("post_reactions", "created_at"),
    }
)


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """A row: what it says by the names of `USUAL`, None where it says nothing.

    `unreadable` names what could not be read, if something could not.
    """

    id: int
    said: Mapping[str, Any] = field(default_factory=dict)
    unreadable: str | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - of any column
        return self.said.get(name)


@dataclass(frozen=True, slots=True)
class LegacyTable:
    """A table of the host's: its kind (a key of `USUAL`), name, and columns by what they say."""

    kind: str
    name: str
    columns: Mapping[str, str]

    def highest(self) -> int:
        """The highest id; 0 for an empty table."""
        highest: int | None = self._asked(f"max({self._id})")[0][0]
        return highest or 0

    def count(self) -> int:
        """How many rows there are."""
        count: int = self._asked(f"count({self._id})")[0][0]
        return count

    def pages(self, after: int = 0) -> Iterator[list[LegacyRow]]:
        """The rows behind an id, in order, some at a time."""
        while page := self.page(after):
            yield page
            after = page[-1].id

    def page(self, after: int) -> list[LegacyRow]:
        """The first rows behind an id."""
        return self._rows(f"{self._id} > %s ORDER BY {self._id} LIMIT {PAGE}", [after])

    def rows(self, ids: Sequence[int]) -> list[LegacyRow]:
        """The rows with some ids that are still there."""
        if not ids:
            return []
        marks = ", ".join(["%s"] * len(ids))
        return self._rows(f"{self._id} IN ({marks}) ORDER BY {self._id}", ids)

    @property
    def _id(self) -> str:
        quoted: str = connections[database()].ops.quote_name(self.columns["id"])
        return quoted

    def _rows(self, where: str, values: Sequence[Any]) -> list[LegacyRow]:
        names = list(self.columns)
        quote = connections[database()].ops.quote_name
        chosen = ", ".join(quote(self.columns[name]) for name in names)
        found = self._asked(chosen, where, values)
        return [_row(dict(zip(names, row, strict=True))) for row in found]

    def _asked(
        self, chosen: str, where: str = "", values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        connection = connections[database()]
        table = connection.ops.quote_name(self.name)
        condition = f" WHERE {where}" if where else ""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {chosen} FROM {table}{condition}", list(values))  # noqa: S608 - names that the host gave, quoted
            return list(cursor.fetchall())


def find(tables: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, LegacyTable]:
    """The tables that are there, by kind.

    `tables` gives names by kind, `columns` by kind and what the column says, as
    `announcements.trainer`. ImproperlyConfigured for names that are not there.
    """
    for kind in tables.keys() | {name.partition(".")[0] for name in columns}:
        if kind not in USUAL:
            raise ImproperlyConfigured(f"there is no table {kind!r}; use one of {sorted(USUAL)}")
    with connections[database()].cursor() as cursor:
        there = set(connections[database()].introspection.table_names(cursor))
    found = {}
    for kind in USUAL:
        name = tables.get(kind, kind)
        if name in there:
            found[kind] = LegacyTable(kind, name, _columns(kind, name, columns))
        elif kind in tables:
            raise ImproperlyConfigured(f"the table {name!r} is not in the database")
    if not found:
        raise ImproperlyConfigured(
            f"none of the tables {sorted(USUAL)} is in the database; give their names"
        )
    return found


def _columns(kind: str, table: str, told: Mapping[str, str]) -> dict[str, str]:
    connection = connections[database()]
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    there = {column.name for column in described}
    chosen = {}
    for name, usual in USUAL[kind].items():
        own = told.get(f"{kind}.{name}")
        if own is not None and own not in there:
            raise ImproperlyConfigured(
                f"the table {table!r} has no column {own!r}; it has {sorted(there)}"
            )
        column = own or next((one for one in usual if one in there), None)
        if column is not None:
            chosen[name] = column
        elif (kind, name) not in OPTIONAL:
            raise ImproperlyConfigured(
                f"no column of {table!r} is called {' or '.join(usual)}; say which of "
                f"{sorted(there)} is {kind}.{name}"
            )
    return chosen


# Values


def _row(raw: Mapping[str, Any]) -> LegacyRow:
    number = _number(raw["id"])
    said: dict[str, Any] = {}
    for name, value in raw.items():
        try:
            said[name] = None if value is None else _READERS.get(name, str)(value)
        except (ValueError, TypeError, ArithmeticError, ValidationError):
            return LegacyRow(number, {}, name)
    return LegacyRow(number, said)


def _number(value: object) -> int:
    if isinstance(value, int):
        return value
    raise ImproperlyConfigured(f"the id {value!r} is no integer, and clients know rows by integers")


def _instant(value: object) -> datetime:
    """An aware instant; what says no zone is in that of the database, UTC unless it is set."""
    moment = value if isinstance(value, datetime) else parse_datetime(str(value))
    if moment is None:
        day = parse_date(str(value))
        if day is None:
            raise ValueError("no instant")
        moment = datetime.combine(day, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=connections[database()].timezone or UTC)
    return moment.astimezone(UTC)


def _object(value: object) -> dict[str, Any]:
    try:
        read = json.loads(value) if isinstance(value, str | bytes) else value
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _whole(value: object) -> int:
    """A goal as clients are told it: without sign, rounded up."""
    return ceil(abs(Decimal(str(value))))


def _user(value: object) -> object:
    """The primary key of a user, as Django has it."""
    key: object = get_user_model()._meta.pk.to_python(value)  # noqa: SLF001 - documented
    return key


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "id": int,
    "post": int,
    "announcement": int,
    "achievement": int,
    "criteria_value": _whole,
    "is_pinned": bool,
    "metadata": _object,
    **dict.fromkeys(("user", "author", "trainer"), _user),
    **dict.fromkeys(("created_at", "updated_at", "last_read_at", "earned_at"), _instant),
}
