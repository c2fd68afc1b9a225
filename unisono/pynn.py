"""PyNN backend for plain scripts: ``import unisono.pynn as sim``.

A script started with ``python script.py`` gets the data it asks for from one
simulator: the one that ``$UNISONO_SIMULATOR`` names, else NEST. ``unisono run``
and ``unisono compare`` take the same script to several simulators.
"""

import os
from functools import partial

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.adapters.runtime.loading import DEFAULT_SIMULATORS
from unisono.models.pynn import *  # noqa: F403 (PyNN's own style of a backend module)
from unisono.models.pynn.simulator import set_default_simulation

set_default_simulation(
    partial(live_run, Executor(), os.environ.get("UNISONO_SIMULATOR", DEFAULT_SIMULATORS[0]), Settings())
)
