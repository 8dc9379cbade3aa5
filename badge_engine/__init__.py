"""Badges from rules: who has earned what, when and why.

Everything public is listed here; `badge_engine.authoring` holds tools for people who write packs.
"""

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
