"""A store that somebody else might write: a folder with one JSON file for each user.

Everything about a user is read and written at once, so a save is a file renamed over another one,
and what a view has read no longer changes. File locks make threads and processes wait.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from badge_engine.errors import InvalidEvent
from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, LedgerAward
from badge_engine.ports import Checkpoint, Position, Standing, Tail, Writes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
logger = logging.getLogger(__name__)


@dataclass
class Person:
    """One user as a file has it: fulfils View, and Transaction while the user is locked."""

    __pydantic_config__ = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")

    user: str
    rows: dict[str, dict[str, str | int | None] | None] = field(default_factory=dict)
    written: Standing | None = None
    large: dict[int, bytes] = field(default_factory=dict)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    ledger: dict[str, LedgerAward] = field(default_factory=dict)
    happened: list[AuditEntry] = field(default_factory=list)
    ids: Sequence[str] = ()
    saved: bool = False
    connection = None

    @property
    def standing(self) -> Standing | None:
        return self.written and replace(self.written, large=self.large)

    @property
    def known(self) -> Mapping[str, Event | None]:
        seen = {id: self.event(id) for id in self.ids if id in self.rows}
        return {id: event for id, event in seen.items() if event or self.rows[id] is None}

    @property
    def unreadable(self) -> AbstractSet[str]:
        return {id for id in self.ids if id in self.rows} - self.known.keys()

    def event(self, id: str) -> Event | None:
        row: dict[str, Any] | None = self.rows[id]
        if row is None:
            return None
        day, clock = date.fromisoformat(row["day"]), row["time"] and time.fromisoformat(row["time"])
        try:
            return Event.restored(**row | {"id": id, "user": self.user, "day": day, "time": clock})
        except InvalidEvent as error:
            logger.warning("an event of user %r is left out: %s", self.user, error)
            return None

    def events(self) -> list[Event]:
        found = [event for id in self.rows if (event := self.event(id))]
        return sorted(found, key=lambda event: event.order)

    def withdrawn(self) -> list[str]:
        return sorted(id for id, row in self.rows.items() if row is None)

    def awards(self) -> list[LedgerAward]:
        return sorted(
            self.ledger.values(),
            key=lambda one: (one.award.earned_at, [part or "" for part in one.key]),
        )

    def audit(self) -> list[AuditEntry]:
        return self.happened

    def newest(self) -> tuple[Event | None, Event | None]:
        events = self.events()[::-1]
        return next(iter(events), None), next((one for one in events if one.zone), None)

    def tail(self, before: Position | None) -> Tail:
        earlier = [one for one in self.checkpoints.values() if one.position < (before or (0, ""))]
        newest = max(earlier, key=lambda one: one.position, default=None)
        after = newest.position if newest else (-1, "")
        events = [one for one in self.events() if (one.instant, one.id) > after]
        awards = [one for one in self.awards() if one.status != "earned" or decided(one) > after]
        return Tail(newest, events, awards)

    def save(self, writes: Writes) -> None:
        self.saved = True
        self.rows |= dict.fromkeys(writes.withdrawn)
        self.rows |= {event.id: row_of(event) for event in writes.events}
        self.written = writes.standing or self.written
        large = {**self.large, **writes.large}
        self.large = {number: state for number, state in large.items() if state is not None}
        newest = max(self.checkpoints, default=0)
        last = newest if writes.keep_through is None else writes.keep_through
        for number in set(writes.forget) | set(range(last + 1, newest + 1)):
            self.checkpoints.pop(number, None)
        self.checkpoints |= {one.number: one for one in writes.checkpoints}
        self.ledger |= {str(entry.key): entry for entry in writes.awards}
        self.happened += writes.audit


def row_of(event: Event) -> dict[str, str | int | None]:
    parts = {name: getattr(event, name) for name in ("type", "day", "time", "zone", "data_text")}
    texts = {name.removesuffix("_text"): part and str(part) for name, part in parts.items()}
    return texts | {"instant": event.instant}


def decided(entry: LedgerAward) -> Position:
    since = entry.award.earned_at - EPOCH
    return since // timedelta(microseconds=1), entry.award.evidence.event


FILE = TypeAdapter(Person)


def opened(user: str, path: Path) -> Person:
    return FILE.validate_json(path.read_bytes()) if path.exists() else Person(user)


class FolderStore:
    """Fulfils `badge_engine.ports.Store` for all processes that see the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, user: str) -> Path:
        """Keys are longer than names of files may be, and may have a `/` in them."""
        return self.folder / f"{sha256(user.encode()).hexdigest()}.json"

    @contextmanager
    def transaction(self, user: str, ids: Sequence[str] = ()) -> Iterator[Person]:
        with self.locked(user) as path:
            person = replace(opened(user, path), ids=ids)
            yield person
            if person.saved:
                new = path.with_suffix(".new")
                new.write_bytes(FILE.dump_json(replace(person, ids=(), saved=False)))
                new.replace(path)

    @contextmanager
    def view(self, user: str) -> Iterator[Person]:
        yield opened(user, self.path(user))

    def users(self, after: str | None = None, limit: int = 1000) -> Sequence[str]:
        files = self.folder.glob("*.json")
        users = sorted(FILE.validate_json(path.read_bytes()).user for path in files)
        return [user for user in users if after is None or user > after][:limit]

    def erase(self, user: str) -> None:
        with self.locked(user) as path:
            path.unlink(missing_ok=True)

    @contextmanager
    def locked(self, user: str) -> Iterator[Path]:
        path = self.path(user)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield path
