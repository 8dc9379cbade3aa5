"""What every test may rely on: where the real histories lie, and how Hypothesis searches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# A deadline would test the machine. Where CI is set, Hypothesis draws the same examples each time.
settings.register_profile("project", parent=settings.default, deadline=None)
settings.load_profile("project")


@pytest.fixture(scope="session")
def histories() -> Path:
    """The folder of real histories; tests that read it are skipped where it is not at hand."""
    folder = Path(os.environ.get("BADGE_ENGINE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real histories in {str(folder)!r}: name their folder in BADGE_ENGINE_DATA")
    return folder
