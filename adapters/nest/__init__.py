"""NEST 3: its built-in models where they keep to the project's conventions, generated ones for all other cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unisono.adapters.contract import NUMERICS, Adapter, Capabilities, Settings, Simulation
from unisono.adapters.host.supply import installing
from unisono.adapters.nest.cells import fits
from unisono.adapters.nest.changing import compiled_projections
from unisono.adapters.nest.compiler import find_compiler
from unisono.adapters.nest.models import BUILT_IN, NATIVE, BuiltInModel
from unisono.adapters.nest.simulation import NestSimulation, shared_numerics, tics_per_ms
from unisono.models.network import Network
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL, SOURCE_SPIKES, TARGET_SPIKES, TIME

__all__ = ["NestAdapter", "NestSimulation", "NestmlAdapter"]


class NestAdapter(Adapter):
    """NEST through PyNEST, in one process, with any number of threads.

    ``native`` numerics take a built-in model wherever NEST has one, with its own integration and its own
    idea of a spike. What has none gets a generated model in either case.
    """

    name = "nest"
    title = "NEST"
    distribution = "nest-simulator"
    extra = "nest"
    install = installing(extra)
    unneeded = ("matplotlib", "pandas")
    capabilities = Capabilities(
        numerics=frozenset(NUMERICS),
        live=True,
        synapses=frozenset({SOURCE_SPIKES, TARGET_SPIKES, MODULATOR_SPIKES, POTENTIAL, TIME}),
    )

    def version(self) -> str:
        """Version of NEST."""
        import nest

        return str(nest.__version__)

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse time steps that NEST cannot represent, and generated models where there is no compiler."""
        super().check(network, settings)
        tics_per_ms(network.dt)
        built_in = self.built_in(settings)
        cells = [index for index, p in enumerate(network.populations) if not p.is_source]
        # Where one is always needed, that is asked for apart from this.
        generated = bool(compiled_projections(network)) or not all(fits(network, index, built_in) for index in cells)
        if not self.capabilities.needs_compiler and generated:
            find_compiler()

    def method(self, network: Network, population: int, settings: Settings) -> str:
        """Generated models carry out the shared step, and so do the built-in ones that are linear."""
        if network.populations[population].cell in NATIVE and fits(network, population, self.built_in(settings)):
            return "native"
        return super().method(network, population, Settings(numerics=shared_numerics(settings)))

    def origin(self, network: Network, population: int, settings: Settings) -> str:
        """``built-in`` where NEST's own model is used."""
        return "built-in" if fits(network, population, self.built_in(settings)) else "generated"

    def built_in(self, settings: Settings) -> Mapping[str, BuiltInModel]:
        """The built-in models that may be used: those that keep to the conventions, or all built-in models."""
        if settings.numerics == "euler":
            return {}
        return {**BUILT_IN, **NATIVE} if settings.numerics == "native" else BUILT_IN

    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A fresh NEST kernel."""
        return NestSimulation(network, settings, cache, live, self.built_in(settings))


class NestmlAdapter(NestAdapter):
    """NEST with generated models for all cells, which NESTML translates to C++.

    They carry out the step that all simulators share, also where native numerics are asked for.
    """

    name = "nestml"
    title = "NEST (NESTML)"
    capabilities = Capabilities(
        needs_compiler=True,
        numerics=frozenset(NUMERICS),
        live=True,
        synapses=frozenset({SOURCE_SPIKES, TARGET_SPIKES, MODULATOR_SPIKES, POTENTIAL, TIME}),
    )

    def built_in(self, settings: Settings) -> Mapping[str, BuiltInModel]:
        """None."""
        return {}
