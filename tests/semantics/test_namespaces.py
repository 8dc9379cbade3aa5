"""A pack means the same whoever owns it, and takes nothing from anybody beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badge_engine import (
    Award,
    Event,
    Explanation,
    LoadedPacks,
    RuleSet,
    UnknownBadge,
    Vocabulary,
    compile_rules,
    evaluate,
    explain,
    explanation_lines,
    load_text,
    load_texts,
    progress,
)
from badge_engine.language.namespaces import plain_id
from badge_engine.testing.packs import VOCABULARY, Badge
from badge_engine.testing.strategies import Case, cases, packs

KNOWN = Vocabulary.model_validate({"events": VOCABULARY})
NOBODY = LoadedPacks((), KNOWN)
OWNERS = st.sampled_from(["7", "ann@example.org", "0f3-9_B.x"])


def written(badges: Sequence[Badge]) -> str:
    return json.dumps({"badges": list(badges)})


def shipped(badges: Sequence[Badge]) -> LoadedPacks:
    return load_text(written(badges), vocabulary=KNOWN)


def owned(
    badges: Sequence[Badge], owner: str, beside: LoadedPacks = NOBODY, weeks: str = "monday"
) -> RuleSet:
    loaded = load_texts({"own": written(badges)}, owner=owner, beside=beside, week_starts=weeks)
    return compile_rules(loaded, week_starts=weeks)


def by_key(awards: Sequence[Award]) -> dict[tuple[str, str | None, int], Award]:
    return {(award.badge, award.tier, award.occurrence): award for award in awards}


def plain(tree: Explanation) -> Explanation:
    """The same without owners."""
    return replace(
        tree,
        badge=plain_id(tree.badge),
        progress=replace(tree.progress, badge=plain_id(tree.progress.badge)),
        awards=tuple(replace(award, badge=plain_id(award.badge)) for award in tree.awards),
        parts=tuple(plain(part) for part in tree.parts),
    )


def any_of(*parts: dict[str, Any], name: str = "mix") -> Badge:
    return {"id": name, "name": name.title(), "rule": {"type": "any_of", "of": list(parts)}}


def referring(badges: Sequence[Badge], *others: Badge) -> Badge:
    """A badge that is earned with the first of all of these, by their plain ids."""
    return any_of(*({"badge": name} for name in {each["id"]: 0 for each in (*badges, *others)}))


@given(cases(), OWNERS)
def test_a_pack_means_the_same_under_any_name(case: Case, owner: str) -> None:
    rules = owned(case.badges, owner, weeks=case.rules.week_starts)
    assert list(rules.badges) == [f"{owner}:{badge}" for badge in case.rules.badges]
    awards = evaluate(rules, case.history)
    assert [replace(award, badge=plain_id(award.badge)) for award in awards] == evaluate(
        case.rules, case.history
    )
    if not case.history:
        return
    shown = progress(rules, case.history)
    assert [replace(one, badge=plain_id(one.badge)) for one in shown] == progress(
        case.rules, case.history
    )
    for badge in rules.badges:
        tree = explain(rules, case.history, badge)
        expected = explain(case.rules, case.history, plain_id(badge))
        assert plain(tree) == expected
        lines = explanation_lines(tree, rules, "de")
        assert lines == explanation_lines(expected, case.rules, "de")


@given(cases())
def test_two_owners_of_one_text_share_no_key_and_no_version_differs(case: Case) -> None:
    ann = evaluate(owned(case.badges, "ann"), case.history)
    bob = evaluate(owned(case.badges, "bob"), case.history)
    assert by_key(ann).keys().isdisjoint(by_key(bob))
    assert [award.rule_version for award in ann] == [award.rule_version for award in bob]


@given(cases(), packs())
def test_an_owners_pack_changes_no_award_of_a_shipped_badge(
    case: Case, badges: list[Badge]
) -> None:
    beside = shipped([*case.badges, any_of({"badge": case.badges[0]["id"]}, name="both")])
    alone = evaluate(compile_rules(beside), case.history)
    mine = [*badges, referring(badges, *case.badges)]
    together = evaluate(owned(mine, "ann", beside), case.history)
    assert [award for award in together if ":" not in award.badge] == alone


@given(cases(), packs())
def test_an_owners_pack_is_what_it_would_be_with_the_shipped_badges_in_it(
    case: Case, badges: list[Badge]
) -> None:
    """Each shipped badge is copied, unless the owner has one of that id: then it is renamed."""
    mine = [*badges, referring(badges, *case.badges)]
    ids = {badge["id"] for badge in mine}
    together = evaluate(owned(mine, "ann", shipped(case.badges)), case.history)
    own = [award for award in together if award.badge.startswith("ann:")]
    copied = [*mine, *(copy_beside(badge, ids) for badge in case.badges)]
    expected = evaluate(compile_rules(shipped(copied)), case.history)
    assert [
        (plain_id(award.badge), award.tier, award.occurrence, award.evidence, award.earned_on)
        for award in own
    ] == [
        (award.badge, award.tier, award.occurrence, award.evidence, award.earned_on)
        for award in expected
        if award.badge in ids
    ]


def copy_beside(badge: Badge, taken: set[str]) -> Badge:
    """The badge, it and those that it refers to under other ids where an owner has taken them."""
    text = json.dumps(badge)
    for name in taken:
        for key in ("id", "badge"):
            text = text.replace(f'"{key}": "{name}"', f'"{key}": "shipped-{name}"')
    copied: Badge = json.loads(text)
    return copied


WORKOUTS = {"type": "count", "event": "workout", "at_least": 2}
STARTER: Badge = {"id": "starter", "name": "Starter", "rule": WORKOUTS}
MIX = any_of({"badge": "starter"}, {"type": "count", "event": "workout", "at_least": 9})


def version_of_mix(*badges: Badge, starter: Badge = STARTER, owner: str = "ann") -> str:
    rules = owned([MIX, *badges], owner, shipped([starter]))
    return rules.badges[f"{owner}:mix"].rule_version


def test_a_version_changes_with_what_a_reference_stands_for() -> None:
    other = STARTER | {"rule": WORKOUTS | {"at_least": 3}}
    assert version_of_mix() == version_of_mix(owner="bob")
    assert version_of_mix() == version_of_mix(STARTER)
    assert version_of_mix(other) != version_of_mix()
    assert version_of_mix(starter=other) == version_of_mix(other)
    assert version_of_mix(STARTER, starter=other) == version_of_mix()


def workouts(*days: int) -> list[Event]:
    return [
        Event.create(id=f"w{day}", user="mara", type="workout", day=f"2026-01-{day:02}")
        for day in days
    ]


def test_a_reference_is_earned_with_the_badge_that_it_stands_for() -> None:
    beside = shipped([STARTER])
    mine = STARTER | {"rule": WORKOUTS | {"at_least": 3}}
    history = workouts(5, 6, 7)
    with_shipped = by_key(evaluate(owned([MIX], "ann", beside), history))
    assert with_shipped["ann:mix", None, 1].earned_on.day == 6
    with_own = by_key(evaluate(owned([MIX, mine], "ann", beside), history))
    assert with_own["ann:mix", None, 1].earned_on.day == 7
    assert with_own["starter", None, 1].earned_on.day == 6
    assert with_own["ann:starter", None, 1].earned_on.day == 7


def test_sentences_name_badges_and_no_owners() -> None:
    rules = owned([MIX], "ann", shipped([STARTER]))
    tree = explain(rules, workouts(5), "ann:mix")
    assert tree.parts[0].badge == "starter"
    lines = [line.text for line in explanation_lines(tree, rules)]
    assert any("Starter" in line for line in lines)
    assert not any("ann" in line for line in lines)


@pytest.mark.parametrize("badge", ["mix", "bob:mix", "ann:starter"])
def test_a_badge_is_known_by_its_full_id_alone(badge: str) -> None:
    rules = owned([MIX], "ann", shipped([STARTER]))
    with pytest.raises(UnknownBadge):
        explain(rules, workouts(5), badge)
