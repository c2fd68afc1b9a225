"""Why simulators disagree: an ordered list of hypotheses, each a file with one function.

:func:`unisono.validation.diagnose.explain.explain` looks for causes; :mod:`unisono.validation.diagnose.hypotheses` has
the list, and says what a hypothesis is.
"""
