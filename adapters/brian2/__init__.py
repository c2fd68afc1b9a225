"""Brian2, in runtime mode: its C++ is compiled once a model, the loop over the steps is Python's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unisono.adapters.contract import NUMERICS, Adapter, Capabilities, Settings, Simulation
from unisono.adapters.host import machine
from unisono.adapters.host.supply import installing
from unisono.models.errors import CompilerNotFound, UnknownName
from unisono.models.network import Network
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL, SOURCE_SPIKES, TARGET_SPIKES, TIME

#: Options of this adapter: ``target`` is what Brian2 generates, ``cpp`` (compiled) or ``numpy`` (slow); where it is not
#: given, ``numpy`` without a compiler.
TARGETS = ("cpp", "numpy")

NOT_COMPILED = (
    "Brian2 ran its NumPy code, without a compiler: this is slower, and NumPy's exp() may differ in the last bit."
)


class Brian2Adapter(Adapter):
    """Brian2 2.9 or later (https://brian2.readthedocs.io)."""

    name = "brian2"
    title = "Brian2"
    distribution = "brian2"
    extra = "brian2"
    install = installing(extra)
    unneeded = ("pylab", "matplotlib", "pytest", "Cython")
    capabilities = Capabilities(
        threads=False,
        numerics=frozenset(NUMERICS),
        single_precision=True,
        live=True,
        synapses=frozenset({SOURCE_SPIKES, TARGET_SPIKES, MODULATOR_SPIKES, POTENTIAL, TIME}),
    )

    def version(self) -> str:
        """Version of Brian2; imports it."""
        import brian2

        return str(brian2.__version__)

    def settled(self, settings: Settings) -> Settings:
        """With the target ``numpy`` where no compiler is found."""
        if "target" in settings.options or machine.compiler_path():
            return settings
        return replace(settings, options={**settings.options, "target": "numpy"})

    def notes(self, settings: Settings) -> tuple[str, ...]:
        """Whether nothing was compiled."""
        return (NOT_COMPILED,) if settings.options.get("target") == "numpy" else ()

    def check(self, network: Network, settings: Settings) -> None:
        """Refuse what cannot be run, unknown options included."""
        super().check(network, settings)
        for name, value in settings.options.items():
            if name != "target" or value not in TARGETS:
                raise UnknownName(
                    f"Brian2 has no option '{name}={value}'.", f"Choose one of: target={', target='.join(TARGETS)}."
                )
        if settings.options.get("target") == "cpp" and not (compiler := machine.compiler()).good:
            raise CompilerNotFound(f"Brian2's target 'cpp' needs {compiler.what}: {compiler.state}.", compiler.remedy)

    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A simulation of one trial; imports Brian2."""
        from unisono.adapters.brian2.simulation import Brian2Simulation

        return Brian2Simulation(network, settings, cache, live)
