"""Small rule packs from a seed: every criterion, every setting, goals that can be reached.

They keep to what the language allows, over a vocabulary of their own; a pack that the loader
refuses is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

Badge = dict[str, Any]
Goals = tuple[str, Sequence[Any]]

VOCABULARY: Mapping[str, Any] = {
    "workout": {
        "fields": {
            "minutes": {"type": "number", "unit": "min", "decimals": 0},
            "distance": {"type": "number", "unit": "km"},
            "kind": {"type": "text"},
            "exercises": {"type": "texts"},
            "done": {"type": "boolean"},
        }
    },
    "walk": {
        "fields": {
            "minutes": {"type": "number", "unit": "min", "decimals": 0},
            "distance": {"type": "number", "unit": "km"},
            "kind": {"type": "text"},
        }
    },
    "weigh_in": {"fields": {"weight": {"type": "number", "unit": "kg", "decimals": 2}}},
    "meal": {
        "fields": {
            "energy": {"type": "number", "unit": "kcal", "decimals": 1},
            "points": {"type": "number"},
            "done": {"type": "boolean"},
        }
    },
    "rest_day": {"fields": {}},
    "sick_day": {"fields": {"done": {"type": "boolean"}}},
}
FIELDS_IN_ORDER = list(
    dict.fromkeys(name for declared in VOCABULARY.values() for name in declared["fields"])
)
HABITS = ("workout", "walk", "meal")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK_STARTS = ("monday", "monday", "sunday", "saturday", "wednesday")
TIERS = ("bronze", "silver", "gold", "diamond")
STARTS = (date(2026, 1, 5), date(2025, 12, 20), date(2024, 2, 20), date(2026, 3, 25))
GOALS: Mapping[str, list[Any]] = {
    "minutes": [20, "0.5 h", "1 h", 100],
    "distance": [3, "5 km", "5 mi", "12000 m"],
    "weight": ["79 kg", 80, "81.5 kg", "180 lb"],
    "energy": [500, "3000 kJ", "1200.5 kcal"],
    "points": [1, 2.5, 4],
}
BOUNDS: Mapping[str, list[tuple[Any, Any]]] = {
    "minutes": [("20 min", "1 h"), ("0.5 h", 90), ("1500 s", 60)],
    "distance": [(3, "5 km"), ("2 mi", "7.5 km"), ("3 km", "4500 m")],
    "weight": [("79 kg", "81.5 kg"), ("176 lb", 80.5), ("79500 g", "182 lb")],
    "energy": [(500, "700.25 kcal"), ("2000 kJ", 900)],
    "points": [(1, 4), (2.5, 3)],
}
EXACT: Mapping[str, list[Any]] = {
    "minutes": [30, "0.5 h", [20, 30, 45]],
    "distance": [5, "3 km", [5, "1000 m"]],
    "weight": ["80 kg", [80, "81.5 kg"]],
    "energy": [500, [300, "500 kcal"]],
    "points": [1, [1, 2.5]],
}
WORDED: Mapping[str, list[Any]] = {
    "weekday": [["mon", "tue", "wed"], ["mon", "wed", "fri", "sun"], "tue", {"is_not": "mon"}],
    "month": ["jan", ["jan", "feb"], ["dec", "mar", "jan"], {"is_not": ["feb", "apr"]}],
    "time": [
        {"before": "7:00"},
        {"after": "7:00"},
        {"after": "00:01"},
        {"between": ["22:00", "7:00"]},
        {"between": ["6:30", "12:00"]},
        {"after": "7:00", "before": "23:00"},
    ],
    "done": [True, True, False, {"is_not": False}],
    "kind": ["run", ["run", "ride"], {"is_not": "run"}, {"is_not": ["run", "swim"]}],
    "exercises": [{"includes": "squat"}, {"includes": ["row"]}, {"includes": ["squat", "row"]}],
}
WINDOWS = {2: "2 days", 3: "3 days", 5: "5 days", 7: "1 week", 14: "2 weeks", 30: "30 days"}
MOST_DIFFERENT = {
    "day": {"day": 1, "week": 1, "month": 1},
    "week": {"day": 7, "week": 1, "month": 1},
    "month": {"day": 28, "week": 4, "month": 1},
    "year": {"day": 365, "week": 52, "month": 12},
}


def make_pack(random: Random) -> list[Badge]:
    """One to three badges; they may refer to each other, in any order of the list."""
    favourites = random.sample(HABITS, random.choice((1, 2, 2, 3)))
    badges: list[Badge] = []
    for number in range(random.choice((1, 1, 2, 3))):
        rule, tiers = RuleMaker(random, favourites, badges).rule()
        badge: Badge = {"id": f"badge-{number}", "name": f"Badge {number}", "rule": rule}
        badges.append(badge | ({"tiers": tiers} if tiers else {}))
    random.shuffle(badges)
    return badges


def listed(written: object) -> list[Any]:
    """What a setting names, one thing or several, as a list."""
    return list(written) if isinstance(written, list | tuple) else [written]


def named_in(badges: Sequence[Badge], settings: Sequence[str]) -> list[str]:
    """What some settings of a pack name, each once."""
    found: dict[str, None] = {}
    for badge in badges:
        rule = badge.get("rule", badge)
        for setting in settings:
            found |= dict.fromkeys(listed(rule.get(setting, [])))
        found |= dict.fromkeys(named_in(rule.get("of", []), settings))
    return list(found)


class RuleMaker:
    """Draws one rule, with a liking for some event types so that rules and events meet."""

    def __init__(self, random: Random, favourites: Sequence[str], badges: Sequence[Badge]) -> None:
        self.random = random
        self.favourites = favourites
        self.badges = badges

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def rule(self, depth: int = 0) -> tuple[Badge, list[Badge]]:
        """A rule and its tiers; a rule inside a composite has neither tiers nor repeat."""
        simple: list[Callable[[], tuple[Badge, Goals]]] = [
            *[self.count] * 3,
            *[self.total] * 2,
            self.best,
            self.record,
            *[self.streak] * 5,
            *[self.change] * 2,
            self.comeback,
        ]
        if depth < 2 and self.chance(0.15):
            rule, (name, goals) = self.composite(depth)
        else:
            rule, (name, goals) = self.random.choice(simple)()
            rule |= self.where(rule) | self.date_range()
        if depth == 0 and len(goals) > 1 and self.chance(0.3):
            return rule, [{tier: goal} for tier, goal in zip(TIERS, goals, strict=False)]
        if goals:
            rule[name] = self.random.choice(goals)
        if depth == 0 and rule["type"] in {"count", "total", "streak", "comeback"}:
            rule |= self.repeat(rule["type"])
        return rule, []

    def repeat(self, kind: str) -> Badge:
        if not self.chance(0.5):
            return {}
        return {"repeat": self.random.choice((True, "per_run")) if kind == "streak" else True}

    def event(self, types: Sequence[str]) -> Badge:
        liked = [one for one in types if one in self.favourites] or list(types)
        if len(liked) > 1 and self.chance(0.3):
            return {"event": self.random.sample(liked, 2)}
        return {"event": self.random.choice(liked)}

    def reader(self, kind: str, *names: str) -> tuple[Badge, str]:
        """The beginning of a rule that reads one of some number fields, and that field."""
        liked = [name for name in names if {*types_with(name)} & {*self.favourites}]
        name = self.random.choice(liked if liked and self.chance(0.6) else names)
        return {"type": kind, "field": name} | self.event(types_with(name)), name

    def where(self, rule: Badge) -> Badge:
        if "of" in rule or not self.chance(0.25):
            return {}
        types = listed(rule.get("each_of", rule.get("event")))
        fields = [VOCABULARY[one]["fields"] for one in types]
        meets = all if "each_of" in rule else any
        names = [name for name in FIELDS_IN_ORDER if meets(name in known for known in fields)]
        names = [name for name in names if name != rule.get("distinct")]
        # Some days of the week would put streaks and different days out of reach.
        calendar = [] if "distinct" in rule or rule["type"] == "streak" else ["weekday", "month"]
        picked = self.random.sample(
            [*names, "time", *calendar], 1 + (bool(names) and self.chance(0.2))
        )
        return {"where": {name: self.condition(name) for name in picked}}

    def condition(self, name: str) -> object:
        if name in FIELDS_IN_ORDER and self.chance(0.1):
            return {"exists": self.random.choice((False, True))}
        if name in WORDED:
            return self.random.choice(WORDED[name])
        low, high = self.random.choice(BOUNDS[name])
        exact = self.random.choice(EXACT[name])
        choices: tuple[Any, ...] = (
            {"at_least": low},
            {"at_least": low},
            {"at_most": high},
            {"above": low},
            {"below": high},
            {"between": [low, high]},
            {"above": low, "at_most": high},
            {"is_not": exact},
            exact,
        )
        return self.random.choice(choices)

    def date_range(self) -> Badge:
        if not self.chance(0.12):
            return {}
        start = self.random.choice(STARTS) + timedelta(days=self.random.randint(-6, 6))
        ends = {
            "from": start.isoformat(),
            "until": (start + timedelta(days=self.random.choice((70, 100)))).isoformat(),
        }
        return {name: ends[name] for name in self.random.choice((["from"], ["until"], list(ends)))}

    def count(self) -> tuple[Badge, Goals]:
        rule: Badge = {"type": "count"} | self.event(HABITS)
        distinct = self.random.choice(("", "", "day", "week", "month", "field"))
        reach = 3 if distinct == "month" else 4
        if distinct == "field":
            fields = [name for one in listed(rule["event"]) for name in VOCABULARY[one]["fields"]]
            distinct = self.random.choice(fields)
            reach = 2 if distinct == "done" else 3
        elif distinct and self.chance(0.35):
            del rule["event"]
            rule["each_of"] = self.two_types()
        if distinct:
            rule["distinct"] = distinct
        span = self.random.choice(("", "within", "each"))
        if span == "within":
            days = self.random.choice(list(WINDOWS))
            rule["within"] = WINDOWS[days]
            most = {"day": days, "week": 1 + days // 7, "month": 1}
            reach = min(reach, most.get(distinct, reach))
        if span == "each":
            rule["each"] = self.random.choice(("day", "week", "week", "month", "year"))
            reach = min(reach, MOST_DIFFERENT[rule["each"]].get(distinct, reach))
        return rule, ("at_least", range(1, reach + 1))

    def two_types(self) -> list[str]:
        liked = self.favourites if len(self.favourites) > 1 else HABITS
        return self.random.sample(liked, 2)

    def total(self) -> tuple[Badge, Goals]:
        rule, name = self.reader("total", *GOALS)
        span = self.random.choice(("", "within", "each"))
        if span == "within":
            rule["within"] = self.random.choice(("1 day", *WINDOWS.values()))
        if span == "each":
            rule["each"] = self.random.choice(("day", "week", "month", "year"))
        return rule, ("at_least", GOALS[name])

    def best(self) -> tuple[Badge, Goals]:
        rule, name = self.reader("best", "weight", "minutes", "distance", "points")
        if self.chance(0.5):
            return rule | {"lowest": True}, ("at_most", GOALS[name][::-1])
        return rule, ("at_least", GOALS[name])

    def record(self) -> tuple[Badge, Goals]:
        margins = {"weight": "0.5 kg", "minutes": 10, "distance": "1 mi", "points": 0.5}
        rule, name = self.reader("record", *margins)
        if self.chance(0.4):
            rule["margin"] = margins[name]
        if self.chance(0.3):
            rule["after"] = self.random.randint(1, 3)
        if self.chance(0.4):
            rule["lowest"] = True
        return rule, ("", ())

    def streak(self) -> tuple[Badge, Goals]:
        unit = self.random.choice(("day", "day", "day", "week", "month"))
        rule: Badge = {"type": "streak"}
        rule |= {"each_of": self.two_types()} if self.chance(0.15) else self.event(HABITS)
        if self.chance(0.25) and "meal" not in named_in([rule], ("event", "each_of")):
            rule |= {"total": "minutes", "at_least": self.random.choice((20, "0.5 h", "45 min"))}
        elif self.chance(0.25):
            rule["at_least"] = 2
            if unit != "day" and self.chance(0.5):
                rule["distinct"] = "day"
        if self.chance(0.6):
            rule["grace"] = self.grace(unit)
        if unit == "day" and self.chance(0.25):
            rule["days"] = self.random.sample(WEEKDAYS, self.random.randint(3, 6))
        if self.chance(0.3):
            pauses = ("sick_day", "rest_day", ["sick_day", "rest_day"], "sick_day", "walk")
            rule["paused_by"] = self.random.choice(pauses)
        lengths = {"day": (2, 2, 3, 4), "week": (1, 2, 3), "month": (1, 2)}[unit]
        first = lengths[1:] if self.chance(0.5) else sorted({*lengths})
        return rule, ("length", [f"{one} {unit}{'s' * (one > 1)}" for one in first])

    def grace(self, unit: str) -> int | str:
        number = self.random.choice((1, 1, 2))
        span = self.random.choice((number + 1, 3, 4, 7))
        return self.random.choice((number, f"{number} in a row", f"{number} per {span} {unit}s"))

    def change(self) -> tuple[Badge, Goals]:
        amounts = {
            "weight": ("1 kg", "1.5 kg", "5 lb"),
            "minutes": ("10 min", "20", "0.5 h"),
            "points": ("0.5", "1", "3"),
        }
        rule, name = self.reader("change", "weight", *amounts)
        if self.chance(0.35):
            rule["within"] = self.random.choice(list(WINDOWS.values()))
        elif self.chance(0.6):
            rule["baseline"] = self.random.choice(("first", "highest", "lowest"))
        if self.chance(0.35):
            rule["average"] = self.random.choice(("2 days", "3 days", "7 days", "1 week"))
            if self.chance(0.6):
                rule["readings"] = self.random.randint(1, 3)
        sign = self.random.choice("+-")
        wanted = self.random.choice((amounts[name], ("1%", "2.5%", "50%")))
        return rule, ("by", [sign + amount for amount in wanted])

    def comeback(self) -> tuple[Badge, Goals]:
        rule = {"type": "comeback"} | self.event(HABITS)
        return rule, ("after", ["2 days", "3 days", "5 days", "1 week", "3 weeks"])

    def composite(self, depth: int) -> tuple[Badge, Goals]:
        parts: list[Badge] = []
        while len(parts) < self.random.choice((2, 2, 3)):
            known = self.badges and self.chance(0.5)
            part = self.reference() if known else self.rule(depth + 1)[0]
            if part not in parts:
                parts.append(part)
        if self.chance(0.5):
            return {"type": "all_of", "of": parts}, ("", ())
        return {"type": "any_of", "of": parts}, ("at_least", range(1, len(parts) + 1))

    def reference(self) -> Badge:
        badge = self.random.choice(self.badges)
        if "tiers" in badge and self.chance(0.7):
            return {"badge": badge["id"], "tier": next(iter(self.random.choice(badge["tiers"])))}
        return {"badge": badge["id"]}


def types_with(name: str) -> list[str]:
    """The event types that have a field."""
    return [one for one, declared in VOCABULARY.items() if name in declared["fields"]]
