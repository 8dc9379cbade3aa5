"""From marks to awards: once for each user at the end of the host's transaction, or when asked.

What fails here never reaches the host: it is logged, and its rows stay due.
"""

from __future__ import annotations

import hashlib
import json
import logging
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from badge_engine import Batch, Event, Operation, Outcome
from django_adapter import posts
from django_adapter.engine import engine, gathered
from django_adapter.marks import Mark, claim, database, due_rows, giving_way, mark
from django_adapter.members import Member, group_of, key_of, known, look_up, user_of
from django_adapter.models import Person, SourceRow
from django_adapter.settings import User, settings
from django_adapter.sources import Mapped, Source, gone, read, source

logger = logging.getLogger("badge_engine.django")

ROWS_AT_ONCE = 500
EXPLICIT = "recorded"
"""The label of facts that a host recorded itself and that wait to be evaluated."""
AHEAD = "future"
"""The code of an event that is refused today and not for ever; what was taken in of its row."""


class _Outdated(Exception):
    """A row says other things by now than when it was marked."""


# Marks of the host's transaction


def schedule(one: Mark) -> None:
    """Take a row in once the host's transaction has ended, at once where there is none."""
    connection = connections[database()]
    if not connection.run_on_commit:
        _waiting(connection).clear()  # what is still there belongs to a transaction undone
    _waiting(connection)[one.mapped.source, one.mapped.row] = one
    transaction.on_commit(_at_the_end, using=database(), robust=True)


def _waiting(connection: Any) -> dict[tuple[str, str], Mark]:  # noqa: ANN401 - of any backend
    waiting: dict[tuple[str, str], Mark] = connection.__dict__.setdefault("badge_engine_marks", {})
    return waiting


def _at_the_end() -> None:
    waiting = _waiting(connections[database()])
    marks = list(waiting.values())
    waiting.clear()
    for own in _by_user(marks).values():
        take_in(own)


def _by_user(marks: Iterable[Mark]) -> Mapping[str, list[Mark]]:
    by_user: dict[str, list[Mark]] = defaultdict(list)
    for one in marks:
        by_user[one.mapped.user].append(one)
    return by_user


def take_in(marks: Sequence[Mark], *, silent: bool = False) -> bool:
    """Evaluate marked rows of one user; whether it came to an end. Errors are logged."""
    key = marks[0].mapped.user
    if len(marks) > ROWS_AT_ONCE:
        return evaluate_due(key, silent=silent)
    try:
        with transaction.atomic(database()):
            rows = [(one.mapped, one.taken_user, one.taken_ids) for one in marks]
            batch = _evaluate(_present(marks[-1].member), rows, silent=silent)
            # The lock on the user comes before those on rows, as where a host that holds the user
            # since it asked for news saves another row.
            _require_claimed(marks)
            _stay_due(batch, rows)
    except _Outdated:
        return evaluate_due(key, silent=silent)
    except Exception as error:  # noqa: BLE001 - whatever it is, the host goes on
        tell(key, error)
        return False
    return evaluate_due(key, silent=silent) if marks[0].others else True


def _require_claimed(marks: Sequence[Mark]) -> None:
    if not claim(marks):
        raise _Outdated


def _present(member: Member) -> Member:
    """A member with the host's user, read anew where the mark was made without it.

    Also where the group seems to be another one, as the host's object may be an old one.
    """
    if member.user is not None and member.judged_in == (member.group or ""):
        return member
    return look_up(member.key, user_of(member.key))


