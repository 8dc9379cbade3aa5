"""The oracle on streaks: runs, grace, neutral periods, and what can still continue a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import combinations_with_replacement, pairwise

from tests.oracle_facts import (
    WEEKDAYS,
    Event,
    Finding,
    Rule,
    World,
    day_existed,
    declaration,
    exists_for,
    first_day_of,
    first_prefixes,
    goal_of,
    last_day_of,
    listed,
    matching,
    period_of,
    quantity,
    reading,
    repeats,
    split_quantity,
    types_of,
)

HORIZON = 60


@dataclass(frozen=True)
class Strip:
    """The periods of a streak; each active one maps to the zone of its last event."""

    rule: Rule
    active: Mapping[int, str | None]
    paused: frozenset[int]

    @property
    def unit(self) -> str:
        return unit_of(self.rule)

    @cached_property
    def missed(self) -> list[int]:
        """The missed periods between the first and the last active one."""
        missed, zone = [], None
        for period in range(min(self.active, default=0), max(self.active, default=0)):
            if period in self.active:
                zone = self.active[period]
            elif period not in self.paused and self.can_be_active(period, zone):
                missed.append(period)
        return missed

    def can_be_active(self, period: int, zone: str | None) -> bool:
        if self.unit != "day":
            return True
        day = date.fromordinal(period)
        return is_scheduled(self.rule, day) and day_existed(zone, day)

    def is_run(self, first: int, last: int) -> bool:
        """Whether a stretch between two active periods has only forgiven misses."""
        missed = [period for period in self.missed if first < period < last]
        grace = str(self.rule.get("grace", 0)).split()
        forgiven = int(grace[0])
        if grace[1:] == ["in", "a", "row"]:
            between = pairwise(one for one in sorted(self.active) if first <= one <= last)
            rows = (sum(left < one < right for one in missed) for left, right in between)
        else:
            reach = int(grace[2]) if grace[1:] else last - first + 1
            rows = (sum(start <= one < start + reach for one in missed) for start in missed)
        return all(row <= forgiven for row in rows)

    def runs(self, after: int = 0, length: int = 1) -> list[list[int]]:
        """The active periods of every run that is long enough and begins later than `after`."""
        later = sorted(period for period in self.active if period > after)
        pairs = combinations_with_replacement(range(len(later)), 2)
        stretches = [later[left : right + 1] for left, right in pairs if right - left + 1 >= length]
        return [stretch for stretch in stretches if self.is_run(stretch[0], stretch[-1])]


def unit_of(rule: Rule) -> str:
    return split_quantity(rule["length"])[1].removesuffix("s")


def is_scheduled(rule: Rule, day: date) -> bool:
    return "days" not in rule or WEEKDAYS[day.weekday()] in listed(rule["days"])


def strip_of(world: World, rule: Rule, events: Sequence[Event]) -> Strip:
    unit = unit_of(rule)
    held: dict[int, list[Event]] = {}
    for event in matching(world, rule, events):
        if is_scheduled(rule, event.day):
            held.setdefault(period_of(unit, event.day, world.week_start), []).append(event)
    pauses = [
        period_of(unit, event.day, world.week_start)
        for event in events
        if event.type in listed(rule.get("paused_by", [])) and exists_for(rule, event)
    ]
    active = {period: own[-1].zone for period, own in held.items() if is_active(world, rule, own)}
    return Strip(rule, active, frozenset(pauses))


def is_active(world: World, rule: Rule, events: Sequence[Event]) -> bool:
    if "each_of" not in rule:
        return reaches(world, rule, events)
    return all(
        reaches(world, rule, [event for event in events if event.type == one])
        for one in rule["each_of"]
    )


def reaches(world: World, rule: Rule, events: Sequence[Event]) -> bool:
    """Whether the events of one period are enough for it to be active."""
    if "total" in rule:
        amounts = [reading(world, event, rule["total"]) for event in events]
        total = sum((amount for amount in amounts if amount is not None), Fraction(0))
        unit = declaration(world, rule, rule["total"]).get("unit")
        return total >= quantity(rule.get("at_least", 1), unit)
    seen = {event.day for event in events} if "distinct" in rule else events
    return len(seen) >= int(rule.get("at_least", 1))


def occurrences_in(strip: Strip, length: int) -> list[list[int]]:
    """The runs that give an occurrence, from the left, each search after the one before."""
    found: list[list[int]] = []
    while True:
        runs = strip.runs(found[-1][-1] if found else 0, length)
        if strip.rule.get("repeat") == "per_run":
            runs = [run for run in runs if not any(set(run) < set(one) for one in runs)]
        else:
            runs = [run for run in runs if len(run) == length]
        if not runs:
            return found
        found.append(min(runs, key=lambda run: run[-1]))


def streak_findings(world: World, rule: Rule) -> list[Finding]:
    unit, length = unit_of(rule), int(goal_of(world, rule))
    types = [*types_of(rule), *listed(rule.get("paused_by", []))]
    events = [event for event in world.events if event.type in types]

    def shown(prefix: Sequence[Event]) -> list[Finding]:
        found = []
        for run in occurrences_in(strip_of(world, rule, prefix), length):
            first = first_day_of(unit, run[0], world.week_start)
            last = date.fromordinal(run[length - 1]) if unit == "day" else prefix[-1].day
            found.append(Finding(prefix[-1], last, first, last, length))
        return found

    return first_prefixes(events, shown)


def current_run(strip: Strip) -> list[int]:
    newest = max(strip.active, default=None)
    ending = [run for run in strip.runs() if run[-1] == newest]
    return max(ending, key=len, default=[])


def unused_length(world: World, rule: Rule) -> int:
    strip = strip_of(world, rule, world.events)
    given = occurrences_in(strip, int(goal_of(world, rule))) if repeats(rule) else []
    used_to = given[-1][-1] if given else 0
    return sum(period > used_to for period in current_run(strip))


def longest_run(world: World, rule: Rule) -> int:
    return max((len(run) for run in strip_of(world, rule, world.events).runs()), default=0)


def outlook(world: World, rule: Rule, today: date) -> tuple[str, date | None]:
    """The state of the current run, and the last day on which it can be continued."""
    strip = strip_of(world, rule, world.events)
    run = current_run(strip)
    if not run:
        return "none", None
    current = period_of(strip.unit, today, world.week_start)
    end = max(run[-1], current) + HORIZON
    able = [one for one in periods_ahead(world, strip, run, end) if one >= current]
    if not able:
        return "broken", None
    state = "alive" if able[-1] > current else "at_risk"
    endless = able[-1] > end - 7
    return state, None if endless else last_day_of(strip.unit, able[-1], world.week_start)


def periods_ahead(world: World, strip: Strip, run: list[int], end: int) -> list[int]:
    """The newest active period and those in which activity would continue the whole run."""
    newest = run[-1]
    zone = strip.active[newest]
    able = [newest]
    for period in range(newest + 1, end + 1):
        longer = Strip(strip.rule, {**strip.active, period: zone}, strip.paused)
        if not longer.is_run(run[0], period):
            break
        if longer.can_be_active(period, zone) and is_open_to(world, strip, period):
            able.append(period)
    return able


def is_open_to(world: World, strip: Strip, period: int) -> bool:
    """Whether any day of a period lies inside `from` and `until`."""
    first = first_day_of(strip.unit, period, world.week_start)
    last = last_day_of(strip.unit, period, world.week_start)
    begin, end = strip.rule.get("from"), strip.rule.get("until")
    return not (
        (begin and last < date.fromisoformat(begin)) or (end and first > date.fromisoformat(end))
    )
