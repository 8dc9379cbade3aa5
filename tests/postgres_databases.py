"""Databases for tests and measurements, on a PostgreSQL server at hand or on a private one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests.postgres import PORT, NoPostgres, PrivateServer


def server_url(folder: Path) -> str:
    """The URL of a server on which databases may be created.

    That of DATABASE_URL, or one on the usual port, or a private one in a folder, started if need
    be; NoPostgres where there is none.
    """
    named = os.environ.get("DATABASE_URL", "")
    if named.startswith("postgres"):
        if not may_create(named):
            raise NoPostgres("the user of DATABASE_URL may not create databases; let it")
        return named
    for nearby in (
        f"postgresql:///postgres?port={PORT}",
        f"postgresql://localhost:{PORT}/postgres",
    ):
        for url in (nearby, f"{nearby}{'&' if '?' in nearby else '?'}user=postgres"):
            if may_create(url):
                return url
    server = PrivateServer(folder)
    server.ensure()
    return server.url


def may_create(url: str) -> bool:
    """Whether a server answers and lets us create databases."""
    asked = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with administration(url) as connection:
            return bool(connection.scalar(text(asked)))
    except OperationalError:
        return False


@contextmanager
def administration(url: str) -> Iterator[Connection]:
    """A connection on which every statement is a transaction of its own."""
    psycopg2 = make_url(url).set(drivername="postgresql+psycopg2")
    engine = create_engine(psycopg2, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """The URL of a new database on a server, which is dropped in the end."""
    name = f"badge_test_{os.getpid()}_{secrets.token_hex(4)}"
    with administration(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with administration(server) as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
