"""Seeds for the targets that take text."""

SEEDS = {}
