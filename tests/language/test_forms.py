"""A diagnostic has three forms; each survives whatever a file may contain."""

from __future__ import annotations

import json

from badge_engine.language.diagnostics import Diagnostic, Note, as_github, as_json, as_text, quoted
from badge_engine.language.loader import check_text
from tests.language.corpus import VOCABULARY

MISTAKE = Diagnostic(
    code="unknown-setting",
    message='"lenght" is not a setting of a streak rule',
    path="rules/streaks.yaml",
    line=7,
    column=7,
    end_column=13,
    badge="hot-streak",
    help='write "length" instead',
    source_line="      lenght: 7 days",
)


def test_the_text_form_points_at_the_place() -> None:
    assert str(MISTAKE) == (
        'rules/streaks.yaml:7:7: error: "lenght" is not a setting of a streak rule '
        "[unknown-setting]\n"
        "  |\n"
        "7 |       lenght: 7 days\n"
        "  |       ^^^^^^\n"
        '  = in badge "hot-streak"\n'
        '  help: write "length" instead'
    )


def test_a_note_has_a_caret_of_its_own() -> None:
    note = Note("it is used here already", "rules/a.yaml", 107, 9, 10, "  - id: x")
    found = Diagnostic(
        "duplicate-id", 'the id "x" is used twice', "rules/b.yaml", 4, 9, 10, note=note,
        source_line="  - id: x",
    )  # fmt: skip
    assert str(found) == (
        'rules/b.yaml:4:9: error: the id "x" is used twice [duplicate-id]\n'
        "    |\n"
        "  4 |   - id: x\n"
        "    |         ^\n"
        "    note: it is used here already (rules/a.yaml:107:9)\n"
        "    |\n"
        "107 |   - id: x\n"
        "    |         ^"
    )


def test_a_blank_line_stands_between_two() -> None:
    assert as_text([MISTAKE, MISTAKE]) == f"{MISTAKE}\n\n{MISTAKE}"
    assert as_text([]) == ""


def test_json_holds_every_part() -> None:
    (found,) = json.loads(as_json([MISTAKE]))
    assert found == {
        "code": "unknown-setting",
        "message": '"lenght" is not a setting of a streak rule',
        "path": "rules/streaks.yaml",
        "line": 7,
        "column": 7,
        "end_column": 13,
        "severity": "error",
        "badge": "hot-streak",
        "help": 'write "length" instead',
        "note": None,
        "source_line": "      lenght: 7 days",
        "source_column": 1,
    }


def test_github_shows_it_beside_the_source() -> None:
    assert as_github([MISTAKE]) == (
        "::error file=rules/streaks.yaml,line=7,col=7,endColumn=12,title=unknown-setting::"
        '"lenght" is not a setting of a streak rule; write "length" instead'
    )


def test_github_cannot_be_given_commands_by_a_file() -> None:
    found = Diagnostic("bad-id", "100%\n::error::no", "a,b:c.yaml", 1, 1, 1, severity="warning")
    assert as_github([found]) == (
        "::warning file=a%2Cb%3Ac.yaml,line=1,col=1,endColumn=1,title=bad-id::100%25 ::error::no"
    )


def test_a_terminal_cannot_be_given_commands_by_a_file() -> None:
    found = check_text('badges:\n  - id: "\x1b[2J\u202e"\n    name: A\n')
    shown = as_text(found)
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_carets_stand_under_wide_and_combining_characters() -> None:
    text = (
        "badges:\n  - {name: 朝e\u0301, idd: a, rule: {type: count, event: workout, at_least: 1}}\n"
    )
    (found,) = check_text(text, vocabulary=VOCABULARY)
    shown = str(found).splitlines()
    columns = (
        len("2 |   - {name: ") + 2 + 1 + len(", ")
    )  # two for the wide one, none for the accent
    assert shown[3] == "  |".ljust(columns) + "^^^"


def test_of_a_very_long_line_a_part_is_shown() -> None:
    text = f"badges: [{{id: a, name: {'A' * 5000}, nome: b, icon: {'B' * 5000}}}]"
    found = check_text(text, vocabulary=VOCABULARY)[-1]
    shown = str(found).splitlines()
    assert shown[2].startswith("1 | …AAAA")
    assert shown[2][shown[3].index("^") :].startswith("nome")
    assert len(shown[2]) < 130
    assert len(as_json([found])) < 700


def test_quoted_text_is_short_and_harmless() -> None:
    assert quoted("a\tb\nc") == '"a b c"'
    assert quoted("\x07") == '"\N{REPLACEMENT CHARACTER}"'
    assert quoted("x" * 100) == '"' + "x" * 59 + '…"'
