"""What is measured of a run: statistics, curves, shifts against other runs."""
