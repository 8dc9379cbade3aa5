"""Commands for whoever runs a database of events and awards."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import Annotated, Any, Literal, get_args

import typer

from badge_engine.authoring import report
from badge_engine.backfill import Backfilled, backfill, reconcile
from badge_engine.cli.application import (
    INTERRUPTED,
    could_not_run,
    plainly,
    problems,
    say,
    show,
    show_block,
)
from badge_engine.cli.bars import counting
from badge_engine.cli.databases import DEFAULT, opened, require_known, shown, users_of
from badge_engine.cli.inputs import Kept, with_inputs
from badge_engine.cli.options import After, Database, OneUser, Summary
from badge_engine.engine.engine import Engine
from badge_engine.errors import ConcurrentUpdate, SchemaMismatch, StoreError
from badge_engine.language.loader import load_packs
from badge_engine.outcomes import ChangeKind
from badge_engine.ports import Store
from badge_engine.semantics.compiler import compile_rules
from badge_engine.wording import titles

MOST_TOLD = 10
MOST_IN_A_ROW = 5
"""When the database gives way for so many users one after another, it is gone."""

Revoke = Annotated[
    bool,
    typer.Option("--revoke", help="Take away the awards that edited rules do not give."),
]
Celebrate = Annotated[
    bool, typer.Option("--celebrate", help="Let users be told of awards that are new.")
]
Repair = Annotated[
    bool, typer.Option("--repair", help="Make the awards what rules and events give.")
]


@dataclass
class _Watch:
    """Counts users who were looked at; it goes on after the last one before any failure."""

    tick: Callable[[], None] = lambda: None
    users: int = 0
    last: str | None = None
    failed: bool = False

    def __call__(self, user: str) -> None:
        self.users += 1
        if not self.failed:
            self.last = user
        self.tick()

    @property
    def how_to_go_on(self) -> str:
        if self.last is None:
            return "run the same command again"
        return f"go on with --after {shlex.quote(self.last)}"


@contextmanager
def _watched(doing: str, tell: Callable[[_Watch], None]) -> Iterator[_Watch]:
    """A watch over a run through all users; `tell` says what was done, however the run ends."""
    watch = _Watch()
    try:
        with counting(doing) as watch.tick:
            yield watch
    except KeyboardInterrupt:
        tell(watch)
        say(f"interrupted; what was done stays; {watch.how_to_go_on}")
        raise typer.Exit(INTERRUPTED) from None
    except StoreError as error:
        tell(watch)
        could_not_run(f"badge-engine: {plainly(error)}; {watch.how_to_go_on}")
    tell(watch)


def _require_one_way(user: str | None, after: str | None) -> None:
    if None not in (user, after):
        raise typer.BadParameter("a user who is named has none after", param_hint="--after")


@with_inputs(Kept)
def run_backfill(
    inputs: Kept,
    revoke: Revoke = False,
    celebrate: Celebrate = False,
    after: After = None,
    form: Summary = "text",
) -> None:
    """Apply edited rules to the users in a database, in silence."""
    _require_one_way(inputs.user, after)
    done = Backfilled()
    in_a_row = 0
    tell = partial(_tell_backfilled, done, form)
    with opened(inputs.db) as store, _watched("backfill", tell) as watch:
        engine = inputs.over(store)
        for user in users_of(engine, inputs.user, after):
            one = backfill(engine, [user], celebrate=celebrate, revoke=revoke)
            done.changes += one.changes
            done.failed |= one.failed
            watch.failed = bool(done.failed)
            watch(user)
            failure = one.failed.get(user)
            in_a_row = in_a_row + 1 if isinstance(failure, ConcurrentUpdate) else 0
            if failure is not None and in_a_row == MOST_IN_A_ROW:
                raise failure
    if done.failed:
        failed = report.counted(user=len(done.failed))
        problems(f"{failed} failed; run the same command again")


def _tell_backfilled(done: Backfilled, form: str, watch: _Watch) -> None:
    kinds = {kind: done.changes[kind] for kind in get_args(ChangeKind)}
    if form == "json":
        failed = {user: str(error) for user, error in done.failed.items()}
        show(json.dumps({"users": watch.users, "awards": kinds, "failed": failed}))
    else:
        show(f"users:  {watch.users}\nawards: {report.numbers(kinds, 'none changed')}")
    for user, error in islice(done.failed.items(), MOST_TOLD):
        say(f"user {user!r}: {plainly(error)}")
    if len(done.failed) > MOST_TOLD:
        say(f"and {report.counted(user=len(done.failed) - MOST_TOLD)} more")


@dataclass
class _Reconciled:
    """Differences that were found, and how many of them are left."""

    found: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0


@with_inputs(Kept)
def run_reconcile(
    inputs: Kept, repair: Repair = False, after: After = None, form: Summary = "text"
) -> None:
    """Compare recorded awards with what rules and events give."""
    _require_one_way(inputs.user, after)
    names = report.Names(titles(inputs.rule_set))
    done = _Reconciled()
    tell = partial(_tell_reconciled, done, form)
    with opened(inputs.db) as store, _watched("reconcile", tell) as watch:
        engine = inputs.over(store)
        users = users_of(engine, inputs.user, after)
        told = reconcile(engine, users, repair=repair, on_user=watch)
        for user, own in groupby(told, key=itemgetter(0)):
            differences = [difference for _, difference in own]
            done.found += [report.difference_as_json(user, one) for one in differences]
            done.left += len(engine.reconcile(user) if repair else differences)
            if form == "text":
                show_block(user, report.difference_lines(differences, names))
    if done.left:
        edited = any(one["kind"] == "rules" for one in done.found)
        advice = "backfill applies edited rules" if edited else "--repair mends them"
        left = f"{report.counted(difference=done.left)} could not be repaired"
        problems(left if repair else advice)


def _tell_reconciled(done: _Reconciled, form: str, watch: _Watch) -> None:
    if form == "json":
        summary = {"users": watch.users, "differences": done.found, "left": done.left}
        show(json.dumps(summary))
    else:
        repaired = ", all repaired" if done.found and not done.left else ""
        show(report.counted(user=watch.users, difference=len(done.found)) + repaired)


def _caretaker(store: Store) -> Engine:
    """An engine for what asks for no rules."""
    return Engine(store, lambda _: compile_rules(load_packs([])))


def erase(user: OneUser, db: Database = DEFAULT) -> None:
    """Remove everything about a user from a database."""
    with opened(db) as store:
        require_known(store, user)
        _caretaker(store).erase(user)
    show(f"everything about user {user!r} is removed")


def export(user: OneUser, db: Database = DEFAULT) -> None:
    """Print all that a database holds about a user, as JSON."""
    with opened(db) as store:
        require_known(store, user)
        show(json.dumps(_caretaker(store).export(user), ensure_ascii=False, indent=2))


def manage(
    action: Annotated[
        Literal["init", "check"],
        typer.Argument(help="init makes the tables, check says whether they are the right ones."),
    ],
    db: Database = DEFAULT,
) -> None:
    """Make or check the tables of a database."""
    with opened(db, create=action == "init") as store:
        if action == "init":
            store.create_tables()
        try:
            store.users(limit=1)
        except SchemaMismatch as mismatch:
            problems(f"{shown(db)}: {mismatch}")
    show(f"{shown(db)}: the tables are those of this version")
