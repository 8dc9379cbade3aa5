"""Watch badges being earned: in the sample club, or in a folder of anybody's events.

`python -m examples.demo [FOLDER]`; --help tells the options.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from io import TextIOWrapper
from pathlib import Path
from time import perf_counter

from badge_engine import (
    BadgeEngineError,
    LoadedPacks,
    RulePackError,
    Vocabulary,
    compile_rules,
    load_packs,
    load_vocabulary,
)
from badge_engine.authoring.clocks import end_of_day, parse_moment
from badge_engine.instants import require_zone
from badge_engine.language.diagnostics import as_text
from badge_engine.language.loader import shipped_rules
from examples.club import DAYS, FIRST_DAY, final_lines, operations, write_lines
from examples.fitting import fitting
from examples.folder import Folder, files_below, vocabulary_in
from examples.people import People
from examples.screen import Screen

CLUB = Path(__file__).resolve().parent.parent / "build" / "club.jsonl"
CLUB_ENDS = FIRST_DAY + timedelta(days=DAYS - 1)
MOST_PEOPLE = 12
COULD_NOT_RUN = 2


@dataclass
class Chosen:
    """What the command line asks for."""

    folder: Path | None
    rules: list[Path] | None
    vocabulary: Path | None
    zone: str
    as_of: str | None
    user: str | None

    @property
    def moment(self) -> datetime | None:
        """The moment to speak of; None for the last day of each person."""
        if self.as_of is not None:
            return parse_moment(self.as_of, self.zone)
        return end_of_day(CLUB_ENDS, None, time()) if self.folder is None else None


def main(arguments: list[str] | None = None) -> None:
    """Run the demo: exit status 0, or 2 with a reason if it cannot run."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        show(_chosen(arguments))
    except RulePackError as error:
        print(as_text(error.diagnostics), file=sys.stderr)
        raise SystemExit(COULD_NOT_RUN) from None
    except (BadgeEngineError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        raise SystemExit(COULD_NOT_RUN) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _chosen(arguments: list[str] | None) -> Chosen:
    parser = argparse.ArgumentParser(prog="examples.demo", description="Watch badges being earned.")
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER",
        help="events of your own, JSON Lines or CSV, in a folder and the folders in it; "
        "the sample club if absent",
    )  # fmt: skip
    parser.add_argument(
        "--rules", action="append", type=Path, metavar="PATH",
        help="a rule pack or a folder of them, repeatable; the shipped ones if absent",
    )  # fmt: skip
    parser.add_argument(
        "--vocabulary", type=Path, metavar="FILE",
        help="event types and their fields; if absent vocabulary.yaml or events.yaml in FOLDER, "
        "else the shipped ones",
    )  # fmt: skip
    parser.add_argument("--zone", default="UTC", help="of times without an offset; UTC if absent")
    parser.add_argument("--as-of", metavar="TIME", help="a time or a date: nothing later counts")
    parser.add_argument("--user", metavar="KEY", help="the person to look at more closely")
    return Chosen(**vars(parser.parse_args(arguments)))


def show(chosen: Chosen) -> None:
    """Read, judge and print; raises as the loaders do."""
    begun = perf_counter()
    require_zone(chosen.zone)
    screen = Screen()
    packs, left_out = _packs(chosen)
    rules = compile_rules(packs)
    with screen.waiting("reading and judging events"):
        folder = _folder(chosen, packs.vocabulary)
        people = People(rules, chosen.moment, chosen.zone)
        people.judge(folder.histories(), MOST_PEOPLE, chosen.user)
    screen.heading(chosen.folder or CLUB, people, perf_counter() - begun)
    screen.notes(folder, left_out)
    if not people.shown:
        screen.nobody(chosen.user)
        return
    screen.overview(people)
    person = people.telling()
    screen.close_up(person, packs)
    if chosen.folder is None:
        screen.hints(CLUB, person)
    else:
        screen.advice(folder, chosen.folder)


def _packs(chosen: Chosen) -> tuple[LoadedPacks, list[str]]:
    """The packs to judge by, and the ids of shipped badges that the vocabulary has no words for."""
    beside = vocabulary_in(chosen.folder) if chosen.folder is not None else None
    file = chosen.vocabulary or beside
    if chosen.rules is not None or file is None:
        vocabulary = None if file is None else load_vocabulary(file)
        return load_packs(chosen.rules or shipped_rules(), vocabulary), []
    shipped = load_packs(shipped_rules())
    usable = fitting(shipped, load_vocabulary(file))
    kept = {badge.id for badge in usable}
    return usable, [badge.id for badge in shipped if badge.id not in kept]


def _folder(chosen: Chosen, vocabulary: Vocabulary) -> Folder:
    if chosen.folder is not None:
        clock = max(datetime.now(UTC), chosen.moment or datetime.now(UTC))
        return Folder(files_below(chosen.folder), vocabulary, clock, chosen.zone)
    CLUB.parent.mkdir(exist_ok=True)
    write_lines(CLUB, final_lines(operations()))
    club_clock = end_of_day(CLUB_ENDS, None)
    return Folder([CLUB], vocabulary, club_clock, chosen.zone)


if __name__ == "__main__":
    main()
