"""What the measurements over PostgreSQL are asked on the command line, and how they answer."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.results import Line, as_json, show
from tests.postgres import private_server
from tests.postgres_databases import empty_database


@dataclass(frozen=True, slots=True)
class Asked:
    """An empty database to measure in, on a server that is `ours` to change unless one was named.

    `quick` asks for small numbers that mean nothing.
    """

    database: str
    ours: bool
    quick: bool
    format: str

    def answer(self, title: str, lines: Sequence[Line]) -> None:
        """Print what was measured."""
        if self.format == "json":
            print(as_json(title, lines))
        else:
            show(title, lines)


@contextmanager
def asked(program: str, purpose: str | None, arguments: Sequence[str] | None) -> Iterator[Asked]:
    """What was asked for, with a database as long as the block runs."""
    parser = argparse.ArgumentParser(prog=program, description=purpose)
    parser.add_argument("--db", help="the URL of a PostgreSQL server on which to create a database")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--quick", action="store_true", help="small numbers that mean nothing")
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack:
        url = chosen.db
        if url is None:
            url = stack.enter_context(private_server()).url
        database = stack.enter_context(empty_database(url))
        yield Asked(database, chosen.db is None, chosen.quick, chosen.format)
