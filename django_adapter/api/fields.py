"""Values of bodies and answers: texts that people write to each other, numbers, instants."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils import html

_TRIMMED = " \t\r\n"
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u2065")
# Not Cn: to an old table every newer emoji is unassigned.
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zl", "Zp", "Zs"})
_TAGS = range(0xE0000, 0xE1000)


class Text(serializers.CharField):
    """A text of 1 to `max_length` code points, trimmed and composed (NFC).

    Newlines are kept; other control characters, lone surrogates, what turns the direction of
    writing, and texts with nothing to see in them are refused.
    """

    default_error_messages = {  # noqa: RUF012 - the shape of REST framework
        "control": _("Control characters are not allowed."),
        "surrogate": _("This is not valid Unicode."),
        "direction": _("Characters that turn the direction of writing are not allowed."),
        "unseen": _("This text has nothing to see in it."),
    }

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - a field's many
        super().__init__(**{"min_length": 1, **options})

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401 - whatever a body holds
        if not isinstance(data, str):
            self.fail("invalid")
        text = data.replace("\r\n", "\n").strip(_TRIMMED)
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.fail("surrogate")
        if any(unicodedata.category(char) == "Cc" and char != "\n" for char in text):
            self.fail("control")
        text = unicodedata.normalize("NFC", text).strip()
        if not _BIDI.isdisjoint(text):
            self.fail("direction")
        return text

    def run_validation(self, data: Any = empty) -> Any:  # noqa: ANN401 - as above
        value = super().run_validation(data)
        if isinstance(value, str) and value and not any(map(_is_seen, value)):
            self.fail("unseen")
        return value


def _is_seen(char: str) -> bool:
    if unicodedata.category(char) in _UNSEEN or char in _BLANK:
        return False
    return ord(char) not in _TAGS


class Flag(serializers.BooleanField):
    """True or false, in those words; one that is not there is left alone, in forms too."""

    default_empty_html = empty

    def to_internal_value(self, data: Any) -> bool:  # noqa: ANN401 - whatever a body holds
        if isinstance(data, str) and html.is_html_input(self.root.initial_data):
            data = {"true": True, "false": False}.get(data.lower(), data)
        if not isinstance(data, bool):
            self.fail("invalid", input=type(data).__name__)
        return data


class Id(serializers.IntegerField):
    """The number of something: 1 to the largest that a row can have."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(**{"min_value": 1, "max_value": 2**63 - 1, **options})

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 - as above
        form = isinstance(data, str) and html.is_html_input(self.root.initial_data)
        if not form and (not isinstance(data, int) or isinstance(data, bool)):
            self.fail("invalid")
        return super().to_internal_value(data)


class Instant(serializers.DateTimeField):
    """An instant in UTC as ISO 8601 with a Z, whatever zone the host has set."""

    def to_representation(self, value: datetime | None) -> str | None:  # type: ignore[override] # never given a text
        return None if value is None else utc(value)


def utc(instant: datetime) -> str:
    """An instant in UTC as ISO 8601 with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
