"""What the folds of one user remember, as bytes: read and written only where an event reaches.

The bytes are lines of JSON: a header, then one line a node; an empty line stands for a state that
is kept aside because it is large.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import NoneType
from typing import TypeVar

from badge_engine.events import Event
from badge_engine.outcomes import Award, Progress
from badge_engine.ports import Checkpoint, Position, Standing, position
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import Folding
from badge_engine.semantics.folds.base import State

CHECKPOINT_DAYS = 7
CHECKPOINT_EVENTS = 64
KEPT_OF_A_KIND = 8
PLAIN_BYTES = 2000
"""Longer texts are compressed."""

HOT_BYTES = 4096
HOT_NODES = 50
"""Room for the states of so many nodes in a standing; each node more has its share more."""

Told = TypeVar("Told")

_FAST = 1
_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)
_written = _encoder.encode


_COUNTS = (int, int, int, bool)
_HEADERS = ((int, str, *_COUNTS), (NoneType, NoneType, *_COUNTS))


@dataclass(slots=True)
class Header:
    """What is known of states without reading them.

    `newest` is the position of the last event that they took, `checkpoint` the number of the newest
    checkpoint; `since` events were taken after it, the first of them on local day `since_day`.
    `irregular` says whether the ledger may hold an award of another status than earned.
    """

    newest: Position | None = None
    checkpoint: int = 0
    since: int = 0
    since_day: int = 0
    irregular: bool = False

    def as_line(self) -> str:
        """One line of JSON."""
        instant, event_id = self.newest or (None, None)
        parts = [instant, event_id, self.checkpoint, self.since, self.since_day, self.irregular]
        return _written(parts)

    @classmethod
    def of_line(cls, line: str) -> Header:
        """The header of a line; ValueError or TypeError for a line that is none."""
        parts = json.loads(line)
        if tuple(map(type, parts)) not in _HEADERS:
            raise TypeError("a header has other parts")
        instant, event_id, *counts = parts
        return cls(None if instant is None else (instant, event_id), *counts)


@dataclass(slots=True)
class States:
    """The folds of one user at work, and the checkpoints that they left on their way.

    `started` is the number of the newest checkpoint when the work began; `expected` that of the
    newest one that there may be in the end: those that would not outlive it are not left at all.
    """

    rules: RuleSet
    header: Header
    lines: list[str]
    large: dict[int, str]
    _folding: Folding
    _loaded: set[int] = field(default_factory=set)
    _stored: bool = True
    expected: int = 0
    started: int = field(init=False)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started = self.header.checkpoint

    @classmethod
    def fresh(cls, rules: RuleSet) -> States:
        """The states before any event."""
        count = len(rules.nodes)
        every = set(range(count))
        return cls(rules, Header(), [""] * count, {}, Folding(rules), every, _stored=False)

    @classmethod
    def at(cls, rules: RuleSet, packed: bytes, large: Mapping[int, bytes] | None = None) -> States:
        """The states of a standing or a checkpoint of the same rule set.

        Raises UnreadableStates where somebody else wrote them.
        """
        try:
            first, *lines = _unpacked(packed).split("\n")
            aside = {number: _unpacked(state) for number, state in (large or {}).items()}
            header = Header.of_line(first)
        except _NOT_OURS as error:
            raise UnreadableStates from error
        whole = all(line or number in aside for number, line in enumerate(lines))
        if len(lines) != len(rules.nodes) or not whole:
            raise UnreadableStates
        unread: list[State] = [[]] * len(lines)
        return cls(rules, header, lines, aside, Folding(rules, unread))

    @property
    def folding(self) -> Folding:
        """The folds with every state read."""
        self._load(range(len(self.lines)))
        return self._folding

    def takes(self, event: Event) -> bool:
        """Whether any rule reads the type of an event."""
        return event.type in self.rules.routes

    def take(self, event: Event) -> list[Award]:
        """Take the next event in canonical order, of a type that rules read; its awards."""
        header = self.header
        if header.newest is not None and self._is_due(event):
            self._leave_checkpoint()
        if not header.since:
            header.since_day = event.ordinal
        header.since += 1
        header.newest = position(event)
        self._load(self.rules.reach[event.type])
        return self._told(lambda: list(self._folding.awards(event)))

    def take_all(self, events: Iterable[Event]) -> list[Award]:
        """Take events in canonical order, passing over those that no rule reads."""
        return [award for event in events if self.takes(event) for award in self.take(event)]

    def progress(self, today: date, *, each_tier: bool = False) -> list[Progress]:
        """How far each badge, or each tier, is on a local day, in file order."""
        folding = self.folding
        return self._told(lambda: folding.progress(today, each_tier=each_tier))

    def _told(self, ask: Callable[[], list[Told]]) -> list[Told]:
        """What folds say; over stored states that they did not write they may fail in any way."""
        try:
            return ask()
        except Exception as error:
            if self._stored:
                raise UnreadableStates from error
            raise

    def _is_due(self, event: Event) -> bool:
        header = self.header
        if header.since >= CHECKPOINT_EVENTS:
            return True
        return bool(header.since) and event.ordinal - header.since_day > CHECKPOINT_DAYS

    def _leave_checkpoint(self) -> None:
        header = self.header
        assert header.newest is not None  # noqa: S101 - nothing is due before the first event
        header.checkpoint += 1
        header.since = 0
        if not survives(header.checkpoint, max(header.checkpoint, self.expected)):
            return
        packed = _packed("\n".join([header.as_line(), *self._written_lines()]))
        self.checkpoints.append(Checkpoint(header.checkpoint, header.newest, packed))

    def _load(self, positions: Iterable[int]) -> None:
        for place in positions:
            if place not in self._loaded:
                self._loaded.add(place)
                line = self.lines[place] or self.large[place]
                try:
                    self._folding.states[place] = json.loads(line)
                except _NOT_OURS as error:
                    raise UnreadableStates from error

    def _written_lines(self) -> list[str]:
        """Every state as a line, the large ones among them."""
        states = self._folding.states
        return [
            _written(states[place]) if place in self._loaded else line or self.large[place]
            for place, line in enumerate(self.lines)
        ]

    def packed(self) -> tuple[Standing, dict[int, bytes]]:
        """The standing, and the large states to put.

        What was large stays aside, and the longest lines join it until the others have room.
        """
        lines = self._written_lines()
        aside = set(self.large)
        room = max(HOT_BYTES, HOT_BYTES * len(lines) // HOT_NODES)
        while len(packed := self._pack_without(lines, aside)) > room:
            rest = (number for number in range(len(lines)) if number not in aside)
            aside.add(max(rest, key=lambda number: len(lines[number])))
        large = {
            number: _packed(lines[number])
            for number in sorted(aside)
            if lines[number] != self.large.get(number)
        }
        return Standing(self.rules.fingerprint, packed), large

    def _pack_without(self, lines: list[str], aside: set[int]) -> bytes:
        kept = ["" if number in aside else line for number, line in enumerate(lines)]
        return _packed("\n".join([self.header.as_line(), *kept]))


class UnreadableStates(Exception):
    """States that somebody else wrote, or that were restored by halves; they are folded anew."""


_NOT_OURS = (zlib.error, ValueError, TypeError, RecursionError)


def _packed(text: str) -> bytes:
    plain = text.encode()
    return plain if len(plain) <= PLAIN_BYTES else zlib.compress(plain, _FAST)


def _unpacked(packed: bytes) -> str:
    plain = packed if packed[:1] in (b"[", b"{") else zlib.decompress(packed)
    return plain.decode()


def newest_checkpoint(packed: bytes) -> int:
    """The number of the newest checkpoint, whatever the rules; 0 where states are unreadable."""
    try:
        first, _, _ = _unpacked(packed).partition("\n")
        return Header.of_line(first).checkpoint
    except _NOT_OURS:
        return 0


def survives(number: int, newest: int) -> bool:
    """Whether a checkpoint is kept once the newest has the other number.

    The last eight are, of the eight before them every second, then every fourth, and so on, each
    time over twice the distance: the age of a change decides how much must be folded again, and
    the checkpoints of a user grow in number like the logarithm of the history.
    """
    step, age = 1, newest - number
    while age >= KEPT_OF_A_KIND * step:
        step *= 2
    return number % step == 0


def outlived(before: int, newest: int) -> list[int]:
    """The numbers up to `before` that need not be kept any more once there is a newer checkpoint.

    Of those that were kept when `before` was the newest.
    """
    gone = set()
    for number in range(before + 1, newest + 1):
        step = 1
        while (aged := number - KEPT_OF_A_KIND * step) >= 1:
            if aged <= before and not survives(aged, number):
                gone.add(aged)
            step *= 2
    return sorted(gone)
