"""What evaluate, progress and explain are asked about: events, rules, and the host's settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Concatenate, Literal

import typer

from badge_engine.authoring.clocks import parse_moment
from badge_engine.authoring.eventfiles import Intake, event_files
from badge_engine.authoring.reasons import about_zone
from badge_engine.cli.reading import Reading
from badge_engine.cli.refusals import Refusals
from badge_engine.errors import InvalidEvent
from badge_engine.events import MIDNIGHT, require_zone
from badge_engine.language.loader import (
    load_packs,
    load_vocabulary,
    shipped_rules,
    shipped_vocabulary,
)
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import RuleSet, compile_rules


def _day_start(text: str | time) -> time:
    if isinstance(text, time):  # the default
        return text
    try:
        start = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall clock
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time; write it as 03:00") from None
    if start >= time(12):
        raise typer.BadParameter(f"{text!r} is too late; use 00:00 to 11:59")
    return start


def _zone(name: str) -> str:
    try:
        require_zone(name)
    except InvalidEvent:
        raise typer.BadParameter(about_zone(name)) from None
    return name


PackPaths = Annotated[
    list[Path],
    typer.Argument(help="Rule packs: YAML files, or folders of them.", metavar="PATH", exists=True),
]
EventPaths = Annotated[
    list[Path],
    typer.Argument(
        help="Events: JSON Lines or CSV, plain or gzip; a folder for all its files, - for stdin.",
        metavar="EVENTS",
    ),
]
RulePaths = Annotated[
    list[Path] | None,
    typer.Option(
        help="A rule pack or a folder of them; repeatable.",
        metavar="PATH",
        show_default="the shipped packs",
        exists=True,
    ),
]
Before = Annotated[
    list[Path] | None,
    typer.Option(
        help="The packs that these replace: warns of ids that changed; repeatable.",
        metavar="PATH",
        exists=True,
    ),
]
VocabularyPath = Annotated[
    Path | None,
    typer.Option(
        help="Event types and their fields.",
        show_default="the shipped ones",
        metavar="FILE",
        exists=True,
        dir_okay=False,
    ),
]
WeekStarts = Annotated[
    Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    typer.Option(help="The day on which a week starts.", metavar="DAY"),
]
DayStarts = Annotated[
    time,
    typer.Option(
        help="When a day starts; earlier hours belong to the day before. 00:00 to 11:59.",
        metavar="HH:MM",
        parser=_day_start,
        show_default="00:00",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        help="The zone of times without an offset, such as Europe/Lisbon.",
        metavar="ZONE",
        parser=_zone,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        help="The moment to speak of, a time or a date (its end): it counts as now. Nothing later "
        "counts; lines more than 26 hours after it are refused, the first 3 told, the others "
        "counted. The computer's clock if absent.",
        metavar="TIME",
    ),
]
Language = Annotated[
    str, typer.Option(help="The language of names and sentences, such as de.", metavar="CODE")
]
OnlyUser = Annotated[str | None, typer.Option(help="Only this user.", metavar="KEY")]


@dataclass(frozen=True)
class Inputs:
    """The arguments and options that these commands share; raises as the loaders do."""

    events: EventPaths
    rules: RulePaths = None
    vocabulary: VocabularyPath = None
    zone: Zone = None
    as_of: AsOf = None
    week_starts: WeekStarts = "monday"
    day_starts: DayStarts = MIDNIGHT
    user: OnlyUser = None
    language: Language = "en"

    @cached_property
    def rule_set(self) -> RuleSet:
        if not self.rules:
            typer.echo("note: no --rules given; these are the shipped packs", err=True)
        packs = load_packs(
            self.rules or [shipped_rules()],
            vocabulary_at(self.vocabulary),
            week_starts=self.week_starts,
        )
        return compile_rules(packs, week_starts=self.week_starts)

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

    @cached_property
    def reading(self) -> Reading:
        intake = Intake(self.rule_set.vocabulary, self.clock, self.zone, self.day_starts)
        files = event_files(self.events)
        said_by = "the computer's clock" if self.as_of is None else "--as-of"
        return Reading(files, intake, Refusals(files, self.clock, said_by), self.user)


def vocabulary_at(path: Path | None) -> Vocabulary:
    """The vocabulary in a file, or the shipped one."""
    return shipped_vocabulary() if path is None else load_vocabulary(path)


def with_inputs(run: Callable[Concatenate[Inputs, ...], None]) -> Callable[..., None]:
    """Give a command the shared arguments and options before its own."""
    shared = inspect.signature(Inputs, eval_str=True).parameters
    _, *own = inspect.signature(run, eval_str=True).parameters.values()

    def command(**given: Any) -> None:  # noqa: ANN401 - whatever the options hold
        run(Inputs(**{name: given.pop(name) for name in shared}), **given)

    command.__doc__ = run.__doc__
    named = [part.replace(kind=part.KEYWORD_ONLY) for part in (*shared.values(), *own)]
    vars(command)["__signature__"] = inspect.Signature(named)
    return command
