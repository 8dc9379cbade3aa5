"""The faults that are injected, and how; a seed says which ones, in which order and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from time import sleep

from tests.faults.crew import Crew
from tests.faults.databases import Database, PostgresDatabase, SqliteDatabase
from tests.faults.packs import Shelf
from tests.faults.wire import Cut
from tests.faults.worker import MOMENTS

Injection = Callable[[Random], str]


@dataclass(frozen=True)
class Fault:
    """One fault; `gap` is how many steps are answered after it before the next one."""

    number: int
    kind: str
    seed: str
    gap: int


def schedule(seed: int, faults: int, kinds: list[str]) -> Iterator[Fault]:
    """Every kind once in an order drawn by lot, then all of them again."""
    random = Random(f"{seed}/nemesis")
    left: list[str] = []
    for number in range(faults):
        if not left:
            left = random.sample(kinds, len(kinds))
        yield Fault(number, left.pop(), f"{seed}/fault/{number}", random.randint(3, 25))


class Nemesis:
    """Injects faults of the kinds that make sense for a database."""

    def __init__(self, crew: Crew, database: Database, shelf: Shelf) -> None:
        self._crew = crew
        self._shelf = shelf
        self.kinds = self._of_processes() | self._of_rules() | self._of(database)

    def inject(self, fault: Fault) -> str:
        """Do it, and say in a few words what was done."""
        return self.kinds[fault.kind](Random(fault.seed))

    def _of_processes(self) -> dict[str, Injection]:
        told = {f"kill a worker that has {moment}": self._death(moment) for moment in MOMENTS}
        return {"kill a worker at any moment": self._kill, **told}

    def _kill(self, random: Random) -> str:
        number = random.randrange(self._crew.workers)
        sleep(random.random() / 10)
        self._crew.tend()
        self._crew.process(number).kill()
        return f"worker {number}"

    def _death(self, moment: str) -> Injection:
        def kill(random: Random) -> str:
            number = random.randrange(self._crew.workers)
            before = self._crew.killed
            self._crew.orders[number].death.write_text(moment)
            self._crew.wait(lambda: self._crew.killed > before, f"worker {number} died {moment}")
            return f"worker {number}"

        return kill

    def _of_rules(self) -> dict[str, Injection]:
        return {
            "edit rules": self._shelf.edit,
            "remove a badge": self._shelf.remove,
            "put a badge back": self._shelf.put_back,
            "spoil a pack": self._spoil,
            "backfill": self._backfill,
            "reconcile": self._reconcile,
        }

    def _spoil(self, _: Random) -> str:
        """A pack that cannot be loaded, until everybody has tried to."""
        before = self._crew.refused()
        self._shelf.spoil()
        self._crew.wait(
            lambda: all(map(int.__gt__, self._crew.refused(), before)),
            "every worker refused broken rules",
        )
        self._shelf.publish()
        return "until every worker had refused it"

    def _backfill(self, random: Random) -> str:
        process = self._crew.take_care("backfill")
        if random.random() < 0.5:
            return "once"
        sleep(random.random() / 2)
        process.kill()
        self._crew.take_care("backfill")
        return "killed, and begun again"

    def _reconcile(self, random: Random) -> str:
        repair = random.random() < 0.3
        self._crew.take_care("repair" if repair else "reconcile")
        return "with repair" if repair else "once"

    def _of(self, database: Database) -> dict[str, Injection]:
        def hold(random: Random) -> str:
            return database.hold_user(random.uniform(0.1, 2.5))

        kinds: dict[str, Injection] = {"hold a user": hold}
        if isinstance(database, SqliteDatabase):
            kinds["hold a reader"] = lambda random: database.hold_reader(random.uniform(0.5, 3))
        if isinstance(database, PostgresDatabase):
            kinds |= self._of_postgres(database)
        return kinds

    def _of_postgres(self, database: PostgresDatabase) -> dict[str, Injection]:
        def restart(mode: str) -> str:
            database.server.restart(mode)
            return mode

        def cut(where: Cut) -> str:
            database.wire.cut(where)
            self._crew.wait(database.wire.fired.is_set, f"a connection was cut {where}")
            return where

        return {
            "hold a table": lambda random: database.hold_table(random, random.uniform(0.1, 2.5)),
            "deadlock": lambda _: database.entangle(self._crew.tend),
            "terminate a backend": database.terminate,
            "restart the server fast": lambda _: restart("fast"),
            "restart the server at once": lambda _: restart("immediate"),
            "cut a connection before COMMIT": lambda _: cut("before commit"),
            "cut a connection after COMMIT": lambda _: cut("after commit"),
            "cut a connection in a message": lambda _: cut("in a message"),
            "cut a connection before an answer": lambda _: cut("before an answer"),
        }
