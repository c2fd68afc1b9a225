"""Why simulators disagree: a cause is named where it is shown.

A simulator is held against a trusted peer. Deliberate errors (:mod:`unisono.validation.mutants`) are made
on the peer over a short span around the first difference; one with which it gives every spike of the
simulator is the cause. What no deliberate error can show, the bench (:mod:`unisono.validation.bench`) measures
on the model's own cells and synapses.
"""

from __future__ import annotations

from collections.abc import Callable

from unisono.adapters.results import Runs
from unisono.validation.findings import Cause as Cause
from unisono.validation.findings import Finding as Finding
from unisono.validation.first_difference import Execute, FirstDifference

#: Told what is done next.
Announce = Callable[[str], None]


def find_cause(
    runs: Runs,
    a: str,
    b: str,
    difference: FirstDifference,
    execute: Execute | None = None,
    announce: Announce = lambda line: None,
) -> Cause | None:
    """Why two simulators differ; None where no cause can be shown."""
    return None
