"""What the adapter says is there in German too, and compiled as it is written."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import django_adapter

ROOT = Path(django_adapter.__file__).parent
GERMAN = ROOT / "locale/de/LC_MESSAGES/django.po"
ASKING = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def texts_asked_for() -> Iterator[str]:
    """Every text that is handed to gettext in the code."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for argument in node.args[: ASKING.get(node.func.id, 0)]:
                    text = ast.literal_eval(argument)
                    assert isinstance(text, str), f"{path}:{node.lineno}"
                    yield text


def written() -> dict[str, str]:
    """The texts of the file, each with its German; plurals are told apart by their forms."""
    found = {}
    for entry in GERMAN.read_text().split("\n\n"):
        parts = dict(re.findall(r'^(msg\w+(?:\[\d\])?) "(.+)"$', entry, re.MULTILINE))
        if "msgid" in parts:
            found[parts["msgid"]] = parts.get("msgstr") or parts["msgstr[0]"]
        if "msgid_plural" in parts:
            found[parts["msgid_plural"]] = parts["msgstr[1]"]
    return found


@pytest.fixture(scope="module")
def compiled() -> gettext.GNUTranslations:
    with GERMAN.with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_every_text_has_its_german_and_no_other_is_there() -> None:
    assert set(written()) == set(texts_asked_for())


def test_what_is_compiled_is_what_is_written(compiled: gettext.GNUTranslations) -> None:
    singular = {text: german for text, german in written().items() if "%(count)d" not in text}
    assert {text: compiled.gettext(text) for text in singular} == singular
    for plural in written().keys() - singular.keys():
        (one,) = (text for text in singular if compiled.ngettext(text, plural, 2) != plural)
        assert compiled.ngettext(one, plural, 1) == written()[one]
        assert compiled.ngettext(one, plural, 2) == written()[plural]


@pytest.mark.parametrize("text", sorted(written()))
def test_a_translation_has_the_same_places_to_fill_in(text: str) -> None:
    assert set(PLACEHOLDER.findall(written()[text])) == set(PLACEHOLDER.findall(text))
