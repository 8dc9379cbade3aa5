"""The command line; everything it prints is made in `authoring`."""

from __future__ import annotations

import logging
import signal
import sys
from io import TextIOWrapper

COULD_NOT_RUN = 2


def main() -> None:
    """Run `badge-engine`: exit status 0 clean, 1 problems, 2 could not run, 130 interrupted."""
    try:
        from badge_engine.cli.commands import app  # noqa: PLC0415 - it needs the extra
    except ModuleNotFoundError as missing:
        if missing.name not in {"typer", "rich"}:
            raise
        message = f"{missing.name} is not installed: pip install 'badge-engine[cli]'"
        print(f"badge-engine: {message}", file=sys.stderr)
        raise SystemExit(COULD_NOT_RUN) from None
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends the program quietly
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    logging.basicConfig(format="warning: %(message)s")
    logging.getLogger("badge_engine.engine").setLevel(logging.ERROR)  # the commands say the rest
    app(prog_name="badge-engine")
