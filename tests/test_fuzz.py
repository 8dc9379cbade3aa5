"""A short search with fixed seeds; `python -m tests.fuzz` searches longer."""

from __future__ import annotations

import pytest

from tests.fuzz import search

CASES = 1000


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_any_bytes_end_in_a_result_or_in_reasons(seed: int) -> None:
    findings = search(seed, cases=CASES)
    assert findings.broken == []
    assert findings.cases == CASES
    assert len(findings.codes) > 20
