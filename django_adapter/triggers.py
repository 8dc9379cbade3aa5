"""Triggers of the database that keep `Block` exact, whoever writes posts and in whatever way.

A group's first block is the lock under which its posts are counted, so two transactions never count
at once. A block that is full ends above every post that there is by then, also above those that
wait to be counted; so a new block has nothing to count when it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from django_adapter.models import Block, Post

BLOCK = 1000
"""How many posts a block holds when it ends."""
FIRST = -(2**63)
"""Where the first block of every group begins."""
PREFIX = "badge_engine_posts_"

_POST, _BLOCK = Post._meta.db_table, Block._meta.db_table  # noqa: SLF001 - documented by Django

# PostgreSQL: one trigger for each statement. `added` and `removed` are the rows it wrote.
_SHOWN = """SELECT "group", id, {step} AS step FROM {rows} WHERE state = 'shown'"""
_ADDED = _SHOWN.format(step=1, rows="added")
_REMOVED = _SHOWN.format(step=-1, rows="removed")
_MOVED = f"""SELECT "group", id, sum(step) AS step FROM ({_ADDED} UNION ALL {_REMOVED}) AS each_row
    GROUP BY "group", id HAVING sum(step) <> 0"""  # noqa: S608 - names of our own

_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $counting$
DECLARE
    owner text;
BEGIN
    FOR owner IN SELECT DISTINCT "group" FROM ({counted}) AS counted ORDER BY "group" LOOP
        PERFORM FROM {block} WHERE "group" = owner AND first_id = {first} FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            INSERT INTO {block} ("group", first_id, posts) VALUES (owner, {first}, 0)
                ON CONFLICT DO NOTHING;
            PERFORM FROM {block} WHERE "group" = owner AND first_id = {first} FOR NO KEY UPDATE;
        END IF;
        UPDATE {block} AS block SET posts = posts + counted.step
        FROM (
            SELECT (
                SELECT id FROM {block}
                WHERE "group" = owner AND first_id <= each_post.id ORDER BY first_id DESC LIMIT 1
            ) AS id, sum(step) AS step
            FROM ({counted}) AS each_post WHERE "group" = owner GROUP BY 1
        ) AS counted
        WHERE block.id = counted.id;
        INSERT INTO {block} ("group", first_id, posts)
        SELECT owner, (SELECT max(id) + 1 FROM {post}), 0 WHERE {size} <= (
            SELECT posts FROM {block} WHERE "group" = owner ORDER BY first_id DESC LIMIT 1
        );
        IF FOUND THEN
            -- A transaction that cannot see the new block must fail, and not count elsewhere.
            UPDATE {block} SET posts = posts WHERE "group" = owner AND first_id = {first};
        END IF;
    END LOOP;
    RETURN NULL;
END $counting$
"""

_TRUNCATED = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $counting$
BEGIN
    DELETE FROM {block};
    RETURN NULL;
END $counting$
"""

_REFERENCING = "REFERENCING {} FOR EACH STATEMENT"
_POSTGRESQL: Mapping[str, tuple[str, str, str, str]] = {
    "added": ("INSERT", _REFERENCING.format("NEW TABLE AS added"), _FUNCTION, _ADDED),
    "moved": (
        "UPDATE",
        _REFERENCING.format("NEW TABLE AS added OLD TABLE AS removed"),
        _FUNCTION,
        _MOVED,
    ),
    "removed": ("DELETE", _REFERENCING.format("OLD TABLE AS removed"), _FUNCTION, _REMOVED),
    "truncated": ("TRUNCATE", "FOR EACH STATEMENT", _TRUNCATED, ""),
}

# SQLite: one trigger for each row, and one writer at a time.
_COUNT = """
    UPDATE {block} SET posts = posts {step} WHERE id = (
        SELECT id FROM {block} WHERE "group" = {row}."group" AND first_id <= {row}.id
        ORDER BY first_id DESC LIMIT 1
    );
"""
_BEGIN_BLOCKS = """
    INSERT INTO {block} ("group", first_id, posts) SELECT NEW."group", {first}, 0
    WHERE NOT EXISTS (SELECT 1 FROM {block} WHERE "group" = NEW."group");
"""
_END_BLOCK = """
    INSERT INTO {block} ("group", first_id, posts)
    SELECT NEW."group", (SELECT max(id) + 1 FROM {post}), 0 WHERE {size} <= (
        SELECT posts FROM {block} WHERE "group" = NEW."group" ORDER BY first_id DESC LIMIT 1
    );
