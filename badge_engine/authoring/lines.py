"""Lines of JSON and CSV as named fields; a line that cannot be read harms no other."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Protocol

from badge_engine.errors import InvalidEvent
from badge_engine.language.vocabulary import FieldDefinition, Vocabulary

Fields = Mapping[str, object]
"""The parts of an event as written: `id`, `user`, `type`, `at`, `day`, `zone`, `data`."""

Line = tuple[int, str | InvalidEvent]
"""The number of a line, counted from 1, with its text or the reason why it has none."""

PARTS = ("id", "user", "type", "at", "day", "zone", "data")
MAX_LINE_BYTES = 1024 * 1024
UTF_8_MARK = b"\xef\xbb\xbf"

_MAX_ROW_LINES = 20
_MAX_PLAIN_DIGITS = 20
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?\Z|[+-]?\.\d+\Z", re.ASCII)
_NOT_JSON = {
    "Extra data": "extra text",
    "Expecting property name": "a name in double quotes is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting value": "a value is missing",
    "Unterminated string": "a text that is never closed begins",
    "Invalid control character": "an invisible character in a text",
    "Invalid \\": "a backslash out of place",
    "Illegal trailing comma": "a comma too many",
}
_CALLED_DATE = frozenset({"date", "datum", "time", "datetime", "timestamp", "when", "start"})
_BOOLEANS = {"true": True, "false": False}


class ByteLines(Protocol):
    """A stream of bytes that gives its lines."""

    def readline(self, size: int, /) -> bytes:
        """The next line, or its first `size` bytes; empty at the end."""


def read_lines(stream: ByteLines) -> Iterator[Line]:
    """The lines of a stream as text, without their ends; blank ones are left out."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(UTF_8_MARK)
        if len(raw) > MAX_LINE_BYTES:
            while not raw.endswith(b"\n") and (raw := stream.readline(MAX_LINE_BYTES)):
                pass
            message = f"the line is longer than {MAX_LINE_BYTES} bytes; shorten it"
            yield number, InvalidEvent("oversize-line", message)
        elif raw.strip():
            yield number, _text(raw)


def _text(raw: bytes) -> str | InvalidEvent:
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as problem:
        message = f"byte {problem.start + 1} of the line is not UTF-8; save the file as UTF-8"
        return InvalidEvent("not-utf-8", message)


def json_fields(lines: Iterable[Line]) -> Iterator[tuple[int, Fields | InvalidEvent]]:
    """One JSON object a line."""
    for number, text in lines:
        yield number, text if isinstance(text, InvalidEvent) else _parse_json(text)


def _parse_json(text: str) -> Fields | InvalidEvent:
    try:
        fields = _DECODER.decode(text)
    except InvalidEvent as refused:
        return refused
    except json.JSONDecodeError as problem:
        what = next(
            (plain for known, plain in _NOT_JSON.items() if problem.msg.startswith(known)),
            "something else than expected",
        )
        message = f"not JSON ({what} at column {problem.colno}); correct the line"
        return InvalidEvent("bad-json", message)
    except RecursionError:
        return InvalidEvent("bad-json", "nested too deeply; data is flat")
    if not isinstance(fields, dict):
        return InvalidEvent("bad-json", "not a JSON object; write one object a line")
    unknown = [name for name in fields if name not in PARTS]
    if unknown:
        message = f"{unknown[0]!r} is not a part of an event; fields belong inside data"
        return InvalidEvent("unknown-part", message, field=unknown[0])
    return fields


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidEvent("duplicate-key", f"{twice!r} is there twice; keep one", field=twice)
    return fields


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        message = f"{text[:40]} is out of range; numbers stay within ±10^12"
        raise InvalidEvent("number-out-of-range", message) from None


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MAX_PLAIN_DIGITS else _decimal(text)


def _refuse_constant(text: str) -> object:
    raise InvalidEvent("bad-number", f"{text} is not a number; send one, or leave it out")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_refuse_constant,
)


