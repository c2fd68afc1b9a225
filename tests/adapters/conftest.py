"""What tests of the adapters share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that is empty at first: what one test has compiled the others find (pytest's own is not used)."""
    return tmp_path_factory.mktemp("cache")
