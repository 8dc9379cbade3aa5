"""The pages are complete, lead somewhere, and would be caught if an example were wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from sybil import Document

from badge_engine.cli.commands import app
from badge_engine.language.kinds.base import settings_of
from badge_engine.language.loader import load_packs, shipped_rules
from badge_engine.language.reading.dated_events import ITEM_SETTINGS
from badge_engine.language.reading.scenarios import TEST_SETTINGS
from badge_engine.language.rules import CRITERIA, Badge, BadgeReference, FieldTest
from badge_engine.language.units import FAMILIES
from badge_engine.language.vocabulary import FieldDefinition
from tests.docs_examples import ROOT, parse

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
A_PAGE = 75

SOUND = {
    "yaml": "rule: {type: count, event: workout, at_least: 2}\n"
    "tests:\n  - {name: two, workout: 2x, expect: earned on day 1}\n",
    "jsonl": '{"id": "1", "user": "ann", "type": "workout", "day": "2026-03-02"}\n',
    "csv": "id,user,type,day\n1,ann,workout,2026-03-02\n",
    "console": "$ badge-engine vocabulary --vocabulary small.yaml\nnap\n",
    "python": "print(1 + 1)\n```\n```text\n2\n",
    "sh": "make demo\n",
}
UNSOUND = {
    "yaml: a mistake": SOUND["yaml"].replace("at_least", "at_leats"),
    "yaml: a failed test": SOUND["yaml"].replace("2x", "x"),
    "jsonl: a refused line": SOUND["jsonl"].replace("2026-03-02", "2026-02-30"),
    "csv: a refused line": SOUND["csv"].replace("2026-03-02", "yesterday"),
    "console: another output": SOUND["console"].replace("\nnap", "\nnaps"),
    "console: another program": "$ ls\nsmall.yaml\n",
    "python: an output that is not shown": "print(1 + 1)\n",
    "python: another output": SOUND["python"].replace("\n2\n", "\n3\n"),
    "text: of nothing": "2\n",
    "sh: no such target": "make coffee\n",
    "ruby: not run": "puts 2\n",
}
SMALL = "`small.yaml`:\n\n```yaml\nevents:\n  nap: {}\n```\n\n## Next\n\n"


def problems(page: str) -> list[str]:
    document = Document(page, "page.md")
    for region in parse(document):
        document.add(region)
    return [
        problem
        for example in document.examples()
        if example.region.evaluator is not None
        and (problem := example.region.evaluator(example)) is not None
    ]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> Iterator[str]:
    for title in re.findall(r"^#+ (.+)$", FENCED.sub("", text_of(page)), re.MULTILINE):
        yield re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("language", SOUND)
def test_a_sound_block_passes(language: str) -> None:
    assert problems(f"{SMALL}```{language}\n{SOUND[language]}```\n") == []


@pytest.mark.parametrize("what", UNSOUND)
def test_an_unsound_block_is_noticed(what: str) -> None:
    language = what.partition(":")[0]
    assert len(problems(f"{SMALL}```{language}\n{UNSOUND[what]}```\n")) == 1


def test_an_announced_mistake_must_be_there() -> None:
    announced = "<!-- expect: unknown-setting -->\n```yaml\n{}```\n"
    assert problems(announced.format(UNSOUND["yaml: a mistake"])) == []
    assert len(problems(announced.format(SOUND["yaml"]))) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCED.sub("", text_of(page))):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            links = [link.split("#")[0] for link in LINK.findall(text_of(page))]
            waiting += [page.parent / link for link in links if link and "://" not in link]
    assert {*PAGES} <= reached


def test_architecture_names_places_that_are_there() -> None:
    page = text_of(ROOT / "ARCHITECTURE.md")
    named = re.findall(r"`((?:badge_engine|tests|docs|rules|examples)/[\w./*-]*)`", page)
    assert len(named) > 10
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_architecture_and_decisions_stay_short() -> None:
    assert len(text_of(ROOT / "ARCHITECTURE.md").splitlines()) <= 150
    for decision in (ROOT / "docs" / "adr").iterdir():
        assert len(text_of(decision).splitlines()) <= A_PAGE, decision.name


SETTINGS = sorted(
    {
        *(name for model in CRITERIA.values() for name in settings_of(model)),
        *settings_of(Badge),
        *settings_of(BadgeReference),
        *(name for name in FieldTest.model_fields if name != "any_of"),
        *TEST_SETTINGS,
        *ITEM_SETTINGS,
        *CRITERIA,
        *(unit for units in FAMILIES.values() for unit in units),
    }
)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_language_page_explains_every_setting(setting: str) -> None:
    prose = re.findall(r"`[^`\n]+`", FENCED.sub("", LANGUAGE))
    assert any(re.search(rf"(?<!\w){setting}(?!\w)", code) for code in prose)


@pytest.mark.parametrize("setting", settings_of(FieldDefinition))
def test_the_page_of_events_explains_every_setting_of_a_field(setting: str) -> None:
    assert f"`{setting}`" in text_of(ROOT / "docs" / "events.md")


def test_the_page_of_the_command_line_says_which_command_has_which_option() -> None:
    page = text_of(ROOT / "docs" / "command-line.md")
    commands = typer.main.get_group(app).commands
    assert {*re.findall(r"^\| `badge-engine ([a-z]+)", page, re.MULTILINE)} == {*commands}
    written = {
        (option, command)
        for option, owners in re.findall(
            r"^\| `(--[a-z-]+)[^|]*\| ([a-z, ]+) \|", page, re.MULTILINE
        )
        for command in owners.split(", ")
    }
    there = {
        (option, name)
        for name, command in commands.items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    assert written == there


def test_the_readme_counts_the_shipped_badges() -> None:
    assert f"{len(load_packs(shipped_rules()).badges)} badges" in text_of(ROOT / "README.md")
