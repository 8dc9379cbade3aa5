"""What goes wrong in an evaluation never reaches the host, and nothing is lost by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from django_adapter import new_achievements, record, rules
from django_adapter.engine import engine
from django_adapter.models import EventRow, SourceRow
from django_adapter.services.evaluation import catch_up, evaluate_due
from django_adapter.services.sync import backfill, sync, would_change
from tests.django.club import Club, worked_out
from tests.django.host.coaching.models import DailyLog, WeightCheckIn
from tests.django.host.people.models import User

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def held(user: User) -> set[str]:
    return {one.award.badge for one in engine().awards(str(user.pk), status=["earned"])}


@contextmanager
def broken_rules(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Iterator[None]:
    """A rule set that raises as soon as it is asked for."""

    def broken(group: str | None, edition: int) -> Any:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(rules, "rules_of_group", broken)
        yield


@contextmanager
def broken_table(table: str) -> Iterator[None]:
    """A database in which one of our tables is not where it should be."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        yield
        cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


@pytest.mark.parametrize("atomic", [False, True])
def test_a_rule_that_raises(
    real_club: Club, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, atomic: bool
) -> None:
    with broken_rules(monkeypatch, RuntimeError("secret 71.4")):
        if atomic:
            with transaction.atomic():
                worked_out(real_club.ta1, days_ago(1))
                assert DailyLog.objects.count() == 1
        else:
            worked_out(real_club.ta1, days_ago(1))
    assert DailyLog.objects.count() == 1
    assert "evaluation of user" in caplog.text
    assert "secret" not in caplog.text
    assert held(real_club.ta1) == set()
    assert catch_up() == {str(real_club.ta1.pk): True}
    assert "first-workout" in held(real_club.ta1)
    assert catch_up() == {}


