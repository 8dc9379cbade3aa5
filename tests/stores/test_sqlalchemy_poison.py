"""What others may do to the tables of the SQLAlchemy store."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from badge_engine.stores.sqlalchemy import SqlStore
from tests.stores.spoiled import CHANGES, Spoil, SpoiledRows, assert_left_out

END_OF_A_DAY = {"the end of a day": "clock = '24:00'"}
"""PostgreSQL has such a time, and gives it to whoever asks for text."""


@pytest.fixture
def spoil(store: SqlStore) -> Callable[[str, str], None]:
    def do(change: str, table: str) -> None:
        statement = f"UPDATE badge_{table} SET {change} WHERE event_id = 'spoiled'"  # noqa: S608 - on purpose
        with store.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    return do


class TestSpoiledRows(SpoiledRows):
    @pytest.mark.parametrize(
        ("store", "change"),
        [
            pytest.param(database, change, id=f"{database}: {what}")
            for database, own in (("postgresql", END_OF_A_DAY), ("sqlite", {}))
            for what, change in {**CHANGES[database], **own}.items()
        ],
        indirect=["store"],
    )
    def test_an_unreadable_event_is_left_out_everywhere(
        self, store: SqlStore, spoil: Spoil, change: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert_left_out(store, spoil, change, caplog)
