"""How each kind of block in the documentation is run; docs/testing.md tells writers about it.

A block stands alone: what its page showed before is at hand, in whatever order blocks are run.
`python -m tests.docs_examples README.md` puts into a page what its command lines print now.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

from badge_engine.authoring.eventfiles import Intake, Refusal, read_events
from badge_engine.authoring.scenarios import run_tests
from badge_engine.language.diagnostics import Diagnostic
from badge_engine.language.loader import (
    check_text,
    check_vocabulary_text,
    load_text,
    load_vocabulary,
    shipped_vocabulary,
)
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import compile_rules

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-c", "from badge_engine.cli import main; main()"]
CLOCK = datetime(2026, 12, 31, tzinfo=UTC)

_ABOVE = re.compile(
    r"(?:`(?P<file>[\w./-]+\.\w+)`:\n\s*)?(?:<!-- expect: (?P<mistakes>[\w, -]+) -->\s*)?\Z"
)
_STORES = re.compile(r"\$ badge-engine (ingest|backfill|erase|db init)\b")
_NAMED = re.compile(r"^(?:id|name)(?=:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code; the line above it may name its file, or the mistakes that are in it."""

    language: str
    source: str
    file: str | None
    mistakes: tuple[str, ...]
    section: int


_NOTHING = Block("python", "", None, (), 0)


def parse(document: Document) -> Iterable[Region]:
    """Every fenced block of a page."""
    found = blocks_of(document)
    blocks = [block for _, block in found]
    for number, (region, _) in enumerate(found):
        region.parsed = number
        region.evaluator = partial(run, blocks)
        yield region


def blocks_of(document: Document) -> list[tuple[Region, Block]]:
    """The blocks of a page and where they stand, from top to bottom."""
    found = []
    for region in sorted(FencedCodeBlockLexer(r"\S*")(document), key=lambda region: region.start):
        before = document.text[: region.start]
        above = _ABOVE.search(before)
        assert above is not None
        block = Block(
            language=region.lexemes["language"],
            source=str(region.lexemes["source"]),
            file=above["file"],
            mistakes=tuple(sorted(re.findall(r"[\w-]+", above["mistakes"] or ""))),
            section=before.count("\n## "),
        )
        found.append((region, block))
    return found


def run(blocks: Sequence[Block], example: Example) -> str | None:
    """Run one block of a page; what went wrong, or None."""
    before, block = blocks[: example.parsed], blocks[example.parsed]
    runner = RUNNERS.get(block.language)
    if runner is None:
        return f"a block of {block.language or 'no language'} is not run by anything"
    with files_of([*before, block]):
        return runner(block, before, blocks[example.parsed + 1 :])


@contextmanager
def files_of(blocks: Iterable[Block]) -> Iterator[None]:
    """Work in a new folder that holds the files which the blocks show."""
    with TemporaryDirectory() as folder, chdir(folder):
        for block in blocks:
            if block.file is not None:
                Path(block.file).parent.mkdir(parents=True, exist_ok=True)
                Path(block.file).write_text(block.source, encoding="utf-8")
        yield


def run_yaml(block: Block, before: Sequence[Block], _: Sequence[Block]) -> str | None:
    """A vocabulary is checked; a pack, or lines of one badge, is checked and its tests are run."""
    if block.source.startswith("events:"):
        return _compare(check_vocabulary_text(block.source), block)
    vocabulary = _vocabulary(block, before)
    text = as_pack(block.source)
    found = check_text(text, vocabulary=vocabulary)
    if any(diagnostic.severity == "error" for diagnostic in found):
        return _compare(found, block)
    packs = load_text(text, vocabulary=vocabulary)
    failed = [result for result in run_tests(packs, compile_rules(packs)) if not result.passed]
    if failed and block.mistakes != ("failed-test",):
        return "\n".join(f"{result.name}: {result.happened}" for result in failed)
    if block.mistakes == ("failed-test",):
        return None if failed else "no test failed"
    return _compare(found, block)


def as_pack(source: str) -> str:
    """A block as a whole pack: lines of one badge are completed with what they leave out."""
    if source.startswith(("language:", "badges:")):
        return source
    written = _NAMED.findall(source)
    missing = {"id": "example", "name": "Example"}
    lines = [f"{key}: {value}\n" for key, value in missing.items() if key not in written]
    return "badges:\n  -\n" + textwrap.indent("".join(lines) + source, "    ")


def _vocabulary(block: Block, before: Sequence[Block]) -> Vocabulary:
    """The vocabulary that the section showed last, else the shipped one."""
    for shown in reversed(before):
        if shown.section == block.section and shown.source.startswith("events:"):
            path = Path("vocabulary-of-the-section.yaml")
            path.write_text(shown.source, encoding="utf-8")
            return load_vocabulary(path)
    return shipped_vocabulary()


