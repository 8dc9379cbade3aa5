"""What a host may write into BADGE_ENGINE, and what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import override_settings

from django_adapter.rules import shared_rules
from django_adapter.settings import settings
from tests.django.club import Club, client_of

PACK = """
badges:
  - id: our-own
    name: Our own
    rule: {type: count, event: workout, at_least: 1}
"""


def test_own_packs_stand_beside_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(PACK)
    with override_settings(BADGE_ENGINE={"RULES": [str(own)]}):
        assert set(shared_rules().badges) == {"our-own"}
    with override_settings(BADGE_ENGINE={"RULES": ["shipped", str(own)]}):
        assert {"our-own", "first-workout"} <= set(shared_rules().badges)


def test_throttles_may_be_switched_off_together() -> None:
    with override_settings(BADGE_ENGINE={"THROTTLES": None}):
        limits = settings().throttles
    assert (limits.read, limits.write, limits.react) == (None, None, None)


@pytest.mark.django_db
def test_a_switch_that_is_none_is_refused(club: Club) -> None:
    client = client_of(club.ta1)
    answer = client.patch("/api/community/me/sharing/", {"workout_completd": False}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == ["workout_completd"]
    answer = client.patch("/api/community/me/sharing/", {"workout_completed": False}, format="json")
    assert answer.json()["workout_completed"] is False
