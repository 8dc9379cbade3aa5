"""Commands that answer questions about users: what they have earned, how far they are, and why."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

import typer

from badge_engine.authoring import report
from badge_engine.authoring.near import did_you_mean
from badge_engine.cli.application import could_not_run, show, show_block, show_lines
from badge_engine.cli.databases import opened, require_known, users_of
from badge_engine.cli.inputs import Histories, Stored, Users, with_inputs
from badge_engine.cli.options import Language, OnlyBadges
from badge_engine.cli.reading import Reading
from badge_engine.engine.engine import HELD
from badge_engine.engine.records import award_as_json
from badge_engine.language.rules import Comeback, Record
from badge_engine.outcomes import Award, Explanation, Progress, Status
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import evaluate, progress
from badge_engine.semantics.explain import explain
from badge_engine.wording import evidence_phrase, explanation_lines, progress_sentence, titles

AwardFormat = Annotated[Literal["table", "jsonl", "csv"], typer.Option("--format")]
Listed = TypeVar("Listed")
MOST_IDS = 10


@dataclass
class _Listing(Generic[Listed]):
    """Awards of one user after another, in one of three forms."""

    form: str
    columns: Sequence[str]
    heading: str
    as_row: Callable[[Listed], Sequence[object]]
    as_json: Callable[[Listed], dict[str, Any]]
    as_lines: Callable[[Listed], Iterable[str]]
    users: int = 0
    awards: int = 0

    def __post_init__(self) -> None:
        self._rows = csv.writer(sys.stdout, lineterminator="\n")
        if self.form == "csv":
            self._rows.writerow(self.columns)

    def add(self, user: str, awards: Sequence[Listed]) -> None:
        if self.form == "csv":
            self._rows.writerows(map(self.as_row, awards))
        elif self.form == "jsonl":
            show_lines(map(self.as_json, awards))
        else:
            if awards and not self.awards:
                show(self.heading + "\n")
            show_block(user, (line for award in awards for line in self.as_lines(award)))
        self.users += 1
        self.awards += len(awards)

    def end(self) -> None:
        if self.form == "table":
            show(report.counted(user=self.users, award=self.awards))


@with_inputs(Histories)
def show_evaluated(inputs: Histories, form: AwardFormat = "table") -> None:
    """Say which badges the users in files of events have earned."""
    rules = inputs.rule_set
    names = titles(rules, inputs.language)

    def as_lines(award: Award) -> Iterator[str]:
        return report.award_lines([(award, evidence_phrase(award, rules, inputs.language))], names)

    listing = _Listing(
        form,
        report.AWARD_COLUMNS,
        report.award_heading(names),
        report.award_as_row,
        award_as_json,
        as_lines,
    )
    for history in inputs.reading.histories():
        listing.add(history.user, evaluate(rules, history, inputs.moment))
    listing.end()
    _end(inputs.reading, inputs.user)


@with_inputs(Stored)
def show_recorded(
    inputs: Stored,
    status: Annotated[
        Literal["earned", "kept", "revoked", "all"] | None,
        typer.Option(help="Only awards of this status.", show_default="earned and kept"),
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="Also say what happened to each award, and why.")
    ] = False,
    language: Language = "en",
    form: AwardFormat = "table",
) -> None:
    """Say which awards are recorded in a database."""
    if audit and form == "csv":
        raise typer.BadParameter("csv has no room for it; use table or jsonl", param_hint="--audit")
    rules = inputs.rule_set
    names = report.Names(titles(rules, language))
    wanted = {None: HELD, "all": get_args(Status)}.get(status, (status,))

    def as_lines(entry: report.Recorded) -> Iterator[str]:
        basis = _basis(entry.award.award, rules, language)
        return report.recorded_lines(entry, basis, names, audit=audit)

    listing = _Listing(
        form,
        report.RECORDED_COLUMNS,
        report.award_heading(names),
        report.recorded_as_row,
        partial(report.recorded_as_json, audit=audit),
        as_lines,
    )
    with opened(inputs.db) as store:
        for user in users_of(inputs.over(store), inputs.user):
            with store.view(user) as view:
                recorded = report.recorded(view.awards(), view.audit() if audit else ())
            listing.add(user, [one for one in recorded if one.award.status in wanted])
    listing.end()


def _basis(award: Award, rules: RuleSet, language: str) -> str:
    """What an award stands on, in the words of its rule if that is still the same."""
    compiled = rules.badges.get(award.badge)
    if compiled is None:
        return f"{report.bare_evidence(award.evidence)}; a badge of none of these packs"
    if compiled.rule_version != award.rule_version:
        return f"{report.bare_evidence(award.evidence)}; by another version of its rule"
    return evidence_phrase(award, rules, language)


@with_inputs(Users)
def show_progress(
    inputs: Users,
    badge: OnlyBadges = None,
    form: Annotated[Literal["table", "jsonl"], typer.Option("--format")] = "table",
) -> None:
    """Say how far users are with every badge, the nearest first."""
    rules = inputs.rule_set
    _require_badges(rules, badge or ())
    names = titles(rules, inputs.language)
    unmeasured = {
        badge
        for badge, compiled in rules.badges.items()
        if isinstance(compiled.badge.rule, Record | Comeback)
    }
    for user, states in _progress(inputs):
        told = [
            (state, progress_sentence(state, rules.badges[state.badge], rules, inputs.language))
            for state in states
            if not badge or state.badge in badge
        ]
        if form == "jsonl":
            show_lines(report.progress_as_json(user, state, said) for state, said in told)
        else:
            nearest = report.nearest_first(told)
            show_block(user, report.progress_lines(nearest, names, unmeasured))
    if inputs.db is None:
        _end(inputs.reading, inputs.user)


def _progress(inputs: Users) -> Iterator[tuple[str, Sequence[Progress]]]:
    rules, zone = inputs.rule_set, inputs.zone
    if inputs.db is None:
        for history in inputs.reading.histories():
            yield (
                history.user,
                progress(rules, history, inputs.clock, zone=zone, day_starts=inputs.day_starts),
            )
        return
    with opened(inputs.db) as store:
        engine = inputs.over(store)
        for user in users_of(engine, inputs.user):
            yield user, engine.progress(user, inputs.moment, zone=zone, reveal=True)


@with_inputs(Users)
def show_explanation(
    inputs: Users,
    badge: Annotated[str, typer.Option(help="The id of the badge.", metavar="ID")],
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Say why a user has a badge, or why not."""
    if inputs.user is None:
        raise typer.BadParameter("explain speaks of one user; name one", param_hint="--user")
    rules = inputs.rule_set
    _require_badges(rules, [badge])
    for explanation in _explanations(inputs, inputs.user, badge):
        if form == "json":
            show(json.dumps(report.explanation_as_json(explanation), ensure_ascii=False))
        else:
            lines = explanation_lines(explanation, rules, inputs.language)
            show(report.explanation_text(lines))
    if inputs.db is None:
        _end(inputs.reading, inputs.user)


