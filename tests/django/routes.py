"""All addresses of the adapter, as the host's resolver knows them, and requests to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from django_adapter.api.base import Door
from tests.django.club import client_of
from tests.django.host.people.models import User

MOUNTS = ("api/community/", "api/trainer/")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Route:
    """An address with `{names}` in it, the door behind it, and the methods that it knows."""

    address: str
    door: type[Door]
    methods: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The names of the parts that vary."""
        return re.findall(r"{(\w+)}", self.address)


def routes() -> list[Route]:
    """Every address below the two mounts."""
    return [_route(address, pattern) for address, pattern in _walk(get_resolver(), "")]


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, URLPattern]]:
    for part in resolver.url_patterns:
        address = before + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from _walk(part, address)
        elif address.startswith(MOUNTS):
            yield address, part


def _route(address: str, pattern: URLPattern) -> Route:
    door = pattern.callback.cls  # type: ignore[attr-defined] # of a class-based view
    methods = tuple(method for method in METHODS if hasattr(door, method.lower()))
    return Route("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address), door, methods)


def operations() -> list[tuple[str, Route]]:
    """Every method of every address."""
    return [(method, route) for route in routes() for method in route.methods]


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI schema of the host."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call] # drf-spectacular's
    found: dict[str, Any] = generator.get_schema(request=None, public=True)
    return found


def send(
    user: User | None,
    method: str,
    address: str,
    body: object = None,
    content_type: str = "application/json",
) -> Any:
    """The answer to a request; bytes are sent as they are, everything else as JSON."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    client: Any = client_of(user)
    client.raise_request_exception = False
    return client.generic(method, address, raw, content_type=content_type)
