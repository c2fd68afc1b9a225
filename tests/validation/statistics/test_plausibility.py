"""The verdict on activity: in the bands of cortex, out of them, or undecided."""

import numpy as np
import pytest

from unisono.models.network import Network, Population, Projection
from unisono.validation.statistics.plausibility import BANDS, Target, bands_of, kinds_of, plausible
from unisono.validation.statistics.published import PUBLISHED
from unisono.validation.statistics.signs import kind_of, sign_of
from unisono.validation.statistics.statistics import STATISTICS, Statistic

GOOD = {"rate": 6.0, "CV of ISI": 1.0, "Fano factor": 1.1, "chi": 0.1, "pairwise correlation": 0.02}


def network(cell: str = "IF_curr_exp", *, inhibits: bool = True) -> Network:
    weight = -0.2 if "curr" in cell else 0.2
    projections = [Projection("E", 0, 1, [0], [1], np.float64(0.1), np.array(15))]
    if inhibits:
        projections.append(Projection("I", 1, 0, [0], [1], np.float64(weight), np.array(15), "inhibitory"))
    return Network(0.1, (Population("one", cell, 4), Population("other", cell, 4)), tuple(projections))


def figures(**changed: float | None) -> list[Statistic]:
    values = {**GOOD, "spectral peak": 20.0, **{name.replace("_", " "): v for name, v in changed.items()}}
    return [Statistic(p, 0, n, v, "", "", "", 4, 0) for p in ("one", "other") for n, v in values.items()]


@pytest.mark.parametrize("cell", ["IF_curr_exp", "IF_cond_exp"])
def test_kinds_follow_from_what_a_population_projects(cell: str) -> None:
    assert dict(kinds_of(network(cell))) == {"one": "excitatory", "other": "inhibitory"}
    assert [sign_of(network(cell), p) for p in network(cell).projections] == [1, -1]


def test_a_population_that_projects_both_or_nothing_has_no_kind() -> None:
    both = network()
    extra = Projection("too", 0, 1, [0], [1], np.float64(-0.1), np.array(15), "inhibitory")
    assert kind_of(Network(0.1, both.populations, (*both.projections, extra)), 0) == ""
    assert kind_of(network(inhibits=False), 1) == ""


def test_verdicts() -> None:
    assert plausible(figures(), network()).verdict == "plausible"
    found = plausible(figures(chi=0.3), network())
    assert found.verdict == "not plausible"
    assert {(row.population, row.band.statistic) for row in found.outside} == {("one", "chi"), ("other", "chi")}
    assert plausible(figures(Fano_factor=None), network()).verdict == "cannot tell"
    assert plausible(figures(), network(inhibits=False)).verdict == "cannot tell"
    assert plausible([], network()).verdict == "cannot tell"


def test_bands_of_the_rate_depend_on_the_kind() -> None:
    found = plausible(figures(rate=3.0), network())
    assert [(row.population, row.inside) for row in found.rows if row.band.statistic == "rate"] == [
        ("one", True),
        ("other", False),
    ]


def test_the_peak_is_reported_and_not_judged() -> None:
    peaks = [row for row in plausible(figures(), network()).rows if row.band.statistic == "spectral peak"]
    assert [(row.value, row.inside, row.band.text) for row in peaks] == [(20.0, None, "reported")] * 2


def test_every_band_names_a_statistic_and_a_source() -> None:
    assert {band.statistic for band in BANDS} <= set(STATISTICS)
    assert all("(" in band.source for band in BANDS)
    data = plausible(figures(), network()).to_dict()
    assert data["verdict"] == "plausible"
    assert data["rows"][0]["band"]["low"] == 1.0


def test_what_a_value_outside_may_mean():
    band = next(band for band in BANDS if band.statistic == "CV of ISI")
    low, inside, high = (
        Target("cells", "", 0, band, value, "", band.contains(value)).meaning for value in (0.3, 1.0, 2.0)
    )
    assert low.startswith("inhibition too weak, connectivity too structured")
    assert (inside, high) == ("", "bursts, or rates that change in time")
    assert all(band.above and (band.low is None or band.below) for band in BANDS if band.high is not None)


def test_what_is_published_of_a_model_itself_counts_more_than_cortex() -> None:
    labels = ("L23E", "L23I", "elsewhere")
    cells = tuple(Population(label, "IF_curr_exp", 4) for label in labels)
    circuit = Network(0.1, cells, label="potjans_diesmann")
    assert all(band.source and band.below and band.above for band in PUBLISHED["potjans_diesmann"])
    rows = [Statistic(p, 0, n, v, "", "", "", 4, 0) for p in labels for n, v in (("rate", 0.9), ("CV of ISI", 0.94))]
    found = {(r.population, r.band.statistic): (r.inside, r.band.low) for r in plausible(rows, circuit).rows}
    # 0.903 and 2.965 Hz are published; of other populations and statistics, cortex says what is plausible
    assert found["L23E", "rate"] == (True, pytest.approx(0.903 * 0.55, abs=1e-3))
    assert found["L23I", "rate"] == (False, pytest.approx(2.965 * 0.55, abs=1e-3))
    assert found["L23E", "CV of ISI"][1] == 0.838 and found["elsewhere", "CV of ISI"][1] == 0.8
    assert [b.low for b in bands_of(circuit, "chi", "L23E", "")] == [None]
    assert not {r.population for r in plausible(rows, network()).rows if r.band.population}
