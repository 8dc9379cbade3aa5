"""The packs of one owner are read together, beside packs that hold for everybody."""

from __future__ import annotations

import re

import pytest

from badge_engine import LoadedPacks, RulePackError, check_texts, load_text, load_texts
from badge_engine.authoring import run_tests
from badge_engine.language.dump import dump
from badge_engine.language.rules import AllOf, AnyOf, Badge
from badge_engine.semantics.compiler import compile_rules
from tests.language.corpus import VOCABULARY
from tests.language.test_packs import WORKOUTS, pack

SHIPPED = load_text(
    f"badges:\n  - {{id: starter, name: Starter, rule: {WORKOUTS}}}\n"
    "  - {id: lifter, name: Lifter, rule: {type: count, event: lift},"
    " tiers: [{bronze: 1}, {gold: 5}]}\n",
    path="shipped.yaml",
    vocabulary=VOCABULARY,
)


def own(text: str, *others: str, owner: str = "42") -> LoadedPacks:
    texts = {f"pack {number}": each for number, each in enumerate([text, *others], 1)}
    return load_texts(texts, owner=owner, beside=SHIPPED)


def said(text: str, *others: str, before: LoadedPacks | None = None) -> list[str]:
    """What is found, warnings of missing tests aside, as `place: code`."""
    texts = {f"pack {number}": each for number, each in enumerate([text, *others], 1)}
    found = check_texts(texts, owner="42", beside=SHIPPED, before=before)
    return [f"{one.path}:{one.line}: {one.code}" for one in found if one.code != "no-test"]


def referring(badge: str, tier: str | None = None) -> str:
    part = f"badge: {badge}" + (f", tier: {tier}" if tier else "")
    return pack("both", rule=f"{{type: all_of, of: [{{{part}}}, {WORKOUTS}]}}")


def refers_to(badge: Badge) -> str:
    assert isinstance(badge.rule, AllOf | AnyOf)
    return str(getattr(badge.rule.of[0], "badge", None))


def test_outside_its_pack_a_badge_carries_the_name_of_its_owner() -> None:
    packs = own(pack("a", "b"), pack("c"))
    assert [badge.id for each in packs.packs for badge in each.badges] == ["42:a", "42:b", "42:c"]
    assert [badge.id for badge in packs] == ["starter", "lifter", "42:a", "42:b", "42:c"]
    assert packs.beside is SHIPPED
    assert packs.vocabulary is VOCABULARY


@pytest.mark.parametrize("owner", ["7", "ann+club@example.org", "0f3-9_B.x", "x" * 128])
def test_an_owner_may_be_any_usual_key(owner: str) -> None:
    (badge,) = own(pack("a"), owner=owner).packs[0].badges
    assert badge.id == f"{owner}:a"


@pytest.mark.parametrize("owner", ["", "a:b", "a b", "a\n", "Zoë", "x" * 129, "a/b", 7, None])
def test_what_cannot_be_part_of_an_id_is_no_owner(owner: str) -> None:
    with pytest.raises(ValueError, match=re.escape("cannot be part of an id")):
        load_texts({}, owner=owner, beside=SHIPPED)
    with pytest.raises(ValueError, match=re.escape("cannot be part of an id")):
        check_texts({}, owner=owner, beside=SHIPPED)


def test_a_reference_leads_to_a_shipped_badge_where_the_owner_has_none_of_that_id() -> None:
    assert refers_to(own(referring("starter")).badges[-1]) == "starter"
    assert refers_to(own(referring("lifter", "gold")).badges[-1]) == "lifter"


def test_an_own_badge_wins_over_a_shipped_one_of_the_same_id() -> None:
    packs = own(referring("starter"), pack("starter"))
    both = next(badge for badge in packs if badge.id == "42:both")
    assert refers_to(both) == "42:starter"


def test_parts_of_parts_are_resolved_alike() -> None:
    inner = f"{{type: any_of, of: [{{badge: mine}}, {WORKOUTS}]}}"
    rule = f"{{type: any_of, of: [{inner}, {{badge: starter}}]}}"
    packs = own(pack("deep", rule=rule), pack("mine"))
    deep = next(badge for badge in packs if badge.id == "42:deep")
    assert isinstance(deep.rule, AnyOf)
    assert isinstance(deep.rule.of[0], AnyOf)
    assert getattr(deep.rule.of[0].of[0], "badge", None) == "42:mine"
    assert getattr(deep.rule.of[1], "badge", None) == "starter"


def test_one_id_in_two_packs_of_an_owner_is_a_mistake_with_both_places() -> None:
    texts = {"first": pack("a"), "second": pack("b", "a")}
    found = check_texts(texts, owner="42", beside=SHIPPED)
    (twice,) = [one for one in found if one.severity == "error"]
    assert (twice.code, twice.path, twice.line, twice.badge) == ("duplicate-id", "second", 3, "a")
    assert twice.note is not None
    assert (twice.note.path, twice.note.line) == ("first", 2)