def test_the_next_save_brings_what_was_missed(
    real_club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broken_rules(monkeypatch, RuntimeError()):
        worked_out(real_club.ta1, days_ago(3))
        worked_out(real_club.ta1, days_ago(2))
    worked_out(real_club.ta1, days_ago(1))
    assert "workout-streak-3" in held(real_club.ta1)
    assert not SourceRow.objects.filter(due=True).exists()


@pytest.mark.parametrize("atomic", [False, True])
@pytest.mark.parametrize(
    "table", ["badge_engine_event", "badge_engine_award", "badge_engine_person"]
)
def test_a_database_error_in_the_evaluation(real_club: Club, table: str, atomic: bool) -> None:
    with broken_table(table):
        if atomic:
            with transaction.atomic():
                worked_out(real_club.ta1, days_ago(1))
                new_achievements(real_club.ta1)
                real_club.ta1.first_name = "Anna"
                real_club.ta1.save()
        else:
            worked_out(real_club.ta1, days_ago(1))
    assert DailyLog.objects.count() == 1
    if atomic:
        real_club.ta1.refresh_from_db()
        assert real_club.ta1.first_name == "Anna"
    sync()
    assert "first-workout" in held(real_club.ta1)


def test_a_mark_that_cannot_be_made_is_found_by_sync(real_club: Club) -> None:
    with broken_table("badge_engine_source_row"), transaction.atomic():
        worked_out(real_club.ta1, days_ago(1))
        assert DailyLog.objects.count() == 1
    assert held(real_club.ta1) == set()
    assert catch_up() == {}
    found = sync()
    assert dict(found.different) == {"coaching.dailylog": 1}
    assert "first-workout" in held(real_club.ta1)


def test_a_mapping_that_raises(real_club: Club, caplog: pytest.LogCaptureFixture) -> None:
    log = worked_out(real_club.ta1, days_ago(1))
    log.workout_data = {"exercises": "squat"}
    log.save()
    assert DailyLog.objects.get().workout_data == {"exercises": "squat"}
    assert f", row coaching.dailylog {log.pk}, failed and is due again" in caplog.text
    assert "badges.py:" in caplog.text
    assert len(EventRow.objects.filter(instant__isnull=False)) == 1  # as it was
    assert evaluate_due(str(real_club.ta1.pk)) is False
    log.workout_data = {"exercises": [{"name": "squat"}]}
    log.save()
    assert not SourceRow.objects.filter(due=True).exists()
    with engine().store.view(str(real_club.ta1.pk)) as view:
        assert [one.data["exercises"] for one in view.events()] == [("squat",)]


def test_a_refused_event_harms_no_other(real_club: Club, caplog: pytest.LogCaptureFixture) -> None:
    log = worked_out(real_club.ta1, days_ago(1), name="x" * 70_000)
    log.nutrition_data = {"meals": [{"name": "lunch"}]}
    log.save()
    with engine().store.view(str(real_club.ta1.pk)) as view:
        assert [one.type for one in view.events()] == ["nutrition_log"]
    assert "is refused [" in caplog.text
    assert "xxx" not in caplog.text


def test_an_event_too_far_ahead_is_taken_in_when_its_time_has_come(real_club: Club) -> None:
    worked_out(real_club.ta1, days_ago(-9))
    assert held(real_club.ta1) == set()
    assert SourceRow.objects.filter(due=True).count() == 1
    with override_settings(BADGE_ENGINE={"FUTURE_TOLERANCE": 24 * 10}):
        assert catch_up() == {str(real_club.ta1.pk): True}
        assert "first-workout" in held(real_club.ta1)
    assert SourceRow.objects.filter(due=True).count() == 0


SAVES = """
import os, signal, sys
import tests.django.conftest
from django.db import connections, transaction
connections["default"].settings_dict.update(eval(sys.argv[1]))
from tests.django.club import worked_out
from tests.django.host.coaching.models import DailyLog
from tests.django.host.people.models import User
from django_adapter import signals
from django_adapter.services import evaluation
from datetime import date
def die(*args, **kwargs): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "before the evaluation":
    evaluation.take_in = die
elif sys.argv[2] == "before the signal":
    signals.note = die
elif sys.argv[2] == "within the evaluation":
    evaluation.posts.write = die
user = User.objects.get(pk=int(sys.argv[3]))
if sys.argv[4] == "atomic":
    with transaction.atomic():
        worked_out(user, date.fromisoformat(sys.argv[5]))
else:
    DailyLog(trainee=user, date=sys.argv[5], workout_data={"minutes": 30}).save()
"""


def killed(user: User, when: str, how: str) -> int:
    chosen = {
        name: connection.settings_dict[name]
        for name in ("NAME", "HOST", "PORT", "USER", "PASSWORD")
    }
    command = [sys.executable, "-c", SAVES, repr(chosen), when, str(user.pk), how, str(days_ago(1))]
    return subprocess.run(command, check=False, env=os.environ).returncode


@pytest.mark.parametrize("how", ["autocommit", "atomic"])
@pytest.mark.parametrize("when", ["before the evaluation", "within the evaluation"])
def test_a_worker_killed_after_the_hosts_commit(real_club: Club, when: str, how: str) -> None:
    assert killed(real_club.ta1, when, how) == -signal.SIGKILL
    assert DailyLog.objects.count() == 1
    assert held(real_club.ta1) == set()
    assert catch_up() == {str(real_club.ta1.pk): True}
    assert "first-workout" in held(real_club.ta1)
    assert len(engine().unseen(str(real_club.ta1.pk))) >= 1


def test_a_worker_killed_before_the_signal(real_club: Club) -> None:
    assert killed(real_club.ta1, "before the signal", "autocommit") == -signal.SIGKILL
    assert DailyLog.objects.count() == 1
    assert catch_up() == {}
    assert held(real_club.ta1) == set()
    sync()
    assert "first-workout" in held(real_club.ta1)


def test_a_worker_killed_before_the_signal_in_a_transaction_has_saved_nothing(
    real_club: Club,
) -> None:
    assert killed(real_club.ta1, "before the signal", "atomic") == -signal.SIGKILL
    assert DailyLog.objects.count() == 0


def test_bulk_writes_are_found_by_sync(real_club: Club) -> None:
    logs = [
        DailyLog(trainee=real_club.ta1, date=days_ago(n), workout_data={"minutes": 30})
        for n in range(1, 8)
    ]
    DailyLog.objects.bulk_create(logs)
    assert held(real_club.ta1) == set()
    assert sync(real_club.tb).users == set()
    found = sync(real_club.ta1)
    assert (found.rows["coaching.dailylog"], found.different["coaching.dailylog"]) == (7, 7)
    assert "workout-streak-7" in held(real_club.ta1)
    assert sync().users == set()
    DailyLog.objects.filter(date=days_ago(4)).update(workout_data={})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM coaching_dailylog WHERE date = %s", [days_ago(1)])
    found = sync()
    assert (found.different.total(), found.vanished.total()) == (1, 1)
    assert "workout-streak-7" not in held(real_club.ta1)
    assert engine().reconcile(str(real_club.ta1.pk)) == []


def test_sync_counts_without_writing(real_club: Club) -> None:
    DailyLog.objects.bulk_create(
        [DailyLog(trainee=real_club.ta1, date=TODAY, workout_data={"minutes": 30})]
    )
    assert sync(dry=True).different.total() == 1
    assert SourceRow.objects.count() == 0
    assert sync(since=days_ago(-1)).rows.total() == 0


def test_a_backfill_is_silent(real_club: Club) -> None:
    DailyLog.objects.bulk_create(
        [DailyLog(trainee=real_club.ta1, date=TODAY, workout_data={"minutes": 30})]
    )
    WeightCheckIn.objects.bulk_create(
        [WeightCheckIn(trainee=real_club.tb, date=TODAY, weight_kg=80)]
    )
    synced, applied = backfill()
    assert (synced.rows.total(), applied.users) == (2, 2)
    assert "first-workout" in held(real_club.ta1)
    assert engine().unseen(str(real_club.ta1.pk)) == []
    assert would_change() == {}


def test_a_fact_without_a_row(real_club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    assert record(real_club.ta1, "workout", id="call-1", day=TODAY).result == "recorded"
    assert record(real_club.ta1, "workout", id="call-1", day=TODAY).result == "unchanged"
    assert "first-workout" in held(real_club.ta1)
    with broken_rules(monkeypatch, RuntimeError()), transaction.atomic():
        assert record(real_club.tb, "workout", id="call-2", day=TODAY).result == "failed"
        assert User.objects.count() > 0
    assert held(real_club.tb) == set()
    assert catch_up() == {str(real_club.tb.pk): True}
    assert "first-workout" in held(real_club.tb)
    assert not SourceRow.objects.exists()


def test_what_is_new_is_told_at_once_and_once(real_club: Club) -> None:
    with transaction.atomic():
        worked_out(real_club.ta1, TODAY)
        told = new_achievements(real_club.ta1)
        assert "first-workout" in {one["slug"] for one in told}
        assert new_achievements(real_club.ta1, mark_seen=True) == told
        assert new_achievements(real_club.ta1) == []
    assert new_achievements(real_club.ta1) == []
    assert not SourceRow.objects.filter(due=True).exists()


def test_what_is_told_in_a_transaction_that_is_undone_comes_again(real_club: Club) -> None:
    with transaction.atomic():
        worked_out(real_club.ta1, TODAY)
        assert new_achievements(real_club.ta1, mark_seen=True) != []
        transaction.set_rollback(True)
    assert new_achievements(real_club.ta1) == []
    worked_out(real_club.ta1, TODAY)
    assert new_achievements(real_club.ta1) != []
