"""Reads day strips: one token a day, `|` where a week ends, `x*7` for seven days.

Also decides whether an `x` of a strip could ever count for the rule, and what to add if not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from badge_engine.events import Value
from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.amounts import MOST_DIGITS, NUMBER_PATTERN
from badge_engine.language.kinds.base import refuse, scalar
from badge_engine.language.kinds.names import CALENDAR_UNITS
from badge_engine.language.kinds.texts import words_of
from badge_engine.language.reading.scope import Scope
from badge_engine.language.rules import Count, FieldTest, OverEvents, Streak
from badge_engine.language.scenarios import DayMark, Strip
from badge_engine.language.text.report import Mistake, Refused
from badge_engine.language.text.source import Place
from badge_engine.language.text.tree import Node, ScalarNode

MOST_DAYS = 3660
MOST_A_DAY = 1000

_TOKEN = re.compile(
    rf"(?:(?P<times>\d{{1,4}})?x|(?P<rest>\.)|(?P<reading>[+-]?{NUMBER_PATTERN}))"
    r"(?:\*(?P<repeat>\d{1,5}))?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class StripRules:
    """What a strip is read for: the criteria that read its event type, and the test's data."""

    event: str
    criteria: Sequence[OverEvents] | None
    starts: date
    data: Mapping[str, Value]


def read_strip(node: Node, rules: StripRules, scope: Scope) -> Strip:
    """The days of a strip, or Refused."""
    text = scalar(node, "a strip such as x x . x")
    written = words_of(text)
    reading = _StripReading(text, rules, scope)
    for word, offset, place in _words(text, scope):
        reading.take(word, offset, place)
        if reading.too_long:
            break
    if reading.refused:
        raise Refused
    if not reading.days:
        raise refuse(
            "no-value", text.place, "the strip has no days", "write x for a day, . for none"
        )
    reading.check_marks()
    return Strip(written, tuple(reading.days), reading.field)


def _words(node: ScalarNode, scope: Scope) -> Iterator[tuple[str, int, Place]]:
    """Each word with its offset in the strip's text and its place in the file."""
    source, position, offset = scope.report.source.text, node.start, 0
    for word in node.text.split():
        found = source.find(word, position, node.end)
        place = Place(found, found + len(word)) if found >= 0 else node.place
        position = place.end if found >= 0 else position
        yield word, offset, place
        offset += len(word) + 1


