"""What hosts do that nobody thinks of at first: odd keys, odd models, odd transactions."""

# ruff: noqa: DJ008 - nobody looks at these models

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from queue import Queue
from threading import Event as Signal
from time import sleep
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.apps import AppConfig, apps
from django.conf import settings as host
from django.db import connection, connections, models, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from badge_engine import Event
from django_adapter import Happened, Source, new_achievements, record, register, signals, sources
from django_adapter.engine import engine
from django_adapter.models import Person, Post, SourceRow
from django_adapter.services import evaluation
from django_adapter.services.evaluation import catch_up, evaluate_due
from django_adapter.services.sync import sync
from tests.django.club import Club, worked_out
from tests.django.host.coaching.models import DailyLog
from tests.django.host.people.models import User
from tests.django.test_unharmed import broken_rules

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def events(user: User) -> list[Event]:
    with engine().store.view(str(user.pk)) as view:
        return list(view.events())


def days(user: User) -> list[date]:
    return [event.day for event in events(user)]


def held(user: User) -> set[str]:
    return {one.award.badge for one in engine().awards(str(user.pk), status=["earned"])}


def assert_sound(*users: User) -> None:
    for user in users:
        assert engine().reconcile(str(user.pk)) == []
    assert not SourceRow.objects.filter(due=True).exists()


# Models of hosts, in an app that is there only while a test runs


class Kept(models.Manager["Visit"]):
    def get_queryset(self) -> models.QuerySet[Visit]:
        return super().get_queryset().filter(deleted_at=None)


