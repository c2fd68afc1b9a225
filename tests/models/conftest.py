"""What tests of the capture share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import unisono.models.pynn as sim
from unisono.models.pynn.simulator import Session


@pytest.fixture
def session() -> Iterator[Session]:
    """A capture with a time step of 0.1 ms."""
    with sim.capturing() as session:
        sim.setup(timestep=0.1)
        yield session
