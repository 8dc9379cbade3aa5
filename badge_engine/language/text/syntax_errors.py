"""Says in plain words why a text is no YAML: what the parser found odd, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from badge_engine.language.diagnostics import quoted
from badge_engine.language.text.report import Mistake
from badge_engine.language.text.source import Place
from badge_engine.language.text.spelling import CURLY_QUOTES, ODD_SPACES, space_name

_LINE = re.compile("[^\r\n\x85\u2028\u2029]*")
_VALUE_START = r"(?:\A[ \t]*|[:,\[{-][ \t]*)"
_CURLY_START = re.compile(_VALUE_START + f"({CURLY_QUOTES.pattern})")
_ODD_START = re.compile(_VALUE_START + f"({ODD_SPACES.pattern})")
_TAB_INDENT = re.compile(r"\A *(\t+)")
_NO_SPACE = re.compile(r"\A[ \t]*(?:- +)?([A-Za-z_][\w-]*):(?=[^\s/:])")
_NO_SPACE_AFTER_DASH = re.compile(r"\A[ \t]*-(?=[A-Za-z{\[])")
_KEY = re.compile(r"\A([ \t]*)(- +)?([\w-]+)[ \t]*:(?=\s|\Z)")
_SECOND_COLON = re.compile(r"\A[ \t]*(?:- +)?[\w-]+[ \t]*:[ \t]+[^\s'\"\[{|>].*?(:)(?=\s|\Z)")


class _Problem:
    """A parser's complaint with the lines around it; indexes count from the start of the text."""

    def __init__(self, error: yaml.MarkedYAMLError, text: str, offset: int) -> None:
        mark = error.problem_mark or error.context_mark
        self.text = text
        self.offset = offset
        self.what = f"{error.context or ''}: {error.problem or ''}"
        self.index = min(mark.index, len(text)) if mark else 0
        context = error.context_mark.index if error.context_mark else self.index
        self.context = min(context, self.index)
        self.start = self.line_start(self.index)
        self.line = self.line_at(self.start)

    def line_start(self, index: int) -> int:
        """Where the line around an index begins."""
        ends = [self.text.rfind(end, 0, index) for end in "\n\r\x85\u2028\u2029"]
        return max(ends) + 1

    def line_at(self, start: int) -> str:
        """The text of the line that begins there."""
        match = _LINE.match(self.text, start)
        return match.group() if match else ""

    @property
    def character(self) -> str:
        return self.text[self.index : self.index + 1]

    def suspects(self) -> list[tuple[int, str]]:
        """The lines in which the cause may lie, the likeliest first: start and text."""
        starts = [self.start, *self._lines_before(), self.line_start(self.context)]
        return [(start, self.line_at(start)) for start in dict.fromkeys(starts)]

    def _lines_before(self) -> list[int]:
        """The nearest line above that is not blank."""
        start = self.start
        while start > 0:
            start = self.line_start(start - 1)
            if self.line_at(start).strip():
                return [start]
        return []

    def mistake(
        self,
        code: str,
        start: int,
        length: int,
        message: str,
        help: str,  # noqa: A002 - the glossary's word
    ) -> Mistake:
        place = Place(start + self.offset, start + self.offset + max(1, length))
        return Mistake(code, place, message, help)

    def on_line(self, code: str, message: str, help: str) -> Mistake:  # noqa: A002 - the same
        """A mistake whose place is all that is written on the line."""
        written = self.line.strip()
        start = self.start + len(self.line) - len(self.line.lstrip())
        return self.mistake(code, start, len(written), message, help)


def explain(error: yaml.MarkedYAMLError, text: str, offset: int) -> Mistake:
    """The mistake behind a parser's error; `offset` is where the text begins in its file."""
    problem = _Problem(error, text, offset)
    for explanation in _EXPLANATIONS:
        mistake = explanation(problem)
        if mistake is not None:
            return mistake
    help_text = "compare the line with that of a badge that works"
    if problem.character.strip():
        message = f"{quoted(problem.character)} cannot stand here"
        return problem.mistake("yaml-syntax", problem.index, 1, message, help_text)
    return problem.on_line("yaml-syntax", "this line cannot be read", help_text)


def _tab(problem: _Problem) -> Mistake | None:
    for start, line in problem.suspects():
        found = _TAB_INDENT.match(line)
        if found:
            message = "a tab indents this line, and YAML wants spaces"
            return problem.mistake(
                "tab", start + found.start(1), len(found[1]), message, "replace it by spaces"
            )
    return None


def _typographic(problem: _Problem) -> Mistake | None:
    for start, line in problem.suspects():
        found = _ODD_START.search(line)
        if found:
            message = f"there is {space_name(found[1])} here, which only looks like a space"
            help_text = "type it again with plain spaces"
            return problem.mistake("odd-space", start + found.start(1), 1, message, help_text)
        found = _CURLY_START.search(line)
        if found:
            message = f"{found[1]} is not a quote that YAML knows"
            help_text = "write straight quotes"
            return problem.mistake("curly-quotes", start + found.start(1), 1, message, help_text)
    return None


def _open_quote(problem: _Problem) -> Mistake | None:
    if "quoted scalar" in problem.what and "escape" not in problem.what:
        message = "the quote that begins here is never closed"
        return problem.mistake("unclosed-quote", problem.context, 1, message, "close it")
    before = problem.text[: problem.index].rstrip(" \t")
    if before[-1:] in ("'", '"') and "expected" in problem.what:
        message = "the text ends at this quote, and more follows"
        help_text = "put the whole text in quotes of the other kind"
        return problem.mistake("quote-in-text", len(before) - 1, 1, message, help_text)
    return None


