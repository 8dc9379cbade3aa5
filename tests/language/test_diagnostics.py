"""Every mistake is found once, at its place, in the trainer's words."""

from __future__ import annotations

import re

import pytest

from badge_engine.language.codes import CODES
from tests.language.corpus import PAGE, Case, cases, page

CASES = cases()
NOT_OURS = re.compile(
    r"pydantic|validation|NoneType|\bdict\b|tuple|\bstr\b|\bint\b|Traceback|<class"
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path.parent.name}/{case.name}")
def test_a_mistake_gives_its_diagnostic_and_no_other(case: Case) -> None:
    assert case.found() == case.expected
    assert [diagnostic.code for diagnostic in case.diagnostics()] == [case.code]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path.parent.name}/{case.name}")
def test_the_words_are_the_trainers(case: Case) -> None:
    for diagnostic in case.diagnostics():
        assert not NOT_OURS.search(diagnostic.message)
        assert diagnostic.message[0] == '"' or not diagnostic.message[0].isupper()
        assert diagnostic.help is not None
        assert not diagnostic.help.endswith(".")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path.parent.name}/{case.name}")
def test_the_place_lies_inside_the_line(case: Case) -> None:
    for diagnostic in case.diagnostics():
        assert diagnostic.source_column <= diagnostic.column < diagnostic.end_column
        last = diagnostic.source_column + len(diagnostic.source_line)
        assert diagnostic.end_column <= max(last, diagnostic.column + 1)


def test_every_code_has_an_example_and_a_meaning() -> None:
    assert {case.code for case in CASES} == set(CODES)
    assert list(CODES) == sorted(CODES)


def test_the_page_of_diagnostics_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
