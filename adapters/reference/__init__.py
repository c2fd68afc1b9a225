"""The oracle: the conventions of the project in NumPy and SciPy, on the grid and off it.

Nothing here is fast, and nothing is shared with the code that the simulators run, so it can
say who is right. On the grid every step is exact for linear systems and solved to 1e-12
otherwise; off the grid (option ``grid`` = ``off``) spikes have their exact times.
"""

from __future__ import annotations

from pathlib import Path

from unisono.adapters.codegen.cell_step import METHODS
from unisono.adapters.contract import Adapter, Capabilities, Settings, Simulation
from unisono.models.errors import UnknownName, UnsupportedFeature
from unisono.models.network import Network
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL, SOURCE_SPIKES, TARGET_SPIKES, TIME

#: Cells above which a run would take hours.
LARGEST = 500

#: The options and their values; the first is the default.
OPTIONS = {"grid": ("on", "off"), "method": METHODS}


class ReferenceAdapter(Adapter):
    """NumPy and SciPy, for small networks.

    Options
    -------
    grid : ``on`` or ``off``
        ``on``: the project's conventions, every spike at the end of a step. ``off``: spikes
        at the times at which the threshold is crossed, a refractory period of exactly
        ``tau_refrac``; spikes of sources, currents and samples stay where the network has them.
    method : ``exact``, ``collocation``, ``lobatto``, ``rk4`` or ``euler``
        All but ``exact``: the step that simulators of that stated method carry out, with its error; on the grid. Cells
        whose equations do not allow the method take the next in this order.
    substeps : int
        Parts in which such a step is taken; as many as simulators take by default.
    """

    name = "reference"
    title = "the reference"
    distribution = "scipy"
    install = "pip install scipy"
    capabilities = Capabilities(
        threads=False,
        live=True,
        synapses=frozenset({SOURCE_SPIKES, TARGET_SPIKES, MODULATOR_SPIKES, POTENTIAL, TIME}),
        watches=True,
    )

    def version(self) -> str:
        """Version of SciPy, whose integrator it is."""
        import scipy

        return str(scipy.__version__)

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse networks that are too large, and unknown options."""
        super().check(network, settings)
        for name, value in settings.options.items():
            if name == "substeps" and isinstance(value, int) and value > 0:
                continue
            if name not in OPTIONS:
                raise UnknownName(f"The reference has no option '{name}'.", f"It has: {', '.join(OPTIONS)}.")
            if value not in OPTIONS[name]:
                choices = " or ".join(f"'{choice}'" for choice in OPTIONS[name])
                raise UnknownName(f"Option '{name}' of the reference cannot be '{value}'.", f"Choose {choices}.")
        if settings.options.get("grid") == "off":
            for population in network.populations:
                if not population.is_source and population.model.poisson:
                    raise UnsupportedFeature(
                        f"The cells of '{population.label}' draw their Poisson input step by step.",
                        "Leave the option 'grid' at 'on'.",
                    )
            for projection in network.projections:
                for spikes in sorted({TARGET_SPIKES, MODULATOR_SPIKES, POTENTIAL} & projection.model.changed_by):
                    raise UnsupportedFeature(
                        f"The synapses of '{projection.label}' are changed by {spikes}.",
                        "The reference runs them on the grid: leave the option 'grid' at 'on'.",
                    )
        if network.neurons > LARGEST:
            raise UnsupportedFeature(
                f"The reference simulates up to {LARGEST} cells; this network has {network.neurons}.",
                "Use a smaller network, or another simulator.",
            )

    def method(self, network: Network, population: int, settings: Settings) -> str:
        """Exact to rounding, or to a tolerance that is next to it, where no other method is asked for."""
        return str(settings.options.get("method", "exact"))

    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A simulation on the grid or off it.

        Raises
        ------
        UnsupportedFeature
            If a live simulation is asked for off the grid.
        """
        from unisono.adapters.reference.events import EventSimulation
        from unisono.adapters.reference.grid import GridSimulation

        if settings.options.get("grid") != "off":
            return GridSimulation(network, settings, cache, live)
        if live:
            raise UnsupportedFeature(
                "Off the grid the reference runs a whole schedule only.", "Leave the option 'grid' at 'on'."
            )
        return EventSimulation(network, settings, cache)
