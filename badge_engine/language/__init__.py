"""What a rule pack says: vocabulary, rules, units, strict loading and diagnostics."""
