"""Marks on rows of the host whose present events are other than those last taken in.

A mark is made inside the host's transaction, with one statement, and is there or not with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import F, Q

from django_adapter.members import Member, database, group_of
from django_adapter.models import Group, Person, SourceRow
from django_adapter.settings import User
from django_adapter.sources import Mapped


@dataclass(frozen=True, slots=True)
class Mark:
    """What a row says, and whose and which events were taken in of it before.

    `is_due` is whether the two differ, `others` whether other rows of the same user were due by
    then.
    """

    number: int
    is_due: bool
    mapped: Mapped
    member: Member
    taken_user: str
    taken_ids: tuple[str, ...]
    others: bool


MOMENT = "100ms"

_COLUMNS = (
    "source",
    "row",
    "wanted_user",
    "wanted",
    "wanted_ids",
    "taken_user",
    "taken",
    "taken_ids",
    "due",
    "payload",
)


@contextmanager
def giving_way() -> Iterator[None]:
    """Inside a transaction, wait for a lock no longer than a moment; OperationalError after it.

    Who holds it may be waiting for a row that was written before in this transaction, and must
    not fail for us. Whatever fails has to be undone by the block itself.
    """
    connection = connections[database()]
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        yield
        return
    asked = "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)"
    with connection.cursor() as cursor:
        cursor.execute(asked, [MOMENT])
        (former, _) = cursor.fetchone()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(asked, [former])


def mark(mapped: Mapped, user: User | None) -> Mark | None:
    """Write down what a row says; None where it said so before and is not due.

    One statement. `user` is the host's, None where it is not at hand.
    """
    group = None if user is None else group_of(user)
    connection = connections[database()]
    asked = (mapped.user, group, mapped.user, mapped.user)
    told = (
        mapped.user,
        mapped.digest,
        json.dumps(mapped.ids),
        "",
        "",
        "[]",
        bool(mapped.digest),
        "",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(connection.ops.quote_name),
            [mapped.source, mapped.row, *told, *asked],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    number, due, taken_user, taken_ids, others, edition, unshared, judged_in = row
    member = Member(mapped.user, user, group, edition or 0, unshared or "", judged_in or "")
    return Mark(
        number, bool(due), mapped, member, taken_user, tuple(json.loads(taken_ids)), bool(others)
    )


def _statement(quoted: Any) -> str:  # noqa: ANN401 - a method of Django's backends
    """Write down what a row says now, and ask for all that an evaluation has to know."""
    table, columns = quoted(SourceRow._meta.db_table), ", ".join(map(quoted, _COLUMNS))  # noqa: SLF001 - documented
    person, group = quoted(Person._meta.db_table), quoted(Group._meta.db_table)  # noqa: SLF001 - the same
    key, due, wanted = quoted("key"), quoted("due"), quoted("wanted")
    changed = ", ".join(
        f"{quoted(name)} = excluded.{quoted(name)}"
        for name in ("wanted_user", "wanted", "wanted_ids")
    )
    return f"""
        INSERT INTO {table} ({columns}) VALUES ({", ".join(["%s"] * len(_COLUMNS))})
        ON CONFLICT ({quoted("source")}, {quoted("row")}) DO UPDATE
        SET {changed}, {due} = ({table}.{quoted("taken")} <> excluded.{wanted})
        WHERE {table}.{wanted} <> excluded.{wanted} OR {table}.{due}
        RETURNING {quoted("id")}, {due}, {quoted("taken_user")}, {quoted("taken_ids")},
        EXISTS (SELECT 1 FROM {table} other WHERE other.{due} AND other.{quoted("wanted_user")} = %s
         AND other.{quoted("id")} <> {table}.{quoted("id")}),
        (SELECT {quoted("edition")} FROM {group} WHERE {key} = %s),
        (SELECT {quoted("unshared")} FROM {person} WHERE {key} = %s),
        (SELECT {quoted("judged_in")} FROM {person} WHERE {key} = %s)
    """  # noqa: S608 - names of our own


def claim(marks: Sequence[Mark]) -> bool:
    """Note rows as taken in as they were marked; False where one of them says other things by now.

    Rows that another transaction is about to mark anew are left to that transaction.
    """
    as_marked = Q()
    for one in marks:
        as_marked |= Q(pk=one.number, wanted=one.mapped.digest, wanted_user=one.mapped.user)
    free = due_rows().filter(as_marked).select_for_update(skip_locked=True).order_by("pk")
    taken = SourceRow.objects.filter(pk__in=free.values("pk")).update(
        due=False, taken=F("wanted"), taken_user=F("wanted_user"), taken_ids=F("wanted_ids")
    )
    return taken == len(marks)


def due_rows() -> Any:  # noqa: ANN401 - a queryset of SourceRow
    """All rows that are due."""
    return SourceRow.objects.using(database()).filter(due=True)


__all__ = ["Mark", "claim", "database", "due_rows", "giving_way", "mark"]
