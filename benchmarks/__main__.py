"""`python -m benchmarks`: print every figure with the goal that it has."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from benchmarks.core import figures
from benchmarks.measuring import machine


def main() -> None:
    """Measure and print."""
    table = Table("what", "measured", "unit", "goal", title=machine())
    console = Console()
    with console.status("measuring"):
        for figure in figures():
            table.add_row(figure.name, f"{figure.value:.3g}", figure.unit, figure.goal)
    console.print(table)


if __name__ == "__main__":
    main()
