"""What `manage.py check` says of mistakes in a host's set-up, and that it is silent without any."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connections
from django.db.models import Model

from django_adapter import sources
from django_adapter.checks import check_database, check_settings, check_sources
from tests.django.host.coaching.models import DailyLog

DATABASE = "default"


def said(messages: list[CheckMessage]) -> list[tuple[str, str]]:
    return [(str(one.id).removeprefix("badge_engine."), str(one.msg)) for one in messages]


def told(settings: Any, **keys: Any) -> list[tuple[str, str]]:
    settings.BADGE_ENGINE = keys
    return said(check_settings())


def test_a_host_without_mistakes_hears_nothing() -> None:
    assert [one for one in run_checks() if str(one.id).startswith("badge_engine")] == []


def test_the_checks_are_registered() -> None:
    assert run_checks(tags=["badge_engine"]) == []


def test_settings_must_be_a_dict(settings: Any) -> None:
    settings.BADGE_ENGINE = ["RULES"]
    assert said(check_settings()) == [("E001", "BADGE_ENGINE is ['RULES']; make it a dict")]


def test_an_unknown_key_is_told_with_those_that_are_known(settings: Any) -> None:
    ((code, message),) = told(settings, RULE=["rules"])
    assert code == "E001"
    assert message.startswith("BADGE_ENGINE has no key 'RULE'; its keys are AVATAR, ")


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("ROLE", "no.such.function", None),
        ("ROLE", 5, "a function of a user, or a dotted path to one"),
        ("TRAINER", "django.conf.settings", "a function of a user, or a dotted path to one"),
        ("RULES", "rules", "a list of files and folders"),
        ("DAY_STARTS", "25:00", None),
        ("DAY_STARTS", time(12), "00:00 to 11:59"),
        ("DAY_STARTS", 4, "00:00 to 11:59"),
        ("WEEK_STARTS", "Monday", "a weekday such as 'monday'"),
        ("ZONE", "Lisbon", "an IANA name such as 'Europe/Lisbon', or None"),
        ("ZONE", "../etc/passwd", "an IANA name such as 'Europe/Lisbon', or None"),
        ("FUTURE_TOLERANCE", timedelta(-1), "a number of hours from 0, or a timedelta"),
        ("CELEBRATION_AGE", "14", "a number of days from 0"),
        ("LANGUAGE", None, "a code such as 'en'"),
        ("REACTIONS", "fire", "a list of different words of 1 to 32 characters"),
        ("REACTIONS", [], "a list of different words of 1 to 32 characters"),
        ("REACTIONS", ["fire", "fire"], "a list of different words of 1 to 32 characters"),
        ("REACTIONS", ["x" * 33], "a list of different words of 1 to 32 characters"),
        ("WORKOUTS", ["workout"], "a dict from event types to fields"),
        ("TEXTS", "Done", "a dict, in which 'badges' is a dict of texts by badge"),
        ("TEXTS", {"badges": "x"}, "a dict, in which 'badges' is a dict of texts by badge"),
        ("POST_LENGTH", 0, "a number from 1"),
        ("PINS", True, "a number from 0"),
        ("TRAINER_PACKS", "yes", "True or False"),
    ],
)
def test_a_value_that_means_nothing_is_told_with_what_it_may_be(
    settings: Any, key: str, value: Any, wanted: str | None
) -> None:
    ((code, message),) = told(settings, **{key: value})
    if wanted is None:
        assert code == "E001"
        assert message.startswith(f"BADGE_ENGINE['{key}'] is {value!r}: ")
    else:
        if key == "TRAINER":
            assert message.endswith(wanted)
        else:
            assert message == f"BADGE_ENGINE['{key}'] is {value!r}; make it {wanted}"
        assert code == "E002"


@pytest.mark.parametrize("rate", ["often", "120", "/min", "0/min", "x/min", "5/fortnight", 5, ""])
def test_a_throttle_that_is_no_rate(settings: Any, rate: Any) -> None:
    ((code, message),) = told(settings, THROTTLES={"READ": rate})
    assert code == "E002"
    assert message.startswith(f"BADGE_ENGINE['THROTTLES']['READ'] is {rate!r}; make it a rate ")


def test_a_part_of_a_group_that_is_unknown_or_no_number(settings: Any) -> None:
    ((code, message),) = told(settings, PACKS={"BADGES": "many"})
    assert (code, message) == (
        "E002",
        "BADGE_ENGINE['PACKS']['BADGES'] is 'many'; make it a number from 0",
    )
    ((code, message),) = told(settings, PACKS={"BADGE": 5})
    assert code == "E001"
    assert "BADGE_ENGINE['PACKS'] is {'BADGE': 5}" in message


def test_rules_that_are_not_there_or_have_mistakes(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "club.yaml").write_text(
        "language: en\n"
        "badges:\n"
        "  - {id: a, name: A, rule: {type: streak, event: workout, lenght: 3 days}}\n"
        "  - {id: a, name: A, rule: {type: count, event: workot, at_least: 3}}\n"
    )
    messages = told(settings, RULES=[str(tmp_path)])
    assert {code for code, _ in messages} == {"E003"}
    texts = "\n".join(message for _, message in messages)
    assert f"{tmp_path}/club.yaml:3:59: error: " in texts
    assert 'help: write "length" instead' in texts
    assert "[unknown-event]" in texts
    missing = told(settings, RULES=[str(tmp_path / "none.yaml")])
    assert len(missing) == 1
    assert "none.yaml" in missing[0][1]
    assert missing[0][0] in {"E003", "E004"}


def test_a_vocabulary_with_a_mistake(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "events.yaml").write_text("events:\n  lift: {fields: {kilos: {type: heavy}}}\n")
    messages = told(settings, VOCABULARY=str(tmp_path / "events.yaml"))
    assert {code for code, _ in messages} == {"E003"}
    assert "events.yaml:2:" in messages[0][1]


def test_users_without_what_the_defaults_read(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plain(Model):  # noqa: DJ008 - never shown
        class Meta:
            app_label = "plain"
            managed = False

    monkeypatch.setattr("django_adapter.checks.get_user_model", lambda: Plain)
    codes = [code for code, _ in told(settings)]
    assert codes == ["W002", "W002", "W003"]
    assert told(settings, ROLE=len, TRAINER=len, TRAINER_FIELD="id") == []


def test_a_trainer_field_that_users_do_not_have(settings: Any) -> None:
    ((code, message),) = told(settings, TRAINER_FIELD="coach")
    assert code == "W003"
    assert message == "users have no field 'coach', so that trainers find no trainees"


def test_workouts_that_the_vocabulary_does_not_know(settings: Any) -> None:
    ((code, first), (_, second)) = told(settings, WORKOUTS={"swim": "style", "workout": "style"})
    assert code == "W004"
    assert "type 'swim'" in first
    assert "field 'style' of 'workout'" in second


def test_texts_that_cannot_be_filled_in(settings: Any) -> None:
    texts = {
        "workout_completed": "Done: {workout}!",
        "achievement_earned": {"en": "Earned {achievement_name}.", "de": "Verdient: {"},
        "weight_milestone": "On the way.",
        "badges": {"hot-streak": "{achievement_name}!", "cold": "{0}"},
        "comment": "Hello",
    }
    messages = told(settings, TEXTS=texts)
    assert [code for code, _ in messages] == ["W006", "W006", "W006", "W005"]
    assert "'workout_completed'" in messages[0][1]
    assert "'achievement_earned'" in messages[1][1]
    assert "'cold'" in messages[2][1]


def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections[DATABASE], "vendor", "oracle")
    ((code, message),) = said(check_database())
    assert (code, message) == ("E005", "the database 'default' is oracle; use PostgreSQL or SQLite")


@pytest.mark.parametrize(
    ("mode", "codes"), [(None, ["W001"]), ("DEFERRED", ["W001"]), ("IMMEDIATE", [])]
)
def test_sqlite_must_wait_for_other_writers(
    monkeypatch: pytest.MonkeyPatch, mode: str | None, codes: list[str]
) -> None:
    connection = connections[DATABASE]
    monkeypatch.setattr(connection, "vendor", "sqlite")
    options = {} if mode is None else {"transaction_mode": mode}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    assert [code for code, _ in said(check_database())] == codes


def test_a_source_that_says_too_little(monkeypatch: pytest.MonkeyPatch) -> None:
    class Vague(sources.Source):
        model = DailyLog
        user = "athlete"

    monkeypatch.setattr("django_adapter.checks.sources", lambda: [Vague()])
    assert said(check_sources()) == [
        ("E006", "Vague names 'athlete', which is no field of DailyLog"),
        ("E007", "Vague does not say what a DailyLog means"),
    ]


def test_day_starts_may_be_a_time(settings: Any) -> None:
    assert told(settings, DAY_STARTS=time(4)) == []
    assert told(settings, DAY_STARTS="04:00", FUTURE_TOLERANCE=12, ZONE="Europe/Lisbon") == []
