"""What a host tells a user at once, in the answer to what the user has just sent."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from django_adapter.engine import engine
from django_adapter.marks import database, giving_way
from django_adapter.members import key_of
from django_adapter.models import Person
from django_adapter.services import badges, evaluation
from django_adapter.settings import User


def new_achievements(user: User, *, mark_seen: bool = False) -> list[dict[str, Any]]:
    """What a user has earned and not been told of, the oldest first, as `achievements/unseen/`.

    Rows saved so far are evaluated first, inside the caller's transaction. `mark_seen` is for
    clients that never call `achievements/seen/`: what is returned is not returned again. What goes
    wrong, or would keep the caller's transaction waiting, is logged, and then there is nothing new
    to tell yet.
    """
    try:
        with giving_way():
            evaluation.evaluate_now(user)
            return _told(user, key_of(user), mark_seen=mark_seen)
    except Exception as error:  # noqa: BLE001 - the host has an answer to give
        evaluation.tell(key_of(user), error)
        return []


def _told(user: User, key: str, *, mark_seen: bool) -> list[dict[str, Any]]:
    with transaction.atomic(database()):
        if mark_seen:  # a second phone waits here, and is told what is left
            Person.objects.using(database()).select_for_update().filter(key=key).first()
        waiting = engine().unseen(key)
        if mark_seen and waiting:
            engine().seen(key, [one.key for one in waiting])
        return list(badges.told(user, waiting))
