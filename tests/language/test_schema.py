"""The schemas help editors, are current, and never blame what the loader accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped] # ships no types

from badge_engine.language.dump import dump
from badge_engine.language.loader import load_packs, shipped_rules
from badge_engine.language.rules import CRITERIA
from badge_engine.language.schema import as_json, pack_schema, vocabulary_schema
from tests.language.corpus import HERE, ROOT, SCHEMAS
from tests.language.plain import plain

PACKS = Draft7Validator(pack_schema())
VOCABULARIES = Draft7Validator(vocabulary_schema())
SCENARIOS = ROOT / "tests" / "scenarios"


def blamed(text: str, validator: Draft7Validator = PACKS) -> list[str]:
    return [error.json_path for error in validator.iter_errors(plain(text))]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_files_are_current(name: str) -> None:
    assert (ROOT / "rules" / name).read_text(encoding="utf-8") == as_json(SCHEMAS[name]())


@pytest.mark.parametrize("validator", [PACKS, VOCABULARIES])
def test_the_schemas_are_schemas(validator: Draft7Validator) -> None:
    Draft7Validator.check_schema(validator.schema)


@pytest.mark.parametrize(
    "path",
    [
        *sorted(shipped_rules().glob("*.yaml")),
        *sorted(SCENARIOS.glob("*.yaml")),
    ],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_a_good_file_is_not_blamed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    vocabulary = text.startswith("# The fitness") or "\nevents:" in f"\n{text}"
    assert blamed(text, VOCABULARIES if vocabulary else PACKS) == []


def test_what_dump_writes_is_not_blamed() -> None:
    for pack in load_packs(shipped_rules()).packs:
        assert blamed(dump(pack)) == []


def test_the_vocabulary_of_the_corpus_is_not_blamed() -> None:
    text = (HERE / "vocabulary.yaml").read_text(encoding="utf-8")
    assert blamed(text, VOCABULARIES) == []


@pytest.mark.parametrize(
    ("case", "place"),
    [
        ("unknown-setting", "$.badges[0].rule"),
        ("unknown-setting--of-badge", "$.badges[0]"),
        ("unknown-type", "$.badges[0].rule.type"),
        ("missing-setting--name", "$.badges[0]"),
        ("missing-setting--field", "$.badges[0].rule"),
        ("missing-unit", "$.badges[0].rule.length"),
        ("not-positive", "$.badges[0].rule.at_least"),
        ("bad-id", "$.badges[0].id"),
        ("foreign-setting", "$.badges[0].rule"),
        ("not-a-time", "$.badges[0].rule.where.time.before"),
    ],
)
def test_a_mistake_is_blamed_where_it_is(case: str, place: str) -> None:
    text = (HERE / "bad" / f"{case}.yaml").read_text(encoding="utf-8")
    assert place in blamed(text)


def test_a_correct_key_is_never_blamed_for_another() -> None:
    text = (HERE / "bad" / "unknown-setting.yaml").read_text(encoding="utf-8")
    (error,) = PACKS.iter_errors(plain(text))
    assert "'lenght' was unexpected" in error.message


def descriptions(schema: object) -> Iterator[tuple[str, object]]:
    if isinstance(schema, dict):
        for name, described in schema.get("properties", {}).items():
            yield name, described.get("description")
        for inner in schema.values():
            yield from descriptions(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from descriptions(inner)


def test_every_setting_has_a_description() -> None:
    for name in CRITERIA:
        for setting, help_text in descriptions(pack_schema()["definitions"][name]):
            assert setting == "type" or (isinstance(help_text, str) and help_text.endswith("."))
    for schema in (pack_schema(), vocabulary_schema()):
        missing = {name for name, help_text in descriptions(schema) if not help_text}
        assert missing <= {"type", "events"}


def test_the_files_are_json() -> None:
    for build in SCHEMAS.values():
        assert json.loads(as_json(build())) == build()
