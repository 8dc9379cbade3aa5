"""For people who write a store, or test what they built on one; needs pytest and hypothesis.

`StoreConformance` has a test for every sentence of `badge_engine.ports` that a store must keep;
`badge_engine.testing.strategies` draws packs, events, histories and operations for tests of laws.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("badge_engine.testing.conformance")

from badge_engine.testing.conformance.store import StoreConformance  # noqa: E402 - see above

__all__ = ["StoreConformance"]
