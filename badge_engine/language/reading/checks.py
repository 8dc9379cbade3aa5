"""Whether the settings of one criterion make sense together: none contradicts, none is idle."""

from __future__ import annotations

from collections.abc import Iterable

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.names import CALENDAR_UNITS
from badge_engine.language.reading.reach import Limit, limits_of_goal, limits_of_period
from badge_engine.language.reading.scope import Scope
from badge_engine.language.reading.settings import Settings
from badge_engine.language.rules import Goal
from badge_engine.language.text.report import Mistake
from badge_engine.language.text.source import Place
from badge_engine.language.units import CalendarUnit, Quantity, Span

GOALS = {
    "count": "at_least",
    "total": "at_least",
    "best": "at_least",
    "streak": "length",
    "change": "by",
    "comeback": "after",
}
EXCLUSIVE = (
    ("event", "each_of"),
    ("within", "each"),
    ("baseline", "within"),
    ("distinct", "total"),
)


def check_criterion(name: str, settings: Settings, scope: Scope, *, tiered: bool) -> None:
    """Report contradictions between settings and goals that nobody can reach."""
    for one, other in EXCLUSIVE:
        if one in settings and other in settings and other in settings.known:
            _contradict(
                settings, other, one, f"{quoted(one)} and {quoted(other)} exclude each other"
            )
    _check_goal(name, settings, tiered=tiered)
    _check_dates(settings)
    for check in _OF_CRITERION.get(name, ()):
        check(settings, scope)
    if "event" in settings.known:
        _check_fields(settings, scope)
    goal = goal_setting(name, settings)
    if goal in settings.values and not tiered:
        check_reach(settings.values[goal], settings.place(goal), name, settings, scope)


def goal_setting(name: str, settings: Settings) -> str:
    """The setting that holds the goal of a criterion."""
    if name == "best" and settings.values.get("lowest") is True:
        return "at_most"
    return GOALS.get(name, "at_least")


def check_reach(goal: Goal, place: Place, name: str, settings: Settings, scope: Scope) -> None:
    """Report a goal that nobody can reach; warn of one that is so in short periods."""
    if isinstance(goal, Quantity):
        return
    number = goal if isinstance(goal, int) else goal.count
    if name == "comeback" and isinstance(goal, Span):
        number = goal.days
    for limit in limits_of_goal(name, settings.values, scope):
        if settings.ok(limit.setting, "where", "from", "until"):
            unit = None
            if isinstance(goal, Span):
                unit = "day" if name == "comeback" else goal.unit
            _check_limit(number, place, limit, settings, unit)


def _check_limit(
    number: int, place: Place, limit: Limit, settings: Settings, unit: CalendarUnit | None = None
) -> None:
    report = settings.scope.report
    if number > limit.most:
        note = report.note("the limit is set here", settings.place_in_line(limit.setting))
        message = f"nobody can reach this: {limit.because}"
        most = Span(limit.most, unit) if unit else limit.most
        help_text = f"write {most} or less, or change {quoted(limit.setting)}"
        report.add(Mistake(limit.code, place, message, help_text, note))
        settings.faulty.add("goal")
    elif limit.always is not None and number > limit.always:
        message = f"this is out of reach now and then: {limit.always_because}"
        help_text = f"write {limit.always} or less"
        report.add(Mistake("short-months", place, message, help_text), "warning")


def _contradict(settings: Settings, name: str, other: str, message: str) -> None:
    note = settings.scope.report.note(f"{quoted(other)} stands here", settings.key_place(other))
    help_text = "keep one of the two"
    settings.scope.report.add(
        Mistake("contradiction", settings.key_place(name), message, help_text, note)
    )
    settings.faulty.add(name)


def _check_goal(name: str, settings: Settings, *, tiered: bool) -> None:
    goal = goal_setting(name, settings)
    if tiered:
        if goal in settings and (name in GOALS or name == "any_of"):
            message = f"{quoted(goal)} stands beside tiers, which take its place"
            place = settings.key_place(goal)
            settings.fault("contradiction", place, message, "remove it, or the tiers", goal)
        if settings.values.get("repeat"):
            place = settings.key_place("repeat")
            message = '"repeat" and tiers exclude each other'
            settings.fault("contradiction", place, message, "keep one of the two", "repeat")
    elif name in GOALS and settings.ok("lowest") and not (name == "best" and _any_goal(settings)):
        settings.require(goal)


def _any_goal(settings: Settings) -> bool:
    """Whether a best has a goal, if only the wrong one, which is reported as such."""
    return "at_least" in settings or "at_most" in settings


