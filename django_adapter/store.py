"""The engine's store on Django's tables, inside the caller's transaction where there is one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError, connections, router, transaction
from django.db.models import QuerySet

from badge_engine import (
    AuditEntry,
    Award,
    ConcurrentUpdate,
    Event,
    Evidence,
    InvalidEvent,
    LedgerAward,
    StoreError,
)
from badge_engine.ports import Checkpoint, Position, Standing, Tail, Writes
from django_adapter.models import (
    AuditRow,
    AwardRow,
    CheckpointRow,
    EventRow,
    LargeState,
    Person,
)

logger = logging.getLogger("badge_engine.stores")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_IDS_AT_ONCE = 500
_PASSING = ("40001", "40P01", "55P03", "25P03", "53300")
_PASSING_CLASSES = ("08", "57P")


class DjangoStore:
    """Facts and awards in the tables of this app.

    A transaction is a savepoint of the caller's transaction, or one of its own. `using` names the
    database; without it the routers decide.
    """

    def __init__(self, using: str | None = None) -> None:
        self._using = using

    @property
    def using(self) -> str:
        """The alias of the database."""
        return self._using or router.db_for_write(Person)

    @contextmanager
    def transaction(self, user: str, ids: Sequence[str] = ()) -> Iterator[DjangoTransaction]:
        using = self.using
        with _translated(), transaction.atomic(using):
            found = DjangoTransaction(user, ids, using)
            yield found
            if not found.saved:
                transaction.set_rollback(True, using)  # noqa: FBT003 - Django's signature

    @contextmanager
    def view(self, user: str) -> Iterator[DjangoView]:
        using = self.using
        alone = not connections[using].in_atomic_block
        with _translated(), transaction.atomic(using):
            if alone and connections[using].vendor == "postgresql":
                with connections[using].cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield DjangoView(user, using)

    def users(self, after: str | None = None, limit: int = 1000) -> Sequence[str]:
        with _translated():
            people = Person.objects.using(self.using).order_by("key")
            if after is not None:
                people = people.filter(key__gt=after)
            return list(people.values_list("key", flat=True)[:limit])

    def erase(self, user: str) -> None:
        with self.transaction(user) as locked:
            locked.erase()


class DjangoView:
    """One user as one moment left them."""

    def __init__(self, user: str, using: str) -> None:
        self.user = user
        self._using = using
        self._person: Person | None = None
        self._look()

    def _look(self) -> None:
        self._person = Person.objects.using(self._using).filter(key=self.user).first()

    def _rows(self, model: type[Any]) -> QuerySet[Any]:
        if self._person is None:
            return model.objects.none()
        return model.objects.using(self._using).filter(person=self._person.pk)

    @property
    def standing(self) -> Standing | None:
        person = self._person
        if person is None or person.rules is None or person.states is None:
            return None
        large = {}
        if person.has_large:
            rows = self._rows(LargeState).values_list("number", "states")
            large = {number: bytes(states) for number, states in rows}
        return Standing(person.rules, bytes(person.states), large)

    def events(self) -> Iterable[Event]:
        return self._events(self._rows(EventRow).filter(instant__isnull=False))

    def _events(self, rows: QuerySet[Any]) -> list[Event]:
        return list(_readable(self.user, rows.order_by("instant", "event_id")))

    def withdrawn(self) -> Sequence[str]:
        gone = self._rows(EventRow).filter(instant__isnull=True).order_by("event_id")
        return list(gone.values_list("event_id", flat=True))

    def awards(self) -> Sequence[LedgerAward]:
        rows = self._rows(AwardRow).order_by("earned_at", "badge", "tier", "occurrence")
        return [ledger_award(self.user, row) for row in rows]

    def audit(self) -> Sequence[AuditEntry]:
        return [_audit_entry(row) for row in self._rows(AuditRow).order_by("pk")]

    def newest(self) -> tuple[Event | None, Event | None]:
        rows = self._rows(EventRow).filter(instant__isnull=False)
        newest = self._last(rows)
        if newest is None or newest.zone is not None:
            return newest, newest
        return newest, self._last(rows.filter(zone__isnull=False))

    def _last(self, rows: QuerySet[Any]) -> Event | None:
        backwards = rows.order_by("-instant", "-event_id").iterator(chunk_size=10)
        return next(_readable(self.user, backwards), None)


class DjangoTransaction(DjangoView):
    """One user, locked until the caller's transaction ends."""

    def __init__(self, user: str, ids: Sequence[str], using: str) -> None:
        self.saved = False
        super().__init__(user, using)
        self.unreadable: AbstractSet[str] = frozenset()
        self.known: Mapping[str, Event | None] = self._known(ids)
        self.unreadable = self._stored - self.known.keys()

    @property
    def connection(self) -> object:
        return connections[self._using]

    def _look(self) -> None:
        people = Person.objects.using(self._using)
        if connections[self._using].vendor == "sqlite":
            people.filter(key=self.user).update(key=self.user)  # only a write locks SQLite
        locked = people.select_for_update(no_key=True).filter(key=self.user)
        self._person = locked.first()
        while self._person is None:
            people.bulk_create([Person(key=self.user)], ignore_conflicts=True)
            self._person = locked.first()

    def _known(self, ids: Sequence[str]) -> dict[str, Event | None]:
        known: dict[str, Event | None] = {}
        self._stored: set[str] = set()
        for start in range(0, len(ids), _IDS_AT_ONCE):
            rows = list(self._rows(EventRow).filter(event_id__in=ids[start : start + _IDS_AT_ONCE]))
            self._stored |= {row.event_id for row in rows}
            known |= {row.event_id: None for row in rows if row.instant is None}
            happened = [row for row in rows if row.instant is not None]
            known |= {event.id: event for event in _readable(self.user, happened)}
        return known

    def tail(self, before: Position | None) -> Tail:
        checkpoint = None if before is None else self._checkpoint(before)
        events = self._rows(EventRow).filter(instant__isnull=False)
        awards = self._rows(AwardRow)
        if checkpoint is None:
            return Tail(
                None, self._events(events), [ledger_award(self.user, row) for row in awards]
            )
        after = checkpoint.position
        late = [
            event
            for event in self._events(events.filter(instant__gte=after[0]))
            if (event.instant, event.id) > after
        ]
        decided = [
            row
            for row in awards.filter(status="earned", earned_at__gte=after[0])
            if (row.earned_at, row.event_id) > after
        ]
        lost = awards.exclude(status="earned")
        return Tail(checkpoint, late, [ledger_award(self.user, row) for row in [*decided, *lost]])

    def _checkpoint(self, before: Position) -> Checkpoint | None:
        rows = self._rows(CheckpointRow).filter(instant__lte=before[0]).order_by("-number")
        for row in rows.iterator(chunk_size=2):
            if (row.instant, row.event_id) < before:
                return Checkpoint(row.number, (row.instant, row.event_id), bytes(row.states))
        return None

    def save(self, writes: Writes) -> None:
        self.saved = True
        self._put(EventRow, ["event_id"], self._facts(writes))
        self._save_states(writes)
        checkpoints = [
            CheckpointRow(number=one.number, instant=instant, event_id=event_id, states=one.states)
            for one in writes.checkpoints
            for instant, event_id in [one.position]
        ]
        self._put(CheckpointRow, ["number"], checkpoints)
        awards = [_award_row(entry) for entry in writes.awards]
        self._put(AwardRow, ["badge", "tier", "occurrence"], awards)
        audit = [_audit_row(entry) for entry in writes.audit]
        self._put(AuditRow, [], audit)

    def _facts(self, writes: Writes) -> list[EventRow]:
        gone = [EventRow(event_id=event_id) for event_id in writes.withdrawn]
        return [*map(_event_row, writes.events), *gone]

    def _save_states(self, writes: Writes) -> None:
        person, standing = self._person, writes.standing
        assert person is not None  # noqa: S101 - a locked user has a row
        if standing is not None:
            person.rules, person.states = standing.rules, standing.states
            person.has_large = person.has_large or bool(writes.large)
            person.save(using=self._using, update_fields=["rules", "states", "has_large"])
        gone = [number for number, states in writes.large.items() if states is None]
        if gone:
            self._rows(LargeState).filter(number__in=gone).delete()
        large = [
            LargeState(number=number, states=states)
            for number, states in writes.large.items()
            if states is not None
        ]
        self._put(LargeState, ["number"], large)
        if writes.keep_through is not None:
            self._rows(CheckpointRow).filter(number__gt=writes.keep_through).delete()
        if writes.forget:
            self._rows(CheckpointRow).filter(number__in=writes.forget).delete()

    def _put(self, model: type[Any], key: Sequence[str], rows: Sequence[Any]) -> None:
        """Rows of this user, in place of those with the same key; without one they are added."""
        if not rows:
            return
        for row in rows:
            row.person = self._person
        manager = model.objects.using(self._using)
        if not key:
            manager.bulk_create(rows)
            return
        fields = [field.name for field in model._meta.concrete_fields]  # noqa: SLF001 - public by docs
        changed = [name for name in fields if name not in ("id", "person", *key)]
        manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["person", *key], update_fields=changed
        )

    def erase(self) -> None:
        """Remove everything about the user."""
        self.saved = True
        for model in (EventRow, AwardRow, AuditRow, CheckpointRow, LargeState):
            self._rows(model).delete()
        Person.objects.using(self._using).filter(key=self.user).delete()


