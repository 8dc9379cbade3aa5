"""Events from files: JSON Lines or CSV, plain or gzip, line by line; a bad one gives its reason.

What an event is stays with `Event` and `Vocabulary`; decided here is only what a file may leave
open: the zone of a wall clock, a date in place of an instant, the types of CSV cells.
"""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from badge_engine.authoring.clocks import is_date, read_clock, resolve
from badge_engine.authoring.lines import (
    UTF_8_MARK,
    Fields,
    csv_fields,
    json_fields,
    read_lines,
)
from badge_engine.authoring.reasons import plainly
from badge_engine.errors import InvalidEvent
from badge_engine.events import Event, require_not_ahead
from badge_engine.instants import MIDNIGHT, require_zone
from badge_engine.language.vocabulary import Vocabulary

STDIN = Path("-")

_ONE_DIGIT_HOUR = re.compile(
    r"\A(\d{4}-\d{2}-\d{2}[T ])(\d:\d{2}(?::\d{2}(?:\.\d+)?)?)\Z", re.ASCII
)
_FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv"}
_GZIP_MARK = b"\x1f\x8b"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that gave no event: where, a stable word, and the reason."""

    place: Place
    code: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Intake:
    """What lines are read against: vocabulary, the caller's clock, and the settings of the host.

    `zone` resolves wall clocks of lines that name neither an offset nor a zone of their own.
    """

    vocabulary: Vocabulary
    clock: datetime
    zone: str | None = None
    day_starts: time = MIDNIGHT

    def accept(self, fields: Fields) -> Event:
        """The event that a line states; InvalidEvent for what is refused."""
        given = {name: value for name, value in fields.items() if value is not None}
        for name in ("id", "user", "type"):
            if name not in given:
                raise InvalidEvent(f"no-{name}", f"the line has no {name}; add it", field=name)
        try:
            event = Event.create(**self._timed(given), day_starts=self.day_starts)  # type: ignore[arg-type] # it checks them
            self.vocabulary.accept(event)
        except InvalidEvent as refused:
            raise plainly(refused, given, self.vocabulary) from None
        self._require_not_ahead(event)
        return event

    def _require_not_ahead(self, event: Event) -> None:
        try:
            require_not_ahead(event, self.clock)
        except InvalidEvent as refused:
            now = f"{self.clock.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
            message = f"{event.at:%Y-%m-%dT%H:%MZ} lies too far after {now}, which counts as now"
            raise InvalidEvent(refused.code, message, field=refused.field) from None

    def _timed(self, given: dict[str, object]) -> dict[str, object]:
        at = given.get("at")
        if not isinstance(at, str):
            return given
        if is_date(at):
            if given.setdefault("day", at) != at:
                message = f"at is {at} and day is {given['day']}; keep one of them"
                raise InvalidEvent("day-mismatch", message, field="day")
            return {name: value for name, value in given.items() if name != "at"}
        clock = read_clock(_ONE_DIGIT_HOUR.sub(r"\g<1>0\g<2>", at))
        if clock.tzinfo is not None:
            return {**given, "at": clock}
        zone = given.get("zone", self.zone)
        if zone is None:
            message = f"{at} has no offset and the line no zone; add one, or give --zone"
            raise InvalidEvent("naive-time", message, field="at")
        require_zone(cast(str, zone))
        return {**given, "at": resolve(clock, cast(str, zone)), "zone": zone}


def event_files(paths: Iterable[Path]) -> list[Path]:
    """The files behind paths, in order: a folder gives its event files by name, `-` is stdin.

    Raises FileNotFoundError for a path that is not there and a folder without event files.
    """
    found: list[Path] = []
    for path in paths:
        if path == STDIN or (path.exists() and not path.is_dir()):
            found.append(path)
        elif path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.is_file() and _format(file))
            if not inside:
                message = f"{path} holds no event files (.jsonl, .csv, each also as .gz)"
                raise FileNotFoundError(message)
            found += inside
        else:
            raise FileNotFoundError(f"{path} does not exist")
    return found


def name_of(file: Path) -> str:
    """What a file is called in the place of a line."""
    return "stdin" if file == STDIN else str(file)


def read_events(
    files: Iterable[Path],
    intake: Intake,
    watch: Callable[[BinaryIO], BinaryIO] = lambda raw: raw,
) -> Iterator[tuple[Place, Event | Refusal]]:
    """Every line of the files, in order, as an event or as the reason why it is none.

    Holds one line at a time. `watch` may wrap each file as it is opened, to see how far it is
    read. Raises OSError for a file that cannot be read at all.
    """
    for file in files:
        if file == STDIN:
            if sys.stdin is None:
                raise OSError("the standard input is closed")
            yield from _read_stream(file, watch(sys.stdin.buffer), intake)
        else:
            with file.open("rb", buffering=0) as raw:
                yield from _read_stream(file, watch(cast(BinaryIO, raw)), intake)


def _read_stream(
    file: Path, raw: BinaryIO, intake: Intake
) -> Iterator[tuple[Place, Event | Refusal]]:
    name = name_of(file)
    place = Place(name, 0)
    try:
        for line, content in _contents(file, raw, intake.vocabulary):
            place = Place(name, line)
            yield place, _judge(place, content, intake)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        place = Place(name, place.line + 1)
        message = "the compressed file is damaged or cut off here; make it again"
        yield place, Refusal(place, "damaged-gzip", message)


def _judge(place: Place, content: Fields | InvalidEvent, intake: Intake) -> Event | Refusal:
    try:
        if isinstance(content, InvalidEvent):
            raise content
        return intake.accept(content)
    except InvalidEvent as refused:
        return Refusal(place, refused.code, str(refused))


def _contents(
    file: Path, raw: BinaryIO, vocabulary: Vocabulary
) -> Iterator[tuple[int, Fields | InvalidEvent]]:
    buffered = BufferedReader(cast(RawIOBase, raw))
    try:
        compressed = buffered.peek(2).startswith(_GZIP_MARK)
        stream = gzip.GzipFile(fileobj=buffered) if compressed else buffered
        start = stream.peek(1024)
        if start.startswith(_UTF_16_MARKS):
            yield 1, InvalidEvent("not-utf-8", "the file is UTF-16; save it as UTF-8")
        elif (_format(file) or _looks_like(start)) == "jsonl":
            yield from json_fields(read_lines(stream))
        else:
            yield from csv_fields(read_lines(stream), vocabulary)
    finally:
        buffered.detach()  # whoever opened the file closes it


def _format(file: Path) -> str | None:
    name = file.name.lower().removesuffix(".gz")
    return _FORMATS.get(Path(name).suffix)


def _looks_like(start: bytes) -> str:
    return "jsonl" if start.removeprefix(UTF_8_MARK).lstrip()[:1] == b"{" else "csv"
