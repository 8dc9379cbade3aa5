"""Posts that follow from workouts and awards: which, when, and that each is there once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_adapter import record
from django_adapter.engine import engine
from django_adapter.members import key_of
from django_adapter.models import Block, Post
from django_adapter.services import feed, sharing
from django_adapter.services.evaluation import catch_up
from django_adapter.services.sync import backfill, sync
from tests.django.club import Club, worked_out
from tests.django.host.coaching.models import DailyLog, WeightCheckIn
from tests.django.host.people.models import User
from tests.django.together import together

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)

PACK = """
language: en
badges:
  - id: first
    name: {en: First Steps, de: Erste Schritte}
    description: Work out.
    icon: hiking
    category: workouts
    hidden: true
    on_correction: revoke
    rule: {type: count, event: workout, at_least: 1}
  - id: quiet
    name: Quiet
    description: Work out.
    icon: hiking
    category: workouts
    share: false
    rule: {type: count, event: workout, at_least: 1}
  - id: climber
    name: Climber
    description: Work out.
    icon: hiking
    category: workouts
    rule: {type: count, event: workout}
    tiers: [{bronze: 2}, {silver: 3}, {gold: 9}]
  - id: two-kilos
    name: Two kilos
    description: Lose weight.
    icon: hiking
    category: weight
    share: true
    rule: {type: change, event: weigh_in, field: weight, by: -2 kg}
  - id: one-kilo
    name: One kilo
    description: Lose weight.
    icon: hiking
    category: weight
    rule: {type: change, event: weigh_in, field: weight, by: -1 kg}
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """The badges of these tests."""
    path = tmp_path / "packs.yaml"
    path.write_text(PACK)
    return path


@contextmanager
def said(packs: Path, **more: Any) -> Iterator[None]:
    """What the host has set."""
    with override_settings(BADGE_ENGINE={"RULES": [str(packs)], **more}):
        yield


@pytest.fixture
def ours(packs: Path) -> Iterator[None]:
    with said(packs):
        yield


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def weighed(user: User, *kilos: str) -> None:
    for days, weight in enumerate(kilos):
        date_ = days_ago(len(kilos) - days)
        WeightCheckIn.objects.create(trainee=user, date=date_, weight_kg=weight)


def contents(user: User, kind: str | None = None) -> list[str]:
    """What a user's posts say that are shown, the oldest first."""
    posts = Post.objects.filter(author=user, state="shown").order_by("pk")
    if kind is not None:
        posts = posts.filter(type=kind)
    return list(posts.values_list("content", flat=True))


def assert_counted() -> None:
    shown = Post.objects.filter(state="shown").count()
    assert sum(Block.objects.values_list("posts", flat=True)) == shown


# What is posted


def test_a_workout_and_what_it_earns_are_posted_each_once(real_club: Club, ours: None) -> None:
    for _ in range(2):
        worked_out(real_club.ta1, TODAY)
    workout, award = Post.objects.order_by("pk")
    assert (workout.type, award.type) == ("workout_completed", "achievement_earned")
    assert workout.content == "Completed a workout: Legs."
    assert workout.metadata == {"workout_name": "Legs"}
    assert award.content == "Earned the badge First Steps."
    assert award.metadata == {"achievement_name": "First Steps"}
    assert {post.group for post in (workout, award)} == {key_of(real_club.trainer_a)}
    assert {post.author_id for post in (workout, award)} == {real_club.ta1.pk}
    assert_counted()


def test_of_several_tiers_at_once_the_highest_is_posted(real_club: Club, ours: None) -> None:
    with transaction.atomic():
        for days in (3, 2, 1):
            worked_out(real_club.ta1, days_ago(days))
    assert contents(real_club.ta1, "achievement_earned") == [
        "Earned the badge First Steps.",
        "Earned the badge Climber (silver).",
    ]
    climber = Post.objects.get(origin="award:climber/silver/1")
    assert climber.metadata == {"achievement_name": "Climber", "tier": "silver"}


