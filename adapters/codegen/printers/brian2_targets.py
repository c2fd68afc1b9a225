"""What spikes do to synapses of Brian2 that those of the target change, too, in C++.

Brian2 would carry out each spike of a target at once, at synapses that lie far apart in memory. Here synapses catch up
when a spike of their source arrives, side by side as they lie; and as each is at hand then, that spike acts, too.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from unisono.adapters.codegen.printers.brian2 import AROUND_SYNAPSE, in_synapse
from unisono.adapters.codegen.printers.printer import LESSER_AND_GREATER, CppPrinter, Table
from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram

#: Notes the spikes of a step. The arguments: the cells that spiked, with their number behind the last cell; the number
#: of cells, and that of the spikes so far, as int64; the present step; the last spike of each cell; the history.
NOTING = """\
extern "C" void MAIN(void **arguments)
{
    const int32_t *cells = (const int32_t *)arguments[0];
    const int32_t size = cells[*(const int64_t *)arguments[1]];
    int64_t *count = (int64_t *)arguments[2];
    const int64_t step = *(const int64_t *)arguments[3];
    int32_t *last = (int32_t *)arguments[4];
    int32_t *const *history = (int32_t *const *)arguments[5];
    for (int32_t number = 0; number < size; number++)
    {
        const int32_t spike = (*count)++;
        history[0][spike] = step + 1;
        history[1][last[cells[number]]] = spike;
        last[cells[number]] = spike;
    }
}
"""

#: What happens at synapses. The arguments: how many they are, and whether spikes of their sources arrive at the end of
#: the step, as int64; the present step; the synapses; the history (steps of the spikes, number of the next spike of the
#: same cell); target, dendritic delay and last spike seen of each synapse; what arrives at each target; sizes
#: of the tables, and the tables; then the values.
_FUNCTION = """\
{functions}
extern "C" void MAIN(void **arguments)
{{
    const int64_t *call = (const int64_t *)arguments[0];
    const int64_t count = call[0], arriving = call[1];
    const int64_t until = *(const int64_t *)arguments[1] + arriving;
    const int32_t *synapses = (const int32_t *)arguments[2];
    const int32_t *const *history = (const int32_t *const *)arguments[3];
    const int32_t *steps = history[0], *following = history[1];
    const int32_t *target = (const int32_t *)arguments[4];
    const int32_t *dendritic = (const int32_t *)arguments[5];
    int32_t *seen = (int32_t *)arguments[6];
    {real} *arrived = ({real} *)arguments[7];
    const double *sizes = (const double *)arguments[8];
    {arrays}
    for (int64_t number = 0; number < count; number++)
    {{
        const int64_t synapse = synapses[number];
        const int64_t delay = dendritic[{delay}];
        // Without a delay, a spike of the target acts after those of the sources in the same step.
        const int64_t last = until - 2*delay - (delay == 0 ? arriving : 0);
        {loaded}
        int32_t spike = seen[synapse];
        for (int32_t next; (next = following[spike]) >= 0 && steps[next] <= last; spike = next)
        {{
            const double {now} = steps[next] + 2*delay - 1;
            {at_target}
        }}
        seen[synapse] = spike;
        if (arriving)
        {{
            const double {now} = until - 1;
            {at_source}
            arrived[target[synapse]] += {sent};
        }}
        {stored}
    }}
}}
"""


def arriving(program: SynapseProgram, per_synapse: Collection[str], delays_differ: bool, real: str) -> str:
    """The function with which spikes of the sources act at synapses, after those of the targets before them.

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
    printer, names = CppPrinter(AROUND_SYNAPSE), [f"table_{decay.target}" for decay in program.decays]
    arrays = [f"const double *{name} = (const double *)arguments[{9 + k}];" for k, name in enumerate(names)]
    first = 9 + len(names)
    arrays += [f"{real} *all_{n} = ({real} *)arguments[{first + k}];" for k, n in enumerate(program.values)]
    tables = {
        d.target: Table(name, f"sizes[{k}]") for k, (d, name) in enumerate(zip(program.decays, names, strict=True))
    }
    loaded = (f"double {in_synapse(n)} = all_{n}[{'synapse' if n in per_synapse else '0'}];" for n in program.values)

    def lines(assignments: Iterable[Assignment]) -> str:
        return "\n            ".join(printer.lines(assignments, program.values, "double", tables))

    return _FUNCTION.format(
        functions=LESSER_AND_GREATER,
        real=real,
        arrays="\n    ".join(arrays),
        delay="synapse" if delays_differ else "0",
        loaded="\n        ".join(loaded),
        now=in_synapse(NOW),
        at_target=lines(program.at_target),
        at_source=lines(program.assignments),
        sent=printer.text(ast.parse(program.sent, mode="eval").body),
        stored="\n        ".join(f"all_{n}[synapse] = {in_synapse(n)};" for n in program.changing),
    )
