"""The backend that is measured: the host project of the tests, in a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.management import call_command
from django.db import connections
from sqlalchemy import make_url

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django.host.settings"
os.environ["BADGE_ENGINE_TEST_DATABASE"] = "postgresql"
django.setup()


@contextmanager
def backend(database: str) -> Iterator[None]:
    """The backend with its tables in an empty database."""
    url = make_url(database)
    connections["default"].settings_dict.update(
        NAME=url.database,
        HOST=str(url.query.get("host", url.host) or ""),
        PORT=str(url.query.get("port", url.port) or ""),
        USER=url.username or "",
        PASSWORD=url.password or "",
        CONN_MAX_AGE=None,
    )
    call_command("migrate", verbosity=0)
    yield
    connections.close_all()
