"""What some scenarios of the corpus must derive, field by field; worked out by hand.

Keys name the file, the badge and the test. An award is told as event, `earned_at`, `earned_on`,
the days of its evidence and their count, then its tier and its occurrence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

Key = tuple[str, str, str]


@dataclass(frozen=True)
class DerivedAward:
    event: str
    earned_at: datetime
    earned_on: date
    first_day: date
    last_day: date
    count: int
    tier: str | None
    occurrence: int


@dataclass(frozen=True)
class DerivedProgress:
    value: Fraction | None
    target: Fraction | None
    ratio: Decimal
    state: str
    expires_on: date | None
    best: int | None
    tier: str | None
    occurrence: int


def award(
    event: str,
    earned_at: str,
    days: str,
    count: int,
    *,
    on: str | None = None,
    tier: str | None = None,
    occurrence: int = 1,
) -> DerivedAward:
    """`days` is `first last`; the award is dated by the last unless `on` says otherwise."""
    first, last = days.split()
    return DerivedAward(
        event,
        datetime.fromisoformat(earned_at),
        date.fromisoformat(on or last),
        date.fromisoformat(first),
        date.fromisoformat(last),
        count,
        tier,
        occurrence,
    )


def shows(
    measured: str,
    ratio: str,
    state: str = "open",
    *,
    until: str | None = None,
    best: int | None = None,
    tier: str | None = None,
    occurrence: int = 1,
) -> DerivedProgress:
    """`measured` is `value of target`, with `none` where there is no number yet."""
    value, target = (None if text == "none" else Fraction(text) for text in measured.split(" of "))
    expires_on = date.fromisoformat(until) if until else None
    return DerivedProgress(value, target, Decimal(ratio), state, expires_on, best, tier, occurrence)


def in_evidence(
    rows: Mapping[tuple[str, str], Sequence[DerivedAward]],
) -> dict[Key, Sequence[DerivedAward]]:
    return {("evidence.yaml", badge, test): awards for (badge, test), awards in rows.items()}


AWARDS: dict[Key, Sequence[DerivedAward]] = in_evidence(
    {
        ("evidence-count", "third of four"): [
            award("c", "2026-01-09T12:00Z", "2026-01-05 2026-01-09", 3),
        ],
        ("evidence-count", "of one instant the greater id decides"): [
            award("é", "2026-01-09T11:00Z", "2026-01-09 2026-01-09", 3),
        ],
        ("evidence-count", "instants in UTC and days of the place"): [
            award("c", "2026-01-06T19:00Z", "2026-01-05 2026-01-07", 3),
        ],
        ("evidence-count", "two"): [],
        ("evidence-within", "only the window"): [
            award("d", "2026-01-13T00:00Z", "2026-01-11 2026-01-13", 3),
        ],
        ("evidence-within", "a window whose last day was lived first"): [
            award("c", "2026-03-03T06:00Z", "2026-03-02 2026-03-03", 3, on="2026-03-02"),
        ],
        ("evidence-each", "only the period"): [
            award("c", "2026-01-14T00:00Z", "2026-01-12 2026-01-14", 2),
        ],
        ("evidence-repeat", "each covers all up to its event"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
            award("d", "2026-01-08T00:00Z", "2026-01-05 2026-01-08", 4, occurrence=2),
        ],
        ("evidence-repeat-within", "each since the one before"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
            award("d", "2026-01-08T00:00Z", "2026-01-07 2026-01-08", 2, occurrence=2),
        ],
        ("evidence-repeat-each", "each of its own period"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
            award("e", "2026-01-18T00:00Z", "2026-01-12 2026-01-18", 2, occurrence=2),
        ],
        ("evidence-kinds", "the events that first brought each"): [
            award("e", "2026-01-09T00:00Z", "2026-01-06 2026-01-09", 3),
        ],
        ("evidence-kinds-within", "first in the window"): [
            award("d", "2026-01-09T00:00Z", "2026-01-07 2026-01-09", 2),
        ],
        ("evidence-exercises", "past the goal"): [
            award("c", "2026-01-07T00:00Z", "2026-01-05 2026-01-07", 5),
        ],
        ("evidence-exercises-again", "two with one event"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 4),
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 4, occurrence=2),
        ],
        ("evidence-kinds-again", "used values count again later"): [
            award("b", "2026-02-02T09:00Z", "2026-02-02 2026-02-02", 2),
            award("e", "2026-02-03T08:00Z", "2026-02-02 2026-02-03", 2, occurrence=2),
        ],
        ("evidence-full-days", "the events that completed them"): [
            award("n3", "2026-01-07T21:00Z", "2026-01-05 2026-01-07", 2),
        ],
        ("evidence-full-weeks", "the days on which they were completed"): [
            award("w2", "2026-01-14T00:00Z", "2026-01-08 2026-01-14", 2),
        ],
        ("evidence-total", "an event without the field is no part"): [
            award("c", "2026-01-08T00:00Z", "2026-01-05 2026-01-08", 2),
        ],
        ("evidence-total-within", "only the window"): [
            award("d", "2026-01-08T00:00Z", "2026-01-06 2026-01-08", 3),
        ],
        ("evidence-total-again", "several with one event"): [
            award("a", "2026-01-05T00:00Z", "2026-01-05 2026-01-05", 1),
            award("a", "2026-01-05T00:00Z", "2026-01-05 2026-01-05", 1, occurrence=2),
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2, occurrence=3),
        ],
        ("evidence-total-tiers", "each with its own event"): [
            award("a", "2026-01-05T00:00Z", "2026-01-05 2026-01-05", 1, tier="bronze"),
            award("a", "2026-01-05T00:00Z", "2026-01-05 2026-01-05", 1, tier="silver"),
            award("b", "2026-01-07T00:00Z", "2026-01-05 2026-01-07", 2, tier="gold"),
        ],
        ("evidence-points", "the loss comes after"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
        ],
        ("evidence-points", "the loss comes before"): [
            award("c", "2026-01-07T00:00Z", "2026-01-05 2026-01-07", 3),
        ],
        ("evidence-points-within", "the window that ends first without the loss"): [
            award("b", "2026-01-06T00:00Z", "2026-01-06 2026-01-06", 1),
        ],
        ("evidence-dates", "earlier events do not exist"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
        ],
        ("evidence-best", "the reading itself"): [
            award("b", "2026-01-06T07:30Z", "2026-01-06 2026-01-06", 1),
        ],
        ("evidence-best-lowest", "a reading for each tier"): [
            award("b", "2026-01-06T00:00Z", "2026-01-06 2026-01-06", 1, tier="bronze"),
            award("c", "2026-01-07T00:00Z", "2026-01-07 2026-01-07", 1, tier="silver"),
        ],
        ("evidence-record", "each reading on its own"): [
            award("b", "2026-01-06T00:00Z", "2026-01-06 2026-01-06", 1),
            award("d", "2026-01-08T00:00Z", "2026-01-08 2026-01-08", 1, occurrence=2),
        ],
        ("evidence-record", "of one instant in the order of ids"): [
            award("a", "2026-01-05T08:00Z", "2026-01-05 2026-01-05", 1),
            award("c", "2026-01-05T08:00Z", "2026-01-05 2026-01-05", 1, occurrence=2),
        ],
        ("evidence-streak", "of exactly the length"): [
            award("c", "2026-01-07T10:00Z", "2026-01-05 2026-01-07", 3),
        ],
        ("evidence-streak", "the run that ends first"): [
            award("c", "2026-01-07T00:00Z", "2026-01-05 2026-01-07", 3),
        ],
        ("evidence-streak", "the date lived last fills the gap of the longer run"): [
            award("d", "2026-03-03T20:00Z", "2026-03-01 2026-03-03", 3),
        ],
        ("evidence-streak", "a date that never existed bridges"): [
            award("c", "2011-12-30T22:00Z", "2011-12-28 2011-12-31", 3),
        ],
        ("evidence-streak-two", "dated a day after its deciding event"): [
            award("b", "2026-03-03T06:00Z", "2026-03-02 2026-03-03", 2),
        ],
        ("evidence-streak-two", "clocks change in Lisbon"): [
            award("b", "2026-03-29T00:10Z", "2026-03-28 2026-03-29", 2),
        ],
        ("evidence-streak-grace", "from the first to the last and the active ones counted"): [
            award("c", "2026-01-08T00:00Z", "2026-01-05 2026-01-08", 3),
        ],
        ("evidence-streak-paused", "sick days between are covered and not counted"): [
            award("b", "2026-01-08T00:00Z", "2026-01-05 2026-01-08", 2),
        ],
        ("evidence-streak-both", "the event that completes the last day"): [
            award("w2", "2026-01-06T18:00Z", "2026-01-05 2026-01-06", 2),
        ],
        ("evidence-weeks", "from the first day of the first week to the deciding day"): [
            award("d", "2026-01-14T00:00Z", "2026-01-05 2026-01-14", 2),
        ],
        ("evidence-months", "from the first day of the first month to the deciding day"): [
            award("b", "2026-02-10T18:00Z", "2026-01-01 2026-02-10", 2),
        ],
        ("evidence-streak-again", "one after the other"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
            award("d", "2026-01-08T00:00Z", "2026-01-07 2026-01-08", 2, occurrence=2),
        ],
        ("evidence-streak-per-run", "each of exactly the length"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
            award("f", "2026-01-10T00:00Z", "2026-01-09 2026-01-10", 2, occurrence=2),
        ],
        ("evidence-streak-tiers", "each of exactly its length"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2, tier="bronze"),
            award("f", "2026-01-10T00:00Z", "2026-01-08 2026-01-10", 3, tier="silver"),
        ],
        ("evidence-change", "from the baseline's day"): [
            award("c", "2026-01-12T06:45Z", "2026-01-05 2026-01-12", 2),
        ],
        ("evidence-change-travel", "the smaller day first"): [
            award("b", "2026-03-03T06:00Z", "2026-03-02 2026-03-03", 2, on="2026-03-02"),
        ],
        ("evidence-change-highest", "of equal readings the earliest"): [
            award("d", "2026-01-10T00:00Z", "2026-01-06 2026-01-10", 2),
        ],
        ("evidence-change-within", "the highest of the window"): [
            award("d", "2026-01-08T00:00Z", "2026-01-06 2026-01-08", 2),
        ],
        ("evidence-change-average", "the day of the first mean"): [
            award("d", "2026-01-09T00:00Z", "2026-01-06 2026-01-09", 2),
        ],
        ("evidence-change-percent", "each tier with its reading"): [
            award("b", "2026-01-08T00:00Z", "2026-01-05 2026-01-08", 2, tier="bronze"),
            award("c", "2026-01-12T00:00Z", "2026-01-05 2026-01-12", 2, tier="silver"),
        ],
        ("evidence-comeback", "from the one before"): [
            award("b", "2026-02-04T17:00Z", "2026-01-05 2026-02-04", 2),
            award("c", "2026-03-06T00:00Z", "2026-02-04 2026-03-06", 2, occurrence=2),
        ],
        ("evidence-all", "smallest to largest of the parts' days"): [
            award("w2", "2026-01-09T12:00Z", "2026-01-05 2026-01-09", 3),
        ],
        ("evidence-all", "of one instant the greater id"): [
            award("c", "2026-01-09T12:00Z", "2026-01-09 2026-01-09", 3),
        ],
        ("evidence-any", "the two earliest"): [
            award("w", "2026-01-07T00:00Z", "2026-01-05 2026-01-07", 2),
        ],
        ("evidence-any-tiers", "each with its parts"): [
            award("n", "2026-01-05T00:00Z", "2026-01-05 2026-01-05", 1, tier="one"),
            award("r", "2026-01-09T00:00Z", "2026-01-05 2026-01-09", 3, tier="three"),
        ],
        ("evidence-all-travel", "one event and two days"): [
            award("b", "2026-03-03T06:00Z", "2026-03-02 2026-03-03", 2),
        ],
        ("evidence-any-travel", "one event and two days"): [
            award("b", "2026-03-03T06:00Z", "2026-03-02 2026-03-02", 1),
        ],
        ("evidence-reference", "the tier and the first occurrence"): [
            award("c", "2026-01-09T00:00Z", "2026-01-07 2026-01-09", 2),
        ],
        ("evidence-late", "a late event becomes the first"): [
            award("b", "2026-01-06T00:00Z", "2026-01-05 2026-01-06", 2),
        ],
        ("evidence-late", "an amended event moves the award"): [
            award("a", "2026-01-09T09:00Z", "2026-01-06 2026-01-09", 2),
        ],
        ("evidence-late", "withdrawn"): [],
    }
) | {
    ("travel.yaml", "travel-paused", "a sick day lived last may decide"): [
        award("s", "2026-03-03T06:00Z", "2026-03-01 2026-03-03", 2),
    ],
    ("travel.yaml", "travel-day-again", "occurrences are numbered by instants and not by dates"): [
        award("b", "2026-03-02T20:00Z", "2026-03-03 2026-03-03", 2),
        award("d", "2026-03-03T07:00Z", "2026-03-02 2026-03-02", 2, occurrence=2),
    ],
    ("travel.yaml", "travel-streak-again", "an occurrence is dated by the run of its number"): [
        award("c", "2026-03-03T10:30Z", "2026-03-03 2026-03-04", 2),
        award("d", "2026-03-03T11:30Z", "2026-03-03 2026-03-04", 2, occurrence=2),
    ],
}

PROGRESS: dict[Key, DerivedProgress] = {
    ("progress.yaml", "progress-count", "so far"): shows("3 of 10", "0.3"),
    ("progress.yaml", "progress-count", "earned"): shows("14 of 10", "1", "earned"),
    ("progress.yaml", "progress-total", "nothing yet"): shows("0 of 100", "0"),
    ("progress.yaml", "progress-total", "nearly"): shows("99.999 of 100", "0.9999"),
    ("progress.yaml", "progress-each-month", "the month of today"): shows("1 of 3", "0.3333"),
    ("progress.yaml", "progress-tiers", "towards the first"): shows(
        "9 of 10", "0.9", tier="bronze"
    ),
    ("progress.yaml", "progress-tiers", "towards the second"): shows(
        "11 of 20", "0.55", tier="silver"
    ),
    ("progress.yaml", "progress-tiers", "nothing left"): shows(
        "31 of 20", "1", "earned", tier="silver"
    ),
    ("progress.yaml", "progress-streak", "active today"): shows(
        "3 of 7", "0.4285", "alive", until="2026-01-08", best=3
    ),
    ("progress.yaml", "progress-streak", "only today can go on"): shows(
        "3 of 7", "0.4285", "at_risk", until="2026-01-08", best=3
    ),
    ("progress.yaml", "progress-streak", "broken"): shows("3 of 7", "0.4285", "broken", best=3),
    ("progress.yaml", "progress-streak", "none"): shows("0 of 7", "0", "none", best=0),
    ("progress.yaml", "progress-streak-grace", "a day left and today"): shows(
        "2 of 7", "0.2857", "alive", until="2026-01-08", best=2
    ),
    ("progress.yaml", "progress-streak-grace", "only today"): shows(
        "2 of 7", "0.2857", "at_risk", until="2026-01-08", best=2
    ),
    ("progress.yaml", "progress-streak-grace", "broken"): shows(
        "2 of 7", "0.2857", "broken", best=2
    ),
    ("progress.yaml", "progress-streak-total-grace", "the slip is used"): shows(
        "2 of 7", "0.2857", "at_risk", until="2026-01-08", best=2
    ),
    (
        "progress.yaml",
        "progress-streak-total-grace",
        "broken although a shorter run could go on",
    ): shows("2 of 7", "0.2857", "broken", best=2),
    ("progress.yaml", "progress-streak-total-grace", "a shorter run went on"): shows(
        "2 of 7", "0.2857", "alive", until="2026-01-10", best=2
    ),
    ("progress.yaml", "progress-streak-weekdays", "Thursday"): shows(
        "2 of 4", "0.5", "alive", until="2026-01-09", best=2
    ),
    ("progress.yaml", "progress-streak-weekdays", "Friday"): shows(
        "2 of 4", "0.5", "at_risk", until="2026-01-09", best=2
    ),
    ("progress.yaml", "progress-streak-weekdays", "Saturday after a missed Friday"): shows(
        "2 of 4", "0.5", "broken", best=2
    ),
    ("progress.yaml", "progress-streak-weekdays", "Sunday after a Friday"): shows(
        "3 of 4", "0.75", "alive", until="2026-01-12", best=3
    ),
    ("progress.yaml", "progress-streak-weeks", "this week is active"): shows(
        "1 of 4", "0.25", "alive", until="2026-01-18", best=1
    ),
    ("progress.yaml", "progress-streak-weeks", "this week is open"): shows(
        "1 of 4", "0.25", "at_risk", until="2026-01-18", best=1
    ),
    ("progress.yaml", "progress-streak-weeks", "last week was missed"): shows(
        "1 of 4", "0.25", "broken", best=1
    ),
    ("progress.yaml", "progress-streak-paused", "sick today"): shows(
        "2 of 4", "0.5", "alive", until="2026-01-08", best=2
    ),
    ("progress.yaml", "progress-streak-paused", "the day after"): shows(
        "2 of 4", "0.5", "at_risk", until="2026-01-08", best=2
    ),
    ("progress.yaml", "progress-streak-paused", "two days after"): shows(
        "2 of 4", "0.5", "broken", best=2
    ),
    ("progress.yaml", "progress-streak-months", "this month is active"): shows(
        "1 of 3", "0.3333", "alive", until="2026-02-28", best=1
    ),
    ("progress.yaml", "progress-streak-months", "this month is open"): shows(
        "1 of 3", "0.3333", "at_risk", until="2026-02-28", best=1
    ),
    ("progress.yaml", "progress-streak-months", "a month was missed"): shows(
        "1 of 3", "0.3333", "broken", best=1
    ),
    ("progress.yaml", "progress-streak-grace-week", "the slip of this week is used"): shows(
        "2 of 9", "0.2222", "at_risk", until="2026-01-08", best=2
    ),
    ("progress.yaml", "progress-streak-grace-week", "a slip is left"): shows(
        "2 of 9", "0.2222", "alive", until="2026-01-08", best=2
    ),
    (
        "progress.yaml",
        "progress-streak-grace-week",
        "the old slip has left the seven days",
    ): shows("7 of 9", "0.7777", "alive", until="2026-01-14", best=7),
    ("week_starts_sunday/weeks.yaml", "sunday-progress", "this week is active"): shows(
        "1 of 3", "0.3333", "alive", until="2026-01-17", best=1
    ),
    ("week_starts_sunday/weeks.yaml", "sunday-progress", "this week is open"): shows(
        "1 of 3", "0.3333", "at_risk", until="2026-01-17", best=1
    ),
    ("progress.yaml", "progress-best-longest", "the newest run"): shows(
        "2 of 7", "0.2857", "alive", until="2026-01-12", best=4
    ),
    ("progress.yaml", "progress-lowest", "the lowest so far"): shows("30 of 25", "0.8333"),
    ("progress.yaml", "progress-change", "part of the way"): shows("-2.3 of -5", "0.46"),
    ("progress.yaml", "progress-change", "the wrong way"): shows("2 of -5", "0"),
    ("progress.yaml", "progress-change", "the newest and not the lowest"): shows("-1 of -5", "0.2"),
    ("progress.yaml", "progress-change-percent", "part of the way"): shows("-5 of -10", "0.5"),
    ("progress.yaml", "progress-record", "the latest against the mark to beat"): shows(
        "95 of 102.5", "0"
    ),
    ("progress.yaml", "progress-comeback", "days since the last"): shows("3 of 30", "0"),
    ("progress.yaml", "progress-all", "one of three parts"): shows("1 of 3", "0.75"),
    ("progress.yaml", "progress-any", "the better part counts for the ratio"): shows(
        "0 of 1", "0.75"
    ),
    ("best.yaml", "best-outdoors", "indoors only"): shows("4 of 5", "0.8"),
    ("change.yaml", "change-loss", "one reading is no change"): shows("none of -5", "0"),
    (
        "change-average.yaml",
        "average-two",
        "half a hundredth short although it is shown as one",
    ): shows("-0.995 of -1", "0.995"),
    ("total.yaml", "total-points", "progress may be below zero"): shows("-3 of 10", "0"),
    ("repeat.yaml", "again-count", "progress towards the next multiple"): shows(
        "5 of 6", "0.8333", occurrence=2
    ),
    ("repeat.yaml", "again-within", "progress since the last one"): shows(
        "1 of 3", "0.3333", occurrence=2
    ),
    ("streak-repeat.yaml", "repeat-week", "progress towards the second"): shows(
        "2 of 7", "0.2857", "alive", until="2026-01-14", best=9, occurrence=2
    ),
    ("streak-repeat.yaml", "per-run", "progress while the run has given"): shows(
        "0 of 3", "0", "alive", until="2026-01-09", best=4, occurrence=2
    ),
    ("composites.yaml", "any-tiers", "two of them"): shows("2 of 3", "0.6666", tier="gold"),
}
