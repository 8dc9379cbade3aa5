"""`python -m benchmarks.django`: what it costs a Django backend to record facts and to save rows.

Facts are measured beside the SQLAlchemy store in the same database, rows beside the same rows
without the adapter, by turns. Without `--db` a private PostgreSQL is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import django
from django.db import transaction

from badge_engine import Engine, RuleSet
from benchmarks.asked import asked
from benchmarks.backend import backend
from benchmarks.core import fifty_rules
from benchmarks.disk import with_and_without
from benchmarks.histories import A_DAY, clock, events, fact, twelve_rules
from benchmarks.lengths import lengths
from benchmarks.measuring import Work, by_turns, calls, machine
from benchmarks.online import opened, server
from benchmarks.results import Line, typical
from benchmarks.scale import FULL, QUICK, Scale
from django_adapter.services.sync import sync
from django_adapter.store import DjangoStore
from tests.django.host.coaching.models import DailyLog
from tests.django.host.people.models import User

ON_TIME, AMENDED = KINDS = ("on time", "amended, of the last days")
LOGS = (10, 100, 1_000, 3_000)
FEW = (5, 20)
SAVES = ("new", "changed", "as it was")
ALONE = "the row alone"


def figures(database: str, scale: Scale, *, ours: bool) -> Iterator[Line]:
    """All figures, part by part."""
    for fsync in with_and_without(database, ours=ours):
        for rules in (twelve_rules(), fifty_rules()):
            yield from facts(database, rules, scale, fsync)
    yield from lengths(Engine(DjangoStore(), fifty_rules(), clock=clock), scale)
    yield from rows(scale)


def facts(database: str, rules: RuleSet, scale: Scale, fsync: str) -> Iterator[Line]:
    """One fact at a time, in a transaction of the host's and through the SQLAlchemy store."""
    with opened(database) as store:
        works: dict[str, Work] = {}
        for name, engine, around in (
            ("SQLAlchemy", Engine(store, rules, clock=clock), _as_it_is),
            ("Django", Engine(DjangoStore(), rules, clock=clock), transaction.atomic),
        ):
            user = f"{name}-{len(rules.badges)}-{fsync}"
            engine.record_many(events(user, -scale.past, 0))
            on_time = (fact(user, number) for number in count())
            works[f"{name}, {ON_TIME}"] = calls(around(engine.record), on_time)
            changed = (_changed(user, number) for number in count())
            works[f"{name}, {AMENDED}"] = calls(around(engine.amend), changed)
        taken = by_turns(works, scale.days, A_DAY)
    costs = {name: typical(own, A_DAY) for name, own in taken.items()}
    part = f"one fact, {len(rules.badges)} rules, {fsync}"
    for kind in KINDS:
        yardstick, figure = costs[f"SQLAlchemy, {kind}"], costs[f"Django, {kind}"]
        yield Line(part, f"SQLAlchemy, {kind}", yardstick * 1e3, "ms")
        ratio, goal = figure / yardstick, "≤ 2.0" if kind == ON_TIME else ""
        yield Line(part, f"Django, {kind}", figure * 1e3, "ms", ratio, "SQLAlchemy", goal)


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _changed(user: str, number: int) -> dict[str, Any]:
    """A fact of the last 7 days, with content that it has not had."""
    place = -number % (7 * A_DAY) - 7 * A_DAY
    return fact(user, place) | {"data": {"note": str(number)}}


def rows(scale: Scale) -> Iterator[Line]:
    """Logs of a day that are saved: new, changed, and as they were; by how many there are."""
    lengths = FEW if scale is QUICK else LOGS
    works = {f"{logs:,} daily logs": _saved(_trainee(logs, scale), scale) for logs in lengths}
    alone = _saved(_trainee(lengths[0], scale), scale, raw=True)
    taken = by_turns(works | {ALONE: alone}, scale.rounds, len(SAVES))
    shortest = next(iter(works))
    for place, kind in enumerate(SAVES):
        costs = {name: typical(own[place :: len(SAVES)], 1) for name, own in taken.items()}
        for name, cost in costs.items():
            ratio = cost / costs[shortest]
            goal = "" if name == ALONE else "0.9 to 1.1"
            yield Line(f"a row of the host, {kind}", name, cost * 1e3, "ms", ratio, shortest, goal)


def _trainee(logs: int, scale: Scale) -> User:
    """A user with so many logs that were taken in, the last of them some days ago."""
    user = User.objects.create_user(f"{logs}-{User.objects.count()}@example.com")
    last = _first_day(scale)
    past = (last - timedelta(days=ago) for ago in range(1, logs + 1))
    DailyLog.objects.bulk_create(_log(user, day) for day in past)
    sync(user, silent=True)
    return user


def _first_day(scale: Scale) -> date:
    return datetime.now(tz=UTC).date() - timedelta(days=scale.rounds + 1)


def _log(user: User, day: date) -> DailyLog:
    workout = {"name": "Run", "minutes": 30 + day.toordinal() * 7 % 45}
    now = datetime.now(tz=UTC)
    return DailyLog(trainee=user, date=day, workout_data=workout, updated_at=now)


def _saved(user: User, scale: Scale, *, raw: bool = False) -> Work:
    """The logs of day after day; `raw` is how Django saves rows that nobody is to hear of."""
    for ago in count():
        log = _log(user, _first_day(scale) + timedelta(days=ago))
        save = transaction.atomic(partial(log.save_base, raw=True) if raw else log.save)
        yield save
        log.workout_data["minutes"] += 1
        yield save
        yield save


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    with asked("benchmarks.django", __doc__, arguments) as wanted, backend(wanted.database):
        title = f"{machine()}, {server(wanted.database)}, Django {django.__version__}"
        scale = QUICK if wanted.quick else FULL
        wanted.answer(title, list(figures(wanted.database, scale, ours=wanted.ours)))


if __name__ == "__main__":
    main()
