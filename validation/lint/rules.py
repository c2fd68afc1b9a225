"""The rules of `unisono lint`, a file each, in the order in which findings of one severity are shown."""

from unisono.models.registry import Registry, registry
from unisono.validation.lint import (
    activity,
    balance,
    connectivity,
    dale,
    duration,
    no_inhibition,
    plasticity,
    receptors,
    shares,
    synapse_kind,
    time_step,
    units,
    weights_and_size,
)
from unisono.validation.lint.rule import Rule

RULES: Registry[Rule] = registry(
    "rule",
    units.RULE,
    activity.RULE,
    no_inhibition.RULE,
    balance.RULE,
    dale.RULE,
    shares.RULE,
    connectivity.RULE,
    weights_and_size.RULE,
    time_step.RULE,
    duration.RULE,
    receptors.RULE,
    synapse_kind.RULE,
    plasticity.RULE,
)
