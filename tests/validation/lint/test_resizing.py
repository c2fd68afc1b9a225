"""A model at two sizes, run by a toy: rates and CVs are compared, and what depends on the size is a finding."""

from __future__ import annotations

import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.errors import NetworkError, UnknownName
from unisono.validation.lint import lint, resizing
from unisono.validation.statistics.statistics import Statistic


def statistic(name: str, value: float | None) -> Statistic:
    return Statistic("excitatory", 0, name, value, "Hz" if name == "rate" else "", "", "", 10, 0)


@pytest.fixture
def resized(monkeypatch):
    """The report on `balanced` when its statistics at the two sizes are as given; nothing is run."""

    def report(first: dict[str, float | None], second: dict[str, float | None], sizes=(100, 200), model="balanced"):
        given = iter((first, second))
        monkeypatch.setattr(
            resizing,
            "_statistics",
            lambda *_: {("excitatory", name): statistic(name, value) for name, value in next(given).items()},
        )
        source = ModelSource(model, {"duration": 10.0} if model == "balanced" else {})
        network = source.network()
        return resizing.with_sizes(lint(network), source, sizes, "nest", Settings(), Executor(), 500.0)

    return report


def test_rates_and_cvs_that_stay_are_robust(resized):
    report = resized({"rate": 5.0, "CV of ISI": 0.9}, {"rate": 5.9, "CV of ISI": 0.85})
    (network,) = report.networks
    assert [row.robust for row in network.resized] == [True, True]
    assert network.resized[0].sizes == (100, 200)
    assert "size" not in {f.rule for f in report.findings}


def test_a_rate_that_depends_on_the_size_is_found_with_both_values(resized):
    report = resized({"rate": 5.0, "CV of ISI": 0.9}, {"rate": 50.0, "CV of ISI": None})
    found = [f for f in report.findings if f.rule == "size"]
    assert [f.sentence for f in found] == [
        "The rate depends on the size of the network.",
        "The CV of ISI depends on the size of the network.",
    ]
    assert found[0].evidence == "5 Hz at 100 cells and 50 Hz at 200 cells (nest)."
    assert "not defined at 200 cells" in found[1].evidence
    assert "1/sqrt(K)" in found[0].remedy


def test_sizes_must_differ_and_the_model_must_have_one(resized):
    with pytest.raises(NetworkError, match="Both networks have 100 cells"):
        resized({"rate": 5.0}, {"rate": 5.0}, sizes=(100, 100))
    with pytest.raises(UnknownName, match="Unknown option 'n'"):
        resized({}, {}, model="single_cell")
