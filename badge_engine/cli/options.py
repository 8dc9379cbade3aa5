"""The arguments and options of the commands: their types, and what they say in `--help`."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Literal

import typer

from badge_engine.authoring.reasons import about_zone
from badge_engine.cli.databases import url_of
from badge_engine.errors import InvalidEvent
from badge_engine.instants import require_zone
from badge_engine.language.loader import load_vocabulary, shipped_rules, shipped_vocabulary
from badge_engine.language.vocabulary import Vocabulary

SHIPPED = "shipped"


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


def _rule_path(text: str) -> Path:
    path = shipped_rules() if text == SHIPPED else Path(text)
    if not path.exists():
        raise typer.BadParameter(f"{text!r} does not exist")
    return path


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
MaybeEventPaths = Annotated[
    list[Path],
    typer.Argument(
        help="Events, as for evaluate; or --db instead of them.",
        metavar="EVENTS",
        default_factory=list,
        show_default=False,
    ),
]
RulePaths = Annotated[
    list[Path],
    typer.Option(
        help="A rule pack or a folder of them; repeatable.",
        metavar="PATH",
        default_factory=list,
        show_default="the shipped packs",
        exists=True,
    ),
]
NeededRulePaths = Annotated[
    list[Path],
    typer.Option(
        help=f"A rule pack or a folder of them, or {SHIPPED} for the shipped packs; repeatable.",
        metavar="PATH",
        parser=_rule_path,
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
OneUser = Annotated[str, typer.Option("--user", help="The user.", metavar="KEY")]
After = Annotated[
    str | None,
    typer.Option(help="Only users whose keys follow this one, to go on there.", metavar="KEY"),
]
OnlyBadges = Annotated[
    list[str] | None, typer.Option(help="Only this badge; repeatable.", metavar="ID")
]
Database = Annotated[
    str,
    typer.Option(
        "--db",
        help="The database: a URL such as postgresql://coach@localhost/club, or the path of an "
        "SQLite file that ends in .db or .sqlite.",
        metavar="URL",
        parser=url_of,
    ),
]
MaybeDatabase = Annotated[
    str | None,
    typer.Option("--db", help="A database in place of EVENTS.", metavar="URL", parser=url_of),
]
Summary = Annotated[Literal["text", "json"], typer.Option("--format")]


def vocabulary_at(path: Path | None) -> Vocabulary:
    """The vocabulary in a file, or the shipped one."""
    return shipped_vocabulary() if path is None else load_vocabulary(path)