def _readable(user: str, rows: Iterable[EventRow]) -> Iterator[Event]:
    for row in rows:
        try:
            yield _event(user, row)
        except (InvalidEvent, TypeError, ValueError, AttributeError):
            logger.warning("event %r of user %r cannot be read and is left out", row.event_id, user)


def _event(user: str, row: Any) -> Event:  # noqa: ANN401 - columns may be null
    return Event.restored(
        id=row.event_id,
        user=user,
        type=row.type,
        instant=row.instant,
        day=row.day,
        time=row.clock,
        zone=row.zone,
        data=row.data,
    )


def _event_row(event: Event) -> EventRow:
    return EventRow(
        event_id=event.id,
        type=event.type,
        instant=event.instant,
        day=event.day,
        clock=event.time,
        zone=event.zone,
        data=event.data_text,
    )


def _award_row(entry: LedgerAward) -> AwardRow:
    award, evidence = entry.award, entry.award.evidence
    return AwardRow(
        badge=award.badge,
        tier=award.tier or "",
        occurrence=award.occurrence,
        earned_at=(award.earned_at - _EPOCH) // _MICROSECOND,
        earned_on=award.earned_on,
        event_id=evidence.event,
        first_day=evidence.first_day,
        last_day=evidence.last_day,
        count=evidence.count,
        rule_version=award.rule_version,
        status=entry.status,
        recorded_at=entry.recorded_at,
        celebrate=entry.celebrate,
        seen_at=entry.seen_at,
    )


