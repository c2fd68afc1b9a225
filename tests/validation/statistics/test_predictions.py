"""Mean-field theory beside a run, where it covers the network."""

from __future__ import annotations

import pytest

from unisono.models.library import build_network
from unisono.validation.statistics.predictions import predictions_of
from unisono.validation.statistics.statistic import Statistic


def test_each_population_stands_beside_its_run():
    network = build_network("brunel", n=500, weight=0.5, duration=1.0)
    rate = Statistic("excitatory", 0, "rate", 40.0, "Hz", "", "", 400, 0)
    first, second = predictions_of(network, [rate])
    assert (first.population, first.rate, first.cv) == ("excitatory", 40.0, None)
    assert (second.population, second.rate) == ("inhibitory", None)
    assert first.predicted_rate == pytest.approx(second.predicted_rate)
    assert 10 < first.predicted_rate < 100
    assert first.to_dict()["sd"] == first.sd > 0


@pytest.mark.parametrize(
    ("model", "options"),
    [("vogels_abbott", {"n": 400, "cell": "IF_cond_exp"}), ("brunel", {"n": 50}), ("single_cell", {})],
)
def test_nothing_is_predicted_where_theory_does_not_reach(model, options):
    assert predictions_of(build_network(model, **{"duration": 60.0, **options}), []) == ()
