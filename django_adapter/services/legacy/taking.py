"""How far each table was taken over, and what was left: batch by batch, each a transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction
from django.db.models import Model

from django_adapter.marks import database
from django_adapter.models import SourceRow
from django_adapter.services.legacy.tables import PAGE, LegacyRow, LegacyTable

LEGACY = "legacy"
"""The label of the rows that remember how far each table was taken over."""
NAMED = 10
"""How many ids are told of the rows that were left for one reason."""

Seen = Callable[[str], object]
Work = Callable[[Sequence[LegacyRow]], Mapping[int, str]]
"""Takes rows over, and tells why it left some of them, by id."""


@dataclass(slots=True)
class TableTaken:
    """What became of the rows of one table that were looked at this time.

    `left` counts by reason those that were left, `named` has the first ids of each reason.
    """

    rows: int = 0
    taken: int = 0
    left: dict[str, int] = field(default_factory=dict)
    named: dict[str, list[int]] = field(default_factory=dict)

    def note(self, rows: Sequence[LegacyRow], reasons: Mapping[int, str]) -> None:
        """Count rows, some of which were left for a reason."""
        self.rows += len(rows)
        self.taken += len(rows) - len(reasons)
        for number, reason in reasons.items():
            self.left[reason] = self.left.get(reason, 0) + 1
            named = self.named.setdefault(reason, [])
            if len(named) < NAMED:
                named.append(number)


@dataclass(slots=True)
class Mark:
    """Rows up to the id `after` were taken over, but for those `left`."""

    after: int = 0
    left: set[int] = field(default_factory=set)

    def __contains__(self, number: int) -> bool:
        return number <= self.after and number not in self.left

    @classmethod
    def of_text(cls, text: str) -> Mark:
        """The mark as it was written; a fresh one for no text."""
        if not text:
            return cls()
        told = json.loads(text)
        return cls(told["after"], set(told["left"]))

    def as_text(self) -> str:
        """The mark as it is kept."""
        return json.dumps({"after": self.after, "left": sorted(self.left)})


class Taking:
    """One run over the tables; a dry one keeps its marks to itself."""

    def __init__(self, *, dry: bool = False, on_row: Seen | None = None) -> None:
        self.dry = dry
        self.done: dict[str, TableTaken] = {}
        self.marks: dict[str, Mark] = {}
        self._on_row = on_row

    def take(self, table: LegacyTable, work: Work) -> None:
        """Take over what is new in a table, and what was left another time."""
        self.done[table.kind] = TableTaken()
        with self._marked(table.kind) as mark:
            again = sorted(mark.left)
        for start in range(0, len(again), PAGE):
            with self._marked(table.kind) as mark:
                ids = [one for one in again[start : start + PAGE] if one in mark.left]
                rows = table.rows(ids)
                mark.left = (mark.left - set(ids)) | self._taken(table.kind, rows, work).keys()
        more = True
        while more:
            with self._marked(table.kind) as mark:
                rows = table.page(mark.after)
                mark.left |= self._taken(table.kind, rows, work).keys()
                mark.after = rows[-1].id if rows else mark.after
                more = bool(rows)

    def mark(self, kind: str) -> Mark:
        """How far a table was taken over by now."""
        if kind in self.marks:
            return self.marks[kind]
        with self._marked(kind) as mark:
            return mark

    def _taken(self, kind: str, rows: Sequence[LegacyRow], work: Work) -> Mapping[int, str]:
        reasons = {row.id: f"its {row.unreadable} cannot be read" for row in rows if row.unreadable}
        readable = [row for row in rows if row.id not in reasons]
        reasons |= work(readable) if readable else {}
        self.done[kind].note(rows, reasons)
        if self._on_row is not None:
            for _ in rows:
                self._on_row(kind)
        return reasons

    @contextmanager
    def _marked(self, kind: str) -> Iterator[Mark]:
        """The mark of a table, locked; what is written into it is kept with all else."""
        with transaction.atomic(database()):
            rows = SourceRow.objects.using(database()).filter(source=LEGACY, row=kind)
            if self.dry:
                if kind not in self.marks:
                    kept = rows.first()
                    self.marks[kind] = Mark.of_text("" if kept is None else kept.payload)
                yield self.marks[kind]
                return
            mark = Mark.of_text(locked(kind).payload)
            yield mark
            rows.update(payload=mark.as_text())
        self.marks[kind] = mark


def locked(kind: str) -> SourceRow:
    """The row that remembers how far a table was taken over; no other import goes on meanwhile."""
    rows = SourceRow.objects.using(database())
    rows.bulk_create([SourceRow(source=LEGACY, row=kind, wanted_user="")], ignore_conflicts=True)
    return rows.select_for_update().get(source=LEGACY, row=kind)


def reserve(model: type[Model], highest: int, spare: int = 0) -> int:
    """Let the database give rows of its own only numbers above one, and above some spare ones.

    Gives the number before the spare ones. Called before rows with numbers of theirs are put in,
    so that a row that somebody else writes at the same time gets none of these.
    """
    table, connection = model._meta.db_table, connections[database()]  # noqa: SLF001 - documented
    with transaction.atomic(database()), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _reserve_on_postgresql(cursor, table, highest, spare)
        return _reserve_on_sqlite(cursor, table, highest, spare)


def _reserve_on_postgresql(cursor: Any, table: str, highest: int, spare: int) -> int:  # noqa: ANN401 - Django's cursor
    cursor.execute(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
    (sequence,) = cursor.fetchone()
    cursor.execute(f"SELECT last_value FROM {sequence}")  # noqa: S608 - the database's word
    given = max(int(cursor.fetchone()[0]), highest)
    cursor.execute("SELECT setval(%s, %s)", [sequence, given + spare])
    return given


def _reserve_on_sqlite(cursor: Any, table: str, highest: int, spare: int) -> int:  # noqa: ANN401 - as above
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    row = cursor.fetchone()
    if row is None:
        cursor.execute("INSERT INTO sqlite_sequence (seq, name) VALUES (0, %s)", [table])
    given = max(int(row[0]) if row else 0, highest)
    cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [given + spare, table])
    return given
