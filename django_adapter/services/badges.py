"""Badges as mobile clients see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from badge_engine import LedgerAward
from django_adapter.settings import User


def told(user: User, awards: Sequence[LedgerAward]) -> list[dict[str, Any]]:
    """Awards in the shape N."""
    return [{"slug": one.award.badge} for one in awards]
