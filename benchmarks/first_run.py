"""What a model costs the first time, when everything must be compiled, and the second time.

    python -m benchmarks.first_run [--case two_cells] [--on nest,brian2,neuron] [--markdown F] [--json F]

Each case runs 10 ms on each simulator, in a process of its own: *cold* with an empty home folder, then *warm*
with what the first left there. ``prepare`` generates and compiles code; the whole includes the start of Python and the
import of the simulator.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Result, machine, measured, report, table
from unisono.models import pynn as sim
from unisono.models.cells import CELLS
from unisono.models.library import build_network
from unisono.models.network import Network
from unisono.models.pynn.custom import cell
from unisono.models.pynn.simulator import capturing

DURATION = 10.0

#: A cell that a user has written, which no simulator has.
OWN = """
    dv/dt = (i_offset + i_inj - g*(v - e_leak) + isyn)/cm : mV (unless refractory)
    disyn/dt = -isyn/tau_syn : nA
"""


def described(describe: Callable[[], None], duration: float = DURATION) -> Network:
    """The network that a description makes, to be run for so many ms."""
    with capturing() as capture:
        sim.setup(timestep=0.1)
        describe()
        sim.run(duration)
    return capture.network()


def connected(*populations: object) -> None:
    """Connect each population with the next one, and the last with the first."""
    for pre, post in zip(populations, [*populations[1:], populations[0]], strict=True):
        receptor = next(iter(post.celltype.receptor_types))  # type: ignore[attr-defined]
        synapse = sim.StaticSynapse(weight=1e-4, delay=1.0)
        sim.Projection(pre, post, sim.OneToOneConnector(), synapse, receptor_type=receptor)


def two_cells() -> None:
    """Two cell models that every simulator must compile."""
    connected(
        *(sim.Population(50, getattr(sim, name)(), label=name) for name in ("IF_cond_alpha", "EIF_cond_exp_isfa_ista"))
    )


def all_cells() -> None:
    """Every cell of the library."""
    connected(*(sim.Population(10, getattr(sim, name)(), label=name) for name in CELLS))


def own_cell() -> None:
    """A model that a user has written."""
    model = cell(
        "OwnCell",
        equations=OWN,
        refractory="tau_refrac",
        reset="v = v_reset",
        parameters={"cm": "1 nF", "g": "0.05 uS", "e_leak": "-65 mV", "i_offset": "0 nA", "tau_syn": "5 ms",
                    "tau_refrac": "2 ms", "v_thresh": "-50 mV", "v_reset": "-65 mV"},
        receptors={"excitatory": "isyn"},
    )  # fmt: skip
    connected(sim.Population(50, model(), label="own"))


def projections(number: int) -> Callable[[], None]:
    """Many small projections between a few populations of one model."""

    def describe() -> None:
        cells = [sim.Population(20, sim.IF_cond_exp(), label=f"cells {k}") for k in range(10)]
        synapse = sim.StaticSynapse(weight=1e-4, delay=1.0)
        for k in range(number):
            pre, post = cells[k % 10], cells[k // 10 % 10]
            sim.Projection(
                pre, post, sim.OneToOneConnector(), synapse, receptor_type=("excitatory", "inhibitory")[k % 2]
            )

    return describe


CASES: dict[str, Callable[[], Network]] = {
    "vogels_abbott": lambda: build_network("vogels_abbott", cell="IF_cond_exp", n=4000, duration=DURATION),
    "two_cells": lambda: described(two_cells),
    "all_cells": lambda: described(all_cells),
    "own_cell": lambda: described(own_cell),
    **{f"{n}_projections": lambda n=n: described(projections(n)) for n in (20, 72, 300)},  # type: ignore[misc]
}


def timed(simulator: str, network: Path, home: Path, limit: float) -> Result:
    """Seconds of one run, and of the whole process."""
    begin = time.perf_counter()
    found = measured("benchmarks.adapter_worker", {"simulator": simulator, "network": str(network)}, home, limit)
    return found | {"whole": time.perf_counter() - begin}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", default=",".join(CASES))
    parser.add_argument("--on", default="nest,nestml,brian2,neuron")
    parser.add_argument("--time-limit", type=float, default=1800.0, help="seconds a process may take")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    data: dict[str, dict[str, dict[str, Result]]] = {}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in given.case.split(","):
            path = Path(folder) / f"{name}.h5"
            CASES[name]().save(path)
            data[name] = {}
            for simulator in given.on.split(","):
                home = Path(folder) / f"{name}-{simulator}"
                found = {kind: timed(simulator, path, home, given.time_limit) for kind in ("cold", "warm")}
                data[name][simulator] = found
                figures = [found[kind].get(column) for kind in found for column in ("prepare", "whole")]
                rows.append([name, simulator, *figures, found["cold"].get("error", "")])
                print(*rows[-1], flush=True)
    header = ["case", "simulator", "prepare, cold", "whole, cold", "prepare, warm", "whole, warm", ""]
    text = f"## The first run and the second\n\nSeconds; {machine()}.\n\n{table(header, rows)}"
    report(text, {"machine": machine(), "cases": data}, given.markdown, given.json)


if __name__ == "__main__":
    main()
