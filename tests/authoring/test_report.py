"""How mistakes look on a terminal of 80 columns."""

from __future__ import annotations

from badge_engine.authoring.report import WIDTH, mistakes_text
from badge_engine.language.diagnostics import Diagnostic


def diagnostic(advice: str | None) -> Diagnostic:
    return Diagnostic(
        code="wrong",
        message="this is wrong",
        path="rules.yaml",
        line=12,
        column=3,
        end_column=5,
        help=advice,
        source_line="  id: x",
    )


def test_long_help_is_folded_under_itself() -> None:
    advice = "write " + " ".join(f"word-{number}" for number in range(20))
    before, *folded = mistakes_text([diagnostic(advice)]).split("   help: ")
    (shown,) = folded
    assert before == str(diagnostic(advice)).split("   help: ")[0]
    lines = shown.split("\n")
    assert len(lines) == 3
    assert all(line.startswith(" " * 9 + "word-") for line in lines[1:])
    assert all(len(line) <= WIDTH for line in lines[1:])
    assert " ".join(shown.split()) == advice


def test_short_help_and_none_are_as_they_are() -> None:
    found = [diagnostic("write y"), diagnostic(None)]
    assert mistakes_text(found) == "\n\n".join(map(str, found))
