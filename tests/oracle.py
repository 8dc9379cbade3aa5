"""A brute-force reading of the language page, to judge the real evaluator by.

Every prefix of the history is tried, nothing is carried from one to the next, and sums are exact
fractions. Written from the page alone: it shares no code and no idea with `badge_engine`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.oracle_facts import (
    WEEKDAYS,
    Event,
    Finding,
    Rule,
    World,
    goal_of,
    goals_of,
    matching,
    place,
    repeats,
    untiered,
)
from tests.oracle_readings import (
    best_findings,
    change_findings,
    changed,
    comeback_findings,
    mark_to_beat,
    means_of,
    readings_of,
    record_findings,
    tally_findings,
    tally_now,
)
from tests.oracle_streaks import longest_run, outlook, streak_findings, unused_length


@dataclass(frozen=True)
class OracleAward:
    badge: str
    tier: str | None
    occurrence: int
    earned_at: int
    earned_on: date
    event: str
    first_day: date
    last_day: date
    count: int


@dataclass(frozen=True)
class OracleProgress:
    value: Fraction | None
    target: Fraction | None
    ratio: Decimal
    tier: str | None
    occurrence: int
    state: str
    expires_on: date | None = None
    best: int | None = None


def awards(
    badges: Sequence[Rule],
    vocabulary: Rule,
    events: Iterable[Event],
    *,
    week_starts: str = "monday",
    as_of: datetime | None = None,
) -> list[OracleAward]:
    world = build_world(badges, vocabulary, until(events, as_of), week_starts)
    return [
        OracleAward(
            badge["id"],
            tier,
            occurrence,
            found.event.instant,
            found.earned_on,
            found.event.id,
            found.first_day,
            found.last_day,
            found.count,
        )
        for badge in badges
        for tier, _ in goals_of(badge)
        for occurrence, found in enumerate(badge_findings(world, badge["id"], tier), 1)
    ]


def progress(
    badges: Sequence[Rule],
    vocabulary: Rule,
    events: Iterable[Event],
    *,
    today: date,
    week_starts: str = "monday",
) -> dict[str, OracleProgress]:
    world = build_world(badges, vocabulary, events, week_starts)
    today = max([today, *(event.day for event in world.events[-1:])])
    return {badge["id"]: badge_progress(world, badge, today) for badge in badges}


def day_of(events: Iterable[Event], as_of: datetime, zone: str | None = None) -> date:
    """The local day of `as_of`, in the zone of the newest event that has one unless told."""
    zones = [event.zone for event in in_order(until(events, as_of)) if event.zone is not None]
    return as_of.astimezone(place(zone or (zones or ["UTC"])[-1])).date()


def until(events: Iterable[Event], as_of: datetime | None) -> list[Event]:
    if as_of is None:
        return list(events)
    cut = (as_of - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return [event for event in events if event.instant <= cut]


def in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.instant, event.id.encode()))


def build_world(
    badges: Sequence[Rule], vocabulary: Rule, events: Iterable[Event], week_starts: str
) -> World:
    by_id = {badge["id"]: badge for badge in badges}
    return World(by_id, vocabulary, in_order(events), WEEKDAYS.index(week_starts[:3]))


# Findings: what each criterion shows in a history


def badge_findings(world: World, badge_id: str, tier: str | None) -> list[Finding]:
    if (badge_id, tier) not in world.known:
        rule = untiered(world.badges[badge_id], tier)
        world.known[badge_id, tier] = findings(world, rule)
    return world.known[badge_id, tier]


def findings(world: World, rule: Rule) -> list[Finding]:
    """Every occurrence of a criterion, in the order of the deciding events."""
    find = {
        "count": tally_findings,
        "total": tally_findings,
        "best": best_findings,
        "record": record_findings,
        "streak": streak_findings,
        "change": change_findings,
        "comeback": comeback_findings,
        "all_of": composite_findings,
        "any_of": composite_findings,
    }[rule["type"]]
    found = find(world, rule)
    return found if repeats(rule) else found[:1]


# all_of and any_of


def composite_findings(world: World, rule: Rule) -> list[Finding]:
    firsts = [found[0] for part in rule["of"] if (found := part_findings(world, part))]
    firsts.sort(key=lambda one: (one.event.instant, one.event.id.encode(), one.earned_on))
    needed = int(goal_of(world, rule))
    if len(firsts) < needed:
        return []
    decisive, days = firsts[needed - 1], [one.earned_on for one in firsts[:needed]]
    return [Finding(decisive.event, decisive.earned_on, min(days), max(days), needed)]


def part_findings(world: World, part: Rule) -> list[Finding]:
    if "badge" in part:
        return badge_findings(world, part["badge"], tier_of(world, part))
    return findings(world, part)


def tier_of(world: World, part: Rule) -> str | None:
    first_tier, _ = goals_of(world.badges[part["badge"]])[0]
    tier: str | None = part.get("tier", first_tier)
    return tier


# Progress


def badge_progress(world: World, badge: Rule, today: date) -> OracleProgress:
    tiers = [tier for tier, _ in goals_of(badge)]
    missing = [tier for tier in tiers if not badge_findings(world, badge["id"], tier)]
    tier = (missing or tiers[-1:])[0]
    rule = untiered(badge, tier)
    found = badge_findings(world, badge["id"], tier)
    earned = not missing and not repeats(rule)
    value, target = measure(world, rule, today, len(found))
    ratio = Decimal(1) if earned else ratio_of(world, rule, today, len(found))
    occurrence = len(found) + 1 if repeats(rule) else 1
    if rule["type"] != "streak":
        state = "earned" if earned else "open"
        return OracleProgress(value, target, ratio, tier, occurrence, state)
    state, expires_on = outlook(world, rule, today)
    state = "earned" if earned else state
    best = longest_run(world, rule)
    return OracleProgress(value, target, ratio, tier, occurrence, state, expires_on, best)


def measure(
    world: World, rule: Rule, today: date, occurrences: int
) -> tuple[Fraction | None, Fraction | None]:
    """Value and target of a criterion; `occurrences` are derivable already."""
    kind = rule["type"]
    if kind == "record":
        values = [value for _, value in readings_of(world, rule)]
        return (values[-1], mark_to_beat(world, rule, values)) if values else (None, None)
    goal = goal_of(world, rule)
    if kind in {"count", "total"}:
        plain = repeats(rule) and "within" not in rule and "each" not in rule
        return tally_now(world, rule, today), goal * (occurrences + 1) if plain else goal
    if kind == "streak":
        return Fraction(unused_length(world, rule)), goal
    if kind in {"all_of", "any_of"}:
        return Fraction(sum(bool(part_findings(world, part)) for part in rule["of"])), goal
    return value_now(world, rule, today), goal


def value_now(world: World, rule: Rule, today: date) -> Fraction | None:
    if rule["type"] == "change":
        return changed(world, rule, means_of(world, rule))
    if rule["type"] == "comeback":
        events = matching(world, rule, world.events)
        return Fraction((today - events[-1].day).days) if events else None
    values = [value for _, value in readings_of(world, rule)]
    return (min if rule.get("lowest") else max)(values, default=None)


def ratio_of(world: World, rule: Rule, today: date, occurrences: int) -> Decimal:
    """The ratio while something is left to earn: in 0…0.9999."""
    if rule["type"] in {"record", "comeback"}:
        return Decimal("0.0000")
    if rule["type"] in {"all_of", "any_of"}:
        needed = int(goal_of(world, rule))
        ratios = sorted((part_ratio(world, part, today) for part in rule["of"]), reverse=True)
        exact = sum(map(Fraction, ratios[:needed]), Fraction(0)) / needed
    else:
        value, target = measure(world, rule, today, occurrences)
        if value is None or target is None or value == 0:
            exact = Fraction(0)
        else:
            exact = target / value if rule.get("lowest") else value / target
    clamped = min(max(exact, Fraction(0)), Fraction("0.9999"))
    return Decimal(int(clamped * 10000)).scaleb(-4)


def part_ratio(world: World, part: Rule, today: date) -> Decimal:
    if part_findings(world, part):
        return Decimal(1)
    if "badge" in part:
        part = untiered(world.badges[part["badge"]], tier_of(world, part))
    return ratio_of(world, part, today, 0)
