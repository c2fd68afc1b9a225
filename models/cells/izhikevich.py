"""The simple model of Izhikevich; spikes that arrive move its potential."""

from unisono.models.cells.model import CellModel, Parameter, Receptor

#: dv/dt = 0.04 v^2 + 5 v + 140 - u + I, du/dt = a (b v - u); where v reaches 30 mV: v = c, u += d.
#: I of the paper is in mV/ms; as in PyNN's backends a capacitance of 0.001 nF makes 1 nA act as 1000 mV/ms.
#: The slopes take v for at most v_thresh, where the cell has spiked: the parabola cannot run away within a step.
#: A spike adds its weight (mV) to v. Inhibitory weights are negative.
#: Source: Izhikevich (2003), IEEE Trans Neural Netw 14:1569-1572, eqs. 1-3; defaults of PyNN's Izhikevich.
IZHIKEVICH = CellModel(
    name="Izhikevich",
    equations="""
        v_in = min(v, v_thresh) : mV
        dv/dt = 0.04/(mV*ms)*v_in**2 + 5/ms*v_in + 140*mV/ms - u + (i_offset + i_inj)/(0.001*nF) : mV
        du/dt = a*(b*v_in - u) : mV/ms
    """,
    reset="v = c; u += d",
    refractory="",
    parameters={
        "a": Parameter(0.02, "1/ms", "rate of recovery"),
        "b": Parameter(0.2, "1/ms", "sensitivity of recovery to v"),
        "c": Parameter(-65.0, "mV", "potential after a spike"),
        "d": Parameter(2.0, "mV/ms", "recovery that a spike adds"),
        "i_offset": Parameter(0.0, "nA", "constant current"),
        "v_thresh": Parameter(30.0, "mV", "peak at which a spike ends; not in PyNN"),
    },
    initial={"v": -70.0, "u": -14.0},
    receptors={"excitatory": Receptor("v", sign=+1), "inhibitory": Receptor("v", sign=-1)},
    recordable=("v", "u"),
    source="Izhikevich (2003), IEEE Trans Neural Netw 14:1569; PyNN 0.13, Izhikevich",
)