def _check_dates(settings: Settings) -> None:
    first, last = settings.values.get("from"), settings.values.get("until")
    if first is not None and last is not None and last < first:
        note = settings.scope.report.note('"from" stands here', settings.place("from"))
        message = f"{last} is before {first}, so no day is left"
        help_text = "write the earlier date as from"
        mistake = Mistake("contradiction", settings.place("until"), message, help_text, note)
        settings.scope.report.add(mistake)
        settings.faulty.update(("from", "until"))


def _check_count(settings: Settings, scope: Scope) -> None:  # noqa: ARG001 - as its kin
    distinct = settings.values.get("distinct")
    if "each_of" in settings and distinct not in CALENDAR_UNITS and settings.ok("distinct"):
        message = '"each_of" counts days, weeks or months that have all of the types'
        help_text = "add distinct: day, week or month, or write event instead"
        settings.fault(
            "contradiction", settings.key_place("each_of"), message, help_text, "each_of"
        )


def _check_best(settings: Settings, scope: Scope) -> None:  # noqa: ARG001 - as its kin
    lowest = settings.values.get("lowest") is True
    if not settings.ok("lowest"):
        return
    if lowest and "at_least" in settings:
        message = '"at_least" contradicts lowest: true, where smaller is better'
        place = settings.key_place("at_least")
        settings.fault("contradiction", place, message, "write at_most instead", "at_least")
    elif not lowest and "at_most" in settings:
        message = '"at_most" is a goal only with lowest: true'
        place = settings.key_place("at_most")
        settings.fault(
            "contradiction", place, message, "add lowest: true, or write at_least", "at_most"
        )


def _check_streak(settings: Settings, scope: Scope) -> None:
    values = settings.values
    if "total" in settings and "at_least" not in settings:
        message = '"total" does not say which sum makes a period active'
        help_text = "add at_least: 150"
        settings.fault(
            "missing-setting", settings.key_place("total"), message, help_text, "at_least"
        )
    if values.get("days") and scope.period not in ("day", None):
        message = (
            f'"days" belongs to streaks counted in days, and this one is counted in {scope.period}s'
        )
        settings.fault("contradiction", settings.key_place("days"), message, "remove it", "days")
    grace = values.get("grace")
    if grace is not None and grace.per is not None and grace.missed >= grace.per:
        message = f"{grace.missed} per {grace.per} forgives everything, so the streak never breaks"
        settings.fault(
            "grace-forgives-all", settings.place("grace"), message, "forgive fewer", "grace"
        )
    at_least = values.get("at_least")
    if at_least is not None and settings.ok("distinct", "where"):
        for limit in limits_of_period(values, scope):
            _check_limit(int(at_least.number), settings.place("at_least"), limit, settings)


def _check_change(settings: Settings, scope: Scope) -> None:  # noqa: ARG001 - as its kin
    if "readings" in settings and "average" not in settings:
        message = '"readings" says how many an average needs, and there is no average'
        help_text = "add average: 7 days, or remove it"
        place = settings.key_place("readings")
        settings.fault("contradiction", place, message, help_text, "readings")


_OF_CRITERION = {
    "count": (_check_count,),
    "best": (_check_best,),
    "streak": (_check_streak,),
    "change": (_check_change,),
}


def _check_fields(settings: Settings, scope: Scope) -> None:
    """Report fields that the event types define differently, or that one of each_of lacks."""
    if scope.events is None:
        return
    for name, place in _fields_used(settings):
        holders = {
            event_type: scope.vocabulary.events[event_type].fields[name]
            for event_type in scope.events
            if name in scope.vocabulary.events[event_type].fields
        }
        lacking = [event_type for event_type in scope.events if event_type not in holders]
        if lacking and holders and "each_of" in settings:
            message = f"{quoted(lacking[0])} has no field {quoted(name)}, so its events never count"
            help_text = "remove the field, or the event type from each_of"
            settings.fault("unknown-field", place, message, help_text, "each_of")
        kinds = {(field.type, field.unit, field.decimals) for field in holders.values()}
        if len(kinds) > 1:
            message = f"{quoted(name)} is not the same field in {' and '.join(holders)}"
            help_text = "write one event type, or give the field one type, unit and decimals"
            settings.fault("fields-differ", place, message, help_text, "event")


def _fields_used(settings: Settings) -> Iterable[tuple[str, Place]]:
    for setting in ("field", "total", "distinct"):
        name = settings.values.get(setting)
        if name is not None and name not in CALENDAR_UNITS:
            yield name, settings.place(setting)
    where = settings.values.get("where", {})
    for name, place in settings.inner_places("where"):
        if name in where and where[name].exists is not False:
            yield name, place