def _explanations(inputs: Users, user: str, badge: str) -> Iterator[Explanation]:
    """One, or none where the user is not in the files."""
    rules, zone = inputs.rule_set, inputs.zone
    if inputs.db is None:
        for history in inputs.reading.histories():
            yield explain(
                rules, history, badge, inputs.clock, zone=zone, day_starts=inputs.day_starts
            )
        return
    with opened(inputs.db) as store:
        require_known(store, user)
        yield inputs.over(store).explain(user, badge, inputs.moment, zone=zone, reveal=True)


def _require_badges(rules: RuleSet, badges: Iterable[str]) -> None:
    known = rules.badges
    for badge in badges:
        if badge not in known:
            some = [*islice(known, MOST_IDS), *["…"] * (len(known) > MOST_IDS)]
            hint = did_you_mean(badge, known) or f"; there are {', '.join(some)}"
            raise typer.BadParameter(f"no badge {badge!r}{hint}", param_hint="--badge")


def _end(reading: Reading, user: str | None) -> None:
    """Say what became of lines that gave no event, and whether the user was there."""
    reading.tell()
    if user is not None and not reading.users:
        hint = did_you_mean(user, reading.other_users)
        could_not_run(f"badge-engine: there is no event of user {user!r}{hint}")
    reading.judge()
