"""Badges among badges: ids are unique over all packs, references lead somewhere and end soon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from badge_engine.language.diagnostics import quoted
from badge_engine.language.kinds.names import instead
from badge_engine.language.reading.badges import BadgeDraft
from badge_engine.language.reading.referents import Referent
from badge_engine.language.reading.scope import WrittenReference
from badge_engine.language.rules import AllOf, AnyOf, BadgeReference, Part
from badge_engine.language.text.report import GivenUp, Mistake
from badge_engine.language.text.spelling import closest

MOST_LEVELS = 20
MOST_PARTS = 1000


class Extent(NamedTuple):
    """A rule with everything that it refers to written out: levels of parts, and parts in all."""

    levels: int = 0
    parts: int = 1

    @property
    def too_large(self) -> bool:
        return self.levels > MOST_LEVELS or self.parts > MOST_PARTS


def resolve(
    drafts: Sequence[BadgeDraft], settled: Mapping[str, Referent], *, complete: bool
) -> dict[str, BadgeDraft]:
    """The drafts by id. Duplicate ids are reported, and references to nowhere, in circles, too far.

    A reference that leads to no draft may lead to a `settled` badge. Unless `complete`, some badges
    could not be read, and a reference may be to one of them.
    """
    by_id = _by_id(drafts)
    complete = complete and all(draft.id is not None for draft in drafts)
    known: Mapping[str, Referent] = {**settled, **by_id}
    for draft in drafts:
        for reference in draft.scope.references:
            if reference.badge in by_id or complete:
                mistake = _mistake(reference, known)
                if mistake is not None:
                    _report(draft, mistake)
    circles = list(_circles(by_id))
    for draft, reference in circles:
        target = by_id[reference.badge]
        itself = target is draft
        note = None if itself else target.note("it is part of the circle")
        way = "" if itself else f" by way of {quoted(reference.badge)}"
        message = f"the badge refers to itself{way}"
        help_text = "remove the reference, or the one that leads back here"
        _report(draft, Mistake("circular-reference", reference.place, message, help_text, note))
    if not circles:
        _refuse_entangled(by_id, known)
    return by_id


def _by_id(drafts: Sequence[BadgeDraft]) -> dict[str, BadgeDraft]:
    found: dict[str, BadgeDraft] = {}
    for draft in drafts:
        if draft.id is None:
            continue
        if draft.id in found:
            place = draft.settings.place("id")
            note = found[draft.id].note("it is used here already")
            message = f"the id {quoted(draft.id)} is used twice"
            _report(
                draft, Mistake("duplicate-id", place, message, "give this badge another id", note)
            )
        else:
            found[draft.id] = draft
    return found


def _report(draft: BadgeDraft, mistake: Mistake) -> None:
    report = draft.scope.report
    report.badge = draft.id
    with suppress(GivenUp):
        report.add(mistake)
    report.badge = None
    draft.settings.faulty.add("rule")


def _mistake(reference: WrittenReference, known: Mapping[str, Referent]) -> Mistake | None:
    target = known.get(reference.badge)
    if target is None:
        near = closest(reference.badge, known)
        note = known[near].note("a badge of a similar name") if near else None
        message = f"there is no badge {quoted(reference.badge)} in these packs"
        help_text = instead(reference.badge, known, "the badges")
        return Mistake("unknown-badge", reference.place, message, help_text, note)
    tiers = target.tiers
    if reference.tier is None or tiers is None or reference.tier in tiers:
        return None
    message = f"the badge {quoted(reference.badge)} has no tier {quoted(reference.tier)}"
    help_text = instead(reference.tier, tiers, "its tiers") if tiers else "remove the tier"
    note = target.note("the badge")
    place = reference.tier_place or reference.place
    return Mistake("unknown-tier", place, message, help_text, note)


def _circles(by_id: Mapping[str, BadgeDraft]) -> Iterator[tuple[BadgeDraft, WrittenReference]]:
    """One reference of every circle: the one that closes it, walking in file order."""
    finished: set[str] = set()
    for start in by_id:
        if start in finished:
            continue
        path = {start}
        pending = [(start, iter(by_id[start].scope.references))]
        while pending:
            name, references = pending[-1]
            reference = next(references, None)
            if reference is None:
                finished.add(name)
                path.discard(name)
                pending.pop()
            elif reference.badge in path:
                yield by_id[name], reference
            elif reference.badge in by_id and reference.badge not in finished:
                path.add(reference.badge)
                pending.append((reference.badge, iter(by_id[reference.badge].scope.references)))


def _refuse_entangled(drafts: Mapping[str, BadgeDraft], known: Mapping[str, Referent]) -> None:
    """Report the badges with which a rule, written out, gets out of hand, not those beyond them."""
    extents = _extents(known)
    for name, draft in drafts.items():
        found = [reference for reference in draft.scope.references if reference.badge in known]
        sizes = [extents[reference.badge] for reference in found]
        if not found or not extents[name].too_large or any(size.too_large for size in sizes):
            continue
        reference = found[sizes.index(max(sizes))]
        message = (
            f"references lead more than {MOST_LEVELS} levels deep here"
            if extents[name].levels > MOST_LEVELS
            else f"with all that is referred to the badge has more than {MOST_PARTS:,} parts"
        )
        help_text = "refer to fewer badges, or to simpler ones"
        note = known[reference.badge].note("the one referred to")
        _report(draft, Mistake("too-entangled", reference.place, message, help_text, note))


def _extents(known: Mapping[str, Referent]) -> dict[str, Extent]:
    """The extents of badges, exactly as far as they are allowed, by one level of each at a time."""
    extents = dict.fromkeys(known, Extent())
    for _ in range(MOST_LEVELS + 2):
        former = extents
        extents = {name: _extent(badge.model, former) for name, badge in known.items()}
        if extents == former:
            break
    return extents


def _extent(part: Part | None, extents: Mapping[str, Extent]) -> Extent:
    if isinstance(part, BadgeReference):
        return extents.get(part.badge, Extent())
    if not isinstance(part, AllOf | AnyOf):
        return Extent()
    inner = [_extent(each, extents) for each in part.of]
    levels = 1 + max((each.levels for each in inner), default=0)
    parts = 1 + sum(each.parts for each in inner)
    return Extent(min(levels, MOST_LEVELS + 1), min(parts, MOST_PARTS + 1))
