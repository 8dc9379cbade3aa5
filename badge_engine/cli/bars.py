"""How far a long run is, on a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def counting(doing: str) -> Iterator[Callable[[], None]]:
    """What is to be called for each user, while nobody knows how many there are."""
    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn(doing + ": {task.completed:,.0f} users"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=not console.is_interactive,
    )
    task = bar.add_task(doing, total=None)
    with bar:
        yield lambda: bar.advance(task)
