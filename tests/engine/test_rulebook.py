"""Rules that are swapped while events arrive; a broken pack leaves the last good one in force."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from badge_engine.engine.engine import Engine
from badge_engine.engine.rulebook import RuleBook
from badge_engine.errors import RulePackError
from badge_engine.language.diagnostics import Diagnostic
from badge_engine.ports import Store
from tests.engine.books import KNOWN
from tests.engine.builders import Desk

PACK = """\
badges:
  - id: badge
    name: Badge
    rule: {{type: count, event: workout, at_least: {goal}}}
"""


def write(path: Path, goal: object) -> None:
    path.write_text(PACK.format(goal=goal), encoding="utf-8")


def test_reloaded_rules_take_effect_with_the_next_event(store: Store, tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    write(pack, 2)
    book = RuleBook.of_paths([pack], KNOWN)
    desk = Desk(store, today=3)
    engine = Engine(store, book, clock=desk.now)
    engine.record(desk.event(1))
    write(pack, 1)
    assert book.reload() == ()
    engine.record(desk.event(2))
    assert [entry.award.badge for entry in engine.awards(desk.user)] == ["badge"]


@pytest.mark.parametrize("broken", ["none", "0", "[1"])
def test_a_broken_pack_leaves_the_last_good_rules_in_force(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    pack = tmp_path / "pack.yaml"
    write(pack, 1)
    book = RuleBook.of_paths([pack], KNOWN)
    good = book("ann")
    write(pack, broken)
    mistakes = book.reload()
    assert all(isinstance(one, Diagnostic) for one in mistakes)
    assert len(mistakes) > 0
    assert book("ann") is good
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    desk = Desk(store)
    engine = Engine(store, book, clock=desk.now)
    engine.record(desk.event(1))
    assert [entry.status for entry in engine.awards(desk.user)] == ["earned"]


def test_a_pack_that_is_gone_leaves_the_last_good_rules_in_force(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pack = tmp_path / "pack.yaml"
    write(pack, 1)
    book = RuleBook.of_paths([pack], KNOWN)
    good = book("ann")
    pack.unlink()
    assert [type(one) for one in book.reload()] == [FileNotFoundError]
    assert book("ann") is good
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_the_first_pack_must_be_good(tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    write(pack, "none")
    with pytest.raises(RulePackError):
        RuleBook.of_paths([pack], KNOWN)


def test_weeks_start_when_the_host_says(tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    write(pack, 1)
    books = [RuleBook.of_paths([pack], KNOWN, week_starts=day) for day in ("monday", "sunday")]
    versions = [book("ann").badges["badge"].rule_version for book in books]
    assert books[1]("ann").week_starts == "sunday"
    assert versions[0] != versions[1]


def test_a_vocabulary_is_the_fitness_one_unless_another_is_given(tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    write(pack, 1)
    assert "nutrition_log" in RuleBook.of_paths([pack])("ann").vocabulary.events


def test_a_folder_that_is_empty_for_a_moment_leaves_the_last_good_rules_in_force(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "pack.yaml", 1)
    book = RuleBook.of_paths([tmp_path], KNOWN)
    good = book("ann")
    (tmp_path / "pack.yaml").unlink()
    assert [type(one) for one in book.reload()] == [FileNotFoundError]
    assert book("ann") is good
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
