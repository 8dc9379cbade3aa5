"""Awards, progress and explanations as lines for people and as JSON and CSV for machines."""

from __future__ import annotations

import json
import textwrap
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from badge_engine.authoring.scenarios import ScenarioResult
from badge_engine.engine import records
from badge_engine.engine.engine import Difference
from badge_engine.language.diagnostics import Diagnostic, as_github, visible
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.outcomes import (
    AuditEntry,
    Award,
    AwardKey,
    Evidence,
    Explanation,
    LedgerAward,
    Progress,
)
from badge_engine.wording import Line

AWARD_COLUMNS = (
    "user",
    "badge",
    "tier",
    "occurrence",
    "earned_on",
    "earned_at",
    "event",
    "first_day",
    "last_day",
    "count",
    "rule_version",
)
RECORDED_COLUMNS = (*AWARD_COLUMNS, "status", "recorded_at", "celebrate", "seen_at")
WIDTH = 80

_LONGEST_TITLE = 24
_TIER_WIDTH = len("tier or #")
_AUDIT_MARGIN = " " * 14
_DIFFERENCES = {
    "missing": "given by rules and events, and not recorded as earned",
    "surplus": "recorded as earned, and not given by rules and events",
    "different": "recorded with another day, event or rule version than rules and events give",
    "states": "What is remembered for the next event is not what the events give.",
    "rules": "These rules have not been applied to this user yet.",
}


class Names(dict[str, str]):
    """Names of badges by id; one of no pack is called by its id."""

    def __missing__(self, badge: str) -> str:
        return badge


