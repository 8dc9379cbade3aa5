"""What commands are asked about, in groups of arguments and options: rules, events, databases."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Concatenate, TypeVar

import typer

from badge_engine.authoring.clocks import parse_moment
from badge_engine.authoring.eventfiles import Intake, event_files
from badge_engine.cli.application import say
from badge_engine.cli.databases import DEFAULT
from badge_engine.cli.options import (
    AsOf,
    Database,
    DayStarts,
    EventPaths,
    Language,
    MaybeDatabase,
    MaybeEventPaths,
    NeededRulePaths,
    OnlyUser,
    RulePaths,
    VocabularyPath,
    WeekStarts,
    Zone,
    vocabulary_at,
)
from badge_engine.cli.reading import Reading
from badge_engine.cli.refusals import Refusals
from badge_engine.engine.engine import Engine
from badge_engine.errors import InvalidEvent
from badge_engine.instants import MIDNIGHT
from badge_engine.language.loader import load_packs, shipped_rules
from badge_engine.ports import Store
from badge_engine.semantics.compiler import RuleSet, compile_rules

Group = TypeVar("Group")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules to speak by; they are read once, and raise as the loaders do."""

    rules: RulePaths
    vocabulary: VocabularyPath = None
    week_starts: WeekStarts = "monday"

    @cached_property
    def rule_set(self) -> RuleSet:
        if not self.rules:
            say("note: no --rules given; these are the shipped packs")
        packs = load_packs(
            self.rules or [shipped_rules()],
            vocabulary_at(self.vocabulary),
            week_starts=self.week_starts,
        )
        return compile_rules(packs, week_starts=self.week_starts)

    def over(self, store: Store) -> Engine:
        """The engine that follows these rules."""
        return Engine(store, self.rule_set)


@dataclass(frozen=True, kw_only=True)
class Present(Rules):
    """Rules, and what counts as now and here."""

    zone: Zone = None
    as_of: AsOf = None
    day_starts: DayStarts = MIDNIGHT

    @cached_property
    def moment(self) -> datetime | None:
        """What `--as-of` says, None if it is not given."""
        if self.as_of is None:
            return None
        try:
            return parse_moment(self.as_of, self.zone, self.day_starts)
        except InvalidEvent as refused:
            raise typer.BadParameter(str(refused), param_hint="--as-of") from None

    @cached_property
    def clock(self) -> datetime:
        """What counts as now."""
        return self.moment or datetime.now(UTC)

    def over(self, store: Store) -> Engine:
        return Engine(
            store,
            self.rule_set,
            clock=lambda: self.moment or datetime.now(UTC),
            day_starts=self.day_starts,
        )

    def read(
        self, paths: Sequence[Path], user: str | None = None, *, slowly: bool = False
    ) -> Reading:
        """Files of events on their way in, only those of one user if one is named."""
        intake = Intake(self.rule_set.vocabulary, self.clock, self.zone, self.day_starts)
        files = event_files(paths)
        said_by = "the computer's clock" if self.as_of is None else "--as-of"
        refusals = Refusals(files, self.clock, said_by)
        return Reading(files, intake, refusals, user, slowly=slowly)


@dataclass(frozen=True, kw_only=True)
class Histories(Present):
    """Users in files of events."""

    events: EventPaths
    user: OnlyUser = None
    language: Language = "en"

    @cached_property
    def reading(self) -> Reading:
        return self.read(self.events, self.user)


@dataclass(frozen=True, kw_only=True)
class Users(Present):
    """Users in files of events, or in a database."""

    events: MaybeEventPaths
    db: MaybeDatabase = None
    user: OnlyUser = None
    language: Language = "en"

    def __post_init__(self) -> None:
        if bool(self.events) == (self.db is not None):
            message = "name files of events, or a database with --db: one of the two"
            raise typer.BadParameter(message, param_hint="EVENTS or --db")

    @cached_property
    def reading(self) -> Reading:
        return self.read(self.events, self.user)


@dataclass(frozen=True, kw_only=True)
class Arrivals(Present):
    """Files of events on their way into a database.

    Rules are named: by others than before, awards are recorded that nothing takes away again.
    """

    rules: NeededRulePaths
    events: EventPaths
    db: Database = DEFAULT

    @cached_property
    def reading(self) -> Reading:
        return self.read(self.events, slowly=True)


@dataclass(frozen=True, kw_only=True)
class Stored(Rules):
    """Users in a database."""

    db: Database = DEFAULT
    user: OnlyUser = None


@dataclass(frozen=True, kw_only=True)
class Kept(Stored):
    """Users in a database whose awards are brought in line with rules, which are named."""

    rules: NeededRulePaths


def with_inputs(
    group: type[Group],
) -> Callable[[Callable[Concatenate[Group, ...], None]], Callable[..., None]]:
    """Give a command the arguments and options of a group before its own."""

    def given_to(run: Callable[Concatenate[Group, ...], None]) -> Callable[..., None]:
        shared = inspect.signature(group, eval_str=True).parameters
        _, *own = inspect.signature(run, eval_str=True).parameters.values()

        def command(**given: Any) -> None:  # noqa: ANN401 - whatever the options hold
            run(group(**{name: given.pop(name) for name in shared}), **given)

        command.__doc__ = run.__doc__
        named = [part.replace(kind=part.KEYWORD_ONLY) for part in (*shared.values(), *own)]
        vars(command)["__signature__"] = inspect.Signature(named)
        return command

    return given_to