def _compare(found: Sequence[Diagnostic], block: Block) -> str | None:
    """The announced mistakes and no others; a file that is shown has no warnings either."""
    codes = sorted(
        diagnostic.code
        for diagnostic in found
        if diagnostic.severity == "error" or block.file or diagnostic.code in block.mistakes
    )
    if codes == sorted(block.mistakes):
        return None
    return "\n".join([f"announced: {', '.join(block.mistakes) or 'nothing'}", *map(str, found)])


def run_events(block: Block, before: Sequence[Block], _: Sequence[Block]) -> str | None:
    """A file of events is read; it refuses the lines that were announced and no others."""
    path = Path(block.file or f"events.{block.language}")
    path.write_text(block.source, encoding="utf-8")
    intake = Intake(_vocabulary(block, before), CLOCK, "Europe/Lisbon")
    refusals = [
        outcome for _, outcome in read_events([path], intake) if isinstance(outcome, Refusal)
    ]
    if sorted(refusal.code for refusal in refusals) == sorted(block.mistakes):
        return None
    return "\n".join(map(str, refusals)) or "no line was refused"


def run_python(block: Block, before: Sequence[Block], after: Sequence[Block]) -> str | None:
    """Run after the Python blocks above; what is printed stands in a block of text below."""
    shown = after[0].source if after and after[0].language == "text" else ""
    return _difference(shown, _printed(block, before))


def _printed(block: Block, before: Sequence[Block]) -> str:
    """What a Python block prints after those above it."""
    namespace: dict[str, Any] = {"__name__": "example"}
    printed = io.StringIO()
    for shown in [*before, block]:
        if shown.language == "console":
            _store_again(shown)
        elif shown.language == "python":
            printed = io.StringIO()
            with redirect_stdout(printed):
                exec(compile(shown.source, "<example>", "exec"), namespace)  # noqa: S102 - our own page
    return printed.getvalue()


def _store_again(block: Block) -> None:
    """Do what the command lines of a block do to databases."""
    for line in block.source.splitlines():
        if _STORES.match(line):
            _output(line.removeprefix("$ "))


def run_text(_: Block, before: Sequence[Block], __: Sequence[Block]) -> str | None:
    """Compared where the Python block above it is run."""
    if before and before[-1].language == "python":
        return None
    return "a block of text shows the output of the Python block above it, and there is none"


def run_console(block: Block, before: Sequence[Block], _: Sequence[Block]) -> str | None:
    """Each command line gives exactly the lines below it."""
    return _difference(block.source, happening(block, before))


def happening(block: Block, before: Sequence[Block]) -> str:
    """The command lines of a block, each with what it prints after what stands above it."""
    _printed(_NOTHING, before)
    lines: list[str] = []
    for line in block.source.splitlines():
        if line.startswith("$ "):
            lines += [line, *_output(line.removeprefix("$ "))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _output(line: str) -> list[str]:
    program, *arguments = shlex.split(line)
    if program != "badge-engine":
        return [f"{program} is not run here"]
    done = subprocess.run(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "PYTHONWARNINGS": "error"},
        check=False,
        timeout=60,
    )
    return done.stdout.decode().splitlines()


def run_set_up(block: Block, *_: Sequence[Block]) -> str | None:
    """Installing needs a network: the targets and extras that it names must be there."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for line in block.source.splitlines():
        program, *words = shlex.split(line, comments=True)
        if program == "make" and not re.search(rf"^{words[0]}:", makefile, re.MULTILINE):
            return f"there is no target {words[0]}"
        for extra in re.findall(r"\[(\w+)\]", line):
            if not re.search(rf"^{extra} = \[", project, re.MULTILINE):
                return f"there is no extra {extra}"
        if program not in {"make", "pip"}:
            return f"{line!r} is not a line that this checks"
    return None


def _difference(shown: str, happened: str) -> str | None:
    if shown.rstrip("\n") == happened.rstrip("\n"):
        return None
    return f"the page shows\n{shown}\nand this happened\n{happened}"


Runner = Callable[[Block, Sequence[Block], Sequence[Block]], str | None]

RUNNERS: dict[str, Runner] = {
    "yaml": run_yaml,
    "jsonl": run_events,
    "csv": run_events,
    "python": run_python,
    "text": run_text,
    "console": run_console,
    "sh": run_set_up,
}

# docs/diagnostics.md is written from tests/language/bad, whose tests compare the two.
pages = Sybil(
    parsers=[parse],
    path=str(ROOT),
    patterns=["*.md", "docs/*.md", "docs/adr/*.md"],
    excludes=["docs/diagnostics.md"],
)


def rewrite(page: Path) -> None:
    """Put into a page what its command lines print now."""
    document = Document(page.read_text(encoding="utf-8"), str(page))
    blocks = [block for _, block in blocks_of(document)]
    text = document.text
    for number, block in enumerate(blocks):
        if block.language == "console":
            with files_of(blocks[:number]):
                text = text.replace(block.source, happening(block, blocks[:number]))
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name))
