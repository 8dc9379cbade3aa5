"""Finds the packs of the corpus and the host settings that each is judged under.

A folder with a `settings.yaml` has settings and perhaps a vocabulary of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from badge_engine.authoring.scenarios import history_of, moment, operations
from badge_engine.events import Event, Operation
from badge_engine.language.loader import LoadedPacks, load_packs, load_vocabulary
from badge_engine.language.rules import Badge
from badge_engine.language.scenarios import ProgressIs, Scenario
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import RuleSet, compile_rules

FOLDER = Path(__file__).parent
NO_PACKS = ("settings.yaml", "events.yaml")


@dataclass(frozen=True)
class CorpusPack:
    """One file of the corpus under its host settings."""

    path: Path
    week_starts: str
    day_starts: time
    vocabulary_path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(FOLDER).as_posix()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return load_vocabulary(self.vocabulary_path)

    @cached_property
    def packs(self) -> LoadedPacks:
        return load_packs([self.path], self.vocabulary, week_starts=self.week_starts)

    @cached_property
    def rules(self) -> RuleSet:
        return compile_rules(self.packs, week_starts=self.week_starts)

    @cached_property
    def badges_as_written(self) -> list[dict[str, Any]]:
        badges: list[dict[str, Any]] = as_written(self.path)["badges"]
        return badges

    @cached_property
    def events_as_written(self) -> dict[str, Any]:
        events: dict[str, Any] = as_written(self.vocabulary_path)["events"]
        return events


@dataclass(frozen=True)
class Case:
    """One test of the corpus."""

    pack: CorpusPack
    badge: Badge
    scenario: Scenario

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.pack.name, self.badge.id, self.scenario.name)

    @property
    def asks_for_progress(self) -> bool:
        return isinstance(self.scenario.expect, ProgressIs)

    @property
    def as_of(self) -> datetime | None:
        return moment(self.scenario, self.pack.day_starts)

    @property
    def operations(self) -> Sequence[Operation]:
        return list(operations(self.scenario, self.pack.day_starts))

    @property
    def history(self) -> list[Event]:
        """All events that the test leaves behind, in canonical order, before as_of cuts them."""
        return list(history_of(self.operations))


@cache
def corpus_packs() -> tuple[CorpusPack, ...]:
    """Every pack of the corpus, by name."""
    files = sorted(path for path in FOLDER.rglob("*.yaml") if path.name not in NO_PACKS)
    return tuple(_pack(path) for path in files)


@cache
def cases() -> dict[tuple[str, str, str], Case]:
    """Every test of the corpus, by file, badge and name."""
    return {case.key: case for pack in corpus_packs() for case in _cases(pack)}


def _cases(pack: CorpusPack) -> Iterator[Case]:
    for badge in pack.packs:
        for scenario in badge.tests:
            yield Case(pack, badge, scenario)


def _pack(path: Path) -> CorpusPack:
    beside = path.parent / "settings.yaml"
    settings = as_written(beside) if beside.exists() else {}
    own = settings.get("vocabulary")
    return CorpusPack(
        path,
        settings.get("week_starts", "monday"),
        time.fromisoformat(settings.get("day_starts", "00:00")),
        path.parent / own if own else FOLDER / "vocabulary" / "events.yaml",
    )


def as_written(path: Path) -> Any:
    """What a YAML file holds, read without the library: integers, decimals, booleans and texts."""
    return _plain(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))


def _plain(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child) for child in node.value]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node.value) if node.style is None else node.value


def _scalar(text: str) -> bool | int | Decimal | str:
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[-+]?(0|[1-9]\d*)", text):
        return int(text)
    return Decimal(text) if re.fullmatch(r"[-+]?(0|[1-9]\d*)\.\d+", text) else text
