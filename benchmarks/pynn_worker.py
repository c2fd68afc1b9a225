"""One measurement, from the PyNN description to Neo blocks, in a fresh process: ours or a backend of PyNN's."""

from __future__ import annotations

import importlib
import json
import sys
import time
from types import ModuleType
from typing import Any


class Timed:
    """A PyNN module that notes when ``run`` begins and ends."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    def run(self, duration: float) -> Any:
        """The module's run, timed."""
        self.begun = time.perf_counter()
        try:
            return self.module.run(duration)
        finally:
            self.ended = time.perf_counter()


def pynn(backend: str, options: dict[str, Any]) -> dict[str, Any]:
    """The library network on one of PyNN's backends."""
    begin = time.perf_counter()
    sim = Timed(importlib.import_module(f"pyNN.{backend}"))
    from unisono.models.library import LIBRARY

    model = LIBRARY["vogels_abbott"]
    imported = time.perf_counter()
    populations = model.build(sim, **options)
    blocks = [population.get_data() for population in populations]
    end = time.perf_counter()
    return {
        "apart": imported - begin,
        "build": sim.begun - imported,
        "run": sim.ended - sim.begun,
        "collect": end - sim.ended,
        "total": end - imported,
        "spikes": sum(len(train) for block in blocks for train in block.segments[0].spiketrains),
    }


def unisono(simulator: str, options: dict[str, Any]) -> dict[str, Any]:
    """The same network through Unisono; ``total`` leaves imports and compilation out, ``compiled`` adds the latter."""
    begin = time.perf_counter()
    import neo  # noqa: F401 (counted as an import, as PyNN does)

    import unisono
    from unisono.models import pynn  # noqa: F401
    from unisono.models.library import build_network

    imported = time.perf_counter()
    network = build_network("vogels_abbott", **options)
    captured = time.perf_counter()
    run = unisono.run(network, on=[simulator], fresh=True)[simulator]
    block = run.block
    end = time.perf_counter()
    seconds = run.provenance["seconds"]
    apart = seconds.get("start", 0.0) + seconds.get("prepare", 0.0)
    spent = end - captured - apart
    return {
        "apart": imported - begin + apart,
        "prepare": seconds.get("prepare", 0.0),
        "capture": captured - imported,
        "build": seconds["build"],
        "run": seconds["run"],
        "collect": spent - seconds["build"] - seconds["run"],
        "total": captured - imported + spent,
        "compiled": captured - imported + spent + seconds.get("prepare", 0.0),
        "spikes": sum(len(train) for train in block.segments[0].spiketrains),
        "synapses": network.synapses,
    }


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    kind = {"pynn": pynn, "unisono": unisono}[arguments["kind"]]
    print("\n" + json.dumps(kind(arguments["simulator"], arguments["options"])))
