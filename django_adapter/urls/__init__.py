"""The two sets of addresses that a host mounts."""
