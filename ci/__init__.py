"""The gate for continuous integration."""
