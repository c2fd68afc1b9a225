"""Where Unisono comes from: it is on no package index, so a remedy names the checkout or the address."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


@cache
def installing(extra: str) -> str:
    """The command that installs Unisono with an extra, from where it was got."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return f"pip install '{checkout}[{extra}]'"
    try:
        found = json.loads(distribution("unisono").read_text("direct_url.json") or "{}")
        url, git = str(found["url"]), found.get("vcs_info")
    except (PackageNotFoundError, ValueError, KeyError, AttributeError):
        return f"pip install 'unisono[{extra}] @ git+ADDRESS' (the address that you have Unisono from)"
    return f"pip install 'unisono[{extra}] @ {'git+' if git else ''}{url}{'@' + git['commit_id'] if git else ''}'"
