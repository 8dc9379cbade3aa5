"""Texts that people write to each other, and what may not be in them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Mn", "Me", "Zl", "Zp", "Zs"})


class Text(serializers.CharField):
    """A text of 1 to `max_length` code points, trimmed and composed (NFC)."""

    default_error_messages = {  # noqa: RUF012 - the shape of REST framework
        "control": _("Control characters are not allowed."),
        "surrogate": _("This is not valid Unicode."),
        "direction": _("Characters that turn the direction of writing are not allowed."),
        "unseen": _("This text has nothing to see in it."),
    }

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401 - whatever a body holds
        if not isinstance(data, str):
            self.fail("invalid")
        text = data.replace("\r\n", "\n")
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.fail("surrogate")
        text = unicodedata.normalize("NFC", text).strip()
        if any(unicodedata.category(char) == "Cc" and char != "\n" for char in text):
            self.fail("control")
        if not _BIDI.isdisjoint(text):
            self.fail("direction")
        return text

    def run_validation(self, data: Any = serializers.empty) -> Any:  # noqa: ANN401 - as above
        value = super().run_validation(data)
        if isinstance(value, str) and value and not any(map(_is_seen, value)):
            self.fail("unseen")
        return value


def _is_seen(char: str) -> bool:
    return unicodedata.category(char) not in _UNSEEN and char not in _BLANK


class Instant(serializers.DateTimeField):
    """An instant in UTC as ISO 8601 with a Z, whatever zone the host has set."""

    def to_representation(self, value: datetime | None) -> str | None:  # type: ignore[override]
        return None if value is None else utc(value)


def utc(instant: datetime) -> str:
    """An instant in UTC as ISO 8601 with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
