"""The store keeps the contract, in transactions of its own and inside the caller's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from badge_engine.testing import StoreConformance
from django_adapter.models import EventRow
from django_adapter.store import DjangoStore
from django_adapter.store.store import DjangoTransaction, DjangoView

OF_SEVERAL_CONNECTIONS = {
    "test_a_save_between_two_events_of_a_view_does_not_show",
    "test_a_second_transaction_on_a_user_waits_and_then_reads",
    "test_a_transaction_does_not_wait_for_a_view",
    "test_a_transaction_on_another_user_does_not_wait",
    "test_a_transaction_that_waits_goes_on_after_an_exception",
    "test_a_user_is_free_again_after_a_transaction_without_a_save",
    "test_a_user_is_free_again_after_an_exception",
    "test_a_view_does_not_wait_for_a_transaction",
    "test_a_view_of_an_unknown_user_shows_one_moment",
    "test_a_view_outlives_the_user",
    "test_a_view_shows_one_moment_whatever_is_saved_later",
    "test_erasing_waits_for_what_runs_on_the_user",
    "test_many_users_at_once_each_lose_nothing",
    "test_no_update_is_lost",
    "test_nothing_is_there_for_others_before_the_transaction_has_ended",
    "test_two_views_show_each_its_own_moment",
}


class OfManyThreads(DjangoStore):
    """Closes the connections of other threads, of which the kit does not know."""

    @contextmanager
    def transaction(self, user: str, ids: Sequence[str] = ()) -> Iterator[DjangoTransaction]:
        with closed(), super().transaction(user, ids) as transaction:
            yield transaction

    @contextmanager
    def view(self, user: str) -> Iterator[DjangoView]:
        with closed(), super().view(user) as view:
            yield view


@contextmanager
def closed() -> Iterator[None]:
    try:
        yield
    finally:
        if current_thread() is not main_thread():
            connections.close_all()


class DjangoConformance(StoreConformance):
    one_writer_at_a_time = settings.DATABASE == "sqlite"

    def spoil(self, store: Any, user: str, event_id: str) -> None:
        EventRow.objects.filter(person__key=user, event_id=event_id).update(data="{")


class TestInAutocommit(DjangoConformance):
    @pytest.fixture
    def store(self, store: DjangoStore) -> DjangoStore:
        return OfManyThreads()


class TestInsideTheCallersTransaction(DjangoConformance):
    @pytest.fixture
    def store(self, store: DjangoStore, request: pytest.FixtureRequest) -> Iterator[DjangoStore]:
        if request.node.originalname in OF_SEVERAL_CONNECTIONS:
            pytest.skip("other connections do not see what a caller has not committed")
        with transaction.atomic():
            yield store
            assert not connection.needs_rollback
            transaction.set_rollback(True)


def test_the_tests_run_on_the_database_that_was_asked_for() -> None:
    assert connection.vendor == settings.DATABASE
