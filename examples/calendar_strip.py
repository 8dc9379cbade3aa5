"""A day streak drawn as a calendar: weeks are columns, and each day has a mark.

Only the engine is asked. Which days are active: the same rule with a length of one day is earned
on each of them. Whether a gap is forgiven: the run after it is longer than one day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from rich.text import Text

from badge_engine import Event, LoadedPacks, compile_rules, evaluate, progress
from badge_engine.language.calendar_words import WEEKDAYS
from badge_engine.language.rules import Badge, Streak
from badge_engine.language.units import Span
from badge_engine.semantics.resolution import event_types, streak_unit
from examples.fitting import alone

Mark = Literal["active", "forgiven", "paused", "off", "missed", "open"]
LOOKS: Mapping[Mark, tuple[str, str]] = {
    "active": ("■", "bold green"),
    "forgiven": ("○", "yellow"),
    "paused": ("=", "cyan"),
    "off": (" ", ""),
    "missed": ("·", "red"),
    "open": ("?", "bold magenta"),
}
MEANINGS: Mapping[Mark, str] = {
    "active": "active",
    "forgiven": "missed, forgiven",
    "paused": "paused",
    "missed": "missed",
    "open": "today, still open",
}
WEEKS = 30
_DAY = timedelta(days=1)


def is_day_streak(badge: Badge) -> bool:
    """Whether a badge is a streak of days, which this module can draw."""
    rule = badge.rule
    goals = [tier.goal for tier in badge.tiers]
    return isinstance(rule, Streak) and streak_unit(rule, goals) == "day"


def marks(
    packs: LoadedPacks, badge: Badge, history: Sequence[Event], today: date
) -> dict[date, Mark]:
    """What became of each day from the first active one up to today."""
    rule = badge.rule
    assert isinstance(rule, Streak)
    kinds = {*event_types(rule), *rule.paused_by}
    events = [event for event in history if event.type in kinds]
    drawing = _Marking(packs, badge, rule, events)
    return drawing.days(today)


class _Marking:
    def __init__(
        self, packs: LoadedPacks, badge: Badge, rule: Streak, events: Sequence[Event]
    ) -> None:
        self.rule = rule
        self.events = events
        each_day = alone(packs, badge, length=Span(1, "day"), grace=None, repeat=True)
        awards = evaluate(compile_rules(each_day), events)
        self.active = sorted({award.earned_on for award in awards})
        self.rules = compile_rules(alone(packs, badge, length=Span(10**6, "day"), repeat=False))
        self.pauses = {event.day for event in events if event.type in rule.paused_by}

    def days(self, today: date) -> dict[date, Mark]:
        marked: dict[date, Mark] = dict.fromkeys(self.active, "active")
        for before, after in pairwise(self.active):
            if after - before > _DAY:
                marked |= self._gap(before, after, forgiven=self._run_at(after) > 1)
        if self.active and self.active[-1] < today:
            [now] = progress(self.rules, self.events, today=today)
            marked |= self._gap(self.active[-1], today, forgiven=now.state != "broken")
            marked[today] = "open"
        return marked

    def _run_at(self, day: date) -> int:
        """The length of the current run at the end of a day."""
        so_far = [event for event in self.events if event.day <= day]
        [then] = progress(self.rules, so_far, today=day)
        return int(then.value or 0)

    def _gap(self, before: date, after: date, *, forgiven: bool) -> dict[date, Mark]:
        days = [before + number * _DAY for number in range(1, (after - before).days)]
        return {day: self._idle(day, forgiven=forgiven) for day in days}

    def _idle(self, day: date, *, forgiven: bool) -> Mark:
        if self.rule.days and WEEKDAYS[day.weekday()] not in self.rule.days:
            return "off"
        if day in self.pauses:
            return "paused"
        return "forgiven" if forgiven else "missed"


def draw(marked: Mapping[date, Mark], last: date, first_weekday: int = 0) -> list[Text]:
    """Month names, one line a weekday, and a legend, for at most WEEKS weeks up to `last`."""
    end = last - _DAY * ((last.weekday() - first_weekday) % 7)
    begin = max(min(marked, default=last), end - _DAY * 7 * (WEEKS - 1))
    start = begin - _DAY * ((begin.weekday() - first_weekday) % 7)
    weeks = [start + _DAY * 7 * number for number in range((end - start).days // 7 + 1)]
    lines = [_months(weeks)]
    for offset in range(7):
        line = Text(f"  {start + _DAY * offset:%a} ", "dim")
        for week in weeks:
            sign, style = LOOKS[marked.get(week + _DAY * offset, "off")]
            line.append(f" {sign}", style)
        lines.append(line)
    shown = {marked.get(start + _DAY * n) for n in range(7 * len(weeks))}
    return [*lines, Text(), _legend(shown)]


def _months(weeks: Sequence[date]) -> Text:
    """The name of each month above its first week; one that ends at once is left out."""
    line = ""
    for number, week in enumerate(weeks):
        new = number == 0 or week.month != weeks[number - 1].month
        ends = number == 0 and len(weeks) > 1 and week.month != weeks[1].month
        if new and not ends:
            line = line.ljust(7 + 2 * number) + f"{week:%b}"
    return Text(line, "dim")


def _legend(shown: set[Mark | None]) -> Text:
    legend = Text(" " * 7)
    for mark, meaning in MEANINGS.items():
        if mark in shown:
            sign, style = LOOKS[mark]
            legend.append(sign, style).append(f" {meaning}   ", "dim")
    return legend
