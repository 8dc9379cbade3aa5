"""Packs that belong to somebody: outside, their badges are called `owner:badge`.

Inside such a pack, and in all that is said about it, the plain id is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container

from badge_engine.errors import shown
from badge_engine.language.rules import AllOf, AnyOf, Badge, BadgeReference, Criterion, Part

_MARK = ":"
_OWNER = re.compile(r"[A-Za-z0-9_@.+-]{1,128}\Z")


def require_owner(owner: str) -> None:
    """Refuse with ValueError what is no name of an owner."""
    if not isinstance(owner, str) or not _OWNER.match(owner):
        message = (
            f"the owner {shown(owner)} cannot be part of an id; "
            "use 1 to 128 of the letters a-z and A-Z, digits, '-', '_', '@', '+' and '.'"
        )
        raise ValueError(message)


def plain_id(badge: str) -> str:
    """The id as it is written inside the pack, whoever owns it."""
    return badge.rpartition(_MARK)[2]


def owned_by(owner: str, badge: Badge, own: Container[str]) -> Badge:
    """The badge as others see it; `own` are the plain ids of all badges of its owner."""
    return _renamed(badge, lambda name: f"{owner}{_MARK}{name}" if name in own else name)


def as_written(badge: Badge) -> Badge:
    """The badge as it stands in its pack."""
    return _renamed(badge, plain_id)


def _renamed(badge: Badge, name: Callable[[str], str]) -> Badge:
    return badge.model_copy(update={"id": name(badge.id), "rule": _criterion(badge.rule, name)})


def _criterion(rule: Criterion, name: Callable[[str], str]) -> Criterion:
    if not isinstance(rule, AllOf | AnyOf):
        return rule
    return rule.model_copy(update={"of": tuple(_part(part, name) for part in rule.of)})


def _part(part: Part, name: Callable[[str], str]) -> Part:
    if isinstance(part, BadgeReference):
        return part.model_copy(update={"badge": name(part.badge)})
    return _criterion(part, name)
