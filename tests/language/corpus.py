"""The corpus of mistakes: each file has one, its name tells which, and the text beside it is due.

`python -m tests.language.corpus` writes the expected texts, the schemas and the page anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from badge_engine.language.codes import CODES
from badge_engine.language.diagnostics import Diagnostic, as_text
from badge_engine.language.loader import (
    check_text,
    check_vocabulary_text,
    load_text,
    load_vocabulary,
)
from badge_engine.language.schema import as_json, pack_schema, vocabulary_schema
from badge_engine.language.text.report import MOST_DIAGNOSTICS
from badge_engine.language.text.source import MAX_BYTES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "diagnostics.md"
VOCABULARY = load_vocabulary(HERE / "vocabulary.yaml")

SCHEMAS = {"rules.schema.json": pack_schema, "events.schema.json": vocabulary_schema}

MANY = "badges:\n" + "- badge\n" * (MOST_DIAGNOSTICS + 1)
OLD = "badges:\n- {id: hot-streak, name: Hot, rule: {type: streak, event: workout, length: 3 days}}"
BUILT: dict[str, Callable[[str], list[Diagnostic]]] = {
    "too-large": lambda path: check_text(b"#" * (MAX_BYTES + 1), path=path),
    "too-many-mistakes": lambda path: check_text(MANY, path=path),
    "renamed-id": lambda path: check_text(
        OLD.replace("hot-streak", "hotter"),
        path=path,
        vocabulary=VOCABULARY,
        before=load_text(OLD, vocabulary=VOCABULARY),
    ),
}
"""Mistakes that take more than one file, or more text than anybody would keep in one."""


@dataclass(frozen=True)
class Case:
    """A pack or vocabulary with one mistake."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def code(self) -> str:
        return self.name.partition("--")[0]

    @property
    def expected(self) -> str:
        return self.path.with_suffix(".txt").read_text(encoding="utf-8")

    def diagnostics(self) -> list[Diagnostic]:
        if self.name in BUILT:
            return BUILT[self.name](self.path.name)[-1:]
        content = self.path.read_bytes()
        if self.path.parent.name == "bad_vocabularies":
            return check_vocabulary_text(content, path=self.path.name)
        return check_text(content, path=self.path.name, vocabulary=VOCABULARY)

    def found(self) -> str:
        return as_text(self.diagnostics()) + "\n"


def cases() -> list[Case]:
    """All cases, by code, the plainest of each first."""
    paths = [
        path for folder in ("bad", "bad_vocabularies") for path in (HERE / folder).glob("*.yaml")
    ]
    paths += [HERE / "bad" / f"{name}.yaml" for name in BUILT]
    found = [Case(path) for path in paths]
    return sorted(found, key=lambda case: (case.code, case.name, case.path.parent.name))


def page() -> str:
    """docs/diagnostics.md: each code with its meaning and an example."""
    return "\n".join(_page_lines())


def _page_lines() -> Iterator[str]:
    yield (
        "# Diagnostics\n\n"
        "What `badge-engine check` and every other door that reads packs may find. Each mistake "
        "has a\nstable code, a place and, where there is one, a way to mend it.\n"
    )
    examples: dict[str, Case] = {}
    for case in cases():
        examples.setdefault(case.code, case)
    for code, meaning in CODES.items():
        yield f"## {code}\n\n{meaning}\n"
        if code in examples:
            yield f"```text\n{examples[code].expected}```\n"


def main() -> None:
    for case in cases():
        case.path.with_suffix(".txt").write_text(case.found(), encoding="utf-8")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    for name, build in SCHEMAS.items():
        (ROOT / "rules" / name).write_text(as_json(build()), encoding="utf-8")


if __name__ == "__main__":
    main()
