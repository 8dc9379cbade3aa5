"""Names from before these moved to `badge_engine.testing`."""

from badge_engine.testing.strategies import NAMES, data_of, randoms

__all__ = ["NAMES", "data_of", "randoms"]
