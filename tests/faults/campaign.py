"""A campaign from its start to its report."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from badge_engine.stores.sqlalchemy import SqlStore
from tests.faults.care import CareOrders, carer, fill
from tests.faults.crew import Crew, Stuck
from tests.faults.databases import Database, postgres_database, sqlite_database
from tests.faults.journal import read
from tests.faults.nemesis import Nemesis, schedule
from tests.faults.packs import Shelf
from tests.faults.verdict import Verdict, judge

DATABASES = {"postgresql": postgres_database, "sqlite": sqlite_database}
WARMING_UP = 10
FINAL = 1_000_000
"""The number of the last backfill, after that of any other."""

Told = Callable[[str], object]


@dataclass(frozen=True)
class Settings:
    """What a campaign is to be; `lock_timeout` is in seconds."""

    database: str = "postgresql"
    faults: int = 20
    seed: int = 1
    workers: int = 4
    users: int = 8
    lock_timeout: float = 1.0

    @property
    def command(self) -> str:
        return (
            f"python -m tests.faults --database {self.database} --faults {self.faults}"
            f" --seed {self.seed} --workers {self.workers}"
        )


@dataclass
class Report:
    """What a campaign came to; `folder` holds its journals where something was found."""

    settings: Settings
    faults: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    steps: int = 0
    operations: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    folder: Path | None = None

    @property
    def findings(self) -> list[str]:
        return self.verdict.findings

    def lines(self) -> Iterator[str]:
        for kind, count in sorted(self.faults.items()):
            yield f"{count:6}  {kind}"
        yield f"{self.faults.total():6}  faults; {self.killed} processes were killed"
        yield f"{self.operations:6}  operations acknowledged, in {self.steps} steps"
        troubles = ", ".join(f"{count} {name}" for name, count in sorted(self.troubles.items()))
        yield f"{self.repeated:6}  steps may have been done twice; errors: {troubles or 'none'}"
        yield f"{self.verdict.events:6}  events and {self.verdict.awards} awards stored"
        yield f"{len(self.verdict.lost):6}  lost"
        yield f"{len(self.verdict.doubled):6}  doubled"
        yield f"{len(self.verdict.wrong):6}  wrong"
        if self.findings:
            yield from self.findings
            yield f"again: {self.settings.command}"
            yield f"the journals, and what was done when, are in {self.folder}"


def run(settings: Settings, on_fault: Told = lambda _: None) -> Report:
    """Run a campaign; `on_fault` is told of each fault after it was injected."""
    report = Report(settings)
    with _kept_where_needed(report) as folder, DATABASES[settings.database](folder) as database:
        database.create()
        shelf = Shelf(folder)
        shelf.publish()
        crew = Crew(
            folder=folder,
            url=database.url,
            seed=settings.seed,
            workers=settings.workers,
            users=settings.users,
            lock_timeout=settings.lock_timeout,
        )
        try:
            _wage(report, crew, Nemesis(crew, database, shelf), on_fault)
            report.verdict = _verdict(report, folder, database)
        except Stuck as stuck:
            report.verdict.wrong.append(str(stuck))
        finally:
            crew.kill()
        report.killed = crew.killed
        report.verdict.wrong += crew.findings
    return report


def _wage(report: Report, crew: Crew, nemesis: Nemesis, on_fault: Told) -> None:
    """Let the crew work and the nemesis rage, until all faults are injected."""
    crew.start()
    crew.await_steps(WARMING_UP)
    settings = report.settings
    with (crew.folder / "nemesis.log").open("w", buffering=1) as log:
        for fault in schedule(settings.seed, settings.faults, list(nemesis.kinds)):
            done = nemesis.inject(fault)
            report.faults[fault.kind] += 1
            log.write(f"{fault.number} after {crew.answered()} steps: {fault.kind}: {done}\n")
            on_fault(f"{fault.kind}: {done}")
            crew.await_steps(fault.gap)
    crew.finish()


def _verdict(report: Report, folder: Path, database: Database) -> Verdict:
    """Bring the last rules to everybody, then compare."""
    database.release()
    told = [read(folder / f"worker-{number}.journal") for number in range(report.settings.workers)]
    for one in told:
        report.steps += len(one.sent)
        report.operations += one.acknowledged
        report.troubles.update(name for name, _ in one.troubles)
        report.repeated += sum(sent.repeated for sent in one.sent)
    engine = carer(CareOrders(folder, database.plain_url, FINAL, "backfill", lock_timeout=10))
    fill(engine)
    assert isinstance(engine.store, SqlStore)
    verdict = judge(engine, engine.store, told)
    engine.store.close()
    return verdict


@contextmanager
def _kept_where_needed(report: Report) -> Iterator[Path]:
    """A folder for the campaign, which stays only where something was found."""
    folder = Path(tempfile.mkdtemp(prefix="badge-faults-"))
    try:
        yield folder
    finally:
        if report.findings or sys.exc_info()[0] is not None:
            report.folder = folder
        else:
            shutil.rmtree(folder)
