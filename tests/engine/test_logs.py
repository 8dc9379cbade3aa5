"""What the library logs: which user and how many, and never anything of the data of events."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

import pytest

from badge_engine.engine.engine import Changed
from badge_engine.errors import ConcurrentUpdate
from badge_engine.events import Event
from badge_engine.ports import Store
from tests.engine.builders import Badge, Desk, badge
from tests.engine.test_faults import spoil, spoil_states

WEIGHT, NOTE = 71.4358, "sore-knee-again"
SECRETS = ("71.4358", "71.4", NOTE, "2026-01-0")
"""Of events: readings, texts, days."""


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that the library says at any level."""
    with caplog.at_level(logging.DEBUG, logger="badge_engine"):
        yield caplog


CLOCKS = ("created", "msecs", "relativeCreated", "thread", "process")
"""Numbers of the moment, in which any digits may occur."""


def text_of(record: logging.LogRecord) -> str:
    """A record with all that a formatter might print of it."""
    told = {name: value for name, value in record.__dict__.items() if name not in CLOCKS}
    parts = [record.getMessage(), repr(record.args), repr(told)]
    if record.exc_info is not None:
        parts += traceback.format_exception(*record.exc_info)
    return "\n".join(parts)


def weigh_ins(desk: Desk, *days: int) -> list[Event]:
    return [desk.event(day, "weigh_in", weight=WEIGHT, note=NOTE) for day in days]


def assert_discreet(records: list[logging.LogRecord]) -> None:
    told = "\n".join(text_of(one) for one in records if one.name.startswith("badge_engine"))
    assert [secret for secret in SECRETS if secret in told] == []


def upset(changed: Changed) -> None:
    raise RuntimeError(f"no post for {len(changed.changes)} awards")


def readings(at_least: int = 1) -> Badge:
    return badge("light", event="weigh_in", at_least=at_least, repeat=True)


def test_a_day_in_the_life_of_an_engine_is_logged_without_data(
    store: Store, logged: pytest.LogCaptureFixture
) -> None:
    desk = Desk(store, readings(), today=9, after_commit=upset)
    desk.engine.record_many(weigh_ins(desk, 1, 2, 3))
    desk.engine.record_many(weigh_ins(desk, 1))
    desk.engine.record_many([desk.event(5, "weigh_in", id="weigh_in-1", weight=WEIGHT)])
    desk.engine.record_many([desk.event(6, "weigh_in", weight=NOTE)])
    desk.engine.record_many([desk.event(40, "weigh_in", weight=WEIGHT, note=NOTE)])
    desk.engine.amend(desk.event(5, "weigh_in", id="weigh_in-1", weight=WEIGHT, note=NOTE))
    desk.undo(2, type="weigh_in")
    desk.edit(readings(2))
    desk.engine.renew(desk.user)
    desk.edit(readings(3))
    desk.engine.reconcile(desk.user, repair=True)
    desk.engine.progress(desk.user)
    desk.engine.explain(desk.user, "light")
    desk.engine.export(desk.user)
    desk.engine.erase(desk.user)
    assert {one.levelname for one in logged.records} >= {"INFO", "WARNING", "ERROR"}
    assert_discreet(logged.records)


def test_giving_way_is_logged_without_data(
    impatient: Store, logged: pytest.LogCaptureFixture
) -> None:
    desk = Desk(impatient, readings())
    with impatient.transaction(desk.user):
        batch = desk.engine.record_many(weigh_ins(desk, 1))
    (outcome,) = batch.outcomes
    assert outcome.result == "failed"
    assert isinstance(outcome.error, ConcurrentUpdate)
    assert not [secret for secret in SECRETS if secret in str(outcome.error)]
    assert len(logged.records) > 3
    assert_discreet(logged.records)


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_spoiled_rows_are_logged_without_what_they_hold(
    store: Store, logged: pytest.LogCaptureFixture
) -> None:
    desk = Desk(store, readings(), today=9)
    desk.engine.record_many(weigh_ins(desk, 1, 2))
    spoil(store, desk.user, "weigh_in-1", data=f'{{"weight": {WEIGHT}, "note": "{NOTE}')
    desk.engine.record_many(weigh_ins(desk, 1, 3))
    spoil(store, desk.user, "weigh_in-2", data=f'["{NOTE}", {WEIGHT}]')
    desk.events()
    desk.engine.reconcile(desk.user, repair=True)
    spoil_states(store, desk.user, "badge_users", f'["{NOTE}", {WEIGHT}'.encode())
    desk.engine.record_many(weigh_ins(desk, 4))
    assert len([one for one in logged.records if one.levelname == "WARNING"]) > 2
    assert_discreet(logged.records)
