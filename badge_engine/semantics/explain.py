"""`explain`: why a badge is earned or not, node by node; nothing else re-derives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice

from badge_engine.events import Event
from badge_engine.instants import MIDNIGHT
from badge_engine.language.rules import BadgeReference
from badge_engine.outcomes import Award, Evidence, Explanation, LeftOut, Requirement
from badge_engine.semantics.compiler import CompiledBadge, Node, RuleSet
from badge_engine.semantics.evaluate import (
    Folding,
    award_of,
    award_order,
    evidence_of,
    in_order,
    local_today,
)
from badge_engine.semantics.folds.base import Crossing
from badge_engine.semantics.folds.composites import Composite, Part
from badge_engine.semantics.folds.streaks import Streak
from badge_engine.semantics.resolution import Composed, event_types

LEFT_OUT = 3
"""How many of the events that do not count are named."""


def explain(
    rules: RuleSet,
    history: Iterable[Event],
    badge: str,
    as_of: datetime | None = None,
    *,
    zone: str | None = None,
    day_starts: time = MIDNIGHT,
    today: date | None = None,
) -> Explanation:
    """Why one user has a badge, or how it stands; arguments as for `progress`.

    Raises UnknownBadge for a badge in none of the packs.
    """
    compiled = rules.compiled(badge)
    events = in_order(history, as_of)
    day = local_today(events, as_of, zone, day_starts, today)
    return _Explaining(rules, events, day).badge(compiled)


class _Explaining:
    def __init__(self, rules: RuleSet, events: list[Event], today: date) -> None:
        self.rules = rules
        self.events = events
        self.today = today
        self.folding = Folding(rules)
        self.reached: dict[int, list[tuple[Event, Crossing]]] = defaultdict(list)
        for event in events:
            for node, crossing in self.folding.take(event):
                self.reached[node].append((event, crossing))
        self.shares = self.folding.readings(today)

    def badge(self, compiled: CompiledBadge, goal: int = 0) -> Explanation:
        awards = [
            award_of(compiled, event, crossing) for event, crossing in self.reached[compiled.node]
        ]
        return self.node(compiled, compiled.node, goal, tuple(sorted(awards, key=award_order)))

    def node(
        self, compiled: CompiledBadge, position: int, goal: int, awards: tuple[Award, ...] = ()
    ) -> Explanation:
        """The explanation of a criterion; `goal` is the one that must be reached for it to hold."""
        node, state = self.rules.nodes[position], self.folding.states[position]
        reading = self.shares[position]
        parts, missing = self._parts(compiled, node)
        considered, requirements = self._requirements(node)
        return Explanation(
            badge=compiled.badge.id,
            criterion=node.criterion.type,
            holds=state[0] > goal,
            progress=self.folding.shown(compiled, reading, position),
            evidence=self._evidence(position, goal),
            awards=awards,
            considered=len(considered),
            matched=sum(self._matches(node, event) for event in considered),
            requirements=requirements,
            left_out=tuple(islice(self._left_out(node, considered), LEFT_OUT)),
            blocking_day=self._blocking_day(position) if reading.state == "broken" else None,
            blocking_parts=missing if state[0] <= goal else (),
            parts=parts,
        )

    def _evidence(self, position: int, goal: int) -> Evidence | None:
        for event, crossing in self.reached[position]:
            if crossing.goal == goal:
                return evidence_of(event, crossing)
        return None

    def _parts(
        self, compiled: CompiledBadge, node: Node
    ) -> tuple[tuple[Explanation, ...], tuple[int, ...]]:
        if not isinstance(node.fold, Composite) or not isinstance(node.criterion, Composed):
            return (), ()
        parts = tuple(
            self._part(compiled, written, part)
            for written, part in zip(node.criterion.of, node.fold.parts, strict=True)
        )
        return parts, tuple(place for place, part in enumerate(parts) if not part.holds)

    def _part(self, compiled: CompiledBadge, written: object, part: Part) -> Explanation:
        if isinstance(written, BadgeReference):
            return self.badge(self.rules.badges[written.badge], part.goal)
        return self.node(compiled, part.node, part.goal)

    def _requirements(self, node: Node) -> tuple[list[Event], tuple[Requirement, ...]]:
        if isinstance(node.criterion, Composed):
            return [], ()
        types = event_types(node.criterion)
        considered = [event for event in self.events if event.type in types]
        requirements = tuple(
            Requirement(
                setting,
                sum(meets(event, self.rules.read(event)) for event in considered),
                len(considered),
            )
            for setting, meets in node.entries
        )
        return considered, requirements

    def _left_out(self, node: Node, considered: list[Event]) -> Iterator[LeftOut]:
        for event in reversed(considered):
            if not self._matches(node, event):
                fields = self.rules.read(event)
                failed = [name for name, meets in node.entries if not meets(event, fields)]
                yield LeftOut(event.id, event.day, tuple(failed))

    def _matches(self, node: Node, event: Event) -> bool:
        return node.matches is None or node.matches(event, self.rules.read(event))

    def _blocking_day(self, position: int) -> date:
        fold = self.rules.nodes[position].fold
        assert isinstance(fold, Streak)  # noqa: S101 - only a streak can be broken
        return date.fromordinal(fold.broken_on(self.folding.states[position]))
