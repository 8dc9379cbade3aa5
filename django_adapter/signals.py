"""What happens when the host saves or deletes a row: it is marked, within the host's transaction.

An error here never reaches the host; `badges sync` finds what was missed.
"""

from __future__ import annotations

import logging
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from django_adapter.marks import database, mark
from django_adapter.members import key_of
from django_adapter.services import people
from django_adapter.services.evaluation import disband, follow_user, schedule, tell
from django_adapter.settings import User, settings
from django_adapter.sources import Mapped, Source, gone, read, sources, sources_of

logger = logging.getLogger("badge_engine.django")

UNREADABLE = "unreadable"
"""The digest of a row that its source could not read: it stays due until it can."""


def connect() -> None:
    """Listen to the models that have sources, their proxies, and the user model.

    Not to all models: Django deletes in bulk only what nobody listens to.
    """
    heard = {its_source.model for its_source in sources()} | {get_user_model()}
    for model in apps.get_models():
        if model in heard or model._meta.concrete_model in heard:  # noqa: SLF001 - documented
            post_save.connect(_saved, sender=model, dispatch_uid="badge_engine_saved")
            post_delete.connect(_deleted, sender=model, dispatch_uid="badge_engine_deleted")


def _saved(
    sender: type[Model],
    instance: Any,  # noqa: ANN401 - of the host
    *,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: object,
) -> None:
    if raw:
        return
    for its_source in sources_of(sender):
        note(its_source, instance, there=True)
    moved = update_fields is None or settings().trainer_field in update_fields
    if moved and issubclass(sender, get_user_model()):
        _unharmed(lambda: follow_user(instance), key_of(instance))


def _deleted(sender: type[Model], instance: Any, **_: object) -> None:  # noqa: ANN401
    for its_source in sources_of(sender):
        note(its_source, instance, there=False)
    if issubclass(sender, get_user_model()):
        key = key_of(instance)
        _unharmed(lambda: _forget(key), key)


def _forget(key: str) -> None:
    disband(key)
    people.erase_key(key)


def note(its_source: Source, row: Any, *, there: bool) -> None:  # noqa: ANN401 - of the host
    """Mark a row if it says other things than before, and see to it that it is taken in."""
    key, pk = its_source.user_key(row), row.pk
    alone = not connections[database()].in_atomic_block

    def work() -> None:
        mapped = _said(its_source, row if there else None, pk, key)
        one = mark(mapped, _at_hand(its_source, row))
        if one is not None and alone:
            # Without a transaction of the host's no lock on its row puts marks in the order of
            # saves; the lock on the mark does, for what is read under it.
            present = its_source.rows().filter(pk=pk).first()
            again = _said(its_source, present, pk, key)
            if again.digest != mapped.digest:
                mapped, one = again, mark(again, present and _at_hand(its_source, present))
        if one is not None and mapped.digest != UNREADABLE:
            schedule(one)

    _unharmed(work, key)


def _said(its_source: Source, row: Any | None, pk: object, key: str) -> Mapped:  # noqa: ANN401
    """What a row says; nothing where there is none, and a digest of its own where it cannot."""
    if row is None:
        return gone(its_source, str(pk), key)
    try:
        mapped = read(its_source, row)
    except Exception as error:  # noqa: BLE001 - the host's mapping, and not its save
        tell(key, error)
        return Mapped(its_source.label, str(pk), key, digest=UNREADABLE)
    for refusal in mapped.refusals:
        logger.warning("an event of %s %s is refused [%s]", its_source.label, pk, refusal.code)
    return mapped


def _at_hand(its_source: Source, row: Any) -> User | None:  # noqa: ANN401 - of the host
    """The user of a row, where no query is needed to get at it."""
    named = its_source.model._meta.get_field(its_source.user)  # noqa: SLF001 - documented by Django
    return getattr(row, its_source.user) if named.is_cached(row) else None  # type: ignore[union-attr]


def _unharmed(work: Any, key: str) -> None:  # noqa: ANN401 - something to call
    """Do something so that the host's transaction can go on whatever happens."""
    try:
        with transaction.atomic(database()):
            work()
    except Exception as error:  # noqa: BLE001 - whatever it is, the host goes on
        tell(key, error)
