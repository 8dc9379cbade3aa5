"""What happens when the host saves or deletes a row: it is marked, within the host's transaction.

An error here never reaches the host; `badges sync` finds what was missed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, router, transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from django_adapter.marks import database, mark
from django_adapter.members import key_of
from django_adapter.services import people
from django_adapter.services.evaluation import disband, follow_user, schedule, tell
from django_adapter.settings import User, settings
from django_adapter.sources import Mapped, Source, gone, read, sources_of

logger = logging.getLogger("badge_engine.django")

UNREADABLE = "unreadable"
"""The digest of a row of which it is not known what it says: it stays due until it is."""


def connect() -> None:
    """Listen to the models whose rows sources read, and to the user model.

    Not to all models: Django deletes in bulk only what nobody listens to.
    """
    for model in apps.get_models():
        if sources_of(model) or issubclass(model, get_user_model()):
            post_save.connect(_saved, sender=model, dispatch_uid="badge_engine_saved")
            post_delete.connect(_deleted, sender=model, dispatch_uid="badge_engine_deleted")


def _saved(
    sender: type[Model],
    instance: Any,  # noqa: ANN401 - of the host
    *,
    raw: bool = False,
    using: str,
    update_fields: frozenset[str] | None = None,
    **_: object,
) -> None:
    if raw or using != router.db_for_write(sender):
        return
    for its_source in sources_of(sender):
        note(its_source, instance, there=True, whole=update_fields is None)
    if issubclass(sender, get_user_model()):
        _unharmed(lambda: _follow(instance, update_fields), lambda: key_of(instance))


def _follow(user: User, saved: frozenset[str] | None) -> None:
    trainer = settings().trainer_field
    if saved is None or not saved.isdisjoint({trainer, f"{trainer}_id"}):
        follow_user(user)


def _deleted(
    sender: type[Model],
    instance: Any,  # noqa: ANN401 - of the host
    *,
    using: str,
    **_: object,
) -> None:
    if using != router.db_for_write(sender):
        return
    for its_source in sources_of(sender):
        note(its_source, instance, there=False)
    if issubclass(sender, get_user_model()):
        key = key_of(instance)
        _unharmed(lambda: _forget(key), lambda: key)


def _forget(key: str) -> None:
    disband(key)
    people.erase_key(key)


def note(
    its_source: Source,
    row: Any,  # noqa: ANN401 - of the host
    *,
    there: bool,
    whole: bool = True,
) -> None:
    """Mark a row if it says other things than before, and see to it that it is taken in.

    `whole` tells that everything the row says in memory was saved.
    """
    key, pk = "", its_source.model._meta.pk.to_python(row.pk)  # noqa: SLF001 - documented by Django
    is_sure = whole and connections[database()].in_atomic_block

    def work() -> None:
        nonlocal key
        key = its_source.user_key(row)
        mapped = _said(its_source, row if there else None, pk, key)
        one = mark(mapped, _at_hand(its_source, row))
        if one is not None and not is_sure:
            # Without a transaction of the host's no lock on its row puts marks in the order of
            # saves; the lock on the mark does, for what is read under it.
            present = its_source.rows().using(database()).filter(pk=pk).first()
            again = _said(its_source, present, pk, key)
            if again.digest != mapped.digest:
                one = mark(again, present and _at_hand(its_source, present))
        if one is not None and one.is_due:
            schedule(one)

    if not _unharmed(work, lambda: key, f"{its_source.label} {pk}"):
        unknown = Mapped(its_source.label, str(pk), key, digest=UNREADABLE)
        _unharmed(lambda: mark(unknown, None), lambda: key)


def _said(its_source: Source, row: Any | None, pk: object, key: str) -> Mapped:  # noqa: ANN401 - of the host
    """What a row says; nothing where there is none."""
    if row is None or not its_source.has(row):
        return gone(its_source, str(pk), key)
    mapped = read(its_source, row)
    for refusal in mapped.refusals:
        logger.warning("an event of %s %s is refused [%s]", its_source.label, pk, refusal.code)
    return mapped


def _at_hand(its_source: Source, row: Any) -> User | None:  # noqa: ANN401 - of the host
    """The user of a row, where no query is needed to get at it."""
    named = its_source.model._meta.get_field(its_source.user)  # noqa: SLF001 - documented by Django
    return getattr(row, its_source.user) if named.is_cached(row) else None  # type: ignore[union-attr] # has a column


def _unharmed(work: Callable[[], object], key: Callable[[], str], row: str = "") -> bool:
    """Do something so that the host's transaction can go on whatever happens; whether it ended."""
    try:
        with transaction.atomic(database()):
            work()
    except Exception as error:  # noqa: BLE001 - whatever it is, the host goes on
        tell(key(), error, row)
        return False
    return True
