"""What other processes do in tests of a store; imports little, for each starts anew."""

from __future__ import annotations

import os
import signal
from threading import Barrier

from badge_engine.errors import ConcurrentUpdate
from badge_engine.events import Event
from badge_engine.ports import Standing, Writes
from badge_engine.stores.sqlalchemy import SqlStore

ROUNDS = 50


def count_up(url: str, who: int, together: Barrier) -> None:
    """Take the count from the standing and put back one more, many times."""
    store = SqlStore(url)
    store.users()
    together.wait()
    for turn in range(ROUNDS):
        count(store, f"{who}-{turn}")
    store.close()


def count(store: SqlStore, id: str) -> None:
    """Count an event, however often the store gives way."""
    while not _counted(store, id):
        pass


def _counted(store: SqlStore, id: str) -> bool:
    event = Event.create(id=id, user="ann", type="workout", day="2026-01-05")
    try:
        with store.transaction("ann", [id]) as transaction:
            if id in transaction.known:
                return True
            before = int(transaction.standing.states) if transaction.standing else 0
            standing = Standing("rules", b"%d" % (before + 1))
            transaction.save(Writes(events=[event], standing=standing))
    except ConcurrentUpdate:
        return False
    return True


def die_in_a_transaction(url: str, _: int, together: Barrier) -> None:
    """Be killed after everything was written and before it was committed."""
    event = Event.create(id="unsaved", user="ann", type="workout", day="2026-01-05")
    with SqlStore(url).transaction("ann") as transaction:
        transaction.save(Writes(events=[event]))
        list(transaction.events())
        together.wait()
        os.kill(os.getpid(), signal.SIGKILL)
