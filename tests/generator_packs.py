"""Names from before these moved to `badge_engine.testing`."""

from badge_engine.testing.packs import VOCABULARY, WEEK_STARTS, Badge, make_pack, named_in

__all__ = ["VOCABULARY", "WEEK_STARTS", "Badge", "make_pack", "named_in"]