def csv_fields(
    lines: Iterator[Line], vocabulary: Vocabulary
) -> Iterator[tuple[int, Fields | InvalidEvent]]:
    """Rows under a header; a column that is not a part of an event is a field of its data.

    Cells are read by the vocabulary: numbers as decimals, `true` and `false`, texts divided by
    semicolons. An empty cell is a missing field.
    """
    header = next(lines, None)
    if header is None:
        return
    number, text = header
    names = text if isinstance(text, InvalidEvent) else _header(text)
    if isinstance(names, InvalidEvent):
        yield number, names
        return
    for line, row in _rows(lines, len(names), _delimiter(str(text))):
        if isinstance(row, InvalidEvent):
            yield line, row
        elif any(row):
            yield line, _typed(dict(zip(names, row, strict=True)), vocabulary)


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _header(text: str) -> list[str] | InvalidEvent:
    try:
        names = _cells(text, _delimiter(text)) or []
    except csv.Error as problem:
        return InvalidEvent("bad-csv", f"the header is not CSV: {problem}; correct it")
    missing = [name for name in ("id", "user", "type") if name not in names]
    if not {"at", "day"} & set(names):
        missing.append("at or day")
    if missing:
        message = f"the header has no column {missing[0]}; {_header_hint(missing[0], names)}"
        return InvalidEvent("bad-header", f"{message}; nothing of the file is read")
    doubtful = [name for name in names if not name or name == "data" or names.count(name) > 1]
    if doubtful:
        message = f"column {doubtful[0]!r} needs another name, one of its own"
        return InvalidEvent("bad-header", message)
    return names


def _header_hint(missing: str, names: Sequence[str]) -> str:
    """What to do about a column that is not there."""
    wanted = missing.split(" or ")
    large = [name for name in names if name not in wanted and name.lower() in wanted]
    if large:
        return f"write {large[0]!r} in small letters, as all names of columns of an event"
    if missing == "at or day":
        dates = [name for name in names if name.lower() in _CALLED_DATE]
        if dates:
            return f"call {dates[0]!r} day if it holds dates, at if it holds times"
    return "add it"


def _rows(
    lines: Iterator[Line], width: int, delimiter: str
) -> Iterator[tuple[int, list[str] | InvalidEvent]]:
    """Rows of cells; a quote that is never closed spoils its own line and no other."""
    ahead: deque[Line] = deque()
    while line := (ahead.popleft() if ahead else next(lines, None)):
        number, text = line
        if isinstance(text, InvalidEvent):
            yield number, text
            continue
        try:
            row = _cells(text, delimiter)
        except csv.Error as problem:
            yield number, InvalidEvent("bad-csv", f"not CSV: {problem}; correct it")
            continue
        if row is None:
            row = _continued(text, lines, ahead, width, delimiter)
        if row is None:
            yield number, InvalidEvent("bad-csv", "a quote is not closed; close it")
        elif len(row) != width:
            message = f"the row has {len(row)} columns and the header {width}; correct it"
            yield number, InvalidEvent("bad-csv", message)
        else:
            yield number, row


def _continued(
    text: str, lines: Iterator[Line], ahead: deque[Line], width: int, delimiter: str
) -> list[str] | None:
    """The row that ends on one of the next lines, which it takes away; None if there is none."""
    for taken in range(_MAX_ROW_LINES):
        if taken == len(ahead):
            following = next(lines, None)
            if following is None:
                return None
            ahead.append(following)
        more = ahead[taken][1]
        if isinstance(more, InvalidEvent):
            return None
        text += "\n" + more
        try:
            row = _cells(text, delimiter)
        except csv.Error:
            return None
        if row is not None:
            if len(row) != width:
                return None
            for _ in range(taken + 1):
                ahead.popleft()
            return row
    return None


def _cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of a row, or None while a quoted one is still open."""
    if text.count('"') % 2:
        return None
    row: Sequence[str] = next(csv.reader([text], delimiter=delimiter, strict=True))
    return [cell.strip() for cell in row]


def _typed(cells: Mapping[str, str], vocabulary: Vocabulary) -> Fields | InvalidEvent:
    written = {name: cell for name, cell in cells.items() if cell}
    fields: dict[str, object] = {name: written.pop(name) for name in PARTS if name in written}
    try:
        fields["data"] = {
            name: _value(cell, vocabulary.field((cells["type"],), name))
            for name, cell in written.items()
        }
    except InvalidEvent as refused:
        return refused
    return fields


def _value(cell: str, definition: FieldDefinition | None) -> object:
    """A cell as its field wants it; what does not fit stays text, for the vocabulary to refuse."""
    wanted = "number" if definition is None else definition.type
    if wanted == "texts":
        return [part for part in (part.strip() for part in cell.split(";")) if part]
    if wanted == "boolean":
        return _BOOLEANS.get(cell.lower(), cell)
    if wanted == "number" and _NUMBER.match(cell):
        return _decimal(cell)
    return cell
