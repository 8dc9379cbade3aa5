"""Draws the history of a test as it was read: day strips with week lines and carets, or a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from badge_engine.events import Value
from badge_engine.language.scenarios import DayMark, Item, Scenario

WIDTH = 76
_MOST_ROWS = 4
_MOST_GROUPS = 12
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Caret:
    """A day to point at, and what to say about it; `event` decides in the dated form."""

    label: str
    day: date
    event: str | None = None


def day_text(scenario: Scenario, day: date) -> str:
    """A day as the test counts it: `day 7 (Sunday 2026-01-11)`, or the date in the dated form."""
    if not scenario.strips:
        return f"{day} ({day:%A})"
    return f"day {(day - scenario.starts).days + 1} ({day:%A} {day})"


def days_text(scenario: Scenario, days: Sequence[date]) -> str:
    """One day in full, several by their numbers or dates: `days 2, 5, 8`."""
    if len(days) == 1:
        return day_text(scenario, days[0])
    if not scenario.strips:
        return ", ".join(map(str, days))
    return "days " + ", ".join(str((day - scenario.starts).days + 1) for day in days)


def draw(scenario: Scenario, carets: Sequence[Caret], first_weekday: int = 0) -> list[str]:
    """The lines of a drawing; only what is told beside a caret goes beyond WIDTH columns.

    `first_weekday` is 0 for Monday.
    """
    if not scenario.strips:
        return list(_listed(scenario, carets))
    return list(_Chart(scenario, carets, first_weekday).lines())


class _Chart:
    """Columns are days, one row a week or several, as many as fit; a long one is abridged."""

    def __init__(self, scenario: Scenario, carets: Sequence[Caret], first_weekday: int) -> None:
        self._scenario = scenario
        self._carets = carets
        self._first_weekday = first_weekday
        pointed = [caret.day for caret in carets]
        first = min([scenario.starts, *pointed])
        last = max([scenario.last_day or scenario.starts, *pointed])
        self._days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self._cells = {"day": {day: str((day - scenario.starts).days + 1) for day in self._days}}
        for name, strip in scenario.strips.items():
            self._cells[name] = {
                scenario.starts + timedelta(days=n): token(mark)
                for n, mark in enumerate(strip.days)
            }
        self._label_width = max(map(len, [*self._cells, *(caret.label for caret in carets)]))

    def lines(self) -> Iterator[str]:
        rows = self._rows()
        shown = [row for row in rows if len(rows) <= _MOST_ROWS or self._matters(row)]
        for number, row in enumerate(shown):
            if number and rows.index(row) > rows.index(shown[number - 1]) + 1:
                yield "…"
            elif number:
                yield ""
            yield from self._row(row)

    def _rows(self) -> list[list[date]]:
        rows: list[list[date]] = []
        room = 0
        for _, week in groupby(self._days, self._week):
            days = list(week)
            needed = sum(self._width(day) + 1 for day in days) + 2
            if needed > room:
                rows.append([])
                room = WIDTH - self._label_width
            rows[-1] += days
            room -= needed
        return rows

    def _week(self, day: date) -> int:
        return (day.toordinal() - 1 - self._first_weekday) // 7

    def _width(self, day: date) -> int:
        return max(len(cells.get(day, "")) for cells in self._cells.values())

    def _matters(self, row: list[date]) -> bool:
        pointed = any(caret.day in row for caret in self._carets)
        return pointed or row[0] == self._days[0] or row[-1] == self._days[-1]

    def _row(self, row: list[date]) -> Iterator[str]:
        for name, cells in self._cells.items():
            yield self._line(name, cells, row, between="|")
        for label in dict.fromkeys(caret.label for caret in self._carets):
            days = [c.day for c in self._carets if c.label == label and c.day in row]
            if days:
                carets = self._line(label, dict.fromkeys(days, "^"), row)
                told = len(days) <= _MOST_TOLD
                yield carets + (f" {days_text(self._scenario, days)}" if told else "")

    def _line(
        self, label: str, cells: Mapping[date, str], row: list[date], between: str = " "
    ) -> str:
        text = f"{label:<{self._label_width}} "
        for number, day in enumerate(row):
            if number and self._week(day) != self._week(row[number - 1]):
                text += f" {between}"
            text += " " + cells.get(day, "").rjust(self._width(day))
        return text.rstrip()


def token(mark: DayMark) -> str:
    """A day of a strip as it is written."""
    if mark.reading is not None:
        return format(mark.reading, "f")
    return {0: ".", 1: "x"}.get(mark.times, f"{mark.times}x")


def _listed(scenario: Scenario, carets: Sequence[Caret]) -> Iterator[str]:
    for item in scenario.items:
        decides = [f"  <- {caret.label} {caret.day}" for caret in carets if caret.event == item.id]
        yield _item_text(item) + "".join(decides)


def _item_text(item: Item) -> str:
    if item.event is None:
        return f"retract {item.id}"
    operation = f"{item.operation} {item.id}".removeprefix("record ")
    return f"{operation}: {_when(item)}  {item.event}{data_text(item.data)}"


def _when(item: Item) -> str:
    """The day or wall clock as the event knows it, and where."""
    if item.at is None:
        return f"{item.day} {item.zone or ''}".rstrip()
    if item.zone is None:
        return str(item.at)
    wall = item.at.astimezone(ZoneInfo(item.zone)).replace(tzinfo=None)
    return f"{wall} {item.zone}"


def data_text(data: Mapping[str, Value]) -> str:
    """The fields of an event: `, minutes 30, kind run`."""
    return "".join(f", {name} {value_text(value)}" for name, value in data.items())


def value_text(value: Value) -> str:
    """A value as it is written in a pack."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def read_as(scenario: Scenario) -> str:
    """What the strips were read as: `days 1-6 workout; day 7 nothing`; empty for the dated form."""
    if not scenario.strips:
        return ""
    length = max(len(strip.days) for strip in scenario.strips.values())
    contents = [_content(scenario, number) for number in range(length)]
    groups = [
        (numbers[0] + 1, numbers[-1] + 1, content) for content, numbers in _neighbours(contents)
    ]
    shown = [
        f"{f'day {first}' if first == last else f'days {first}-{last}'} {content}"
        for first, last, content in groups[:_MOST_GROUPS]
    ]
    shown += ["…"] if len(groups) > _MOST_GROUPS else []
    carried = f"; each with{data_text(scenario.with_)[1:]}" if scenario.with_ else ""
    return "; ".join(shown) + carried


def _neighbours(contents: Iterable[str]) -> Iterator[tuple[str, list[int]]]:
    for content, numbered in groupby(enumerate(contents), key=lambda pair: pair[1]):
        yield content, [number for number, _ in numbered]


def _content(scenario: Scenario, number: int) -> str:
    found = []
    for name, strip in scenario.strips.items():
        mark = strip.days[number] if number < len(strip.days) else DayMark()
        if mark.reading is not None:
            found.append(f"{name} {token(mark)}")
        elif mark.times:
            found.append(name if mark.times == 1 else f"{name} {mark.times} times")
    return " and ".join(found) or "nothing"
