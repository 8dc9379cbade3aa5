"""`evaluate` and `progress`: the specification that every other way to run rules agrees with.

Folding all events in canonical order at once is folding them one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from badge_engine.errors import InvalidEvent
from badge_engine.events import Event
from badge_engine.instants import MIDNIGHT, local_day_of, parse_instant, require_zone
from badge_engine.outcomes import Award, Evidence, Progress
from badge_engine.semantics.compiler import CompiledBadge, RuleSet
from badge_engine.semantics.folds.base import FULL, Crossing, Reading, State
from badge_engine.semantics.folds.composites import Composite, Part

Reached = tuple[int, Crossing]
"""The position of a node, and the goal of it that an event reached."""


def evaluate(
    rules: RuleSet, history: Iterable[Event], as_of: datetime | None = None
) -> list[Award]:
    """The awards that one user's events give, by earned_at, badge, tier and occurrence.

    `history` holds each event once, in any order; `as_of`, an aware instant, cuts off what
    happened after it. Raises InvalidEvent for events of several users and for a naive `as_of`.
    """
    folding = Folding(rules, lean=True)
    awards = [award for event in in_order(history, as_of) for award in folding.awards(event)]
    return sorted(awards, key=award_order)


def progress(
    rules: RuleSet,
    history: Iterable[Event],
    as_of: datetime | None = None,
    *,
    zone: str | None = None,
    day_starts: time = MIDNIGHT,
    today: date | None = None,
    each_tier: bool = False,
) -> list[Progress]:
    """How far one user is with each badge, in file order; `each_tier` tells of every tier.

    `local_today` says which local day the arguments after `history` make the present one.
    """
    events = in_order(history, as_of)
    folding = Folding(rules)
    folding.take_all(events)
    day = local_today(events, as_of, zone, day_starts, today)
    return folding.progress(day, each_tier=each_tier)


def award_order(award: Award) -> tuple[datetime, str, str, int]:
    """The key of the order in which awards are listed."""
    return (award.earned_at, award.badge, award.tier or "", award.occurrence)


def in_order(history: Iterable[Event], as_of: datetime | None = None) -> list[Event]:
    """One user's events up to an instant, in canonical order."""
    events = sorted(history, key=lambda event: event.order)
    if events and any(event.user != events[0].user for event in events):
        message = f"the history mixes {events[0].user!r} with other users; give one user's events"
        raise InvalidEvent("other-user", message, field="user")
    if as_of is None:
        return events
    cut = parse_instant(as_of)
    return [event for event in events if event.at <= cut]


def local_today(
    events: Iterable[Event],
    as_of: datetime | None = None,
    zone: str | None = None,
    day_starts: time = MIDNIGHT,
    today: date | None = None,
) -> date:
    """The local day that progress speaks about.

    `today`, or the local day of `as_of` in `zone`, else where the newest event that knows it was,
    else UTC; the newest event's local day if that is later, or if neither is given. Raises
    InvalidEvent when there is no event either.
    """
    ordered = sorted(events, key=lambda event: event.order)
    days = [event.day for event in ordered[-1:]]
    if today is not None:
        days.append(today)
    elif as_of is not None:
        if zone is not None:
            require_zone(zone)
        places = [zone, *(event.zone for event in reversed(ordered))]
        place = next((place for place in places if place is not None), None)
        wall = parse_instant(as_of).astimezone(_time_zone(place)).replace(tzinfo=None)
        days.append(local_day_of(wall, day_starts))
    if not days:
        message = "there is no event and no as_of; give as_of to say what today is"
        raise InvalidEvent("no-today", message, field="as_of")
    return max(days)


def _time_zone(place: str | None) -> ZoneInfo | timezone:
    if place is None:
        return UTC
    if place[0] not in "+-":
        return ZoneInfo(place)
    hours, minutes, *seconds = (int(part) for part in place[1:].split(":"))
    offset = timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))
    return timezone(-offset if place[0] == "-" else offset)


