"""The library and the oracle say the same about small histories, award by award."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from tests.campaign import (
    HISTORIES_A_PACK,
    compare,
    disagreement,
    drawn,
    library_awards,
    make_cases,
)

BLOCKS = 40
PACKS_A_BLOCK = 20_000 // HISTORIES_A_PACK // BLOCKS
SEED = 20260105


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_library_agrees_with_the_oracle(block: int) -> None:
    first = block * PACKS_A_BLOCK
    tally = compare(SEED, range(first, first + PACKS_A_BLOCK))
    assert tally.refused == []
    assert [f"{drawn(case)}\n{disagreement(case)}" for case in tally.found] == []
    assert tally.earning > tally.cases / 4


@pytest.mark.parametrize("number", range(150))
def test_arrival_order_does_not_matter(number: int) -> None:
    for case in make_cases(SEED, number, histories=2):
        few = replace(case, facts=case.facts[:5])
        expected = sorted(map(str, library_awards(few)))
        for order in permutations(few.facts):
            assert sorted(map(str, library_awards(replace(few, facts=order)))) == expected