class Visit(models.Model):
    """Keyed by UUID, about nobody at times, and deleted softly."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    trainee = models.ForeignKey(host.AUTH_USER_MODEL, models.CASCADE, null=True)
    date = models.DateField()
    deleted_at = models.DateTimeField(null=True)

    objects: ClassVar[Kept] = Kept()
    everything: ClassVar[models.Manager[Visit]] = models.Manager()

    class Meta:
        app_label = "attacks"


class Ride(models.Model):
    """Keyed by text that the host chose."""

    code = models.CharField(primary_key=True, max_length=255)
    rider = models.ForeignKey(host.AUTH_USER_MODEL, models.CASCADE)
    date = models.DateField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "attacks"


class LongRide(Ride):
    """One with a table of its own behind that of rides."""

    kilometres = models.IntegerField(default=100)

    class Meta:
        app_label = "attacks"


class ShortRide(Ride):
    class Meta:
        app_label = "attacks"
        proxy = True


class Signature(models.Model):
    """About a user who is named by e-mail."""

    signer = models.ForeignKey(host.AUTH_USER_MODEL, models.CASCADE, to_field="email")
    date = models.DateField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "attacks"


@pytest.fixture
def odd_models(transactional_db: None) -> Iterator[None]:
    """The tables of the models above."""
    config = AppConfig("attacks", sys.modules[__name__])
    config.label, config.apps, config.models = "attacks", apps, apps.all_models["attacks"]
    apps.app_configs["attacks"] = config
    apps.clear_cache()
    odd = [Visit, Ride, LongRide, Signature]
    with connection.schema_editor() as editor:
        for model in odd:
            editor.create_model(model)
    yield
    with connection.schema_editor() as editor:
        for model in reversed(odd):
            editor.delete_model(model)
    del apps.app_configs["attacks"]
    apps.clear_cache()


@pytest.fixture
def mapped(
    odd_models: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[type[models.Model], str], type[Source]]:
    """Register, for one test, a source by which each row of a model is a workout."""
    monkeypatch.setattr(sources, "_sources", dict(sources._sources))  # noqa: SLF001 - put back in the end

    def registered(model: type[models.Model], its_user: str) -> type[Source]:
        class Rows(Source):
            user = its_user

            def events(self, row: Any) -> Iterator[Happened]:
                yield Happened("workout", day=row.date)

        register(model)(Rows)
        signals.connect()
        return Rows

    return registered


# Facts without a row


def test_a_fact_that_waits_keeps_its_microseconds(
    real_club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.now(UTC).replace(microsecond=123456)
    with broken_rules(monkeypatch, RuntimeError()):
        assert record(real_club.ta1, "workout", id="call", at=at, zone="Asia/Tokyo").result == (
            "failed"
        )
    assert catch_up() == {str(real_club.ta1.pk): True}
    (event,) = events(real_club.ta1)
    assert event.at == at
    assert record(real_club.ta1, "workout", id="call", at=at, zone="Asia/Tokyo").result == (
        "unchanged"
    )


@pytest.mark.parametrize("ids", [["call", "call"], ["x" * 199 + "1", "x" * 199 + "2"]])
def test_facts_that_wait_do_not_meet(
    real_club: Club, monkeypatch: pytest.MonkeyPatch, ids: list[str]
) -> None:
    with broken_rules(monkeypatch, RuntimeError()), transaction.atomic():
        for event_id in ids:
            assert record(real_club.ta1, "workout", id=event_id, day=TODAY).result == "failed"
        assert User.objects.count() > 0
    catch_up()
    assert {event.id for event in events(real_club.ta1)} == set(ids)
    assert_sound(real_club.ta1)


# Rows with an event that is too far ahead


@pytest.mark.parametrize("how", ["emptied", "deleted", "bulk"])
def test_a_row_with_an_event_ahead_can_be_taken_back(real_club: Club, how: str) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.date = days_ago(-9)
    log.save()
    assert SourceRow.objects.get().due
    if how == "emptied":
        log.workout_data = {}
        log.save()
    elif how == "deleted":
        log.delete()
    else:
        DailyLog.objects.all()._raw_delete(using="default")  # noqa: SLF001 - as raw SQL would
        sync()
    assert events(real_club.ta1) == []
    assert_sound(real_club.ta1)


def test_what_a_row_says_no_more_is_withdrawn_though_what_it_says_is_refused(
    real_club: Club,
) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.workout_data = {"minutes": "lots"}
    log.save()
    assert events(real_club.ta1) == []
    log.date = days_ago(-9)
    log.workout_data = {"minutes": 40}
    log.save()
    assert events(real_club.ta1) == []
    log.date = TODAY
    log.save()
    assert days(real_club.ta1) == [TODAY]
    assert_sound(real_club.ta1)


# Saves that say less than the row in memory


@pytest.mark.parametrize("atomic", [False, True])
def test_what_was_not_saved_is_not_taken_in(real_club: Club, atomic: bool) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.workout_data = {"minutes": 999}
    log.completed_at = datetime.now(UTC)
    if atomic:
        with transaction.atomic():
            log.save(update_fields=["completed_at"])
    else:
        log.save(update_fields=["completed_at"])
    (event,) = events(real_club.ta1)
    assert event.data["minutes"] == 40
    assert sync(dry=True).different.total() == 0
    assert_sound(real_club.ta1)


def test_a_trainer_may_change_by_the_name_of_the_column(real_club: Club) -> None:
    worked_out(real_club.ta1, TODAY)
    real_club.ta1.parent_trainer_id = real_club.trainer_b.pk
    real_club.ta1.save(update_fields=["parent_trainer_id"])
    person = Person.objects.get(key=str(real_club.ta1.pk))
    assert person.judged_in == str(real_club.trainer_b.pk)


def test_a_stale_user_brings_no_former_trainer_back(real_club: Club) -> None:
    stale = User.objects.select_related("parent_trainer").get(pk=real_club.ta1.pk)
    worked_out(real_club.ta1, days_ago(2))
    moved = User.objects.get(pk=real_club.ta1.pk)
    moved.parent_trainer = real_club.trainer_b
    moved.save()
    DailyLog.objects.create(trainee=stale, date=TODAY, workout_data={"minutes": 30})
    person = Person.objects.get(key=str(real_club.ta1.pk))
    assert person.judged_in == str(real_club.trainer_b.pk)
    newest = Post.objects.filter(author=stale, type=Post.Type.WORKOUT).latest("id")
    assert newest.group == str(real_club.trainer_b.pk)


def test_a_mark_that_comes_late_does_not_hide_the_last_save(
    real_club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    its_source = sources.source("coaching.dailylog")
    assert its_source is not None
    with broken_rules(monkeypatch, RuntimeError()):
        log = worked_out(real_club.ta1, TODAY)
        saved_before = DailyLog(pk=log.pk, trainee=log.trainee, date=log.date)
        signals.note(its_source, saved_before, there=True)
    catch_up()
    assert days(real_club.ta1) == [TODAY]
    assert_sound(real_club.ta1)


# Code of the host that raises


@pytest.mark.parametrize("broken", ["user_key", "events"])
@pytest.mark.parametrize("atomic", [False, True])
def test_a_source_whose_queries_fail_harms_nobody(
    real_club: Club, monkeypatch: pytest.MonkeyPatch, broken: str, atomic: bool
) -> None:
    its_source = sources.source("coaching.dailylog")

    def fail(row: DailyLog) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    with monkeypatch.context() as patched:
        patched.setattr(its_source, broken, fail)
        if atomic:
            with transaction.atomic():
                worked_out(real_club.ta1, TODAY)
                assert DailyLog.objects.count() == 1
        else:
            worked_out(real_club.ta1, TODAY)
        if broken == "events":
            assert SourceRow.objects.get().due
            worked_out(real_club.tb, TODAY)
            assert catch_up() == {str(real_club.ta1.pk): False, str(real_club.tb.pk): False}
    sync()
    assert days(real_club.ta1) == [TODAY]
    assert_sound(real_club.ta1, real_club.tb)


def test_one_row_that_cannot_be_read_harms_no_other(
    real_club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    its_source = sources.source("coaching.dailylog")
    assert its_source is not None
    usual = its_source.events

    def fail(row: DailyLog) -> Any:
        if row.date == TODAY:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nothing FROM nowhere")
        return usual(row)

    DailyLog.objects.bulk_create(
        DailyLog(trainee=real_club.ta1, date=day, workout_data={"minutes": 30})
        for day in (days_ago(1), TODAY, days_ago(2))
    )
    with monkeypatch.context() as patched:
        patched.setattr(its_source, "events", fail)
        sync()
        assert days(real_club.ta1) == [days_ago(2), days_ago(1)]
    assert catch_up() == {str(real_club.ta1.pk): True}
    assert days(real_club.ta1) == [days_ago(2), days_ago(1), TODAY]


def test_settings_that_are_wrong_harm_no_save(real_club: Club) -> None:
    with override_settings(BADGE_ENGINE={"ROLE": "nowhere.at_all"}):
        real_club.ta1.first_name = "Anna"
        real_club.ta1.save(update_fields=["first_name"])
        worked_out(real_club.ta1, TODAY)
    real_club.ta1.refresh_from_db()
    assert real_club.ta1.first_name == "Anna"
    sync()
    assert days(real_club.ta1) == [TODAY]


# Odd transactions


def test_what_an_inner_transaction_evaluated_and_undid_is_evaluated_at_the_end(
    real_club: Club,
) -> None:
    with transaction.atomic():
        worked_out(real_club.ta1, TODAY)
        with transaction.atomic():
            assert new_achievements(real_club.ta1) != []
            transaction.set_rollback(True)
    assert days(real_club.ta1) == [TODAY]
    assert_sound(real_club.ta1)


def test_a_thousand_rows_and_more_in_one_transaction(real_club: Club) -> None:
    count = 1100
    with transaction.atomic():
        for number in range(count):
            DailyLog.objects.create(
                trainee=real_club.ta1, date=days_ago(number), workout_data={"minutes": 30}
            )
    assert len(events(real_club.ta1)) == count
    assert not SourceRow.objects.filter(due=True).exists()


# Transactions that wait for each other


def is_waiting(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s", [pid])
        return bool(cursor.fetchone() == ("Lock",))


class Beside:
    """Something that is done in a thread with a connection of its own, until it waits for us."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._pid: Queue[int] = Queue()
        self._pool = ThreadPoolExecutor(1)
        self._end = self._pool.submit(self._do, work)
        pid = self._pid.get(timeout=30)
        while not self._end.done() and not is_waiting(pid):
            sleep(0.01)

    def _do(self, work: Callable[[], object]) -> object:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._pid.put(cursor.fetchone()[0])
            return work()
        finally:
            connections.close_all()

    def end(self) -> object:
        try:
            return self._end.result(30)
        finally:
            self._pool.shutdown()


