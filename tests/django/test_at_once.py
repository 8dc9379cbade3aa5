"""Phones that sync at the same moment, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connections, transaction

from badge_engine import ConcurrentUpdate
from django_adapter import new_achievements
from django_adapter.engine import engine
from django_adapter.models import AwardRow, EventRow, SourceRow
from django_adapter.services.evaluation import catch_up
from tests.django.club import Club, client_of, worked_out
from tests.django.host.coaching.models import DailyLog
from tests.django.host.people.models import User

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def at_once(*works: Callable[[], object]) -> Sequence[object]:
    """Do several things at the same moment, each in a thread with its own connections."""
    start = Barrier(len(works))

    def do(work: Callable[[], object]) -> object:
        try:
            start.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(do, works))


def assert_sound(*users: User) -> None:
    for user in users:
        assert engine().reconcile(str(user.pk)) == []
    assert not SourceRow.objects.filter(due=True).exists()


@pytest.mark.parametrize("atomic", [False, True])
def test_two_saves_that_cross_a_threshold_together(real_club: Club, atomic: bool) -> None:
    user = real_club.ta1

    def save(days: int) -> None:
        if atomic:
            with transaction.atomic():
                worked_out(user, days_ago(days))
        else:
            worked_out(user, days_ago(days))

    for round_ in range(10):
        first = 40 - 4 * round_
        at_once(lambda: save(first), lambda: save(first - 1), lambda: save(first - 2))  # noqa: B023 - called at once
    catch_up()
    assert EventRow.objects.filter(instant__isnull=False).count() == 30
    assert AwardRow.objects.filter(badge="workout-streak-3").exists()
    assert_sound(user)


def test_one_row_saved_by_many_at_once_ends_as_its_last_save(real_club: Club) -> None:
    user = real_club.ta1
    log = worked_out(user, TODAY)

    def save(minutes: int) -> None:
        mine = DailyLog.objects.get(pk=log.pk)
        mine.workout_data = {"minutes": minutes} if minutes % 3 else {}
        mine.save()

    for round_ in range(10):
        at_once(*[lambda n=n, r=round_: save(10 * r + n) for n in range(4)])
    catch_up()
    log.refresh_from_db()
    with engine().store.view(str(user.pk)) as view:
        told = [one.data.get("minutes") for one in view.events()]
    assert told == ([log.workout_data["minutes"]] if log.workout_data else [])
    assert_sound(user)


def test_rows_that_change_places(real_club: Club) -> None:
    one, other = worked_out(real_club.ta1, TODAY), worked_out(real_club.tb, days_ago(1))

    def swap(log: DailyLog, user: User) -> None:
        mine = DailyLog.objects.get(pk=log.pk)
        mine.trainee = user
        mine.save()

    for _ in range(5):
        at_once(lambda: swap(one, real_club.tb), lambda: swap(other, real_club.ta1))
        at_once(lambda: swap(one, real_club.ta1), lambda: swap(other, real_club.tb))
    catch_up()
    assert_sound(real_club.ta1, real_club.tb)


def test_a_toast_is_told_to_one_of_two_phones(real_club: Club) -> None:
    user = real_club.ta1
    told: list[int] = []
    for days in range(12, 2, -1):
        worked_out(user, days_ago(days))
        answers = at_once(
            lambda: new_achievements(user, mark_seen=True),
            lambda: new_achievements(user, mark_seen=True),
        )
        told += [one["id"] for answer in answers for one in answer]  # type: ignore[attr-defined] # lists, all of them
    assert len(told) == len(set(told))
    assert sorted(told) == sorted(
        AwardRow.objects.filter(celebrate=True).values_list("pk", flat=True)
    )


def test_a_door_that_finds_the_database_busy_asks_to_come_again(
    real_club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise ConcurrentUpdate("the database gave way; repeat the call")

    monkeypatch.setattr(engine(), "seen", busy)
    worked_out(real_club.ta1, TODAY)
    client = client_of(real_club.ta1)
    number = client.get("/api/community/achievements/unseen/").json()[0]["id"]
    answer = client.post("/api/community/achievements/seen/", {"ids": [number]}, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert set(answer.json()) == {"detail"}