def _escape(problem: _Problem) -> Mistake | None:
    if "escape" not in problem.what:
        return None
    message = "a backslash in double quotes begins an escape, and this is none"
    help_text = "write two backslashes, or use single quotes"
    return problem.mistake("bad-escape", problem.index, 1, message, help_text)


def _brackets(problem: _Problem) -> Mistake | None:
    if problem.character in ("}", "]") and "flow" not in problem.what:
        message = f"{quoted(problem.character)} closes nothing"
        return problem.mistake("unclosed-bracket", problem.index, 1, message, "remove it")
    if "expected node content" in problem.what and not problem.text[problem.index :].strip():
        start = max(problem.text.rfind("{"), problem.text.rfind("["))
        message = f"{quoted(problem.text[start])} is never closed"
        return problem.mistake("unclosed-bracket", start, 1, message, "close it")
    if "flow mapping" not in problem.what and "flow sequence" not in problem.what:
        return None
    if problem.line_start(problem.context) < problem.start or not problem.character:
        bracket = problem.text[problem.context]
        message = f"{quoted(bracket)} is not closed where it has to be"
        help_text = f"write {'}' if bracket == '{' else ']'} where it ends"
        return problem.mistake("unclosed-bracket", problem.context, 1, message, help_text)
    if problem.character in ("}", "]"):
        message = f"{quoted(problem.character)} does not match the bracket that is open"
        return problem.mistake("unclosed-bracket", problem.index, 1, message, "write the other one")
    message = "a comma or a closing bracket is missing before this"
    help_text = "write a comma between two settings, and quotes around a text with a colon"
    return problem.mistake("missing-comma", problem.index, 1, message, help_text)


def _no_space(problem: _Problem) -> Mistake | None:
    for start, line in problem.suspects():
        found = _NO_SPACE_AFTER_DASH.match(line)
        if found:
            message = "a space is missing after the dash"
            help_text = f"write - {line[found.end() :].strip()}"
            return problem.mistake("missing-space", start + found.end() - 1, 1, message, help_text)
        found = _NO_SPACE.match(line)
        if found:
            message = f"a space is missing after the colon of {quoted(found[1])}"
            help_text = f"write {found[1]}: {line[found.end() :].strip()}"
            return problem.mistake(
                "missing-space", start + found.start(1), len(found[1]) + 1, message, help_text
            )
    return None


def _special(problem: _Problem) -> Mistake | None:
    scanning = re.search(
        r"while scanning (?:an? )?(alias|anchor|tag|directive|block scalar)", problem.what
    )
    start = problem.index
    if scanning:
        start = problem.context
    elif "cannot start any token" not in problem.what:
        return None
    sign = problem.text[start : start + 1]
    message = f"a text may not begin with {quoted(sign)}"
    return problem.mistake("special-character", start, 1, message, "put the text in quotes")


def _no_dash(problem: _Problem) -> Mistake | None:
    key = _KEY.match(problem.line)
    if "block collection" not in problem.what or key is None:
        return None
    above = problem.text[: problem.start]
    dashes = re.findall(rf"^{key[1]}- +([\w-]+)[ \t]*:", above, flags=re.MULTILINE)
    if dashes and dashes[-1] == key[3]:
        message = f'the list goes on here, and there is no "- " before {quoted(key[3])}'
        return problem.on_line("missing-dash", message, f'write "- {key[3]}:"')
    message = f"{quoted(key[3])} stands where the next dash is due"
    return problem.on_line("indentation", message, "indent it like the lines above it")


def _second_colon(problem: _Problem) -> Mistake | None:
    found = _SECOND_COLON.match(problem.line)
    if "mapping values are not allowed" not in problem.what or found is None:
        return None
    message = "a second colon in one line; a text with a colon needs quotes"
    start = problem.start + found.start(1)
    return problem.mistake("colon-in-text", start, 1, message, "put the text in quotes")


def _colon_inside(problem: _Problem) -> Mistake | None:
    if "found unexpected ':'" not in problem.what:
        return None
    message = "a colon in the middle of a text; such a text needs quotes"
    return problem.mistake("colon-in-text", problem.index, 1, message, "put the text in quotes")


def _no_colon(problem: _Problem) -> Mistake | None:
    if "could not find expected ':'" not in problem.what:
        return None
    start = problem.line_start(problem.context)
    line = problem.line_at(start)
    written = line.strip()
    message = f"there is no colon behind the name of the setting in {quoted(written)}"
    begin = start + len(line) - len(line.lstrip())
    return problem.mistake("missing-colon", begin, len(written), message, "write it as name: value")


def _indentation(problem: _Problem) -> Mistake | None:
    expected = ("mapping values", "block mapping", "block collection", "<document start>")
    if not any(words in problem.what for words in expected) or not problem.line.strip():
        return None
    message = "this line is indented neither like the one above it nor as part of it"
    return problem.on_line("indentation", message, "move it until it lines up with its neighbours")


_EXPLANATIONS: tuple[Callable[[_Problem], Mistake | None], ...] = (
    _tab,
    _typographic,
    _open_quote,
    _escape,
    _no_space,
    _brackets,
    _special,
    _no_dash,
    _second_colon,
    _colon_inside,
    _no_colon,
    _indentation,
)
