"""The text of a pack: its lines, its YAML tree, and what is wrong with either."""
