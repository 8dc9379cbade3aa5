"""Files and folders are loaded together, or refused together with everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from badge_engine.errors import RulePackError
from badge_engine.language.loader import (
    LoadedPacks,
    check_paths,
    check_text,
    check_texts,
    check_vocabulary_text,
    load_packs,
    load_text,
    load_vocabulary,
    shipped_rules,
    shipped_vocabulary,
)
from badge_engine.language.text.source import MAX_BYTES
from tests.language.corpus import VOCABULARY

WORKOUTS = "{type: count, event: workout, at_least: 3}"


def pack(*ids: str, rule: str = WORKOUTS) -> str:
    badges = "".join(f"  - {{id: {id_}, name: {id_.title()}, rule: {rule}}}\n" for id_ in ids)
    return f"badges:\n{badges}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "b.yaml").write_text(pack("b", "a"))
    (tmp_path / "a.yml").write_text(pack("d"))
    (tmp_path / "inner" / "c.yaml").write_text("language: de\n" + pack("c"))
    (tmp_path / "notes.txt").write_text("no pack")
    return tmp_path


def test_a_folder_is_loaded_in_the_order_of_its_paths(folder: Path) -> None:
    packs = load_packs(folder, VOCABULARY)
    assert [Path(pack.path).name for pack in packs.packs] == ["a.yml", "b.yaml", "c.yaml"]
    assert [badge.id for badge in packs] == ["d", "b", "a", "c"]
    assert [pack.language for pack in packs.packs] == ["en", "en", "de"]
    assert packs.vocabulary is VOCABULARY


def test_several_paths_are_loaded_in_the_order_given(folder: Path) -> None:
    packs = load_packs([str(folder / "inner"), folder / "b.yaml"], VOCABULARY)
    assert [badge.id for badge in packs] == ["c", "b", "a"]


def test_a_file_that_is_named_twice_is_loaded_once(folder: Path) -> None:
    packs = load_packs([folder, folder / "inner" / "c.yaml"], VOCABULARY)
    assert [badge.id for badge in packs] == ["d", "b", "a", "c"]


def test_a_badge_may_refer_to_one_of_another_file(folder: Path) -> None:
    (folder / "both.yaml").write_text(pack("both", rule="{type: all_of, of: [{badge: d}]}"))
    assert len(load_packs(folder, VOCABULARY).badges) == 5
    (found,) = [
        diagnostic
        for diagnostic in check_paths(folder / "both.yaml", VOCABULARY)
        if diagnostic.severity == "error"
    ]
    assert found.code == "unknown-badge"


def test_ids_are_unique_over_all_files(folder: Path) -> None:
    (folder / "z.yaml").write_text(pack("a"))
    with pytest.raises(RulePackError) as caught:
        load_packs(folder, VOCABULARY)
    (found,) = caught.value.diagnostics
    assert (found.code, Path(found.path).name) == ("duplicate-id", "z.yaml")
    assert found.note is not None
    assert (Path(found.note.path).name, found.note.line) == ("b.yaml", 3)
    assert str(caught.value) == str(found)


def test_a_circle_through_files_is_reported_once(folder: Path) -> None:
    (folder / "x.yaml").write_text(pack("x", rule="{type: all_of, of: [{badge: y}, {badge: d}]}"))
    (folder / "y.yaml").write_text(pack("y", rule="{type: all_of, of: [{badge: x}, {badge: x2}]}"))
    (folder / "z.yaml").write_text(pack("x2", rule="{type: all_of, of: [{badge: d}]}"))
    with pytest.raises(RulePackError) as caught:
        load_packs(folder, VOCABULARY)
    (found,) = caught.value.diagnostics
    assert (found.code, found.badge) == ("circular-reference", "y")


def test_a_badge_that_cannot_be_read_may_be_the_one_that_is_referred_to() -> None:
    text = pack("both", rule="{type: all_of, of: [{badge: d}]}") + "  - id: 'D'\n    name: @\n"
    found = check_text(text, vocabulary=VOCABULARY)
    assert [diagnostic.code for diagnostic in found] == ["bad-id", "special-character"]


def test_a_reference_to_a_tier_that_could_not_be_read_is_no_second_mistake() -> None:
    text = (
        "badges:\n"
        "  - {id: a, name: A, rule: {type: count, event: workout}, tiers: [{gold: many}]}\n"
        "  - {id: b, name: B, rule: {type: all_of, of: [{badge: a, tier: gold}]}}\n"
    )
    found = check_text(text, vocabulary=VOCABULARY)
    assert [diagnostic.code for diagnostic in found] == ["not-a-number"]


def test_a_folder_may_hold_vocabularies_which_are_checked_and_not_used(folder: Path) -> None:
    (folder / "events.yaml").write_text("events:\n  chess:\n    fields: {moves: {type: number}}\n")
    assert [badge.id for badge in load_packs(folder, VOCABULARY)] == ["d", "b", "a", "c"]
    (folder / "events.yaml").write_text("events:\n  chess: {feilds: {}}\n")
    with pytest.raises(RulePackError, match="unknown-setting"):
        load_packs(folder, VOCABULARY)


def test_a_vocabulary_is_loaded_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.yaml"
    path.write_text("events:\n  chess:\n    fields: {moves: {type: number}}\n  rest:\n")
    vocabulary = load_vocabulary(str(path))
    assert list(vocabulary.events) == ["chess", "rest"]
    assert vocabulary.events["chess"].fields["moves"].decimals == 3
    path.write_text("events:\n  chess: {fields: {moves: {}}}\n")
    with pytest.raises(RulePackError, match='a field needs "type"'):
        load_vocabulary(path)


def test_a_pack_is_no_vocabulary() -> None:
    (found,) = check_vocabulary_text(pack("a"))
    assert found.code == "unknown-setting"


def test_an_empty_pack_is_fine() -> None:
    assert load_text("badges: []").badges == ()


def test_a_missing_file_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_packs(tmp_path / "none.yaml")
    with pytest.raises(FileNotFoundError):
        check_paths(tmp_path / "none.yaml")


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (4 * MAX_BYTES))
    (found,) = check_paths(path)
    assert found.code == "too-large"


def test_a_file_of_very_many_values_is_too_large() -> None:
    (found,) = check_text("{" + "a," * 120_000 + "}")
    assert (found.code, found.message) == ("too-large", "the file has more than 100,000 values")


@pytest.mark.parametrize("text", ["\ufeff" + pack("a"), ("\ufeff" + pack("a")).encode()])
def test_a_byte_order_mark_does_no_harm(text: str | bytes) -> None:
    assert load_text(text, vocabulary=VOCABULARY).badges[0].id == "a"


def test_lines_may_end_as_on_windows() -> None:
    (found,) = check_text("badges:\r\n  - id: Ä\r\n    name: A\r\n", vocabulary=VOCABULARY)[:1]
    assert (found.line, found.column, found.source_line) == (2, 5, "  - id: Ä")


def test_warnings_come_with_the_packs() -> None:
    packs = load_text(pack("a"), vocabulary=VOCABULARY)
    assert [warning.code for warning in packs.warnings] == ["no-test"]
    assert check_text(pack("a"), vocabulary=VOCABULARY) == list(packs.warnings)


def former() -> LoadedPacks:
    return load_text(pack("hot-streak", "other"), vocabulary=VOCABULARY)


def test_an_id_that_changed_while_the_name_stayed_is_a_warning() -> None:
    text = pack("other") + f"  - {{id: hotter, name: Hot-Streak, rule: {WORKOUTS}}}\n"
    found = check_text(text, vocabulary=VOCABULARY, before=former())
    (renamed,) = [warning for warning in found if warning.code == "renamed-id"]
    assert (renamed.severity, renamed.badge, renamed.help) == (
        "warning",
        "hotter",
        "write hot-streak again",
    )


@pytest.mark.parametrize("ids", [("hot-streak", "other"), ("other", "brand-new"), ("other",)])
def test_new_and_removed_badges_are_no_renamed_ones(ids: tuple[str, ...]) -> None:
    found = check_text(pack(*ids), vocabulary=VOCABULARY, before=former())
    assert {warning.code for warning in found} == {"no-test"}


def test_the_shipped_packs_have_neither_mistakes_nor_warnings() -> None:
    assert check_paths(shipped_rules()) == []
    assert load_packs(shipped_rules()).vocabulary is shipped_vocabulary()


def test_too_many_mistakes_end_the_reading_and_not_the_program() -> None:
    refs = ", ".join(f"{{badge: b{number}}}" for number in range(600))
    found = check_text(pack("a", rule=f"{{type: all_of, of: [{refs}]}}"), vocabulary=VOCABULARY)
    assert len(found) == 501
    assert found[-1].code == "too-many-mistakes"


def chain(levels: int) -> str:
    """Badges that lead from one to the next; the last has so many levels of parts."""
    first = f"badges:\n  - {{id: b0, name: B, rule: {WORKOUTS}}}\n"
    others = (
        f"  - {{id: b{one}, name: B, rule: {{type: any_of, of: [{{badge: b{one - 1}}}]}}}}\n"
        for one in range(1, levels + 1)
    )
    return first + "".join(others)


def bundle(parts: int) -> str:
    """A badge that has so many parts with the one that it refers to, which has half of them."""
    inner = parts // 2
    rules = [", ".join([WORKOUTS] * (inner - 1)), ", ".join([WORKOUTS] * (parts - inner - 1))]
    return (
        f"badges:\n  - {{id: half, name: Half, rule: {{type: any_of, of: [{rules[0]}]}}}}\n"
        f"  - {{id: all, name: All, rule: {{type: any_of, of: [{{badge: half}}, {rules[1]}]}}}}\n"
    )


@pytest.mark.parametrize(
    ("text", "badges"),
    [
        (chain(20), []),
        (chain(21), ["b21"]),
        (chain(400), ["b21"]),
        (bundle(1000), []),
        (bundle(1001), ["all"]),
    ],
)
def test_references_end_before_their_badges_get_out_of_hand(text: str, badges: list[str]) -> None:
    found = check_text(text, vocabulary=VOCABULARY)
    errors = [each for each in found if each.severity == "error"]
    assert [(each.code, each.badge) for each in errors] == [
        ("too-entangled", badge) for badge in badges
    ]


def test_what_shipped_badges_refer_to_counts_as_well() -> None:
    beside = load_text(chain(20), vocabulary=VOCABULARY)
    text = pack("own", rule="{type: any_of, of: [{badge: b20}]}")
    (found,) = check_texts({"own": text}, owner="7", beside=beside)
    assert (found.code, found.badge, found.note) == ("too-entangled", "own", None)
