"""How far a user is with a badge, as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from badge_engine.language.rules import (
    AllOf,
    AnyCriterion,
    AnyOf,
    Best,
    Change,
    Comeback,
    Count,
    Goal,
    OverEvents,
    Record,
    Streak,
    Total,
)
from badge_engine.language.units import Quantity, comparable, in_unit
from badge_engine.outcomes import Progress
from badge_engine.semantics.compiler import CompiledBadge, RuleSet
from badge_engine.semantics.resolution import CALENDAR_VALUES, in_days, streak_unit
from badge_engine.wording.language import sentence
from badge_engine.wording.rules import Tiers, baseline, own_goal
from badge_engine.wording.words import Words, language_of, types_of

_CONVERTED = 2
"""So many digits are enough for an amount in another unit than that of its field."""

_CLOSER = 2
"""So many more digits tell a value from its goal where rounding would make them equal."""


def progress_sentence(
    progress: Progress, compiled: CompiledBadge, rules: RuleSet, language: str = "en"
) -> str:
    """Where a user stands with a badge, such as `2 of 3 workouts this week`, and until when."""
    words = Words(language_of(language), rules.vocabulary)
    return sentence(standing(words, compiled.badge.rule, progress, compiled.badge.tiers))


def standing(
    words: Words, criterion: AnyCriterion, progress: Progress, tiers: Tiers = ()
) -> list[str]:
    """The clauses of that sentence."""
    progress = _as_asked(progress, criterion, tiers)
    if progress.state == "earned":
        every = bool(tiers) and progress.tier == tiers[-1].name
        first = words.language.say("earned_tiers" if every else "earned")
        return [first, *_after_all(words, criterion, progress, tiers)]
    found = list(_towards(words, criterion, progress, tiers))
    if not isinstance(criterion, Streak):
        place = -1 if isinstance(criterion, Best | Change | Comeback) else 0
        found[place] = _for_tier(words, found[place], progress)
    if progress.occurrence > 1:
        found.append(words.language.say("earned_times", progress.occurrence - 1))
    return found


def _for_tier(words: Words, clause: str, progress: Progress) -> str:
    if progress.tier is None:
        return clause
    return words.language.say("for_tier", clause=clause, tier=progress.tier)


def _as_asked(progress: Progress, criterion: AnyCriterion, tiers: Tiers) -> Progress:
    """The same in the unit in which the rule wrote the goal."""
    goals = [tier.goal for tier in tiers if tier.name == progress.tier]
    goal = goals[0] if goals else own_goal(criterion)
    if not isinstance(goal, Quantity) or goal.unit is None or progress.unit is None:
        return progress
    if goal.unit == progress.unit or not comparable(progress.unit, goal.unit):
        return progress
    factor = in_unit(Quantity(Decimal(1), progress.unit), goal.unit)
    written = -int(goal.number.as_tuple().exponent)
    return replace(
        progress,
        value=None if progress.value is None else progress.value * factor,
        target=None if progress.target is None else progress.target * factor,
        unit=goal.unit,
        decimals=max(_CONVERTED, written),
    )


def _after_all(
    words: Words, criterion: AnyCriterion, progress: Progress, tiers: Tiers
) -> Iterator[str]:
    """What still changes once nothing is left to earn."""
    if isinstance(criterion, Streak):
        unit = _period(criterion, tiers)
        if progress.expires_on is not None:
            yield words.language.say(f"run.{unit}", _whole(progress.value))
            yield words.language.say("alive", day=words.language.day(progress.expires_on))
        if progress.expires_on is None or progress.best != progress.value:
            yield words.language.say(f"longest.{unit}", progress.best)


def _towards(
    words: Words, criterion: AnyCriterion, progress: Progress, tiers: Tiers
) -> Iterator[str]:
    match criterion:
        case Count() | Total():
            yield from _gathered(words, criterion, progress)
        case Best():
            yield from _best(words, criterion, progress)
        case Record():
            yield from _record(words, criterion, progress)
        case Streak():
            yield from _streak(words, progress, _period(criterion, tiers))
        case Change():
            yield from _change(words, criterion, progress)
        case Comeback():
            yield from _comeback(words, criterion, progress)
        case AllOf() | AnyOf():
            value = words.language.number(progress.value or 0)
            yield words.language.say("parts_of", _whole(progress.target), value=value)


def _period(criterion: Streak, tiers: Tiers) -> str:
    goals: list[Goal] = [tier.goal for tier in tiers]
    return streak_unit(criterion, goals)


def _whole(value: Fraction | None) -> int:
    return 0 if value is None else int(value)


def _numbers(words: Words, progress: Progress) -> tuple[str, str]:
    """Value and target as they are shown, the target with the unit."""
    value, target = progress.value or Fraction(0), progress.target or Fraction(0)
    decimals = _decimals(progress)
    shown = words.language.amount(words.language.number(target, decimals), progress.unit)
    return words.language.number(value, decimals), shown


def _decimals(progress: Progress) -> int:
    """How many digits to show: more than usual where a value would look like a goal it is not."""
    value, target, decimals = progress.value, progress.target, progress.decimals
    if value is None or target is None or value == target:
        return decimals
    alike = round(value, decimals) == round(target, decimals)
    return decimals + _CLOSER if alike else decimals


def _amount(words: Words, progress: Progress, value: Fraction | None) -> str:
    text = words.language.number(value or Fraction(0), _decimals(progress))
    return words.language.amount(text, progress.unit)


def _gathered(words: Words, criterion: Count | Total, progress: Progress) -> Iterator[str]:
    value, target = _numbers(words, progress)
    if isinstance(criterion, Count):
        target = _things(words, criterion, _whole(progress.target))
        said = words.language.say("of", value=value, target=target)
    else:
        said = words.language.say("of", value=value, target=target)
        said = words.measured(criterion, criterion.field, said, "told")
    if criterion.within is not None:
        yield f"{said} {words.language.say('last_days', in_days(criterion.within))}"
    elif criterion.each is not None:
        yield f"{said} {words.language.say(f'now.{criterion.each}')}"
    else:
        yield said
    if progress.period_ends is not None and criterion.each != "day":
        day = progress.period_ends
        weekday = words.language.weekdays[day.weekday()]
        yield words.language.say(
            f"ends.{criterion.each}", weekday=weekday, day=words.language.day(day)
        )


def _things(words: Words, criterion: Count, target: int) -> str:
    """So many of what is counted, after `2 of`."""
    types, distinct = types_of(criterion), criterion.distinct
    if distinct is None:
        return words.times(types, target)
    if distinct in CALENDAR_VALUES:
        joint = "and" if criterion.each_of else "or"
        return words.language.say(f"things.{distinct}", target, events=words.events(types, joint))
    field = words.field(criterion, distinct) if target == 1 else words.fields(criterion, distinct)
    return words.language.say("things.field", target, field=field)


def _best(words: Words, criterion: Best, progress: Progress) -> Iterator[str]:
    field = words.field(criterion, criterion.field)
    if progress.value is None:
        yield words.language.say("no_reading", field=field)
    else:
        key = "lowest_so_far" if criterion.lowest else "best_so_far"
        value = _amount(words, progress, progress.value)
        yield words.language.say(key, field=field, value=value)
    key = "needed_at_most" if criterion.lowest else "needed"
    yield words.language.say(key, amount=_amount(words, progress, progress.target))


def _record(words: Words, criterion: Record, progress: Progress) -> Iterator[str]:
    field = words.field(criterion, criterion.field)
    if progress.value is None:
        yield words.language.say("no_reading", field=field)
        return
    value = _amount(words, progress, progress.value)
    yield words.language.say("latest", field=field, value=value)
    key = "mark.lowest" if criterion.lowest else "mark.highest"
    strict = criterion.margin is None or not criterion.margin.number
    yield words.language.say(
        key if strict else f"{key}_margin", amount=_amount(words, progress, progress.target)
    )
    if criterion.after > 1 and progress.occurrence == 1:
        yield words.language.say("record.after", criterion.after)


def _streak(words: Words, progress: Progress, unit: str) -> Iterator[str]:
    value, target = _numbers(words, progress)
    said = words.language.say(f"row_of.{unit}", value=value, target=target)
    said = _for_tier(words, said, progress)
    if progress.state == "broken":
        said = words.language.say("broken", run=said)
    yield said
    if progress.state in ("alive", "at_risk") and progress.expires_on is not None:
        yield words.language.say(progress.state, day=words.language.day(progress.expires_on))
    if progress.best is not None and progress.best > _whole(progress.value):
        yield words.language.say(f"longest.{unit}", progress.best)


def _change(words: Words, criterion: Change, progress: Progress) -> Iterator[str]:
    target = progress.target or Fraction(0)
    if progress.value is None:
        yield words.language.say("not_compared")
    else:
        value = words.language.signed(progress.value, _decimals(progress))
        field, compared = words.field(criterion, criterion.field), "baseline"
        if criterion.average is not None:
            field, compared = words.language.say("average_of", field=field), "mean"
        yield words.language.say(
            "changed",
            field=field,
            value=words.language.amount(value, progress.unit),
            baseline=baseline(words, criterion, falls=target < 0, of=compared),
        )
    shown = words.language.signed(target, _decimals(progress))
    yield words.language.say("needed", amount=words.language.amount(shown, progress.unit))


def _comeback(words: Words, criterion: Comeback, progress: Progress) -> Iterator[str]:
    event = words.event(types_of(criterion))
    if progress.value is None:
        yield words.language.say("never_yet", event=event)
        return
    yield words.language.say("since_last", _whole(progress.value), event=event)
    if progress.target is not None and progress.value >= progress.target:
        yield words.language.say("next_is_comeback")
    else:
        days = words.language.say("day", _whole(progress.target))
        yield words.language.say("needed", amount=days)


def goal_period(criterion: OverEvents, tiers: Tiers) -> str:
    """The period of a streak; a day for every other criterion."""
    return _period(criterion, tiers) if isinstance(criterion, Streak) else "day"
