"""The Django ring around badge_engine; it holds no meaning of its own."""
