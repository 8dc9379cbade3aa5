"""What the measurements of stores give, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import attrgetter
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Line:
    """One figure; `ratio` is what it is of the yardstick named by `against`, if there is one."""

    part: str
    what: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    goal: str = ""


def counted(number: int, what: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def typical(taken: Sequence[float], kinds: int) -> float:
    """The mean over kinds of calls, which take turns, of the median of each."""
    return sum(median(taken[kind::kinds]) for kind in range(kinds)) / kinds


def show(title: str, lines: Sequence[Line]) -> None:
    """One table, part by part."""
    table = Table("what", "measured", "unit", "ratio", "against", "goal", title=title)
    for part, own in groupby(lines, key=attrgetter("part")):
        table.add_section()
        table.add_row(f"[bold]{part}")
        for line in own:
            ratio = "" if line.ratio is None else f"{line.ratio:.3g}"
            value = f"{line.value:,.0f}" if line.value >= 100 else f"{line.value:.3g}"
            table.add_row(line.what, value, line.unit, ratio, line.against, line.goal)
    Console(width=120).print(table)


def as_json(title: str, lines: Sequence[Line]) -> str:
    """The same for programs."""
    return json.dumps({"title": title, "lines": [asdict(line) for line in lines]}, indent=2)
