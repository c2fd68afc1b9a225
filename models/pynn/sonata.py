"""PyNN's SONATA serializer with labels as text: PyNN 0.13 has bytes, and writes files such as ``edges_b'a-b'.h5``."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from pyNN.serialization import sonata


def label(text: str) -> str:
    """A label of populations or projections in ASCII: a part of a file name, and the name of a group in HDF5."""
    plain = unicodedata.normalize("NFKD", text.replace("→", "-").replace("/", "_"))
    marks_gone = "".join(c for c in plain if not unicodedata.combining(c))
    return marks_gone.encode("ascii", "replace").decode().replace("?", "_")


@contextmanager
def plain_names() -> Iterator[None]:
    """Let PyNN's export name its files so."""
    before = sonata.asciify
    sonata.asciify = label
    try:
        yield
    finally:
        sonata.asciify = before
