"""Lets pytest collect README, ARCHITECTURE and docs: each block of code in them is a test.

A plugin because the pages lie outside `tests`; it imports nothing of the library until a page is
collected, so that coverage sees every line.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ELSEWHERE = {"django.md"}
"""Pages whose blocks make a whole project: tests/django/test_docs.py runs them."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".md" or file_path.name in ELSEWHERE:
        return None
    from tests.docs_examples import pages  # noqa: PLC0415 - see above

    collected: pytest.Collector | None = pages.pytest()(file_path, parent)
    return collected
