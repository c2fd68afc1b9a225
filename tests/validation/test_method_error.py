"""The estimated error of the method against the error it makes."""

import numpy as np
import pytest

from unisono.models.cells import cell_model
from unisono.models.equations import CellModel
from unisono.validation.method_error import method_error

MODEL = cell_model("IF_cond_exp")
PARAMETERS = {name: p.default for name, p in MODEL.parameters.items()}


def samples(v: list[float], conductance: float) -> dict[str, np.ndarray]:
    return {
        "v": np.array(v),
        "gsyn_exc": np.full(len(v), conductance),
        "gsyn_inh": np.zeros(len(v)),
    }


def made(v: float, conductance: float, dt: float) -> float:
    """What one Runge-Kutta step does to ``v' = rate * (end - v)``, less the exact solution."""
    rate = 1 / PARAMETERS["tau_m"] + conductance / PARAMETERS["cm"]
    end = (PARAMETERS["v_rest"] / PARAMETERS["tau_m"] + conductance * PARAMETERS["e_rev_E"]) / rate
    x = -rate * dt
    return abs((1 + x + x**2 / 2 + x**3 / 6 + x**4 / 24 - np.exp(x)) * (v - end))


@pytest.mark.parametrize("conductance", [0.5, 2.0, 5.0])
def test_one_step_with_constant_conductance(conductance: float) -> None:
    found = method_error(MODEL, PARAMETERS, samples([-55.0, -54.0], conductance), 0.1)
    assert found == pytest.approx(made(-55.0, conductance, 0.1), rel=2e-3)


def test_errors_of_steps_add_up() -> None:
    v = [-55.0, -53.0, -52.0]
    found = method_error(MODEL, PARAMETERS, samples(v, 2.0), 0.1)
    assert found == pytest.approx(sum(made(x, 2.0, 0.1) for x in v[:2]), rel=2e-3)


def test_what_was_before_the_reset_does_not_count() -> None:
    v = [-55.0, -53.0, PARAMETERS["v_reset"], -60.0, -59.0]
    found = method_error(MODEL, PARAMETERS, samples(v, 2.0), 0.1)
    assert found == pytest.approx(made(-60.0, 2.0, 0.1), rel=2e-3)


def test_only_the_recent_past_counts() -> None:
    v = [-55.0] * 1000
    found = method_error(MODEL, PARAMETERS, samples(v, 2.0), 0.1)
    assert found == pytest.approx(200 * made(-55.0, 2.0, 0.1), rel=2e-3)


def test_half_the_step_has_a_thirtieth_of_the_error() -> None:
    errors = [method_error(MODEL, PARAMETERS, samples([-55.0, -54.0], 5.0), dt) for dt in (0.2, 0.1)]
    assert errors[0] / errors[1] == pytest.approx(32, rel=0.15)


def test_just_after_a_reset_there_is_no_error() -> None:
    model: CellModel = MODEL
    assert method_error(model, PARAMETERS, samples([-55.0, PARAMETERS["v_reset"], -64.0], 1.0), 0.1) == 0.0
    assert method_error(model, PARAMETERS, samples([-55.0], 1.0), 0.1) == 0.0
