"""The oracle on count, total, best, record, change and comeback."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from tests.oracle_facts import (
    ONE_DAY,
    Event,
    Finding,
    Rule,
    Seen,
    World,
    Written,
    days_in,
    declaration,
    first_prefixes,
    goal_of,
    is_percentage,
    matching,
    period_of,
    quantity,
    reading,
    repeats,
)

# count and total


Contribution = tuple[Event, Fraction]


def contributions(
    world: World, rule: Rule, events: Iterable[Event], used: Sequence[Sequence[Event]] = ()
) -> list[Contribution]:
    """The events that make up the value, and what each one adds.

    `used` holds the events up to each former occurrence, its deciding event last.
    """
    if rule["type"] == "total":
        amounts = [(event, reading(world, event, rule["field"])) for event in events]
        return [(event, amount) for event, amount in amounts if amount is not None]
    if "distinct" not in rule:
        return [(event, Fraction(1)) for event in events]
    needed = set(rule.get("each_of", ()))
    seen: dict[Seen, set[str]] = {}
    first: list[Contribution] = []
    for event in events:
        for value in values_of(world, rule, event):
            if is_used_up(world, rule, event, value, used):
                continue
            before = seen.get(value, set())
            seen[value] = before | {event.type}
            if needed <= seen[value] and not (before and needed <= before):
                first.append((event, Fraction(1)))
    return first


def is_used_up(
    world: World, rule: Rule, event: Event, value: Seen, used: Sequence[Sequence[Event]]
) -> bool:
    return any(
        event.day <= spent[-1].day
        and any(value in values_of(world, rule, former) for former in spent)
        for spent in used
    )


def values_of(world: World, rule: Rule, event: Event) -> list[Written]:
    if rule["distinct"] in {"day", "week", "month"}:
        return [period_of(rule["distinct"], event.day, world.week_start)]
    value = reading(world, event, rule["distinct"])
    if isinstance(value, tuple):
        return list(dict.fromkeys(value))
    return [] if value is None else [value]


def value_of(parts: Iterable[Contribution]) -> Fraction:
    return sum((amount for _, amount in parts), Fraction(0))


def tally_evidence(event: Event, parts: Sequence[Contribution]) -> Finding:
    days = [one.day for one, _ in parts]
    return Finding(event, event.day, min(days), max(days), len(parts))


def tally_findings(world: World, rule: Rule) -> list[Finding]:
    goal = goal_of(world, rule)
    events = matching(world, rule, world.events)
    if "each" in rule:
        return each_findings(world, rule, events)
    if "within" in rule:
        return within_findings(world, rule, events)

    def shown(prefix: Sequence[Event]) -> list[Finding]:
        parts = contributions(world, rule, prefix)
        multiples = value_of(parts) // goal
        return [tally_evidence(prefix[-1], parts) for _ in range(multiples)]

    return first_prefixes(events, shown)


def each_findings(world: World, rule: Rule, events: Sequence[Event]) -> list[Finding]:
    goal = goal_of(world, rule)

    def shown(prefix: Sequence[Event]) -> list[Finding]:
        parts = contributions(world, rule, prefix)
        return [tally_evidence(prefix[-1], parts)] if value_of(parts) >= goal else []

    found: list[Finding] = []
    for period in {period_of(rule["each"], event.day, world.week_start) for event in events}:
        found += first_prefixes(in_period(world, rule, events, period), shown)[:1]
    return sorted(found, key=lambda one: (one.event.instant, one.event.id.encode()))


def in_period(world: World, rule: Rule, events: Sequence[Event], period: int) -> list[Event]:
    return [
        event for event in events if period_of(rule["each"], event.day, world.week_start) == period
    ]


def within_findings(world: World, rule: Rule, events: Sequence[Event]) -> list[Finding]:
    found: list[Finding] = []
    for end in range(1, len(events) + 1):
        used = used_up(events, found)
        fresh = events[len(used[-1]) : end] if used else events[:end]
        parts = window_that_ends_first(world, rule, fresh, used)
        if parts:
            found.append(tally_evidence(events[end - 1], parts))
    return found


def used_up(events: Sequence[Event], found: Sequence[Finding]) -> list[Sequence[Event]]:
    return [events[: events.index(one.event) + 1] for one in found]


def window_that_ends_first(
    world: World, rule: Rule, events: Sequence[Event], used: Sequence[Sequence[Event]]
) -> list[Contribution]:
    days = [event.day for event in events]
    last = min(days)
    while last < max(days) + timedelta(days=days_in(rule["within"])):
        parts = contributions(world, rule, in_window(rule, events, last), used)
        if value_of(parts) >= goal_of(world, rule):
            return parts
        last += ONE_DAY
    return []


def in_window(rule: Rule, events: Iterable[Event], last: date) -> list[Event]:
    first = last - timedelta(days=days_in(rule["within"]) - 1)
    return [event for event in events if first <= event.day <= last]


def tally_now(world: World, rule: Rule, today: date) -> Fraction:
    events = matching(world, rule, world.events)
    if "each" in rule:
        period = period_of(rule["each"], today, world.week_start)
        return value_of(contributions(world, rule, in_period(world, rule, events, period)))
    if "within" in rule:
        found = within_findings(world, rule, events) if repeats(rule) else []
        used = used_up(events, found)
        fresh = events[len(used[-1]) :] if used else events
        return value_of(contributions(world, rule, in_window(rule, fresh, today), used))
    return value_of(contributions(world, rule, events))


# best, record, change, comeback


Reading = tuple[Event, Fraction]


def readings_of(world: World, rule: Rule) -> list[Reading]:
    events = matching(world, rule, world.events)
    readings = [(event, reading(world, event, rule["field"])) for event in events]
    return [(event, value) for event, value in readings if value is not None]


def single(event: Event) -> Finding:
    return Finding(event, event.day, event.day, event.day, 1)


def best_findings(world: World, rule: Rule) -> list[Finding]:
    goal = goal_of(world, rule)
    return [
        single(event)
        for event, value in readings_of(world, rule)
        if (value <= goal if rule.get("lowest") else value >= goal)
    ]


def mark_to_beat(world: World, rule: Rule, values: Sequence[Fraction]) -> Fraction:
    unit = declaration(world, rule, rule["field"]).get("unit")
    margin = quantity(rule.get("margin", 0), unit)
    return min(values) - margin if rule.get("lowest") else max(values) + margin


def record_findings(world: World, rule: Rule) -> list[Finding]:
    readings = readings_of(world, rule)
    found = []
    for place, (event, value) in enumerate(readings):
        before = [former for _, former in readings[:place]]
        if not before or len(before) < rule.get("after", 1):
            continue
        mark = mark_to_beat(world, rule, before)
        if rule.get("lowest"):
            better = value < min(before) and value <= mark
        else:
            better = value > max(before) and value >= mark
        if better:
            found.append(single(event))
    return found


def means_of(world: World, rule: Rule) -> list[Reading]:
    """The readings, or the means that take their place under `average`."""
    readings = readings_of(world, rule)
    if "average" not in rule:
        return readings
    means = []
    for place, (event, _) in enumerate(readings):
        first = event.day - timedelta(days=days_in(rule["average"]) - 1)
        near = [value for one, value in readings[: place + 1] if first <= one.day <= event.day]
        if len(near) >= rule.get("readings", 1):
            means.append((event, sum(near, Fraction(0)) / len(near)))
    return means


def baseline(world: World, rule: Rule, means: Sequence[Reading]) -> Reading | None:
    """What the newest of some means is compared with."""
    *before, (event, _) = means
    kind = rule.get("baseline", "first")
    if "within" in rule:
        near = in_window(rule, [one for one, _ in before], event.day)
        before = [pair for pair in before if pair[0] in near]
        kind = "highest" if goal_of(world, rule) < 0 else "lowest"
    if not before:
        return None
    if kind == "first":
        return before[0]
    pick = max if kind == "highest" else min
    return pick(before, key=lambda pair: pair[1])


def changed(world: World, rule: Rule, means: Sequence[Reading]) -> Fraction | None:
    """The newest of some means minus its baseline, as a percentage where the goal is one."""
    start = baseline(world, rule, means) if means else None
    if start is None:
        return None
    difference = means[-1][1] - start[1]
    if not is_percentage(rule["by"]):
        return difference
    return difference / start[1] * 100 if start[1] > 0 else None


def change_findings(world: World, rule: Rule) -> list[Finding]:
    goal = goal_of(world, rule)
    means = means_of(world, rule)
    found = []
    for end in range(1, len(means) + 1):
        start, change = baseline(world, rule, means[:end]), changed(world, rule, means[:end])
        if start is None or change is None:
            continue
        if change <= goal if goal < 0 else change >= goal:
            event = means[end - 1][0]
            first, last = sorted([start[0].day, event.day])
            found.append(Finding(event, event.day, first, last, 2))
    return found


def comeback_findings(world: World, rule: Rule) -> list[Finding]:
    return [
        Finding(event, event.day, before.day, event.day, 2)
        for before, event in pairwise(matching(world, rule, world.events))
        if (event.day - before.day).days >= goal_of(world, rule)
    ]
