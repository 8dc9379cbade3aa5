"""What this backend's rows mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet

from django_adapter import Happened, Source, register
from tests.django.host.coaching.models import DailyLog, Program, WeightCheckIn


@register(DailyLog)
class DailyLogs(Source):
    user = "trainee"

    def events(self, row: DailyLog) -> Iterator[Happened]:
        workout = row.workout_data or {}
        if workout.get("exercises") or workout.get("minutes"):
            yield self._workout(row, workout)
        for number, meal in enumerate((row.nutrition_data or {}).get("meals", []), start=1):
            data = {"meal": meal.get("name"), "calories": meal.get("calories")}
            yield Happened("nutrition_log", day=row.date, data=data, name=f"meal-{number}")

    def _workout(self, row: DailyLog, workout: dict[str, Any]) -> Happened:
        data = {
            "kind": workout.get("name"),
            "minutes": workout.get("minutes"),
            "exercises": [one["name"] for one in workout.get("exercises", [])],
        }
        done = row.completed_at
        if done is None or abs((done.date() - row.date).days) > 1:
            return Happened("workout", day=row.date, data=data)
        return Happened("workout", at=done, day=row.date, data=data)

    def since(self, rows: QuerySet[Any], day: date) -> QuerySet[Any]:
        return rows.filter(updated_at__date__gte=day)


@register(WeightCheckIn)
class WeightCheckIns(Source):
    user = "trainee"

    def events(self, row: WeightCheckIn) -> Iterator[Happened]:
        yield Happened("weigh_in", day=row.date, data={"weight": row.weight_kg})


@register(Program)
class Programs(Source):
    user = "trainee"

    def events(self, row: Program) -> Iterator[Happened]:
        if row.completed_on:
            yield Happened("program_completed", day=row.completed_on)
