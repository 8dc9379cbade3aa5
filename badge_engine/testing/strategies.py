"""What Hypothesis draws: packs, events as people and careless clients send them, and operations.

Everything is accepted at intake on the way, so that what a law speaks of can really be stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from badge_engine.errors import InvalidEvent
from badge_engine.events import NUMBER_LIMIT, Event, Operation
from badge_engine.instants import zone_names
from badge_engine.language.loader import load_text
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.testing.histories import (
    OFFSETS,
    USER,
    ZONES,
    make_history,
    make_value,
    random_start,
    time_zone,
)
from badge_engine.testing.packs import VOCABULARY, WEEK_STARTS, Badge, make_pack, named_in

__all__ = [
    "NAMES",
    "USER",
    "Case",
    "any_data",
    "any_events",
    "any_times",
    "cases",
    "compiled",
    "data_of",
    "events",
    "histories",
    "moments",
    "operations",
    "packs",
    "randoms",
    "rule_sets",
    "texts",
    "times",
]

NAMES = [f"{letter}{number}" for letter in "aZé" for number in range(10)]
"""The ids of drawn events: few, so that they come again."""

TYPES = tuple(VOCABULARY)
FIRST_DAY = date(2026, 1, 5)
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A pack, as written and compiled, and the history of one user in the order of arrival."""

    badges: Sequence[Badge]
    rules: RuleSet
    history: Sequence[Event]


def compiled(badges: Sequence[Badge], week_starts: str = "monday") -> RuleSet:
    """The rules of badges as written, over the vocabulary of drawn events."""
    vocabulary = Vocabulary.model_validate({"events": VOCABULARY})
    pack = json.dumps({"language": "en", "badges": list(badges)})
    packs = load_text(pack, vocabulary=vocabulary, week_starts=week_starts)
    return compile_rules(packs, week_starts=week_starts)


def randoms() -> st.SearchStrategy[Random]:
    """A source for the generators, by number: they draw too much to be steered step by step."""
    return st.integers(0, 10**6).map(Random)


def packs() -> st.SearchStrategy[list[Badge]]:
    """One to three badges as written, of every kind of rule."""
    return randoms().map(make_pack)


