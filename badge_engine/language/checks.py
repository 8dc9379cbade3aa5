"""Whether the settings of one criterion make sense together."""

from __future__ import annotations

from badge_engine.language.scope import Scope
from badge_engine.language.settings import Settings


def check_criterion(name: str, settings: Settings, scope: Scope, *, tiered: bool) -> None:
    """Report contradictions between settings and goals that nobody can reach."""