def ledger_award(user: str, row: Any) -> LedgerAward:  # noqa: ANN401 - a row of AwardRow
    """An award from its row."""
    award = Award(
        user=user,
        badge=row.badge,
        tier=row.tier or None,
        occurrence=row.occurrence,
        earned_at=_EPOCH + timedelta(microseconds=row.earned_at),
        earned_on=row.earned_on,
        evidence=Evidence(row.event_id, row.first_day, row.last_day, row.count),
        rule_version=row.rule_version,
    )
    return LedgerAward(award, row.status, row.recorded_at, row.celebrate, row.seen_at)


def _audit_row(entry: AuditEntry) -> AuditRow:
    badge, tier, occurrence = entry.key
    return AuditRow(
        badge=badge,
        tier=tier or "",
        occurrence=occurrence,
        at=entry.at,
        kind=entry.kind,
        cause=entry.cause,
        event_id=entry.event,
        rule_version=entry.rule_version,
    )


def _audit_entry(row: Any) -> AuditEntry:  # noqa: ANN401 - a row of AuditRow
    return AuditEntry(
        key=(row.badge, row.tier or None, row.occurrence),
        at=row.at,
        kind=row.kind,
        cause=row.cause,
        event=row.event_id,
        rule_version=row.rule_version,
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the database as ours, without any content of events."""
    try:
        yield
    except DatabaseError as error:
        cause = error.__cause__
        code = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None) or ""
        named = getattr(cause, "sqlite_errorname", None) or code or type(error).__name__
        busy = named.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
        if busy or code in _PASSING or code.startswith(_PASSING_CLASSES):
            raise ConcurrentUpdate(f"the database gave way ({named}); repeat the call") from error
        raise StoreError(f"the database refused ({named}); nothing was saved") from error
