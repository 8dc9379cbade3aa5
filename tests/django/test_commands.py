"""`manage.py badges …`, as somebody types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_adapter.models import Announcement, EventRow
from tests.django.club import Club, worked_out
from tests.django.host.coaching.models import DailyLog
from tests.django.legacy_host import at, put, tables_made

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Any:
    """Type a command; what it printed, and its exit status."""

    def do(*words: str) -> tuple[str, int]:
        status = 0
        try:
            call_command("badges", *words)
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        except CommandError as error:
            return str(error), error.returncode
        return capsys.readouterr().out, status

    return do


@pytest.fixture
def legacy(real_club: Club) -> Iterator[Club]:
    with tables_made():
        for number, trainer in ((4, real_club.trainer_a.pk), (5, 999_999)):
            put(
                "announcements",
                id=number,
                trainer_id=trainer,
                title="Hello",
                body="You",
                is_pinned=True,
                created_at=at(TODAY),
                updated_at=at(TODAY),
            )
        yield real_club


def uploaded_in_bulk(club: Club) -> None:
    log = DailyLog(trainee=club.ta1, date=TODAY, workout_data={"minutes": 30})
    DailyLog.objects.bulk_create([log])


def test_rows_that_no_signal_told_of(real_club: Club, typed: Any) -> None:
    uploaded_in_bulk(real_club)
    told, status = typed("backfill", "--dry-run")
    assert "coaching.dailylog: 1 rows, 1 different, 0 vanished" in told
    assert (status, EventRow.objects.count()) == (0, 0)
    told, _ = typed("sync", "--user", "ta1@example.com")
    assert "1 users were evaluated" in told
    assert typed("catch-up") == ("0 users were due, 0 could not be evaluated\n", 0)
    told, _ = typed("backfill")
    assert "awards before: " in told
    told, _ = typed("sync", "--format", "json")
    assert json.loads(told)["different"] == {"coaching.dailylog": 0}


def test_why_a_user_has_a_badge(real_club: Club, typed: Any) -> None:
    worked_out(real_club.ta1, TODAY)
    told, status = typed("explain", "ta1@example.com", "first-workout")
    assert "[yes]" in told
    assert status == 0
    told, _ = typed("--format", "json", "explain", str(real_club.ta1.pk), "first-workout")
    assert json.loads(told)["holds"] is True
    told, status = typed("explain", "ta1@example.com", "first-workuot")
    assert "first-workuot" in told
    assert status == 2
    told, status = typed("explain", "nobody@example.com", "first-workout")
    assert "there is no user 'nobody@example.com'" in told
    assert status == 2


def test_everything_about_a_user(real_club: Club, typed: Any) -> None:
    worked_out(real_club.ta1, TODAY)
    told, _ = typed("export", "ta1@example.com")
    assert json.loads(told)
    told, _ = typed("erase", "ta1@example.com")
    assert "is erased" in told
    assert "the next sync takes them in again" in told
    told, status = typed("erase", "ta1@example.comm")
    assert "there is no user 'ta1@example.comm'" in told
    assert status == 2
    assert EventRow.objects.count() == 0


def test_all_packs(real_club: Club, typed: Any) -> None:
    told, status = typed("check")
    assert "no mistakes" in told
    assert status == 0
    told, status = typed("--format", "json", "check")
    assert not any(json.loads(told).values())


def test_what_a_backend_has_kept_itself(legacy: Club, typed: Any) -> None:
    told, status = typed("import_legacy", "--dry-run")
    assert "announcements: 2 rows, 1 would be taken over" in told
    assert "1 left, such as 5:" in told
    assert (status, Announcement.objects.count()) == (1, 0)
    told, status = typed("--format", "json", "import_legacy")
    assert json.loads(told)["tables"]["announcements"]["taken"] == 1
    assert Announcement.objects.get().pk == 4
    told, status = typed("import_legacy", "--table", "announcements=elsewhere")
    assert "elsewhere" in told
    assert status == 2
