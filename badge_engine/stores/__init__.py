"""Where facts and awards are kept: a module for each kind of store."""
