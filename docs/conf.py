"""Sphinx configuration."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # our own extensions

project = "Unisono"
release = version = installed("unisono")
extensions = ["myst_parser", "commands"]
exclude_patterns = ["generated"]
source_suffix = {".md": "markdown"}
html_theme = "alabaster"
myst_heading_anchors = 3
# pages link to files of the repository, which are not part of the documentation
suppress_warnings = ["myst.xref_missing"]
