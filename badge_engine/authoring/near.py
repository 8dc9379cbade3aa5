"""Which known word someone may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_CUTOFF = 0.7


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like another, whatever the case of its letters; None if none is near."""
    spellings = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), spellings, n=1, cutoff=_CUTOFF)
    return spellings[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to put behind a message; empty if nothing is near."""
    near = nearest(word, known)
    return "" if near is None else f"; did you mean {near!r}?"
