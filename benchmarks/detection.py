"""The detection matrix of the published networks: every injected fault against every tier, on every simulator.

Run by ``python -m benchmarks.detection [FOLDER]``; takes about two hours on two cores. Each network and tier goes
through ``unisono selftest``, cached runs are taken from the cache, and so it can be interrupted.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: Model, its options for the tiers that judge single runs, and for ensembles.
NETWORKS = {
    "vogels_abbott": (("duration=300",), ("duration=1500", "recorded=10")),
    "balanced": (("duration=300",), ("duration=1500", "recorded=10")),
}

#: Seeds of networks for the tier of identical spikes, and those of them whose first difference is explained.
REPETITIONS, EXPLAINED = 10, 1


def main(folder: Path) -> int:
    """Write ``<model>.<tiers>.json`` and ``.html`` for each; returns the worst exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    status = 0
    for model, (short, long) in NETWORKS.items():
        for tiers, options in (("identical", short), ("converged", short), ("equivalent", long)):
            place = folder / f"{model}.{tiers}"
            command = [sys.executable, "-m", "unisono", "selftest", model, "--tiers", tiers, "--jobs", "2"]
            command += [word for option in options for word in ("--set", option)]
            command += ["--repetitions", str(REPETITIONS), "--explained", str(EXPLAINED)]
            command += ["--json", f"{place}.json", "--report", f"{place}.html"]
            status = max(status, subprocess.run(command).returncode)
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/detection")))
