"""A sample club of a dozen people over two years, the same for everybody who runs it.

It has what real logs have: gaps, several entries a day, entries that come late or are corrected or
taken back, travel, days without the tracker, a scale that is never quite the same.

    python -m examples.club club.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from examples.members import MEMBERS, Member

FIRST_DAY = date(2024, 10, 7)
DAYS = 104 * 7
SEED = 2026

Line = Mapping[str, object]
"""An event as JSON has it, or some of its keys."""

EXERCISES = (
    "squat", "bench press", "deadlift", "row", "press", "pull-up", "dip", "lunge", "curl",
    "plank", "hip thrust", "face pull", "leg press", "calf raise", "split squat", "push-up",
    "swing", "farmer's walk", "step-up", "good morning", "front squat", "chin-up",
)  # fmt: skip
LIFTS = {"squat": 1.0, "bench press": 0.7, "deadlift": 1.2}
MINUTES_PER_KILOMETRE = {"run": 5.8, "ride": 2.6, "walk": 11.0, "hike": 14.0, "swim": 24.0}
OUTDOORS = {"run", "ride", "walk", "hike", "ski"}
MEALS = {"breakfast": 8.0, "lunch": 12.8, "dinner": 19.4, "snack": 16.0}
PROGRAMS = ("Base Camp", "Strong in Ten", "Couch to Park Run", "Mobility Month")


@dataclass(frozen=True, slots=True)
class Operation:
    """What the club is told at a moment: a new event, another content for it, or a withdrawal.

    `line` has the keys of a line in a file of events; it is empty for a withdrawal.
    """

    recorded_at: datetime
    action: Literal["record", "amend", "retract"]
    user: str
    id: str
    line: Line


def operations(seed: int = SEED, members: Iterable[Member] = MEMBERS) -> list[Operation]:
    """Everything that the club is told, in the order in which it arrives."""
    told = [told for member in members for told in Diary(member, seed).keep()]
    return sorted(told, key=lambda operation: operation.recorded_at)


def final_lines(told: Iterable[Operation]) -> list[Line]:
    """What stands when all is said: each event once, with its last content, by first arrival."""
    lines: dict[str, Line] = {}
    for operation in told:
        if operation.action == "retract":
            lines.pop(operation.id, None)
        else:
            lines[operation.id] = operation.line
    return list(lines.values())


def write_lines(path: Path, lines: Iterable[Line]) -> int:
    """Write events as JSON Lines; the number of lines."""
    texts = [json.dumps(line, ensure_ascii=False) + "\n" for line in lines]
    path.write_text("".join(texts), encoding="utf-8")
    return len(texts)


class Diary:
    """One member's two years, day by day, and how the club gets to hear of them."""

    def __init__(self, member: Member, seed: int) -> None:
        self.member = member
        self.random = Random(f"{seed}/{member.user}")  # noqa: S311 - a simulation, not a secret
        self.told: list[Operation] = []
        self.numbered = 0
        self.spirits = 1.0
        self.sick_until = FIRST_DAY - timedelta(days=1)
        self.lately: list[date] = []

    def keep(self) -> list[Operation]:
        """Live through all days; what the club was told, grouped by the day it happened."""
        for number in range(DAYS):
            day = FIRST_DAY + timedelta(days=number)
            if day >= self.member.joined:
                self._live(day)
        return self.told

    def _live(self, day: date) -> None:
        self.spirits += self._normal(1.0 - self.spirits, 0.4) * 0.1
        trip = next((away for away in self.member.away if day in away), None)
        if trip is not None and trip.zone is None:
            return
        zone = trip.zone if trip is not None and trip.zone else self.member.zone
        Page(self, day, zone).fill(sick=self._is_sick(day), on_holiday=trip is not None)

    def _is_sick(self, day: date) -> bool:
        winter = day.month in {11, 12, 1, 2}
        if day > self.sick_until and self.chance(0.008 if winter else 0.003):
            self.sick_until = day + timedelta(days=self.random.randint(1, 7))
        return day <= self.sick_until

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens now."""
        return self.random.random() < probability

    def around(self, middle: float, spread: float, digits: int = 0) -> float:
        """A number near the middle, not below 0."""
        number = round(max(0.0, self._normal(middle, middle * spread)), digits)
        return number if digits else int(number)

    def _normal(self, middle: float, deviation: float) -> float:
        return self.random.gauss(middle, deviation)

    def tell(self, moment: datetime, line: dict[str, object], slip: Line | None = None) -> None:
        """Report an event: at once or late, right away or after a slip that is put right later."""
        self.numbered += 1
        line = {"id": f"{self.member.user}-{self.numbered:05d}", "user": self.member.user, **line}
        arrival = moment + timedelta(minutes=self.random.randint(1, 90))
        if self.chance(0.05):
            arrival += timedelta(days=self.random.randint(1, 6))
        if slip is not None:
            self._add(arrival, "record", {**line, **slip})
            arrival += timedelta(hours=self.random.randint(1, 60))
            self._add(arrival, "amend", line)
            return
        self._add(arrival, "record", line)
        if self.chance(0.01):
            again = {**line, "id": f"{line['id']}-again"}
            self._add(arrival + timedelta(minutes=2), "record", again)
            self._add(arrival + timedelta(minutes=9), "retract", again)

    def _add(
        self, arrival: datetime, action: Literal["record", "amend", "retract"], line: Line
    ) -> None:
        content = {} if action == "retract" else line
        self.told.append(Operation(arrival, action, self.member.user, str(line["id"]), content))


class Page:
    """One day of a diary, in the zone where the member is."""

    def __init__(self, diary: Diary, day: date, zone: str) -> None:
        self.diary = diary
        self.member = diary.member
        self.day = day
        self.zone = zone
        self.weeks = (day - FIRST_DAY).days / 7
        self.walked = 0

    def fill(self, *, sick: bool, on_holiday: bool) -> None:
        """Write down all that happens on the day."""
        self._night_and_scale()
        if sick:
            self._marker("sick_day", 0.75)
        elif on_holiday:
            self._holiday()
        else:
            self._training()
        self._food_and_drink()
        self._tracker()
        self._with_the_coach()

    def _marker(self, event_type: str, probability: float) -> None:
        if self.diary.chance(probability):
            self._write(event_type, None, {})

    def _holiday(self) -> None:
        self._marker("holiday", 0.9)
        if self.diary.chance(0.15):
            self._workout(10.0)

    def _training(self) -> None:
        diary = self.diary
        probability = self.member.trains[self.day.weekday()] * diary.spirits
        if not diary.chance(min(probability, 0.99)):
            self._marker("rest_day", 0.3)
            return
        self._workout(self.member.hour)
        if diary.chance(0.05):
            self._workout(self.member.hour + 6.0)
        self._race()
        self._programme()

    def _workout(self, hour: float) -> None:
        diary = self.diary
        snow = self.day.month in {12, 1, 2, 3}
        kinds = [kind for kind in self.member.sports if kind != "ski" or snow]
        kind = diary.random.choice(kinds)
        minutes = int(diary.around(self.member.sports[kind], 0.2)) or 5
        data: dict[str, object] = {"kind": kind, "minutes": minutes, "calories": minutes * 9}
        if kind in MINUTES_PER_KILOMETRE:
            pace = MINUTES_PER_KILOMETRE[kind] * (1.0 - self.weeks / 1000)
            data["distance"] = diary.around(minutes / pace, 0.05, 3)
        if kind in OUTDOORS:
            data["outdoors"] = diary.chance(0.92)
            self.walked += minutes * 90
        if kind == "strength":
            data["exercises"] = diary.random.sample(EXERCISES[: 14 + int(self.weeks / 13)], 5)
            self._lifts(hour)
        if diary.chance(0.06):
            data = {"kind": kind}
        slip = {"data": {**data, "minutes": minutes * 10}} if diary.chance(0.015) else None
        self._write("workout", hour if diary.chance(0.85) else None, data, slip)

    def _lifts(self, hour: float) -> None:
        for exercise, share in LIFTS.items():
            if self.diary.chance(0.5):
                strength = self.member.squat * share * (1.0 + self.weeks / 260)
                weight = 2.5 * round(self.diary.around(strength, 0.04, 2) / 2.5)
                data = {"exercise": exercise, "weight": weight, "repetitions": 5}
                self._write("lift", hour + 0.4, data)

    def _race(self) -> None:
        if "run" not in self.member.sports or self.day.weekday() < 5 or not self.diary.chance(0.08):
            return
        distance = self.diary.random.choice([5, 10])
        pace = 5.5 * (1.0 - self.weeks / 700) * (1.0 if distance == 5 else 1.05)
        minutes = self.diary.around(distance * pace, 0.04, 2)
        self._write("race", 10.0, {"distance": distance, "minutes": minutes})

    def _programme(self) -> None:
        diary = self.diary
        diary.lately = [day for day in diary.lately if (self.day - day).days < 70] + [self.day]
        if self.member.coached and len(diary.lately) >= 24 and diary.chance(0.06):
            diary.lately = []
            self._write("program_completed", None, {"program": diary.random.choice(PROGRAMS)})

    def _night_and_scale(self) -> None:
        diary, member = self.diary, self.member
        if diary.chance(member.sleep):
            night = {"duration": diary.around(7.3, 0.1, 2), "quality": diary.random.randint(2, 5)}
            self._write("sleep", None, night)
        if diary.chance(member.scale * min(1.05, 0.5 + diary.spirits / 2)):
            weight = self._weight()
            data: dict[str, object] = {"weight": weight}
            slip = {"data": {"weight": round(weight * 10, 1)}} if diary.chance(0.004) else None
            self._write("weigh_in", min(member.hour, 7.0) - 0.4, data, slip)
        if member.scale and self.day.day == 1:
            waist = round(0.5 * self._weight() + 44.0, 1)
            self._write("measurement", None, {"waist": waist})

    def _weight(self) -> float:
        weekend = 0.35 if self.day.weekday() in {0, 6} else 0.0
        trend = self.member.weight + self.member.drift * min(self.weeks, 90)
        return round(trend + weekend + self.diary.random.gauss(0.0, 0.35), 1)

    def _food_and_drink(self) -> None:
        diary, member = self.diary, self.member
        if diary.chance(member.meals):
            for meal, hour in MEALS.items():
                if diary.chance(0.8 if meal != "snack" else 0.3):
                    self._write("nutrition_log", hour, self._plate(meal))
        if diary.chance(member.water):
            for hour in (9.0, 13.0, 18.0):
                self._write("water", hour, {"amount": 50 * int(diary.around(16, 0.25))})

    def _plate(self, meal: str) -> dict[str, object]:
        calories = int(self.diary.around(220 if meal == "snack" else 620, 0.25))
        data: dict[str, object] = {"meal": meal, "calories": calories}
        if self.diary.chance(0.9):
            data["protein"] = self.diary.around(calories / 18, 0.2, 1)
            data["on_target"] = self.diary.chance(0.75)
        return data

    def _tracker(self) -> None:
        """The day's steps: told at noon, and told again when the day is over."""
        diary, member = self.diary, self.member
        if not member.tracker:
            return
        if not diary.chance(member.tracker):
            if diary.chance(0.5):
                self._write("daily_activity", None, {"steps": 0, "active_minutes": 0})
            return
        steps = int(diary.around(member.steps, 0.3)) + self.walked
        data: dict[str, object] = {
            "steps": steps,
            "distance": round(steps * 0.00072, 3),
            "active_minutes": steps // 220,
            "floors": int(diary.around(9, 0.5)),
            "calories": 1500 + steps // 20,
        }
        noon = {**data, "steps": steps // 3, "active_minutes": steps // 660, "floors": 2}
        self._write("daily_activity", None, data, {"data": noon})

    def _with_the_coach(self) -> None:
        monday = self.day.weekday() == 0
        if monday and self.member.coached and self.diary.chance(0.88):
            self._write("check_in", 12.5, {"mood": self.diary.random.randint(2, 5)})

    def _write(
        self,
        event_type: str,
        hour: float | None,
        data: Line,
        slip: Line | None = None,
    ) -> None:
        """Put an event on the page, at about that hour, or without a time of day."""
        zone = ZoneInfo(self.zone)
        midnight = datetime.combine(self.day, time(), tzinfo=zone)
        line: dict[str, object] = {"type": event_type}
        if hour is None:
            moment = midnight + timedelta(hours=12)
            line["day"] = self.day.isoformat()
            if event_type == "workout" and self.diary.chance(0.08):
                slip = {"day": (self.day - timedelta(days=1)).isoformat()}
        else:
            seconds = round(self.diary.random.gauss(hour, 0.35) * 3600)
            moment = midnight + timedelta(seconds=seconds)
            line["at"] = moment.isoformat()
        line |= {"zone": self.zone, "data": data}
        self.diary.tell(moment.astimezone(UTC), line, slip)


def main() -> None:
    """Write the club's events to a file."""
    parser = argparse.ArgumentParser(prog="examples.club", description="Write the sample club.")
    parser.add_argument("file", type=Path, help="where to write the events, as JSON Lines")
    parser.add_argument("--seed", type=int, default=SEED, help="another number is another club")
    chosen = parser.parse_args()
    count = write_lines(chosen.file, final_lines(operations(chosen.seed)))
    print(f"{count} events of {len(MEMBERS)} people written to {chosen.file}")


if __name__ == "__main__":
    main()
