"""Asks whether another word was meant."""

from __future__ import annotations

from collections.abc import Iterable

from badge_engine.language.text.spelling import closest


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to put behind a message; empty if no known word is near."""
    near = closest(word, known)
    return "" if near is None else f"; did you mean {near!r}?"
