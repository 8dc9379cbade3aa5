"""Trainers' own packs: who is judged by them, from when on, and what a broken one harms."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from badge_engine import LedgerAward
from django_adapter import rules
from django_adapter.engine import engine
from django_adapter.models import AwardRow, Edition, Group, Pack
from django_adapter.rules import GroupRules, rules_of, shared_rules
from django_adapter.services import packs
from django_adapter.services.checking import check
from django_adapter.services.packs import PackRefused, UnknownPack
from django_adapter.settings import settings
from tests.django.club import Club, worked_out
from tests.django.host.people.models import User
from tests.django.worker import DATABASE

TODAY = date.today()
pytestmark = pytest.mark.django_db(transaction=True)


def pack_of(*badges: str, goal: int = 2) -> str:
    """A pack of badges, each for some workouts."""
    written = "".join(
        f"  - id: {badge}\n    name: {badge.title()}\n"
        f"    rule: {{type: count, event: workout, at_least: {goal}}}\n"
        for badge in badges
    )
    return f"language: en\nbadges:\n{written}"


def published(trainer: User, name: str = "summer", text: str = "") -> None:
    packs.save(trainer, name, text or pack_of("twice"))
    packs.publish(trainer, name)


def with_workouts(user: User, days: int = 2) -> User:
    for ago in range(days, 0, -1):
        worked_out(user, TODAY - timedelta(days=ago))
    return user


def awards(user: User, **asked: Any) -> dict[str, LedgerAward]:
    return {one.award.badge: one for one in engine().awards(str(user.pk), **asked)}


def held(user: User) -> set[str]:
    return set(awards(user, status=["earned"]))


def codes(refused: pytest.ExceptionInfo[PackRefused]) -> list[str]:
    return [one.code for one in refused.value.diagnostics if one.severity == "error"]


@pytest.fixture
def own(real_club: Club) -> str:
    """The id of a badge that trainer A calls `twice`."""
    return f"{real_club.trainer_a.pk}:twice"


# Whose rules


def test_only_the_own_group_is_judged_by_a_pack(real_club: Club, own: str) -> None:
    published(real_club.trainer_a)
    for user in (real_club.ta1, real_club.tb, real_club.alone):
        with_workouts(user)
    assert own in held(real_club.ta1)
    assert own in rules_of(real_club.ta2).badges
    for user in (real_club.tb, real_club.alone):
        assert "first-workout" in held(user)
        assert rules_of(user) is shared_rules()
        assert not any(":" in badge for badge in held(user))


def test_two_trainers_may_use_one_id(real_club: Club) -> None:
    published(real_club.trainer_a)
    published(real_club.trainer_b, text=pack_of("twice", goal=3))
    for user in (real_club.ta1, real_club.tb):
        with_workouts(user)
    assert f"{real_club.trainer_a.pk}:twice" in held(real_club.ta1)
    assert f"{real_club.trainer_b.pk}:twice" not in held(real_club.tb)


def test_a_pack_may_use_the_id_of_a_shipped_badge_and_refer_to_another(real_club: Club) -> None:
    text = pack_of("first-workout") + (
        "  - id: both\n    name: Both\n    rule: {type: all_of, of: [{badge: first-workout},"
        " {badge: workout-streak-3}]}\n"
    )
    published(real_club.trainer_a, text=text)
    with_workouts(real_club.ta1, days=3)
    key = real_club.trainer_a.pk
    assert {f"{key}:first-workout", f"{key}:both", "first-workout"} <= held(real_club.ta1)


def test_what_is_saved_is_not_in_force(real_club: Club, own: str) -> None:
    packs.save(real_club.trainer_a, "summer", pack_of("twice"))
    with_workouts(real_club.ta1)
    assert own not in held(real_club.ta1)
    assert rules_of(real_club.ta1) is shared_rules()


@override_settings(BADGE_ENGINE={"TRAINER_PACKS": False})
def test_a_host_may_have_no_packs_of_trainers(real_club: Club) -> None:
    published(real_club.trainer_a)
    assert rules_of(real_club.ta1) is shared_rules()


# Publishing


def test_publishing_brings_trainees_up_to_date_in_silence(real_club: Club, own: str) -> None:
    with_workouts(real_club.ta1)
    published(real_club.trainer_a)
    award = awards(real_club.ta1)[own]
    assert award.status == "earned"
    assert not award.celebrate
    assert engine().reconcile(str(real_club.ta1.pk)) == []


def test_a_trainee_who_is_not_reached_has_progress_at_once_and_awards_soon(
    real_club: Club, own: str
) -> None:
    with_workouts(real_club.ta1)
    packs.save(real_club.trainer_a, "summer", pack_of("twice"))
    with transaction.atomic():
        packs.publish(real_club.trainer_a, "summer")
        (progress,) = (one for one in engine().progress(str(real_club.ta1.pk)) if one.badge == own)
        assert progress.value == progress.target == 2
        assert progress.state == "earned"
        assert own not in held(real_club.ta1)
        connection.run_on_commit.clear()  # as where the process dies here
    worked_out(real_club.ta1, TODAY)
    assert own in held(real_club.ta1)


def test_no_time_to_bring_anyone_up_to_date_leaves_all_for_later(real_club: Club, own: str) -> None:
    with_workouts(real_club.ta1)
    published(real_club.trainer_a)
    packs.save(real_club.trainer_a, "summer", pack_of("twice", "two"))
    with transaction.atomic():
        packs.publish(real_club.trainer_a, "summer")
        connection.run_on_commit.clear()
    trainees = User.objects.filter(parent_trainer=real_club.trainer_a).count()
    assert packs.renew_group(real_club.trainer_a, seconds=-1) == trainees
    assert held(real_club.ta1) >= {own}
    assert packs.renew_group(real_club.trainer_a, seconds=60) == 0
    assert f"{real_club.trainer_a.pk}:two" in held(real_club.ta1)


def test_a_badge_that_is_removed_stays_with_who_holds_it(real_club: Club, own: str) -> None:
    published(real_club.trainer_a)
    with_workouts(real_club.ta1)
    published(real_club.trainer_a, text=pack_of("other"))
    award = awards(real_club.ta1)[own]
    assert award.status == "kept"
    assert f"{real_club.trainer_a.pk}:other" in held(real_club.ta1)


def test_an_older_edition_rolls_back(real_club: Club, own: str) -> None:
    published(real_club.trainer_a)
    published(real_club.trainer_a, text=pack_of("twice", goal=9))
    with_workouts(real_club.ta1)
    assert own not in held(real_club.ta1)
    state = packs.publish(real_club.trainer_a, "summer", 1)
    assert (state.edition, state.published) == (2, 1)
    assert own in held(real_club.ta1)


def test_a_pack_is_taken_out_of_force_and_its_awards_stay(real_club: Club, own: str) -> None:
    published(real_club.trainer_a)
    with_workouts(real_club.ta1)
    assert packs.unpublish(real_club.trainer_a, "summer").published is None
    assert awards(real_club.ta1)[own].status == "kept"
    packs.publish(real_club.trainer_a, "summer")
    assert awards(real_club.ta1)[own].status == "earned"
    packs.delete(real_club.trainer_a, "summer")
    assert not Edition.objects.exists()
    assert awards(real_club.ta1)[own].status == "kept"
    with pytest.raises(UnknownPack):
        packs.one(real_club.trainer_a, "summer")


def test_to_publish_again_what_is_in_force_changes_nothing(real_club: Club) -> None:
    published(real_club.trainer_a)
    before = Group.objects.get(key=str(real_club.trainer_a.pk)).edition
    packs.publish(real_club.trainer_a, "summer")
    assert Group.objects.get(key=str(real_club.trainer_a.pk)).edition == before


def test_a_trainee_who_changes_trainer_keeps_awards_and_gets_the_new_ones_in_silence(
    real_club: Club, own: str
) -> None:
    published(real_club.trainer_a)
    published(real_club.trainer_b, text=pack_of("pair"))
    user = with_workouts(real_club.ta1)
    user.parent_trainer = real_club.trainer_b
    user.save()
    now = awards(user)
    new = now[f"{real_club.trainer_b.pk}:pair"]
    assert now[own].status == "kept"
    assert (new.status, new.celebrate) == ("earned", False)
    assert "first-workout" in held(user)
    assert engine().reconcile(str(user.pk)) == []


def test_a_trainer_who_is_deleted_takes_packs_along_and_no_award(real_club: Club, own: str) -> None:
    published(real_club.trainer_a)
    user = with_workouts(real_club.ta1)
    count = AwardRow.objects.count()
    real_club.trainer_a.delete()
    user.refresh_from_db()
    worked_out(user, TODAY)
    assert not Pack.objects.exists()
    assert awards(user)[own].status == "kept"
    assert AwardRow.objects.count() >= count


# Editions


def test_every_save_is_an_edition_but_the_same_text_again_is_none(real_club: Club) -> None:
    trainer = real_club.trainer_a
    saved = packs.save(trainer, "summer", pack_of("a"))
    assert (saved.pack.edition, saved.pack.published, saved.created) == (1, None, True)
    assert {one.severity for one in saved.diagnostics} == {"warning"}
    saved = packs.save(trainer, "summer", pack_of("a"))
    assert (saved.pack.edition, saved.created) == (1, False)
    packs.save(trainer, "summer", pack_of("b"))
    assert packs.save(trainer, "summer", pack_of("a")).pack.edition == 3
    assert [one.number for one in packs.editions(trainer, "summer")] == [3, 2, 1]
    assert packs.edition(trainer, "summer", 2).text == pack_of("b")
    assert [one.name for one in packs.listed(trainer)] == ["summer"]


def test_editions_do_not_grow_without_end(real_club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "EDITIONS_KEPT", 3)
    trainer = real_club.trainer_a
    published(trainer, text=pack_of("first"))
    for number in range(6):
        packs.save(trainer, "summer", pack_of(f"badge-{number}"))
    kept = [one.number for one in packs.editions(trainer, "summer")]
    assert kept == [7, 6, 5, 1]  # the published one among them


def test_another_trainers_pack_is_as_one_that_is_not_there(real_club: Club) -> None:
    published(real_club.trainer_a)
    asked: list[Callable[[User, str], Any]] = [
        packs.one,
        packs.editions,
        packs.edition,
        packs.publish,
        packs.unpublish,
        packs.delete,
    ]
    for ask in asked:
        with pytest.raises(UnknownPack):
            ask(real_club.trainer_b, "summer")
    assert packs.listed(real_club.trainer_b) == []
    assert packs.one(real_club.trainer_a, "summer").published == 1


@pytest.mark.parametrize(
    "name", ["", "check", "preview", "Summer", "a" * 65, "a/b", "a b", "\ud800"]
)
def test_what_can_be_no_name_is_unknown(real_club: Club, name: str) -> None:
    with pytest.raises(UnknownPack):
        packs.save(real_club.trainer_a, name, pack_of("a"))
    assert not Pack.objects.exists()


# What is refused


def test_a_mistake_is_told_with_its_place_and_nothing_is_saved(real_club: Club) -> None:
    text = pack_of("twice").replace("at_least", "at_leats")
    with pytest.raises(PackRefused) as refused:
        packs.save(real_club.trainer_a, "summer", text)
    (mistake,) = refused.value.diagnostics
    assert (mistake.path, mistake.line, mistake.badge) == ("summer", 5, "twice")
    assert text.splitlines()[4][mistake.column - 1 : mistake.end_column - 1] == "at_leats"
    assert not Pack.objects.exists()


@override_settings(BADGE_ENGINE={"PACKS": {"BYTES": 300, "PACKS": 2, "BADGES": 3}})
def test_packs_are_limited_in_size_number_and_badges(real_club: Club) -> None:
    trainer = real_club.trainer_a
    with pytest.raises(PackRefused) as refused:
        packs.save(trainer, "large", pack_of("a") + "#" * 300)
    (mistake,) = refused.value.diagnostics  # it is not read, or there would be warnings
    assert (mistake.code, mistake.line, mistake.column) == ("too-large", 1, 1)
    published(trainer, "one", pack_of("a", "b"))
    with pytest.raises(PackRefused) as refused:
        packs.save(trainer, "two", pack_of("c", "d"))
    assert codes(refused) == ["too-many-badges"]
    packs.save(trainer, "two", pack_of("c"))
    with pytest.raises(PackRefused) as refused:
        packs.save(trainer, "three", pack_of("d"))
    assert codes(refused) == ["too-many-packs"]
    packs.save(real_club.trainer_b, "three", pack_of("d"))


def test_one_id_in_two_packs_of_a_trainer_is_refused(real_club: Club) -> None:
    published(real_club.trainer_a, "one", pack_of("a"))
    with pytest.raises(PackRefused) as refused:
        packs.save(real_club.trainer_a, "another", pack_of("a"))
    assert codes(refused) == ["duplicate-id"]
    assert {one.path for one in refused.value.diagnostics} == {"another"}


def referring(badge: str) -> str:
    return (
        "language: en\nbadges:\n  - id: whole\n    name: Whole\n    rule: {type: all_of, of: "
        f"[{{badge: {badge}}}, {{type: count, event: workout, at_least: 2}}]}}\n"
    )


def test_what_another_pack_stands_on_stays_in_force(real_club: Club) -> None:
    trainer = real_club.trainer_a
    published(trainer, "base", pack_of("ground"))
    published(trainer, "upper", referring("ground"))
    for leave in (packs.unpublish, packs.delete):
        with pytest.raises(PackRefused) as refused:
            leave(trainer, "base")
        assert codes(refused) == ["unknown-badge"]
        assert {one.path for one in refused.value.diagnostics} == {"upper"}
    packs.save(trainer, "base", pack_of("cellar"))
    with pytest.raises(PackRefused):
        packs.publish(trainer, "base")
    assert packs.one(trainer, "base").published == 1
    packs.delete(trainer, "upper")
    packs.publish(trainer, "base")
    assert packs.one(trainer, "base").published == 2


def test_a_check_runs_the_tests_of_the_pack_and_saves_nothing(real_club: Club) -> None:
    text = pack_of("twice") + (
        "    tests:\n"
        "      - {name: two, workout: x x, expect: earned on day 2}\n"
        "      - {name: wrong, workout: x . ., expect: earned}\n"
    )
    checked = check(real_club.trainer_a, text, "summer")
    assert [(one.name, one.passed) for one in checked.tests] == [("two", True), ("wrong", False)]
    assert checked.errors == []
    assert {one.badge for one in checked.tests} == {"twice"}
    assert not Pack.objects.exists()


def test_tests_that_are_too_much_work_are_not_run(real_club: Club) -> None:
    text = pack_of("twice") + (
        "    tests:\n"
        "      - {name: small, workout: x x, expect: earned}\n"
        "      - {name: endless, workout: 1000x*3660, expect: earned}\n"
        "      - {name: none, workout: x ., expect: not earned}\n"
    )
    checked = check(real_club.trainer_a, text)
    assert [one.name for one in checked.tests] == ["small"]
    assert checked.not_run == 2


def test_a_rule_of_many_parts_makes_its_tests_more_work(real_club: Club) -> None:
    part = "{type: count, event: workout, at_least: 2}"
    parts = ", ".join([part] * 30)
    text = pack_of("part").replace(part, f"{{type: any_of, of: [{parts}]}}") + (
        "    tests:\n"
        "      - {name: much, workout: x*300, expect: earned}\n"
        "      - {name: more, workout: x*300, expect: earned}\n"
        "  - id: whole\n"
        "    name: Whole\n"
        "    rule: {type: any_of, of: [{badge: part}, {badge: first-workout}]}\n"
        "    tests:\n"
        "      - {name: most, workout: x*300, expect: earned}\n"
    )
    checked = check(real_club.trainer_a, text)
    assert [one.name for one in checked.tests] == ["much"]
    assert checked.not_run == 2


# What has broken since


@pytest.fixture
def broken(real_club: Club) -> Club:
    """Trainer A has a good pack and one that cannot be read any more, as after an upgrade."""
    published(real_club.trainer_a, "bad", pack_of("gone"))
    published(real_club.trainer_a, "good", pack_of("twice"))
    published(real_club.trainer_b, text=pack_of("pair"))
    Edition.objects.filter(pack__name="bad").update(text="badges: [{id: gone, rule: nonsense}]")
    return real_club


def test_a_broken_pack_harms_no_other_pack_and_no_other_group(
    broken: Club, own: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rules, "_groups", GroupRules())  # as after a restart
    with caplog.at_level(logging.ERROR, "badge_engine.django"):
        for user in (broken.ta1, broken.tb):
            with_workouts(user)
    assert own in held(broken.ta1)
    assert "first-workout" in held(broken.ta1)
    assert f"{broken.trainer_a.pk}:gone" not in held(broken.ta1)
    assert f"{broken.trainer_b.pk}:pair" in held(broken.tb)
    assert "cannot be loaded" in caplog.text
    assert engine().reconcile(str(broken.ta1.pk)) == []


def test_the_last_good_packs_stay_in_force(broken: Club, own: str) -> None:
    with_workouts(broken.ta1)  # under the rules that this process has
    Group.objects.filter(key=str(broken.trainer_a.pk)).update(edition=7)  # read again
    with_workouts(broken.ta2)
    for user in (broken.ta1, broken.ta2):
        assert {own, f"{broken.trainer_a.pk}:gone"} <= held(user)


def test_only_the_shipped_rules_are_left_where_nothing_can_be_read(
    broken: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_groups", GroupRules())
    Edition.objects.filter(pack__owner=broken.trainer_a).update(text="\t")
    assert rules_of(broken.ta1) is shared_rules()


def test_a_trainer_mends_a_pack_beside_one_that_is_broken(broken: Club) -> None:
    published(broken.trainer_a, "good", pack_of("twice", "third"))
    assert f"{broken.trainer_a.pk}:third" in rules_of(broken.ta1).badges
    published(broken.trainer_a, "bad", pack_of("gone"))
    assert f"{broken.trainer_a.pk}:gone" in rules_of(broken.ta1).badges
    assert packs.check_all()[f"{broken.trainer_a.pk}/bad"] != []  # no tests beside its badges


def test_a_look_at_all_packs_tells_the_mistakes_of_each(broken: Club) -> None:
    found = packs.check_all()
    wrong = {name for name, told in found.items() if any(one.severity == "error" for one in told)}
    assert wrong == {f"{broken.trainer_a.pk}/bad"}
    assert f"{broken.trainer_b.pk}/summer" in found
    assert any(name.endswith("streaks.yaml") for name in found)


def test_a_look_at_all_packs_takes_mistakes_in_those_of_everybody(tmp_path: Any) -> None:
    (tmp_path / "bad.yaml").write_text("badges: [{}]", encoding="utf-8")
    (found,) = packs.check_all([tmp_path]).values()
    assert {one.severity for one in found} == {"error"}


# What is kept in the process


def test_rules_are_read_once_an_edition(real_club: Club) -> None:
    published(real_club.trainer_a)
    rules_of(real_club.ta1)
    with CaptureQueriesContext(connection) as captured:
        again = rules_of(real_club.ta2)
    assert again is rules_of(real_club.ta1)
    assert not [one for one in captured if "badge_engine_edition" in one["sql"]]


def test_another_worker_sees_a_new_edition_at_its_next_evaluation(
    real_club: Club, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = GroupRules(), GroupRules()
    published(real_club.trainer_a, text=pack_of("twice", goal=9))
    monkeypatch.setattr(rules, "_groups", theirs)
    with_workouts(real_club.ta1)
    assert own not in held(real_club.ta1)
    monkeypatch.setattr(rules, "_groups", ours)
    published(real_club.trainer_a, text=pack_of("twice"))
    monkeypatch.setattr(rules, "_groups", theirs)
    with_workouts(real_club.ta2)
    assert own in held(real_club.ta2)


@pytest.fixture
def worker(real_club: Club) -> Iterator[Callable[[User, date], list[str]]]:
    """What a user holds after a workout that another process takes in."""
    chosen = {name: connection.settings_dict[name] for name in ("NAME", "HOST", "PORT", "USER")}
    told = json.dumps({**chosen, "PASSWORD": connection.settings_dict["PASSWORD"]})
    with subprocess.Popen(
        [sys.executable, "-m", "tests.django.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, DATABASE: told, "DJANGO_SETTINGS_MODULE": "tests.django.host.settings"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answered = process.stdin, process.stdout

        def held_after(user: User, day: date) -> list[str]:
            asked.write(f"{user.pk} {day}\n")
            asked.flush()
            found: list[str] = json.loads(answered.readline())
            return found

        yield held_after
        asked.close()


def test_another_process_sees_a_new_edition_at_its_next_evaluation(
    real_club: Club, own: str, worker: Callable[[User, date], list[str]]
) -> None:
    published(real_club.trainer_a, text=pack_of("twice", goal=9))
    days = [TODAY - timedelta(days=ago) for ago in (4, 3, 2)]
    assert own not in worker(real_club.ta1, days[0])
    assert own not in worker(real_club.ta1, days[1])
    packs.save(real_club.trainer_a, "summer", pack_of("twice"))
    with transaction.atomic():
        packs.publish(real_club.trainer_a, "summer")
        connection.run_on_commit.clear()  # nobody is brought up to date by this process
    assert own in worker(real_club.ta1, days[2])


def test_rules_of_a_publication_that_is_undone_are_never_used_for_another(
    real_club: Club,
) -> None:
    trainer, key = real_club.trainer_a, real_club.trainer_a.pk
    packs.save(trainer, "summer", pack_of("undone"))
    with transaction.atomic():
        packs.publish(trainer, "summer")
        assert f"{key}:undone" in rules_of(real_club.ta1).badges
        transaction.set_rollback(True)
    assert rules_of(real_club.ta1) is shared_rules()
    published(trainer, "summer", pack_of("done"))
    assert f"{key}:done" in rules_of(real_club.ta1).badges
    assert f"{key}:undone" not in rules_of(real_club.ta1).badges


def test_a_process_keeps_the_rules_of_some_groups_only(
    real_club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "GROUPS_KEPT", 1)
    kept = GroupRules()
    for trainer in (real_club.trainer_a, real_club.trainer_b):
        published(trainer)
    first = kept.of(str(real_club.trainer_a.pk), 1)
    assert kept.of(str(real_club.trainer_a.pk), 1) is first
    kept.of(str(real_club.trainer_b.pk), 1)
    assert kept.of(str(real_club.trainer_a.pk), 1) is not first


# At once


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What works give, or raise, that run at once, each on a connection of its own."""
    meeting = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        try:
            meeting.wait(10)
            results[place] = works[place]()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_two_tabs_that_save_at_once_make_two_editions(real_club: Club) -> None:
    trainer = real_club.trainer_a
    for round_ in range(5):
        found = at_once(
            *(
                lambda tab=tab, round_=round_: packs.save(
                    trainer, "summer", pack_of(f"tab-{tab}-{round_}")
                )
                for tab in range(3)
            )
        )
        assert not [one for one in found if isinstance(one, Exception)]
    numbers = [one.number for one in packs.editions(trainer, "summer")]
    assert numbers == list(range(15, 0, -1))
    assert Pack.objects.count() == 1


