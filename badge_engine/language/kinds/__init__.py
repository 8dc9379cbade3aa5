"""How single values are written: texts, numbers with units, spans, names."""