def tell(key: str, error: Exception, row: str = "") -> None:
    """Log what went wrong and where, and nothing of what events say.

    `row` names the row that was being read, where it was one.
    """
    places = [
        f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    cause = type(error.__cause__).__name__ if error.__cause__ else "-"
    logger.error(
        "evaluation of user %r%s failed and is due again: %s (%s) at %s",
        key,
        row and f", row {row},",
        type(error).__name__,
        cause,
        " < ".join(reversed(places[-6:])),
    )


# Rows that are due


def evaluate_due(key: str, *, silent: bool = False) -> bool:
    """Take in all rows of a user that are due, as they are now; whether nothing is left.

    Rows that another transaction is writing are left to it.
    """
    done, after = True, 0
    try:
        while True:
            with transaction.atomic(database()):
                found = _due(key, after)
                if not found:
                    return done
                after = max(found)
                _lock_people({key, *found.values()})
                rows = due_rows().filter(wanted_user=key, pk__in=found).order_by("pk")
                free = list(rows.select_for_update(skip_locked=True))
                done &= _take_rows(key, free, silent=silent)
    except Exception as error:  # noqa: BLE001 - as above
        tell(key, error)
        return False


def _due(key: str, after: int) -> dict[int, str]:
    """The next rows of a user that are due, and who had what they said before."""
    mine = due_rows().filter(wanted_user=key, pk__gt=after).order_by("pk")
    return dict(mine.values_list("pk", "taken_user")[:ROWS_AT_ONCE])


def _lock_people(keys: Iterable[str]) -> None:
    people = Person.objects.using(database()).filter(key__in=keys).order_by("key")
    list(people.select_for_update(no_key=True))


def _take_rows(key: str, rows: Sequence[SourceRow], *, silent: bool) -> bool:
    said = _said_now(rows)
    known_rows = [
        (said[row.pk], row.taken_user, json.loads(row.taken_ids)) for row in rows if row.pk in said
    ]
    facts = [row for row in rows if row.source == EXPLICIT]
    if facts:
        SourceRow.objects.filter(pk__in=[row.pk for row in facts]).delete()
    _note_taken(said.values())
    operations = [_explicit(key, row) for row in facts]
    batch = _evaluate(look_up(key, user_of(key)), known_rows, operations, silent=silent)
    _stay_due(batch, known_rows)
    return len(known_rows) + len(facts) == len(rows)


def _note_taken(said: Iterable[Mapped]) -> None:
    """Note what rows say as taken in, in one statement."""
    told = ((one, one.user, one.digest, json.dumps(one.ids)) for one in said)
    SourceRow.objects.using(database()).bulk_create(
        [
            SourceRow(
                source=one.source,
                row=one.row,
                due=False,
                **dict.fromkeys(("wanted_user", "taken_user"), user),
                **dict.fromkeys(("wanted", "taken"), digest),
                **dict.fromkeys(("wanted_ids", "taken_ids"), ids),
            )
            for one, user, digest, ids in told
        ],
        update_conflicts=True,
        unique_fields=["source", "row"],
        update_fields=[
            "due",
            "wanted_user",
            "wanted",
            "wanted_ids",
            "taken_user",
            "taken",
            "taken_ids",
        ],
    )


def _said_now(rows: Iterable[SourceRow]) -> dict[int, Mapped]:
    """What rows say now, by number, without those of which that cannot be found out."""
    by_source: dict[str, list[SourceRow]] = defaultdict(list)
    for row in rows:
        if row.source != EXPLICIT:
            by_source[row.source].append(row)
    said: dict[int, Mapped] = {}
    for label, own in by_source.items():
        its_source = source(label)
        if its_source is None:
            logger.warning("no source has the label %r any more; its rows stay due", label)
            continue
        said |= _read_again(its_source, own)
    return said


def _read_again(its_source: Source, rows: Sequence[SourceRow]) -> dict[int, Mapped]:
    """The same of rows of one source: all together, or alone where one of them fails."""
    try:
        with transaction.atomic(database()):
            present = its_source.rows().using(database()).filter(pk__in=[row.row for row in rows])
            there = {str(one.pk): one for one in present}
            return {
                row.pk: read(its_source, there[row.row])
                if row.row in there
                else gone(its_source, row.row, row.wanted_user)
                for row in rows
            }
    except Exception as error:  # noqa: BLE001 - the host's code must not harm its other rows
        if len(rows) == 1:
            tell(rows[0].wanted_user, error, str(rows[0]))
            return {}
    alone = (_read_again(its_source, [row]) for row in rows)
    return {number: mapped for one in alone for number, mapped in one.items()}


def catch_up(on_user: Callable[[str], object] | None = None) -> dict[str, bool]:
    """Evaluate every user who is due; by key, whether nothing of theirs is left."""
    done: dict[str, bool] = {}
    keys = due_rows().order_by("wanted_user").values_list("wanted_user", flat=True).distinct()
    for key in list(keys):
        done[key] = evaluate_due(key)
        if on_user is not None:
            on_user(key)
    return done


# Evaluation itself, inside a transaction of the caller


def _evaluate(
    member: Member,
    rows: Sequence[tuple[Mapped, str, Sequence[str]]],
    others: Sequence[Operation] = (),
    *,
    silent: bool = False,
) -> Batch:
    operations = [*others]
    for mapped, taken_user, taken_ids in rows:
        operations += _operations(mapped, taken_user, taken_ids)
    members = {member.key: member}
    for key in {operation.user for operation in operations} - members.keys():
        members[key] = look_up(key, user_of(key))
    operations = [one for one in operations if members[one.user].user is not None]
    # In one order for everybody: two rows that change places must not wait for each other.
    operations.sort(key=lambda one: one.user)
    with known(members):
        for key in sorted(members):
            follow(members[key])
        with gathered() as changes:
            batch = engine().apply(operations, silent=silent)
        _require_done(batch)
        posts.write(list(changes.values()), batch.outcomes, silent=silent)
    for one in members.values():
        _note_group(one)
    return batch


def _operations(mapped: Mapped, taken_user: str, taken_ids: Iterable[str]) -> Iterator[Operation]:
    """What makes the events of a row those that it says now, and no others where these are refused.

    The engine does what is left of it in the end.
    """
    for event_id in taken_ids:
        yield Operation("retract", taken_user, event_id, None)
    for event in mapped.events:
        yield Operation("amend", mapped.user, event.id, event)


def _require_done(batch: Batch) -> None:
    for outcome in batch.outcomes:
        if outcome.result == "failed" and outcome.error is not None:
            raise outcome.error
        if outcome.result == "refused":
            code = getattr(outcome.error, "code", "")
            logger.warning(
                "event %r of user %r is refused [%s]", outcome.event_id, outcome.user, code
            )


def _stay_due(batch: Batch, rows: Sequence[tuple[Mapped, str, Sequence[str]]]) -> None:
    """Rows with an event that is too far ahead today are looked at again another day."""
    ahead = {
        outcome.event_id
        for outcome in batch.outcomes
        if outcome.result == "refused" and getattr(outcome.error, "code", "") == AHEAD
    }
    for mapped, _, _ in rows:
        if not ahead.isdisjoint(mapped.ids):
            row = SourceRow.objects.filter(source=mapped.source, row=mapped.row)
            row.update(due=True, taken=AHEAD)


# Groups


def follow(member: Member) -> None:
    """Bring a user whose trainer changed under the new trainer's rules, silently."""
    if member.judged_in != (member.group or ""):
        engine().renew(member.key)


def _note_group(member: Member) -> None:
    group = member.group or ""
    if member.judged_in != group:
        Person.objects.using(database()).filter(key=member.key).update(judged_in=group)


def follow_user(user: User) -> None:
    """Look whether a user's trainer changed, and if so evaluate at the end of the transaction."""
    key, group = key_of(user), group_of(user) or ""
    moved = Person.objects.using(database()).filter(key=key).exclude(judged_in=group)
    if moved.exists():
        transaction.on_commit(partial(_move, key), using=database(), robust=True)


def disband(group: str) -> None:
    """Bring everybody who was judged by a trainer's rules under those that are left."""
    people = Person.objects.using(database()).filter(judged_in=group)
    for key in people.values_list("key", flat=True):
        transaction.on_commit(partial(_move, key), using=database(), robust=True)


def _move(key: str) -> None:
    try:
        with transaction.atomic(database()):
            member = look_up(key, user_of(key))
            with known({key: member}):
                follow(member)
            _note_group(member)
    except Exception as error:  # noqa: BLE001 - as above
        tell(key, error)


# What a host asks for


def record(
    user: User,
    type: str,
    *,
    id: str,
    at: datetime | str | None = None,
    day: date | str | None = None,
    zone: str | None = None,
    data: Mapping[str, object] | None = None,
) -> Outcome:
    """Record a fact about a user that no row of the host stands for, and evaluate it at once.

    Raises InvalidEvent and ConflictingEvent as the library does. Where the evaluation fails the
    outcome says `failed`, and the fact is kept until it can be evaluated.
    """
    key = key_of(user)
    event = Event.create(
        id=id,
        user=key,
        type=type,
        at=at,
        day=day,
        zone=zone or settings().zone_of(user) or settings().zone,
        data=data,
        day_starts=settings().day_starts,
    )
    try:
        with giving_way(), transaction.atomic(database()):
            batch = _evaluate(look_up(key, user), (), [Operation("record", key, event.id, event)])
    except Exception as error:  # noqa: BLE001 - whatever it is, the fact is kept
        tell(key, error)
        _keep(event)
        return Outcome(key, event.id, "failed")
    (outcome,) = batch.outcomes
    if outcome.error is not None:
        raise outcome.error
    return outcome


def _keep(event: Event) -> None:
    told = {
        "id": event.id,
        "type": event.type,
        "instant": event.instant,
        "day": event.day.isoformat(),
        "time": None if event.time is None else event.time.isoformat(),
        "zone": event.zone,
        "data": event.data_text,
    }
    kept = SourceRow(
        source=EXPLICIT,
        row=hashlib.sha256(f"{event.user}\0{event.id}".encode()).hexdigest(),
        wanted_user=event.user,
        wanted=EXPLICIT,
        due=True,
        payload=json.dumps(told),
    )
    with transaction.atomic(database()):  # of two with one id the first stays, as in the ledger
        SourceRow.objects.using(database()).bulk_create([kept], ignore_conflicts=True)
    transaction.on_commit(partial(evaluate_due, event.user), using=database(), robust=True)


def _explicit(key: str, row: SourceRow) -> Operation:
    told = json.loads(row.payload)
    clock = told["time"]
    event = Event.restored(
        id=told["id"],
        user=key,
        type=told["type"],
        instant=told["instant"],
        day=date.fromisoformat(told["day"]),
        time=None if clock is None else time.fromisoformat(clock),
        zone=told["zone"],
        data=told["data"],
    )
    return Operation("record", key, event.id, event)


def evaluate_now(user: User) -> None:
    """Take in what is due of a user at once, inside the caller's transaction."""
    key = key_of(user)
    waiting = _waiting(connections[database()])
    own = [one for one in waiting.values() if one.mapped.user == key]
    # They go on waiting: what a savepoint undoes is taken in at the end.
    if own:
        take_in(own)
    else:
        evaluate_due(key)


__all__ = [
    "catch_up",
    "disband",
    "evaluate_due",
    "evaluate_now",
    "follow_user",
    "mark",
    "record",
    "schedule",
    "take_in",
    "tell",
]
