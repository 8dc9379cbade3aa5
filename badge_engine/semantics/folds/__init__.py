"""One fold per criterion: small states that take one event at a time."""
