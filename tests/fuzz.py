"""Mutates packs, vocabularies and lines of events, and holds the readers to their promises.

`python -m tests.fuzz --seconds 600 --seed 1` searches for so long, prints what it found and how
slow the slowest input was, and leaves every input that broke a promise in the working folder.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from badge_engine.authoring.eventfiles import Intake, Refusal, read_events
from badge_engine.errors import RulePackError
from badge_engine.events import Event
from badge_engine.language.codes import CODES
from badge_engine.language.diagnostics import Diagnostic, as_github, as_json, as_text
from badge_engine.language.dump import dump
from badge_engine.language.loader import (
    RulePack,
    check_text,
    check_vocabulary_text,
    load_text,
    shipped_rules,
    shipped_vocabulary,
)

HERE = Path(__file__).resolve().parent
CLOCK = datetime(2026, 6, 1, tzinfo=UTC)

FRAGMENTS = [
    *"{}[]:,-#&*!|>%@`\"'?.\\~=<+ \n\t\r\0\x1b\x7f\x85\u00a0\u00ad\u200b\u2028\u202e\ufeff\ufffe",
    *("“", "”", "é", "😀", "朝", "  ", "\r\n", ": ", "- ", "? ", "<<: ", "---\n", "...\n", "*a"),
    *(
        "&a ",
        "!!str ",
        "%TAG ! x\n",
        "null",
        "true",
        "no",
        "0",
        "-1",
        "010",
        "0x1F",
        "1e9",
        "1_000",
    ),
    *(".inf", "9" * 20, "9" * 400, "2026-02-30", "0001-01-01", "9999-12-31", "24:00", "x", "x*7"),
    *(
        "x*99999",
        "2x",
        "7 days",
        "1 per 7 days",
        "5 kg",
        "-5%",
        "{badge: a}",
        "{}",
        "[]",
        "id: a\n",
    ),
    *("name: ", "rule: ", "type: ", "event: ", "where: ", "of: ", "tiers: ", "tests: ", "expect: "),
    *(
        "with: ",
        "events: ",
        "badges:\n",
        "language: ",
        "at_least: ",
        "within: 9 days",
        "repeat: true",
    ),
    *("earned on day 3", "not earned", "Europe/Lisbon", "[" * 40, "{a: " * 40, "- " * 40),
]
EVENT_FRAGMENTS = [
    *FRAGMENTS,
    *("\\u0000", "\\ud800", "\\", "NaN", "Infinity", "1e5000", "-0.0", "[[[[", "\x1f\x8b"),
    *('"id": 5', '"at": null', '"2026-01-05T23:59:60Z"', '"2026-01-05T24:00:00Z"', '"1969-12-31"'),
    *('"2026-01-05T12:00:00+14:01"', '"9999-01-01"', '"day": "2026-01-05"', '{"a": {"b": 1}}'),
    '"zone": "Etc/GMT+12"',
]


@dataclass(slots=True)
class Findings:
    """What a search came upon."""

    cases: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_input: bytes = b""
    broken: list[bytes] = field(default_factory=list)


@cache
def sources() -> tuple[str, ...]:
    """The packs to begin with: good ones, and those of the corpus of mistakes."""
    folders = (shipped_rules(), HERE / "scenarios", HERE / "language" / "bad")
    return tuple(
        path.read_bytes().decode("utf-8", errors="replace")
        for folder in folders
        for path in sorted(folder.glob("*.yaml"))
    )


@cache
def vocabularies() -> tuple[str, ...]:
    """The vocabularies to begin with."""
    paths = [
        shipped_rules() / "events.yaml",
        *sorted((HERE / "language" / "bad_vocabularies").glob("*.yaml")),
    ]
    return tuple(path.read_text(encoding="utf-8") for path in paths)


def event_lines() -> tuple[str, ...]:
    """Files of events to begin with: JSON Lines and CSV."""
    lines = [
        {"id": "1", "user": "u", "type": "workout", "at": "2026-03-28T23:50:00+02:00"},
        {"id": "2", "user": "u", "type": "workout", "day": "2026-03-28", "data": {"minutes": 30.5}},
        {
            "id": "3",
            "user": "u",
            "type": "weigh_in",
            "at": "2026-03-28 08:00",
            "zone": "Europe/Lisbon",
            "data": {"weight": 80, "exercises": ["squat"], "with_coach": True, "kind": None},
        },
    ]
    table = "id,user,type,at,day,zone,minutes,kind\n1,u,workout,2026-03-28T23:50:00Z,,,30,run\n"
    return ("\n".join(json.dumps(line) for line in lines) + "\n", table)


def mutated(text: str, fragments: list[str], draw: random.Random) -> bytes:
    """The text with a few places changed, now and then bytes that are no text at all."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5))):
        text = draw.choice(_CHANGES)(text, fragments, draw)
    content = text.encode("utf-8", errors="surrogatepass")
    if draw.random() < 0.05:
        at = draw.randrange(len(content) + 1)
        content = content[:at] + draw.randbytes(draw.randint(1, 4)) + content[at:]
    return content


