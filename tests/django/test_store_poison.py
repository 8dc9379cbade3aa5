"""What others may do to the tables of the adapter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection

from django_adapter.models import AuditRow, AwardRow, EventRow
from django_adapter.store import DjangoStore
from tests.stores.spoiled import CHANGES, Spoil, SpoiledRows, assert_left_out

POSSIBLE = CHANGES[settings.DATABASE]
TABLES = {"events": EventRow, "awards": AwardRow, "audit": AuditRow}


@pytest.fixture
def spoil(store: DjangoStore) -> Callable[[str, str], None]:
    def do(change: str, table: str) -> None:
        name = TABLES[table]._meta.db_table  # noqa: SLF001 - documented by Django
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {name} SET {change} WHERE event_id = 'spoiled'")  # noqa: S608 - on purpose

    return do


class TestSpoiledRows(SpoiledRows):
    @pytest.mark.parametrize("change", POSSIBLE.values(), ids=POSSIBLE.keys())
    def test_an_unreadable_event_is_left_out_everywhere(
        self, store: DjangoStore, spoil: Spoil, change: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert_left_out(store, spoil, change, caplog)
