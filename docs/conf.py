"""Sphinx configuration."""

from importlib.metadata import version as installed

project = "Unisono"
release = version = installed("unisono")
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "alabaster"
myst_heading_anchors = 3
# pages link to files of the repository, which are not part of the documentation
suppress_warnings = ["myst.xref_missing"]
