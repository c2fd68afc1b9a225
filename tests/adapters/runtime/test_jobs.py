"""Runs of a call: prepared side by side, then carried out."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from networks import driven

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime import executor as executing
from unisono.adapters.runtime import jobs
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.jobs import Crew, Job
from unisono.models.errors import OutputError, SimulatorFailed


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Worker:
    """Answers at once; fails where it shall."""

    def __init__(self, fails=False):
        self.fails, self.asked, self.closed, self.killed = fails, [], False, False

    def ask(self, request):
        self.asked.append(request["do"])
        if self.fails:
            raise SimulatorFailed("It fails.", "")
        return {}, []

    def close(self):
        self.closed = True

    def kill(self):
        self.killed = True


def job(crew, start, listener=lambda simulator, message: None, name="nest"):
    fake = SimpleNamespace(start=lambda adapter, settings, folder: start(), listener=listener, fresh=True)
    return Job(fake, driven(), registry.get(name), Settings(), "key", "1", crew)


def test_all_are_prepared_before_the_first_runs(own_cache):
    said = []
    network = driven(steps=100)
    runs = Executor(listener=lambda simulator, m: said.append((simulator, m["phase"]))).run(
        network, ["reference", "nest"]
    )
    assert {run.status for run in runs.values()} == {"ok"} and list(runs) == ["reference", "nest"]
    order = [entry for entry in said if entry[1] in ("ready", "run", "done")]
    ready, later = order[:2], order[2:]
    assert set(ready) == {("reference", "ready"), ("nest", "ready")}
    # one after the other, in the order in which they were asked for
    assert [name for name, _ in dict.fromkeys(later)] == ["reference", "reference", "nest", "nest"]
    assert not any((own_cache / "jobs").iterdir())


def test_one_whose_result_is_cached_is_not_started():
    Executor().run(driven(), ["reference"])
    said = []
    runs = Executor(listener=lambda simulator, m: said.append((simulator, m["phase"]))).run(
        driven(), ["nest", "reference"]
    )
    assert [phase for name, phase in said if name == "reference"] == ["cached"]
    assert list(runs) == ["nest", "reference"] and runs["nest"].status == "ok"


def test_a_large_network_waits_in_no_worker(monkeypatch):
    monkeypatch.setattr(executing, "MOST_WAITING", -1)
    said = []
    network = replace(driven(), label="large")
    Executor(listener=lambda simulator, m: said.append((simulator, m["phase"]))).run(network, ["reference", "nest"])
    assert said.index(("reference", "done")) < said.index(("nest", "start"))


def test_no_more_are_prepared_at_once_than_there_are_cores(monkeypatch):
    monkeypatch.setattr(jobs, "_PREPARING", threading.BoundedSemaphore(2))
    lock, both, now, most = threading.Lock(), threading.Barrier(2, timeout=10), 0, 0

    class Slow(Worker):
        def ask(self, request):
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            both.wait()  # passed by two at a time: they are prepared side by side
            with lock:
                now -= 1
            return {}, []

    crew = Crew()
    some = [job(crew, Slow) for _ in range(6)]
    crew.carry_out([lambda one=one: one.prepare("network.h5") for one in some], 6)
    assert most == 2
    for one in some:
        one.close()


def test_a_failure_in_preparing_keeps_the_others(own_cache):
    crew, good, bad = Crew(), Worker(), Worker(fails=True)
    said = []
    some = [job(crew, lambda w=w: w, lambda s, m: said.append(m["phase"])) for w in (bad, good)]
    crew.carry_out([lambda one=one: one.prepare("network.h5") for one in some], 2)
    assert sorted(said) == ["failed", "ready"]
    run = some[0].run()
    assert run.status == "failed" and "It fails" in str(run.error)
    assert bad.closed and bad.asked == ["prepare"] and not good.closed
    some[1].close()
    assert good.closed and not any((own_cache / "jobs").iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OutputError("The disk is full.", "")])
def test_no_worker_outlives_an_interrupt(error):
    crew, waiting = Crew(), Worker()
    one, other, late = job(crew, lambda: waiting), job(crew, Worker), job(crew, Worker)
    one.prepare("network.h5")

    def interrupted():
        raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        crew.carry_out([interrupted, one.run, lambda: other.prepare("network.h5")], 1)
    assert waiting.killed
    late.prepare("network.h5")  # of a thread that was about to start it
    assert late.run().status == "failed" and not hasattr(late, "_worker")


def test_a_worker_says_how_much_it_compiled():
    said = []
    Executor(listener=lambda simulator, m: said.append(m)).run(driven(), ["brian2"])
    counts = [(m["done"], m["total"]) for m in said if m["phase"] == "prepare" and "total" in m]
    assert counts == [(0, 1), (1, 1)]
    said.clear()
    Executor(fresh=True, listener=lambda simulator, m: said.append(m)).run(driven(), ["brian2"])
    assert not [m for m in said if m["phase"] == "prepare" and "total" in m]
