"""What the scripts share: the arrays of the network, a stopwatch, the answer."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Network, Projection

#: Cells and steps.
Spikes = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Arrays:
    """The network with all its cells in one row; its synapses by receptor, or by receptor and projection."""

    n: int
    dt: float
    steps: int
    delay: float
    cell: dict[str, float]
    v: NDArray[np.float64]
    synapses: dict[str, tuple[NDArray[np.int64], NDArray[np.int64], float]]


def arrays(network: Network, apart: bool = False) -> Arrays:
    """Flat arrays of a network of equal IF_curr_exp cells; the projections ``apart`` or as one for each receptor."""
    first = np.concatenate([[0], np.cumsum([p.size for p in network.populations])])
    synapses = {}
    bundles: dict[str, list[Projection]] = {}
    for k, projection in enumerate(network.projections):
        bundles.setdefault(f"{projection.receptor} {k}" if apart else projection.receptor, []).append(projection)
    for name, parts in bundles.items():
        pre = np.concatenate([p.pre.astype(np.int64) + first[p.pre_population] for p in parts])
        post = np.concatenate([p.post.astype(np.int64) + first[p.post_population] for p in parts])
        synapses[name] = pre, post, float(parts[0].weight)
    return Arrays(
        n=int(first[-1]),
        dt=network.dt,
        steps=network.trials[0].steps,
        delay=float(network.projections[0].delay) * network.dt,
        cell={name: float(value) for name, value in network.populations[0].parameters.items()},
        v=np.concatenate([np.broadcast_to(p.initial["v"], p.size) for p in network.populations]),
        synapses=synapses,
    )


def compiled(mechanism: str) -> Path:
    """The library of a mechanism that is written by hand, compiled in the home folder."""
    source = Path(__file__).with_name(mechanism)
    folder = Path.home() / f"hand_written_{source.stem}"
    library = next(folder.glob("*/libnrnmech.so"), None)
    if library is None:
        folder.mkdir(exist_ok=True)
        copy(source, folder)
        subprocess.run(["nrnivmodl"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        library = next(folder.glob("*/libnrnmech.so"))
    return library


def measure(script: Callable[[Any, Callable[..., None]], Spikes], read: Callable[[Network], Any] = arrays) -> None:
    """Run a script on the network named on the command line and print what it took.

    ``script(arrays, done)`` calls ``done("build")`` and ``done("run")`` as it goes, each for the time
    since the last call; ``done("build", without=2.5, called="run")`` where 2.5 s of it are another phase.
    It returns cells and steps of the spikes. Peak memory, and the processor's seconds of ``run``, are those of the
    process or of a program that it started. ``read`` makes the arrays that the script is given.
    """
    given = read(Network.load(json.loads(sys.argv[1])["network"]))
    seconds: dict[str, float] = {}
    last, begun = time.perf_counter(), _processor_seconds()

    def done(phase: str, without: float = 0.0, called: str = "") -> None:
        nonlocal last, begun
        now, used = time.perf_counter(), _processor_seconds()
        seconds[phase] = now - last - without
        if called:
            seconds[called] = without
        if "run" in (phase, called):
            seconds["run_cpu"] = used - begun
        last, begun = now, used

    cells, steps = script(given, done)
    order = np.lexsort((cells, steps))
    spikes = np.stack([cells[order], steps[order]])
    done("collect")
    status = Path("/proc/self/status").read_text().splitlines()
    own = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
    peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    print("\n" + json.dumps(seconds | {"peak_rss_mb": peak, "spikes": spikes.shape[1]}))


def _processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
