"""Badges from rules: who has earned what, when and why.

Everything public is listed here and loaded when it is first used, so that importing the package
costs a host next to nothing; `badge_engine.authoring` holds tools for people who write packs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from badge_engine.engine.engine import Changed, Difference, Engine
    from badge_engine.engine.intake import Batch, Outcome
    from badge_engine.engine.rulebook import RuleBook
    from badge_engine.errors import (
        BadgeEngineError,
        ConcurrentUpdate,
        ConflictingEvent,
        InvalidEvent,
        RulePackError,
        SchemaMismatch,
        StoreError,
        UnknownBadge,
        UnusableURL,
    )
    from badge_engine.events import Event, History, Operation
    from badge_engine.language.diagnostics import Diagnostic
    from badge_engine.language.loader import (
        LoadedPacks,
        check_text,
        check_texts,
        load_packs,
        load_text,
        load_texts,
        load_vocabulary,
        shipped_rules,
        shipped_vocabulary,
    )
    from badge_engine.language.packs import RulePack
    from badge_engine.language.vocabulary import Vocabulary
    from badge_engine.outcomes import (
        AuditEntry,
        Award,
        Change,
        Evidence,
        Explanation,
        LedgerAward,
        Progress,
    )
    from badge_engine.semantics.compiler import CompiledBadge, RuleSet, compile_rules
    from badge_engine.semantics.evaluate import evaluate, progress
    from badge_engine.semantics.explain import explain
    from badge_engine.wording import (
        evidence_phrase,
        explanation_lines,
        local_text,
        progress_sentence,
    )

__all__ = [
    "AuditEntry",
    "Award",
    "BadgeEngineError",
    "Batch",
    "Change",
    "Changed",
    "CompiledBadge",
    "ConcurrentUpdate",
    "ConflictingEvent",
    "Diagnostic",
    "Difference",
    "Engine",
    "Event",
    "Evidence",
    "Explanation",
    "History",
    "InvalidEvent",
    "LedgerAward",
    "LoadedPacks",
    "Operation",
    "Outcome",
    "Progress",
    "RuleBook",
    "RulePack",
    "RulePackError",
    "RuleSet",
    "SchemaMismatch",
    "StoreError",
    "UnknownBadge",
    "UnusableURL",
    "Vocabulary",
    "check_text",
    "check_texts",
    "compile_rules",
    "evaluate",
    "evidence_phrase",
    "explain",
    "explanation_lines",
    "load_packs",
    "load_text",
    "load_texts",
    "load_vocabulary",
    "local_text",
    "progress",
    "progress_sentence",
    "shipped_rules",
    "shipped_vocabulary",
]

_HOMES = {
    "engine.engine": ("Changed", "Difference", "Engine"),
    "engine.intake": ("Batch", "Outcome"),
    "engine.rulebook": ("RuleBook",),
    "errors": (
        "BadgeEngineError",
        "ConcurrentUpdate",
        "ConflictingEvent",
        "InvalidEvent",
        "RulePackError",
        "SchemaMismatch",
        "StoreError",
        "UnknownBadge",
        "UnusableURL",
    ),
    "events": ("Event", "History", "Operation"),
    "language.diagnostics": ("Diagnostic",),
    "language.loader": (
        "LoadedPacks",
        "check_text",
        "check_texts",
        "load_packs",
        "load_text",
        "load_texts",
        "load_vocabulary",
        "shipped_rules",
        "shipped_vocabulary",
    ),
    "language.packs": ("RulePack",),
    "language.vocabulary": ("Vocabulary",),
    "outcomes": (
        "AuditEntry",
        "Award",
        "Change",
        "Evidence",
        "Explanation",
        "LedgerAward",
        "Progress",
    ),
    "semantics.compiler": ("CompiledBadge", "RuleSet", "compile_rules"),
    "semantics.evaluate": ("evaluate", "progress"),
    "semantics.explain": ("explain",),
    "wording": ("evidence_phrase", "explanation_lines", "local_text", "progress_sentence"),
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
