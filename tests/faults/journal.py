"""What a worker is about to send and what it was answered, on disk before it goes on.

A worker that takes over reads it, and repeats the step that nobody answered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from badge_engine.outcomes import AwardKey
from tests.faults.plan import Step, as_line

Seen = tuple[str, tuple[AwardKey, ...]]


@dataclass
class Sent:
    """A step as the journal tells of it; without `answers` nobody acknowledged it.

    `repeated` says whether it may have been done more than once.
    """

    step: Step
    attempts: int = 0
    answers: Sequence[str] | None = None
    repeated: bool = False


@dataclass
class Told:
    """All that one journal holds; `troubles` are errors by class and text, `notes` the rest."""

    sent: list[Sent] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def pending(self) -> Sent | None:
        return self.sent[-1] if self.sent and self.sent[-1].answers is None else None

    @property
    def acknowledged(self) -> int:
        return sum(len(one.step.acts) for one in self.sent if one.answers is not None)


class Journal:
    """The journal of one worker, for whoever is that worker now."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        _cut_torn_line(path)

    def send(self, step: Step) -> None:
        self._write(step.as_json())

    def answer(self, answers: Sequence[str], *, repeated: bool) -> None:
        self._write({"answers": list(answers), "repeated": repeated})

    def trouble(self, error: BaseException) -> None:
        self._write({"trouble": type(error).__name__, "text": str(error)[:300]})

    def seen(self, user: str, keys: Sequence[AwardKey]) -> None:
        self._write({"seen": user, "keys": [list(key) for key in keys]})

    def note(self, text: str) -> None:
        self._write({"note": text})

    def _write(self, value: dict[str, Any]) -> None:
        self._file.write(as_line(value))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _cut_torn_line(path: Path) -> None:
    """Remove what a killed writer began and did not end."""
    whole = path.read_bytes()
    os.truncate(path, whole.rfind(b"\n") + 1)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    whole = path.read_bytes() if path.exists() else b""
    for line in whole.split(b"\n")[:-1]:
        yield json.loads(line)


def read(path: Path) -> Told:
    told = Told()
    for line in _lines(path):
        if "step" in line:
            _take_step(told, Step.of_json(line))
        elif "answers" in line:
            last = told.sent[-1]
            last.answers = line["answers"]
            last.repeated = line["repeated"] or last.attempts > 1
        elif "trouble" in line:
            told.troubles.append((line["trouble"], line["text"]))
        elif "seen" in line:
            keys = tuple((badge, tier, occurrence) for badge, tier, occurrence in line["keys"])
            told.seen.append((line["seen"], keys))
        else:
            told.notes.append(line["note"])
    return told


def _take_step(told: Told, step: Step) -> None:
    """Note a step that was sent, or sent again by the worker that took over."""
    if told.pending is None:
        told.sent.append(Sent(step))
    assert told.sent[-1].step == step, f"{step} was sent before {told.sent[-1].step} was answered"
    told.sent[-1].attempts += 1
