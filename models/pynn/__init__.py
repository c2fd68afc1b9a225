"""The PyNN API: a backend for PyNN scripts that captures what they build into a Network."""

from unisono.models.pynn.simulator import Session, capturing

__all__ = ["Session", "capturing"]
