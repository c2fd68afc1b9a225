"""The gate on the gate: deliberate errors, and which tier sees them."""