@override_settings(BADGE_ENGINE={"PACKS": {"PACKS": 2}})
def test_tabs_that_save_at_once_do_not_get_past_the_limit(real_club: Club) -> None:
    found = at_once(
        *(
            lambda name=name: packs.save(real_club.trainer_a, name, pack_of(name))
            for name in ("one", "two", "three", "four")
        )
    )
    refused = [one for one in found if isinstance(one, PackRefused)]
    assert len(refused) == 2
    assert Pack.objects.count() == settings().packs.packs


def test_packs_that_are_published_at_once_are_both_in_force(real_club: Club) -> None:
    trainer, key = real_club.trainer_a, real_club.trainer_a.pk
    for name in ("one", "two"):
        packs.save(trainer, name, pack_of(name))
    found = at_once(*(lambda name=name: packs.publish(trainer, name) for name in ("one", "two")))
    assert not [one for one in found if isinstance(one, Exception)]
    assert {f"{key}:one", f"{key}:two"} <= rules_of(real_club.ta1).badges.keys()


def test_of_packs_with_one_id_published_at_once_one_is_refused(real_club: Club) -> None:
    trainer = real_club.trainer_a
    for name in ("one", "two"):
        packs.save(trainer, name, pack_of("same"))
    found = at_once(*(lambda name=name: packs.publish(trainer, name) for name in ("one", "two")))
    assert sorted(isinstance(one, PackRefused) for one in found) == [False, True]


def test_events_that_come_while_packs_are_published_lose_nothing(real_club: Club, own: str) -> None:
    published(real_club.trainer_a)
    packs.save(real_club.trainer_a, "summer", pack_of("twice", "more"))
    found = at_once(
        lambda: with_workouts(real_club.ta1, days=4),
        lambda: [packs.publish(real_club.trainer_a, "summer", 1 + n % 2) for n in range(1, 8)],
    )
    assert not [one for one in found if isinstance(one, Exception)]
    packs.renew_group(real_club.trainer_a, seconds=60)
    assert engine().reconcile(str(real_club.ta1.pk)) == []
    assert own in held(real_club.ta1)
