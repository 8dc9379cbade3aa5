"""Whole tables of the host against what was taken in of them: for what no signal told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from badge_engine import BadgeEngineError
from badge_engine.backfill import Backfilled, everybody
from badge_engine.backfill import backfill as apply_rules
from django_adapter.engine import engine
from django_adapter.marks import database
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
    done = Synced()
    for its_source in sources():
        for page in _pages(_rows(its_source, user, since)):
            _take_page(its_source, page, done, silent=silent, dry=dry)
            for _ in page:
                done.rows[its_source.label] += 1
                if on_row is not None:
                    on_row(its_source.label)
        if since is None:
            _take_vanished(its_source, user, done, silent=silent, dry=dry)
    return done


def _rows(its_source: Source, user: User | None, since: date | None) -> Any:  # noqa: ANN401
    rows = its_source.rows().using(database())
    if user is not None:
        rows = rows.filter(**{its_source.user: user})
    return rows if since is None else its_source.since(rows, since)


def _pages(rows: Any) -> Iterator[Sequence[Any]]:  # noqa: ANN401 - querysets and rows of a host
    rows = rows.order_by("pk")
    page = list(rows[:PAGE])
    while page:
        yield page
        page = list(rows.filter(pk__gt=page[-1].pk)[:PAGE])


def _known(its_source: Source) -> Any:  # noqa: ANN401 - a queryset
    return SourceRow.objects.using(database()).filter(source=its_source.label)


def _take_page(
    its_source: Source,
    page: Sequence[Any],
    done: Synced,
    *,
    silent: bool,
    dry: bool,
) -> None:
    known = {row.row: row for row in _known(its_source).filter(row__in=[str(r.pk) for r in page])}
    different = []
    for row in page:
        before = known.get(str(row.pk))
        if not _is_different(its_source, row, before):
            continue
        owner = its_source.user_key(row) if before is None else before.wanted_user
        different.append(
            SourceRow(source=its_source.label, row=str(row.pk), wanted_user=owner, due=True)
        )
    done.different[its_source.label] += len(different)
    if dry or not different:
        return
    for row in different:  # one by one, as a save that waits for one could hold another
        SourceRow.objects.using(database()).bulk_create(
            [row], update_conflicts=True, unique_fields=["source", "row"], update_fields=["due"]
        )
    _evaluate([row.wanted_user for row in different], done, silent=silent)


def _is_different(its_source: Source, row: Any, before: SourceRow | None) -> bool:  # noqa: ANN401
    """Whether a row has to be taken in; one that cannot be read has to be, too, and is logged."""
    if before is not None and before.due:
        return True
    try:
        digest = read(its_source, row).digest
    except Exception as error:  # noqa: BLE001 - the host's mapping must not stop the others
        tell(f"of {its_source.label} {row.pk}", error)
        return True
    return digest != ("" if before is None else before.taken)


def _take_vanished(
    its_source: Source, user: User | None, done: Synced, *, silent: bool, dry: bool
) -> None:
    known = _known(its_source).exclude(taken="")
    if user is not None:
        known = known.filter(Q(wanted_user=str(user.pk)) | Q(taken_user=str(user.pk)))
    for page in _pages(known):
        there = _rows(its_source, user, None).filter(pk__in=[row.row for row in page])
        keys = {str(key) for key in there.values_list("pk", flat=True)}
        lost = [row for row in page if row.row not in keys]
        done.vanished[its_source.label] += len(lost)
        if lost and not dry:
            for row in lost:  # one by one: see above
                _known(its_source).filter(pk=row.pk).update(due=True)
            _evaluate([row.wanted_user for row in lost], done, silent=silent)


def _evaluate(keys: Iterable[str], done: Synced, *, silent: bool) -> None:
    for key in dict.fromkeys(keys):
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
