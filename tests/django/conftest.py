"""The host's database: PostgreSQL unless BADGE_ENGINE_TEST_DATABASE says sqlite.

Django is set up here and not by a setting of pytest, so that other tests do not wait for it.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.host.settings")

import django

django.setup()

from django.conf import settings
from django.db import connections
from sqlalchemy import make_url

from tests.django.club import Club


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Tell Django where the server is, and start it where there is none."""
    chosen: dict[str, Any] = connections["default"].settings_dict
    if settings.DATABASE == "sqlite":
        chosen["TEST"]["NAME"] = str(tmp_path_factory.mktemp("host") / "host.sqlite3")
        return
    url = make_url(request.getfixturevalue("postgres_server"))
    chosen["HOST"] = url.query.get("host", url.host) or ""
    chosen["PORT"] = str(url.query.get("port", url.port) or "")
    chosen["USER"] = url.username or ""
    chosen["PASSWORD"] = url.password or ""


@pytest.fixture
def club(db: None) -> Club:
    """Two trainers with their trainees, and everybody else whom permissions tell apart."""
    return Club.founded()


@pytest.fixture
def real_club(transactional_db: None) -> Club:
    """The same where transactions are real, for what happens at their end."""
    return Club.founded()
