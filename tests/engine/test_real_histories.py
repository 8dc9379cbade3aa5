"""Histories of real people, as they would have reached a backend, give the awards of `evaluate`."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

import pytest

from badge_engine.ports import Store
from badge_engine.semantics.compiler import RuleSet
from tests.engine.ingestion import disagreements
from tests.facts import compiled, read
from tests.test_real_histories import DATA_SETS, rule_of_award

SEED = 20260105


def rules_of(data: Path, data_set: str) -> RuleSet:
    """The rules of the table of awards that speak of a data set."""
    with (data / "expected" / "awards.csv").open(newline="") as table:
        names = {row["rule"] for row in csv.DictReader(table) if row["dataset"] == data_set}
    return compiled(map(rule_of_award, sorted(names)))


@pytest.mark.parametrize("data_set", DATA_SETS)
def test_a_history_in_any_order_gives_the_awards_of_evaluate(
    store: Store, histories: Path, data_set: str
) -> None:
    rules, users = rules_of(histories, data_set), read(histories / data_set)
    assert disagreements(store, rules, users, Random(f"{SEED}/{data_set}")) == []
    for user in users:
        store.erase(user)
