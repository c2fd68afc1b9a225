"""What all tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unisono.adapters.base import Settings
from unisono.adapters.execution import Plan, run
from unisono.adapters.recording import Recording
from unisono.models.network import Network

Execute = Callable[..., Recording]


@pytest.fixture
def execute() -> Execute:
    """Run a network afresh on one simulator; a failed run fails the test with its error."""

    def _execute(simulator: str, network: Network, numerics: str = "matched") -> Recording:
        result = run(network, [simulator], Settings(numerics=numerics), Plan(fresh=True, time_limit=600))[simulator]
        if result.recording is None:
            raise AssertionError(f"{result.error}\n{result.log}")
        return result.recording

    return _execute
