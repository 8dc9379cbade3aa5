"""Anybody's folder of events: which files hold some, and where they and the vocabulary differ.

A field that does not fit the vocabulary costs its event that field alone, not the event.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from badge_engine import Event, History, InvalidEvent, Vocabulary
from badge_engine.authoring.eventfiles import Intake, Refusal, event_files, read_events
from badge_engine.authoring.histories import PlacedEvent, histories
from badge_engine.authoring.lines import Fields
from badge_engine.language.loader import check_vocabulary_text
from badge_engine.language.vocabulary import FieldDefinition

VOCABULARY_FILES = ("vocabulary.yaml", "events.yaml")
SHOWN_REFUSALS = 3


def files_below(path: Path) -> list[Path]:
    """The event files of a folder and of all folders in it, or the one file that is named."""
    if not path.is_dir():
        return event_files([path])
    folders = [path, *(inside for inside in path.rglob("*") if inside.is_dir())]
    found: list[Path] = []
    for folder in sorted(folders):
        if not any(part.startswith(".") for part in folder.relative_to(path).parts):
            with suppress(FileNotFoundError):  # a folder of other things
                found += event_files([folder])
    return found


def vocabulary_in(path: Path) -> Path | None:
    """The vocabulary that lies beside the events, if one does."""
    known = (path / name for name in VOCABULARY_FILES)
    return next((file for file in known if file.is_file()), None)


@dataclass(frozen=True)
class TolerantIntake(Intake):
    """Takes an event without the fields that do not fit the vocabulary, and remembers them.

    `unfit` counts them by event type and field; `seen` holds, by event type and field, what kinds
    of values came (an event type without fields has an empty entry), `events` how many of each
    type; `unzoned` counts wall clocks that only the zone of the intake placed.
    """

    unfit: Counter[tuple[str, str]] = field(default_factory=Counter)
    seen: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    events: Counter[str] = field(default_factory=Counter)
    unzoned: Counter[str] = field(default_factory=Counter)

    def accept(self, fields: Fields) -> Event:
        """The event that a line states, without what does not fit."""
        try:
            event = super().accept(fields)
        except InvalidEvent as refused:
            if refused.code != "wrong-type":
                raise
            return self._accept_without(str(refused.field).removeprefix("data."), fields)
        self._remember(event, fields)
        return event

    def _accept_without(self, name: str, fields: Fields) -> Event:
        data = dict(cast(Mapping[str, object], fields["data"]))
        value = data.pop(name)
        event = self.accept({**fields, "data": data})
        self.unfit[event.type, name] += 1
        self.seen[event.type][name][kind_of(value)] += 1
        return event

    def _remember(self, event: Event, fields: Fields) -> None:
        self.events[event.type] += 1
        seen = self.seen[event.type]
        for name, value in event.data.items():
            seen[name][kind_of(value)] += 1
        if event.time is not None and event.zone == self.zone and "zone" not in fields:
            self.unzoned[event.zone or ""] += 1


def kind_of(value: object) -> str:
    """The type of field that holds a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    return "texts" if isinstance(value, list | tuple) else "number"


@dataclass
class Folder:
    """Reads files once: one history after another, and what was not understood on the way."""

    files: list[Path]
    vocabulary: Vocabulary
    clock: datetime
    zone: str
    refused: int = 0
    first_refusals: list[Refusal] = field(default_factory=list)
    unread: dict[str, Refusal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.intake = TolerantIntake(self.vocabulary, self.clock, self.zone)

    def histories(self) -> Iterator[History]:
        """The history of each person, in the order of their keys; all is read before the first."""
        return histories(self._events(), self._refuse)

    def _events(self) -> Iterator[PlacedEvent]:
        for file in self.files:
            accepted = False
            refusals: list[Refusal] = []
            count = 0
            for place, outcome in read_events([file], self.intake):
                if not isinstance(outcome, Refusal):
                    accepted = True
                    yield PlacedEvent(place, outcome)
                    continue
                count += 1
                if len(refusals) < SHOWN_REFUSALS:
                    refusals.append(outcome)
            if accepted:
                self.refused += count
                self.first_refusals += refusals
            elif refusals:
                self.unread[str(file)] = refusals[0]

    def _refuse(self, refusal: Refusal) -> None:
        self.refused += 1
        self.first_refusals.append(refusal)

    def differences(self) -> Iterator[tuple[str, str]]:
        """Event types, and in which way they and the vocabulary differ, in words."""
        for event_type, fields in sorted(self.intake.seen.items()):
            known = self.vocabulary.events.get(event_type)
            if known is None:
                count = self.intake.events[event_type]
                yield event_type, f"not in the vocabulary; no rule reads its {count:,} events"
                continue
            for name, kinds in fields.items():
                if self.intake.unfit[event_type, name]:
                    wanted = known.fields[name].type
                    held = " or ".join(sorted(set(kinds) - {wanted}))
                    yield event_type, f"{name} is {held} and should be {wanted}; left out"
            unknown = [name for name in fields if name not in known.fields]
            if unknown:
                missed = [name for name in known.fields if name not in fields]
                instead = f" (the vocabulary has {', '.join(missed)})" if missed else ""
                yield event_type, f"no rule reads {', '.join(unknown)}{instead}"

    def starter_vocabulary(self) -> str | None:
        """A vocabulary for these events to go on from, None where field names are not usable."""
        lines = ["events:"]
        for event_type, fields in sorted(self.intake.seen.items()):
            lines += [f"  {event_type}:", "    fields:" if fields else "    fields: {}"]
            for name, kinds in fields.items():
                lines.append(f"      {name}: {self._definition(event_type, name, kinds)}")
        text = "\n".join(lines) + "\n"
        return None if check_vocabulary_text(text) else text

    def _definition(self, event_type: str, name: str, kinds: Counter[str]) -> str:
        known = self.vocabulary.field([event_type], name)
        [(kind, _)] = kinds.most_common(1)
        if known is None or known.type != kind:
            known = FieldDefinition.model_validate({"type": kind})
        settings = known.model_dump(exclude_defaults=True, exclude={"label"})
        inside = ", ".join(f"{key}: {_yaml(value)}" for key, value in settings.items())
        return f"{{{inside}}}"


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
