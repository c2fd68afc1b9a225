"""NEURON 9: point cells generated from the equations, advanced by NEURON's fixed step."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from unisono.adapters.codegen.printers.nmodl import without_rate
from unisono.adapters.contract import NUMERICS, Adapter, Capabilities, Settings, Simulation
from unisono.adapters.host.supply import installing
from unisono.adapters.neuron.simulation import NeuronSimulation
from unisono.models.cells.model import INJECTED
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Network
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL, SOURCE_SPIKES, TARGET_SPIKES, TIME

__all__ = ["NeuronAdapter", "NeuronSimulation"]

#: Without this NEURON looks for a display.
_OPTIONS = {"NEURON_MODULE_OPTIONS": "-nogui"}


class NeuronAdapter(Adapter):
    """NEURON through its Python module, on one thread.

    ``matched`` numerics carry out the step program that all simulators share.
    ``native`` numerics give the same equations to NEURON's own methods: ``cnexp``,
    or ``euler`` where an equation is not linear in its own state.
    """

    name = "neuron"
    title = "NEURON"
    distribution = "neuron"
    extra = "neuron"
    install = installing(extra)
    unneeded = ("IPython",)
    capabilities = Capabilities(
        threads=False,
        needs_compiler=True,
        numerics=frozenset(NUMERICS),
        live=True,
        synapses=frozenset({SOURCE_SPIKES, TARGET_SPIKES, MODULATOR_SPIKES, POTENTIAL, TIME}),
    )

    def version(self) -> str:
        """Version of NEURON."""
        os.environ.update(_OPTIONS)
        import neuron

        return str(neuron.__version__)

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse equations that NEURON's own methods cannot solve."""
        super().check(network, settings)
        for population in network.populations if settings.numerics == "native" else ():
            values = {**population.parameters, **population.initial, INJECTED: np.zeros(())}
            if not population.is_source and (states := without_rate(population.model, values)):
                raise UnsupportedFeature(
                    f"NEURON's cnexp divides by the rate of '{states[0]}' of {population.cell}, which is zero.",
                    "Use matched numerics, or parameters with which it is not zero.",
                )

    def environment(self, settings: Settings, cache: Path) -> dict[str, str]:
        """Keep NEURON from looking for a display."""
        return dict(_OPTIONS)

    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A simulation in this process."""
        self.version()
        return NeuronSimulation(network, settings, cache, live)
