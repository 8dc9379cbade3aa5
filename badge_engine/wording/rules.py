"""A rule as one sentence: what has to be done, then every setting that changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from badge_engine.language.rules import (
    AllOf,
    AnyCriterion,
    AnyOf,
    Badge,
    BadgeReference,
    Best,
    Change,
    Comeback,
    Count,
    Goal,
    OverEvents,
    Part,
    Record,
    Streak,
    Tier,
    Total,
)
from badge_engine.language.units import Grace, Quantity, Span
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.resolution import CALENDAR_VALUES, field_name, in_days
from badge_engine.wording.language import sentence
from badge_engine.wording.requirements import entries, weekday_or_month
from badge_engine.wording.words import Words, language_of, types_of

Tiers = tuple[Tier, ...]

_GOALS = {
    "count": ("at_least",),
    "total": ("at_least",),
    "best": ("at_least", "at_most"),
    "streak": ("length",),
    "change": ("by",),
    "comeback": ("after",),
}


def rule_sentence(
    badge: Badge,
    vocabulary: Vocabulary,
    language: str = "en",
    titles: Mapping[str, str] | None = None,
) -> str:
    """The whole rule of a badge; `titles` are names for the badges that it refers to, by id."""
    words = Words(language_of(language), vocabulary, titles or {})
    return sentence(clauses(words, badge.rule, badge.tiers))


def criterion_phrase(
    criterion: AnyCriterion,
    vocabulary: Vocabulary,
    language: str = "en",
    titles: Mapping[str, str] | None = None,
) -> str:
    """A criterion, such as a part of another one, without capital and full stop."""
    return phrase(Words(language_of(language), vocabulary, titles or {}), criterion)


def phrase(words: Words, criterion: AnyCriterion, tiers: Tiers = ()) -> str:
    """The clauses of a criterion, joined."""
    return "; ".join(clauses(words, criterion, tiers))


def clauses(words: Words, criterion: AnyCriterion, tiers: Tiers = (), place: str = "") -> list[str]:
    """The main clause of a criterion, then one for each setting that changes it.

    `place` numbers the parts of parts: `2.` for the parts of the second one.
    """
    goal = tiers[0].goal if tiers else own_goal(criterion)
    if isinstance(criterion, AllOf | AnyOf):
        composed = words.language.say(
            "listed_parts",
            head=composite_head(words, criterion, goal),
            parts=_parts(words, criterion, place),
        )
        return [composed, *tier_clauses(words, criterion, tiers)]
    return [
        _main(words, criterion, goal),
        *_asked(words, criterion),
        *_details(words, criterion, goal),
        *_again(words, criterion, goal),
        *tier_clauses(words, criterion, tiers),
    ]


def own_goal(criterion: AnyCriterion) -> Goal | None:
    """The goal that a criterion names itself, if it does."""
    if isinstance(criterion, AnyOf):
        return criterion.at_least or 1
    goal: Goal | None = None
    for setting in _GOALS.get(criterion.type, ()):
        goal = goal or getattr(criterion, setting)
    return goal


def composite_head(words: Words, criterion: AllOf | AnyOf, goal: Goal | None) -> str:
    """How many of its parts a composite wants."""
    if isinstance(criterion, AllOf):
        return words.language.say("all_parts")
    return words.language.say("some_parts", _count(goal))


def _parts(words: Words, criterion: AllOf | AnyOf, place: str) -> str:
    parts = [
        words.language.say(
            "part", place=f"{place}{number}", phrase=part_phrase(words, part, f"{place}{number}.")
        )
        for number, part in enumerate(criterion.of, start=1)
    ]
    return ", ".join(parts)


def part_phrase(words: Words, part: Part, place: str = "") -> str:
    """A part of a composite: a criterion, or the name of another badge."""
    if not isinstance(part, BadgeReference):
        return "; ".join(clauses(words, part, place=place))
    key = "other_badge" if part.tier is None else "other_tier"
    return words.language.say(key, badge=words.title(part.badge), tier=part.tier)


def _asked(words: Words, criterion: OverEvents) -> Iterator[str]:
    asked = entries(words, criterion)
    if asked:
        yield words.language.say(
            "only", events=words.events(types_of(criterion)), entries=words.language.listed(asked)
        )


def tier_clauses(words: Words, criterion: AnyCriterion, tiers: Tiers) -> Iterator[str]:
    """A clause that names every tier with its goal, where there are any."""
    if tiers:
        goals = [(tier.name, goal_text(words, criterion, tier.goal)) for tier in tiers]
        yield words.language.listed(
            [words.language.say("tier_at", tier=name, goal=goal) for name, goal in goals]
        )


def goal_text(words: Words, criterion: AnyCriterion, goal: Goal | None) -> str:
    """A goal with its unit."""
    if goal is None:
        return ""
    if isinstance(criterion, AllOf | AnyOf):
        return words.goal(goal, None, None)
    measured = None if isinstance(criterion, Streak) else field_name(criterion)
    text = words.goal(goal, criterion, measured)
    rises = isinstance(goal, Quantity) and isinstance(criterion, Change) and goal.number > 0
    return f"+{text}" if rises else text


def _count(goal: Goal | None) -> int:
    """A goal that counts things."""
    if isinstance(goal, Span):
        return goal.count
    return int(goal.number) if isinstance(goal, Quantity) else goal or 0


def _main(words: Words, criterion: OverEvents, goal: Goal | None) -> str:
    """What has to be done."""
    match criterion:
        case Count():
            joint = ", " if criterion.each_of else " "
            main = counted(words, criterion, _count(goal))
            said = joint.join([main, *_in_time(words, criterion)])
        case Total():
            said = " ".join([_total(words, criterion, goal), *_in_time(words, criterion)])
        case Best():
            said = _best(words, criterion, goal)
        case Record():
            said = _record(words, criterion)
        case Streak():
            said = _streak(words, criterion, goal)
        case Change():
            said = _change(words, criterion, goal)
        case Comeback():
            said = _comeback(words, criterion, goal)
        case _:
            assert_never(criterion)
    return said


def counted(words: Words, criterion: Count, number: int) -> str:
    """So many of what a count counts: `3 workouts`, `workouts on 3 different days`."""
    types, distinct = types_of(criterion), criterion.distinct
    if distinct is None:
        return words.times(types, number)
    if criterion.each_of:
        events = words.language.listed([words.times((name,), 1) for name in types])
        return words.language.say(f"together.{distinct}", number, events=events)
    events = words.events(types)
    if distinct in CALENDAR_VALUES:
        return words.language.say(f"distinct.{distinct}", number, events=events)
    field = words.field(criterion, distinct) if number == 1 else words.fields(criterion, distinct)
    named = all(words.event([name]) in words.field(criterion, distinct) for name in types)
    key = "distinct.named" if named else "distinct.field"
    return words.language.say(key, number, field=field, events=events)


def _in_time(words: Words, criterion: Count | Total) -> Iterator[str]:
    if criterion.within is not None:
        yield words.language.say("within", in_days(criterion.within))
    if criterion.each is not None:
        yield words.language.say(f"each.{criterion.each}")


def _total(words: Words, criterion: Total, goal: Goal | None) -> str:
    amount = words.language.say("at_least", amount=goal_text(words, criterion, goal))
    return words.language.say(
        "total",
        events=words.events(types_of(criterion)),
        amount=words.measured(criterion, criterion.field, amount),
    )


def _best(words: Words, criterion: Best, goal: Goal | None) -> str:
    bound = "at_most" if criterion.lowest else "at_least"
    amount = words.language.say(bound, amount=goal_text(words, criterion, goal))
    return words.language.say(
        "best",
        events=words.times(types_of(criterion), 1),
        amount=words.measured(criterion, criterion.field, amount),
    )


def _record(words: Words, criterion: Record) -> str:
    main = words.language.say(
        "record.lowest" if criterion.lowest else "record.highest",
        field=words.field(criterion, criterion.field),
        events=words.events(types_of(criterion)),
    )
    if criterion.margin is None:
        return main
    margin = words.quantity(criterion.margin, criterion, criterion.field)
    return f"{main}, {words.language.say('record.margin', amount=margin)}"


def _streak(words: Words, criterion: Streak, goal: Goal | None) -> str:
    unit = unit_of(goal)
    return words.language.say(
        "streak",
        activity=activity(words, criterion),
        per=words.language.say(f"per.{unit}"),
        length=words.language.say(f"row.{unit}", _count(goal)),
    )


def activity(words: Words, criterion: Streak) -> str:
    """What makes a period of a streak active."""
    types, language = types_of(criterion), words.language
    number = 1 if criterion.at_least is None else int(criterion.at_least.number)
    several = criterion.total is not None or criterion.distinct is not None
    if not several:
        each = [(name,) for name in types] if criterion.each_of else [types]
        done = language.listed([words.times(group, number) for group in each])
        return done if number == 1 else language.say("at_least", amount=done)
    events = words.events(types, "and" if criterion.each_of else "or")
    if criterion.each_of:
        events = language.say("each_of_them", events=events)
    if criterion.total is None or criterion.at_least is None:
        return language.say("days_of", number, events=events)
    amount = words.quantity(criterion.at_least, criterion, criterion.total)
    amount = words.measured(criterion, criterion.total, language.say("at_least", amount=amount))
    return language.say("total", events=events, amount=amount)


def unit_of(goal: Goal | None) -> str:
    """The period of a streak with such a goal."""
    return goal.unit if isinstance(goal, Span) else "day"


def _change(words: Words, criterion: Change, goal: Goal | None) -> str:
    assert isinstance(goal, Quantity)  # noqa: S101 - the loader reads nothing else there
    falls = goal.number < 0
    size = Quantity(abs(goal.number), goal.unit)
    return words.language.say(
        "change.down" if falls else "change.up",
        field=words.field(criterion, criterion.field),
        events=words.events(types_of(criterion)),
        amount=words.quantity(size, criterion, criterion.field),
        baseline=baseline(words, criterion, falls=falls),
    )


def _comeback(words: Words, criterion: Comeback, goal: Goal | None) -> str:
    return words.language.say(
        "comeback",
        events=words.times(types_of(criterion), 1),
        days=goal_text(words, criterion, goal),
    )


def baseline(words: Words, criterion: Change, *, falls: bool, of: str = "baseline") -> str:
    """What a change is measured from: a reading, or with `of="mean"` an average."""
    if criterion.within is None:
        return words.language.say(f"{of}.{criterion.baseline}")
    kind = "highest" if falls else "lowest"
    return words.language.say(f"{of}.{kind}_within", in_days(criterion.within))


def _details(words: Words, criterion: OverEvents, goal: Goal | None) -> Iterator[str]:
    """Clauses for the settings that only one criterion has."""
    if isinstance(criterion, Record):
        yield words.language.say("record.after", criterion.after)
    elif isinstance(criterion, Change) and criterion.average is not None:
        days = words.language.say("day", in_days(criterion.average))
        yield words.language.say("average", criterion.readings, days=days)
    elif isinstance(criterion, Streak):
        if criterion.days:
            days = words.language.listed([weekday_or_month(words, day) for day in criterion.days])
            yield words.language.say("streak.days", len(criterion.days), days=days)
        if criterion.grace is not None:
            yield _grace(words, criterion.grace, unit_of(goal))
        if criterion.paused_by:
            events = words.events(criterion.paused_by)
            yield words.language.say(f"paused.{unit_of(goal)}", events=events)


def _grace(words: Words, grace: Grace, unit: str) -> str:
    kind = "row" if grace.in_a_row else "all" if grace.per is None else "per"
    return words.language.say(f"grace.{kind}.{unit}", grace.missed, per=grace.per)


def _again(words: Words, criterion: OverEvents, goal: Goal | None) -> Iterator[str]:
    """How a badge is earned again, where it is."""
    if isinstance(criterion, Record):
        yield words.language.say("again.always")
        return
    if isinstance(criterion, Best | Change) or not criterion.repeat:
        return
    if isinstance(criterion, Comeback) or _every_event(criterion, goal):
        yield words.language.say("again.always")
    elif isinstance(criterion, Streak):
        key = "again.run" if criterion.repeat == "per_run" else "again.streak"
        yield words.language.say(key, goal=goal_text(words, criterion, goal))
    elif criterion.each is not None:
        yield words.language.say(f"again.each.{criterion.each}")
    else:
        key = "again.multiple" if criterion.within is None else "again.within"
        yield words.language.say(key, goal=goal_text(words, criterion, goal))


def _every_event(criterion: Count | Total | Streak, goal: Goal | None) -> bool:
    """Whether a repeating rule is earned with each thing that it counts."""
    alone = isinstance(criterion, Count) and criterion.within is None and criterion.each is None
    return alone and goal == 1
