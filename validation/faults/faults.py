"""Injected faults: what a comparison must see, and what a disagreement is explained by.

A fault is one of the mistakes that simulators and adapters really make, made on purpose. A run
with a fault is presented as a run of the unchanged network: so every tier can be asked whether it
sees the mistake (:mod:`unisono.validation.selftest`), and a simulator that gives the very spikes of
a fault has that for a cause (:mod:`unisono.validation.diagnose`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Network
from unisono.models.registry import registry as registered
from unisono.validation.faults import changes, plasticity, weight_changes
from unisono.validation.runner import Runner

#: Tiers that can claim to see a fault.
IDENTICAL, CONVERGED, EQUIVALENT = TIERS = ("identical", "converged", "equivalent")

#: Factors of the injected faults of all weights.
WEIGHTS = (1.02, 0.98, 1.005, 0.995)

#: The kind of the faults of plastic synapses.
PLASTICITY = "plasticity"

#: Between the names of several errors that are made at once.
AND = " and "


def _same_network(network: Network) -> Network:
    return network


def _same_recording(recording: Recording, network: Network) -> Recording:
    return recording


def _same_settings(settings: Settings) -> Settings:
    return settings


@dataclass(frozen=True)
class Fault:
    """One injected fault.

    Attributes
    ----------
    name : str
    cause : str
        The error in words, as the cause of a disagreement.
    kind : str
        What it is in the list of named causes: delay, refractory period, weight, spike time, synapse, input,
        connection, plasticity, spike, integrator, precision.
    claimed_by : tuple of str
        The tiers that must see it.
    network : callable
        Changes what the simulator is given.
    recording : callable
        Changes what it gives back.
    settings : callable
        Changes how it computes.
    """

    name: str
    cause: str
    kind: str
    claimed_by: tuple[str, ...]
    network: Callable[[Network], Network] = _same_network
    recording: Callable[[Recording, Network], Recording] = _same_recording
    settings: Callable[[Settings], Settings] = _same_settings

    def applies_to(self, network: Network) -> bool:
        """Whether it changes anything of the network, or of how it is computed or given back."""
        if self.settings(Settings()) != Settings() or self.recording is not _same_recording:
            return True
        return self.network(network).fingerprint != network.fingerprint

    def run(
        self, network: Network, on: Sequence[str], settings: Settings | None = None, executor: Runner | None = None
    ) -> Runs:
        """Run a network with the fault, and present the runs as those of the unchanged network.

        Raises
        ------
        UnknownName, UnsupportedFeature, NotReady
            Before anything starts.
        """
        runs = (executor or Executor()).run(self.network(network), list(on), self.settings(settings or Settings()))
        return Runs(network, {name: self.disguised(run, network) for name, run in runs.items()})

    def disguised(self, run: Run, network: Network) -> Run:
        """A run of the fault as one of the unchanged network."""
        recording = None if run.recording is None else _of(network, self.recording(run.recording, network))
        before = run.provenance.get("fault")
        name = f"{before}{AND}{self.name}" if before else self.name
        provenance = {**run.provenance, "fingerprint": network.fingerprint, "fault": name}
        return replace(run, network=network, recording=recording, provenance=provenance)

    def __add__(self, other: Fault) -> Fault:
        """Both errors at once; that of ``self`` is made first."""
        kinds = dict.fromkeys([*self.kind.split(", "), *other.kind.split(", ")])
        return Fault(
            f"{self.name}{AND}{other.name}",
            f"{self.cause} and {other.cause}",
            ", ".join(kinds),
            tuple(dict.fromkeys((*self.claimed_by, *other.claimed_by))),
            lambda network: other.network(self.network(network)),
            lambda recording, network: other.recording(self.recording(recording, network), network),
            lambda settings: other.settings(self.settings(settings)),
        )


def _of(network: Network, recording: Recording) -> Recording:
    """A recording with the states of synapses that the network has: not those that a fault adds or leaves out."""

    def known(index: int, states: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        projection = network.projections[index]
        end = weight_changes.GIVEN
        states = {**states, **{n.removesuffix(end): v for n, v in states.items() if n.endswith(end)}}
        return {n: v for n, v in states.items() if n in projection.model.states and v.shape == (projection.size,)}

    trials = (replace(t, synapses={i: known(i, s) for i, s in t.synapses.items()}) for t in recording.trials)
    return replace(recording, trials=tuple(trials))


def can_run(fault: Fault, simulator: str, network: Network, settings: Settings | None = None) -> str:
    """Why a simulator cannot run a fault of a network; empty if it can."""
    if not fault.applies_to(network):
        return "there is nothing in the network that it would change"
    try:
        registry.get(simulator).check(fault.network(network), fault.settings(settings or Settings()))
    except UnsupportedFeature as error:
        return error.message
    return ""


def _numerics(name: str) -> Callable[[Settings], Settings]:
    return lambda settings: replace(settings, numerics=name)


def _single_precision(settings: Settings) -> Settings:
    return replace(settings, precision="single")


def _counted(steps: int, more: str, less: str) -> tuple[str, str]:
    """``+ 2 steps`` and ``2 steps longer``."""
    number = abs(steps)
    plural = "" if number == 1 else "s"
    words = f"{'one' if number == 1 else number} step{plural} {more if steps > 0 else less}"
    return f"{'+' if steps > 0 else '-'} {number} step{plural}", words


def delay(steps: int) -> Fault:
    """All delays longer by some steps; none is shorter than one."""
    name, words = _counted(steps, "longer", "shorter")
    return Fault(f"delay {name}", f"delays are {words}", "delay", TIERS, changes.delays(steps))


def refractory(steps: int) -> Fault:
    """Refractory periods longer by some steps; none is below zero."""
    name, words = _counted(steps, "longer", "shorter")
    change = changes.refractory_periods(steps)
    return Fault(
        f"refractory {name}", f"refractory periods are {words}", "refractory period", (IDENTICAL, EQUIVALENT), change
    )


def weights(factor: float, receptor: str = "") -> Fault:
    """All weights, or those of a receptor, times a factor."""
    percent = f"{abs(factor - 1) * 100:.3g} %"
    sign, words = ("+", "larger") if factor > 1 else ("-", "smaller")
    which = f"{receptor} weights" if receptor else "weights"
    seen = TIERS if abs(factor - 1) >= 0.02 - 1e-9 else (IDENTICAL, CONVERGED)
    return Fault(
        f"{which} {sign} {percent}",
        f"{which} are {percent} {words}",
        "weight",
        seen,
        changes.weights(factor, receptor),
    )


def spike_times(steps: int) -> Fault:
    """Spike times given back later by some steps; nothing else changes."""
    name, words = _counted(steps, "later", "earlier")
    seen = (IDENTICAL, CONVERGED)
    return Fault(
        f"spike times {name}", f"spike times are {words}", "spike time", seen, recording=changes.spike_times(steps)
    )


def sources(steps: int) -> Fault:
    """Spikes of sources later by some steps."""
    name, words = _counted(steps, "later", "earlier")
    change = changes.late_sources(steps)
    return Fault(f"sources {name}", f"input spikes come {words}", "input", (IDENTICAL, CONVERGED), change)


#: Every fault by name. Which tier must see which is measured: ``docs/agreement.md`` has the table.
FAULTS = registered(
    "fault",
    delay(1),
    delay(-1),
    refractory(1),
    refractory(-1),
    *map(weights, WEIGHTS),
    spike_times(1),
    spike_times(-1),
    Fault(
        "tau_syn swapped",
        "the time constants of excitatory and inhibitory synapses are swapped",
        "synapse",
        TIERS,
        changes.with_populations(changes.swapped_tau_syn),
    ),
    sources(1),
    Fault(
        "no autapses",
        "synapses of cells onto themselves are missing",
        "connection",
        (IDENTICAL,),
        changes.with_projections(changes.without_autapses),
    ),
    Fault(
        "no multapses",
        "of several synapses between two cells only one is there",
        "connection",
        (IDENTICAL,),
        changes.with_projections(changes.without_multapses),
    ),
    *(
        Fault(name, cause, PLASTICITY, (IDENTICAL,), change)
        for name, cause, change in (*plasticity.CHANGES, *weight_changes.CHANGES)
    ),
    # What goes through one synapse may move no spike at all: measured, and claimed by none (docs/agreement.md).
    Fault("missing synapse", "one synapse is missing", "connection", (), changes.without_one_synapse),
    Fault("lost spikes", "one spike in 100,000 is lost", "spike", (IDENTICAL,), recording=changes.lost_spikes(1e-5)),
    Fault(
        "forward Euler",
        "equations are integrated by the forward Euler method",
        "integrator",
        (IDENTICAL, CONVERGED),
        settings=_numerics("euler"),
    ),
    Fault(
        "float32",
        "numbers have single precision",
        "precision",
        (IDENTICAL, CONVERGED),
        settings=_single_precision,
    ),
)


#: What one simulator alone is known to have (:meth:`Adapter.known_faults`): no self-test injects it.
_ROUNDED = Fault(
    "sources late by rounding",
    "input spikes come one step later where their time, less one step, is above the grid by a rounding error",
    "input",
    (),
    changes.late_by_rounding,
)


def fault_named(name: str) -> Fault:
    """The fault of that name; several at once are named with ``and`` between them.

    Those that are counted in steps may have any number of them: ``sources + 4 steps``.

    Raises
    ------
    UnknownName
        If the name is unknown; the message lists the choices.
    """
    return reduce(operator.add, map(_named, name.split(AND)))


#: Faults that are counted in steps, by the beginning of their names.
_COUNTED = {"delay": delay, "refractory": refractory, "spike times": spike_times, "sources": sources}


def _named(name: str) -> Fault:
    match = re.fullmatch(r"([a-z ]+) ([+-]) (\d+) steps?", name)
    if match and match[1] in _COUNTED:
        return _COUNTED[match[1]](int(match[2] + match[3]))
    return _ROUNDED if name == _ROUNDED.name else FAULTS[name]


@dataclass(frozen=True)
class _WithFaults:
    """Runs networks on simulators, each with the faults that its run was made with."""

    executor: Runner
    faults: Mapping[str, str]

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """Run a network; simulators with the same faults run together."""
        together: dict[str, list[str]] = {}
        for name in on:
            together.setdefault(self.faults.get(name, ""), []).append(name)
        found: dict[str, Run] = {}
        for faults, names in together.items():
            if faults:
                found |= fault_named(faults).run(network, names, settings, self.executor)
            else:
                found |= self.executor.run(network, names, settings or Settings())
        return Runs(network, {name: found[name] for name in on})


def rerun_with_faults(runs: Mapping[str, Run], executor: Runner | None = None, but: Sequence[str] = ()) -> Runner:
    """What runs other networks on the same simulators, with the faults that their runs were made with.

    Parameters
    ----------
    runs : mapping of str to Run
    executor : Runner, optional
    but : sequence of str
        Kinds of faults that are left out.
    """

    def kept(run: Run) -> str:
        names = str(run.provenance.get("fault", "")).split(AND)
        return AND.join(name for name in names if name in FAULTS and FAULTS[name].kind not in but)

    return _WithFaults(executor or Executor(), {name: kept(run) for name, run in runs.items()})
