"""The store keeps the contract, in transactions of its own and inside the caller's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from badge_engine.testing import StoreConformance
from django_adapter.models import EventRow, Person
from django_adapter.store import DjangoStore
from django_adapter.store.statements import OF_ONE_PERSON


@pytest.fixture
def alone(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[DjangoStore]:
    """The store in autocommit, empty; emptied again in less time than `transactional_db` takes."""
    with django_db_blocker.unblock():
        yield DjangoStore()
        for model in (*OF_ONE_PERSON, Person):
            model.objects.all().delete()


class DjangoConformance(StoreConformance):
    one_writer_at_a_time = connection.vendor == "sqlite"

    def spoil(self, store: Any, user: str, event_id: str) -> None:
        EventRow.objects.filter(person__key=user, event_id=event_id).update(data="{")


class TestAlone(DjangoConformance):
    @pytest.fixture
    def store(self, alone: DjangoStore) -> DjangoStore:
        return alone
