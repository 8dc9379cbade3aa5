"""Which rules are in force for a group: the shipped or configured packs, and the trainer's own.

Rules of a group are compiled once an edition and kept in the process. A pack that cannot be loaded
any more is logged, and takes no other pack's badges away.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from django.core.signals import setting_changed
from django.db.models import Q

from badge_engine import (
    Diagnostic,
    LoadedPacks,
    RulePackError,
    RuleSet,
    Vocabulary,
    check_texts,
    compile_rules,
    load_packs,
    load_texts,
    load_vocabulary,
    shipped_rules,
)
from django_adapter.marks import database
from django_adapter.members import key_of, member
from django_adapter.models import Pack
from django_adapter.settings import NAME, User, settings

logger = logging.getLogger("badge_engine.django")

SHIPPED = "shipped"

GROUPS_KEPT = 256
"""How many groups' rules a process keeps; those of one take about 0.1 MB."""


@cache
def vocabulary() -> Vocabulary | None:
    """The host's own vocabulary; None where it uses the shipped one."""
    path = settings().vocabulary
    return None if path is None else load_vocabulary(path)


def paths() -> list[str | Path]:
    """The files and folders of the packs that are in force for everybody."""
    named = settings().rules or [SHIPPED]
    return [shipped_rules() if path == SHIPPED else path for path in named]


@cache
def packs() -> LoadedPacks:
    """The packs that are in force for everybody; RulePackError with all mistakes in them."""
    return load_packs(paths(), vocabulary(), week_starts=settings().week_starts)


@cache
def shared_rules() -> RuleSet:
    """The compiled rules of everybody."""
    return compile_rules(packs(), week_starts=settings().week_starts)


def load_own(
    owner: str, texts: Mapping[str, str], before: LoadedPacks | None = None
) -> LoadedPacks:
    """A trainer's packs, texts by name, beside those of everybody; RulePackError with mistakes.

    `before` are those that they replace. ValueError for a trainer whose key cannot stand before
    the id of a badge.
    """
    return load_texts(
        texts, owner=owner, beside=packs(), week_starts=settings().week_starts, before=before
    )


def check_own(
    owner: str,
    texts: Mapping[str, str],
    before: LoadedPacks | None = None,
    beside: LoadedPacks | None = None,
) -> list[Diagnostic]:
    """What is wrong or odd with a trainer's packs; `beside` stand in for those of everybody."""
    return check_texts(
        texts,
        owner=owner,
        beside=beside or packs(),
        week_starts=settings().week_starts,
        before=before,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rules of a group in an edition, and the texts by name that they were made of."""

    edition: int
    rules: RuleSet
    texts: Mapping[str, str]


class GroupRules:
    """The rules of the groups that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def of(self, group: str, edition: int) -> RuleSet:
        """The rules of a group; two who ask for a new edition at once may both compile it."""
        with self._lock:
            kept = self._kept.get(group)
            if kept is not None:
                self._kept.move_to_end(group)
        if kept is not None and kept.edition == edition:
            return kept.rules
        found = _of_edition(group, edition, published_texts(group), kept)
        with self._lock:
            self._kept[group] = found
            self._kept.move_to_end(group)
            while len(self._kept) > GROUPS_KEPT:
                self._kept.popitem(last=False)
        return found.rules

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


_groups = GroupRules()


def rules_of_group(group: str | None, edition: int) -> RuleSet:
    """The rules of the group of the trainer with a key, in an edition of the trainer's packs.

    Edition 0 is that of a trainer who never published any.
    """
    if group is None or not edition:
        return shared_rules()
    return _groups.of(group, edition)


def published_texts(group: str) -> dict[str, str]:
    """The texts of a trainer's packs that are in force, by name.

    A replica that lags behind would give those of an earlier edition, so none is asked.
    """
    own = Pack.objects.using(database()).filter(Q(owner=group), published__isnull=False)
    return dict(own.order_by("name").values_list("name", "published__text"))


def _of_edition(group: str, edition: int, texts: Mapping[str, str], former: _Kept | None) -> _Kept:
    """The rules of an edition; the last good text of a pack stands in for one that has mistakes."""
    if not texts:
        return _Kept(edition, shared_rules(), texts)
    good = {} if former is None else former.texts
    try:
        return _Kept(edition, _compiled(load_own(group, texts)), texts)
    except RulePackError as error:
        wrong = sorted({(one.path, one.code) for one in error.diagnostics})
        logger.error("packs of trainer %r cannot be loaded: %s", group, wrong)  # noqa: TRY400 - the trace says nothing more
        texts = {**texts, **{name: good[name] for name, _ in wrong if name in good}}
    except Exception:
        logger.exception("packs %s of trainer %r cannot be loaded", sorted(texts), group)
        texts = good
    return _without_broken(group, edition, texts)


def _without_broken(group: str, edition: int, texts: Mapping[str, str]) -> _Kept:
    """The rules of what can be loaded."""
    loaded = load_good(group, texts)
    if loaded is None:
        return _Kept(edition, shared_rules(), {})
    names = {pack.path for pack in loaded.packs}
    good = {name: text for name, text in texts.items() if name in names}
    return _Kept(edition, _compiled(loaded), good)


def _compiled(own: LoadedPacks) -> RuleSet:
    return compile_rules(own, week_starts=settings().week_starts)


def load_good(owner: str, texts: Mapping[str, str]) -> LoadedPacks | None:
    """Those of a trainer's packs that can be loaded, without those that need one of the others."""
    good = dict(texts)
    while good:
        try:
            return load_own(owner, good)
        except RulePackError as error:
            for name in {one.path for one in error.diagnostics}:
                del good[name]
    return None


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
        _groups.forget()


setting_changed.connect(_forget, dispatch_uid="badge_engine_rules")
