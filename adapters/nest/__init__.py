"""NEST 3: its built-in models where they keep to the project's conventions, generated ones for all other cells."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from unisono.adapters.base import Adapter, Capabilities, Session, Settings
from unisono.adapters.nest.cells import has_built_in
from unisono.adapters.nest.compiler import find_compiler
from unisono.adapters.nest.session import NestSession, tics_per_ms
from unisono.models.network import Network

__all__ = ["NestAdapter", "NestSession", "NestmlAdapter"]


class NestAdapter(Adapter):
    """NEST through PyNEST, in one process, with any number of threads."""

    name = "nest"
    distribution = "nest-simulator"
    install = "pip install 'unisono[nest]'"
    capabilities = Capabilities()
    #: Whether built-in models are used where they keep to the conventions.
    built_in: ClassVar[bool] = True

    def version(self) -> str:
        """Version of NEST."""
        import nest

        return str(nest.__version__)

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse time steps that NEST cannot represent, and generated models where there is no compiler."""
        super().check(network, settings)
        tics_per_ms(network.dt)
        cells = [i for i, p in enumerate(network.populations) if not p.is_source]
        if not all(self.built_in and has_built_in(network, index) for index in cells):
            find_compiler()

    def method(self, network: Network, population: int, settings: Settings) -> str:
        """Built-in models that are not linear are integrated by RKF45 with an adaptive step, whatever is asked for."""
        method = super().method(network, population, Settings())
        return "adaptive" if method == "rk4" and self.built_in and has_built_in(network, population) else method

    def session(self, network: Network, settings: Settings, cache: Path) -> Session:
        """A fresh NEST kernel."""
        return NestSession(network, settings, cache, self.built_in)


class NestmlAdapter(NestAdapter):
    """NEST with generated models for all cells, which NESTML translates to C++."""

    name = "nestml"
    built_in = False
    capabilities = Capabilities(needs_compiler=True)
