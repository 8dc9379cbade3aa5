"""Bodies, read strictly: what is odd in any way is refused before anything looks at it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser

DEEPEST = 20
MOST_BYTES = 65_536


class BodyTooLong(APIException):
    """413 `{detail}`."""

    status_code = 413
    default_code = "too_long"


def _most(context: Mapping[str, Any] | None) -> int:
    return getattr((context or {}).get("view"), "most_bytes", MOST_BYTES)


def _require_short(length: int, most: int) -> None:
    if length > most:
        raise BodyTooLong(_("The body is longer than %(most)d bytes.") % {"most": most})


class StrictJSON(BaseParser):
    """A JSON object of a limited size and depth, without NaN, lone surrogates, NUL."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return read(stream, _most(parser_context))


class _Measured:
    """Reads no form that says it is too long; nothing more than it says is ever read."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - one of REST framework's two shapes
        said = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        _require_short(int(said), _most(parser_context))
        return super().parse(stream, media_type, parser_context)  # type: ignore[misc] # a mixin


class ShortForm(_Measured, FormParser):
    """A form of a limited size."""


class ShortMultiPart(_Measured, MultiPartParser):
    """A form in parts, of a limited size."""


def read(stream: IO[bytes], most_bytes: int) -> dict[str, Any]:
    """What a body says; 413 if it is too long, else 400 for anything that is no plain object."""
    body = stream.read(most_bytes + 1)
    _require_short(len(body), most_bytes)
    try:
        text = body.decode("utf-8")
        told = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ParseError(_("The body is not plain JSON in UTF-8.")) from error
    if not isinstance(told, dict):
        raise ParseError(_("The body is not a JSON object."))
    if _is_deep(told, DEEPEST):
        raise ParseError(_("The JSON is nested more than %(most)d deep.") % {"most": DEEPEST})
    if "\\u" in text:
        _require_characters(told)
    return told


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    told = float(digits)
    return told if math.isfinite(told) else _refuse(digits)


def _is_deep(told: object, levels: int) -> bool:
    if isinstance(told, dict):
        told = list(told.values())
    if not isinstance(told, list):
        return False
    return levels == 0 or any(_is_deep(one, levels - 1) for one in told)


def _require_characters(told: Mapping[str, Any]) -> None:
    """Refuse NUL and lone surrogates, which no database and no answer can hold."""
    if not _is_sound(list(told)):
        raise ParseError(_("A key of the body is not valid Unicode."))
    odd = [key for key, value in told.items() if not _is_sound(value)]
    if odd:
        raise ValidationError({key: [_("This is not valid Unicode.")] for key in odd})


def _is_sound(told: object) -> bool:
    if isinstance(told, str):
        return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in told)
    if isinstance(told, dict):
        told = [*told, *told.values()]
    return all(map(_is_sound, told)) if isinstance(told, list) else True


PARSERS = (StrictJSON, ShortForm, ShortMultiPart)
