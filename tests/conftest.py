"""What every test may rely on: where the real histories lie, and how Hypothesis searches."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# A deadline would test the machine. Where CI is set, Hypothesis draws the same examples each time.
settings.register_profile("project", parent=settings.default, deadline=None)
settings.load_profile("project")

# A shell that starts the tests in the background lets them ignore Ctrl-C, and so would every
# program that they start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def histories() -> Path:
    """The folder of real histories; tests that read it are skipped where it is not at hand."""
    folder = Path(os.environ.get("BADGE_ENGINE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real histories in {str(folder)!r}: name their folder in BADGE_ENGINE_DATA")
    return folder
