"""f-I curves: closed form on the grid, comparison of simulators, what is wrong."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from unisono.models.errors import UnisonoError, UnknownName
from unisono.validation.exploration.current_curve import CurveCell, closed_forms, current_curve
from unisono.validation.report.current_curve import render
from unisono.validation.verdict import Level

CURRENTS = (0.0, 0.7, 0.8, 1.0, 1.5, 3.0)


@pytest.fixture(scope="module")
def curve():
    return current_curve(
        CurveCell.named("IF_curr_exp", tau_refrac=2.0), ["nest", "reference"], CURRENTS, duration=400.0
    )


def test_simulators_give_the_closed_form_on_the_grid(curve):
    assert curve.verdict is Level.IDENTICAL and curve.exit_status == 0 and not curve.failed
    for rates in curve.rates.values():
        np.testing.assert_allclose(rates, curve.on_grid, rtol=1e-12)
    assert curve.rates["nest"][:2] == (0.0, 0.0) and min(curve.rates["nest"][2:]) > 0
    assert "Every spike lies in the same step on all 2 simulators" in curve.summary


def test_intervals_on_the_grid_end_up_to_a_step_late():
    exact, on_grid = closed_forms(CurveCell.named("IF_curr_delta"), CURRENTS, 0.1)
    late = 1000 / np.array(on_grid[2:]) - 1000 / np.array(exact[2:])
    assert (late >= -1e-9).all() and (late < 0.1).all()
    assert closed_forms(CurveCell.named("IF_cond_exp"), CURRENTS, 0.1) == ((), ())


def test_the_table_and_the_page_have_all_rates(curve):
    lines = list(csv.reader(io.StringIO(curve.to_csv())))
    assert lines[0] == ["current (nA)", "nest", "reference", "closed form", "closed form on the grid"]
    assert len(lines) == 1 + len(CURRENTS)
    text = render(curve, "unisono curve IF_curr_exp")
    assert "Identical" in text and "unisono curve" in text and "closed form" in text


def test_a_named_set_has_its_parameters_and_its_currents():
    cell = CurveCell.named("Izhikevich_regular_spiking")
    assert cell.model.name == "Izhikevich" and cell.parameters["d"] == 8.0
    assert cell.usual_currents[0] == 0.0 and cell.usual_currents[-1] == pytest.approx(2 * cell.current)


def test_what_is_wrong_is_named():
    with pytest.raises(UnknownName, match="Unknown cell model or parameter set 'IF_cur_exp'"):
        CurveCell.named("IF_cur_exp")
    with pytest.raises(UnknownName, match="IF_curr_exp has no parameter 'tau'"):
        CurveCell.named("IF_curr_exp", tau=1.0)
    with pytest.raises(UnisonoError, match="leaves nothing of 100 ms"):
        current_curve(CurveCell.named("IF_curr_exp"), ["nest"], duration=100.0, transient=100.0)
