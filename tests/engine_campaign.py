"""Try far more on the engine than a test run may: its machine, and all real histories.

`python -m tests.engine_campaign --runs 3000 --steps 50 --store memory --seed 1` drives the machine;
`--store sqlite` and `--store postgresql` do the same over a database. With `--histories 10` each
real history is brought to the engine in ten other orders. It stops at the first disagreement, which
`--shrink` makes small in some minutes, prints it, and exits with status 1.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from badge_engine.ports import Store
from badge_engine.stores.memory import MemoryStore
from tests.conftest import ROOT
from tests.engine.ingestion import disagreements
from tests.engine.machine import run_machine
from tests.engine.stores import STORES
from tests.engine.test_real_histories import rules_of
from tests.facts import read
from tests.postgres import owned_folder
from tests.postgres_databases import empty_database, server_url
from tests.stores.databases import postgres_store, sqlite_store
from tests.test_real_histories import DATA_SETS

RUNS_A_PART = 50


@contextmanager
def opened(name: str) -> Iterator[Store]:
    if name == "memory":
        yield MemoryStore()
    elif name == "sqlite":
        with tempfile.TemporaryDirectory() as folder, sqlite_store(Path(folder)) as store:
            yield store
    else:
        with (
            owned_folder() as server,
            empty_database(server_url(server)) as url,
            postgres_store(url) as store,
        ):
            yield store


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def drive(store: Store, seed: int, runs: int, steps: int, *, shrink: bool) -> None:
    for first in range(0, runs, RUNS_A_PART):
        part = min(RUNS_A_PART, runs - first)
        run_machine(store, seed * 1_000_000 + first, part, steps, shrink=shrink)
        say(f"{first + part} runs of {steps} steps")


def bring(store: Store, seed: int, times: int) -> None:
    data = Path(os.environ.get("BADGE_ENGINE_DATA", ROOT.parent / "shared" / "data"))
    for number in range(times):
        for data_set in DATA_SETS:
            users = read(data / data_set)
            random = Random(f"{seed}/{number}/{data_set}")
            found = disagreements(store, rules_of(data, data_set), users, random)
            assert found == [], (seed, number, data_set)
            for user in users:
                store.erase(user)
        say(f"all real histories in {number + 1} orders")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--store", choices=STORES, default="memory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=int, default=0, help="orders of each real history")
    parser.add_argument("--shrink", action="store_true")
    chosen = parser.parse_args(arguments)
    logging.disable()  # the machine repairs much
    with opened(chosen.store) as store:
        drive(store, chosen.seed, chosen.runs, chosen.steps, shrink=chosen.shrink)
        bring(store, chosen.seed, chosen.histories)


if __name__ == "__main__":
    main()
