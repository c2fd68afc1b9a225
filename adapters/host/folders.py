"""Where compiled code and cached runs are kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$UNISONO_CACHE``, or ``unisono`` in the user's cache folder."""
    chosen = os.environ.get("UNISONO_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unisono"
