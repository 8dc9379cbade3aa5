"""Whole tables of the host against what was taken in of them: for what no signal told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Q

from badge_engine import BadgeEngineError
from badge_engine.backfill import Backfilled, everybody
from badge_engine.backfill import backfill as apply_rules
from django_adapter.engine import engine
from django_adapter.marks import database, giving_way
from django_adapter.members import key_of
from django_adapter.models import SourceRow
from django_adapter.services.evaluation import EXPLICIT, evaluate_due, tell
from django_adapter.settings import User
from django_adapter.sources import Source, read, sources

PAGE = 1000

Seen = Callable[[str], object]


@dataclass(slots=True)
class Synced:
    """What was found: `rows` looked at, `different` ones by the label of their source.

    `vanished` rows are in no table any more. `users` were evaluated; those of `unfinished` are due
    still, for reasons that are in the log.
    """

    rows: Counter[str] = field(default_factory=Counter)
    different: Counter[str] = field(default_factory=Counter)
    vanished: Counter[str] = field(default_factory=Counter)
    users: set[str] = field(default_factory=set)
    unfinished: set[str] = field(default_factory=set)


def sync(
    user: User | None = None,
    since: date | None = None,
    *,
    silent: bool = False,
    dry: bool = False,
    on_row: Seen | None = None,
) -> Synced:
    """Take in every row that says other things than what was taken in of it.

    Of one user, or of all; of rows that may have changed since a day, or of all. It may be stopped
    and started again, and runs beside live traffic. `dry` only counts. `silent` celebrates and
    posts nothing. `on_row` is called with the label of the source for each row that was read.
    """
    done, own = Synced(), None if user is None else key_of(user)
    for its_source in sources():
        for page in _pages(_rows(its_source, own, since)):
            different = _different(its_source, page)
            done.different[its_source.label] += len(different)
            if different and not dry:
                _note_due(different)
                for key in _users(different):
                    if own is None:  # all of a user is taken in at once, whatever page it is on
                        _note_rest(key, since, done)
                    _evaluate(key, done, silent=silent)
            for _ in page:
                done.rows[its_source.label] += 1
                if on_row is not None:
                    on_row(its_source.label)
        if since is None:
            _take_vanished(its_source, own, done, silent=silent, dry=dry)
    return done


def _note_rest(key: str, since: date | None, done: Synced) -> None:
    """Mark what is different of a user in any table and not due yet."""
    for its_source in sources() if key else []:
        for page in _pages(_rows(its_source, key, since)):
            different = _different(its_source, page, due=False)
            done.different[its_source.label] += len(different)
            if different:
                _note_due(different)


def _rows(its_source: Source, user: str | None, since: date | None) -> Any:  # noqa: ANN401 - of the host
    rows = its_source.rows().using(database())
    if user is not None:
        rows = rows.filter(**{f"{its_source.user}__pk": user})
    return rows if since is None else its_source.since(rows, since)


def _pages(rows: Any) -> Iterator[Sequence[Any]]:  # noqa: ANN401 - querysets and rows of a host
    rows = rows.order_by("pk")
    page = list(rows[:PAGE])
    while page:
        yield page
        page = list(rows.filter(pk__gt=page[-1].pk)[:PAGE])


def _known(its_source: Source) -> Any:  # noqa: ANN401 - a queryset
    return SourceRow.objects.using(database()).filter(source=its_source.label)


def _different(its_source: Source, page: Sequence[Any], *, due: bool = True) -> list[SourceRow]:
    """Those rows of a page that have to be taken in, also ones that are due already if asked.

    One that cannot be read is among them, and is logged when it is taken in.
    """
    known = {row.row: row for row in _known(its_source).filter(row__in=[str(r.pk) for r in page])}
    different = []
    for row in page:
        before = known.get(str(row.pk)) or SourceRow(source=its_source.label, row=str(row.pk))
        owner, digest = before.wanted_user, None
        if not before.due:
            with suppress(Exception):  # the host's mapping must not stop the others
                owner = owner or its_source.user_key(row)
                digest = read(its_source, row).digest
        is_wanted = due if before.due else digest != before.taken
        if is_wanted:
            different.append(_due(before, owner))
    return different


def _due(row: SourceRow, owner: str) -> SourceRow:
    return SourceRow(source=row.source, row=row.row, wanted_user=owner, due=True)


def _users(rows: Iterable[SourceRow]) -> Iterable[str]:
    return dict.fromkeys(row.wanted_user for row in rows)


def _note_due(rows: Sequence[SourceRow]) -> None:
    """Mark rows as due, together, or one by one where another transaction writes one of them.

    It may be waiting for another one, and must not wait for us.
    """
    put = partial(
        SourceRow.objects.using(database()).bulk_create,
        update_conflicts=True,
        unique_fields=["source", "row"],
        update_fields=["due"],
    )
    try:
        with transaction.atomic(database()), giving_way(), transaction.atomic(database()):
            put(rows)
    except OperationalError:
        for row in rows:
            put([row])


def _take_vanished(
    its_source: Source, user: str | None, done: Synced, *, silent: bool, dry: bool
) -> None:
    known = _known(its_source).exclude(taken="")
    if user is not None:
        known = known.filter(Q(wanted_user=user) | Q(taken_user=user))
    for page in _pages(known):
        there = _rows(its_source, user, None).filter(pk__in=[row.row for row in page])
        keys = {str(key) for key in there.values_list("pk", flat=True)}
        lost = [_due(row, row.wanted_user) for row in page if row.row not in keys]
        done.vanished[its_source.label] += len(lost)
        if lost and not dry:
            _note_due(lost)
            for key in _users(lost):
                _evaluate(key, done, silent=silent)


def _evaluate(key: str, done: Synced, *, silent: bool) -> None:
    done.users.add(key)
    if evaluate_due(key, silent=silent):
        done.unfinished.discard(key)
    else:
        done.unfinished.add(key)


def backfill(
    *,
    celebrate: bool = False,
    revoke: bool = False,
    on_row: Seen | None = None,
    on_user: Seen | None = None,
) -> tuple[Synced, Backfilled]:
    """Take in all rows, and bring everybody under the present rules; silently unless asked."""
    synced = sync(silent=not celebrate, on_row=on_row)
    return synced, apply_rules(engine(), celebrate=celebrate, revoke=revoke, on_user=on_user)


def would_change(keys: Iterable[str] | None = None, on_user: Seen | None = None) -> Counter[str]:
    """What a backfill would find different, by kind; nothing is written."""
    found: Counter[str] = Counter()
    for key in everybody(engine()) if keys is None else keys:
        try:
            found.update(one.kind for one in engine().reconcile(key))
        except BadgeEngineError as error:
            found["failed"] += 1
            tell(key, error)
        if on_user is not None:
            on_user(key)
    return found


__all__ = ["EXPLICIT", "Synced", "backfill", "sync", "would_change"]
