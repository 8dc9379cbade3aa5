"""How a figure is taken: processor seconds of this process, the best of several rounds."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from datetime import datetime

ROUNDS = 7


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The least processor time that the work took."""
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


def machine() -> str:
    """A line that says when and where the figures were taken."""
    day = datetime.now().astimezone().date()
    return f"{day}, Python {platform.python_version()}, {platform.machine()}"
