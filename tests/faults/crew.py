"""The processes of a campaign: workers that are replaced when they die, and others beside them."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep

from tests.faults import care, worker
from tests.faults.care import Care, CareOrders
from tests.faults.worker import REFUSED, Orders

PATIENCE = 60.0
_CRASHES = 5
_ANSWERED = b'{"answers":'
_REFUSED = f'{{"note":"{REFUSED}"}}'.encode()

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.faults.__main__"])


class Stuck(RuntimeError):
    """What had to happen did not, or workers crash again and again."""


@dataclass
class Crew:
    """All workers, one process each at any time."""

    folder: Path
    url: str
    seed: int
    workers: int
    users: int
    lock_timeout: float
    findings: list[str] = field(default_factory=list)
    killed: int = 0
    orders: list[Orders] = field(default_factory=list)
    _running: dict[int, BaseProcess] = field(default_factory=dict)
    _caring: list[tuple[CareOrders, BaseProcess]] = field(default_factory=list)
    _cares: int = 0
    _read: Counter[int] = field(default_factory=Counter)
    _answered: Counter[int] = field(default_factory=Counter)
    _refused: Counter[int] = field(default_factory=Counter)
    _stopping: bool = False

    def start(self) -> None:
        for number in range(self.workers):
            place = (self.folder, self.url, self.seed, number, self.users, self.lock_timeout)
            self.orders.append(Orders(*place))
            self._employ(number)

    def _employ(self, number: int) -> None:
        process = processes.Process(target=worker.main, args=[self.orders[number]], daemon=True)
        process.start()
        self._running[number] = process

    def process(self, number: int) -> BaseProcess:
        return self._running[number]

    def take_care(self, kind: Care) -> BaseProcess:
        """Begin a backfill or a comparison beside the traffic."""
        self._cares += 1
        orders = CareOrders(self.folder, self.url, self._cares, kind, self.lock_timeout)
        process = processes.Process(target=care.main, args=[orders], daemon=True)
        process.start()
        self._caring.append((orders, process))
        return process

    def tend(self) -> None:
        """Replace workers that died, and read what those who took care have found."""
        for number, process in list(self._running.items()):
            if not process.is_alive():
                self._bury(number, process)
        for orders, process in list(self._caring):
            if not process.is_alive():
                self._caring.remove((orders, process))
                self._discharge(orders, process)

    def _bury(self, number: int, process: BaseProcess) -> None:
        code = process.exitcode
        process.close()
        del self._running[number]
        if code == -signal.SIGKILL:
            self.killed += 1
        elif code != 0 or not self._stopping:
            crash = self.folder / f"worker-{number}.crash"
            told = crash.read_text() if crash.exists() else ""
            self.findings.append(f"worker {number} ended with {code}:\n{told}")
            if len(self.findings) >= _CRASHES:
                raise Stuck("workers crash again and again")
        if code != 0 or not self._stopping:
            self._employ(number)

    def _discharge(self, orders: CareOrders, process: BaseProcess) -> None:
        code = process.exitcode
        process.close()
        if code == -signal.SIGKILL:
            self.killed += 1
            return
        found = orders.report.read_text() if orders.report.exists() else ""
        if code or found:
            self.findings.append(f"{orders.care} ended with {code}:\n{found}")

    def answered(self) -> int:
        """How many steps were answered so far."""
        self._read_journals()
        return self._answered.total()

    def refused(self) -> list[int]:
        """How often each worker refused broken rules so far."""
        self._read_journals()
        return [self._refused[number] for number in range(self.workers)]

    def _read_journals(self) -> None:
        for number, orders in enumerate(self.orders):
            if orders.journal.exists():
                with orders.journal.open("rb") as file:
                    file.seek(self._read[number])
                    news = file.read()
                whole = news[: news.rfind(b"\n") + 1]
                self._read[number] += len(whole)
                self._answered[number] += whole.count(_ANSWERED)
                self._refused[number] += whole.count(_REFUSED)

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Tend until something has happened; Stuck when it does not."""
        deadline = monotonic() + PATIENCE
        while not until():
            if monotonic() > deadline:
                raise Stuck(f"in {PATIENCE:.0f} s it did not happen that {what}")
            self.tend()
            sleep(0.005)

    def await_steps(self, count: int) -> None:
        """Wait until so many more steps were answered."""
        goal = self.answered() + count
        self.wait(lambda: self.answered() >= goal, f"{count} more steps were answered")

    def finish(self) -> None:
        """Let everybody come to an end."""
        self.wait(lambda: not self._caring, "backfill and reconcile came to an end")
        self._stopping = True
        (self.folder / "stop").touch()
        self.wait(lambda: not self._running, "workers came to an end")

    def kill(self) -> None:
        """End whoever is left."""
        left = [*self._running.values(), *(process for _, process in self._caring)]
        for process in left:
            process.kill()
            process.join()
            process.close()
        self._running.clear()
        self._caring.clear()
