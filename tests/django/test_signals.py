"""From rows of the host to awards, as phones save them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from django_adapter.engine import engine
from tests.django.club import Club, worked_out
from tests.django.host.people.models import User

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def held(user: User) -> list[str]:
    return sorted({one.award.badge for one in engine().awards(str(user.pk), status=["earned"])})


def test_seven_days_in_a_row_are_a_streak(real_club: Club) -> None:
    for days in range(7, 0, -1):
        worked_out(real_club.ta1, days_ago(days))
    assert {"first-workout", "workout-streak-3", "workout-streak-7"} <= set(held(real_club.ta1))
    assert engine().reconcile(str(real_club.ta1.pk)) == []
    assert held(real_club.ta2) == []
