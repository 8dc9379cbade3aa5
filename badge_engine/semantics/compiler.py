"""Rules as written become folds in topological order, with an index from event type to folds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import chain
from types import MappingProxyType
from typing import Literal

from badge_engine.errors import UnknownBadge
from badge_engine.events import Event
from badge_engine.language.calendar_words import WEEKDAY_NAMES, WEEKDAYS
from badge_engine.language.loader import LoadedPacks
from badge_engine.language.rules import (
    Badge,
    BadgeReference,
    Best,
    Change,
    Comeback,
    Count,
    FieldTest,
    Goal,
    Record,
    Streak,
    Total,
)
from badge_engine.language.units import PERCENT, Quantity
from badge_engine.language.vocabulary import Exact, FieldDefinition, Vocabulary, read_value
from badge_engine.semantics.folds.base import Crossing, Fold, Goals, State
from badge_engine.semantics.folds.composites import Composite, Part
from badge_engine.semantics.folds.counting import (
    Distinct,
    DistinctInWindow,
    InPeriod,
    Keys,
    Overall,
    Sum,
    SumInWindow,
    Tally,
)
from badge_engine.semantics.folds.readings import Best as BestFold
from badge_engine.semantics.folds.readings import Change as ChangeFold
from badge_engine.semantics.folds.readings import Comeback as ComebackFold
from badge_engine.semantics.folds.readings import Record as RecordFold
from badge_engine.semantics.folds.runs import Forgiveness
from badge_engine.semantics.folds.streaks import Activity
from badge_engine.semantics.folds.streaks import Streak as StreakFold
from badge_engine.semantics.normal_form import fingerprint, rule_version
from badge_engine.semantics.periods import Calendar
from badge_engine.semantics.predicates import Predicate, compile_predicate
from badge_engine.semantics.resolution import (
    CALENDAR_VALUES,
    AnyCriterion,
    Composed,
    OverEvents,
    definition_of,
    event_types,
    fields_used,
    goals_in_steps,
    in_days,
    judged_definition,
    own_goal,
    quantity_in_steps,
    streak_unit,
)

Step = Callable[[State, Event, Mapping[str, Exact]], Sequence[Crossing]]
Route = tuple[int, Predicate | None, Step]
"""A fold that an event type concerns: position of its node, its predicate, what takes the event."""


UsedField = tuple[str, FieldDefinition, int]
"""A field that rules read: name, definition, and the steps in 1 where it is a number, else 0."""


@dataclass(frozen=True, slots=True)
class Node:
    """One criterion, a badge's own or a part of a composite, and its fold.

    `unit` and `decimals` belong to its value: those of the field that it judges; `entries` are the
    predicates of `where`, `from` and `until` one by one, for explanations.
    """

    criterion: AnyCriterion
    fold: Fold | Composite
    matches: Predicate | None = None
    unit: str | None = None
    decimals: int = 0
    entries: tuple[tuple[str, Predicate], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule speaks of: the event types that it counts, and whether a field is sensitive."""

    event_types: tuple[str, ...]
    sensitive: bool


