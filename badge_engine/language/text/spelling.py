"""Finds the word that somebody meant: misspellings, number words, marks that only look right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LONGEST_WORD = 40

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_WORDS: dict[str, int] = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: number for number, word in zip(range(20, 100, 10), _TENS, strict=True)},
    "hundred": 100,
    "thousand": 1000,
    "once": 1,
    "twice": 2,
    "dozen": 12,
}

CURLY_QUOTES = re.compile("[\u2018-\u201f\u00ab\u00bb\u2039\u203a]")
ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\u00ad]")
ODD_MINUS = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` most likely stands for, None where none is near."""
    candidates = list(candidates)
    plain = _plain(word)
    if not plain or len(word) > LONGEST_WORD:
        return None
    best, least = None, max(1, len(plain) // 3) + 1
    for candidate in candidates:
        other = _plain(candidate)
        if plain == other:
            return candidate
        if abs(len(plain) - len(other)) < least:
            distance = _distance(plain, other, least)
            if distance < least:
                best, least = candidate, distance
    return best or _only_one_that_begins(plain, candidates)


def _only_one_that_begins(word: str, candidates: Sequence[str]) -> str | None:
    """The single candidate whose first word is this one: sick_day for sick."""
    found = [candidate for candidate in candidates if _plain(candidate).startswith(f"{word}_")]
    return found[0] if len(found) == 1 else None


def number_word(word: str) -> int | None:
    """The number that an English word stands for, None where it is no such word."""
    tens, _, ones = word.lower().replace("-", " ").partition(" ")
    if ones in _ONES[1:10] and tens in _TENS:
        return NUMBER_WORDS[tens] + NUMBER_WORDS[ones]
    return NUMBER_WORDS.get(word.lower())


def space_name(character: str) -> str:
    """What an odd space is called."""
    names = {"\u00a0": "a no-break space", "\u202f": "a narrow no-break space"}
    return f"{names.get(character, 'an invisible character')} (U+{ord(character):04X})"


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", "_", word.strip().lower())


def _distance(word: str, other: str, limit: int) -> int:
    """How many letters differ, are missing, are too many or swapped; at most `limit`."""
    while word and other and word[0] == other[0]:
        word, other = word[1:], other[1:]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        older, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == theirs:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) >= limit:
            return limit
    return row[-1]
