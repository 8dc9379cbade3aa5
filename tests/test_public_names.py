"""The names that hosts may import."""

from __future__ import annotations

import pytest

import badge_engine


@pytest.mark.parametrize("name", badge_engine.__all__)
def test_a_public_name_is_the_thing_of_that_name(name: str) -> None:
    assert name in dir(badge_engine)
    assert getattr(badge_engine, name).__name__ == name


def test_no_other_name_is_public() -> None:
    with pytest.raises(AttributeError, match="no attribute 'compile_rule'"):
        _ = badge_engine.compile_rule
