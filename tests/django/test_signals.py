"""From rows of the host to awards, as phones save them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from badge_engine import Event
from django_adapter.engine import engine
from django_adapter.models import EventRow, SourceRow
from tests.django.club import Club, worked_out
from tests.django.host.coaching.models import DailyLog, Program, WeightCheckIn
from tests.django.host.people.models import User

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def held(user: User) -> set[str]:
    return {one.award.badge for one in engine().awards(str(user.pk), status=["earned"])}


def events(user: User) -> list[Event]:
    with engine().store.view(str(user.pk)) as view:
        return list(view.events())


def assert_sound(*users: User) -> None:
    """What is stored is what `evaluate` says, and nothing is due."""
    for user in users:
        assert engine().reconcile(str(user.pk)) == []
    assert not SourceRow.objects.filter(due=True).exists()


def queries_of_ours(captured: CaptureQueriesContext) -> list[str]:
    sent = [query["sql"].strip() for query in captured]
    return [sql for sql in sent if "badge_engine_" in sql or sql.startswith("SELECT")]


def test_seven_days_in_a_row_are_a_streak(real_club: Club) -> None:
    for days in range(7, 0, -1):
        worked_out(real_club.ta1, days_ago(days))
    assert {"first-workout", "workout-streak-3", "workout-streak-7"} <= held(real_club.ta1)
    assert held(real_club.ta2) == set()
    assert_sound(real_club.ta1, real_club.ta2)


def test_a_row_may_be_edited_all_day(real_club: Club) -> None:
    log = worked_out(real_club.ta1, TODAY)
    for minutes in (41, 42, 42, 60):
        worked_out(real_club.ta1, TODAY, minutes=minutes)
    (event,) = events(real_club.ta1)
    assert event.data["minutes"] == 60
    assert event.id == f"coaching.dailylog:{log.pk}:workout"
    assert_sound(real_club.ta1)


def test_a_day_emptied_again_counts_no_more(real_club: Club) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.workout_data = {}
    log.save()
    assert events(real_club.ta1) == []
    with engine().store.view(str(real_club.ta1.pk)) as view:
        assert list(view.withdrawn()) == [f"coaching.dailylog:{log.pk}:workout"]
    assert held(real_club.ta1) == set()  # the award is kept, and earned no longer
    assert {one.status for one in engine().awards(str(real_club.ta1.pk))} == {"kept"}
    worked_out(real_club.ta1, TODAY)
    assert "first-workout" in held(real_club.ta1)
    assert_sound(real_club.ta1)


def test_meals_stand_in_the_row_of_the_workout(real_club: Club) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.nutrition_data = {"meals": [{"name": "breakfast"}, {"name": "lunch", "calories": 640}]}
    log.save()
    assert sorted(one.type for one in events(real_club.ta1)) == [
        "nutrition_log",
        "nutrition_log",
        "workout",
    ]
    log.nutrition_data = {"meals": [{"name": "breakfast"}]}
    log.save()
    assert len(events(real_club.ta1)) == 2
    assert_sound(real_club.ta1)


def test_a_row_moves_to_another_date(real_club: Club) -> None:
    log = worked_out(real_club.ta1, days_ago(3))
    log.date = days_ago(1)
    log.save()
    assert [one.day for one in events(real_club.ta1)] == [days_ago(1)]
    assert_sound(real_club.ta1)


def test_a_row_moves_to_another_user(real_club: Club) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.trainee = real_club.tb
    log.save()
    assert events(real_club.ta1) == []
    assert [one.day for one in events(real_club.tb)] == [TODAY]
    assert held(real_club.tb) >= {"first-workout"}
    assert_sound(real_club.ta1, real_club.tb)


def test_a_deleted_row_is_withdrawn(real_club: Club) -> None:
    worked_out(real_club.ta1, TODAY).delete()
    assert events(real_club.ta1) == []
    assert_sound(real_club.ta1)


def test_the_same_upload_twice_is_once(real_club: Club) -> None:
    for _ in range(2):
        for days in (3, 2, 1):
            worked_out(real_club.ta1, days_ago(days))
    assert len(events(real_club.ta1)) == 3
    assert_sound(real_club.ta1)


def test_an_offline_week_comes_at_once_and_late(real_club: Club) -> None:
    with transaction.atomic():
        for days in (10, 5, 8, 6, 9, 4, 7):
            worked_out(real_club.ta1, days_ago(days))
        assert events(real_club.ta1) == []  # evaluated at the end
    assert "workout-streak-7" in held(real_club.ta1)
    (award,) = engine().awards(str(real_club.ta1.pk), badge="workout-streak-7")
    assert award.award.earned_on == days_ago(4)
    assert_sound(real_club.ta1)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "Europe/London"])
def test_seven_local_days_at_mixed_hours(real_club: Club, zone: str) -> None:
    user = real_club.ta1
    user.time_zone = zone
    user.save()
    first = date(2026, 3, 1)  # clocks change in the week after in Los Angeles
    for day, hour in enumerate((23, 0, 5, 12, 22, 1, 23)):
        local = datetime(2026, 3, 2 + day, hour, 55, tzinfo=ZoneInfo(zone))
        log = DailyLog(trainee=user, date=first + timedelta(days=1 + day))
        log.workout_data = {"minutes": 30}
        log.completed_at = local.astimezone(UTC)
        log.save()
    assert [one.day for one in events(user)] == [first + timedelta(days=1 + n) for n in range(7)]
    (award,) = engine().awards(str(user.pk), badge="workout-streak-7")
    assert award.award.earned_on == date(2026, 3, 8)
    assert_sound(user)


def test_moving_house_rewrites_no_past(real_club: Club) -> None:
    user = real_club.ta1
    user.time_zone = "America/Los_Angeles"
    user.save()
    log = worked_out(user, TODAY)
    before = events(user)
    user.time_zone = "Pacific/Auckland"
    user.save()
    log.refresh_from_db()
    log.save()
    assert events(user) == before


def test_other_models_count_too(real_club: Club) -> None:
    WeightCheckIn.objects.create(trainee=real_club.ta1, date=TODAY, weight_kg="80.05")
    Program.objects.create(trainee=real_club.ta1, name="Strong", completed_on=None)
    assert [one.type for one in events(real_club.ta1)] == ["weigh_in"]
    Program.objects.update_or_create(
        trainee=real_club.ta1, name="Strong", defaults={"completed_on": TODAY}
    )
    assert sorted(one.type for one in events(real_club.ta1)) == ["program_completed", "weigh_in"]
    assert_sound(real_club.ta1)


def test_what_is_rolled_back_never_was(real_club: Club) -> None:
    with transaction.atomic():
        worked_out(real_club.ta1, TODAY)
        transaction.set_rollback(True)
    worked_out(real_club.ta1, days_ago(1))
    assert [one.day for one in events(real_club.ta1)] == [days_ago(1)]
    assert SourceRow.objects.count() == 1
    assert_sound(real_club.ta1)


def test_what_an_inner_transaction_rolls_back_never_was(real_club: Club) -> None:
    with transaction.atomic():
        worked_out(real_club.ta1, days_ago(2))
        with transaction.atomic():
            worked_out(real_club.ta1, days_ago(1))
            transaction.set_rollback(True)
    assert [one.day for one in events(real_club.ta1)] == [days_ago(2)]
    assert_sound(real_club.ta1)


def test_a_save_that_changes_nothing_costs_one_query(real_club: Club) -> None:
    log = worked_out(real_club.ta1, TODAY)
    with CaptureQueriesContext(connection) as captured:
        log.save()
    assert len(queries_of_ours(captured)) == 1


@pytest.mark.parametrize("days", [28, 24])
@pytest.mark.parametrize("atomic", [True, False])
def test_a_save_that_earns_costs_eight_queries_however_many(
    real_club: Club, days: int, atomic: bool
) -> None:
    """On the third day of a streak one badge, on the seventh some more.

    Without a transaction of the host's one more looks at the row again.
    """
    for ago in range(30, days, -1):
        worked_out(real_club.ta1, days_ago(ago))
    before = held(real_club.ta1)
    log = DailyLog(trainee=real_club.ta1, date=days_ago(days), workout_data={"minutes": 40})
    with CaptureQueriesContext(connection) as captured:
        if atomic:
            with transaction.atomic():
                log.save()
        else:
            log.save()
    assert held(real_club.ta1) > before
    assert len(queries_of_ours(captured)) <= (8 if atomic else 9)


def test_a_row_left_out_of_the_host_leaves_no_event(real_club: Club) -> None:
    worked_out(real_club.ta1, TODAY)
    DailyLog.objects.filter(trainee=real_club.ta1).delete()
    assert EventRow.objects.filter(instant__isnull=False).count() == 0