one_writer = pytest.mark.skipif(
    host.DATABASE == "sqlite", reason="SQLite has one writer at a time: nobody waits in a circle"
)


@one_writer
def test_a_save_after_news_waits_for_no_evaluation(
    real_club: Club, caplog: pytest.LogCaptureFixture
) -> None:
    log = worked_out(real_club.ta1, TODAY)
    with transaction.atomic():
        worked_out(real_club.ta1, days_ago(1))
        assert new_achievements(real_club.ta1) is not None  # holds the user until the end
        beside = Beside(lambda: worked_out(real_club.ta1, TODAY, minutes=50))
        log.workout_data = {"minutes": 60}
        log.save()
    beside.end()
    assert caplog.records == []
    assert [one.data["minutes"] for one in events(real_club.ta1)] == [40, 60]
    assert_sound(real_club.ta1)


@one_writer
def test_a_save_after_news_waits_for_no_catching_up(
    real_club: Club, caplog: pytest.LogCaptureFixture
) -> None:
    log = worked_out(real_club.ta1, TODAY)
    SourceRow.objects.update(due=True)
    with transaction.atomic():
        worked_out(real_club.ta1, days_ago(1))
        record(real_club.ta1, "workout", id="call", day=days_ago(2))
        beside = Beside(catch_up)
        log.workout_data = {"minutes": 60}
        log.save()
    beside.end()
    catch_up()
    assert caplog.records == []
    assert len(events(real_club.ta1)) == 3
    assert_sound(real_club.ta1)


