"""The zone of an active day is that of its last event, also of one without the field."""

from __future__ import annotations

from datetime import date

from badge_engine import Event, compile_rules, load_text, progress

PACK = """
badges:
  - id: steady
    name: Steady
    rule: {type: streak, event: workout, total: minutes, at_least: 20, length: 4 days}
"""


def test_an_event_without_the_field_still_says_where_the_day_ended() -> None:
    moved = [
        Event.create(
            id="w1", user="u", type="workout", at="2011-12-28T12:59:00+00:00",
            zone="Pacific/Fiji", day="2011-12-29", data={"minutes": 60},
        ),
        Event.create(id="w2", user="u", type="workout", day="2011-12-29", zone="Pacific/Apia"),
    ]  # fmt: skip
    found = progress(compile_rules(load_text(PACK)), moved)
    assert found[0].expires_on == date(2011, 12, 31)
