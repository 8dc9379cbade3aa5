"""The contract of `badge_engine.ports` as tests, one module a subject."""
