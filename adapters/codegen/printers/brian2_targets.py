"""What spikes of the target do to synapses of Brian2, in C++.

Brian2 would carry it out for each of these spikes at once, at synapses that lie far apart in memory. Here synapses
catch up when a spike of their source arrives, side by side as they lie.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from unisono.adapters.codegen.printers.brian2 import AROUND_SYNAPSE, CPP_VALUES, OWN_FUNCTIONS, in_synapse
from unisono.adapters.codegen.printers.printer import CPrinter
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import LAST_POST, SynapseProgram

#: The arguments: how many synapses, up to which grid point, and whether what arrives there follows, as int64; the
#: synapses; three arrays of the history (number of the last spike of each cell, steps of the spikes, number of the
#: spike of the same cell before); the target and the dendritic delay of each synapse; then the values.
_FUNCTION = """\
{functions}
extern "C" void MAIN(void **arguments)
{{
    const int64_t *call = (const int64_t *)arguments[0];
    const int32_t *synapses = (const int32_t *)arguments[1];
    const int32_t *const *history = (const int32_t *const *)arguments[2];
    const int32_t *last = history[0], *steps = history[1], *previous = history[2];
    const int32_t *target = (const int32_t *)arguments[3];
    const int32_t *dendritic = (const int32_t *)arguments[4];
    {arrays}
    std::vector<int32_t> due;
    for (int64_t number = 0; number < call[0]; number++)
    {{
        const int64_t synapse = synapses[number];
        const int64_t delay = dendritic[{delay}];
        const int64_t until = call[1] - 2*delay - (delay == 0 ? call[2] : 0);
        int32_t spike = last[target[synapse]];
        while (spike >= 0 && steps[spike] > until)
            spike = previous[spike];
        for (; spike >= 0 && steps[spike] + 2*delay - 1 > {seen}[synapse]; spike = previous[spike])
            due.push_back(steps[spike]);
        if (due.empty())
            continue;
        {loaded}
        for (; !due.empty(); due.pop_back())
        {{
            const double {now} = due.back() + 2*delay - 1;
            {lines}
        }}
        {stored}
    }}
}}
"""


class _Printer(CPrinter):
    functions: ClassVar = {**CPrinter.functions, "min": OWN_FUNCTIONS["min"], "max": OWN_FUNCTIONS["max"]}


def catching_up(program: SynapseProgram, per_synapse: Collection[str], delays_differ: bool, real: str) -> str:
    """The function with which synapses catch up with spikes of their targets.

    Parameters
    ----------
    program : SynapseProgram
    per_synapse : collection of str
        Names of the values that each synapse has for itself.
    delays_differ : bool
        Whether each synapse has a dendritic delay for itself.
    real : str
        Type of the values.
    """
    names, changed = program.known_at_target, {a.target for a in program.at_target}
    inline = (OWN_FUNCTIONS[name] for name in ("min", "max"))
    known = [f"{in_synapse(n)} = all_{n}[{'synapse' if n in per_synapse else '0'}];" for n in names]
    return _FUNCTION.format(
        functions="\n".join(
            f"static inline double {n}(double x, double y) {{ return {CPP_VALUES[n]}; }}" for n in inline
        ),
        arrays="\n    ".join(f"{real} *all_{n} = ({real} *)arguments[{5 + k}];" for k, n in enumerate(names)),
        delay="synapse" if delays_differ else "0",
        seen=f"all_{LAST_POST}",
        loaded="\n        ".join(f"double {line}" for line in known),
        now=in_synapse(NOW),
        lines="\n            ".join(_Printer(AROUND_SYNAPSE).lines(program.at_target, program.values, "double")),
        stored="\n        ".join(f"all_{n}[synapse] = {in_synapse(n)};" for n in names if n in changed),
    )
