"""The commands, and when a run counts as clean."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import islice
from typing import Annotated, Literal, NoReturn, ParamSpec

import typer

from badge_engine.authoring import report
from badge_engine.authoring.near import did_you_mean
from badge_engine.authoring.scenarios import run_tests
from badge_engine.cli import COULD_NOT_RUN
from badge_engine.cli.inputs import (
    Before,
    DayStarts,
    Inputs,
    PackPaths,
    VocabularyPath,
    WeekStarts,
    vocabulary_at,
    with_inputs,
)
from badge_engine.errors import BadgeEngineError, RulePackError
from badge_engine.events import MIDNIGHT
from badge_engine.language import schema
from badge_engine.language.diagnostics import Diagnostic, as_github, as_json, visible
from badge_engine.language.loader import check_paths, load_packs
from badge_engine.language.rules import Comeback, Record
from badge_engine.semantics.compiler import compile_rules
from badge_engine.semantics.evaluate import evaluate, progress
from badge_engine.semantics.explain import explain
from badge_engine.wording import evidence_phrase, explanation_lines, progress_sentence, titles

Given = ParamSpec("Given")
MistakeFormat = Annotated[Literal["text", "json", "github"], typer.Option("--format")]
OnlyBadges = Annotated[
    list[str] | None, typer.Option(help="Only this badge; repeatable.", metavar="ID")
]
PROBLEMS = 1
MOST_IDS = 10
EXIT_STATUS = (
    "Exit status: 0 clean, 1 problems (mistakes, failed tests, refused lines), 2 could not run, "
    "130 interrupted."
)

app = typer.Typer(
    name="badge-engine",
    help="Check, test and run badges whose rules are YAML.",
    epilog=EXIT_STATUS,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def command(name: str) -> Callable[[Callable[Given, None]], Callable[Given, None]]:
    """Register a command; what keeps it from running is told in few words, with status 2."""

    def register(run: Callable[Given, None]) -> Callable[Given, None]:
        @app.command(name, epilog=EXIT_STATUS)
        @wraps(run)
        def guarded(*args: Given.args, **kwargs: Given.kwargs) -> None:
            try:
                run(*args, **kwargs)
            except BrokenPipeError:
                raise
            except RulePackError as error:
                _could_not_run(report.mistakes_text(error.diagnostics))
            except (BadgeEngineError, OSError) as error:
                _could_not_run(f"badge-engine: {error}")

        return guarded

    return register


def _could_not_run(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(COULD_NOT_RUN)


@command("check")
def check_packs(
    paths: PackPaths,
    vocabulary: VocabularyPath = None,
    week_starts: WeekStarts = "monday",
    before: Before = None,
    form: MistakeFormat = "text",
) -> None:
    """Find every mistake in rule packs."""
    try:
        known = vocabulary_at(vocabulary)
        replaced = load_packs(before, known) if before else None
        diagnostics = check_paths(paths, known, week_starts=week_starts, before=replaced)
    except RulePackError as error:  # what the packs are checked against has mistakes of its own
        diagnostics = list(error.diagnostics)
    _print_mistakes(diagnostics, form)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise typer.Exit(PROBLEMS)


@command("test")
def run_scenarios(
    paths: PackPaths,
    vocabulary: VocabularyPath = None,
    week_starts: WeekStarts = "monday",
    day_starts: DayStarts = MIDNIGHT,
    form: MistakeFormat = "text",
) -> None:
    """Run the tests beside the badges."""
    try:
        packs = load_packs(paths, vocabulary_at(vocabulary), week_starts=week_starts)
    except RulePackError as error:
        _print_mistakes(error.diagnostics, form)
        typer.echo("the tests were not run: mend the mistakes first", err=True)
        raise typer.Exit(PROBLEMS) from None
    results = run_tests(packs, compile_rules(packs, week_starts=week_starts), day_starts)
    written = {
        "text": report.results_text,
        "json": report.results_json,
        "github": report.results_github,
    }
    _print(written[form](results))
    if not all(result.passed for result in results):
        raise typer.Exit(PROBLEMS)


@command("evaluate")
@with_inputs
def show_awards(
    inputs: Inputs,
    form: Annotated[Literal["table", "jsonl", "csv"], typer.Option("--format")] = "table",
) -> None:
    """Say which badges the users in files of events have earned."""
    names = titles(inputs.rule_set, inputs.language)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    if form == "csv":
        rows.writerow(report.AWARD_COLUMNS)
    given = 0
    for history in inputs.reading.histories():
        awards = evaluate(inputs.rule_set, history, inputs.moment)
        given += len(awards)
        if form == "csv":
            rows.writerows(map(report.award_as_row, awards))
        elif form == "jsonl":
            _print_json_lines(map(report.award_as_json, awards))
        else:
            if awards and given == len(awards):
                _print(report.award_heading(names) + "\n")
            told = [
                (award, evidence_phrase(award, inputs.rule_set, inputs.language))
                for award in awards
            ]
            _print_block(history.user, report.award_lines(told, names))
    if form == "table":
        _print(report.counted(user=inputs.reading.users, award=given))
    _end(inputs)


@command("progress")
@with_inputs
def show_progress(
    inputs: Inputs,
    badge: OnlyBadges = None,
    form: Annotated[Literal["table", "jsonl"], typer.Option("--format")] = "table",
) -> None:
    """Say how far the users in files of events are with every badge, the nearest first."""
    rules = inputs.rule_set
    _require_badges(inputs, badge or ())
    names = titles(rules, inputs.language)
    unmeasured = {
        badge
        for badge, compiled in rules.badges.items()
        if isinstance(compiled.badge.rule, Record | Comeback)
    }
    for history in inputs.reading.histories():
        states = progress(
            rules, history, inputs.clock, zone=inputs.zone, day_starts=inputs.day_starts
        )
        told = [
            (state, progress_sentence(state, rules.badges[state.badge], rules, inputs.language))
            for state in states
            if not badge or state.badge in badge
        ]
        if form == "jsonl":
            _print_json_lines(
                report.progress_as_json(history.user, state, said) for state, said in told
            )
        else:
            _print_block(
                history.user, report.progress_lines(report.nearest_first(told), names, unmeasured)
            )
    _end(inputs)


@command("explain")
@with_inputs
def show_explanation(
    inputs: Inputs,
    badge: Annotated[str, typer.Option(help="The id of the badge.", metavar="ID")],
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Say why a user has a badge, or why not."""
    if inputs.user is None:
        raise typer.BadParameter("explain speaks of one user; name one", param_hint="--user")
    rules = inputs.rule_set
    _require_badges(inputs, [badge])
    for history in inputs.reading.histories():
        explanation = explain(
            rules, history, badge, inputs.clock, zone=inputs.zone, day_starts=inputs.day_starts
        )
        if form == "json":
            _print(json.dumps(report.explanation_as_json(explanation), ensure_ascii=False))
        else:
            lines = explanation_lines(explanation, rules, inputs.language)
            _print(report.explanation_text(lines))
    _end(inputs)