def rule_sets() -> st.SearchStrategy[RuleSet]:
    """The rules of a pack, with weeks that start on any day."""
    return st.builds(compiled, packs(), st.sampled_from(WEEK_STARTS))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A pack of every kind of rule, and a history that earns something in it now and then."""
    random = draw(randoms())
    badges = make_pack(random)
    rules = compiled(badges, random.choice(WEEK_STARTS))
    if draw(st.booleans()):
        return Case(badges, rules, make_history(random, badges))
    types = named_in(badges, ("event", "each_of", "paused_by"))
    return Case(badges, rules, draw(histories(types, random_start(random, badges))))


def histories(
    types: Sequence[str] = TYPES, first_day: date = FIRST_DAY, user: str = USER
) -> st.SearchStrategy[list[Event]]:
    """Events of one user, in any order of arrival, around some days after the first."""
    drawn = events(types, first_day, user)
    return st.lists(drawn, max_size=12, unique_by=lambda event: event.id)


@st.composite
def events(
    draw: st.DrawFn, types: Sequence[str] = TYPES, first_day: date = FIRST_DAY, user: str = USER
) -> Event:
    """An event of one of the types, near some day."""
    event_type = draw(st.sampled_from(types))
    return Event.create(
        id=draw(st.sampled_from(NAMES)),
        user=user,
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
def times(draw: st.DrawFn, first_day: date = FIRST_DAY) -> Settings:
    """When an event is said to have happened, within ten weeks and mostly in the first."""
    return draw(times_on(first_day + timedelta(days=draw(st.integers(0, 6) | st.integers(0, 70)))))


@st.composite
def times_on(draw: st.DrawFn, day: date) -> Settings:
    """How a day is said: alone, or as an instant with an offset, a zone, a local day beside it."""
    zone = draw(st.none() | st.sampled_from(ZONES))
    if draw(st.booleans()):
        return {"day": day, "zone": zone}
    clock = time(draw(st.integers(0, 23)), draw(st.sampled_from((0, 1, 59))))
    there = time_zone(zone or draw(st.sampled_from(OFFSETS)))
    at = datetime.combine(day, clock, there)
    shift = draw(st.none() | st.sampled_from((-1, 0, 1)))
    wall = at.astimezone(UTC).astimezone(there)
    beside = None if shift is None else wall.date() + timedelta(days=shift)
    return {"at": at.astimezone(UTC) if zone else at, "zone": zone, "day": beside}


def moments(history: Sequence[Event]) -> st.SearchStrategy[datetime]:
    """An instant on, directly before or some time after one of the events."""
    near = [event.at for event in history] or [datetime(2026, 1, 5, tzinfo=UTC)]
    steps = [timedelta(0), timedelta(microseconds=1), timedelta(hours=9), timedelta(days=3)]
    away = st.sampled_from([*steps, *(-step for step in steps)])
    return st.builds(lambda moment, step: moment + step, st.sampled_from(near), away)


@st.composite
def operations(
    draw: st.DrawFn, drawn: st.SearchStrategy[Event] | None = None, most: int = 20
) -> list[Operation]:
    """What is done to the facts of users, one after another: at most so many operations.

    Events (those of `events()`, if none are given) are recorded, amended and retracted. Operations
    come twice, a recorded id comes again with other content, what was amended is amended back, and
    ids are retracted before they were seen.
    """
    event = events() if drawn is None else drawn
    done: list[Operation] = []
    for _ in range(draw(st.integers(0, most))):
        if done and draw(st.integers(0, 3)) == 0:
            former = draw(st.sampled_from(done))
            back = former.event is not None and draw(st.booleans())
            done.append(replace(former, name="amend") if back else former)
        else:
            done.append(draw(_operation(event)))
    return done


@st.composite
def _operation(draw: st.DrawFn, drawn: st.SearchStrategy[Event]) -> Operation:
    event = draw(drawn)
    name = draw(st.sampled_from(("record", "record", "record", "amend", "retract")))
    if name == "retract":
        return Operation("retract", event.user, event.id, None)
    return Operation("amend" if name == "amend" else "record", event.user, event.id, event)


def texts(*, least: int = 0, most: int = 50) -> st.SearchStrategy[str]:
    """Text that can be stored; with at most 50 characters it may be an id."""
    letters = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
    return st.text(letters, min_size=least, max_size=most)


def any_data() -> st.SearchStrategy[dict[str, Any]]:
    """Data of any names and values that intake lets through."""
    value = (
        st.booleans()
        | st.integers(1 - NUMBER_LIMIT, NUMBER_LIMIT - 1)
        | st.decimals(1 - NUMBER_LIMIT, NUMBER_LIMIT - 1)
        | texts()
        | st.lists(texts(), max_size=4)
    )
    return st.dictionaries(texts(), value, max_size=6)


@st.composite
def any_times(draw: st.DrawFn) -> Settings:
    """A time in any year and any place."""
    zone = draw(st.none() | st.sampled_from(sorted(zone_names())))
    day = draw(st.dates(date(1970, 1, 1), date(9998, 12, 31)))
    if draw(st.booleans()):
        return {"day": day, "zone": zone}
    offset = timezone(timedelta(minutes=draw(st.integers(-12 * 60, 14 * 60))))
    return {"at": datetime.combine(day, draw(st.times()), offset), "zone": zone}


@st.composite
def any_events(
    draw: st.DrawFn, ids: st.SearchStrategy[str] | None = None, user: str = USER
) -> Event:
    """Whatever intake lets through; the rules of drawn packs know little of it."""
    slugs = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True)
    try:
        return Event.create(
            id=draw(texts(least=1) if ids is None else ids),
            user=user,
            type=draw(st.sampled_from(TYPES) | slugs),
            data=draw(any_data()),
            **draw(any_times()),
        )
    except InvalidEvent:
        reject()
