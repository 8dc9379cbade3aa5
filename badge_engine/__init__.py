"""Badges from rules: who has earned what, when and why.

Everything public is listed here and loaded when it is first used, so that importing the package
costs a host next to nothing; `badge_engine.authoring` holds tools for people who write packs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from badge_engine.errors import (
        BadgeEngineError,
        ConflictingEvent,
        InvalidEvent,
        RulePackError,
        UnknownBadge,
    )
    from badge_engine.events import Event, History
    from badge_engine.language.diagnostics import Diagnostic
    from badge_engine.language.loader import (
        LoadedPacks,
        check_text,
        load_packs,
        load_text,
        load_vocabulary,
    )
    from badge_engine.language.vocabulary import Vocabulary
    from badge_engine.outcomes import Award, Evidence, Explanation, Progress
    from badge_engine.semantics.compiler import RuleSet, compile_rules
    from badge_engine.semantics.evaluate import evaluate, progress
    from badge_engine.semantics.explain import explain

__all__ = [
    "Award",
    "BadgeEngineError",
    "ConflictingEvent",
    "Diagnostic",
    "Event",
    "Evidence",
    "Explanation",
    "History",
    "InvalidEvent",
    "LoadedPacks",
    "Progress",
    "RulePackError",
    "RuleSet",
    "UnknownBadge",
    "Vocabulary",
    "check_text",
    "compile_rules",
    "evaluate",
    "explain",
    "load_packs",
    "load_text",
    "load_vocabulary",
    "progress",
]

_HOMES = {
    "errors": (
        "BadgeEngineError",
        "ConflictingEvent",
        "InvalidEvent",
        "RulePackError",
        "UnknownBadge",
    ),
    "events": ("Event", "History"),
    "outcomes": ("Award", "Evidence", "Explanation", "Progress"),
    "language.diagnostics": ("Diagnostic",),
    "language.loader": ("LoadedPacks", "check_text", "load_packs", "load_text", "load_vocabulary"),
    "language.vocabulary": ("Vocabulary",),
    "semantics.compiler": ("RuleSet", "compile_rules"),
    "semantics.evaluate": ("evaluate", "progress"),
    "semantics.explain": ("explain",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    home = _HOME_OF.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
