"""Real people's histories, as rows that phones upload late, in any order, twice, and corrected."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

import pytest
from django.db import transaction

from badge_engine import Event, evaluate
from django_adapter.engine import engine
from django_adapter.models import SourceRow
from django_adapter.rules import rules_of
from tests.django.club import Club
from tests.django.host.coaching.models import DailyLog, WeightCheckIn
from tests.django.host.people.models import User
from tests.facts import read

Row = DailyLog | WeightCheckIn
pytestmark = pytest.mark.django_db(transaction=True)


def rows_of(user: User, history: list[Event]) -> list[Row]:
    """The rows that a backend would hold: one log a day, one check-in a weighing."""
    workouts = sorted({event.day for event in history if event.type == "workout"})
    logs: list[Row] = [
        DailyLog(trainee=user, date=day, workout_data={"name": "as it was", "minutes": 30})
        for day in workouts
    ]
    weights = [event for event in history if event.type == "weigh_in"]
    return logs + [
        WeightCheckIn(
            trainee=user, date=event.day, weight_kg=round(Decimal(str(event.data["weight_kg"])), 2)
        )
        for event in weights
        if "weight_kg" in event.data
    ]


def events_of(rows: list[Row]) -> list[Event]:
    """What the rows mean, said here and not by the source that is tested."""
    events = []
    for row in rows:
        label = row._meta.label_lower  # noqa: SLF001 - documented by Django
        data: dict[str, object] = {"kind": "as it was", "minutes": 30, "exercises": []}
        kind = "workout"
        if isinstance(row, WeightCheckIn):
            data, kind = {"weight": row.weight_kg}, "weigh_in"
        events.append(
            Event.create(
                id=f"{label}:{row.pk}:{kind}",
                user=str(row.trainee_id),
                type=kind,
                day=row.date,
                data=data,
            )
        )
    return events


def amended_and_back(row: Row) -> None:
    if isinstance(row, DailyLog):
        before, row.workout_data = row.workout_data, {}
        row.save()
        row.workout_data = before
    else:
        before, row.weight_kg = row.weight_kg, row.weight_kg + 7
        row.save()
        row.weight_kg = before
    row.save()


def uploaded(rows: list[Row], chance: Random) -> None:
    """All rows, in random order, a few at a time, some twice, some wrong at first."""
    todo: list[Callable[[], object]] = [row.save for row in rows]
    todo += [row.save for row in rows if chance.random() < 0.1]
    todo += [partial(amended_and_back, row) for row in rows if chance.random() < 0.05]
    chance.shuffle(todo)
    while todo:
        few = chance.randint(1, 12)
        with transaction.atomic():
            for upload in todo[:few]:
                upload()
        del todo[:few]


@pytest.mark.parametrize("data_set", ["runkeeper", "strong", "weightlog"])
def test_awards_are_those_of_evaluate(real_club: Club, histories: Path, data_set: str) -> None:
    users = sorted(read(histories / data_set).items())[:2]
    for trainee, (_, history) in zip([real_club.ta1, real_club.tb], users, strict=False):
        rows = rows_of(trainee, history)
        uploaded(rows, Random(data_set))
        derived = evaluate(rules_of(trainee), events_of(rows))
        earned = [one.award for one in engine().awards(str(trainee.pk), status=["earned"])]
        assert earned == derived
        assert rows
        assert derived
    assert not SourceRow.objects.filter(due=True).exists()
