"""Deliberate faults: what each changes, and the tiers that claim to see it."""
