"""Ensembles: sides, one table of runs, resumed, through pools, on real simulators."""

from __future__ import annotations

import csv
import io
import os
import pickle
import subprocess
import sys
from concurrent import futures
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from small_scripts import SCRIPT

from unisono.adapters.contract import Settings
from unisono.adapters.host.folders import cache_folder
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.errors import SimulatorFailed, SimulatorNotInstalled, UnisonoError, UnknownName
from unisono.models.network import Network
from unisono.validation.ensembles import ensemble, pools
from unisono.validation.ensembles.ensemble import ROW_MODULES, cases_of, run_ensemble
from unisono.validation.ensembles.pools import pool_of
from unisono.validation.ensembles.rows import Row, Side, figures_of
from unisono.validation.statistics.statistics import Statistic
from unisono.validation.written import plain

SOURCE = ModelSource("vogels_abbott", {"n": 60, "duration": 100.0, "p": 0.2})
NEST, NEURON = Side("nest"), Side("neuron")
HEAVY = Side("nest", fault="weights + 2 %")


@pytest.fixture
def own_cache(tmp_path, monkeypatch) -> Path:
    """An empty cache, but for what is compiled."""
    place = tmp_path / "cache"
    place.mkdir()
    for folder in cache_folder().glob("*"):
        if folder.name not in ("runs", "rows", "jobs"):
            (place / folder.name).symlink_to(folder.resolve())
    monkeypatch.setenv("UNISONO_CACHE", str(place))
    return place


def test_sides_are_written_in_words():
    assert Side.parse("nest").label == "nest"
    assert Side.parse("nest:native").settings == Settings("native")
    assert Side.parse("brian2:euler").label == "brian2:euler"
    single = Side.parse("brian2:native:single", Settings(threads=2))
    assert single.settings == Settings("native", 2, precision="single") and single.label == "brian2:native:single"
    assert HEAVY.label == "nest (weights + 2 %)"
    assert Side("nest", name="mine").label == "mine"
    with pytest.raises(UnknownName, match="'nest:fast': a simulator has no 'fast'"):
        Side.parse("nest:fast")


def test_one_table_of_seeds_sides_steps_and_parameters(own_cache):
    heard: list[tuple[Row, int, int]] = []
    cases = cases_of([NEST, NEURON, HEAVY], (1, 2), (0.1, 0.2), ({}, {"n": 50}))
    assert len(cases) == 24
    table = run_ensemble(SOURCE, cases[:6], transient=20, listener=lambda *told: heard.append(told))
    assert [row.case for row in table.rows] == list(cases[:6])
    assert [(done, total) for _, done, total in heard] == [(k, 6) for k in range(1, 7)]
    assert not table.failed
    first, other, heavy = table.rows[:3]
    assert first.digest == other.digest != heavy.digest
    assert first.fingerprint == other.fingerprint == heavy.fingerprint
    assert first.figures == other.figures and first.figures["rate of excitatory"] is not None
    assert {"rate of excitatory", "rate of inhibitory"} <= {*first.distributions}
    assert len(table.of(NEST)) == 2
    lines = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert lines[3]["n"] == "50" and lines[0]["n"] == "" and lines[2]["fault"] == "weights + 2 %"
    assert float(lines[1]["rate of excitatory"]) == first.figures["rate of excitatory"]


def test_an_ensemble_is_resumed_without_building_or_running(own_cache, monkeypatch):
    cases = cases_of([NEST], (1, 2))
    table = run_ensemble(SOURCE, cases, transient=20)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    with monkeypatch.context() as nothing:
        nothing.setattr(Executor, "run", refuse)
        nothing.setattr(ModelSource, "network", refuse)
        again = run_ensemble(SOURCE, cases, transient=20)
    assert all(row.cached for row in again.rows)
    for row, known in zip(table.rows, again.rows, strict=True):
        assert row.content() == known.content() and row.figures == known.figures
    for path in (own_cache / "rows").rglob("*.json"):
        path.write_text("damaged")
    assert run_ensemble(SOURCE, cases, transient=20).rows[0].figures == table.rows[0].figures
    assert [row.cached for row in run_ensemble(SOURCE, cases, transient=30).rows] == [False, False]


def test_a_script_takes_seeds_where_its_arguments_say_so(tmp_path, own_cache):
    script = tmp_path / "s.py"
    script.write_text(SCRIPT)
    source = ModelSource(str(script), args=("--seed", "{seed}"))
    table = run_ensemble(source, cases_of([NEST], (1, 2)), transient=20)
    assert len({row.fingerprint for row in table.rows}) == 2
    assert all(row.cached for row in run_ensemble(source, cases_of([NEST], (1, 2)), transient=20).rows)
    (failed,) = run_ensemble(ModelSource(str(script)), cases_of([NEST], (1,))).rows
    assert "Write {seed} where its arguments have the seed" in failed.error


