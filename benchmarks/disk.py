"""Whether commits wait for the disk: with and without, where we may choose.

Waiting is what a database in use does. Without it nothing but work is left, which is the harder
comparison for whoever does more of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.by_hand import asking

SETTINGS = ("fsync", "full_page_writes")


def with_and_without(database: str, *, ours: bool) -> Iterator[str]:
    """The words for each way, once the server of the database works that way.

    A server that is not `ours` stays as it is.
    """
    for wanted in ("on", "off") if ours else (_fsync(database),):
        if ours:
            _switch(database, wanted)
        yield f"fsync {wanted}"


def _switch(database: str, wanted: str) -> None:
    with asking(database) as cursor:
        for setting in SETTINGS:
            cursor.execute(f"ALTER SYSTEM SET {setting} = {wanted}")
        cursor.execute("SELECT pg_reload_conf()")
    while _fsync(database) != wanted:
        time.sleep(0.01)


def _fsync(database: str) -> str:
    with asking(database) as cursor:
        cursor.execute("SHOW fsync")
        return str(cursor.fetchone()[0])