def test_what_a_scale_says_is_posted_without_numbers_and_only_where_the_badge_says_so(
    real_club: Club, ours: None
) -> None:
    weighed(real_club.ta1, "80.0", "77.5")
    (post,) = Post.objects.all()
    assert post.origin == "award:two-kilos//1"
    assert (post.type, post.metadata) == ("weight_milestone", {})
    assert post.content == "Reached a personal milestone."


@pytest.mark.parametrize("kind", ["workout_completed", "achievement_earned", "weight_milestone"])
def test_each_kind_can_be_switched_off(real_club: Club, ours: None, kind: str) -> None:
    sharing.share(real_club.ta1, {kind: False})
    worked_out(real_club.ta1, TODAY)
    weighed(real_club.ta1, "80.0", "77.5")
    assert set(Post.objects.values_list("type", flat=True)) == {
        "workout_completed",
        "achievement_earned",
        "weight_milestone",
    } - {kind}


def test_without_a_trainer_nothing_is_posted(real_club: Club, ours: None) -> None:
    worked_out(real_club.alone, TODAY)
    assert engine().awards(key_of(real_club.alone))
    assert not Post.objects.exists()


def test_workouts_older_than_two_weeks_and_what_they_earned_are_not_posted(
    real_club: Club, ours: None
) -> None:
    worked_out(real_club.ta1, days_ago(16))
    assert engine().awards(key_of(real_club.ta1))
    assert not Post.objects.exists()
    worked_out(real_club.ta1, days_ago(13))
    assert contents(real_club.ta1, "workout_completed") == ["Completed a workout: Legs."]


def test_backfill_posts_nothing_and_sync_what_no_signal_told(real_club: Club, ours: None) -> None:
    def unheard(user: User, days: int) -> None:
        data = {"name": "Legs", "minutes": 40}
        DailyLog.objects.bulk_create(
            [DailyLog(trainee=user, date=days_ago(days), workout_data=data)]
        )

    unheard(real_club.ta1, 2)
    backfill()
    assert engine().awards(key_of(real_club.ta1))
    assert not Post.objects.exists()
    unheard(real_club.ta2, 1)
    for _ in range(2):
        sync()
    assert contents(real_club.ta1) == []
    assert len(contents(real_club.ta2)) == 2


def test_a_recorded_workout_is_posted_too(real_club: Club, ours: None) -> None:
    for _ in range(2):
        record(real_club.ta1, "workout", id="w1", day=TODAY, data={"kind": "run"})
    assert contents(real_club.ta1, "workout_completed") == ["Completed a workout: run."]


# What becomes of posts


