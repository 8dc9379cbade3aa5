"""A host that has kept achievements itself hands them over, and nobody notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

from badge_engine import LedgerAward
from django_adapter.engine import engine
from django_adapter.models import (
    Announcement,
    AuditRow,
    AwardRow,
    Badge,
    Block,
    Person,
    Post,
    Reaction,
    ReadMark,
)
from django_adapter.rules import shared_rules
from django_adapter.services import announcements, catalogue, sync
from django_adapter.services.legacy import Imported, import_legacy
from django_adapter.triggers import recount
from tests.django.club import Club, worked_out
from tests.django.host.coaching.models import DailyLog
from tests.django.host.people.models import User
from tests.django.legacy_host import at, contents, drop, make, put, tables_made
from tests.django.test_packs import at_once

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def host(real_club: Club) -> Iterator[Club]:
    """A club whose host has its own tables, with something in each of them."""
    with tables_made():
        fill(real_club)
        yield real_club


ACHIEVEMENTS = {
    31: ("First steps", "workout_count", 1),
    32: ("Three in a row", "workout_streak", 3),
    33: ("A whole month", "moon_phase", 30),
}


def fill(club: Club) -> None:
    a, b, ta1, ta2, tb = (
        one.pk for one in (club.trainer_a, club.trainer_b, club.ta1, club.ta2, club.tb)
    )
    for number, (trainer, days, pinned) in {
        4: (a, 40, True),
        7: (b, 39, False),
        9: (a, 30, False),
        12: (a, 20, False),
    }.items():
        put(
            "announcements",
            id=number,
            trainer_id=trainer,
            title=f"Title {number}",
            body=f"Body {number}",
            is_pinned=pinned,
            created_at=at(days_ago(days)),
            updated_at=at(days_ago(days), 13),
        )
    put(
        "announcement_read_statuses",
        id=1,
        trainee_id=ta1,
        trainer_id=a,
        last_read_at=at(days_ago(25)),
    )
    put(
        "announcement_read_statuses",
        id=2,
        trainee_id=tb,
        trainer_id=None,
        last_read_at=at(days_ago(2)),
    )
    for number, (name, criterion, value) in ACHIEVEMENTS.items():
        put(
            "achievements",
            id=number,
            name=name,
            description="",
            icon_name="star",
            criteria_type=criterion,
            criteria_value=value,
        )
    for number, (user, achievement, days) in {
        101: (ta1, 31, 60),
        102: (ta1, 32, 58),
        103: (ta1, 33, 30),
        104: (ta2, 31, 3),
        105: (club.alone.pk, 31, 9),
    }.items():
        put(
            "user_achievements",
            id=number,
            user_id=user,
            achievement_id=achievement,
            earned_at=at(days_ago(days)),
        )
    post(201, ta1, a, days=58, type="achievement_earned", achievement_name="Three in a row")
    post(202, ta2, a, days=57)
    post(203, tb, b, days=56, type="workout_completed", workout_name="Legs")
    post(204, club.alone.pk, None, days=55)
    post(205, ta2, a, days=54, type="poll")
    for number, (post_id, user, kind) in {
        1: (201, ta2, "fire"),
        2: (201, ta1, "heart"),
        3: (202, ta1, "fire"),
        4: (202, ta1, "shrug"),
        5: (204, ta1, "fire"),
    }.items():
        put(
            "post_reactions",
            id=number,
            post_id=post_id,
            user_id=user,
            reaction_type=kind,
            created_at=at(days_ago(50)),
        )


def post(
    number: int, author: int, trainer: int | None, days: int, type: str = "text", **more: Any
) -> None:
    put(
        "community_posts",
        id=number,
        author_id=author,
        trainer_id=trainer,
        content=f"Post {number}",
        post_type=type,
        metadata=more,
        created_at=at(days_ago(days)),
    )


def ledger(user: User) -> dict[str, LedgerAward]:
    found = engine().awards(str(user.pk), status=("earned", "kept", "revoked"))
    return {one.award.badge: one for one in found}


def everything() -> dict[str, list[Any]]:
    """All rows of the adapter, but where a table is up to."""
    models = apps.get_app_config("badge_engine").get_models()
    return {one.__name__: list(QuerySet(one).order_by("pk").values()) for one in models}


def left(done: Imported, kind: str) -> dict[str, list[int]]:
    return done.tables[kind].named


def test_ids_and_times_are_kept(host: Club) -> None:
    import_legacy()
    told = Announcement.objects.order_by("pk").values_list(
        "pk", "title", "created_at", "updated_at"
    )
    assert told[0] == (4, "Title 4", at(days_ago(40)), at(days_ago(40), 13))
    assert [one[0] for one in told] == [4, 7, 9, 12]
    assert Announcement.objects.get(pk=4).is_pinned
    posts = Post.objects.order_by("pk").values_list("pk", "author", "group", "type", "created_at")
    key = str(host.trainer_a.pk)
    assert list(posts) == [
        (201, host.ta1.pk, key, "achievement_earned", at(days_ago(58))),
        (202, host.ta2.pk, key, "text", at(days_ago(57))),
        (203, host.tb.pk, str(host.trainer_b.pk), "workout_completed", at(days_ago(56))),
    ]
    assert Post.objects.get(pk=203).metadata == {"workout_name": "Legs"}
    reactions = Reaction.objects.order_by("pk").values_list("pk", "post", "kind", "created_at")
    when = at(days_ago(50))
    assert list(reactions) == [
        (1, 201, "fire", when),
        (2, 201, "heart", when),
        (3, 202, "fire", when),
    ]
    awards = AwardRow.objects.order_by("pk").values_list("pk", "person__key", "badge")
    assert list(awards) == [
        (101, str(host.ta1.pk), "first-workout"),
        (102, str(host.ta1.pk), "workout-streak-3"),
        (104, str(host.ta2.pk), "first-workout"),
        (105, str(host.alone.pk), "first-workout"),
    ]
    assert ledger(host.ta1)["first-workout"].recorded_at == at(days_ago(60))
    assert Badge.objects.get(pk=31).slug == "first-workout"
    assert Badge.objects.get(pk=32).slug == "workout-streak-3"


def test_what_is_left_is_told_with_its_reason(host: Club) -> None:
    done = import_legacy()
    assert done.unmatched == {33: "A whole month"}
    assert left(done, "user_achievements") == {
        "the achievement 'A whole month' is none of our badges": [103]
    }
    assert left(done, "community_posts") == {
        "its user has no trainer": [204],
        "there are no posts of the type 'poll'": [205],
    }
    assert left(done, "post_reactions") == {
        "there are no reactions of the kind 'shrug'": [4],
        "its post was left": [5],
    }
    assert {kind: (one.rows, one.taken) for kind, one in done.tables.items()} == {
        "announcements": (4, 4),
        "announcement_read_statuses": (2, 2),
        "user_achievements": (5, 4),
        "community_posts": (5, 3),
        "post_reactions": (5, 3),
    }
    assert done.missing == []


def test_a_dry_run_counts_the_same_and_writes_nothing(host: Club) -> None:
    before = everything()
    dry = import_legacy(dry=True)
    assert everything() == before
    assert import_legacy().as_json() == dry.as_json()


def test_a_second_import_finds_nothing_new(host: Club) -> None:
    import_legacy()
    before = everything()
    done = import_legacy()
    assert everything() == before
    assert {kind: one.taken for kind, one in done.tables.items()} == dict.fromkeys(done.tables, 0)
    assert left(done, "community_posts")["its user has no trainer"] == [204]


def test_what_is_deleted_after_the_import_stays_deleted(host: Club) -> None:
    import_legacy()
    Announcement.objects.get(pk=9).delete()
    Reaction.objects.get(pk=3).delete()
    Post.objects.filter(pk=203).delete()
    import_legacy()
    assert not Announcement.objects.filter(pk=9).exists()
    assert not Reaction.objects.filter(pk=3).exists()
    assert not Post.objects.filter(pk=203).exists()


def test_what_was_left_comes_when_its_reason_is_gone(host: Club) -> None:
    import_legacy()
    User.objects.filter(pk=host.alone.pk).update(parent_trainer=host.trainer_b)
    put(
        "user_achievements",
        id=106,
        user_id=host.tb.pk,
        achievement_id=31,
        earned_at=at(days_ago(1)),
    )
    done = import_legacy(badges={33: "workout-streak-7"})
    assert Post.objects.get(pk=204).group == str(host.trainer_b.pk)
    assert Reaction.objects.get(pk=5).post_id == 204
    assert AwardRow.objects.get(pk=103).badge == "workout-streak-7"
    assert AwardRow.objects.get(pk=106).person.key == str(host.tb.pk)
    assert done.unmatched == {}


def test_an_interrupted_import_goes_on(host: Club) -> None:
    whole = import_legacy(dry=True)
    taken: dict[str, int] = {}

    def stop_after_posts(kind: str) -> None:
        taken[kind] = taken.get(kind, 0) + 1
        if kind == "post_reactions":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_legacy(on_row=stop_after_posts)
    assert Post.objects.count() == 3
    assert not Reaction.objects.exists()
    done = import_legacy()
    assert done.tables["post_reactions"] == whole.tables["post_reactions"]
    assert Reaction.objects.count() == 3
    assert Post.objects.count() == 3


def test_two_imports_at_once_take_every_row_once(host: Club) -> None:
    once = import_legacy(dry=True)
    both = at_once(import_legacy, import_legacy)
    for kind, whole in once.tables.items():
        assert sum(one.tables[kind].taken for one in both) == whole.taken
    assert (Post.objects.count(), Reaction.objects.count(), AwardRow.objects.count()) == (3, 3, 4)
    assert announcements.unread(host.ta2) == 3


def test_an_import_beside_live_traffic(host: Club) -> None:
    for number in range(300, 1000):
        put(
            "user_achievements",
            id=number,
            user_id=host.ta1.pk if number % 2 else host.ta2.pk,
            achievement_id=31 + number % 2,
            earned_at=at(days_ago(40)),
        )
    found = at_once(
        import_legacy,
        lambda: [worked_out(host.ta1, days_ago(ago)) for ago in range(9, 4, -1)],
        lambda: [worked_out(host.ta2, days_ago(ago)) for ago in range(9, 4, -1)],
    )
    assert not [one for one in found if isinstance(one, Exception)]
    for user in (host.ta1, host.ta2):
        assert engine().reconcile(str(user.pk)) == []
        assert ledger(user)["workout-streak-3"].status == "earned"
    assert not ledger(host.ta1)["first-workout"].celebrate


# Awards


def test_an_award_that_facts_do_not_give_is_kept(host: Club) -> None:
    import_legacy()
    award = ledger(host.ta1)["workout-streak-3"]
    assert (award.status, award.celebrate, award.seen_at) == ("kept", False, at(days_ago(58)))
    assert award.award.earned_at == at(days_ago(58))
    assert award.award.evidence.event == "legacy:102"
    assert engine().unseen(str(host.ta1.pk)) == []
    for user in (host.ta1, host.ta2, host.alone):
        assert engine().reconcile(str(user.pk)) == []


def test_the_local_day_of_an_award_is_that_of_its_user(host: Club) -> None:
    host.ta1.time_zone = "Pacific/Kiritimati"
    host.ta1.save()
    import_legacy()
    award = ledger(host.ta1)["workout-streak-3"].award
    assert award.earned_on == days_ago(57)
    assert ledger(host.ta2)["first-workout"].award.earned_on == days_ago(3)


def log(user: User, day: date) -> DailyLog:
    """A row that was there before the app was, and that no signal told of."""
    (made,) = DailyLog.objects.bulk_create(
        [DailyLog(trainee=user, date=day, workout_data={"minutes": 30})]
    )
    return made


def test_facts_that_come_later_make_it_earned_in_silence(host: Club) -> None:
    import_legacy()
    posts = Post.objects.count()
    for ago in (62, 61, 60):
        log(host.ta1, days_ago(ago))
    log(host.ta2, days_ago(3))  # fresh enough to be celebrated, were it news
    sync.sync()
    award = ledger(host.ta1)["workout-streak-3"]
    assert (award.status, award.celebrate) == ("earned", False)
    assert award.award.earned_on == days_ago(60)  # what the facts say
    assert award.recorded_at == at(days_ago(58))
    fresh = ledger(host.ta2)["first-workout"]
    assert (fresh.status, fresh.celebrate, fresh.seen_at) == ("earned", False, at(days_ago(3)))
    assert AwardRow.objects.get(pk=104).badge == "first-workout"
    for user in (host.ta1, host.ta2):
        assert engine().unseen(str(user.pk)) == []
        assert engine().reconcile(str(user.pk)) == []
    assert not Post.objects.filter(type="achievement_earned").exclude(pk=201).exists()
    assert Post.objects.filter(pk__lt=206).count() == posts
    kinds = AuditRow.objects.filter(person__key=str(host.ta2.pk)).values_list("kind", flat=True)
    assert list(kinds) == ["reinstated"]


def test_the_next_of_its_kind_is_news(host: Club) -> None:
    import_legacy()
    for ago in (2, 1, 0):
        worked_out(host.ta2, days_ago(ago))
    unseen = {one.award.badge for one in engine().unseen(str(host.ta2.pk))}
    assert "workout-streak-3" in unseen
    assert "first-workout" not in unseen


def test_facts_that_came_before_make_it_earned_at_once(host: Club) -> None:
    for ago in (62, 61, 60):
        log(host.ta1, days_ago(ago))
    sync.sync(silent=True)
    AwardRow.objects.all().delete()
    Person.objects.update(rules="", states=b"")
    import_legacy()
    assert ledger(host.ta1)["workout-streak-3"].status == "earned"
    assert engine().reconcile(str(host.ta1.pk)) == []


def test_an_award_that_later_facts_give_is_no_second_one(host: Club) -> None:
    """The engine folds on from its states and looks at the ledger only where it has to."""
    worked_out(host.ta1, days_ago(9))
    import_legacy()
    for ago in (8, 7):
        worked_out(host.ta1, days_ago(ago))
    award = ledger(host.ta1)["workout-streak-3"]
    assert (award.status, award.celebrate) == ("earned", False)
    assert AwardRow.objects.get(pk=102).badge == "workout-streak-3"
    assert engine().reconcile(str(host.ta1.pk)) == []
    assert "workout-streak-3" not in {one.award.badge for one in engine().unseen(str(host.ta1.pk))}


def test_what_we_gave_already_is_not_told_again(host: Club) -> None:
    worked_out(host.ta2, days_ago(0))
    assert {one.award.badge for one in engine().unseen(str(host.ta2.pk))} >= {"first-workout"}
    import_legacy()
    award = ledger(host.ta2)["first-workout"]
    assert (award.status, award.celebrate, award.seen_at) == ("earned", False, at(days_ago(3)))
    assert award.award.earned_on == TODAY
    assert engine().reconcile(str(host.ta2.pk)) == []


def test_a_kept_award_outlives_a_backfill_that_revokes(host: Club) -> None:
    import_legacy()
    sync.backfill(revoke=True)
    assert ledger(host.ta1)["workout-streak-3"].status == "kept"


def test_a_post_of_an_award_goes_with_the_award(host: Club) -> None:
    import_legacy()
    assert Post.objects.get(pk=201).origin == "award:workout-streak-3//1"


def test_an_achievement_may_be_named_a_badge(host: Club) -> None:
    done = import_legacy(badges={33: "workout-streak-14"})
    assert done.unmatched == {}
    assert "workout-streak-14" in ledger(host.ta1)
    with pytest.raises(ImproperlyConfigured, match="no badge 'workout-strek-14'"):
        import_legacy(badges={33: "workout-strek-14"})


@pytest.mark.parametrize(
    ("name", "criterion", "value", "badge"),
    [
        ("Five", "workout_count", 5, "five-workouts"),  # not the one before seven o'clock
        ("before the kettle ", "workout_count", 5, "early-bird"),
        ("Seven", "workout_streak", 7, "workout-streak-7"),  # not the one again and again
        ("Four", "workout_streak", 4, None),  # of several weeks, none the plain one
        ("Three a week", "workout_streak", 12, "three-a-week"),
        ("Nine", "workout_streak", 9, None),
    ],
)
def test_of_several_badges_the_one_of_the_name_else_the_plain_one_is_meant(
    host: Club, name: str, criterion: str, value: int, badge: str | None
) -> None:
    put(
        "achievements",
        id=40,
        name=name,
        description="",
        icon_name="",
        criteria_type=criterion,
        criteria_value=value,
    )
    put(
        "user_achievements",
        id=110,
        user_id=host.tb.pk,
        achievement_id=40,
        earned_at=at(days_ago(5)),
    )
    done = import_legacy()
    assert set(ledger(host.tb)) == ({badge} if badge else set())
    assert (40 in done.unmatched) is (badge is None)


def test_badges_with_other_numbers_make_room(host: Club) -> None:
    numbers = catalogue.numbers(shared_rules())
    before = {key: badge.pk for key, badge in numbers.items()}
    occupant = Badge.objects.filter(pk=31).first()
    import_legacy()
    after = {key: badge.pk for key, badge in catalogue.numbers(shared_rules()).items()}
    assert after["first-workout", ""] == 31
    assert after["workout-streak-3", ""] == 32
    assert before.keys() == after.keys()
    assert len(set(after.values())) == len(after)
    if occupant is not None:
        assert Badge.objects.get(slug=occupant.slug, tier=occupant.tier).pk > max(before.values())


# Announcements


def test_who_had_read_has_read(host: Club) -> None:
    import_legacy()
    assert announcements.unread(host.ta1) == 1  # the one of twenty days ago
    assert announcements.unread(host.ta2) == 3
    assert announcements.unread(host.tb) == 0
    mark = ReadMark.objects.get(user=str(host.ta1.pk))
    assert mark.last_read_at == at(days_ago(25))


def test_announcements_go_among_those_that_are_there(host: Club) -> None:
    told = announcements.write(host.trainer_a, title="New", body="New")
    announcements.mark_read(host.ta2, str(host.trainer_a.pk))
    announcements.write(host.trainer_a, title="Newer", body="Newer")
    import_legacy()
    assert announcements.unread(host.ta2) == 1  # what is older than what was read is read
    assert announcements.unread(host.ta1) == 3
    in_order = Announcement.objects.filter(trainer=host.trainer_a).order_by("revision")
    assert [one.title for one in in_order] == ["Title 4", "Title 9", "Title 12", "New", "Newer"]
    assert [one.revision for one in in_order] == [1, 2, 3, 4, 5]
    assert told.revision == 1
    after = announcements.write(host.trainer_a, title="Last", body="Last")
    assert after.revision == 6


def test_reading_may_be_kept_announcement_by_announcement(host: Club) -> None:
    drop("announcement_read_statuses")
    make(
        "announcement_read_statuses",
        {"user_id": "id", "announcement_id": "id", "read_at": "instant"},
    )
    for number, (user, told) in {
        1: (host.ta1.pk, 4),
        2: (host.ta1.pk, 9),
        3: (host.ta2.pk, 4),
    }.items():
        put(
            "announcement_read_statuses",
            id=number,
            user_id=user,
            announcement_id=told,
            read_at=at(days_ago(1)),
        )
    import_legacy()
    assert announcements.unread(host.ta1) == 1
    assert announcements.unread(host.ta2) == 2


# Numbers and blocks


def test_new_rows_get_numbers_of_their_own(host: Club) -> None:
    import_legacy()
    made = Post.objects.create(
        author=host.ta1, group=str(host.trainer_a.pk), type="text", created_at=at(TODAY)
    )
    assert made.pk > 205
    assert announcements.write(host.trainer_a, title="New", body="New").pk > 12
    reaction = Reaction.objects.create(post=made, user=host.ta2, kind="fire")
    assert reaction.pk > 5
    worked_out(host.tb, TODAY)
    assert AwardRow.objects.filter(person__key=str(host.tb.pk)).order_by("pk")[0].pk > 105


def test_a_number_that_is_taken_is_told(host: Club) -> None:
    group = str(host.trainer_b.pk)
    Post.objects.create(id=202, author=host.tb, group=group, type="text", created_at=at(TODAY))
    done = import_legacy()
    assert left(done, "community_posts")["its number is taken"] == [202]
    assert left(done, "post_reactions")["its post was left"] == [3, 4, 5]
    assert not Reaction.objects.filter(post=202).exists()


def blocks(group: User) -> list[tuple[int, int]]:
    rows = Block.objects.filter(group=str(group.pk)).order_by("first_id")
    return list(rows.values_list("first_id", "posts"))


def test_the_blocks_of_the_feed_are_right(host: Club) -> None:
    old = Post.objects.create(
        id=900, author=host.ta1, group=str(host.trainer_a.pk), type="text", created_at=at(TODAY)
    )
    for number in range(1000, 2300):
        post(number, host.ta2.pk, host.trainer_a.pk, days=5)
    import_legacy()
    assert old.pk == 900
    kept = {trainer: blocks(trainer) for trainer in (host.trainer_a, host.trainer_b)}
    assert sum(posts for _, posts in kept[host.trainer_a]) == 1303
    assert max(posts for _, posts in kept[host.trainer_a]) <= 1000
    for trainer, before in kept.items():
        recount("default", str(trainer.pk))
        assert blocks(trainer) == before


# Hosts with other words


def test_names_may_be_told(real_club: Club) -> None:
    tables = {
        "coach_news": {"coach_ref": "id", "headline": "text", "words": "text", "at": "instant"}
    }
    with tables_made(tables):
        put(
            "coach_news",
            id=5,
            coach_ref=real_club.trainer_a.pk,
            headline="H" * 300,
            words=None,
            at=at(days_ago(9)),
        )
        named = {"trainer": "coach_ref", "title": "headline", "body": "words", "created_at": "at"}
        done = import_legacy(
            {"announcements": "coach_news"},
            {f"announcements.{part}": column for part, column in named.items()},
        )
    told = Announcement.objects.get(pk=5)
    assert (told.title, told.body, told.updated_at) == ("H" * 200, "", at(days_ago(9)))
    assert "community_posts" in done.missing


def test_names_that_are_not_there_are_told(host: Club) -> None:
    with pytest.raises(ImproperlyConfigured, match="'nowhere' is not in the database"):
        import_legacy({"announcements": "nowhere"})
    with pytest.raises(ImproperlyConfigured, match="no table 'trophies'"):
        import_legacy({"trophies": "nowhere"})
    with pytest.raises(ImproperlyConfigured, match="no column 'when'"):
        import_legacy(columns={"announcements.created_at": "when"})
    drop("user_achievements")
    make("user_achievements", {"user_id": "id", "earned_at": "instant"})
    with pytest.raises(ImproperlyConfigured, match=r"is user_achievements\.achievement"):
        import_legacy()
    assert not Announcement.objects.exists()


def test_without_any_table_there_is_nothing_to_import(real_club: Club) -> None:
    with pytest.raises(ImproperlyConfigured, match="give their names"):
        import_legacy()


def test_rows_that_say_nothing_readable_are_left(host: Club) -> None:
    put("user_achievements", id=107, user_id=host.ta1.pk, achievement_id=31, earned_at=None)
    put("user_achievements", id=108, user_id=10**9, achievement_id=31, earned_at=at(TODAY))
    put("user_achievements", id=109, user_id=host.ta2.pk, achievement_id=None, earned_at=at(TODAY))
    put("post_reactions", id=9, post_id=201, user_id=None, reaction_type="fire", created_at=None)
    done = import_legacy()
    found = left(done, "user_achievements")
    assert found["it has no time"] == [107]
    assert found["its user is not there"] == [108]
    assert found["the achievement '' is none of our badges"] == [109]
    assert left(done, "post_reactions")["its user is not there"] == [9]


def test_the_hosts_tables_are_left_as_they_are(host: Club) -> None:
    names = ["announcements", "user_achievements", "community_posts", "post_reactions"]
    before = contents(names)
    import_legacy()
    assert contents(names) == before
