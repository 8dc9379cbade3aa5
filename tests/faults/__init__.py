"""Workers record, amend and retract while a nemesis does its worst: is anything lost or doubled?

`python -m tests.faults --faults 200 --seed 1 --database postgresql` starts a database of its own,
prints what was done to it and what became of every operation, and exits with status 1 when
something was lost, doubled, or wrong. A seed gives the same operations and the same faults in the
same order; when exactly they meet is up to the machine.
"""