@one_writer
@pytest.mark.parametrize("asks", ["for news", "for a fact"])
def test_who_asks_in_a_transaction_gives_way_to_a_save(real_club: Club, asks: str) -> None:
    log = worked_out(real_club.ta1, TODAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    has_saved = Signal()

    def upload() -> object:
        try:
            with transaction.atomic():
                worked_out(real_club.ta1, TODAY, minutes=50)
                has_saved.set()
                while not is_waiting(ours):
                    sleep(0.01)
                if asks == "for news":
                    return new_achievements(real_club.ta1)
                return record(real_club.ta1, "check_in", id="call", day=TODAY).result
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            worked_out(real_club.ta1, days_ago(1))
            assert new_achievements(real_club.ta1) != []  # holds the user until the end
            phone = pool.submit(upload)
            assert has_saved.wait(30)
            log.workout_data = {"minutes": 60}
            log.save()  # waits for the phone, which asks for the user
        assert phone.result(30) == ([] if asks == "for news" else "failed")
    assert [one.data.get("minutes") for one in events(real_club.ta1) if one.type == "workout"] == [
        40,
        60,
    ]
    assert len(events(real_club.ta1)) == (2 if asks == "for news" else 3)
    assert_sound(real_club.ta1)


@one_writer
@pytest.mark.parametrize("new", [True, False])
def test_a_sync_gives_way_to_saves(
    real_club: Club, caplog: pytest.LogCaptureFixture, new: bool
) -> None:
    logs = [
        DailyLog(trainee=real_club.ta1, date=days_ago(n), workout_data={"minutes": 30})
        for n in range(3)
    ]
    DailyLog.objects.bulk_create(logs)
    if not new:
        sync()
        DailyLog.objects.update(workout_data={"minutes": 35})
    with transaction.atomic():
        logs[1].workout_data = {"minutes": 40}
        logs[1].save()
        beside = Beside(sync)
        logs[0].workout_data = {"minutes": 50}
        logs[0].save()
    beside.end()
    catch_up()
    assert caplog.records == []
    assert sorted(one.data["minutes"] for one in events(real_club.ta1))[1:] == [40, 50]
    assert_sound(real_club.ta1)


@one_writer
def test_vanished_rows_give_way_to_saves(real_club: Club, caplog: pytest.LogCaptureFixture) -> None:
    logs = [worked_out(real_club.ta1, days_ago(n)) for n in range(2)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM coaching_dailylog")
    with transaction.atomic():
        logs[1].save(force_insert=True)
        beside = Beside(sync)
        logs[0].save(force_insert=True)
    beside.end()
    sync()
    assert caplog.records == []
    assert days(real_club.ta1) == [days_ago(1), TODAY]
    assert_sound(real_club.ta1)


# Odd models


@pytest.mark.parametrize("atomic", [False, True])
def test_rows_keyed_by_uuid_and_about_nobody_at_times(
    real_club: Club, mapped: Callable[..., type[Source]], atomic: bool
) -> None:
    mapped(Visit, "trainee")

    def save() -> None:
        if atomic:
            with transaction.atomic():
                visit.save()
        else:
            visit.save()

    visit = Visit(trainee=real_club.ta1, date=TODAY)
    save()
    assert days(real_club.ta1) == [TODAY]
    visit.trainee = None
    save()
    assert events(real_club.ta1) == []
    visit.trainee = real_club.tb
    save()
    assert days(real_club.tb) == [TODAY]
    assert_sound(real_club.ta1, real_club.tb)


@pytest.mark.parametrize("atomic", [False, True])
def test_a_row_that_its_manager_hides_counts_no_more(
    real_club: Club, mapped: Callable[..., type[Source]], atomic: bool
) -> None:
    mapped(Visit, "trainee")

    def save() -> None:
        if atomic:
            with transaction.atomic():
                visit.save()
        else:
            visit.save()

    visit = Visit(trainee=real_club.ta1, date=TODAY)
    save()
    visit.deleted_at = datetime.now(UTC)
    save()
    assert events(real_club.ta1) == []
    save()
    assert events(real_club.ta1) == []
    assert sync(dry=True).different.total() == 0
    visit.deleted_at = None
    save()
    assert days(real_club.ta1) == [TODAY]
    assert_sound(real_club.ta1)


def test_a_source_hears_of_its_rows_under_every_model(
    real_club: Club, mapped: Callable[..., type[Source]]
) -> None:
    mapped(Ride, "rider")
    LongRide.objects.create(code="long", rider=real_club.ta1, date=days_ago(1))
    ShortRide.objects.create(code="short", rider=real_club.ta1, date=TODAY)
    assert days(real_club.ta1) == [days_ago(1), TODAY]
    LongRide.objects.get().delete()
    ShortRide.objects.get(code="short").delete()
    assert events(real_club.ta1) == []
    assert_sound(real_club.ta1)


def test_a_source_of_a_proxy_hears_of_the_model_behind_it(
    real_club: Club, mapped: Callable[..., type[Source]]
) -> None:
    mapped(ShortRide, "rider")
    Ride.objects.create(code="short", rider=real_club.ta1, date=TODAY)
    assert days(real_club.ta1) == [TODAY]
    Ride.objects.get().delete()
    assert events(real_club.ta1) == []
    assert_sound(real_club.ta1)


def test_a_row_may_name_its_user_by_another_field(
    real_club: Club, mapped: Callable[..., type[Source]]
) -> None:
    mapped(Signature, "signer")
    Signature.objects.create(signer=real_club.ta1, date=TODAY)
    assert days(real_club.ta1) == [TODAY]
    Signature.objects.bulk_create([Signature(signer=real_club.ta1, date=days_ago(1))])
    sync(real_club.ta1)
    assert days(real_club.ta1) == [days_ago(1), TODAY]
    assert_sound(real_club.ta1)


@pytest.mark.parametrize("code", ["a:b@example.com", "50%", "é" * 100, "x" * 200])
def test_keys_of_rows_may_be_any_text(
    real_club: Club, mapped: Callable[..., type[Source]], code: str
) -> None:
    mapped(Ride, "rider")
    Ride.objects.create(code=code, rider=real_club.ta1, date=days_ago(1))
    Ride.objects.bulk_create([Ride(code=code[1:], rider=real_club.ta1, date=TODAY)])
    sync()
    assert days(real_club.ta1) == [days_ago(1), TODAY]
    Ride.objects.get(pk=code).delete()
    assert days(real_club.ta1) == [TODAY]
    assert_sound(real_club.ta1)


def test_events_of_two_rows_never_share_an_id(
    real_club: Club, mapped: Callable[..., type[Source]]
) -> None:
    rows = mapped(Ride, "rider")

    def named(_: Source, row: Ride) -> Iterator[Happened]:
        yield Happened("workout", day=row.date, name="b:c" if row.code == "a" else "c")

    rows.events = named  # type: ignore[method-assign,assignment] # on purpose
    Ride.objects.create(code="a", rider=real_club.ta1, date=days_ago(1))
    Ride.objects.create(code="a:b", rider=real_club.ta1, date=TODAY)
    assert days(real_club.ta1) == [days_ago(1), TODAY]


# Several databases


class Lagging:
    """A router that reads from a replica, which is not there yet."""

    def db_for_read(self, model: type[models.Model], instance: Any = None, **_: Any) -> str:
        return "default" if instance is not None else "replica"

    def db_for_write(self, model: type[models.Model], **_: Any) -> str:
        return "default"


def test_a_replica_that_lags_behind_is_not_asked(real_club: Club) -> None:
    trainee = real_club.ta1
    log = worked_out(trainee, days_ago(1))
    with override_settings(DATABASE_ROUTERS=[Lagging()]):
        log.workout_data = {"minutes": 50}
        log.save()
        with transaction.atomic():
            log.workout_data = {"minutes": 60}
            log.save()
            assert new_achievements(trainee) != []
        trainee.parent_trainer = real_club.trainer_b
        trainee.save()
        SourceRow.objects.using("default").update(due=True)
        assert evaluate_due(str(trainee.pk))
        assert sync().unfinished == set()
    (event,) = events(trainee)
    assert event.data["minutes"] == 60
    person = Person.objects.get(key=str(trainee.pk))
    assert person.judged_in == str(real_club.trainer_b.pk)


# Sync


def test_a_sync_of_one_user_finds_rows_that_went_to_another(real_club: Club) -> None:
    log = worked_out(real_club.ta1, TODAY)
    DailyLog.objects.filter(pk=log.pk).update(trainee=real_club.tb)
    sync(real_club.ta1)
    assert (days(real_club.ta1), days(real_club.tb)) == ([], [TODAY])
    assert_sound(real_club.ta1, real_club.tb)


# What it costs


def test_saves_do_not_count_what_is_due(real_club: Club) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        worked_out(real_club.ta1, TODAY)
    assert not any("count(" in query["sql"].lower() for query in captured)
    assert evaluation.ROWS_AT_ONCE < 1000  # SQLite allows no deeper expressions


def test_a_sync_takes_in_each_user_once(
    real_club: Club, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    users = [real_club.ta1, real_club.ta2, real_club.tb]
    DailyLog.objects.bulk_create(
        DailyLog(trainee=user, date=days_ago(n), workout_data={"minutes": 30})
        for n in range(6)
        for user in users
    )
    monkeypatch.setattr("django_adapter.services.sync.PAGE", 4)
    with CaptureQueriesContext(connection) as captured:
        done = sync()
    taken_in = [one for one in captured if 'INSERT INTO "badge_engine_event"' in one["sql"]]
    assert len(taken_in) == len(users)
    assert done.rows.total() == done.different.total() == 18
    assert done.users == {str(user.pk) for user in users}
    assert caplog.records == []
    assert_sound(*users)
