"""Small rule packs and small histories from a seed, made so that things are earned.

Packs keep to what the language page allows; histories hold what intake accepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Value = int | Decimal | str | bool | tuple[str, ...]
Badge = dict[str, Any]
Goals = tuple[str, list[Any]]

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
VOCABULARY_FIELDS = {name for declared in VOCABULARY.values() for name in declared["fields"]}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORDS = {"kind": ("run", "ride", "swim"), "exercises": ("squat", "row", "press", "dip")}
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
WORDED: Mapping[str, list[Any]] = {
    "weekday": [["mon", "tue", "wed"], ["sat", "sun"], ["mon", "wed", "fri", "sun"], "tue"],
    "month": ["jan", ["jan", "feb"], ["dec", "mar", "jan"]],
    "time": [
        {"before": "7:00"},
        {"after": "7:00"},
        {"after": "00:01"},
        {"between": ["22:00", "7:00"]},
        {"between": ["6:30", "12:00"]},
    ],
    "done": [True, True, False],
    "kind": ["run", ["run", "ride"], {"is_not": "run"}, {"is_not": ["run", "swim"]}],
    "exercises": [{"includes": "squat"}, {"includes": ["row"]}, {"includes": ["squat", "row"]}],
}
ZONES = ("Europe/Lisbon", "America/Los_Angeles", "Pacific/Apia", "Pacific/Kiritimati", "UTC")
OFFSETS = ("+14:00", "-12:00", "+00:00", "+05:30")
WEEK_STARTS = ("monday", "monday", "sunday", "saturday", "wednesday")
STARTS = (date(2026, 1, 5), date(2025, 12, 20), date(2024, 2, 20), date(2026, 3, 25))
APIA = date(2011, 12, 24)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    """An event as the oracle sees one."""

    id: str
    type: str
    instant: int
    day: date
    time: time | None = None
    zone: str | None = None
    data: Mapping[str, Value] = field(default_factory=dict)
    user: str = "u"


# Rule packs


def make_pack(random: Random) -> list[Badge]:
    """One to three badges; later ones may refer to those before, in any order of the list."""
    badges: list[Badge] = []
    for number in range(random.choice((1, 1, 2, 3))):
        rule, tiers = random_rule(random, badges, depth=0)
        badge: Badge = {"id": f"badge-{number}", "name": f"Badge {number}", "rule": rule}
        badges.append(badge | ({"tiers": tiers} if tiers else {}))
    random.shuffle(badges)
    return badges


def random_rule(
    random: Random, badges: Sequence[Badge], depth: int
) -> tuple[Badge, list[Badge] | None]:
    """A rule and its tiers; a rule inside a composite has neither tiers nor repeat."""
    kinds = ["count", "count", "total", "best", "record", "change", "comeback"]
    kinds += ["streak"] * 4 + ["all_of", "any_of"] * (depth < 2)
    kind = random.choice(kinds)
    makers = {
        "count": make_count,
        "total": make_total,
        "best": make_best,
        "record": make_record,
        "streak": make_streak,
        "change": make_change,
        "comeback": make_comeback,
    }
    if kind in {"all_of", "any_of"}:
        rule, goals = make_composite(random, badges, depth, kind)
    else:
        rule, goals = makers[kind](random)
        if random.random() < 0.12:
            rule |= date_range(random)
    name, ordered = goals
    may_repeat = kind in {"count", "total", "streak", "comeback"} and depth == 0
    if depth == 0 and len(ordered) > 1 and random.random() < 0.3:
        names = ("bronze", "silver", "gold", "diamond")
        return rule, [{tier: goal} for tier, goal in zip(names, ordered, strict=False)]
    if ordered:
        rule[name] = random.choice(ordered)
    if may_repeat and random.random() < 0.45:
        both = [True, "per_run"] if kind == "streak" else [True]
        rule["repeat"] = random.choice(both)
    return rule, None


def types_with(name: str) -> list[str]:
    return [one for one, declared in VOCABULARY.items() if name in declared["fields"]]


def event_setting(random: Random, types: Sequence[str]) -> Badge:
    if len(types) > 1 and random.random() < 0.3:
        return {"event": random.sample(list(types), 2)}
    return {"event": random.choice(types)}


def listed(written: Any) -> list[Any]:  # noqa: ANN401 - a scalar or a list, as YAML has them
    return list(written) if isinstance(written, list | tuple) else [written]


def with_where(random: Random, rule: Badge) -> Badge:
    if random.random() > 0.3:
        return rule
    shared = "each_of" in rule
    declared = [VOCABULARY[one]["fields"] for one in listed(rule.get("each_of", rule.get("event")))]
    names = [
        name
        for name in {name: None for fields in declared for name in fields}
        if not shared or all(name in fields for fields in declared)
    ]
    picked = random.sample([*names, "time", "weekday", "month"], random.choice((1, 1, 2)))
    return rule | {"where": {name: condition(random, name) for name in picked}}


def condition(random: Random, name: str) -> Any:  # noqa: ANN401 - whatever an entry may be
    if name in VOCABULARY_FIELDS and random.random() < 0.1:
        return {"exists": random.choice((False, True))}
    if name in WORDED:
        return random.choice(WORDED[name])
    low, high = random.choice(BOUNDS[name])
    choices: tuple[Badge, ...] = (
        {"at_least": low},
        {"at_least": low},
        {"at_most": high},
        {"above": low},
        {"below": high},
        {"between": [low, high]},
        {"is_not": low},
    )
    return random.choice(choices)


def date_range(random: Random) -> Badge:
    start = random.choice((*STARTS, *STARTS, APIA)) + timedelta(days=random.randint(-20, 6))
    until = start + timedelta(days=100)
    both = {"from": start.isoformat(), "until": until.isoformat()}
    return {name: both[name] for name in random.choice((("from",), ("until",), ("from", "until")))}


def make_count(random: Random) -> tuple[Badge, Goals]:
    rule: Badge = {"type": "count"} | event_setting(random, ("workout", "walk", "meal"))
    distinct = random.choice(("", "", "day", "week", "month", "field"))
    reach = 4
    if distinct == "field":
        fields = [name for one in listed(rule["event"]) for name in VOCABULARY[one]["fields"]]
        distinct = random.choice(fields)
        reach = 2 if distinct == "done" else 3
    elif distinct and random.random() < 0.35:
        del rule["event"]
        rule["each_of"] = random.sample(["workout", "walk", "meal"], 2)
    if distinct:
        rule["distinct"] = distinct
    span = random.choice((None, "within", "each"))
    if span == "within":
        days = random.choice((2, 3, 5, 7, 14, 30))
        rule["within"] = "2 weeks" if days == 14 else f"{days} days"
        reach = min(reach, {"day": days, "week": 1 + days // 7, "month": 1}.get(distinct, reach))
    if span == "each":
        rule["each"] = random.choice(("day", "week", "week", "month", "year"))
        limits = {
            "day": {"day": 1, "week": 1, "month": 1},
            "week": {"day": 7, "week": 1, "month": 1},
            "month": {"day": 28, "week": 4, "month": 1},
            "year": {"day": 365, "week": 52, "month": 12},
        }
        reach = min(reach, limits[rule["each"]].get(distinct, reach))
    return with_where(random, rule), ("at_least", list(range(1, reach + 1)))


def make_total(random: Random) -> tuple[Badge, Goals]:
    name = random.choice(("minutes", "minutes", "distance", "energy", "points", "weight"))
    rule: Badge = {"type": "total", "field": name} | event_setting(random, types_with(name))
    span = random.choice((None, "within", "each"))
    if span == "within":
        rule["within"] = random.choice(("1 day", "2 days", "5 days", "1 week", "30 days"))
    if span == "each":
        rule["each"] = random.choice(("day", "week", "month", "year"))
    return with_where(random, rule), ("at_least", GOALS[name])


def make_best(random: Random) -> tuple[Badge, Goals]:
    name = random.choice(("weight", "weight", "minutes", "distance", "points"))
    rule: Badge = {"type": "best", "field": name} | event_setting(random, types_with(name))
    if random.random() < 0.5:
        rule["lowest"] = True
        return with_where(random, rule), ("at_most", GOALS[name][::-1])
    return with_where(random, rule), ("at_least", GOALS[name])


def make_record(random: Random) -> tuple[Badge, Goals]:
    name = random.choice(("weight", "minutes", "distance", "points"))
    rule: Badge = {"type": "record", "field": name} | event_setting(random, types_with(name))
    if random.random() < 0.4:
        margins = {"weight": "0.5 kg", "minutes": 10, "distance": "1 mi", "points": 0.5}
        rule["margin"] = margins[name]
    if random.random() < 0.3:
        rule["after"] = random.randint(1, 3)
    if random.random() < 0.4:
        rule["lowest"] = True
    return with_where(random, rule), ("", [])


def make_streak(random: Random) -> tuple[Badge, Goals]:
    unit = random.choice(("day", "day", "day", "week", "month"))
    rule: Badge = {"type": "streak"}
    if random.random() < 0.2:
        rule["each_of"] = random.sample(["workout", "walk", "meal"], 2)
    else:
        rule |= event_setting(random, ("workout", "walk", "meal"))
    if random.random() < 0.25 and not {"meal"} & set(
        listed(rule.get("each_of", rule.get("event")))
    ):
        rule |= {"total": "minutes", "at_least": random.choice((20, "0.5 h", "45 min"))}
    elif random.random() < 0.3:
        rule["at_least"] = 2
        if unit != "day" and random.random() < 0.5:
            rule["distinct"] = "day"
    if random.random() < 0.55:
        number = random.choice((1, 1, 2))
        forms = (number, f"{number} in a row", f"{number} per {random.choice((3, 4, 7))} {unit}s")
        rule["grace"] = random.choice(forms)
    if unit == "day" and random.random() < 0.25:
        rule["days"] = random.sample(WEEKDAYS, random.randint(2, 6))
    if random.random() < 0.3:
        rule["paused_by"] = random.choice(("sick_day", "rest_day", ["sick_day", "rest_day"]))
    lengths = {"day": (2, 3, 4, 5), "week": (1, 2, 3), "month": (1, 2)}[unit]
    goals = [f"{length} {unit}{'s' if length > 1 else ''}" for length in lengths]
    return with_where(random, rule), ("length", goals)


def make_change(random: Random) -> tuple[Badge, Goals]:
    name = random.choice(("weight", "weight", "weight", "minutes", "points"))
    rule: Badge = {"type": "change", "field": name} | event_setting(random, types_with(name))
    goals: dict[str, tuple[str, ...]] = {
        "weight": ("1 kg", "1.5 kg", "5 lb"),
        "minutes": ("10 min", "20", "0.5 h"),
        "points": ("0.5", "1", "3"),
    }
    amounts = random.choice((goals[name], ("1%", "2.5%", "50%")))
    sign = random.choice("+-")
    if random.random() < 0.35:
        rule["within"] = random.choice(("2 days", "5 days", "2 weeks", "30 days"))
    elif random.random() < 0.6:
        rule["baseline"] = random.choice(("first", "highest", "lowest"))
    if random.random() < 0.35:
        rule["average"] = random.choice(("2 days", "3 days", "7 days", "1 week"))
        if random.random() < 0.6:
            rule["readings"] = random.randint(1, 3)
    return with_where(random, rule), ("by", [sign + amount for amount in amounts])


def make_comeback(random: Random) -> tuple[Badge, Goals]:
    rule: Badge = {"type": "comeback"} | event_setting(random, ("workout", "walk", "meal"))
    return with_where(random, rule), ("after", ["2 days", "3 days", "5 days", "1 week", "3 weeks"])


def make_composite(
    random: Random, badges: Sequence[Badge], depth: int, kind: str
) -> tuple[Badge, Goals]:
    parts: list[Badge] = []
    for _ in range(random.choice((2, 2, 3))):
        if badges and random.random() < 0.4:
            part = reference(random, random.choice(badges))
        else:
            part, _tiers = random_rule(random, badges, depth + 1)
        if part not in parts:
            parts.append(part)
    rule: Badge = {"type": kind, "of": parts}
    return rule, ("at_least", list(range(1, len(parts) + 1)) if kind == "any_of" else [])


def reference(random: Random, badge: Badge) -> Badge:
    part: Badge = {"badge": badge["id"]}
    if "tiers" in badge and random.random() < 0.7:
        part["tier"] = next(iter(random.choice(badge["tiers"])))
    return part


# Histories


def types_in(badges: Sequence[Badge]) -> list[str]:
    """Every event type that a pack reads."""
    found: dict[str, None] = {}
    for badge in badges:
        rule = badge.get("rule", badge)
        for setting in ("event", "each_of", "paused_by"):
            found |= dict.fromkeys(listed(rule.get(setting, [])))
        found |= dict.fromkeys(types_in(rule.get("of", [])))
    return list(found)


@dataclass(frozen=True)
class Habits:
    """How one user lives: how often, where, and how tidy the rows are."""

    types: Sequence[str]
    zones: Sequence[str | None]
    gaps: Sequence[float]
    gives: float
    clocks: Sequence[int]


def make_history(random: Random, badges: Sequence[Badge]) -> list[Fact]:
    """Up to twelve events, in canonical order or not, as they may have arrived."""
    habits = random_habits(random, badges)
    apia = random.random() < 0.08
    start = APIA if apia else random.choice(STARTS)
    zones = ("Pacific/Apia", "Pacific/Apia", "Pacific/Fiji") if apia else habits.zones
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(
        days=random.randint(0, 6)
    )
    facts: list[Fact] = []
    for number in range(random.choice((0, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 12))):
        moment += timedelta(days=random.choice(habits.gaps))
        fact = make_fact(random, habits, f"{random.choice('azAZé9')}{number}", moment, zones)
        if facts and random.random() < 0.06:
            fact = replace_moment(random, facts[-1], fact)
        facts.append(fact)
    random.shuffle(facts)
    return facts


def random_habits(random: Random, badges: Sequence[Badge]) -> Habits:
    types = types_in(badges)
    home = random.choice(ZONES)
    zones = random.choice(([home], [home], [None, home], [*ZONES, *OFFSETS, None]))
    gaps = random.choice(
        ((0, 1, 1, 1), (0, 0.5, 1, 1, 2), (0, 1, 1, 2, 3), (1, 3, 7, 7), (2, 9, 20, 31))
    )
    clocks = random.choice(((7, 7, 12), (0, 6, 7, 23), tuple(range(24))))
    extra = [random.choice(list(VOCABULARY))] if random.random() < 0.2 else []
    return Habits(
        [*types, *types, *types, *extra], zones, gaps, random.choice((1, 0.9, 0.6)), clocks
    )


def make_fact(
    random: Random, habits: Habits, name: str, moment: datetime, zones: Sequence[str | None]
) -> Fact:
    kind = random.choice(habits.types)
    data = make_data(random, kind, habits.gives)
    zone = random.choice(zones)
    if zone is None or (zone[0] not in "+-" and random.random() < 0.3):
        return day_only(name, kind, moment.date(), zone, data)
    wall = datetime.combine(
        moment.date(), time(random.choice(habits.clocks), random.choice((0, 0, 1, 59)))
    )
    instant = wall.replace(tzinfo=place(zone)).astimezone(UTC)
    seen = instant.astimezone(place(zone))
    shift = random.choice((0, 0, 0, 0, 0, 0, 0, -1, 1)) if len(zones) > 2 else 0
    starts = timedelta(hours=random.choice((0, 0, 0, 0, 4)))
    day = (seen.replace(tzinfo=None) - starts).date() + timedelta(days=shift if not starts else 0)
    return Fact(name, kind, microseconds(instant), day, seen.time().replace(fold=0), zone, data)


def day_only(name: str, kind: str, day: date, zone: str | None, data: Mapping[str, Value]) -> Fact:
    if zone == "Pacific/Apia" and day == date(2011, 12, 30):
        day += timedelta(days=1)
    begin = datetime.combine(day, time(0), place(zone or "+00:00")).astimezone(UTC)
    return Fact(name, kind, microseconds(begin), day, None, zone, data)


def replace_moment(random: Random, former: Fact, fact: Fact) -> Fact:
    """The same instant as another event, seen from the same place."""
    data = dict(former.data) if former.type == fact.type and random.random() < 0.5 else fact.data
    return Fact(fact.id, fact.type, former.instant, former.day, former.time, former.zone, data)


def place(zone: str) -> ZoneInfo | timezone:
    if zone[0] not in "+-":
        return ZoneInfo(zone)
    hours, minutes = zone[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if zone[0] == "-" else offset)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def make_data(random: Random, kind: str, gives: float) -> dict[str, Value]:
    return {
        name: make_value(random, name)
        for name in VOCABULARY[kind]["fields"]
        if random.random() < gives
    }


def make_value(random: Random, name: str) -> Value:
    if random.random() < 0.02:
        return random.choice(("many", True, 7, ("squat",)))
    if name == "kind":
        return random.choice(WORDS[name])
    if name == "exercises":
        return tuple(random.choices(WORDS[name], k=random.choice((0, 1, 2, 2, 3))))
    if name == "done":
        return random.random() < 0.7
    numbers = {
        "minutes": ("10", "20", "30", "30", "45", "60", "-20", "29.5", "30.5"),
        "distance": ("1", "3", "5", "5", "8.0467", "-2", "3.218688"),
        "weight": ("79", "80", "80", "80.5", "81.015", "81.5", "82.005", "78.25", "0", "-1"),
        "energy": ("300", "500", "500.05", "717.25", "-100"),
        "points": ("0.5", "1", "1", "2.5", "2.0005", "4", "-1"),
    }
    number = Decimal(random.choice(numbers[name]))
    return int(number) if number == int(number) else number


def make_today(random: Random, facts: Sequence[Fact]) -> date:
    newest = max((fact.day for fact in facts), default=STARTS[0])
    return newest + timedelta(days=random.choice((-2, 0, 0, 0, 1, 1, 2, 3, 4, 7, 8, 15, 40)))
