"""Commands about rule packs and what they are written with; none of them looks at users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from badge_engine.authoring import report
from badge_engine.authoring.scenarios import run_tests
from badge_engine.cli.application import PROBLEMS, say, show
from badge_engine.cli.options import (
    Before,
    DayStarts,
    PackPaths,
    VocabularyPath,
    WeekStarts,
    vocabulary_at,
)
from badge_engine.errors import RulePackError
from badge_engine.instants import MIDNIGHT
from badge_engine.language import schema
from badge_engine.language.diagnostics import Diagnostic, as_github, as_json
from badge_engine.language.loader import check_paths, load_packs
from badge_engine.semantics.compiler import compile_rules

MistakeFormat = Annotated[Literal["text", "json", "github"], typer.Option("--format")]


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
    _show_mistakes(diagnostics, form)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise typer.Exit(PROBLEMS)


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
        _show_mistakes(error.diagnostics, form)
        say("the tests were not run: mend the mistakes first")
        raise typer.Exit(PROBLEMS) from None
    results = run_tests(packs, compile_rules(packs, week_starts=week_starts), day_starts)
    written = {
        "text": report.results_text,
        "json": report.results_json,
        "github": report.results_github,
    }
    show(written[form](results))
    if not all(result.passed for result in results):
        raise typer.Exit(PROBLEMS)


def show_schema(kind: Annotated[Literal["pack", "vocabulary"], typer.Argument()] = "pack") -> None:
    """Print the JSON Schema of packs or vocabularies."""
    written = schema.pack_schema() if kind == "pack" else schema.vocabulary_schema()
    show(schema.as_json(written).rstrip())


def show_vocabulary(
    vocabulary: VocabularyPath = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Describe the event types and fields that rules may speak of."""
    known = vocabulary_at(vocabulary)
    if form == "json":
        show(known.model_dump_json(indent=2, exclude_none=True))
    else:
        show("\n".join(report.vocabulary_lines(known)))


def _show_mistakes(diagnostics: Sequence[Diagnostic], form: str) -> None:
    written = {"text": report.mistakes_text, "json": as_json, "github": as_github}[form](
        diagnostics
    )
    show(written)
    if form == "text":
        errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
        warnings = len(diagnostics) - errors
        show(("\n" if written else "") + report.counted(mistake=errors, warning=warnings))
