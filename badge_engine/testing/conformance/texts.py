"""Texts and events at the edge of what intake lets through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from badge_engine.events import MAX_DATA_BYTES, MAX_ID_BYTES

TEXTS: Mapping[str, str] = {
    "longest": "é" * (MAX_ID_BYTES // 2),
    "emoji": "🏋️‍♀️ 💪🏽",
    "quotes": 'it\'s "quoted" `so`',
    "backslash": "C:\\runs\\new\\",
    "line ends": "one\ntwo\r\nthree\t",
    "percent": "100% %s %(id)s %%",
    "colon": ":id ::text $1 ? ??",
    "statement": "'; DROP TABLE events; --",
    "path": "../../runs/*",
    "dots": "..",
    "capital": "CON.JSON",
    "controls": "\x01\x1f\x7f\x85",
    "blank": " ",
    "invisible": "\ufeff\u202e\u2028\u200b",
    "beyond": "\ufffe\uffff\U0010ffff",
    "number": "007",
    "null": "null",
    "object": '{"a": [1]}',
}

ALIKE = (
    "a",
    "A",
    "a ",
    " a",
    "a\u0308",
    "ä",
    "ß",
    "ss",
    "ﬁ",
    "fi",
    "1",
    "01",
    "1.0",
    "K",
    "\u212a",
)
"""Some databases, file systems and languages take some of these for the same."""

IN_ORDER = (
    " ",
    "-",
    "10",
    "2",
    "A",
    "Z",
    "_",
    "a",
    "a-b",
    "a1",
    "a_b",
    "ab",
    "z",
    "ä",
    "é",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "😀",
)
"""In the order of their UTF-8 bytes, which is neither that of UTF-16 nor that of any language."""

NUMBERS: Mapping[str, int | Decimal] = {
    "whole": 30,
    "nothing": 0,
    "largest": 999_999_999_999,
    "smallest": -999_999_999_999,
    "a tenth": Decimal("0.1"),
    "below zero": Decimal("-2.5"),
    "many digits": Decimal("123456789012.123456789012345678901234567890"),
    "very small": Decimal("1E-20000"),
}

EVENTS: Mapping[str, Mapping[str, Any]] = {
    "microseconds": {"at": datetime(2026, 1, 5, 7, 30, 1, 234_567, tzinfo=UTC)},
    "first instant": {"at": datetime(1970, 1, 1, tzinfo=UTC)},
    "last instant": {"at": datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)},
    "a day before the first year": {
        "at": datetime(1970, 1, 1, tzinfo=UTC),
        "zone": "America/Los_Angeles",
    },
    "a day after the last year": {"at": "9998-12-31T23:30:00Z", "zone": "Pacific/Kiritimati"},
    "offset": {"at": "2026-01-05T07:30:00+05:30"},
    "offset of hours": {"at": "2026-01-05T07:30:00-12:00"},
    "zone": {"at": "2026-01-05T07:30:00Z", "zone": "America/Argentina/ComodRivadavia"},
    "day beside time": {"at": "2026-01-05T00:30:00Z", "day": date(2026, 1, 4)},
    "day without zone": {"day": date(2026, 1, 5)},
    "day with zone": {"day": date(2026, 1, 5), "zone": "Europe/Lisbon"},
    "no data": {"day": date(2026, 1, 5), "data": {}},
    "true is not one": {"day": date(2026, 1, 5), "data": {"done": True, "times": 1}},
    "false is not zero": {"day": date(2026, 1, 5), "data": {"done": False, "times": 0}},
    "numbers and texts": {"day": date(2026, 1, 5), "data": {"number": 30, "text": "30"}},
    "lists": {"day": date(2026, 1, 5), "data": {"none": [], "blank": [""], "two": ["b", "a"]}},
    "longest type": {"day": date(2026, 1, 5), "type": "a" * 64},
    "many fields": {"day": date(2026, 1, 5), "data": {f"field {n}": n for n in range(1000)}},
}

LARGE_TEXT = "é" * ((MAX_DATA_BYTES - len('{"note": ""}')) // 2)
"""With it, data are as large as they may be."""