@command("schema")
def show_schema(kind: Annotated[Literal["pack", "vocabulary"], typer.Argument()] = "pack") -> None:
    """Print the JSON Schema of packs or vocabularies."""
    written = schema.pack_schema() if kind == "pack" else schema.vocabulary_schema()
    _print(schema.as_json(written).rstrip())


@command("vocabulary")
def show_vocabulary(
    vocabulary: VocabularyPath = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Describe the event types and fields that rules may speak of."""
    known = vocabulary_at(vocabulary)
    if form == "json":
        _print(known.model_dump_json(indent=2, exclude_none=True))
    else:
        _print("\n".join(report.vocabulary_lines(known)))


def _require_badges(inputs: Inputs, badges: Iterable[str]) -> None:
    known = inputs.rule_set.badges
    for badge in badges:
        if badge not in known:
            some = [*islice(known, MOST_IDS), *["…"] * (len(known) > MOST_IDS)]
            hint = did_you_mean(badge, known) or f"; there are {', '.join(some)}"
            raise typer.BadParameter(f"no badge {badge!r}{hint}", param_hint="--badge")


def _print_mistakes(diagnostics: Sequence[Diagnostic], form: str) -> None:
    written = {"text": report.mistakes_text, "json": as_json, "github": as_github}[form](
        diagnostics
    )
    _print(written)
    if form == "text":
        errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
        warnings = len(diagnostics) - errors
        _print(("\n" if written else "") + report.counted(mistake=errors, warning=warnings))


def _print_json_lines(lines: Iterable[object]) -> None:
    for line in lines:
        _print(json.dumps(line, ensure_ascii=False))


def _print_block(user: str, lines: Iterable[str]) -> None:
    block = list(lines)
    if block:
        _print("\n".join([visible(user), *block, ""]))


def _print(text: str) -> None:
    if text:
        sys.stdout.write(text + "\n")


def _end(inputs: Inputs) -> None:
    refusals = inputs.reading.refusals
    refusals.tell()
    for note in inputs.reading.unknowns.notes():
        typer.echo(note, err=True)
    if inputs.user is not None and not inputs.reading.users:
        hint = did_you_mean(inputs.user, inputs.reading.other_users)
        _could_not_run(f"badge-engine: there is no event of user {inputs.user!r}{hint}")
    if refusals.count:
        typer.echo(f"{report.counted(line=refusals.count)} refused", err=True)
        raise typer.Exit(PROBLEMS)
