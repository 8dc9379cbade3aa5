"""Users as the host's rows name them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth import get_user_model

from django_adapter.marks import database
from django_adapter.settings import User

NO_USER = "its user is not there"


def users_of(keys: Iterable[object]) -> dict[object, User]:
    """The users with some primary keys, by key; those who are not there are not among them."""
    users = get_user_model()._default_manager.using(database())  # noqa: SLF001 - documented by Django
    return {user.pk: user for user in users.filter(pk__in={key for key in keys if key is not None})}