def test_an_id_of_a_shipped_badge_is_free() -> None:
    assert said(pack("starter")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (referring("startr"), ["pack 1:2: unknown-badge"]),
        (referring("starter", "gold"), ["pack 1:2: unknown-tier"]),
        (referring("lifter", "silver"), ["pack 1:2: unknown-tier"]),
        (referring("both"), ["pack 1:2: circular-reference"]),
        ("events:\n  nap: {}\n", ["pack 1:1: unknown-setting"]),
        ("", ["pack 1:1: empty-file"]),
    ],
)
def test_a_broken_pack_gives_its_own_diagnostics_and_no_others(
    text: str, expected: list[str]
) -> None:
    assert said(text, pack("fine")) == expected
    with pytest.raises(RulePackError) as caught:
        own(text, pack("fine"))
    assert [one.code for one in caught.value.diagnostics] == [
        each.rpartition(" ")[2] for each in expected
    ]


def test_diagnostics_speak_of_plain_ids_of_all_packs_in_force() -> None:
    found = check_texts({"p": referring("startr")}, owner="42", beside=SHIPPED)
    (unknown,) = [one for one in found if one.severity == "error"]
    assert (unknown.badge, unknown.help) == ("both", 'write "starter" instead')
    assert unknown.note is None
    assert "42" not in str(unknown)


def test_a_reference_may_be_to_a_badge_that_could_not_be_read() -> None:
    for line in ("id: starter\n    name: [", "id: Starter!\n    name: S", "[id: starter"):
        unreadable = f"badges:\n  - {line}\n    rule: {WORKOUTS}\n"
        found = said(referring("starter", "gold"), unreadable)
        assert found
        assert all(each.startswith("pack 2") for each in found)


def test_shipped_packs_are_not_warned_of_again() -> None:
    assert {warning.badge for warning in SHIPPED.warnings} == {"starter", "lifter"}
    assert {warning.badge for warning in own(pack("a")).warnings} == {"a"}


def test_a_renamed_own_badge_is_a_warning() -> None:
    before = own(pack("old", "other"))
    renamed = pack("new", "other").replace("name: New", "name: Old")
    assert said(renamed, before=before) == ["pack 1:2: renamed-id"]


def test_a_shipped_badge_of_the_same_name_is_no_former_one() -> None:
    before = own(pack("old"))
    text = pack("old") + pack("mine")[len("badges:\n") :].replace("name: Mine", "name: Starter")
    assert said(text, before=before) == []


def test_an_own_id_that_is_gone_is_missed_though_a_shipped_badge_has_it() -> None:
    before = own(pack("starter").replace("name: Starter", "name: Mine"))
    assert said(pack("mine"), before=before) == ["pack 1:2: renamed-id"]


def test_an_owned_pack_is_written_as_it_was_read() -> None:
    packs = own(referring("starter"), pack("starter"), pack("c"))
    written = {each.path: dump(each) for each in packs.packs}
    assert all("42" not in text for text in written.values())
    assert load_texts(written, owner="42", beside=SHIPPED).packs == packs.packs


TESTED = """
badges:
  - id: both
    name: Both
    rule: {type: all_of, of: [{badge: starter}, {badge: lifter, tier: bronze}, {badge: mine}]}
    tests:
      - {name: all three, workout: x x x x, lift: . x . . , expect: earned on day 4}
      - {name: too few, workout: x x x . , lift: . x . . , expect: not earned}
      - {name: a wrong one, workout: x x x x, lift: . . . . , expect: earned}
  - id: mine
    name: Mine
    rule: {type: count, event: workout, at_least: 4}
    tests: [{name: three, workout: x x x, expect: not earned}]
"""


def test_tests_of_an_owner_run_and_those_of_shipped_badges_do_not() -> None:
    tested = load_text(
        f"badges: [{{id: starter, name: S, rule: {WORKOUTS},"
        " tests: [{name: shipped, workout: x, expect: earned}]},"
        " {id: lifter, name: L, rule: {type: count, event: lift}, tiers: [{bronze: 1}]}]",
        vocabulary=VOCABULARY,
    )
    packs = load_texts({"tested": TESTED}, owner="42", beside=tested)
    results = run_tests(packs, compile_rules(packs))
    assert [(one.badge, one.name, one.passed) for one in results] == [
        ("both", "all three", True),
        ("both", "too few", True),
        ("both", "a wrong one", False),
        ("mine", "three", True),
    ]
    assert [one.path for one in results] == ["tested"] * 4
    assert "42:" not in str(results)
