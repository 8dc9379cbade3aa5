"""Requests made up from the schema, right ones and wrong ones, and answers held to it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.django.host.wsgi import application
from tests.django.routes import Route, operations, schema
from tests.django.test_matrix import World, undone, world
from tests.django.test_odd_input import whoever_may, whose_own

__all__ = ["world"]

EXAMPLES = 20
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""All that schemathesis can check but whether whatever fits the schema is accepted: a schema cannot
say which texts are refused, nor which ids there are."""


def to_be_tried(told: dict[str, Any]) -> dict[str, Any]:
    """The schema as it is to somebody signed in, and without bodies of YAML: any text is one."""
    tried = copy.deepcopy(told)
    for methods in tried["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
            operation.get("requestBody", {"content": {}})["content"].pop("application/yaml", None)
    return tried


TOLD = schemathesis.openapi.from_dict(to_be_tried(schema()))
TOLD.app = application
SAID = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Keep the test's connection at the end of a request, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def can_be_wrong(method: str, route: Route) -> bool:
    """Whether a request could break the schema at all."""
    operation = schema()["paths"][route.address][method.lower()]
    parameters = [one["schema"] for one in operation.get("parameters", [])]
    return "requestBody" in operation or any(one != {"type": "string"} for one in parameters)


RIGHT = [(*one, GenerationMode.POSITIVE) for one in operations()]
WRONG = [(*one, GenerationMode.NEGATIVE) for one in operations() if can_be_wrong(*one)]
TRIED = [
    pytest.param(*one, id=f"{one[2].value} {one[0]} {one[1].address}") for one in RIGHT + WRONG
]


@pytest.mark.parametrize(("method", "route", "mode"), TRIED)
def test_answers_are_as_the_schema_says(
    world: World, method: str, route: Route, mode: GenerationMode
) -> None:
    operation = TOLD[route.address][method]
    token = Token.objects.create(user=whoever_may(world, route))
    own = world.objects(route.address)[whose_own(world, route)] if route.names else {}

    @SAID
    @given(
        operation.as_strategy(generation_mode=mode), st.booleans() if own else st.just(value=False)
    )
    def run(case: Any, of_own: bool) -> None:
        checks = CHECKS
        if of_own:
            case.path_parameters = own
            # What was wrong may have been the address.
            checks = [check for check in CHECKS if check is not negative_data_rejection]
        with undone():
            response = case.call(headers={"Authorization": f"Token {token.key}"})
        case.validate_response(response, checks=checks)

    run()
