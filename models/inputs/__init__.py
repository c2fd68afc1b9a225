"""Point processes, instantiated on the grid: pure functions over NumPy arrays.

Times and intervals are counted in steps. The process runs in continuous time; a spike of (t - 1, t] is one at grid
point t. Random numbers come from ``RandomState``, whose streams are frozen, so that the same seed gives the same
spikes with every version of NumPy. A run that is extended extends the trains: none of its spikes moves.

- :mod:`~unisono.models.inputs.poisson`: rate constant or varying in time, in blocks of steps.
- :mod:`~unisono.models.inputs.refractory_poisson`, :mod:`~unisono.models.inputs.gamma`,
  :mod:`~unisono.models.inputs.inhomogeneous_gamma`: each cell has a stream of its own.
"""
