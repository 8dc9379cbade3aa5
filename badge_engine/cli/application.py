"""How a command runs and prints, and with which exit status it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import NoReturn, ParamSpec

import typer

from badge_engine.authoring import report
from badge_engine.cli import COULD_NOT_RUN
from badge_engine.errors import BadgeEngineError, RulePackError, StoreError
from badge_engine.language.diagnostics import visible

Given = ParamSpec("Given")
PROBLEMS = 1
INTERRUPTED = 130
EXIT_STATUS = (
    "Exit status: 0 clean, 1 problems (mistakes, failed tests, refused lines, differences), "
    "2 could not run, 130 interrupted."
)

app = typer.Typer(
    name="badge-engine",
    help="Check, test and run badges whose rules are YAML.",
    epilog=EXIT_STATUS,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def register(name: str, run: Callable[Given, None]) -> None:
    """Add a command; what keeps it from running is told in few words, with status 2."""

    @app.command(name, epilog=EXIT_STATUS)
    @wraps(run)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            run(*args, **kwargs)
        except BrokenPipeError:
            raise
        except RulePackError as error:
            could_not_run(report.mistakes_text(error.diagnostics))
        except StoreError as error:
            could_not_run(f"badge-engine: {plainly(error)}")
        except (BadgeEngineError, OSError) as error:
            could_not_run(f"badge-engine: {error}")


def plainly(error: StoreError) -> str:
    """What a store says, and what kept its database from working in the words of the driver.

    Only of an OperationalError, as other errors of drivers quote the rows at fault.
    """
    cause = error.__cause__
    original = getattr(cause, "orig", None) or cause
    words = str(original).splitlines()
    if type(original).__name__ != "OperationalError" or not words or words[0] in str(error):
        return str(error)
    return f"{error} ({words[0]})"


def could_not_run(message: str) -> NoReturn:
    """Say why on the standard error, and end with status 2."""
    say(message)
    raise typer.Exit(COULD_NOT_RUN)


def problems(message: str) -> NoReturn:
    """Say which on the standard error, and end with status 1."""
    say(message)
    raise typer.Exit(PROBLEMS)


def say(message: str) -> None:
    """Tell something that is no result."""
    typer.echo(message, err=True)


def show(text: str) -> None:
    """Print a result, if there is any."""
    if text:
        sys.stdout.write(text + "\n")


def show_lines(lines: Iterable[object]) -> None:
    """Print objects as JSON, one a line."""
    for line in lines:
        show(json.dumps(line, ensure_ascii=False))


def show_block(user: str, lines: Iterable[str]) -> None:
    """Print what concerns one user under the key of the user; nothing if there are no lines."""
    block = list(lines)
    if block:
        show("\n".join([visible(user), *block, ""]))
