"""Bodies, read strictly: what is odd in any way is refused with 400 before anything looks at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser

DEEPEST = 20


class StrictJSON(BaseParser):
    """JSON of a limited size and depth, without NaN, lone surrogates and endless numbers."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever JSON holds
        view = (parser_context or {}).get("view")
        return read(stream, getattr(view, "most_bytes", 65_536))


def read(stream: IO[bytes], most_bytes: int) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What a body says; ParseError for anything that is no plain JSON."""
    body = stream.read(most_bytes + 1)
    if len(body) > most_bytes:
        raise ParseError(f"The body is longer than {most_bytes} bytes.")
    try:
        text = body.decode("utf-8")
        told = json.loads(text, parse_constant=_refuse)
        if "\\u" in text:
            json.dumps(told, ensure_ascii=False).encode("utf-8")
    except (UnicodeError, ValueError, RecursionError) as error:
        raise ParseError("The body is not plain JSON in UTF-8.") from error
    if _is_deep(told, DEEPEST):
        raise ParseError(f"The JSON is nested more than {DEEPEST} deep.")
    return told


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _is_deep(told: object, levels: int) -> bool:
    if isinstance(told, dict):
        told = list(told.values())
    if not isinstance(told, list):
        return False
    return levels == 0 or any(_is_deep(one, levels - 1) for one in told)


PARSERS = (StrictJSON, FormParser, MultiPartParser)
