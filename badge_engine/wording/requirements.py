"""What the entries of `where`, and `from` and `until`, ask of an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time
from decimal import Decimal

from badge_engine.language.calendar_words import MONTHS, WEEKDAYS
from badge_engine.language.rules import FieldTest
from badge_engine.language.units import Quantity
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.resolution import CALENDAR_ENTRIES, OverEvents, definition_of
from badge_engine.wording.words import Words, language_of

_PHRASES = {"number": "measured", "boolean": "flag", "text": "told", "texts": "told"}
_NAMED = {"weekday": "weekday", "month": "calendar_month"}
_BOUNDS = ("at_least", "at_most", "above", "below")


def requirement_phrase(
    setting: str, criterion: OverEvents, vocabulary: Vocabulary, language: str = "en"
) -> str:
    """What one entry of `where`, or `from` or `until`, asks: `distance of at least 5 km`."""
    return asked(Words(language_of(language), vocabulary), criterion, setting)


def entries(words: Words, criterion: OverEvents) -> list[str]:
    """All that is asked of an event, each with its preposition: `with …`, `before 7:00`."""
    return [_entry(words, criterion, setting) for setting in settings_asked(criterion)]


def settings_asked(criterion: OverEvents) -> list[str]:
    """The entries of `where`, then `from` and `until`, where they are given."""
    dates = [("from", criterion.from_), ("until", criterion.until)]
    return [*criterion.where, *(name for name, day in dates if day is not None)]


def speaks_of_field(setting: str) -> bool:
    """Whether a requirement is about a field, not about when the event happened."""
    return setting not in CALENDAR_ENTRIES and setting not in ("from", "until")


def _entry(words: Words, criterion: OverEvents, setting: str) -> str:
    if not speaks_of_field(setting):
        return asked(words, criterion, setting)
    if criterion.where[setting].exists is False:
        return words.language.say("with_absent", field=words.field(criterion, setting))
    return words.language.say("with", phrase=asked(words, criterion, setting))


def failed(words: Words, criterion: OverEvents, setting: str) -> str:
    """What an event is that does not meet a requirement: `not before 7:00`."""
    test = criterion.where.get(setting)
    if test is not None and test.exists is False:
        present = words.language.say("present", field=words.field(criterion, setting))
        return words.language.say("with", phrase=present)
    if test is not None and setting in _NAMED and test.is_not is not None and test.any_of is None:
        names = [weekday_or_month(words, str(name)) for name in test.is_not]
        return words.language.say(_NAMED[setting], names=words.language.listed(names, "or"))
    return words.language.say("failed", entry=_entry(words, criterion, setting))


def asked(words: Words, criterion: OverEvents, setting: str) -> str:
    """The same as `requirement_phrase`."""
    if setting == "from" and criterion.from_ is not None:
        return words.language.say("from", day=words.language.day(criterion.from_))
    if setting == "until" and criterion.until is not None:
        return words.language.say("until", day=words.language.day(criterion.until))
    test = criterion.where[setting]
    if setting == "time":
        return words.language.listed(list(_times(words, test)))
    if setting in _NAMED:
        return words.language.listed(list(_names(words, test, _NAMED[setting])))
    return _of_field(words, criterion, setting, test)


def _times(words: Words, test: FieldTest) -> Iterator[str]:
    language = words.language
    if test.after is not None:
        yield language.say("time.after", time=language.clock(test.after))
    if test.before is not None:
        yield language.say("time.before", time=language.clock(test.before))
    if test.between is not None:
        start, end = (language.clock(bound) for bound in test.between if isinstance(bound, time))
        yield language.say("time.between", start=start, end=end)


def _names(words: Words, test: FieldTest, key: str) -> Iterator[str]:
    for prefix, chosen in (("", test.any_of), ("not_", test.is_not)):
        if chosen is not None:
            names = [weekday_or_month(words, str(name)) for name in chosen]
            yield words.language.say(prefix + key, names=words.language.listed(names, "or"))


def weekday_or_month(words: Words, name: str) -> str:
    """The full name of `mon` or `dec`."""
    if name in WEEKDAYS:
        return words.language.weekdays[WEEKDAYS.index(name)]
    return words.language.months[MONTHS.index(name)]


def _of_field(words: Words, criterion: OverEvents, setting: str, test: FieldTest) -> str:
    label = words.field(criterion, setting)
    if test.exists is False:
        return words.language.say("absent", field=label)
    terms = list(_terms(words, criterion, setting, test))
    if not terms:
        return words.language.say("present", field=label)
    listed = words.language.listed(terms)
    key = _PHRASES[definition_of(criterion, setting, words.vocabulary).type]
    said = words.measured(criterion, setting, listed, key)
    if not test.exists:
        return said
    return words.language.listed([words.language.say("present", field=label), said])


def _terms(words: Words, criterion: OverEvents, setting: str, test: FieldTest) -> Iterator[str]:
    language = words.language
    kind = definition_of(criterion, setting, words.vocabulary).type
    for name in _BOUNDS:
        bound = getattr(test, name)
        if bound is not None:
            yield language.say(name, amount=words.quantity(bound, criterion, setting))
    if test.between is not None:
        low, high = (
            words.quantity(bound, criterion, setting)
            for bound in test.between
            if isinstance(bound, Quantity)
        )
        yield language.say("between", low=low, high=high)
    if test.any_of is not None:
        values = _values(words, criterion, setting, test.any_of)
        yield language.say("equals", amount=values) if kind == "number" else values
    if test.is_not is not None:
        values = _values(words, criterion, setting, test.is_not)
        yield language.say(f"is_not.{kind}", values=values)
    if test.includes is not None:
        quoted = [language.quoted(value) for value in test.includes]
        yield language.say("includes", values=language.listed(quoted))


def _values(words: Words, criterion: OverEvents, setting: str, values: Sequence[object]) -> str:
    named = [_value(words, criterion, setting, value) for value in values]
    return words.language.listed(named, "or")


def _value(words: Words, criterion: OverEvents, setting: str, value: object) -> str:
    if isinstance(value, bool):
        return words.language.say("yes" if value else "no")
    if isinstance(value, Quantity):
        return words.quantity(value, criterion, setting)
    if isinstance(value, (int, Decimal)):
        return words.quantity(Quantity(Decimal(value)), criterion, setting)
    return words.language.quoted(str(value))