def award_as_row(award: Award) -> list[object]:
    """The same as cells under AWARD_COLUMNS; no tier is an empty cell."""
    return _row(records.award_as_json(award), AWARD_COLUMNS)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An award as it is stored, and what happened to it, the oldest first."""

    award: LedgerAward
    audit: tuple[AuditEntry, ...] = ()


def recorded(awards: Iterable[LedgerAward], audit: Iterable[AuditEntry]) -> list[Recorded]:
    """Awards, each with its own entries of an audit."""
    happened: dict[AwardKey, list[AuditEntry]] = defaultdict(list)
    for entry in audit:
        happened[entry.key].append(entry)
    return [Recorded(award, tuple(happened[award.key])) for award in awards]


def recorded_as_json(recorded: Recorded, *, audit: bool = False) -> dict[str, Any]:
    """Both halves of an award, and with `audit` what happened to it."""
    both = records.recorded_as_json(recorded.award)
    if not audit:
        return both
    return both | {"audit": [records.audit_as_json(entry) for entry in recorded.audit]}


def recorded_as_row(recorded: Recorded) -> list[object]:
    """The same as cells under RECORDED_COLUMNS, without the audit."""
    return _row(recorded_as_json(recorded), RECORDED_COLUMNS)


def _row(parts: Mapping[str, Any], columns: Iterable[str]) -> list[object]:
    flat = {**parts, **parts["evidence"]}
    cells = (flat[name] for name in columns)
    written = {None: "", True: "true", False: "false"}
    return [written[cell] if cell is None or isinstance(cell, bool) else cell for cell in cells]


def progress_as_json(user: str, progress: Progress, sentence: str) -> dict[str, Any]:
    """Progress with exact whole numbers; other values are rounded to the decimals of the field."""
    return {
        "user": user,
        "badge": progress.badge,
        "tier": progress.tier,
        "occurrence": progress.occurrence,
        "state": progress.state,
        "value": _number(progress.value, progress.decimals),
        "target": _number(progress.target, progress.decimals),
        "unit": progress.unit,
        "ratio": float(progress.ratio),
        "best": progress.best,
        "expires_on": progress.expires_on and progress.expires_on.isoformat(),
        "period_ends": progress.period_ends and progress.period_ends.isoformat(),
        "sentence": sentence,
    }


def explanation_as_json(explanation: Explanation) -> dict[str, Any]:
    """The tree, node by node."""
    progress = explanation.progress
    return {
        "badge": explanation.badge,
        "criterion": explanation.criterion,
        "holds": explanation.holds,
        "state": progress.state,
        "value": _number(progress.value, progress.decimals),
        "target": _number(progress.target, progress.decimals),
        "unit": progress.unit,
        "evidence": explanation.evidence and records.evidence_as_json(explanation.evidence),
        "blocking_day": explanation.blocking_day and explanation.blocking_day.isoformat(),
        "blocking_parts": list(explanation.blocking_parts),
        "considered": explanation.considered,
        "matched": explanation.matched,
        "requirements": [asdict(requirement) for requirement in explanation.requirements],
        "left_out": [
            {"event": event.event, "day": event.day.isoformat(), "settings": list(event.settings)}
            for event in explanation.left_out
        ],
        "awards": [records.award_as_json(award) for award in explanation.awards],
        "parts": [explanation_as_json(part) for part in explanation.parts],
    }


def _number(value: Fraction | None, decimals: int) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(round(value, decimals))


def award_lines(told: Iterable[tuple[Award, str]], titles: Mapping[str, str]) -> Iterator[str]:
    """One award after the other: day, badge, tier or occurrence, and what it stands on."""
    for award, basis in told:
        which = _which(award.tier, award.occurrence)
        yield from _folded(
            _award_start(str(award.earned_on), titles[award.badge], which, titles), basis
        )


def _which(tier: str | None, occurrence: int) -> str:
    return tier or (f"#{occurrence}" if occurrence > 1 else "")


def recorded_lines(
    recorded: Recorded, basis: str, titles: Mapping[str, str], *, audit: bool = False
) -> Iterator[str]:
    """The same for an award as it is stored; `audit` adds what happened to it, line by line."""
    entry = recorded.award
    mark = "" if entry.status == "earned" else f"{entry.status}; "
    yield from award_lines([(entry.award, mark + basis)], titles)
    if audit:
        told = "to be celebrated" if entry.celebrate else "in silence"
        seen = f", seen {_minute(entry.seen_at)}" if entry.seen_at else ""
        yield f"{_AUDIT_MARGIN}recorded {_minute(entry.recorded_at)}, {told}{seen}"
        for one in recorded.audit:
            yield f"{_AUDIT_MARGIN}{one.kind} {_minute(one.at)}, {_cause(one)}"


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%MZ}"


def _cause(entry: AuditEntry) -> str:
    causes = {
        "events": "after several events" if entry.event is None else f"after event {entry.event}",
        "rules": "by edited rules",
        "backfill": "by a backfill",
        "reconcile": "by a repair",
    }
    return causes[entry.cause]


def bare_evidence(evidence: Evidence) -> str:
    """Evidence whose rule is not at hand."""
    first, last = evidence.first_day, evidence.last_day
    days = f"on {first}" if first == last else f"from {first} to {last}"
    return f"event {evidence.event}: {evidence.count} {days}"


def difference_lines(differences: Sequence[Difference], titles: Mapping[str, str]) -> Iterator[str]:
    """Where the awards of a user are not what rules and events give, and why that may be so."""
    for difference in differences:
        if difference.key is None:
            yield from _folded("  ", _DIFFERENCES[difference.kind])
    for difference in differences:
        if difference.key is not None:
            badge, tier, occurrence = difference.key
            title, which = _fitted(titles[badge], _title_width(titles)), _which(tier, occurrence)
            start = f"  {title}  {which:<{_TIER_WIDTH}}  "
            yield from _folded(start, _DIFFERENCES[difference.kind])


def difference_as_json(user: str, difference: Difference) -> dict[str, Any]:
    """The kind of a difference, and the award; no badge where all of the user's are meant."""
    badge, tier, occurrence = difference.key or (None, None, None)
    return {
        "user": user,
        "kind": difference.kind,
        "badge": badge,
        "tier": tier,
        "occurrence": occurrence,
    }


def numbers(things: Mapping[str, int], otherwise: str) -> str:
    """Numbers of things, but for those that are zero: `2 new, 1 kept`."""
    return ", ".join(f"{number} {thing}" for thing, number in things.items() if number) or otherwise


def award_heading(titles: Mapping[str, str]) -> str:
    """The names of the columns of `award_lines`."""
    return _award_start("earned on", "badge", "tier or #", titles) + "because of"


def _award_start(day: str, title: str, which: str, titles: Mapping[str, str]) -> str:
    return f"  {day:<10}  {_fitted(title, _title_width(titles))}  {which:<{_TIER_WIDTH}}  "


def _title_width(titles: Mapping[str, str]) -> int:
    return min(max(map(len, titles.values()), default=0), _LONGEST_TITLE)


def _fitted(text: str, width: int) -> str:
    shown = visible(text)
    return f"{shown:<{width}}" if len(shown) <= width else f"{shown[: width - 1]}…"


