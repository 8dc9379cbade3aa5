"""The host's database: PostgreSQL unless BADGE_ENGINE_TEST_DATABASE says sqlite.

Django is set up here and not by a setting of pytest, so that other tests do not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.host.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from sqlalchemy import make_url

from django_adapter.models import Person
from django_adapter.store import DjangoStore
from django_adapter.store.statements import OF_ONE_PERSON
from tests.django.club import Club
from tests.postgres_databases import empty_database


@pytest.fixture(scope="session")
def host_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """What Django has to know of a new database, which ends whoever is still connected."""
    if settings.DATABASE == "sqlite":
        yield {"NAME": str(tmp_path_factory.mktemp("host") / "host.sqlite3")}
        return
    with empty_database(request.getfixturevalue("postgres_server")) as text:
        url = make_url(text)
        yield {
            "NAME": url.database or "",
            "HOST": str(url.query.get("host", url.host) or ""),
            "PORT": str(url.query.get("port", url.port) or ""),
            "USER": url.username or "",
            "PASSWORD": url.password or "",
        }


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    host_database: dict[str, str],
) -> Iterator[None]:
    """The host's tables, in place of what pytest-django would create and could not always drop."""
    connections["default"].settings_dict.update(host_database)
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[DjangoStore]:
    """The store where transactions are real; nobody is in it, and nobody is left."""
    with django_db_blocker.unblock():
        yield DjangoStore()
        remove_everybody()


@pytest.fixture
def club(db: None) -> Club:
    """Two trainers with their trainees, and everybody else whom permissions tell apart."""
    return Club.founded()


@pytest.fixture
def real_club(transactional_db: None) -> Club:
    """The same where transactions are real, for what happens at their end."""
    return Club.founded()


def remove_everybody() -> None:
    """Make the tables of the store empty, in less time than pytest-django empties all."""
    for model in (*OF_ONE_PERSON, Person):
        model.objects.all().delete()
