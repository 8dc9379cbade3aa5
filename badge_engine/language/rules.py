"""The shape of badges and their rules: one frozen model per criterion.

Models hold what was written, normalised; whether it makes sense together is judged by `checks`.
Every setting names the kind of its value and says in one line what it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from badge_engine.language.calendar_words import WEEKDAYS
from badge_engine.language.kinds.amounts import (
    GraceOf,
    QuantityInField,
    SignedChange,
    SpanOf,
    Whole,
)
from badge_engine.language.kinds.base import Nested, Setting, Several, settings_of
from badge_engine.language.kinds.names import EventName, FieldName
from badge_engine.language.kinds.texts import Choice, Date, Flag, LocalText, Slug, Text
from badge_engine.language.scenarios import Scenario
from badge_engine.language.units import Grace, Quantity, Span

__all__ = ["Grace", "Span"]  # they are part of the shape and live with the units

PeriodUnit = Literal["day", "week", "month", "year"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Scalar = bool | int | Decimal | str

EVENTS = Several(EventName(), "a list of event types")
FLAG = Flag()
DAYS_OR_WEEKS = SpanOf(("day", "week"))
LOWEST = Setting(FLAG, "true where smaller is better.")
WITHIN = Setting(
    SpanOf(("day", "week"), or_each=True),
    "The goal must be reached within so many consecutive days.",
)
EACH = Setting(
    Choice(("day", "week", "month", "year")), "The goal must be reached within one such period."
)
REPEAT = Setting(FLAG, "true: the badge can be earned again and again.")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class FieldTest(_Model):
    """What one entry of `where` asks of its field; everything given must hold."""

    any_of: tuple[Scalar | Quantity, ...] | None = None  # written as a scalar or a list
    at_least: Quantity | None = None
    at_most: Quantity | None = None
    above: Quantity | None = None
    below: Quantity | None = None
    between: tuple[Quantity, Quantity] | tuple[time, time] | None = None
    is_not: tuple[Scalar | Quantity, ...] | None = None
    includes: tuple[str, ...] | None = None
    exists: bool | None = None
    before: time | None = None
    after: time | None = None


Where = Mapping[str, FieldTest]  # `time`, `weekday` and `month` are entries, too


class _OverEvents(_Model):
    event: Annotated[
        tuple[str, ...], Setting(EVENTS, "The event type that counts, or a list: any of them.")
    ] = ()
    where: Annotated[
        dict[str, FieldTest],
        Setting(Nested("where"), "Only events whose fields meet all of these count."),
    ] = Field(default_factory=dict)
    from_: Annotated[
        date | None, Setting(Date(), "Only events on this local day or later count.")
    ] = Field(default=None, alias="from")
    until: Annotated[
        date | None, Setting(Date(), "Only events on this local day or earlier count.")
    ] = None


class Count(_OverEvents):
    """How many events there are; with `distinct`, how many different days, weeks or values."""

    type: Literal["count"]
    each_of: Annotated[
        tuple[str, ...],
        Setting(EVENTS, "Instead of event: a day (week, month) counts when it has all of these."),
    ] = ()
    at_least: Annotated[int | None, Setting(Whole(), "The number to reach.")] = None
    distinct: Annotated[
        str | None,
        Setting(
            FieldName(calendar=True), "Count different days, weeks, months or values of a field."
        ),
    ] = None
    within: Annotated[Span | None, WITHIN] = None
    each: Annotated[PeriodUnit | None, EACH] = None
    repeat: Annotated[bool, REPEAT] = False


class Total(_OverEvents):
    """The sum of a field."""

    type: Literal["total"]
    field: Annotated[str, Setting(FieldName(number=True), "The field to add up.")]
    at_least: Annotated[
        Quantity | None, Setting(QuantityInField(positive=True), "The sum to reach.")
    ] = None
    within: Annotated[Span | None, WITHIN] = None
    each: Annotated[PeriodUnit | None, EACH] = None
    repeat: Annotated[bool, REPEAT] = False


class Best(_OverEvents):
    """The best single reading of a field."""

    type: Literal["best"]
    field: Annotated[str, Setting(FieldName(number=True), "The field to read.")]
    at_least: Annotated[
        Quantity | None, Setting(QuantityInField(positive=True), "The reading to reach.")
    ] = None
    at_most: Annotated[
        Quantity | None,
        Setting(QuantityInField(positive=True), "The reading to get down to, with lowest: true."),
    ] = None
    lowest: Annotated[bool, LOWEST] = False


class Record(_OverEvents):
    """A reading that beats all before it; it can be earned again and again."""

    type: Literal["record"]
    field: Annotated[str, Setting(FieldName(number=True), "The field to read.")]
    margin: Annotated[
        Quantity | None,
        Setting(QuantityInField(least=0), "By how much the best so far must be beaten."),
    ] = None
    after: Annotated[
        int, Setting(Whole(), "How many readings must have come before; 1 unless given.")
    ] = 1
    lowest: Annotated[bool, LOWEST] = False


class Streak(_OverEvents):
    """Active days, weeks or months in a row."""

    type: Literal["streak"]
    each_of: Annotated[
        tuple[str, ...],
        Setting(EVENTS, "Instead of event: every listed type must reach at_least."),
    ] = ()
    length: Annotated[
        Span | None,
        Setting(SpanOf(("day", "week", "month")), "How many periods: 7 days, 4 weeks, 3 months."),
    ] = None
    at_least: Annotated[
        Quantity | None,
        Setting(
            QuantityInField(positive=True),
            "What makes a period active: the number of events, of days with distinct: day, or the "
            "sum with total; 1 event unless given.",
        ),
    ] = None
    distinct: Annotated[
        Literal["day"] | None,
        Setting(Choice(("day",)), "day: at_least counts different days of the week or month."),
    ] = None
    total: Annotated[
        str | None,
        Setting(FieldName(number=True), "A field: its sum over the period must reach at_least."),
    ] = None
    grace: Annotated[
        Grace | None,
        Setting(GraceOf(), "Missed periods that are forgiven: 1 per 7 days, 2 in a row, 1."),
    ] = None
    days: Annotated[
        tuple[Weekday, ...],
        Setting(
            Several(Choice(WEEKDAYS), "a list of weekdays"),
            "Only these weekdays count; the others neither count nor break the streak.",
        ),
    ] = ()
    paused_by: Annotated[
        tuple[str, ...], Setting(EVENTS, "Event types whose periods do not break the streak.")
    ] = ()
    repeat: Annotated[
        Literal[True, False, "per_run"],
        Setting(
            Choice(("true", "false", "per_run"), flags=True),
            "true: earned again after so many more periods; per_run: once in each run.",
        ),
    ] = False


class Change(_OverEvents):
    """How far a reading has moved from a baseline."""

    type: Literal["change"]
    field: Annotated[str, Setting(FieldName(number=True), "The field to read.")]
    by: Annotated[
        Quantity | None, Setting(SignedChange(), "The change to reach: -5 kg, +2 kg, -5%.")
    ] = None
    baseline: Annotated[
        Literal["first", "highest", "lowest"],
        Setting(
            Choice(("first", "highest", "lowest")),
            "Which earlier reading it is measured from; the first unless given.",
        ),
    ] = "first"
    average: Annotated[
        Span | None, Setting(DAYS_OR_WEEKS, "Compare averages over so many days, not readings.")
    ] = None
    readings: Annotated[
        int, Setting(Whole(), "How many readings an average needs; 1 unless given.")
    ] = 1
    within: Annotated[
        Span | None, Setting(DAYS_OR_WEEKS, "The change must happen within so many days.")
    ] = None


class Comeback(_OverEvents):
    """An event after a long pause."""

    type: Literal["comeback"]
    after: Annotated[
        Span | None, Setting(DAYS_OR_WEEKS, "How long the pause is at least: 30 days.")
    ] = None
    repeat: Annotated[bool, REPEAT] = False


class BadgeReference(_Model):
    """A part of a composite that holds when another badge is derivable."""

    badge: Annotated[str, Setting(Slug(), "The id of the other badge.")]
    tier: Annotated[str | None, Setting(Slug(), "Which of its tiers; the first unless given.")] = (
        None
    )


OF = Setting(Nested("parts"), "A list of rules, or {badge: id, tier: gold}.")


class AllOf(_Model):
    """All of several rules."""

    type: Literal["all_of"]
    of: Annotated[tuple[Part, ...], OF]


class AnyOf(_Model):
    """Some of several rules."""

    type: Literal["any_of"]
    of: Annotated[tuple[Part, ...], OF]
    at_least: Annotated[
        int | None, Setting(Whole(), "How many parts must hold; 1 unless given.")
    ] = None  # 1 when neither it nor tiers are given


Criterion = Annotated[
    Count | Total | Best | Record | Streak | Change | Comeback | AllOf | AnyOf,
    Field(discriminator="type"),
]
OverEvents = Count | Total | Best | Record | Streak | Change | Comeback
AnyCriterion = OverEvents | AllOf | AnyOf
Part = Criterion | BadgeReference
Goal = int | Quantity | Span

CRITERIA: dict[str, type[AnyCriterion]] = {
    "count": Count,
    "total": Total,
    "best": Best,
    "record": Record,
    "streak": Streak,
    "change": Change,
    "comeback": Comeback,
    "all_of": AllOf,
    "any_of": AnyOf,
}


@cache
def criteria_with(setting: str) -> tuple[str, ...]:
    """The criteria that have a setting."""
    return tuple(
        name
        for name, model in CRITERIA.items()
        if setting == "type" or setting in settings_of(model)
    )


@dataclass(frozen=True, slots=True)
class Tier:
    """An ordered goal of a badge: what stands in for the goal of its rule."""

    name: str
    goal: Goal


class Badge(_Model):
    """Something that can be earned, with its rule and the tests of it."""

    id: Annotated[str, Setting(Slug(), "The key that awards refer to; never rename it.")]
    name: Annotated[
        str | dict[str, str],
        Setting(LocalText(required=True), "What users see: a text, or one for each language."),
    ]
    description: Annotated[
        str | dict[str, str], Setting(LocalText(), "What to do for it, in a sentence.")
    ] = ""
    icon: Annotated[str, Setting(Text(), "The name of a Material icon, or an emoji.")] = ""
    category: Annotated[str, Setting(Text(), "Under which heading it is listed.")] = ""
    hidden: Annotated[
        bool, Setting(FLAG, "true: users see a placeholder until they have earned it.")
    ] = False
    share: Annotated[
        bool | None,
        Setting(FLAG, "Whether it may be posted; true unless the rule reads a sensitive field."),
    ] = None
    on_correction: Annotated[
        Literal["keep", "revoke"],
        Setting(
            Choice(("keep", "revoke")),
            "What becomes of an award when a correction takes its grounds away; keep unless given.",
        ),
    ] = "keep"
    rule: Annotated[Criterion, Setting(Nested("criterion"), "What must hold.")]
    tiers: Annotated[
        tuple[Tier, ...],
        Setting(Nested("tiers"), "Named goals in ascending order, in place of the rule's goal."),
    ] = ()
    tests: Annotated[
        tuple[Scenario, ...], Setting(Nested("tests"), "Histories and what they should earn.")
    ] = ()
