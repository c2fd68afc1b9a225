"""Sphinx configuration."""

import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))  # our own extensions

project = "Unisono"
release = version = installed("unisono")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "commands",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["gallery", "generated"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = False
napoleon_use_rtype = False
python_use_unqualified_type_names = True
maximum_signature_line_length = 88

html_theme = "furo"
html_title = "Unisono"
html_static_path = ["static"]
html_css_files = ["unisono.css"]
html_js_files = ["unisono.js"]
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = "$ "


def _unlink_words(app: Sphinx, document: nodes.document) -> None:
    """Take links off the words of types: in ``array, shape (synapses,)`` no attribute of that name is meant."""
    for link in list(document.findall(pending_xref)):
        target = link.get("reftarget", "")
        if link.get("refdomain") == "py" and link.get("reftype") == "class" and target.islower() and "." not in target:
            link.replace_self(nodes.Text(target))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what is above."""
    app.connect("doctree-read", _unlink_words)
    return {"parallel_read_safe": True}
