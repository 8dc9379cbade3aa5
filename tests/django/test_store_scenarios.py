"""The corpus of scenarios holds for the engine over the host's database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from django_adapter.store import DjangoStore
from tests.django.conftest import remove_everybody
from tests.engine.judge import Judge
from tests.test_scenarios import (
    test_a_scenario_is_awarded_as_it_expects,
    test_a_scenario_shows_the_progress_it_expects,
    test_awards_are_derived_in_every_field,
    test_progress_is_derived_in_every_field,
)

__all__ = [
    "test_a_scenario_is_awarded_as_it_expects",
    "test_a_scenario_shows_the_progress_it_expects",
    "test_awards_are_derived_in_every_field",
    "test_progress_is_derived_in_every_field",
]


@pytest.fixture(scope="module")
def evaluator(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Judge]:
    """The engine over the store, where each case has a user of its own."""
    with django_db_blocker.unblock():
        yield Judge(DjangoStore())
        remove_everybody()
