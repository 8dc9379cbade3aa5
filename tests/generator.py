"""Names from before these moved to `badge_engine.testing`."""

from badge_engine.testing.histories import OFFSETS, ZONES, random_habits, random_start
from badge_engine.testing.histories import make_event as make_fact

__all__ = ["OFFSETS", "ZONES", "make_fact", "random_habits", "random_start"]
