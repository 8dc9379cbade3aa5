"""The people of the tests, and short ways to let them do something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rest_framework.test import APIClient

from tests.django.host.coaching.models import DailyLog
from tests.django.host.people.models import User


@dataclass(frozen=True, slots=True)
class Club:
    """Trainer A with TA1 and TA2, trainer B with TB, and some without a group."""

    trainer_a: User
    trainer_b: User
    ta1: User
    ta2: User
    tb: User
    alone: User
    staff: User
    deactivated: User

    @classmethod
    def founded(cls) -> Club:
        """Everybody, anew."""
        trainer_a, trainer_b = (
            User.objects.create_user(f"trainer-{name}@example.com", role="TRAINER", first_name=name)
            for name in "ab"
        )

        def trainee(name: str, trainer: User | None, **more: Any) -> User:
            address = f"{name.lower()}@example.com"
            return User.objects.create_user(
                address, first_name=name, last_name="Test", parent_trainer=trainer, **more
            )

        return cls(
            trainer_a=trainer_a,
            trainer_b=trainer_b,
            ta1=trainee("Ta1", trainer_a),
            ta2=trainee("Ta2", trainer_a),
            tb=trainee("Tb", trainer_b),
            alone=trainee("Alone", None),
            staff=User.objects.create_superuser("staff@example.com", "secret"),
            deactivated=trainee("Gone", trainer_a, is_active=False),
        )


def client_of(user: User | None) -> APIClient:
    """A client with the user's token; without one for nobody."""
    from rest_framework.authtoken.models import Token

    client = APIClient()
    if user is not None:
        token, _ = Token.objects.get_or_create(user=user)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    return client


def worked_out(user: User, day: date, **workout: Any) -> DailyLog:
    """The user's log of a day, with a workout in it, saved as a phone's upload is."""
    log, _ = DailyLog.objects.get_or_create(trainee=user, date=day)
    log.workout_data = {"name": "Legs", "minutes": 40, **workout}
    log.save()
    return log