class Folding:
    """All folds of a rule set stepping through one user's events.

    `lean` forgets a fold that has nothing left to give: enough for awards, not for progress.
    `states` go on from where another folding of the same rules stood; they are changed in place.
    """

    def __init__(
        self, rules: RuleSet, states: list[State] | None = None, *, lean: bool = False
    ) -> None:
        self.rules = rules
        self.states = [node.fold.start() for node in rules.nodes] if states is None else states
        self._routes = dict(rules.routes)
        self._lean = lean

    def take_all(self, events: Iterable[Event]) -> None:
        """Take events in canonical order without listing their awards."""
        for event in events:
            self.take(event)

    def take(self, event: Event) -> list[Reached]:
        """Take the next event in canonical order; the goals that it reached."""
        routes = self._routes.get(event.type)
        if not routes:
            return []
        fields = self.rules.read(event)
        states = self.states
        reached: list[Reached] = []
        for position, matches, step in routes:
            if matches is None or matches(event, fields):
                crossings = step(states[position], event, fields)
                if crossings:
                    reached += [(position, crossing) for crossing in crossings]
        if reached:
            self._notice(reached)
            if self._lean:
                self._forget_finished(event.type, reached)
        return reached

    def _notice(self, reached: list[Reached]) -> None:
        """Let composites take the parts that the current event decided, inner ones first."""
        arrivals: dict[int, list[tuple[int, int]]] = {}
        for node, crossing in reached:
            self._announce(node, crossing, arrivals)
        while arrivals:
            node = min(arrivals)
            fold = self.rules.nodes[node].fold
            assert isinstance(fold, Composite)  # noqa: S101 - only composites watch
            for crossing in fold.notice(self.states[node], arrivals.pop(node)):
                reached.append((node, crossing))
                self._announce(node, crossing, arrivals)

    def _announce(
        self, node: int, crossing: Crossing, arrivals: dict[int, list[tuple[int, int]]]
    ) -> None:
        for watcher, place in self.rules.watchers.get(node, ()):
            fold = self.rules.nodes[watcher].fold
            assert isinstance(fold, Composite)  # noqa: S101 - only composites watch
            if crossing.goal == fold.parts[place].goal and crossing.occurrence == 1:
                arrivals.setdefault(watcher, []).append((crossing.earned_on, place))

    def _forget_finished(self, event_type: str, reached: list[Reached]) -> None:
        nodes = self.rules.nodes
        finished = {node for node, _ in reached if nodes[node].fold.finished(self.states[node])}
        if finished:
            self._routes[event_type] = tuple(
                route for route in self._routes[event_type] if route[0] not in finished
            )

    def awards(self, event: Event) -> Iterator[Award]:
        """Take the next event in canonical order; the awards that it decides."""
        for node, crossing in self.take(event):
            compiled = self.rules.owners.get(node)
            if compiled is not None:
                yield award_of(compiled, event, crossing)

    def progress(self, today: date, *, each_tier: bool = False) -> list[Progress]:
        """How far each badge is, in file order: its next tier, or every one of its tiers."""
        day, readings = today.toordinal(), self.readings(today)
        return [
            self.shown(compiled, reading, compiled.node)
            for compiled in self.rules.badges.values()
            for reading in self._of_badge(compiled, day, readings, each_tier=each_tier)
        ]

    def _of_badge(
        self, compiled: CompiledBadge, day: int, readings: list[Reading], *, each_tier: bool
    ) -> Iterator[Reading]:
        tiers = compiled.badge.tiers
        if not each_tier or not tiers:
            yield readings[compiled.node]
            return
        reached = self.states[compiled.node][0]
        for goal in range(len(tiers)):
            reading = self._towards(compiled.node, goal, day, readings)
            yield reading._replace(state="earned") if goal < reached else reading

    def readings(self, today: date) -> list[Reading]:
        """The reading of every node towards what it earns next."""
        day = today.toordinal()
        readings: list[Reading] = []
        for node, state in zip(self.rules.nodes, self.states, strict=True):
            if isinstance(node.fold, Composite):
                shares = [self._share(part, day, readings) for part in node.fold.parts]
                readings.append(node.fold.read(state, shares))
            else:
                readings.append(node.fold.read(state, day))
        return readings

    def _share(self, part: Part, day: int, readings: list[Reading]) -> int:
        """The ratio of a part towards the goal that it stands for."""
        if self.states[part.node][0] > part.goal:
            return FULL
        return self._towards(part.node, part.goal, day, readings).ratio

    def _towards(self, position: int, goal: int, day: int, readings: list[Reading]) -> Reading:
        """The reading of a node towards one of its goals."""
        fold, state = self.rules.nodes[position].fold, self.states[position]
        if readings[position].goal == goal:
            return readings[position]
        if isinstance(fold, Composite):
            shares = [self._share(part, day, readings) for part in fold.parts]
            return fold.read(state, shares, goal)
        return fold.read(state, day, goal)

    def shown(self, compiled: CompiledBadge, reading: Reading, position: int) -> Progress:
        """A reading of a node as the progress of the badge that it belongs to."""
        node = self.rules.nodes[position]
        return Progress(
            badge=compiled.badge.id,
            value=_exact(reading.value),
            target=_exact(reading.target),
            ratio=Decimal(reading.ratio).scaleb(-4),
            unit=node.unit,
            tier=compiled.tier(reading.goal) if position == compiled.node else None,
            occurrence=reading.occurrence,
            state=reading.state,
            decimals=node.decimals,
            best=reading.best,
            expires_on=_day(reading.expires_on),
            period_ends=_day(reading.period_ends),
        )


def award_of(compiled: CompiledBadge, event: Event, crossing: Crossing) -> Award:
    """The award that a badge gives for a goal which an event reached."""
    return Award(
        user=event.user,
        badge=compiled.badge.id,
        tier=compiled.tier(crossing.goal),
        occurrence=crossing.occurrence,
        earned_at=event.at,
        earned_on=date.fromordinal(crossing.earned_on),
        evidence=evidence_of(event, crossing),
        rule_version=compiled.rule_version,
    )


def evidence_of(event: Event, crossing: Crossing) -> Evidence:
    """What justifies a goal which an event reached."""
    return Evidence(
        event=event.id,
        first_day=date.fromordinal(crossing.first_day),
        last_day=date.fromordinal(crossing.last_day),
        count=crossing.counted,
    )


def _exact(value: Fraction | int | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)
