"""Ready-made networks: one file a model, written with the PyNN API, so that any PyNN backend runs them as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from unisono.models.errors import NetworkError
from unisono.models.library import (
    balanced,
    bcm,
    bi_poo,
    brunel,
    destexhe,
    ei_network,
    gamma_oscillation,
    hodgkin_huxley,
    izhikevich,
    lif_step,
    potjans_diesmann,
    single_cell,
    song_abbott,
    stdp_learning,
    stdp_pairs,
    tsodyks_markram,
    tsodyks_uziel,
    vogels_abbott,
    vogels_sprekeler,
)
from unisono.models.library.options import Options
from unisono.models.network import Network
from unisono.models.registry import Registry, registry


@dataclass(frozen=True)
class LibraryModel:
    """A network of the library.

    Attributes
    ----------
    name, summary, source : str
        One line each.
    options : type of Options
        What can be set.
    build : callable
        ``build(sim, **options)`` describes and runs the network with the PyNN module ``sim`` and
        returns the recorded populations.
    """

    name: str
    summary: str
    source: str
    options: type[Options]
    build: Callable[..., list[Any]]

    def describe(self) -> list[tuple[str, object, str, str]]:
        """Name, default, unit and meaning of each option."""
        entries = fields(self.options)
        return [(entry.name, entry.default, entry.metadata["unit"], entry.metadata["meaning"]) for entry in entries]

    def choices_of(self, option: str) -> tuple[str, ...]:
        """The values that an option can have; empty where it is a number or free text."""
        found = next((entry for entry in fields(self.options) if entry.name == option), None)
        return tuple(found.metadata["choices"]) if found else ()


def _model(module: Any, options: type[Options]) -> LibraryModel:
    name = module.__name__.rpartition(".")[2]
    return LibraryModel(name, module.SUMMARY, module.SOURCE, options, module.build)


LIBRARY: Registry[LibraryModel] = registry(
    "library model",
    _model(vogels_abbott, vogels_abbott.VogelsAbbott),
    _model(balanced, balanced.Balanced),
    _model(brunel, brunel.Brunel),
    _model(potjans_diesmann, potjans_diesmann.PotjansDiesmann),
    _model(destexhe, destexhe.Destexhe),
    _model(izhikevich, izhikevich.Izhikevich),
    _model(single_cell, single_cell.SingleCell),
    _model(tsodyks_markram, tsodyks_markram.TsodyksMarkram),
    _model(tsodyks_uziel, tsodyks_uziel.TsodyksUziel),
    _model(bi_poo, bi_poo.BiPoo),
    _model(song_abbott, song_abbott.SongAbbott),
    _model(stdp_pairs, stdp_pairs.StdpPairs),
    _model(vogels_sprekeler, vogels_sprekeler.VogelsSprekeler),
    _model(bcm, bcm.Bcm),
    _model(lif_step, lif_step.LifStep),
    _model(ei_network, ei_network.EINetwork),
    _model(stdp_learning, stdp_learning.StdpLearning),
    _model(hodgkin_huxley, hodgkin_huxley.HodgkinHuxley),
    _model(gamma_oscillation, gamma_oscillation.GammaOscillation),
)


#: Size and time of a network that is built only to see its parts, where the model has such options.
_SMALL = {"n": 200, "n_scaling": 0.01, "k_scaling": 0.01, "duration": 60.0}


def parts_of(name: str) -> tuple[list[str], list[str]]:
    """Names of the cells and sources, and of the synapses, that a library model has with its defaults.

    Raises
    ------
    UnknownName
        If there is no such model.
    """
    defaults: dict[str, Any] = {entry.name: entry.default for entry in fields(LIBRARY[name].options)}
    try:
        network = build_network(name, **{n: v for n, v in _SMALL.items() if defaults.get(n, v) > v})
    except NetworkError:  # too few cells for its connections, or too short for its stimuli
        network = build_network(name)
    cells = dict.fromkeys(population.cell for population in network.populations)
    return list(cells), list(dict.fromkeys(p.model.name for p in network.projections))


def build_network(name: str, **options: object) -> Network:
    """A library model with its randomness instantiated, as data.

    Parameters
    ----------
    name : str
    **options
        Values in place of the defaults; text is converted to the option's type.

    Raises
    ------
    UnknownName
        If there is no such model, option or choice.
    NetworkError
        If a value is out of its bounds.
    """
    from unisono.models import pynn
    from unisono.models.pynn.simulator import capturing

    model = LIBRARY[name]
    model.options.read(options)
    with capturing(label=name) as capture:
        model.build(pynn, **options)
    return capture.network()
