"""A coaching backend as a stranger would write it; it uses the adapter and nothing of the tests."""
