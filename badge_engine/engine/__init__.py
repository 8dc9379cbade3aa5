"""Facts in, awards out, over any store: record, amend, retract, and what users see."""
