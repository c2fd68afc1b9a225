"""Scripts that end, crash or hold up their process: each costs its own model, by name, and no gate is green."""

from __future__ import annotations

import json

import pytest
from command_line import unisono
from small_scripts import SCRIPT

ON = ("--on", "reference,nest")

#: What a script does, what is said of it, and the line that is named, if it can be known.
ENDS = {
    "os._exit(0)": ("import os\nos._exit(0)\n", "model.py ended its process (exit status 0)"),
    "h.quit()": ("from neuron import h\nh.quit()\n", "model.py ended its process (exit status 0)"),
    "abort": ("import os\n\nos.abort()\n", "model.py, line 3: the process of the script was killed by SIGABRT"),
    "segfault": (
        "import ctypes\ndef f():\n    ctypes.string_at(0)\nf()\n",
        "model.py, line 3: the process of the script was killed by SIGSEGV",
    ),
    "killed": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
        "was killed by SIGKILL. The memory may have been used up",
    ),
    "terminated": ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n", "was killed by SIGTERM"),
    "recursion": ("def f():\n    f()\nf()\n", "model.py, line 2: RecursionError"),
    "interrupt": ("raise KeyboardInterrupt\n", "model.py raised KeyboardInterrupt"),
    "memory": ("bytearray(1 << 60)\n", "model.py, line 1: MemoryError"),
    "parent of a fork": ("import os\nif os.fork():\n    os._exit(0)\nos.read(0, 1)\n", "ended its process"),
    "loop": ("while True:\n    pass\n", "ran longer than the time limit of 2 s and was stopped"),
    "sleep": ("import time\ntime.sleep(1000)\n", "model.py, line 2: the script, with what is simulated for it"),
}


@pytest.mark.parametrize("what", ENDS)
def test_a_script_that_ends_its_process_is_an_error_by_name(what, tmp_path):
    text, says = ENDS[what]
    (tmp_path / "model.py").write_text(text)
    answer = unisono("compare", "model.py", *ON, "--time-limit", 2, cwd=tmp_path)
    assert answer.returncode == 2, answer.stdout + answer.stderr
    (said,) = (line for line in answer.stderr.splitlines() if line.startswith("unisono: "))
    assert says in said and "Traceback" not in answer.stderr


def test_the_other_models_of_a_gate_are_still_checked(tmp_path):
    ends = [ENDS[what][0] for what in ("os._exit(0)", "segfault", "loop")]
    for number, text in enumerate((*ends, SCRIPT)):
        (tmp_path / f"m{number}.py").write_text(text)
    models = "".join(f'[[model]]\nmodel = "m{number}.py"\n' for number in range(len(ends) + 1))
    gate = '[gate]\nsimulators = ["reference", "nest"]\ntime_limit = 8\n'
    (tmp_path / "unisono.toml").write_text(gate + models)
    answer = unisono("check", "--json", "r.json", cwd=tmp_path)
    assert answer.returncode == 2, answer.stderr
    results = [(m["name"], m["result"]) for m in json.loads((tmp_path / "r.json").read_text())["models"]]
    assert results == [*((f"m{n}", "cannot tell") for n in range(len(ends))), (f"m{len(ends)}", "met")]
    assert (tmp_path / "unisono-report" / "index.html").is_file()


def test_what_a_script_prints_is_shown_and_its_forks_do_not_answer_for_it(tmp_path):
    (tmp_path / "model.py").write_text(
        "import os, sys\nprint('Grüße', flush=True)\nprint('warned', file=sys.stderr)\nchild = os.fork()\n"
        + SCRIPT.replace("sim.end()", "sim.end()\nif child: os.waitpid(child, 0)")
    )
    answer = unisono("run", "model.py", "--on", "reference", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "Grüße\n" in answer.stdout and "warned\n" in answer.stderr