def test_a_run_that_fails_is_a_row_with_its_error():
    slow = run_ensemble(SOURCE, cases_of([NEST, Side("nest", Settings(precision="single"))], (1,)), transient=20)
    assert [bool(row.error) for row in slow.rows] == [False, True]
    assert "double precision only" in slow.rows[1].error and slow.failed == (slow.rows[1],)
    assert slow.rows[1].figures == {}
    (row,) = run_ensemble(SOURCE, cases_of([NEST], (3,)), executor=Executor(time_limit=1e-3, fresh=True)).rows
    assert "time limit" in row.error


def test_unknown_names_are_told_before_anything_runs():
    for side in (Side("nosuch"), Side("nest", fault="nosuch")):
        with pytest.raises(UnknownName, match="nosuch"):
            run_ensemble(SOURCE, cases_of([side], (1,)))
    for text in ("local:0", "local:x", "dask:", "slurm"):
        with pytest.raises(UnknownName, match="Write local:N or dask"), pool_of(text):
            pass


def test_any_executor_is_taken_and_left_open(own_cache):
    with ThreadPoolExecutor(2) as pool:
        table = run_ensemble(SOURCE, cases_of([NEST], (1, 2, 3)), transient=20, pool=pool)
        assert pool.submit(int, "1").result() == 1
    assert [row.case.seed for row in table.rows] == [1, 2, 3] and not table.failed


@pytest.mark.slow
def test_processes_give_the_same_table(own_cache):
    serial = run_ensemble(SOURCE, cases_of([NEST], (1, 2)), transient=20, executor=Executor(fresh=True))
    pool = run_ensemble(SOURCE, cases_of([NEST], (1, 2)), transient=20, executor=Executor(fresh=True), pool="local:2")
    assert [row.content() for row in pool.rows] == [row.content() for row in serial.rows]


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_table(own_cache):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = cluster.scheduler_address.removeprefix("tcp:")
        table = run_ensemble(SOURCE, cases_of([NEST], (1, 2)), transient=20, pool=f"dask:{address}")
    again = run_ensemble(SOURCE, cases_of([NEST], (1, 2)), transient=20)
    assert all(row.cached for row in again.rows) and not table.failed
    assert [row.content() for row in again.rows] == [row.content() for row in table.rows]


def test_dask_that_is_missing_or_does_not_answer(monkeypatch):
    monkeypatch.setattr(pools, "WAIT", 1)
    with pytest.raises(UnisonoError, match="does not answer"), pool_of("dask://127.0.0.1:9"):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SimulatorNotInstalled, match=r"\[dask\]"), pool_of("dask://127.0.0.1:9"):
        pass


def test_an_interrupt_ends_the_ensemble(monkeypatch):
    def interrupted(task: ensemble.Task) -> list[Row]:
        raise KeyboardInterrupt

    monkeypatch.setattr(ensemble, "carry_out", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_ensemble(SOURCE, cases_of([NEST], (1, 2)))


def test_what_travels_between_processes_can(network: Network):
    task = ensemble.Task(SOURCE, cases_of([HEAVY], (1,)), 20.0, Executor(listener=ensemble.silent))
    assert pickle.loads(pickle.dumps(task)).cases[0].side.label == HEAVY.label


def test_a_row_is_known_by_all_the_code_that_makes_it():
    """Whatever of the validation is imported for a row is in ROW_MODULES, or it carries rows about."""
    listed = "print(*(m for m in sys.modules if m.count('.') > 2 and m.startswith('unisono.validation.')))"
    code = f"import sys, unisono.validation.ensembles.ensemble; {listed}"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    imported = {"/".join(name.split(".")[2:]) for name in answer.stdout.split()}
    assert imported - {"ensembles/pools"} == {*ROW_MODULES}


def test_figures_are_means_over_trials():
    def statistic(trial: int, value: float | None) -> Statistic:
        return Statistic("p", trial, "rate", value, "Hz", "", "", 1, 0)

    assert figures_of([statistic(0, 1.0), statistic(1, 2.0)]) == {"rate of p": 1.5}
    assert figures_of([statistic(0, 1.0), statistic(1, None)]) == {"rate of p": None}
    assert plain({"a": (float("nan"), 1.0)}) == {"a": [None, 1.0]}


class Killed(futures.Executor):
    """An executor whose process is killed while it runs."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_exception(BrokenExecutor("terminated abruptly"))
        return future


def test_a_process_that_is_killed_is_an_error_with_a_remedy():
    with pytest.raises(SimulatorFailed, match="terminated abruptly") as raised:
        run_ensemble(SOURCE, cases_of([NEST], (1,)), pool=Killed())
    assert "memory" in str(raised.value)
