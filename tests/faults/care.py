"""Backfill and reconcile in a process of their own, beside live traffic.

Whatever reconcile finds of users who stand by the present rules is wrong at any moment.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from time import sleep
from typing import Literal

from badge_engine.backfill import backfill, reconcile
from badge_engine.engine.engine import Engine
from badge_engine.errors import StoreError
from badge_engine.stores.sqlalchemy import SqlStore
from tests.faults.plan import START
from tests.faults.worker import PAUSE, first_book, note_in_host

Care = Literal["backfill", "reconcile", "repair"]
LATER = timedelta(days=3650)


@dataclass(frozen=True)
class CareOrders:
    """What to do; `number` is another one for each process."""

    folder: Path
    url: str
    number: int
    care: Care
    lock_timeout: float

    @property
    def report(self) -> Path:
        return self.folder / f"care-{self.number}.report"


def carer(orders: CareOrders) -> Engine:
    """An engine whose clock never says the same twice."""
    ticks = count()

    def tick() -> datetime:
        return START + LATER + timedelta(seconds=orders.number, microseconds=next(ticks))

    store = SqlStore(orders.url, lock_timeout=orders.lock_timeout)
    return Engine(store, first_book(orders.folder), clock=tick, within=note_in_host)


def care(orders: CareOrders) -> str:
    """A line for each thing that was found and should not be there."""
    engine = carer(orders)
    while True:
        try:
            if orders.care == "backfill":
                return fill(engine)
            return compare(engine, repair=orders.care == "repair")
        except StoreError:
            sleep(PAUSE)


def fill(engine: Engine) -> str:
    """Bring the rules to everybody, again to those whose turn failed."""
    failed: list[str] | None = None
    while failed is None or failed:
        failed = list(backfill(engine, failed).failed)
    return ""


def compare(engine: Engine, *, repair: bool = False) -> str:
    found = defaultdict(list)
    for user, difference in reconcile(engine, repair=repair):
        found[user].append(difference)
    return "".join(
        f"user {user!r}, beside live traffic: {difference}\n"
        for user, differences in found.items()
        if all(difference.kind != "rules" for difference in differences)
        for difference in differences
    )


def main(orders: CareOrders) -> None:
    try:
        orders.report.write_text(care(orders))
    except Exception:
        orders.report.write_text(traceback.format_exc())
        raise
