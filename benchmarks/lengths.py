"""Whether a fact costs more the longer a history is, and what one costs that is older."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count, cycle
from random import Random

from badge_engine import Engine
from benchmarks.histories import A_DAY, events, fact
from benchmarks.measuring import Work, by_turns
from benchmarks.results import Line, typical
from benchmarks.scale import Scale

WEEK = 7
MONTH = 30
YEAR = 365
KINDS = ("record", "amend", "retract")
AT_ONCE = 5000
AGES = (("30 days ago", MONTH), ("a year ago", YEAR))


def lengths(engine: Engine, scale: Scale) -> Iterator[Line]:
    """The cost of facts at every length of history; the shortest is the yardstick."""
    users = {length: _built(engine, length, scale.users) for length in scale.lengths}
    works = {_name(length): _on_time(engine, own) for length, own in users.items()}
    taken = by_turns(works, scale.rounds, A_DAY)
    yield from _lines("on time", {name: typical(own, A_DAY) for name, own in taken.items()})
    works = {_name(length): _corrected(engine, own, 1, WEEK) for length, own in users.items()}
    taken = by_turns(works, scale.corrections, len(KINDS))
    for place, kind in enumerate(KINDS):
        costs = {name: typical(own[place :: len(KINDS)], 1) for name, own in taken.items()}
        yield from _lines(f"{kind}, of the last 7 days", costs)
    yield from _older(engine, users, scale)


def _built(engine: Engine, length: int, wanted: int) -> list[str]:
    users = [f"{length}-{number}" for number in range(wanted)]
    for user in users:
        for begin in range(-length, 0, AT_ONCE):
            engine.record_many(events(user, begin, min(begin + AT_ONCE, 0)))
    return users


def _on_time(engine: Engine, users: list[str]) -> Work:
    """A day of one user after a day of another, so that no history grows by much."""
    for day in count():
        for user in users:
            for number in range(day * A_DAY, (day + 1) * A_DAY):
                yield partial(engine.record, fact(user, number))


def _corrected(engine: Engine, users: list[str], least: int, most: int) -> Work:
    """A fact that comes late, is changed and is taken back, so many days ago.

    The same facts for every length of history.
    """
    random = Random(f"{least}-{most}")  # noqa: S311 - the same facts each time
    for number, user in enumerate(cycle(users)):
        place = -random.randint(least * A_DAY, most * A_DAY)
        event_id = {"id": f"late-{most}-{number}"}
        yield partial(engine.record, fact(user, place) | event_id)
        yield partial(engine.amend, fact(user, place + 1) | event_id)
        yield partial(engine.retract, user, event_id["id"])


def _older(engine: Engine, users: dict[int, list[str]], scale: Scale) -> Iterator[Line]:
    for length, own in users.items():
        days = length // A_DAY
        ages = [(what, age) for what, age in AGES if age < days]
        for what, age in [*ages, ("at the beginning", days)]:
            work = _corrected(engine, own, age, age)
            taken = by_turns({"": work}, scale.older, len(KINDS))
            figure = typical(taken[""], len(KINDS)) * 1e3
            told = f"{what}, of {_name(length)}"
            yield Line("50 rules, older changes", told, figure, "ms")


def _name(length: int) -> str:
    return f"{length:,} events"


def _lines(what: str, costs: dict[str, float]) -> Iterator[Line]:
    """The costs by length; the shortest is the yardstick."""
    shortest = next(iter(costs))
    for length, cost in costs.items():
        ratio = cost / costs[shortest]
        yield Line(f"50 rules, {what}", length, cost * 1e3, "ms", ratio, shortest, "0.9 to 1.1")