"""
_ADD = f"{_BEGIN_BLOCKS} {_COUNT.replace('{row}', 'NEW').replace('{step}', '+ 1')} {_END_BLOCK}"
_REMOVE = _COUNT.replace("{row}", "OLD").replace("{step}", "- 1")
_IS, _WAS = "NEW.state = 'shown'", "OLD.state = 'shown'"
_DIFFERS = '(OLD.state, OLD."group", OLD.id) <> (NEW.state, NEW."group", NEW.id)'
_SQLITE: Mapping[str, tuple[str, str, str]] = {
    "added": ("INSERT", _IS, _ADD),
    "removed": ("DELETE", _WAS, _REMOVE),
    "left": ("UPDATE", f"{_WAS} AND {_DIFFERS}", _REMOVE),
    "came": ("UPDATE", f"{_IS} AND {_DIFFERS}", _ADD),
}


def after_migrate(*, using: str, **_: object) -> None:
    """What is to be called when the tables are there: a receiver of `post_migrate`."""
    create_triggers(using)


def create_triggers(using: str) -> None:
    """Create the triggers where they are not as they should be, and count anew what they missed.

    SQLite drops the triggers of a table that Django makes again. Where nothing is to be done no
    table is locked.
    """
    connection = connections[using]
    if not router.allow_migrate_model(using, Post):
        return
    if not {_POST, _BLOCK} <= set(connection.introspection.table_names()):
        return
    wanted = _triggers(connection)
    former = present(connection)
    if former == wanted.keys():
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        on_post = f" ON {_POST}" if connection.vendor == "postgresql" else ""
        for name in former:
            cursor.execute(f"DROP TRIGGER {name}{on_post}")
        for statements in wanted.values():
            for statement in statements:
                cursor.execute(statement)
        for group in _groups(cursor):
            recount(using, group)


def recount(using: str, group: str) -> None:
    """Count the posts of a group anew, into blocks of the usual size.

    Triggers keep blocks exact but cannot divide one that has been filled from below, as by an
    import of old ids.
    """
    blocks = Block.objects.using(using).filter(group=group)
    with transaction.atomic(using), connections[using].cursor() as cursor:
        blocks.bulk_create([Block(group=group, first_id=FIRST, posts=0)], ignore_conflicts=True)
        blocks.filter(first_id=FIRST).update(posts=0)
        blocks.filter(first_id__gt=FIRST).delete()
        cursor.execute(_divided(), [group])
        counted = dict(cursor.fetchall())
        blocks.filter(first_id=FIRST).update(posts=counted.pop(FIRST, 0))
        blocks.bulk_create(
            Block(group=group, first_id=first, posts=posts) for first, posts in counted.items()
        )


def _divided() -> str:
    return f"""
        SELECT CASE WHEN place = 0 THEN {FIRST} ELSE min(id) END, count(*) FROM (
            SELECT id, (row_number() OVER (ORDER BY id) - 1) / {BLOCK} AS place
            FROM {_POST} WHERE "group" = %s AND state = 'shown'
        ) AS placed GROUP BY place
    """  # noqa: S608 - names of our own


def _triggers(connection: BaseDatabaseWrapper) -> dict[str, Sequence[str]]:
    """The statements that make each trigger, by its name, which tells what it says."""
    made = _on_postgresql() if connection.vendor == "postgresql" else _on_sqlite()
    return dict(made)


def _on_postgresql() -> Sequence[tuple[str, Sequence[str]]]:
    triggers = []
    for kind, (operation, of_what, template, counted) in _POSTGRESQL.items():
        function = f"{PREFIX}{kind}"
        body = template.format(name=function, counted=counted, **_parts())
        name = _named(function, body)
        trigger = f"CREATE TRIGGER {name} AFTER {operation} ON {_POST} {of_what}"
        triggers.append((name, [body, f"{trigger} EXECUTE FUNCTION {function}()"]))
    return triggers


def _on_sqlite() -> Sequence[tuple[str, Sequence[str]]]:
    triggers = []
    for kind, (operation, condition, template) in _SQLITE.items():
        body = template.format(**_parts())
        name = _named(f"{PREFIX}{kind}", condition + body)
        head = f"CREATE TRIGGER {name} AFTER {operation} ON {_POST} FOR EACH ROW"
        triggers.append((name, [f"{head} WHEN {condition} BEGIN {body} END"]))
    return triggers


def _parts() -> dict[str, Any]:
    return {"post": _POST, "block": _BLOCK, "first": FIRST, "size": BLOCK}


def _named(name: str, text: str) -> str:
    return f"{name}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that are there."""
    asked = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor], [_POST])
        return {name for (name,) in cursor.fetchall() if name.startswith(PREFIX)}


def _groups(cursor: Any) -> list[str]:  # noqa: ANN401 - of any backend
    cursor.execute(f'SELECT "group" FROM {_POST} UNION SELECT "group" FROM {_BLOCK}')  # noqa: S608 - names of our own
    return [group for (group,) in cursor.fetchall()]
