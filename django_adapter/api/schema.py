"""What the OpenAPI schema says of every door, so that a door says only what is its own.

A door decorates its methods with `extend_schema(operation_id=…, request=…, responses=…)`. Where
these are silent, the schema adds all refusals and the type of every id in the address; a refusal
that it cannot guess is named with None: `responses={200: …, 404: None}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

_WHOLE = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}

PAGES = [
    OpenApiParameter("page", {"type": "integer", "minimum": 1}, description="From 1."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        description="How many results make a page.",
    ),
]
"""The query of an operation that answers with a page: `extend_schema(parameters=PAGES)`."""

_SAID = {
    400: "Something in the request cannot be used.",
    401: "Nobody is signed in, or somebody who was deactivated.",
    403: "Who is signed in may not do this; or nobody is, where the host offers no challenge.",
    404: "There is no such thing, or not for this user.",
    413: "The body is too long.",
    415: "The body is neither JSON nor a form.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
}

_DETAIL = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}

_BAD_REQUEST = {
    "type": "object",
    "description": "`detail` where the body cannot be read, `error` where no field is to blame, "
    "else what is wrong with each field.",
    "properties": {"detail": {"type": "string"}, "error": {"type": "string"}},
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}


class DoorSchema(AutoSchema):
    """The schema of a door: what it says itself, and what is true of all of them."""

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: Any,  # noqa: ANN401 - drf-spectacular's
    ) -> dict[str, Any] | None:
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is not None:
            said = operation["responses"]
            silent = [int(code) for code in said if code >= "400" and "content" not in said[code]]
            for status in silent:
                said[str(status)] = self._refusal(status)
            for status in self._refusals(operation):
                said.setdefault(str(status), self._refusal(status))
            operation["responses"] = dict(sorted(said.items()))
        return operation

    def _refusals(self, operation: dict[str, Any]) -> Iterator[int]:
        parameters = operation.get("parameters", [])
        yield from (401, 403, 429)
        if "requestBody" in operation:
            yield from (413, 415)
        if "requestBody" in operation or any(one["in"] == "query" for one in parameters):
            yield 400
        if any(one["in"] == "path" or one["name"] == "page" for one in parameters):
            yield 404

    def _refusal(self, status: int) -> dict[str, Any]:
        name, schema = ("BadRequest", _BAD_REQUEST) if status == 400 else ("Detail", _DETAIL)  # noqa: PLR2004 - a status
        component = ResolvedComponent(  # type: ignore[no-untyped-call] # drf-spectacular's
            name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name
        )
        self.registry.register_on_missing(component)
        content = {"application/json": {"schema": component.ref}}
        return {"description": _SAID[status], "content": content}

    def get_override_parameters(self) -> list[Any]:
        """Every `<badge_engine_id:…>` of the address is a number."""
        names = re.findall(r"<badge_engine_id:(\w+)>", self.path_regex)
        return [
            *super().get_override_parameters(),
            *(OpenApiParameter(name, _WHOLE, OpenApiParameter.PATH) for name in names),
        ]

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", "badges")]

    def map_parsers(self) -> list[str]:
        """Forms are read too, and nobody should write a client that sends them."""
        return ["application/json"]


@cache
def page_of(serializer: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The shape E of a page of results, for `extend_schema(responses=page_of(…))`."""
    name = serializer.__name__.removesuffix("Serializer")
    shape = {
        "count": serializers.IntegerField(min_value=0),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": serializer(many=True),
    }
    return type(f"{name}Page", (serializers.Serializer,), shape)