def _insert(text: str, fragments: list[str], draw: random.Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(fragments) + text[at:]


def _replace(text: str, fragments: list[str], draw: random.Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(fragments) + text[at + draw.randint(1, 12) :]


def _delete(text: str, fragments: list[str], draw: random.Random) -> str:  # noqa: ARG001 - as its kin
    at = draw.randrange(len(text) + 1)
    return text[:at] + text[at + draw.randint(1, 30) :]


def _repeat(text: str, fragments: list[str], draw: random.Random) -> str:  # noqa: ARG001 - as its kin
    at = draw.randrange(len(text) + 1)
    piece = text[at : at + draw.randint(1, 60)]
    return text[:at] + piece * draw.choice((2, 2, 3, 50)) + text[at:]


def _shift(text: str, fragments: list[str], draw: random.Random) -> str:  # noqa: ARG001 - as its kin
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    lines[at] = " " * draw.randint(1, 4) + lines[at] if draw.random() < 0.5 else lines[at][1:]
    return "\n".join(lines)


def _drop_line(text: str, fragments: list[str], draw: random.Random) -> str:  # noqa: ARG001 - as its kin
    lines = text.split("\n")
    del lines[draw.randrange(len(lines))]
    return "\n".join(lines)


def _swap_words(text: str, fragments: list[str], draw: random.Random) -> str:  # noqa: ARG001 - as its kin
    words = text.split(" ")
    one, other = draw.randrange(len(words)), draw.randrange(len(words))
    words[one], words[other] = words[other], words[one]
    return " ".join(words)


_CHANGES: tuple[Callable[[str, list[str], random.Random], str], ...] = (
    _insert, _insert, _replace, _delete, _repeat, _shift, _drop_line, _swap_words,
)  # fmt: skip


def hold_pack(content: bytes) -> list[str]:
    """Check that any bytes end in a pack or in diagnostics; the codes of these."""
    found = check_text(content, path="fuzz.yaml")
    _hold_diagnostics(found)
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    packs, refused = _loaded(content)
    assert refused == errors
    for pack in packs:
        assert load_text(dump(pack), path="fuzz.yaml").packs == (pack,)
    return [diagnostic.code for diagnostic in found]


def _loaded(content: bytes) -> tuple[tuple[RulePack, ...], list[Diagnostic]]:
    try:
        return load_text(content, path="fuzz.yaml").packs, []
    except RulePackError as refused:
        return (), list(refused.diagnostics)


def hold_vocabulary(content: bytes) -> list[str]:
    """Check that any bytes end in a vocabulary or in diagnostics; the codes of these."""
    found = check_vocabulary_text(content, path="fuzz.yaml")
    _hold_diagnostics(found)
    return [diagnostic.code for diagnostic in found]


def _hold_diagnostics(found: list[Diagnostic]) -> None:
    assert found == sorted(found, key=lambda diagnostic: diagnostic.order)
    for diagnostic in found:
        assert diagnostic.code in CODES
        assert diagnostic.line >= 1
        assert 1 <= diagnostic.source_column <= diagnostic.column < diagnostic.end_column
        assert str(diagnostic)
    json.loads(as_json(found))
    as_text(found).encode()
    assert as_github(found).count("\n") == max(len(found) - 1, 0)


def hold_events(content: bytes, path: Path) -> list[str]:
    """Check that every line ends in an event or a refusal; the codes of the refusals."""
    path.write_bytes(content)
    refusals = []
    for _, outcome in read_events([path], Intake(shipped_vocabulary(), CLOCK)):
        if isinstance(outcome, Refusal):
            refusals.append(outcome.code)
            assert str(outcome)
        else:
            _hold_event(outcome)
    return refusals


def _hold_event(event: Event) -> None:
    again = Event.create(
        id=event.id,
        user=event.user,
        type=event.type,
        at=None if event.time is None else event.at,
        day=event.day,
        zone=event.zone if event.zone is None or event.zone[0] not in "+-" else None,
        data=dict(event.data),
    )
    assert again.same_content(event) or event.zone != again.zone
    json.dumps(event.data, default=str).encode()
    assert event.order[1].decode() == event.id


def search(seed: int, *, cases: int | None = None, seconds: float | None = None) -> Findings:
    """Try so many cases, or for so long; the same seed draws the same cases."""
    findings = Findings()
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        end = None if seconds is None else time.monotonic() + seconds
        for content, hold in _cases(draw, Path(folder)):
            if findings.cases == cases or (end is not None and time.monotonic() > end):
                break
            findings.cases += 1
            _try(content, hold, findings)
    return findings


def _cases(
    draw: random.Random, folder: Path
) -> Iterator[tuple[bytes, Callable[[bytes], list[str]]]]:
    while True:
        kind = draw.random()
        if kind < 0.6:
            yield mutated(draw.choice(sources()), FRAGMENTS, draw), hold_pack
        elif kind < 0.7:
            yield mutated(draw.choice(vocabularies()), FRAGMENTS, draw), hold_vocabulary
        else:
            name = draw.choice(("events.jsonl", "events.csv"))
            start = draw.choice(event_lines())
            content = mutated(start, EVENT_FRAGMENTS, draw)
            yield content, partial(hold_events, path=folder / name)


def _try(content: bytes, hold: Callable[[bytes], list[str]], findings: Findings) -> None:
    start = time.process_time()
    try:
        findings.codes.update(hold(content))
    except Exception:  # noqa: BLE001 - whatever it is, it must not happen
        traceback.print_exc()
        findings.broken.append(content)
    spent = time.process_time() - start
    if spent > findings.slowest:
        findings.slowest, findings.slowest_input = spent, content


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    findings = search(arguments.seed, seconds=arguments.seconds)
    sys.stdout.write(f"{findings.cases} cases, {len(findings.broken)} broken promises\n")
    sys.stdout.write(f"slowest {findings.slowest:.2f} s ({len(findings.slowest_input)} bytes)\n")
    for code, count in findings.codes.most_common():
        sys.stdout.write(f"{count:8} {code}\n")
    for number, content in enumerate(findings.broken, 1):
        path = Path(f"fuzz-{arguments.seed}-{number}.yaml")
        path.write_bytes(content)
        sys.stdout.write(f"broken: {path}\n")
    return 1 if findings.broken else 0


if __name__ == "__main__":
    sys.exit(main())