def test_a_workout_that_is_emptied_takes_its_posts_along_and_brings_them_back(
    real_club: Club, ours: None
) -> None:
    log = worked_out(real_club.ta1, TODAY)
    before = contents(real_club.ta1)
    log.workout_data = {}
    log.save()
    assert contents(real_club.ta1) == []
    assert set(Post.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert_counted()
    worked_out(real_club.ta1, TODAY)
    assert contents(real_club.ta1) == before
    assert Post.objects.count() == 2
    assert_counted()


def test_an_old_workout_brings_its_post_back_too(real_club: Club, ours: None) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.workout_data = {}
    log.save()
    log.date = days_ago(30)
    log.workout_data = {"name": "Arms", "minutes": 10}
    log.save()
    assert contents(real_club.ta1, "workout_completed") == ["Completed a workout: Arms."]


def test_what_its_author_has_deleted_stays_deleted(real_club: Club, ours: None) -> None:
    log = worked_out(real_club.ta1, TODAY)
    for post in Post.objects.all():
        assert feed.remove(real_club.ta1, post.pk)
    log.workout_data = {}
    log.save()
    worked_out(real_club.ta1, TODAY, name="Arms")
    assert contents(real_club.ta1) == []
    assert set(Post.objects.values_list("state", "content")) == {("deleted", "")}
    assert_counted()


def test_a_kept_award_keeps_its_post(real_club: Club, ours: None) -> None:
    for days in (2, 1):
        log = worked_out(real_club.ta1, days_ago(days))
    log.delete()
    statuses = {one.award.badge: one.status for one in engine().awards(key_of(real_club.ta1))}
    assert statuses["climber"] == "kept"
    assert contents(real_club.ta1, "achievement_earned") == [
        "Earned the badge First Steps.",
        "Earned the badge Climber (bronze).",
    ]


def test_a_workout_is_called_what_it_is_called_now(real_club: Club, ours: None) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.workout_data["name"] = "Legs and arms"
    log.save()
    assert contents(real_club.ta1, "workout_completed") == ["Completed a workout: Legs and arms."]
    log.workout_data["minutes"] = 90
    log.save()
    assert Post.objects.filter(type="workout_completed").count() == 1


def test_a_row_that_moves_takes_its_post_to_the_other_user(real_club: Club, ours: None) -> None:
    log = worked_out(real_club.ta1, TODAY)
    log.trainee = real_club.tb
    log.save()
    assert contents(real_club.ta1) == []
    assert len(contents(real_club.tb)) == 2
    log.trainee = real_club.ta1
    log.save()
    assert (len(contents(real_club.ta1)), contents(real_club.tb)) == (2, [])
    assert_counted()


def test_a_row_that_moves_into_the_last_two_weeks_is_posted(real_club: Club, ours: None) -> None:
    log = worked_out(real_club.ta1, days_ago(40))
    assert contents(real_club.ta1) == []
    log.date = days_ago(1)
    log.save()
    assert contents(real_club.ta1, "workout_completed") == ["Completed a workout: Legs."]
    log.date = days_ago(40)
    log.save()
    assert len(contents(real_club.ta1, "workout_completed")) == 1


def test_a_silent_sync_still_withdraws(real_club: Club, ours: None) -> None:
    log = worked_out(real_club.ta1, TODAY)
    DailyLog.objects.filter(pk=log.pk).update(workout_data={})
    sync(silent=True)
    assert contents(real_club.ta1) == []


def test_posts_stay_in_the_group_where_they_were_written(real_club: Club, ours: None) -> None:
    log = worked_out(real_club.ta1, TODAY)
    user = real_club.ta1
    user.parent_trainer = real_club.trainer_b
    user.save()
    log = DailyLog.objects.get(pk=log.pk)
    log.workout_data = {}
    log.save()
    assert contents(user) == []
    worked_out(user, TODAY)
    worked_out(user, days_ago(1))
    groups = dict(Post.objects.filter(state="shown").values_list("origin", "group"))
    assert groups[f"event:coaching.dailylog:{log.pk}:workout"] == key_of(real_club.trainer_a)
    assert groups["award:climber/bronze/1"] == key_of(real_club.trainer_b)
    assert_counted()


def test_phones_and_a_sync_at_the_same_moment_post_everything_once(
    real_club: Club, ours: None
) -> None:
    log = worked_out(real_club.ta1, TODAY)
    for number in range(10):
        empty = DailyLog.objects.get(pk=log.pk)
        empty.workout_data = {}
        empty.save()
        DailyLog.objects.filter(pk=log.pk).update(workout_data={"name": "Legs", "minutes": number})
        again, other = (DailyLog.objects.get(pk=log.pk) for _ in range(2))
        new = partial(worked_out, real_club.ta1, days_ago(1 + number))
        together([again.save, other.save, sync, new])
    catch_up()
    workouts = Post.objects.filter(type="workout_completed", state="shown")
    assert workouts.count() == DailyLog.objects.count() == 11
    assert contents(real_club.ta1, "achievement_earned")[-1] == "Earned the badge Climber (gold)."
    origins = list(Post.objects.values_list("origin", flat=True))
    assert len(origins) == len(set(origins)) == 11 + 4
    assert_counted()


# Texts


def test_texts_are_the_hosts_where_it_has_its_own(real_club: Club, packs: Path) -> None:
    texts = {
        "workout_completed": {"en": "Trained: {workout_name}", "de": "Trainiert: {workout_name}"},
        "achievement_earned": "Got {achievement_name}",
        "weight_milestone": "Well done",
        "badges": {"climber": "Up, up, up"},
    }
    with said(packs, TEXTS=texts):
        for days in (2, 1):
            worked_out(real_club.ta1, days_ago(days))
        weighed(real_club.ta1, "80.0", "77.5")
    assert contents(real_club.ta1) == [
        "Trained: Legs",
        "Got First Steps",
        "Trained: Legs",
        "Up, up, up",
        "Well done",
    ]


def test_texts_speak_the_language_of_the_feed(real_club: Club, packs: Path) -> None:
    with said(packs, LANGUAGE="de"):
        worked_out(real_club.ta1, TODAY, name="")
        weighed(real_club.ta1, "80.0", "77.5")
    assert contents(real_club.ta1) == [
        "Hat trainiert: Workout.",
        "Hat das Abzeichen Erste Schritte verdient.",
        "Hat einen persönlichen Meilenstein erreicht.",
    ]


@pytest.mark.parametrize("template", ["{kilos} lost", "{", "{0}", "{achievement_name.x}"])
def test_a_text_that_cannot_be_filled_in_is_replaced_by_ours(
    real_club: Club, packs: Path, template: str, caplog: pytest.LogCaptureFixture
) -> None:
    with said(packs, TEXTS={"achievement_earned": template}):
        worked_out(real_club.ta1, TODAY)
    assert contents(real_club.ta1, "achievement_earned") == ["Earned the badge First Steps."]
    assert "cannot be filled in" in caplog.text


def test_texts_have_a_longest_length(real_club: Club, packs: Path) -> None:
    with said(packs, POST_LENGTH=30):
        worked_out(real_club.ta1, TODAY, name="Legs" * 100)
    (text,) = contents(real_club.ta1, "workout_completed")
    assert text == "Completed a workout: LegsLegs…"
    post = Post.objects.get(type="workout_completed")
    assert len(post.metadata["workout_name"]) == 200


def test_names_of_workouts_stand_on_one_line_and_turn_nothing_round(
    real_club: Club, ours: None
) -> None:
    worked_out(real_club.ta1, TODAY, name=" Leg\u202e\n day\x1b \u200f👩\u200d🚀 ")
    post = Post.objects.get(type="workout_completed")
    assert post.metadata["workout_name"] == "Leg day 👩\u200d🚀"


@pytest.mark.parametrize("name", [None, "", " \n"])
def test_a_workout_without_a_name_has_one_anyway(
    real_club: Club, ours: None, name: str | None
) -> None:
    worked_out(real_club.ta1, TODAY, name=name)
    assert Post.objects.get(type="workout_completed").metadata == {"workout_name": "Workout"}


def test_what_is_sensitive_names_no_workout(real_club: Club, packs: Path) -> None:
    with said(packs, WORKOUTS={"weigh_in": "weight"}):
        weighed(real_club.ta1, "80.0")
    (post,) = Post.objects.all()
    assert post.metadata == {"workout_name": "Workout"}
    assert "80" not in post.content


# What posts cost


def on_posts(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in captured if "badge_engine_post" in query["sql"]]


def test_new_posts_are_one_query_however_many(real_club: Club, ours: None) -> None:
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        for days in (5, 4, 3, 2, 1):
            worked_out(real_club.ta1, days_ago(days))
    assert Post.objects.count() == 5 + 2
    assert len(on_posts(captured)) == 1


def test_where_there_is_nothing_to_post_nothing_is_asked(real_club: Club, ours: None) -> None:
    for days in (3, 2, 1, 0):
        log = worked_out(real_club.ta1, days_ago(days))
    log.workout_data["minutes"] = 90
    with CaptureQueriesContext(connection) as captured:
        log.save()
        worked_out(real_club.ta1, days_ago(60))
        weighed(real_club.ta1, "80.0")
    assert on_posts(captured) == []
