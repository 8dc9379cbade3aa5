"""The tables: the same in both databases, asked for when missing, and found through indexes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Thread

import pytest
from sqlalchemy import Engine, Index, Table, UniqueConstraint, inspect, text, update

from badge_engine.errors import SchemaMismatch
from badge_engine.events import Event
from badge_engine.ports import Checkpoint, Standing, Writes
from badge_engine.stores.sqlalchemy import SqlStore, metadata
from badge_engine.stores.sqlalchemy.vendors import Call
from badge_engine.testing.conformance.base import award, event, instant, save, viewed
from tests.postgres import private_server
from tests.postgres_databases import empty_database
from tests.stores.databases import postgres_store

ORDERED = {
    ("badge_users", "key"),
    ("badge_events", "event_id"),
    ("badge_awards", "badge"),
    ("badge_awards", "tier"),
    ("badge_awards", "event_id"),
    ("badge_checkpoints", "event_id"),
}

MAY_BE_EMPTY = {
    "badge_schema": set[str](),
    "badge_users": {"rules", "states"},
    "badge_events": {"type", "instant", "day", "clock", "zone", "data"},
    "badge_awards": {"seen_at"},
    "badge_audit": {"event_id", "rule_version"},
    "badge_checkpoints": set[str](),
    "badge_large_states": set[str](),
}
"""All that is optional: the parts of a withdrawn event, of a user without a standing, and these."""


@dataclass(frozen=True)
class Shape:
    columns: list[str]
    key: list[str]
    indexes: set[tuple[str, ...]]


def declared(table: Table) -> Shape:
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    indexes: list[Index | UniqueConstraint] = [*table.indexes, *unique]
    return Shape(
        columns=[column.name for column in table.columns],
        key=[column.name for column in table.primary_key],
        indexes={tuple(column.name for column in one.columns) for one in indexes},
    )


def found(engine: Engine, table: str) -> Shape:
    looked = inspect(engine)
    indexes = {tuple(map(str, one["column_names"])) for one in looked.get_indexes(table)}
    unique = {tuple(one["column_names"]) for one in looked.get_unique_constraints(table)}
    return Shape(
        columns=[column["name"] for column in looked.get_columns(table)],
        key=looked.get_pk_constraint(table)["constrained_columns"],
        indexes=indexes | unique,
    )


def asked(store: SqlStore, question: str) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def test_both_databases_get_every_table(store: SqlStore) -> None:
    assert set(inspect(store.engine).get_table_names()) == set(metadata.tables)


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_a_table_has_the_columns_and_indexes_of_the_metadata(store: SqlStore, table: Table) -> None:
    assert found(store.engine, table.name) == declared(table)


def test_columns_are_empty_only_where_there_may_be_nothing(store: SqlStore) -> None:
    looked = inspect(store.engine)
    optional = {
        table: {column["name"] for column in looked.get_columns(table) if column["nullable"]}
        for table in looked.get_table_names()
    }
    assert optional == MAY_BE_EMPTY


def test_tables_are_created_once(store: SqlStore) -> None:
    save(store, Writes(events=[event()]))
    store.create_tables()
    assert viewed(store).ids == ["run"]
    assert len(asked(store, "SELECT version FROM badge_schema")) == 1


def test_many_may_create_the_tables_at_once(store: SqlStore) -> None:
    metadata.drop_all(store.engine)
    creating = [Thread(target=store.create_tables) for _ in range(8)]
    for one in creating:
        one.start()
    for one in creating:
        one.join()
    assert len(asked(store, "SELECT version FROM badge_schema")) == 1


def test_missing_tables_are_asked_for(store: SqlStore) -> None:
    metadata.drop_all(store.engine)
    with pytest.raises(SchemaMismatch, match="create them with `badge-engine db init --db …`"):
        store.users()


def other_version(store: SqlStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(metadata.tables["badge_schema"]).values(version=2))


def test_tables_of_another_version_are_not_touched(store: SqlStore) -> None:
    other_version(store)
    with pytest.raises(SchemaMismatch, match="have version 2, this library needs 1"):
        store.users()
    with pytest.raises(SchemaMismatch, match="have version 2, this library needs 1"):
        store.create_tables()


def test_a_store_finds_tables_that_were_created_after_it_looked(store: SqlStore) -> None:
    metadata.drop_all(store.engine)
    with pytest.raises(SchemaMismatch):
        store.users()
    store.create_tables()
    assert store.users() == []


def test_texts_with_an_order_compare_by_their_bytes(postgres_url: str) -> None:
    question = """
        SELECT relname, attname FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'
        JOIN pg_collation ON pg_collation.oid = attcollation
        WHERE relname LIKE 'badge_%' AND collname = 'C'
    """
    with postgres_store(postgres_url) as store:
        assert set(asked(store, question)) == ORDERED


OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database()
    AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def test_states_stay_on_the_page_of_their_user() -> None:
    """The hot row is updated in place: no index learns of it.

    On a server of its own, as long transactions of others let old versions fill the page.
    """
    with (
        private_server() as server,
        empty_database(server.url) as url,
        postgres_store(url) as store,
    ):
        for number in range(200):
            states = number.to_bytes(2) * 800
            standing = Standing("rules", states)
            save(store, Writes(events=[event(f"e{number}", number)], standing=standing))
        store.close()
        while asked(store, OTHERS) != [(0,)]:
            pass  # a connection adds to the statistics when it ends, which takes a moment
        counted = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = "
        ((updated, hot),) = asked(store, f"{counted} 'badge_users'")
    assert updated == 200
    assert hot == updated


def test_states_are_not_compressed_again(postgres_url: str) -> None:
    with postgres_store(postgres_url) as store:
        save(store, Writes(standing=Standing("rules", b"x" * 4000)))
        found = asked(store, "SELECT pg_column_size(states) FROM badge_users")
    assert found == [(4000 + 4,)]


# Without statistics, which a table lacks until PostgreSQL has looked at it, a plan is a guess. It
# must be one that reads few pages of a long history, also where it is made when there is one.

LENGTH = 5000
FEW_PAGES = 30
"""Of the 80 and more that the events fill."""

FEW = (
    "read('ann', '{e17,e18}')",
    "newest(1)",
    "newest_with_zone(1)",
    "withdrawn(1)",
    f"tail(1, {instant(LENGTH - 10)}, 'e')",
    "forget(1, '{1}')",
    f"forget_after(1, {LENGTH})",
)


def history(length: int) -> Iterable[Event]:
    return (event(f"e{minute}", minute) for minute in range(length))


@pytest.mark.parametrize("call", FEW, ids=lambda call: re.split(r"\W", call)[0])
def test_a_long_history_is_not_read_where_few_events_are_asked_for(
    postgres_url: str, call: str
) -> None:
    with postgres_store(postgres_url) as store:
        places = range(0, LENGTH, 100)
        steps = [Checkpoint(at + 1, (instant(at), f"e{at}"), b"states") for at in places]
        given = [award(occurrence=at + 1, minute=at, event=f"e{at}") for at in places]
        save(store, Writes(events=list(history(LENGTH)), checkpoints=steps, awards=given))
        store.close()
        with store.transaction("ann") as transaction:
            explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE badge_{call}"
            asking = transaction._link  # noqa: SLF001 - only there plans are made as they are
            (((answer,),),) = asking.send(Call(explained))
    read = answer["Plan"]["Shared Hit Blocks"] + answer["Plan"]["Shared Read Blocks"]
    assert 0 < read < FEW_PAGES


def test_the_number_of_an_award_is_never_given_again(store: SqlStore) -> None:
    def number() -> int:
        save(store, Writes(awards=[award()]))
        with store.engine.connect() as connection:
            return int(connection.scalar(text("SELECT number FROM badge_awards")) or 0)

    first = number()
    store.erase("ann")
    assert number() > first
