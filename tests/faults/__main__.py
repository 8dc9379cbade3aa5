"""The command line of a campaign."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress

from tests import faults
from tests.faults.campaign import DATABASES, Settings, run


def main(arguments: Sequence[str] | None = None) -> int:
    standard = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=faults.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", choices=sorted(DATABASES), default=standard.database)
    parser.add_argument("--faults", type=int, default=standard.faults)
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument("--workers", type=int, default=standard.workers)
    chosen = Settings(**vars(parser.parse_args(arguments)))
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("faults", total=chosen.faults)
        report = run(chosen, lambda told: progress.update(task, advance=1, description=told))
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
