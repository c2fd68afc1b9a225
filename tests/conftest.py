"""What all tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings as hypothesis_settings

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import NotReady, UnsupportedFeature
from unisono.models.network import Network

Execute = Callable[..., Recording]

# how long an example takes says more about the machine than about the code
hypothesis_settings.register_profile("unisono", deadline=None)
hypothesis_settings.load_profile("unisono")


@pytest.fixture
def execute() -> Execute:
    """Run a network afresh on one simulator; a failed run fails the test with its error.

    A simulator that is on no package registry may be missing, or declare that it cannot: then the test is skipped.
    """

    def _execute(simulator: str, network: Network, numerics: str = "matched", threads: int = 1) -> Recording:
        adapter = registry.get(simulator)
        if adapter.source is not None:
            try:
                Executor().check_ready(adapter, network, Settings(numerics=numerics))
            except (NotReady, UnsupportedFeature) as error:
                pytest.skip(str(error))
        settings = Settings(numerics=numerics, threads=threads)
        result = Executor(fresh=True, time_limit=600).run(network, [simulator], settings)[simulator]
        if result.recording is None:
            raise AssertionError(f"{result.error}\n{result.log}") from result.error
        return result.recording

    return _execute
