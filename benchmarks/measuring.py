"""How a figure is taken: processor seconds of this process, or wall time of several by turns."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

Argument = TypeVar("Argument")

ROUNDS = 7

Work = Iterator[Callable[[], object]]
"""Calls to be timed, one after another; what `next` does is not."""


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The least processor time that the work took."""
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


def by_turns(
    works: Mapping[str, Work], rounds: int, calls: int = 1, warm_up: int = 1
) -> dict[str, list[float]]:
    """The wall seconds of each call, `calls` of each work a round.

    Works take turns, so that a machine that others use slows all of them alike.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(-warm_up, rounds):
        for name, work in works.items():
            for _ in range(calls):
                call = next(work)
                begin = time.perf_counter()
                call()
                if number >= 0:
                    taken[name].append(time.perf_counter() - begin)
    return taken


def calls(function: Callable[[Argument], object], arguments: Iterable[Argument]) -> Work:
    """Calls of a function with one argument after another."""
    return (partial(function, argument) for argument in arguments)


def machine() -> str:
    """A line that says when and where the figures were taken."""
    day = datetime.now().astimezone().date()
    return f"{day}, Python {platform.python_version()}, {platform.machine()}"
