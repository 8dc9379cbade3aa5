"""The tables, the same for PostgreSQL and SQLite; what each index is for stands beside it.

Instants are microseconds since 1970-01-01 UTC. Texts that have an order compare by their bytes.
Tables refer to users by number and without foreign keys: whoever writes holds the lock on the
user's row, and a check of it for each event would cost more than the event.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Time,
    UniqueConstraint,
    column,
    event,
    func,
    insert,
    select,
    text,
)

from badge_engine.errors import SchemaMismatch

VERSION = 1

metadata = MetaData(
    naming_convention={"pk": "%(table_name)s_pkey", "uq": "%(table_name)s_%(column_0_name)s_key"}
)

# SQLite numbers rows by itself only where the type is INTEGER, and gives no number twice only where
# it is told so; it compares by bytes as it is.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_KEY = Text().with_variant(Text(collation="C"), "postgresql")

schema = Table("badge_schema", metadata, Column("version", Integer, primary_key=True))

# The hot row: locked, read and written by every operation. Its two indexes find it by number and
# by key and hold nothing that changes, so a new version may stay on the page of the old one.
users = Table(
    "badge_users",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("key", _KEY, nullable=False, unique=True),
    Column("rules", Text),
    Column("states", LargeBinary),
    sqlite_autoincrement=True,
)

# A withdrawn id is a row without an instant. The primary key finds ids that come again; one index
# gives canonical order, its end for what came after a checkpoint and for the newest event; the
# other the newest zone, also where a user has none in a history of any length.
events = Table(
    "badge_events",
    metadata,
    Column("user_number", BigInteger, primary_key=True),
    Column("event_id", _KEY, primary_key=True),
    Column("type", Text),
    Column("instant", BigInteger),
    Column("day", Date),
    Column("clock", Time),
    Column("zone", Text),
    Column("data", Text),
    Index("badge_events_order", "user_number", "instant", "event_id"),
    Index(
        "badge_events_zone",
        "user_number",
        "instant",
        "event_id",
        postgresql_where=column("zone").is_not(None),
        sqlite_where=column("zone").is_not(None),
    ),
)

# `number` is for tables of a host that refer to awards; an award keeps it for good. The key finds
# awards that are put again, and all of a user; the order those decided after a checkpoint. Awards
# that are not earned are few and wanted with every late change: they have an index of their own.
awards = Table(
    "badge_awards",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("user_number", BigInteger, nullable=False),
    Column("badge", _KEY, nullable=False),
    Column("tier", _KEY, nullable=False, comment="empty for a badge without tiers"),
    Column("occurrence", BigInteger, nullable=False),
    Column("earned_at", BigInteger, nullable=False),
    Column("earned_on", Date, nullable=False),
    Column("event_id", _KEY, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("rule_version", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("celebrate", Boolean, nullable=False),
    Column("seen_at", BigInteger),
    UniqueConstraint("user_number", "badge", "tier", "occurrence"),
    Index("badge_awards_order", "user_number", "earned_at", "event_id"),
    Index(
        "badge_awards_lost",
        "user_number",
        postgresql_where=column("status") != text("'earned'"),
        sqlite_where=column("status") != text("'earned'"),
    ),
    sqlite_autoincrement=True,
)

# Only ever read for one user, from the oldest entry on.
audit = Table(
    "badge_audit",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("user_number", BigInteger, nullable=False),
    Column("badge", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("occurrence", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("event_id", Text),
    Column("rule_version", Text),
    Index("badge_audit_order", "user_number", "number"),
)

# A user has a dozen checkpoints: walking back over their numbers finds the one before a position.
checkpoints = Table(
    "badge_checkpoints",
    metadata,
    Column("user_number", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("instant", BigInteger, nullable=False),
    Column("event_id", _KEY, nullable=False),
    Column("states", LargeBinary, nullable=False),
)

large_states = Table(
    "badge_large_states",
    metadata,
    Column("user_number", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("states", LargeBinary, nullable=False),
)

OF_ONE_USER = (events, awards, audit, checkpoints, large_states)
"""What is removed with a user."""

# States come compressed: another attempt would only cost time. The hot row stays in one piece, and
# half of its page is left to its next version.
_EXTERNAL = "ALTER TABLE %(table)s ALTER COLUMN states SET STORAGE EXTERNAL"
_ROOMY = "ALTER TABLE %(table)s SET (fillfactor = 50, toast_tuple_target = 8160)"


def _after_creation(table: Table, statement: str) -> None:
    made = DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy has not typed it
    event.listen(table, "after_create", made.execute_if(dialect="postgresql"))


for _table in (users, checkpoints, large_states):
    _after_creation(_table, _EXTERNAL)
_after_creation(users, _ROOMY)


def create_tables(connection: Connection) -> None:
    """Create what is missing; SchemaMismatch where tables of another version are in the way."""
    metadata.create_all(connection)
    version = connection.scalar(select(func.max(schema.c.version)))
    if version is None:
        connection.execute(insert(schema).values(version=VERSION))
    else:
        require_version(version)


def require_version(version: int | None) -> None:
    """Refuse tables that another version of the library made; None stands for no version."""
    if version != VERSION:
        raise SchemaMismatch(
            f"the tables have version {version!r}, this library needs {VERSION!r}: use the "
            "library that made them, or another database and `badge-engine db init --db …`"
        )
