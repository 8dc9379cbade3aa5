"""Everything that is said in English."""

from __future__ import annotations

from badge_engine.wording.language import Language, Phrase

_AFTER_THE_NOUN = ("of", "with", "on", "in", "at", "for", "from", "to", "by", "without")
_HISSES = ("s", "x", "z", "ch", "sh")


def _as_written(label: str) -> str:
    return label


def _plural(label: str) -> str:
    """`nights of sleep`, `meals logged`, `rest days`: the noun that the label is about changes."""
    words = label.split(" ")
    noun = len(words) - 1
    for place, word in enumerate(words):
        if place and word in _AFTER_THE_NOUN:
            noun = place - 1
            break
    else:
        if noun and words[-1].endswith("ed"):
            noun -= 1
    words[noun] = _plural_noun(words[noun])
    return " ".join(words)


def _plural_noun(noun: str) -> str:
    if noun.endswith("s") and not noun.endswith("ss"):
        return noun
    if noun.endswith(_HISSES):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def _times(label: str, count: int) -> str:
    return f"{count} {label if count == 1 else _plural(label)}"


_PHRASES: dict[str, Phrase] = {
    "amount": "{number} {unit}",
    "percent": "{number}%",
    "clock": "{hour}:{minute}",
    "quoted": "“{text}”",
    "and": "{first} and {last}",
    "or": "{first} or {last}",
    "yes": "yes",
    "no": "no",
    # spans of time
    "day": ("{n} day", "{n} days"),
    "week": ("{n} week", "{n} weeks"),
    "month": ("{n} month", "{n} months"),
    "within": ("within 1 day", "within {n} days"),
    "last_days": ("today", "in the last {n} days"),
    "row.day": ("on 1 day", "{n} days in a row"),
    "row.week": ("in 1 week", "{n} weeks in a row"),
    "row.month": ("in 1 month", "{n} months in a row"),
    "per.day": "a day",
    "per.week": "a week",
    "per.month": "a month",
    "each.day": "on one day",
    "each.week": "in one calendar week",
    "each.month": "in one calendar month",
    "each.year": "in one calendar year",
    "now.day": "today",
    "now.week": "this week",
    "now.month": "this month",
    "now.year": "this year",
    "ends.week": "the week ends on {weekday}",
    "ends.month": "the month ends on {day}",
    "ends.year": "the year ends on {day}",
    # where, from, until
    "only": "counting only {events} {entries}",
    "with": "with {phrase}",
    "with_absent": "with no {field}",
    "absent": "no {field}",
    "present": "any {field}",
    "measured": "{field} of {terms}",
    "told": "{field} {terms}",
    "flag": "“{field}” set to {terms}",
    "at_least": "at least {amount}",
    "at_most": "at most {amount}",
    "above": "more than {amount}",
    "below": "less than {amount}",
    "between": "{low} to {high}",
    "equals": "exactly {amount}",
    "is_not.number": "anything but {values}",
    "is_not.text": "other than {values}",
    "is_not.boolean": "not {values}",
    "includes": "including {values}",
    "time.before": "before {time}",
    "time.after": "at {time} or later",
    "time.between": "from {start} until {end}",
    "weekday": "on {names}",
    "not_weekday": "not on {names}",
    "calendar_month": "in {names}",
    "not_calendar_month": "not in {names}",
    "from": "on or after {day}",
    "until": "on or before {day}",
    # what counts
    "each_of_them": "{events} each",
    "distinct.day": ("{events} on 1 day", "{events} on {n} different days"),
    "distinct.week": ("{events} in 1 week", "{events} in {n} different weeks"),
    "distinct.month": ("{events} in 1 month", "{events} in {n} different months"),
    "distinct.field": ("{n} {field} in {events}", "{n} different {field} in {events}"),
    "distinct.named": ("{n} {field}", "{n} different {field}"),
    "together.day": ("1 day with {events}", "{n} different days, each with {events}"),
    "together.week": ("1 week with {events}", "{n} different weeks, each with {events}"),
    "together.month": ("1 month with {events}", "{n} different months, each with {events}"),
    "total": "{events} with {amount} in total",
    "days_of": ("{events} on 1 day", "{events} on at least {n} days"),
    # criteria
    "best": "{events} with {amount}",
    "record.highest": "{field} in {events} higher than ever before",
    "record.lowest": "{field} in {events} lower than ever before",
    "record.margin": "by at least {amount}",
    "record.after": (
        "the first reading only sets the mark",
        "the first {n} readings only set the mark",
    ),
    "streak": "{activity} {per}, {length}",
    "streak.days": (
        "only {days} counts, other days neither help nor break it",
        "only {days} count, other days neither help nor break it",
    ),
    "grace.per.day": (
        "1 missed day in any {per} days is forgiven",
        "{n} missed days in any {per} days are forgiven",
    ),
    "grace.per.week": (
        "1 missed week in any {per} weeks is forgiven",
        "{n} missed weeks in any {per} weeks are forgiven",
    ),
    "grace.per.month": (
        "1 missed month in any {per} months is forgiven",
        "{n} missed months in any {per} months are forgiven",
    ),
    "grace.row.day": (
        "1 missed day at a time is forgiven",
        "up to {n} missed days in a row are forgiven",
    ),
    "grace.row.week": (
        "1 missed week at a time is forgiven",
        "up to {n} missed weeks in a row are forgiven",
    ),
    "grace.row.month": (
        "1 missed month at a time is forgiven",
        "up to {n} missed months in a row are forgiven",
    ),
    "grace.all.day": (
        "1 missed day in the whole run is forgiven",
        "{n} missed days in the whole run are forgiven",
    ),
    "grace.all.week": (
        "1 missed week in the whole run is forgiven",
        "{n} missed weeks in the whole run are forgiven",
    ),
    "grace.all.month": (
        "1 missed month in the whole run is forgiven",
        "{n} missed months in the whole run are forgiven",
    ),
    "paused.day": "days with {events} only pause it",
    "paused.week": "weeks with {events} only pause it",
    "paused.month": "months with {events} only pause it",
    "change.down": "{field} in {events} at least {amount} below {baseline}",
    "change.up": "{field} in {events} at least {amount} above {baseline}",
    "baseline.first": "the first reading",
    "baseline.highest": "the highest reading before",
    "baseline.lowest": "the lowest reading before",
    "baseline.highest_within": "the highest reading of the last {n} days",
    "baseline.lowest_within": "the lowest reading of the last {n} days",
    "mean.first": "the first average",
    "mean.highest": "the highest average before",
    "mean.lowest": "the lowest average before",
    "mean.highest_within": "the highest average of the last {n} days",
    "mean.lowest_within": "the lowest average of the last {n} days",
    "average": (
        "averages over {days} stand for readings",
        "averages over {days}, of at least {n} readings each, stand for readings",
    ),
    "comeback": "{events} {days} or more after the one before",
    "all_parts": "all of these",
    "some_parts": ("at least one of these", "at least {n} of these"),
    "listed_parts": "{head}: {parts}",
    "part": "({place}) {phrase}",
    "other_badge": "the badge {badge}",
    "other_tier": "{tier} of the badge {badge}",
    "tier_at": "{tier} at {goal}",
    # repeat
    "again.multiple": "earned again with every further {goal}",
    "again.within": "earned again and again, from what comes after the last time",
    "again.each.day": "earned once in every day that reaches it",
    "again.each.week": "earned once in every week that reaches it",
    "again.each.month": "earned once in every month that reaches it",
    "again.each.year": "earned once in every year that reaches it",
    "again.streak": "earned again with every further {goal} in a row",
    "again.run": "earned again in every new run",
    "again.always": "earned every time",
    # progress
    "of": "{value} of {target}",
    "for_tier": "{clause} for {tier}",
    "earned": "earned",
    "earned_tiers": "every tier earned",
    "earned_times": ("earned once so far", "earned {n} times so far"),
    "things.day": ("1 day with {events}", "{n} days with {events}"),
    "things.week": ("1 week with {events}", "{n} weeks with {events}"),
    "things.month": ("1 month with {events}", "{n} months with {events}"),
    "things.field": ("1 {field}", "{n} different {field}"),
    "best_so_far": "best {field} {value}",
    "lowest_so_far": "lowest {field} {value}",
    "no_reading": "no {field} yet",
    "needed": "{amount} needed",
    "needed_at_most": "{amount} or less needed",
    "latest": "latest {field} {value}",
    "mark.highest": "more than {amount} would be a record",
    "mark.lowest": "less than {amount} would be a record",
    "mark.highest_margin": "{amount} or more would be a record",
    "mark.lowest_margin": "{amount} or less would be a record",
    "row_of.day": "{value} of {target} days in a row",
    "row_of.week": "{value} of {target} weeks in a row",
    "row_of.month": "{value} of {target} months in a row",
    "run.day": ("the current run is 1 day", "the current run is {n} days"),
    "run.week": ("the current run is 1 week", "the current run is {n} weeks"),
    "run.month": ("the current run is 1 month", "the current run is {n} months"),
    "alive": "go on by {day} to keep it",
    "at_risk": "at risk: {day} is the last day to go on",
    "broken": "{run}, but that run is over",
    "longest.day": ("the longest run so far is 1 day", "the longest run so far is {n} days"),
    "longest.week": ("the longest run so far is 1 week", "the longest run so far is {n} weeks"),
    "longest.month": ("the longest run so far is 1 month", "the longest run so far is {n} months"),
    "changed": "{field} {value} against {baseline}",
    "average_of": "average {field}",
    "not_compared": "nothing to compare yet",
    "since_last": ("1 day since the last {event}", "{n} days since the last {event}"),
    "never_yet": "no {event} yet",
    "next_is_comeback": "the next one is a comeback",
    "parts_of": ("{value} of 1 part done", "{value} of {n} parts done"),
    # explanations
    "hidden": "A hidden badge",
    "titled": "{title}: {phrase}",
    "titled_tier": "{title} ({tier}): {phrase}",
    "all_count": "{events} so far",
    "some_count": ("{n} of {events} so far counts", "{n} of {events} so far count"),
    "none_so_far": "no {events} so far",
    "passed_field": ("{n} of {considered} has {phrase}", "{n} of {considered} have {phrase}"),
    "passed_when": ("{n} of {considered} is {phrase}", "{n} of {considered} are {phrase}"),
    "blocked.day": "nothing that counts on {day}, the last day to go on",
    "blocked.week": "too little in the week up to {day}, the last one to go on",
    "blocked.month": "too little in the month up to {day}, the last one to go on",
    "blocked.not_enough": "not enough on {day}, the last day to go on",
    "left_out": "event {event} on {day} does not count: {failed}",
    "failed": "not {entry}",
    "reached": "reached with event {event}{basis}",
    "award": "earned by event {event} on {day}{basis}",
    "award_tier": "{tier} earned by event {event} on {day}{basis}",
    "award_nth": "no. {n} earned by event {event} on {day}{basis}",
    "more_awards": ("earned once before these", "earned {n} times before these"),
    "basis": ": {what}",
    "basis_span": "{what} from {first} to {last}",
    "basis_day": "{what} on {first}",
    "basis_readings": "measured from {first} to {last}",
    "basis_gap": "the one before was on {first}",
    "with_event": "event {event}",
    "short_span": "{what} since {first}",
    "short_readings": "measured since {first}",
    "short_gap": "the one before on {first}",
    "parts": ("1 part", "{n} parts"),
}

ENGLISH = Language(
    code="en",
    phrases=_PHRASES,
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    ),
    date_format="{weekday} {iso}",
    decimal_point=".",
    label=_as_written,
    labels=_plural,
    times=_times,
)  # fmt: skip
