"""What Hypothesis draws: packs, events as people and careless clients send them, and histories.

Everything is accepted at intake on the way, so that what a law speaks of can really be stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from badge_engine.events import Event
from badge_engine.language.loader import load_text
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import RuleSet, compile_rules
from tests.campaign import as_event
from tests.generator import OFFSETS, ZONES, make_history, make_value, random_start
from tests.generator_packs import VOCABULARY, WEEK_STARTS, Badge, make_pack, named_in
from tests.oracle_facts import place

USER = "ann"
NAMES = [f"{letter}{number}" for letter in "aZé" for number in range(10)]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A pack, as written and compiled, and the history of one user in the order of arrival."""

    badges: Sequence[Badge]
    rules: RuleSet
    history: Sequence[Event]


def compiled(badges: Sequence[Badge], week_starts: str = "monday") -> RuleSet:
    """The rules of badges as written."""
    vocabulary = Vocabulary.model_validate({"events": VOCABULARY})
    pack = json.dumps({"language": "en", "badges": list(badges)})
    packs = load_text(pack, vocabulary=vocabulary, week_starts=week_starts)
    return compile_rules(packs, week_starts=week_starts)


def randoms() -> st.SearchStrategy[Random]:
    """A source for the generators, by number: they draw too much to be steered step by step."""
    return st.integers(0, 10**6).map(Random)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A pack of every kind of rule, and a history that earns something in it now and then."""
    random = draw(randoms())
    badges = make_pack(random)
    rules = compiled(badges, random.choice(WEEK_STARTS))
    if draw(st.booleans()):
        return Case(badges, rules, [as_event(fact) for fact in make_history(random, badges)])
    types = named_in(badges, ("event", "each_of", "paused_by"))
    return Case(badges, rules, draw(histories(types, random_start(random, badges))))


def histories(
    types: Sequence[str], first_day: date = date(2026, 1, 5)
) -> st.SearchStrategy[list[Event]]:
    """Events of one user, in any order of arrival, around some days after the first."""
    return st.lists(events(types, first_day), max_size=12, unique_by=lambda event: event.id)


@st.composite
def events(draw: st.DrawFn, types: Sequence[str], first_day: date) -> Event:
    """An event of one of the types, near some day."""
    event_type = draw(st.sampled_from(types))
    return Event.create(
        id=draw(st.sampled_from(NAMES)),
        user=USER,
        type=event_type,
        data=draw(data_of(event_type)),
        **draw(times(first_day)),
    )


def data_of(event_type: str) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the fields of an event type, now and then with a value that does not fit."""
    fields = VOCABULARY[event_type]["fields"]
    values = {name: st.builds(make_value, randoms(), st.just(name)) for name in fields}
    return st.fixed_dictionaries({}, optional=values)


@st.composite
def times(draw: st.DrawFn, first_day: date) -> Settings:
    """When an event is said to have happened: a day, an instant, or both, and perhaps a zone."""
    day = first_day + timedelta(days=draw(st.integers(0, 6) | st.integers(0, 70)))
    zone = draw(st.none() | st.sampled_from(ZONES))
    if draw(st.booleans()):
        return {"day": day, "zone": zone}
    clock = time(draw(st.integers(0, 23)), draw(st.sampled_from((0, 1, 59))))
    offset = draw(st.sampled_from(OFFSETS))
    at = datetime.combine(day, clock, place(zone or offset))
    shift = draw(st.none() | st.sampled_from((-1, 0, 1)))
    wall = at.astimezone(UTC).astimezone(place(zone or offset))
    beside = None if shift is None else wall.date() + timedelta(days=shift)
    return {"at": at.astimezone(UTC) if zone else at, "zone": zone, "day": beside}


def moments(history: Sequence[Event]) -> st.SearchStrategy[datetime]:
    """An instant on, directly before or some time after one of the events."""
    near = [event.at for event in history] or [datetime(2026, 1, 5, tzinfo=UTC)]
    steps = [timedelta(0), timedelta(microseconds=1), timedelta(hours=9), timedelta(days=3)]
    away = st.sampled_from([*steps, *(-step for step in steps)])
    return st.builds(lambda moment, step: moment + step, st.sampled_from(near), away)
