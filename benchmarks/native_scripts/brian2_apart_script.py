"""The same network in Brian2 with a Synapses object for each projection, as a script would have it."""

from __future__ import annotations

from functools import partial

from benchmarks.native_scripts.brian2_script import script
from benchmarks.native_scripts.common import arrays, measure

if __name__ == "__main__":
    measure(script, partial(arrays, apart=True))
