"""Whatever a file holds, every line of it ends as an event or as a refusal."""

from __future__ import annotations

import gzip
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from badge_engine.authoring.eventfiles import Intake, Refusal, read_events
from badge_engine.events import Event
from badge_engine.language.vocabulary import Vocabulary

VOCABULARY = Vocabulary.model_validate(
    {"events": {"workout": {"fields": {"minutes": {"type": "number"}, "kind": {"type": "text"}}}}}
)
INTAKE = Intake(VOCABULARY, datetime(2026, 6, 1, tzinfo=UTC), zone="Europe/Lisbon")
GOOD = {"id": "good", "user": "ann", "type": "workout", "day": "2026-01-05"}
HEADER = b"id,user,type,at,minutes,kind\n"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
times = st.sampled_from(["2026-01-05", "2026-03-29T01:30", "2026-01-05T08:00Z", "0001-01-01T00:00"])
facts = st.fixed_dictionaries(
    {"id": st.text(max_size=4), "user": st.just("ann"), "type": st.just("workout")},
    optional={
        "at": times | anything,
        "day": times | anything,
        "zone": st.sampled_from(["UTC", "Asia/Tokyo"]) | anything,
        "data": st.dictionaries(st.sampled_from(["minutes", "kind", "other"]), anything) | anything,
    },
)


def outcomes(content: bytes, name: str) -> list[Event | Refusal]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        return [outcome for _, outcome in read_events([file], INTAKE)]


@given(content=st.binary(max_size=200), name=st.sampled_from(["a.jsonl", "a.csv", "a"]))
def test_any_bytes_end_in_events_or_refusals(content: bytes, name: str) -> None:
    for outcome in outcomes(content, name):
        assert isinstance(outcome, (Event, Refusal))


@given(content=st.binary(max_size=100))
def test_any_bytes_after_a_header_end_in_events_or_refusals(content: bytes) -> None:
    for outcome in outcomes(HEADER + content, "a.csv"):
        assert isinstance(outcome, (Event, Refusal))


@given(content=st.binary(min_size=1, max_size=100), cut=st.integers(0, 100))
def test_any_damage_to_a_compressed_file_ends_in_a_refusal(content: bytes, cut: int) -> None:
    whole = gzip.compress(json.dumps(GOOD).encode())
    place = min(cut, len(whole) - 1)
    for outcome in outcomes(whole[:place] + content, "a.jsonl.gz"):
        assert isinstance(outcome, (Event, Refusal))


@given(fact=facts)
def test_any_json_object_ends_in_one_outcome_between_unharmed_neighbours(
    fact: dict[str, object],
) -> None:
    lines = [json.dumps(GOOD), json.dumps(fact), json.dumps(GOOD)]
    before, between, after = outcomes("\n".join(lines).encode(), "a.jsonl")
    assert isinstance(before, Event)
    assert isinstance(between, (Event, Refusal))
    assert isinstance(after, Event)


@given(row=st.lists(st.text(max_size=6), min_size=6, max_size=6), rest=st.text(max_size=20))
def test_any_row_spoils_no_row_before_it(row: list[str], rest: str) -> None:
    good = "good,ann,workout,2026-01-05,,"
    text = f"{good}\n{','.join(row)}{rest}\n"
    first, *others = outcomes(HEADER + text.encode("utf-8", "surrogatepass"), "a.csv")
    assert isinstance(first, Event)
    assert all(isinstance(other, (Event, Refusal)) for other in others)
