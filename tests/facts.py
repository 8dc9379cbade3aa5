"""Facts about real histories, asked of rules and written in the shape they have in the files.

The facts of one person and event type share a pack: the questions are asked twice, first to learn
which rules they need, then to be answered.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from badge_engine.authoring.eventfiles import Intake, read_events
from badge_engine.events import Event
from badge_engine.language.loader import load_text
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.outcomes import Award, Progress
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.semantics.evaluate import evaluate, progress

Facts = Mapping[str, Any]
Rule = dict[str, Any]
Histories = Mapping[str, list[Event]]

CLOCK = datetime(2026, 6, 1, tzinfo=UTC)
DECIMALS = 6
BEYOND_REACH = 3000

NUMBERS = {
    "daily_activity": "steps distance_m distance_km very_active_min fairly_active_min"
    " moderately_active_min lightly_active_min sedentary_min calories minutes_asleep",
    "workout": "duration_min sets exercises volume distance_mi distance_m duration_s moving_s"
    " calories climb_ft avg_hr",
    "exercise": "sets reps top_weight volume",
    "weigh_in": "weight_kg weight_lb",
    "fitbit_badge": "",
}
TEXTS = {"workout": "sport", "exercise": "exercise"}


def vocabulary(decimals: int) -> Vocabulary:
    units = {"weight_kg": "kg", "distance_m": "m", "distance_km": "km"}
    return Vocabulary.model_validate(
        {
            "events": {
                event_type: {
                    "fields": {
                        name: {"type": "number", "decimals": decimals, "unit": units.get(name)}
                        for name in names.split()
                    }
                    | {name: {"type": "text"} for name in TEXTS.get(event_type, "").split()}
                }
                for event_type, names in NUMBERS.items()
            }
        }
    )


VOCABULARY = vocabulary(DECIMALS)


def compiled(rules: Iterable[Rule], known: Vocabulary = VOCABULARY) -> RuleSet:
    badges = [
        {"id": f"badge-{number}", "name": f"Badge {number}", "rule": rule}
        for number, rule in enumerate(rules)
    ]
    pack = json.dumps({"language": "en", "badges": badges})  # JSON is YAML
    return compile_rules(load_text(pack, vocabulary=known))


@cache
def read(folder: Path) -> Histories:
    """The events of each user; dates stay as they are written."""
    users: dict[str, list[Event]] = defaultdict(list)
    how = Intake(VOCABULARY, CLOCK, zone="UTC")
    for place, event in read_events([folder / "events.jsonl"], how):
        assert isinstance(event, Event), f"{place}: {event}"
        users[event.user].append(event)
    return users


def expected(data: Path, name: str) -> Any:
    return json.loads((data / "expected" / name).read_text())


@dataclass(frozen=True)
class Answer:
    """What one rule gave; `progress` is None while rules are only collected."""

    awards: tuple[Award, ...] = ()
    progress: Progress | None = None

    @property
    def times(self) -> int:
        return len(self.awards)

    @property
    def days(self) -> list[str]:
        return [award.earned_on.isoformat() for award in self.awards]

    @property
    def day(self) -> str | None:
        return self.days[0] if self.awards else None

    @property
    def last_day(self) -> str | None:
        return self.days[-1] if self.awards else None

    @property
    def day_and_id(self) -> dict[str, str] | None:
        return {"day": self.days[0], "id": self.awards[0].evidence.event} if self.awards else None

    @property
    def value(self) -> Fraction | None:
        return self.progress.value if self.progress else None


Ask = Callable[[Rule], Answer]


def answers(questions: Callable[[Ask], Any], history: Iterable[Event]) -> Any:
    """What the questions find in a history."""
    rules: dict[str, Rule] = {}

    def collect(rule: Rule) -> Answer:
        rules[repr(rule)] = rule
        return Answer()

    questions(collect)
    rule_set, events = compiled(rules.values()), list(history)
    names = dict(zip(rules, rule_set.badges, strict=True))
    awards: dict[str, list[Award]] = defaultdict(list)
    for award in evaluate(rule_set, events):
        awards[award.badge].append(award)
    states = {state.badge: state for state in progress(rule_set, events)}

    def answer(rule: Rule) -> Answer:
        badge = names[repr(rule)]
        return Answer(tuple(awards[badge]), states[badge])

    return questions(answer)


class Subject:
    """What a group of facts speaks of: an event type, or several together, perhaps a part of it."""

    def __init__(self, ask: Ask, **common: Any) -> None:
        self._ask = ask
        self._common = common

    def count(self, at_least: int = 1, **settings: Any) -> Answer:
        return self._ask({"type": "count", "at_least": at_least, **settings, **self._common})

    def field(self, criterion: str, field: str, **settings: Any) -> Answer:
        return self._ask({"type": criterion, "field": field, **settings, **self._common})

    def streak(self, length: int | str, unit: str = "days", **settings: Any) -> Answer:
        rule = {"type": "streak", "length": f"{length} {unit}", **settings}
        return self._ask({**rule, **self._common})

    def change(self, by: str, **settings: Any) -> Answer:
        return self.field("change", "weight_kg", by=by.replace(" pct", "%"), **settings)

    def comeback(self, days: int) -> Answer:
        return self._ask({"type": "comeback", "after": f"{days} days", **self._common})

    def longest(self, fact: Facts | None, unit: str = "days", **settings: Any) -> Facts | None:
        """The longest streak, as the facts write it: of the length that is told, none longer."""
        length = fact[unit] if fact else 0
        longer = self.streak(length + 1, unit, **settings)
        if not fact:
            return None if not longer.awards else {unit: "one at least"}
        found = self.streak(length, unit, **settings)
        if not found.awards or longer.awards:
            return None
        written = date.isoformat if unit == "days" else iso_week
        award = found.awards[0]
        best = found.progress.best if found.progress else None
        ends = {"from": written(award.evidence.first_day), "to": written(award.earned_on)}
        return {unit: best, **ends}

    def weekly(self, facts: Facts, **goal: Any) -> Facts:
        found: dict[str, Any] = {
            "good_weeks": self.count(**goal, each="week", repeat=True).times,
            "longest": self.longest(facts["longest"], "weeks", **goal),
        }
        for key in facts.keys() - found.keys():
            found[key] = self.streak(key.removeprefix("first_"), "weeks", **goal).day
        return found

    def number(self, facts: Facts, field: str) -> Facts:
        greatest = self.field("best", field, at_least=rounded(facts["max"]["value"]))
        return {
            "sum_first": {
                mark: self.field("total", field, at_least=exact(mark)).day
                for mark in facts["sum_first"]
            },
            "max": greatest.day_and_id,
            "records": self.records(facts["records"], field),
        } | {
            key: self.days_of(facts[key], field, exact(key.removeprefix("days_ge_")))
            for key in facts
            if key.startswith("days_ge_")
        }

    def records(self, facts: Facts, field: str, **settings: Any) -> Facts:
        """The first reading is a record to the facts and none to the language."""
        found = self.field("record", field, **settings)
        first = self.count(where={field: {"exists": True}})
        return {"count": found.times + 1, "last_day": found.last_day or first.day}

    def days_of(self, facts: Facts, field: str, mark: float) -> Facts:
        each_day = self.field("total", field, at_least=mark, each="day", repeat=True)
        goal: Rule = {"total": field, "at_least": mark}
        return {
            "days": each_day.times,
            "first": each_day.day,
            "longest_streak": self.longest(facts["longest_streak"], **goal),
            "first_streak": {n: self.streak(n, **goal).day for n in facts["first_streak"]},
        }


def iso_week(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"


def exact(mark: str) -> float:
    return int(mark) if mark.isdecimal() else float(mark)


def rounded(number: str) -> float:
    return float(round(Decimal(number), DECIMALS))


def gap(of: Subject, fact: int) -> int | None:
    longest, longer = of.comeback(fact), of.comeback(fact + 1)
    return fact if longest.awards and not longer.awards else None


def busiest(of: Subject, fact: Facts) -> Facts:
    more = of.count(fact["events"] + 1, each="day")
    return {
        "events": fact["events"] if not more.awards else None,
        "day": of.count(fact["events"], each="day").day,
    }


def rolling(of: Subject, key: str) -> str | None:
    number, days = re.findall(r"\d+", key)
    return of.count(int(number), within=f"{days} days").day


QUESTIONS: Mapping[str, Callable[[Subject, Any], Any]] = {
    "events": lambda of, _: of.count(repeat=True).times,
    "days": lambda of, _: of.count(repeat=True, distinct="day").times,
    "first_day": lambda of, _: of.count().day,
    "last_day": lambda of, _: of.count(repeat=True).last_day,
    "nth": lambda of, fact: {n: of.count(int(n)).day_and_id for n in fact},
    "nth_day": lambda of, fact: {n: of.count(int(n), distinct="day").day for n in fact},
    "longest_streak": lambda of, fact: of.longest(fact),
    "first_streak": lambda of, fact: {n: of.streak(n).day for n in fact},
    "streak_awards_once_per_run": lambda of, fact: {
        n: of.streak(n, repeat="per_run").days for n in fact
    },
    "streak_awards_every_n": lambda of, fact: {n: of.streak(n, repeat=True).times for n in fact},
    "trailing_streak": lambda of, _: of.streak(BEYOND_REACH).value,
    "weekly_3": lambda of, fact: of.weekly(fact, at_least=3),
    "weekly_3_days": lambda of, fact: of.weekly(fact, at_least=3, distinct="day"),
    "weekly_5_days": lambda of, fact: of.weekly(fact, at_least=5, distinct="day"),
    "longest_gap_days": gap,
    "busiest_day": busiest,
    "rolling": lambda of, fact: {key: rolling(of, key) for key in fact},
    "month_ge_12_days": lambda of, _: [
        day[:7] for day in of.count(12, distinct="day", each="month", repeat=True).days
    ],
}
