"""Which badges of a pack make sense with another vocabulary than the one they were written for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from badge_engine import LoadedPacks, Vocabulary
from badge_engine.language.rules import AllOf, AnyOf, Badge, BadgeReference, Part, Streak
from badge_engine.language.units import comparable
from badge_engine.semantics.resolution import OverEvents, event_types, fields_used


def fitting(packs: LoadedPacks, vocabulary: Vocabulary) -> LoadedPacks:
    """The packs with this vocabulary, without the badges that speak of what it lacks."""
    known = {badge.id: badge for badge in packs.badges}

    def fits(part: Part) -> bool:
        if isinstance(part, BadgeReference):
            return fits(known[part.badge].rule)
        if isinstance(part, AllOf | AnyOf):
            return all(fits(inner) for inner in part.of)
        return _has_types(part, vocabulary) and _has_fields(part, packs.vocabulary, vocabulary)

    kept = tuple(
        replace(pack, badges=tuple(badge for badge in pack.badges if fits(badge.rule)))
        for pack in packs.packs
    )
    return replace(packs, packs=kept, vocabulary=vocabulary)


def _has_types(criterion: OverEvents, vocabulary: Vocabulary) -> bool:
    pausing = criterion.paused_by if isinstance(criterion, Streak) else ()
    return {*event_types(criterion), *pausing} <= vocabulary.events.keys()


def _has_fields(criterion: OverEvents, written_for: Vocabulary, vocabulary: Vocabulary) -> bool:
    types = event_types(criterion)
    for name in fields_used(criterion):
        meant, found = written_for.field(types, name), vocabulary.field(types, name)
        if meant is None or found is None or found.type != meant.type:
            return False
        if meant.unit != found.unit and not (
            meant.unit and found.unit and comparable(meant.unit, found.unit)
        ):
            return False
    return True


def alone(packs: LoadedPacks, badge: Badge, **changed: object) -> LoadedPacks:
    """A pack of one badge, with some settings of its rule changed."""
    changes: Mapping[str, object] = {"rule": badge.rule.model_copy(update=changed), "tiers": ()}
    pack = next(pack for pack in packs.packs if any(one.id == badge.id for one in pack.badges))
    return replace(packs, packs=(replace(pack, badges=(badge.model_copy(update=changes),)),))
