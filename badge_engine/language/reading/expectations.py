"""Reads what a test expects: earned or not, on which day, which tiers, how far."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import MOST_DIGITS, NUMBER_PATTERN
from badge_engine.language.kinds.base import entries_of, one_of, read_items, refuse, scalar
from badge_engine.language.kinds.names import instead
from badge_engine.language.kinds.texts import parse_date, words_of
from badge_engine.language.reading.scope import Scope
from badge_engine.language.scenarios import (
    Earned,
    EarnedOn,
    EarnedTiers,
    Expectation,
    NotEarned,
    ProgressIs,
)
from badge_engine.language.text.report import Refused
from badge_engine.language.text.tree import ListNode, MapNode, Node, ScalarNode

FORMS = "earned on day 3, earned, not earned, {progress: 6 of 7} or {earned: [day 7, day 14]}"

_ON = re.compile(r"(?:earned\s+)?on\s+(.+)\Z")
_DAY = re.compile(r"day\s+(\d{1,6})\Z", re.ASCII)
_PROGRESS = re.compile(rf"(-?{NUMBER_PATTERN})\s+of\s+(-?{NUMBER_PATTERN})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExpectationKind:
    """What the test around it allows: days of the strips, tiers and repetition of the badge.

    `last_day` is None in the dated form, which has no day numbers; `tiers` is None where the
    tiers of the badge could not be read.
    """

    starts: date
    last_day: date | None
    tiers: Sequence[str] | None
    repeats: bool

    def read(self, node: Node, scope: Scope) -> Expectation:
        if isinstance(node, ListNode):
            message = "a list stands where an expectation is due"
            raise refuse("bad-expectation", node.place, message, "write {earned: [day 7, day 14]}")
        if isinstance(node, MapNode):
            return self._mapping(node, scope)
        text = scalar(node, "an expectation")
        outcome = self._outcome(text)
        return NotEarned() if outcome is None else Earned(None if outcome is True else outcome)

    def _mapping(self, node: MapNode, scope: Scope) -> Expectation:
        entries = entries_of(node, scope.report)
        if set(entries) == {"progress"}:
            return _progress(entries["progress"].value)
        if set(entries) == {"earned"}:
            return self._occurrences(entries["earned"].value, scope)
        if self.tiers is None:
            raise Refused
        if not self.tiers:
            message = f"{one_of([quoted(name) for name in entries] or ['{}'])} is no expectation"
            raise refuse("bad-expectation", node.place, message, f"write {FORMS}")
        return EarnedTiers(self._tiers(node, scope, self.tiers))

    def _tiers(
        self, node: MapNode, scope: Scope, tiers: Sequence[str]
    ) -> Mapping[str, date | Literal[True] | None]:
        found: dict[str, date | Literal[True] | None] = {}
        refused = False
        for name, entry in entries_of(node, scope.report).items():
            try:
                if name not in tiers:
                    message = f"the badge has no tier {quoted(name)}"
                    raise refuse("unknown-tier", entry.key.place, message, instead(name, tiers, ""))
                found[name] = self._outcome(scalar(entry.value, "earned on day 3 or not earned"))
            except Refused as refusal:
                scope.report.refuse(refusal)
                refused = True
        if refused:
            raise Refused
        missing = [tier for tier in tiers if tier not in found]
        if missing:
            message = f"nothing is expected of the tier {quoted(missing[0])}"
            help_text = f"add {missing[0]}: day 3, or {missing[0]}: not earned"
            raise refuse("bad-expectation", node.place, message, help_text)
        return {tier: found[tier] for tier in tiers}

    def _occurrences(self, node: Node, scope: Scope) -> EarnedOn:
        if self.tiers:
            message = "the badge has tiers, which are expected by name"
            help_text = f"write {{{self.tiers[0]}: day 3, …}}"
            raise refuse("bad-expectation", node.place, message, help_text)
        if isinstance(node, ScalarNode):
            days = [self._day(scalar(node, "a list of days"))]
        else:
            items = read_items(node, "a list of days such as [day 7, day 14]", _Days(self), scope)
            days = [day for _, day in items]
        if len(days) > 1 and not self.repeats:
            message = "the badge can be earned once only"
            raise refuse(
                "bad-expectation",
                node.place,
                message,
                "write one day, or add repeat: true to the rule",
            )
        return EarnedOn(tuple(days))

    def _outcome(self, node: ScalarNode) -> date | Literal[True] | None:
        """A day, True for earned on any day, None for not earned."""
        written = words_of(node)
        if written == "not earned":
            return None
        if written == "earned":
            return True
        on = _ON.match(written)
        if on is None and not _DAY.match(written) and not written[:1].isdigit():
            message = f"{quoted(written)} is no expectation"
            near = written.lower().strip(".!")
            known = near in ("earned", "not earned")
            help_text = f"write {near}" if known else f"write {FORMS}"
            raise refuse("bad-expectation", node.place, message, help_text)
        return self._on(node, on[1] if on else written)

    def _day(self, node: ScalarNode) -> date:
        return self._on(node, words_of(node))

    def _on(self, node: ScalarNode, written: str) -> date:
        """The day of `day 3` or `2026-03-29`."""
        number = _DAY.match(written)
        if number is None:
            if not written[:1].isdigit() or len(written) < len("1-1-1"):
                message = f"{quoted(written)} is not a day"
                help_text = (
                    f"write day {written}"
                    if written.isdigit()
                    else "write it as day 3 or 2026-03-29"
                )
                raise refuse("bad-expectation", node.place, message, help_text)
            day = parse_date(written, node)
        elif self.last_day is None:
            message = "dated events have no day numbers"
            raise refuse("bad-expectation", node.place, message, "write a date such as 2026-03-29")
        else:
            count = int(number[1])
            written_days = (self.last_day - self.starts).days + 1
            if not 1 <= count <= written_days:
                message = f"the strips have days 1 to {written_days}, and no day {count}"
                raise refuse(
                    "day-outside", node.place, message, "correct the day, or write more days"
                )
            return date.fromordinal(self.starts.toordinal() + count - 1)
        if self.last_day is not None and not self.starts <= day <= self.last_day:
            message = f"the strips go from {self.starts} to {self.last_day}"
            raise refuse("day-outside", node.place, message, "correct the day, or write more days")
        return day


@dataclass(frozen=True, slots=True)
class _Days:
    expected: ExpectationKind

    def read(self, node: Node, scope: Scope) -> date:
        return self.expected._day(scalar(node, "a day such as day 7"))  # noqa: SLF001 - of its own kin


def _progress(node: Node) -> ProgressIs:
    text = scalar(node, "progress such as 6 of 7")
    match = _PROGRESS.match(words_of(text))
    if match is None or max(map(len, match.groups())) > MOST_DIGITS:
        message = f"{quoted(text.text)} is no progress"
        raise refuse(
            "bad-expectation", text.place, message, "write two numbers without units: 6 of 7"
        )
    return ProgressIs(Decimal(match[1]) + 0, Decimal(match[2]) + 0)
