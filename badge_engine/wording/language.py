"""How one language says things: its phrases, its names, its way with numbers, days and plurals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from fractions import Fraction

Phrase = str | tuple[str, str]
"""A text with places in braces; two where one thing is spoken of differently from several."""


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language.

    `label` and `labels` make an event type's or a field's label fit for a sentence, as one and as
    several; `times` counts events by a label. Weekdays start with Monday, months with January.
    """

    code: str
    phrases: Mapping[str, Phrase]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date_format: str
    decimal_point: str
    label: Callable[[str], str]
    labels: Callable[[str], str]
    times: Callable[[str, int], str]

    def say(self, key: str, count: int | Fraction | None = None, **values: object) -> str:
        """A phrase with its places filled; `count` fills {n} and chooses one or several."""
        phrase = self.phrases[key]
        if isinstance(phrase, tuple):
            phrase = phrase[0] if count == 1 else phrase[1]
        number = "" if count is None else self.number(count)
        return phrase.format(n=number, **values)

    def number(self, number: int | Decimal | Fraction, decimals: int = 6) -> str:
        """A number, rounded half-even to so many digits after the point, without idle zeros."""
        steps = round(Fraction(number) * 10**decimals)
        return self.exact(Decimal(steps).scaleb(-decimals))

    def exact(self, number: Decimal) -> str:
        """A number as it is, without idle zeros."""
        text = format(number, "f")
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text.replace(".", self.decimal_point)

    def signed(self, number: Fraction, decimals: int = 6) -> str:
        """The same with a plus where there is no minus."""
        return ("+" if number > 0 else "") + self.number(number, decimals)

    def amount(self, text: str, unit: str | None) -> str:
        """A number as text with its unit."""
        if unit is None:
            return text
        return self.say("percent" if unit == "%" else "amount", number=text, unit=unit)

    def day(self, day: date) -> str:
        """A local day with its weekday."""
        return self.date_format.format(
            weekday=self.weekdays[day.weekday()], iso=day.isoformat(), day=day
        )

    def clock(self, moment: time) -> str:
        """A time of day."""
        return self.say("clock", hour=moment.hour, minute=f"{moment.minute:02}")

    def quoted(self, text: str) -> str:
        """A text of the rule's author in quotation marks."""
        return self.say("quoted", text=text)

    def listed(self, items: Sequence[str], joint: str = "and") -> str:
        """`a, b and c`; `joint` is and or or."""
        if len(items) < 2:  # noqa: PLR2004 - two things need a joint
            return "".join(items)
        return self.say(joint, first=", ".join(items[:-1]), last=items[-1])


def sentence(clauses: Sequence[str]) -> str:
    """Clauses as one sentence, from a capital to a full stop."""
    text = "; ".join(clause for clause in clauses if clause)
    return text[:1].upper() + text[1:] + "."