def nearest_first(told: Iterable[tuple[Progress, str]]) -> list[tuple[Progress, str]]:
    """What is nearest to be earned first, what has been earned last."""
    return sorted(told, key=lambda one: (one[0].state == "earned", -one[0].ratio))


def progress_lines(
    told: Iterable[tuple[Progress, str]], titles: Mapping[str, str], unmeasured: Container[str] = ()
) -> Iterator[str]:
    """One badge after the other: percent, name, and its sentence, folded to the width.

    The ids in `unmeasured` are of badges that know no part of the way: they have no percent.
    """
    width = _title_width(titles)
    for state, sentence in told:
        share = "-" if state.badge in unmeasured else f"{int(state.ratio * 100)} %"
        share = "earned" if state.state == "earned" else share
        start = f"  {share:>6}  {_fitted(titles[state.badge], width)}  "
        yield from _folded(start, sentence)


def vocabulary_lines(vocabulary: Vocabulary) -> Iterator[str]:
    """Event types with their fields: what they hold, in which unit, and what they are called."""
    for name, event_type in vocabulary.events.items():
        yield name + (f"  ({event_type.label})" if event_type.label not in (None, name) else "")
        width = max(map(len, event_type.fields), default=0)
        for field, definition in event_type.fields.items():
            parts: list[str] = [definition.type]
            if definition.type == "number":
                parts[0] += f", {definition.decimals} decimals"
            if definition.unit:
                parts.append(definition.unit)
            if definition.label not in (None, field):
                parts.append(f"“{definition.label}”")
            if definition.sensitive:
                parts.append("sensitive")
            yield f"  {field:<{width}}  {', '.join(parts)}"


def explanation_text(lines: Iterable[Line]) -> str:
    """The tree as indented lines, folded to the width; a mark says what holds and what does not."""
    return "\n".join(_tree(lines))


def _tree(lines: Iterable[Line], margin: str = "") -> Iterator[str]:
    marks = {True: "✓", False: "✗", None: "·"}
    for told in lines:
        yield from _folded(f"{margin}{'  ' * told.depth}{marks[told.holds]} ", told.text)


def mistakes_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Diagnostics for people, a blank line between two, their help folded to the width."""
    return "\n\n".join("\n".join(_mistake(diagnostic)) for diagnostic in diagnostics)


def _mistake(diagnostic: Diagnostic) -> list[str]:
    *lines, last = str(diagnostic).split("\n")
    if diagnostic.help is None or len(last) <= WIDTH:
        return [*lines, last]
    before, mark, advice = last.partition("help: ")
    return [*lines, *_folded(before + mark, advice)]


def counted(**things: int) -> str:
    """Numbers of things: `no mistakes, 1 warning`."""
    return ", ".join(
        f"{number or 'no'} {thing}{'' if number == 1 else 's'}" for thing, number in things.items()
    )


def results_text(results: Sequence[ScenarioResult]) -> str:
    """Failed tests, each drawn, and how many there were."""
    lines: list[str] = []
    for result in results:
        if not result.passed:
            place = f"{result.path}:{result.line}:{result.column}"
            lines.append(f"{place}: failed: {result.badge}: {result.name}")
            lines += _folded("  expected: ", result.expected)
            lines += _folded("  happened: ", result.happened)
            lines += _tree(result.because, "  ")
            lines += ["", *(f"  {line}" for line in result.drawing)]
            lines += [*_folded("  read as: ", result.read_as), ""]
    failed = sum(not result.passed for result in results)
    return "\n".join([*lines, f"{counted(test=len(results))}, {failed or 'none'} failed"])


def _folded(start: str, text: str) -> list[str]:
    return textwrap.wrap(
        visible(text),
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,  # a date stays whole
    )


def results_json(results: Iterable[ScenarioResult]) -> str:
    """All tests as a JSON array of objects."""
    return json.dumps([asdict(result) for result in results], ensure_ascii=False)


def results_github(results: Iterable[ScenarioResult]) -> str:
    """Failed tests as workflow commands, which GitHub shows beside the source."""
    return as_github(
        Diagnostic(
            code="failed-test",
            message=f"{result.badge}: {result.name}: expected {result.expected}, "
            f"but {result.happened}",
            path=result.path,
            line=result.line,
            column=result.column,
            end_column=result.column + 1,
        )
        for result in results
        if not result.passed
    )
