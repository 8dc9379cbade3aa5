"""Facts and awards in PostgreSQL or SQLite, through SQLAlchemy."""

from badge_engine.stores.sqlalchemy.schema import metadata
from badge_engine.stores.sqlalchemy.store import SqlStore

__all__ = ["SqlStore", "metadata"]
