"""The corpus of scenarios: packs whose tests say what the product means."""
