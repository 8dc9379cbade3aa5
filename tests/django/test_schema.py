"""The OpenAPI schema: free of warnings, complete, and with the types that clients rely on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from tests.django.routes import operations, schema

OPERATIONS = [
    pytest.param(method, route, id=f"{method} {route.address}") for method, route in operations()
]


def operation(method: str, address: str) -> dict[str, Any]:
    found: dict[str, Any] = schema()["paths"][address][method.lower()]
    return found


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: dict[str, Any] = schema()["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return found


def properties(name: str) -> dict[str, str]:
    """The types of a component's properties; `?` behind what may be null or missing."""
    shape = schema()["components"]["schemas"][name]
    told = {}
    for key, part in shape["properties"].items():
        kind = part.get("format") if part.get("format") == "date-time" else part.get("type", "")
        if kind == "array":
            kind = "[" + (part["items"].get("type") or name_of(part["items"])) + "]"
        optional = part.get("nullable") or key not in shape.get("required", ())
        told[key] = (kind or name_of(part)) + ("?" if optional else "")
    return told


def name_of(part: dict[str, Any]) -> str:
    references = [part, *part.get("allOf", []), *part.get("oneOf", [])]
    return next(str(one["$ref"]).rpartition("/")[2] for one in references if "$ref" in one)


def test_the_schema_is_made_without_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "schema.yaml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(file))
    assert yaml.safe_load(file.read_text())["openapi"] == "3.0.3"


def test_every_route_is_in_the_schema() -> None:
    said = {
        (method.upper(), address)
        for address, methods in schema()["paths"].items()
        for method in methods
    }
    assert said == {(method, route.address) for method, route in operations()}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [one["operationId"] for path in schema()["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch("[a-z_]+", name)] == []
    assert [name for name in names if name.startswith("api_")] == []


@pytest.mark.parametrize(("method", "route"), OPERATIONS)
def test_every_refusal_is_in_the_schema(method: str, route: Any) -> None:
    told = operation(method, route.address)
    refusals = {code for code in told["responses"] if code >= "400"}
    assert refusals >= {"401", "403", "429"}
    if "requestBody" in told:
        assert refusals >= {"400", "413", "415"}
    if route.names:
        assert "404" in refusals
    for code in refusals:
        content = told["responses"][code]["content"]["application/json"]["schema"]
        assert resolved(content)["type"] == "object"


@pytest.mark.parametrize(("method", "route"), OPERATIONS)
def test_every_operation_says_what_it_does_and_answers(method: str, route: Any) -> None:
    told = operation(method, route.address)
    assert told["description"]
    assert told["tags"] == [route.door.tag]
    successes = [code for code in told["responses"] if code < "400"]
    assert successes
    for code in successes:
        assert ("content" in told["responses"][code]) is (code != "204")


def test_ids_in_addresses_are_numbers() -> None:
    for method, route in operations():
        parameters = operation(method, route.address).get("parameters", [])
        kinds = {one["name"]: one["schema"]["type"] for one in parameters if one["in"] == "path"}
        assert sorted(kinds) == sorted(route.names)
        assert kinds.get("id", "integer") == "integer"


SHAPES = {
    "Announcement": {
        "id": "integer",
        "title": "string",
        "body": "string",
        "is_pinned": "boolean",
        "created_at": "date-time",
        "updated_at": "date-time",
    },
    "AnnouncementDraft": {"title": "string", "body": "string", "is_pinned": "boolean?"},
    "UnreadCount": {"unread_count": "integer"},
    "ReadUpTo": {"up_to": "integer?"},
    "LastRead": {"last_read_at": "date-time"},
    "Achievement": {
        "id": "integer",
        "name": "string",
        "description": "string",
        "icon_name": "string",
        "criteria_type": "string",
        "criteria_value": "integer",
        "earned": "boolean",
        "earned_at": "date-time?",
    },
    "Award": {
        "id": "integer",
        "name": "string",
        "description": "string",
        "icon_name": "string",
        "earned_at": "date-time",
        "slug": "string",
        "occurrence": "integer",
    },
    "Post": {
        "id": "integer",
        "author": "Author",
        "content": "string",
        "post_type": "PostTypeEnum",
        "metadata": "object",
        "created_at": "date-time",
        "reactions": "ReactionCounts",
        "user_reactions": "[string]",
    },
    "PostDraft": {"content": "string"},
    "Author": {"id": "integer", "first_name": "string", "last_name": "string"},
    "Reactions": {"reactions": "ReactionCounts", "user_reactions": "[string]"},
    "ReactionCounts": {"fire": "integer", "thumbs_up": "integer", "heart": "integer"},
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_what_clients_read(name: str) -> None:
    told = properties(name)
    assert {key: told[key] for key in SHAPES[name]} == SHAPES[name]


def test_posts_are_of_four_types() -> None:
    assert schema()["components"]["schemas"]["PostTypeEnum"]["enum"] == [
        "text",
        "workout_completed",
        "achievement_earned",
        "weight_milestone",
    ]


@pytest.mark.parametrize("name", ["AnnouncementPage", "PostPage", "TraineeAwardPage"])
def test_e_is_what_clients_read(name: str) -> None:
    assert properties(name) == {
        "count": "integer",
        "next": "string?",
        "previous": "string?",
        "results": f"[{name.removesuffix('Page')}]",
    }
    shape = schema()["components"]["schemas"][name]
    assert sorted(shape["required"]) == ["count", "next", "previous", "results"]
