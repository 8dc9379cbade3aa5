"""The whole contract as one class."""

from __future__ import annotations

from badge_engine.testing.conformance.awards import AwardConformance
from badge_engine.testing.conformance.facts import FactConformance
from badge_engine.testing.conformance.model import ModelConformance
from badge_engine.testing.conformance.states import StateConformance
from badge_engine.testing.conformance.transactions import TransactionConformance
from badge_engine.testing.conformance.users import UserConformance


class StoreConformance(
    FactConformance,
    StateConformance,
    AwardConformance,
    UserConformance,
    TransactionConformance,
    ModelConformance,
):
    """Everything that a store must keep, as tests; subclass it and give a `store` fixture.

    The fixture gives an empty store, a new one for each test. Set `one_writer_at_a_time` where
    writers on different users wait for each other, and write `spoil` where others than the store
    can reach its events; docs/stores.md shows both.
    """
