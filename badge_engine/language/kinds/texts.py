"""How texts, names, truth values, choices, dates and times of day are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING

from badge_engine.events import SLUG
from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.base import Schema, entries_of, one_of, refuse, scalar
from badge_engine.language.text.spelling import CURLY_QUOTES, ODD_SPACES, closest, space_name
from badge_engine.language.text.tree import MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from badge_engine.language.reading.scope import Scope

FIRST_YEAR, LAST_YEAR = 1970, 9998

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\Z", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")


def check_marks(node: ScalarNode) -> None:
    """Refuse typographic quotes and spaces where only plain ones can be meant."""
    found = CURLY_QUOTES.search(node.text) if node.plain else None
    if found:
        raise refuse(
            "curly-quotes",
            node.place,
            f"{found.group()} is not a quote that YAML knows",
            f"write {quoted(CURLY_QUOTES.sub('', node.text))} with straight quotes or without any",
        )
    found = ODD_SPACES.search(node.text)
    if found:
        raise refuse(
            "odd-space",
            node.place,
            f"there is {space_name(found.group())} here, which only looks like a space",
            f"type it again with plain spaces: {ODD_SPACES.sub(' ', node.text).strip()}",
        )


def words_of(node: ScalarNode) -> str:
    """The text with single spaces between its words; typographic marks are refused."""
    if ODD_SPACES.search(node.text) or CURLY_QUOTES.search(node.text):
        check_marks(node)
    return " ".join(node.text.split())


@dataclass(frozen=True, slots=True)
class Text:
    """Free text on which nothing depends; with `required` not an empty one."""

    required: bool = False

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "a text")
        require_storable(text)
        trimmed = text.text.strip()
        if self.required and not trimmed:
            raise refuse("no-value", text.place, "the text is empty", "write one")
        if (
            text.plain
            and trimmed
            and CURLY_QUOTES.match(trimmed)
            and CURLY_QUOTES.match(trimmed[-1])
        ):
            check_marks(text)
        return text.text

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean"]} | (
            {"minLength": 1} if self.required else {}
        )


def require_storable(node: ScalarNode) -> None:
    """Refuse NUL, which databases cannot hold."""
    if "\0" in node.text:
        message = "the text contains a NUL character"
        raise refuse("unreadable-character", node.place, message, "remove it")


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text, or one for each language."""

    required: bool = False

    example = "Hot Streak"

    def read(self, node: Node, scope: Scope) -> str | dict[str, str]:
        if not isinstance(node, MapNode):
            return Text(self.required).read(node, scope)
        texts: dict[str, str] = {}
        for name, entry in entries_of(node, scope.report).items():
            if not _LANGUAGE.match(name):
                message = f"{quoted(name)} is not a language"
                raise refuse(
                    "unknown-language", entry.key.place, message, "write it as en or pt-BR"
                )
            texts[name] = Text(required=True).read(entry.value, scope)
        if scope.language not in texts:
            raise refuse(
                "missing-language",
                node.place,
                f"there is no text in {quoted(scope.language)}, the language of the pack",
                f"add {scope.language}: …",
            )
        return texts

    def schema(self) -> Schema:
        text = Text(self.required).schema()
        return {"anyOf": [text, {"type": "object", "additionalProperties": text}]}


@dataclass(frozen=True, slots=True)
class Language:
    """The code of a language."""

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "a language")
        if not _LANGUAGE.match(text.text):
            check_marks(text)
            message = f"{quoted(text.text)} is not a language"
            raise refuse("unknown-language", text.place, message, "write it as en or pt-BR")
        return text.text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"}


@dataclass(frozen=True, slots=True)
class Slug:
    """A name that other things refer to."""

    example = "hot-streak"

    def read(self, node: Node, scope: Scope) -> str:
        text = scalar(node, "a name")
        if not SLUG.match(text.text):
            check_marks(text)
            near = re.sub(r"[^a-z0-9_-]+", "-", text.text.strip().lower())[:64].strip("-_")
            raise refuse(
                "bad-id",
                text.place,
                f"{quoted(text.text)} is not a name that can be referred to",
                f"write {quoted(near)}" if near else "use a-z, 0-9, _ and -, at most 64 of them",
            )
        return text.text

    def schema(self) -> Schema:
        return {"type": ["string", "integer"], "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""

    def read(self, node: Node, scope: Scope) -> bool:
        text = scalar(node, "true or false")
        if text.text not in ("true", "false"):
            check_marks(text)
            word = text.text.lower()
            meant = "true" if word in ("yes", "on", "y", "true", "1") else "false"
            known = meant == "true" or word in ("no", "off", "n", "false", "0")
            raise refuse(
                "not-true-or-false",
                text.place,
                f"{quoted(text.text)} stands where true or false is due",
                f"write {meant}" if known else "write true or false",
            )
        return text.text == "true"

    def schema(self) -> Schema:
        return {"enum": [True, False, "true", "false"]}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    flags: bool = False  # true and false are read as such

    @property
    def example(self) -> str:
        """One of the words."""
        return self.words[0]

    def read(self, node: Node, scope: Scope) -> str | bool:
        text = scalar(node, one_of(self.words))
        if text.text not in self.words:
            check_marks(text)
            near = closest(text.text, self.words) or self._shortened(text.text)
            raise refuse(
                "unknown-choice",
                text.place,
                f"{quoted(text.text)} is none of {', '.join(self.words)}",
                f"write {near}" if near else f"write {one_of(self.words)}",
            )
        return text.text == "true" if self.flags and text.text in ("true", "false") else text.text

    def _shortened(self, word: str) -> str | None:
        return next((known for known in self.words if word.lower().startswith(known)), None)

    def schema(self) -> Schema:
        words = [word for word in self.words if not (self.flags and word in ("true", "false"))]
        return {"enum": words + ([True, False, "true", "false"] if self.flags else [])}


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date."""

    def read(self, node: Node, scope: Scope) -> date:
        text = scalar(node, "a date")
        return parse_date(text.text, text)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def parse_date(written: str, node: ScalarNode) -> date:
    """A date written as 2026-03-28, or Refused."""
    match = _DATE.match(written)
    if match is None:
        check_marks(node)
        message = f"{quoted(written)} is not a date"
        raise refuse("not-a-date", node.place, message, "write it as 2026-03-28")
    try:
        day = date(*map(int, match.groups()))
    except ValueError:
        message = f"the day {written} does not exist"
        raise refuse("not-a-date", node.place, message, "correct it") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        message = f"{written} is outside the years {FIRST_YEAR} to {LAST_YEAR}"
        raise refuse("not-a-date", node.place, message, "correct the year")
    return day


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day."""

    def read(self, node: Node, scope: Scope) -> time:
        text = scalar(node, "a time of day")
        match = _CLOCK.match(text.text)
        if match is None:
            check_marks(text)
            midnight = text.text in ("24:00", "24")
            raise refuse(
                "not-a-time",
                text.place,
                f"{quoted(text.text)} is not a time of day",
                "write 0:00" if midnight else "write it as 7:00 or 18:45",
            )
        return time(int(match[1]), int(match[2]))

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"}
