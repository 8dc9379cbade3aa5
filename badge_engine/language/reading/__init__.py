"""How mappings become badges, rules, tests and vocabularies."""
