"""How often the store asks the database, and for what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from badge_engine import Engine, RuleSet
from badge_engine.ports import Writes
from badge_engine.testing.conformance.base import audited, award, checkpoint, event, save, viewed
from django_adapter.store import DjangoStore
from tests.faults.rounds import NOW, rules_of

AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET TRANSACTION")
OURS = "badge_engine_"


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database, but for what only surrounds it: the verb and the table."""
    asked: list[str] = []
    with sent() as texts:
        yield asked
    for text in "; ".join(texts).split("; "):
        words = text.replace('"', "").split()
        asked.append(f"{words[0]} {next(word for word in words if word.startswith(OURS))}")


@contextmanager
def sent() -> Iterator[list[str]]:
    """What is sent to the database, perhaps several statements at once."""
    texts: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield texts
    texts += [query["sql"] for query in captured if not query["sql"].startswith(AROUND)]


def lock_of(vendor: str) -> str:
    return {"postgresql": "SELECT", "sqlite": "UPDATE"}[vendor] + " badge_engine_person"


def badges(count: int) -> RuleSet:
    """As many badges, all of them earned by the third workout."""
    rule = {"type": "count", "event": "workout", "at_least": 3}
    return rules_of(**{f"badge-{number}": {"rule": rule} for number in range(count)})


@pytest.mark.parametrize("awards", [1, 10])
def test_an_event_that_earns_awards_takes_five_statements_however_many(
    store: DjangoStore, awards: int
) -> None:
    engine = Engine(store, badges(awards), clock=lambda: NOW)
    engine.record_many([event("a", 1), event("b", 2)])
    with transaction.atomic(), statements() as asked:
        assert len(engine.record(event("c", 3)).changes) == awards
    assert asked == [
        lock_of(connection.vendor),
        "SELECT badge_engine_event",
        "INSERT badge_engine_event",
        "UPDATE badge_engine_person",
        "INSERT badge_engine_award",
    ]


def test_what_is_written_is_sent_together_where_that_can_be(store: DjangoStore) -> None:
    engine = Engine(store, badges(10), clock=lambda: NOW)
    engine.record_many([event("a", 1), event("b", 2)])
    with sent() as texts:
        engine.record(event("c", 3))
    assert len(texts) == {"postgresql": 3, "sqlite": 5}[connection.vendor]


def test_an_event_that_earns_nothing_takes_four_statements(store: DjangoStore) -> None:
    engine = Engine(store, badges(1), clock=lambda: NOW)
    engine.record(event("a", 1))
    with statements() as asked:
        engine.record(event("b", 2))
    assert len(asked) == 4


def test_an_event_that_was_recorded_before_is_only_looked_up(store: DjangoStore) -> None:
    engine = Engine(store, badges(1), clock=lambda: NOW)
    engine.record(event("a", 1))
    with statements() as asked:
        assert engine.record(event("a", 1)).outcomes[0].result == "unchanged"
    assert asked == [lock_of(connection.vendor), "SELECT badge_engine_event"]


def test_a_change_of_a_recent_event_takes_seven_statements(store: DjangoStore) -> None:
    """Beside the four: the checkpoint, and the events and awards after it."""
    engine = Engine(store, badges(1), clock=lambda: NOW)
    day = timedelta(days=1)
    past = [event(f"{number}", 24 * 60 * number) for number in range(20)]
    engine.record_many([one for one in past if one.at < NOW - day])
    with statements() as asked:
        engine.amend(event("19", 24 * 60 * 19, minutes=30))
    assert asked == [
        lock_of(connection.vendor),
        "SELECT badge_engine_event",
        "SELECT badge_engine_checkpoint",
        "SELECT badge_engine_event",
        "SELECT badge_engine_award",
        "INSERT badge_engine_event",
        "UPDATE badge_engine_person",
    ]


def test_nothing_is_written_where_there_is_nothing_to_write(store: DjangoStore) -> None:
    save(store, Writes(events=[event()]))
    with statements() as asked:
        save(store, Writes())
    assert asked == [lock_of(connection.vendor)]


def test_a_view_asks_for_the_user_and_for_what_is_wanted(store: DjangoStore) -> None:
    save(store, Writes(events=[event()], awards=[award()]))
    with statements() as asked, store.view("ann") as view:
        assert view.standing is None
        assert len(view.awards()) == 1
    assert asked == ["SELECT badge_engine_person", "SELECT badge_engine_award"]


def test_a_thousand_of_each_take_few_statements(store: DjangoStore) -> None:
    numbers = range(1, 1001)
    writes = Writes(
        events=[event(f"{number}", number) for number in numbers],
        withdrawn=[f"gone {number}" for number in numbers],
        awards=[award("a", None, number) for number in numbers],
        audit=[audited(hour=number) for number in numbers],
        checkpoints=[checkpoint(number, number) for number in numbers],
    )
    with statements() as asked:
        save(store, writes)
    per_statement = connection.features.max_query_params
    assert len(asked) < (15 if per_statement is None else 90)
    assert len(viewed(store).ids) == 1000
