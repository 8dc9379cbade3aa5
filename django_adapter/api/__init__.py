"""REST, version 1: doors that check, ask a service, and say its answer. They hold no queries."""
