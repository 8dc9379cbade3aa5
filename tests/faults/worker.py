"""A worker: sends its steps one after another through an engine of its own, and keeps a journal.

It runs in a process that may be killed at any moment. Another one then takes over: it reads the
journal, repeats the step that was not answered, and goes on from there.
"""

from __future__ import annotations

import logging
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import sleep
from typing import Self

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, insert

from badge_engine.engine.engine import Changed, Engine
from badge_engine.engine.intake import Outcome
from badge_engine.engine.rulebook import RuleBook
from badge_engine.errors import ConflictingEvent, InvalidEvent, RulePackError, StoreError
from badge_engine.events import Event, Operation
from badge_engine.semantics.compiler import RuleSet
from badge_engine.stores.sqlalchemy import SqlStore
from tests.faults.journal import Journal, read
from tests.faults.packs import PACK, load
from tests.faults.plan import Act, Plan, Step, clock

PAUSE = 0.05
FINDING = "finding: "
REFUSED = "refused the rules"
MOMENTS = ("sent", "locked", "written", "committed", "answered")
"""Where a worker can be told to die: before, inside and after its transaction."""

host = MetaData()
host_changes = Table(
    "host_changes",
    host,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("user", Text, nullable=False),
    Column("badge", Text, nullable=False),
    Column("tier", Text),
    Column("occurrence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False),
)
"""Rows that a host writes about changes of awards, in the transaction that makes them."""


@dataclass(frozen=True)
class Orders:
    """What a worker needs to know; without `steps` it works until it is stopped."""

    folder: Path
    url: str
    seed: int
    worker: int
    users: int
    lock_timeout: float
    steps: int | None = None

    @property
    def journal(self) -> Path:
        return self.folder / f"worker-{self.worker}.journal"

    @property
    def death(self) -> Path:
        """Where the moment is written at which the worker shall die."""
        return self.folder / f"worker-{self.worker}.death"


def note_in_host(changed: Changed) -> None:
    """Write a row of the host's for each change of an award."""
    assert isinstance(changed.connection, Connection)
    rows = []
    for change in changed.changes:
        badge, tier, occurrence = change.award.key
        key = {"user": changed.user, "badge": badge, "tier": tier, "occurrence": occurrence}
        rows.append({**key, "kind": change.kind, "cause": changed.cause})
    changed.connection.execute(insert(host_changes), rows)


def first_book(folder: Path, on_refusal: Callable[[], object] = lambda: None) -> RuleBook:
    """The rules in force; a process that starts under a broken pack waits for a good one."""
    while True:
        try:
            return RuleBook(lambda: load(folder))
        except RulePackError:
            on_refusal()
            sleep(PAUSE)


class Repeats(logging.Handler):
    """Counts how often the engine did something again, as long as the block lasts."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._logger = logging.getLogger("badge_engine.engine")

    def __enter__(self) -> Self:
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        self.count += record.msg.startswith("attempt")


class Worker:
    """One worker at work."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._journal = Journal(orders.journal)
        self._read_at = _version(orders.folder)
        self._book = first_book(orders.folder, lambda: self._journal.note(REFUSED))
        self._sending = False
        self._step = 0
        self._repeats = Repeats()
        self._store = SqlStore(orders.url, lock_timeout=orders.lock_timeout)
        self._engine = Engine(
            self._store,
            self._rules,
            clock=lambda: clock(orders.worker, self._step),
            within=self._within,
            after_commit=self._after_commit,
        )

    def work(self) -> None:
        """Do all steps, or as many as there are until it is stopped; a step once sent is done."""
        told = read(self._orders.journal)
        pending = told.pending is not None
        plan = Plan(self._orders.seed, self._orders.worker, self._orders.users)
        parent = os.getppid()
        with self._repeats:
            for step in islice(plan.steps(), len(told.sent) - pending, self._orders.steps):
                if os.getppid() != parent or (self._is_stopped() and not pending):
                    break
                pending = False
                self._step = step.number
                self._reload()
                self._do(step)
                if step.number % 5 == self._orders.worker % 5:
                    self._look(step.acts[0].user)
        self._journal.close()
        self._store.close()

    def _is_stopped(self) -> bool:
        return (self._orders.folder / "stop").exists()

    def _reload(self) -> None:
        version = _version(self._orders.folder)
        if version == self._read_at:
            return
        before, self._read_at = self._book.rules, version
        refused = self._book.reload()
        if refused and self._book.rules is not before:
            self._journal.note(f"{FINDING}a broken pack changed the rules in force")
        self._journal.note(REFUSED if refused else "took new rules")

    def _do(self, step: Step) -> None:
        """Send a step until it is answered."""
        self._journal.send(step)
        self._die_if_told("sent")
        before, attempts = self._repeats.count, 1
        while (answers := self._answers(step)) is None:
            attempts += 1
            sleep(PAUSE)
        self._die_if_told("answered")
        repeated = attempts > 1 or self._repeats.count > before
        self._journal.answer(answers, repeated=repeated)

    def _answers(self, step: Step) -> Sequence[str] | None:
        """What the engine answered; None when something failed and is to be sent again."""
        self._sending = True
        try:
            outcomes = self._call(step)
        except StoreError as error:
            self._journal.trouble(error)
            return None
        finally:
            self._sending = False
        failed = [outcome for outcome in outcomes if outcome.result == "failed"]
        for outcome in failed:
            assert outcome.error is not None
            self._journal.trouble(outcome.error)
        return None if failed else [outcome.result for outcome in outcomes]

    def _call(self, step: Step) -> Sequence[Outcome]:
        if step.door == "one":
            return [self._call_one(step.acts[0])]
        if step.door == "mixed":
            return self._engine.apply([_operation(act) for act in step.acts]).outcomes
        facts = [act.fact for act in step.acts if act.fact is not None]
        name = step.acts[0].name
        if name == "retract":
            return self._engine.retract_many([(act.user, act.id) for act in step.acts]).outcomes
        many = self._engine.record_many if name == "record" else self._engine.amend_many
        return many(facts).outcomes

    def _call_one(self, act: Act) -> Outcome:
        try:
            if act.fact is None:
                return self._engine.retract(act.user, act.id).outcomes[0]
            one = self._engine.record if act.name == "record" else self._engine.amend
            return one(act.fact).outcomes[0]
        except ConflictingEvent as conflict:
            return Outcome(act.user, act.id, "conflict", conflict)
        except InvalidEvent as refusal:
            return Outcome(act.user, act.id, "refused", refusal)

    def _look(self, user: str) -> None:
        """Do what a client does between two uploads: show, and note what was shown."""
        try:
            self._engine.progress(user)
            keys = [entry.key for entry in self._engine.unseen(user)]
            if keys:
                self._engine.seen(user, keys)
                self._journal.seen(user, keys)
        except StoreError as error:
            self._journal.trouble(error)

    def _rules(self, user: str) -> RuleSet:
        if self._sending:
            self._die_if_told("locked")
        return self._book(user)

    def _within(self, changed: Changed) -> None:
        note_in_host(changed)
        self._die_if_told("written")

    def _after_commit(self, changed: Changed) -> None:
        del changed
        self._die_if_told("committed")

    def _die_if_told(self, moment: str) -> None:
        death = self._orders.death
        if death.exists() and death.read_text() == moment:
            death.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def _version(folder: Path) -> tuple[int, int]:
    found = (folder / PACK).stat()
    return (found.st_ino, found.st_mtime_ns)


def _operation(act: Act) -> Operation | Outcome:
    if act.fact is None:
        return Operation(act.name, act.user, act.id, None)
    try:
        return Operation(act.name, act.user, act.id, Event.create(**act.fact))
    except InvalidEvent as refusal:
        return Outcome(act.user, act.id, "refused", refusal)


def main(orders: Orders) -> None:
    try:
        Worker(orders).work()
    except Exception:
        (orders.folder / f"worker-{orders.worker}.crash").write_text(traceback.format_exc())
        raise