class _StripReading:
    def __init__(self, node: ScalarNode, rules: StripRules, scope: Scope) -> None:
        self.node = node
        self.rules = rules
        self.scope = scope
        self.days: list[DayMark] = []
        self.refused = False
        self.field: str | None = None
        self.first_x: Place | None = None
        self.too_long = False
        self.lines_wrong = False
        self.readings_wrong = False

    def take(self, word: str, offset: int, place: Place) -> None:
        try:
            if word == "|":
                self._week_line(place)
            else:
                self._day(word, offset, place)
        except Refused as refused:
            self.scope.report.refuse(refused)
            self.refused = True

    def _day(self, word: str, offset: int, place: Place) -> None:
        match = _TOKEN.match(word)
        if match is None:
            message = f"{quoted(word)} is no day of a strip"
            raise refuse("bad-token", place, message, _token_help(word))
        repeat = int(match["repeat"] or 1)
        times = 0 if match["rest"] or match["reading"] else int(match["times"] or 1)
        if not repeat or (match["times"] and not 1 <= times <= MOST_A_DAY):
            message = f"{quoted(word)} is no day of a strip"
            fewer = "write fewer" if times else "write . for a day without"
            help_text = fewer if repeat else "write 1 or more after the star"
            raise refuse("bad-token", place, message, help_text)
        if len(self.days) + repeat > MOST_DAYS:
            self.too_long = True
            message = f"the strip has more than {MOST_DAYS} days"
            raise refuse("strip-too-long", place, message, "write a shorter one, or dated events")
        reading = self._reading(match["reading"], place) if match["reading"] else None
        if times and self.first_x is None:
            self.first_x = place
        self.days += [DayMark(times, reading, offset)] * repeat

    def _reading(self, written: str, place: Place) -> Decimal:
        if len(written) > MOST_DIGITS:
            message = f"{quoted(written, 20)} is out of range"
            raise refuse("number-too-large", place, message, "use at most 10^12")
        if self.field is None:
            self.field = self._only_field(written, place)
        return Decimal(written) + 0

    def _only_field(self, written: str, place: Place) -> str | None:
        """The field of a reading; None where the rule is not known for certain."""
        if self.rules.criteria is None or self.readings_wrong:
            return None
        read = {_field_read(criterion) for criterion in self.rules.criteria}
        fields = sorted(field for field in read if field is not None)
        if len(fields) == 1:
            return fields[0]
        self.readings_wrong = True
        raise _reading_without_field(written, place, fields, self.rules)

    def _week_line(self, place: Place) -> None:
        day = date.fromordinal(self.rules.starts.toordinal() + len(self.days))
        beyond = (day.weekday() - self.scope.first_weekday) % 7
        if beyond and not self.lines_wrong and not self.refused:
            self.lines_wrong = True
            message = f"a week line stands after day {len(self.days)}"
            ends = len(self.days) - beyond + 7
            help_text = f"move it behind day {ends}, the last of its week"
            raise refuse("week-line", place, message, help_text)

    def check_marks(self) -> None:
        """Report an `x` that no criterion could ever count."""
        if self.first_x is None or not self.rules.criteria:
            return
        lacks = [self._lack(criterion) for criterion in self.rules.criteria]
        if all(lacks):
            message, help_text = lacks[0] or ("", "")
            self.scope.report.add(Mistake("never-counts", self.first_x, message, help_text))
            raise Refused

    def _lack(self, criterion: OverEvents) -> tuple[str, str] | None:
        """Why an `x` can never count for a criterion, and what to do; None where it can."""
        if self.rules.event in getattr(criterion, "paused_by", ()):
            return None
        for name, test in criterion.where.items():
            if name == "time":
                message = "x has no time of day, and the rule asks for one"
                return message, "write dated events with at: instead of a strip"
            known = name in self.rules.data or name in ("weekday", "month") or test.exists is False
            if not known:
                message = f"x has no {quoted(name)}, and the rule asks for it"
                return message, f"add with: {{{name}: {_example(test)}}} to the test"
        field = _field_read(criterion)
        if field is None or field in self.rules.data or self.field is not None:
            return None
        message = f"x has no {quoted(field)}, and the rule reads it"
        return message, f"write the {field} in place of x, or add with: {{{field}: …}} to the test"


def _reading_without_field(
    written: str, place: Place, fields: Sequence[str], rules: StripRules
) -> Refused:
    if fields:
        message = f"{quoted(written)} could be a reading of {' or '.join(fields)}"
        help_text = "write dated events that name the field"
    else:
        message = f"{quoted(written)} is a reading, and the rule reads no field of {rules.event}"
        help_text = f"write {written}x for several on a day, or x and with: {{minutes: {written}}}"
    return refuse("reading-without-field", place, message, help_text)


def _field_read(criterion: OverEvents) -> str | None:
    """The field whose readings a criterion looks at."""
    if isinstance(criterion, Streak):
        return criterion.total
    if isinstance(criterion, Count):
        return criterion.distinct if criterion.distinct not in CALENDAR_UNITS else None
    field: str | None = getattr(criterion, "field", None)
    return field


def _example(test: FieldTest) -> str:
    """A value that passes a test of `where`."""
    for bound, step in ((test.at_least, 0), (test.at_most, 0), (test.above, 1), (test.below, -1)):
        if bound is not None:
            return f"{bound.number + step:f}"
    if test.between is not None:
        return str(getattr(test.between[0], "number", "…"))
    if test.any_of is not None:
        value = test.any_of[0]
        return str(value).lower() if isinstance(value, bool) else str(value)
    if test.includes is not None:
        return f"[{', '.join(test.includes)}]"
    return "…"


def _token_help(word: str) -> str:
    for pattern, help_text in _TOKEN_HELPS.items():
        if re.fullmatch(pattern, word):
            return help_text.format(
                spaced=" ".join(word.lower()), count=word[1:], point=word.replace(",", ".")
            )
    return "write x, ., 2x, a number, or x*7 for seven days"


_TOKEN_HELPS = {
    r"[xX.]{2,}": "put spaces between the days: {spaced}",
    r"x\d+": "write x*{count} for {count} days, {count}x for several on one day",
    "[X\u2713\u2714]": "write x",
    "[-_o\u2013\u2014]": "write . for a day without",
    rf"{NUMBER_PATTERN}[^\W\d_]+": "write the number without its unit",
    r"\d+,\d+": "write {point}",
}