@dataclass(frozen=True, slots=True)
class CompiledBadge:
    """A badge ready to be judged; `node` is the position of its criterion in the rule set.

    `subject` is what its rule speaks of, other badges that it refers to included; the name of its
    criterion is `badge.rule.type`.
    """

    badge: Badge
    node: int
    rule_version: str
    language: str
    subject: Subject

    @property
    def event_types(self) -> tuple[str, ...]:
        """The event types that its rule counts, in the order in which it names them."""
        return self.subject.event_types

    @property
    def sensitive(self) -> bool:
        """Whether its rule reads a field that the vocabulary calls sensitive."""
        return self.subject.sensitive

    @property
    def shared(self) -> bool:
        """Whether it may be posted: its setting `share`, else yes unless it is sensitive."""
        share = self.badge.share
        return not self.sensitive if share is None else share

    def goal(self, tier: str | None = None) -> Fraction:
        """The goal of a tier, without one of the only or the first, as exactly as it was written.

        It has its sign, and the unit that stands beside it (7 of `7 days`, 2 of `2 weeks`); of a
        composite it is the number of parts, of a record 1. ValueError for a tier it has not.
        """
        goals = {each.name: each.goal for each in self.badge.tiers}
        if tier is None:
            written = next(iter(goals.values()), None) or own_goal(self.badge.rule)
        elif tier in goals:
            written = goals[tier]
        else:
            known = [None, *goals]
            message = f"the badge {self.badge.id!r} has no tier {tier!r}; use one of {known!r}"
            raise ValueError(message)
        return _number(written)

    def tier(self, goal: int) -> str | None:
        """The name of the tier at a position, None for a badge without tiers."""
        return self.badge.tiers[goal].name if self.badge.tiers else None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Compiled badges, in file order, over one vocabulary and one start of the week.

    In `nodes` every composite comes after its parts; `watchers` tells for a node which composites
    have it as a part, and at which place; `owners` tells which badge a node belongs to, if any.
    `reach` tells which nodes an event type can change. States of one rule set fit another one
    exactly when their fingerprints are equal: badges, in order, mean the same.
    """

    badges: Mapping[str, CompiledBadge]
    vocabulary: Vocabulary
    week_starts: str
    nodes: tuple[Node, ...]
    routes: Mapping[str, tuple[Route, ...]]
    watchers: Mapping[int, tuple[tuple[int, int], ...]]
    owners: Mapping[int, CompiledBadge]
    fields: Mapping[str, tuple[UsedField, ...]]
    reach: Mapping[str, tuple[int, ...]]
    fingerprint: str

    def read(self, event: Event) -> dict[str, Exact]:
        """The fields that rules speak of, exactly; a value that does not fit is missing."""
        values: dict[str, Exact] = {}
        data = event.data
        for name, definition, scale in self.fields[event.type]:
            raw = data.get(name)
            if raw is None:
                continue
            if scale and type(raw) is int:
                values[name] = raw * scale
            else:
                value = read_value(definition, raw)
                if value is not None:
                    values[name] = value
        return values

    def compiled(self, badge: str) -> CompiledBadge:
        """A badge by its id, or UnknownBadge."""
        found = self.badges.get(badge)
        if found is None:
            raise UnknownBadge(badge, tuple(self.badges))
        return found


def compile_rules(packs: LoadedPacks, *, week_starts: str = "monday") -> RuleSet:
    """Compile loaded packs; `week_starts` is a weekday such as monday.

    Raises ValueError for a word that is no weekday.
    """
    if week_starts not in WEEKDAY_NAMES:
        message = f"week_starts {week_starts!r} is not a weekday; use monday … sunday"
        raise ValueError(message)
    return _Compilation(packs, week_starts).rule_set()


@dataclass(slots=True)
class _Compilation:
    packs: LoadedPacks
    week_starts: str
    nodes: list[Node] = field(default_factory=list)
    compiled: dict[str, CompiledBadge] = field(default_factory=dict)
    sources: dict[str, tuple[Badge, str]] = field(default_factory=dict)

    @property
    def vocabulary(self) -> Vocabulary:
        return self.packs.vocabulary

    @property
    def first_weekday(self) -> int:
        return WEEKDAY_NAMES.index(self.week_starts)

    def rule_set(self) -> RuleSet:
        for pack in self.packs.in_force:
            self.sources.update((badge.id, (badge, pack.language)) for badge in pack.badges)
        badges = {badge_id: self.badge(badge_id) for badge_id in self.sources}
        routes, watchers = self._routes(), self._watchers()
        return RuleSet(
            badges=MappingProxyType(badges),
            vocabulary=self.vocabulary,
            week_starts=self.week_starts,
            nodes=tuple(self.nodes),
            routes=routes,
            watchers=watchers,
            owners={compiled.node: compiled for compiled in badges.values()},
            fields=self._fields(),
            reach={event_type: _reach(found, watchers) for event_type, found in routes.items()},
            fingerprint=fingerprint((badge, one.rule_version) for badge, one in badges.items()),
        )

    def badge(self, badge_id: str) -> CompiledBadge:
        """Compile a badge once, the badges that it refers to first."""
        if badge_id not in self.compiled:
            badge, language = self.sources[badge_id]
            node = self.criterion(badge.rule, tuple(tier.goal for tier in badge.tiers))
            version = rule_version(
                badge.rule,
                badge.tiers,
                self.vocabulary,
                self.first_weekday,
                lambda other: self.badge(other).rule_version,
            )
            subject = self._subject(badge.rule)
            self.compiled[badge_id] = CompiledBadge(badge, node, version, language, subject)
        return self.compiled[badge_id]

    def _subject(self, part: AnyCriterion | BadgeReference) -> Subject:
        if isinstance(part, BadgeReference):
            return self.badge(part.badge).subject
        if isinstance(part, Composed):
            inner = [self._subject(each) for each in part.of]
            named = chain.from_iterable(each.event_types for each in inner)
            return Subject(tuple(dict.fromkeys(named)), any(each.sensitive for each in inner))
        types, fields = event_types(part), fields_used(part)
        return Subject(tuple(dict.fromkeys(types)), self.vocabulary.sensitive(types, fields))

    def criterion(self, criterion: AnyCriterion, tiers: tuple[Goal, ...] = ()) -> int:
        """Add the node of a criterion, its parts before it; its position."""
        exact = goals_in_steps(criterion, tiers, self.vocabulary)
        if isinstance(criterion, Composed):
            parts = tuple(self.part(part) for part in criterion.of)
            self.nodes.append(Node(criterion, Composite(parts, Goals.of(exact))))
            return len(self.nodes) - 1
        definition = judged_definition(criterion, self.vocabulary)
        percent = isinstance(criterion, Change) and _in_percent(criterion, tiers)
        unit, decimals = None, 0
        if definition is not None and not isinstance(criterion, Streak):
            unit, decimals = definition.unit, definition.decimals
        node = Node(
            criterion,
            self.fold(criterion, tiers, exact),
            self._predicate(criterion, criterion.where, criterion.from_, criterion.until),
            PERCENT if percent else unit,
            decimals,
            self._entries(criterion),
        )
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _predicate(
        self,
        criterion: OverEvents,
        where: Mapping[str, FieldTest],
        from_: date | None = None,
        until: date | None = None,
    ) -> Predicate | None:
        def field_of(name: str) -> FieldDefinition:
            return definition_of(criterion, name, self.vocabulary)

        return compile_predicate(where, field_of, from_, until)

    def _entries(self, criterion: OverEvents) -> tuple[tuple[str, Predicate], ...]:
        alone = {
            name: self._predicate(criterion, {name: test}) for name, test in criterion.where.items()
        }
        alone["from"] = self._predicate(criterion, {}, criterion.from_)
        alone["until"] = self._predicate(criterion, {}, None, criterion.until)
        return tuple((name, test) for name, test in alone.items() if test is not None)

    def part(self, part: AnyCriterion | BadgeReference) -> Part:
        if not isinstance(part, BadgeReference):
            return Part(self.criterion(part))
        compiled = self.badge(part.badge)
        names = [tier.name for tier in compiled.badge.tiers]
        return Part(compiled.node, 0 if part.tier is None else names.index(part.tier))

    def fold(
        self, criterion: OverEvents, tiers: tuple[Goal, ...], exact: tuple[Fraction, ...]
    ) -> Fold:
        step = 1
        definition = judged_definition(criterion, self.vocabulary)
        if definition is not None and not isinstance(criterion, Streak):
            step = 10**definition.decimals
        if isinstance(criterion, Count | Total):
            return self._counting(criterion, Goals.of(exact, repeat=criterion.repeat, step=step))
        if isinstance(criterion, Streak):
            return self._streak(criterion, tiers, exact)
        if isinstance(criterion, Comeback):
            return ComebackFold(Goals.of(exact, repeat=criterion.repeat))
        if isinstance(criterion, Best):
            sign = _sign(criterion)
            signed = [sign * goal for goal in exact]
            return BestFold(criterion.field, sign, Goals.of(signed, step=step))
        if isinstance(criterion, Record):
            margin = Fraction(0)
            if criterion.margin is not None:
                margin = quantity_in_steps(criterion.margin, criterion, self.vocabulary)
            goals = Goals.of(exact, repeat=True, step=step)
            return RecordFold(criterion.field, _sign(criterion), margin, criterion.after, goals)
        return self._change(criterion, tiers, exact, step)

    def _change(
        self, criterion: Change, tiers: tuple[Goal, ...], exact: tuple[Fraction, ...], step: int
    ) -> ChangeFold:
        percent = _in_percent(criterion, tiers)
        baseline = criterion.baseline
        if criterion.within is not None:
            baseline = "highest" if exact[0] < 0 else "lowest"
        return ChangeFold(
            field=criterion.field,
            goals=Goals.of(exact, step=1 if percent else step),
            percent=percent,
            baseline=baseline,
            average=0 if criterion.average is None else in_days(criterion.average),
            readings=criterion.readings,
            within=0 if criterion.within is None else in_days(criterion.within),
        )

    def _counting(self, criterion: Count | Total, goals: Goals) -> Fold:
        summed = criterion.field if isinstance(criterion, Total) else None
        distinct = self._distinct(criterion) if isinstance(criterion, Count) else None
        if criterion.within is not None:
            days = in_days(criterion.within)
            if distinct is not None:
                return DistinctInWindow(distinct, days, goals)
            return SumInWindow(summed, days, goals)
        tally: Tally = Sum(summed) if distinct is None else distinct
        if criterion.each is not None:
            return InPeriod(tally, goals, Calendar(criterion.each, self.first_weekday))
        return Overall(tally, goals)

    def _distinct(self, criterion: Count) -> Distinct | None:
        name = criterion.distinct
        if name is None:
            return None
        if name in CALENDAR_VALUES:
            calendar = Calendar(name, self.first_weekday)  # type: ignore[arg-type] # one of three
            return Distinct(_period_key(calendar), criterion.each_of, calendar)
        texts = definition_of(criterion, name, self.vocabulary).type == "texts"
        return Distinct(_texts_key(name) if texts else _value_key(name), criterion.each_of)

    def _streak(
        self, criterion: Streak, tiers: tuple[Goal, ...], exact: tuple[Fraction, ...]
    ) -> StreakFold:
        enough = Fraction(1)
        if criterion.at_least is not None:
            enough = quantity_in_steps(criterion.at_least, criterion, self.vocabulary)
        unit = streak_unit(criterion, tiers)
        return StreakFold(
            calendar=Calendar(unit, self.first_weekday),  # type: ignore[arg-type] # one of three
            activity=Activity(
                enough=-(-enough.numerator // enough.denominator),
                days=criterion.distinct is not None,
                total=criterion.total,
                types=criterion.each_of,
            ),
            goals=Goals.of(exact, repeat=bool(criterion.repeat)),
            forgiveness=Forgiveness.of(criterion.grace),
            repeat=criterion.repeat,
            weekdays=frozenset(WEEKDAYS.index(day) for day in criterion.days),
            until=None if criterion.until is None else criterion.until.toordinal(),
        )

    def _routes(self) -> dict[str, tuple[Route, ...]]:
        routes: dict[str, list[Route]] = defaultdict(list)
        for position, node in enumerate(self.nodes):
            if isinstance(node.criterion, Composed) or isinstance(node.fold, Composite):
                continue
            for event_type in dict.fromkeys(event_types(node.criterion)):
                routes[event_type].append((position, node.matches, node.fold.step))
            if isinstance(node.fold, StreakFold):
                for event_type in dict.fromkeys(_pauses(node.criterion)):
                    routes[event_type].append((position, None, node.fold.pause))
        return {event_type: tuple(found) for event_type, found in routes.items()}

    def _watchers(self) -> dict[int, tuple[tuple[int, int], ...]]:
        watchers: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for position, node in enumerate(self.nodes):
            if isinstance(node.fold, Composite):
                for place, part in enumerate(node.fold.parts):
                    watchers[part.node].append((position, place))
        return {node: tuple(found) for node, found in watchers.items()}

    def _fields(self) -> dict[str, tuple[UsedField, ...]]:
        used: dict[str, set[str]] = defaultdict(set)
        for node in self.nodes:
            if isinstance(node.criterion, Composed):
                continue
            for event_type in event_types(node.criterion):
                used[event_type] |= fields_used(node.criterion)
            for event_type in _pauses(node.criterion):
                used[event_type] |= set()
        return {
            event_type: tuple(self._used_fields(event_type, names))
            for event_type, names in used.items()
        }

    def _used_fields(self, event_type: str, names: set[str]) -> Iterator[UsedField]:
        for name in sorted(names):
            definition = self.vocabulary.field((event_type,), name)
            if definition is not None:
                scale = 10**definition.decimals if definition.type == "number" else 0
                yield name, definition, scale


def _reach(
    routes: tuple[Route, ...], watchers: Mapping[int, tuple[tuple[int, int], ...]]
) -> tuple[int, ...]:
    """The nodes that routes lead to, and the composites above them, in order."""
    found = {position for position, _, _ in routes}
    waiting = list(found)
    while waiting:
        above = {watcher for watcher, _ in watchers.get(waiting.pop(), ())} - found
        found |= above
        waiting += above
    return tuple(sorted(found))


def _number(goal: Goal) -> Fraction:
    if isinstance(goal, Quantity):
        return Fraction(goal.number)
    return Fraction(goal if isinstance(goal, int) else goal.count)


def _pauses(criterion: OverEvents) -> tuple[str, ...]:
    return criterion.paused_by if isinstance(criterion, Streak) else ()


def _in_percent(criterion: Change, tiers: tuple[Goal, ...]) -> bool:
    return any(getattr(goal, "unit", None) == PERCENT for goal in (*tiers, criterion.by))


def _sign(criterion: Best | Record) -> Literal[1, -1]:
    return -1 if criterion.lowest else 1


def _period_key(calendar: Calendar) -> Keys:
    return lambda event, _: (str(calendar.period_of(event.ordinal)),)


def _value_key(name: str) -> Keys:
    return lambda _, fields: (str(fields[name]),) if name in fields else ()


def _texts_key(name: str) -> Keys:
    def keys(_: Event, fields: Mapping[str, Exact]) -> Sequence[str]:
        value = fields.get(name, ())
        return value if isinstance(value, tuple) else ()

    return keys
