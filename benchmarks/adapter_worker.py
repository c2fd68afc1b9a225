"""One run of a network file through an adapter: what it took and gave."""

from __future__ import annotations

import json
import sys

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.models.network import Network


def main() -> None:
    """Run the network file named on the command line and print seconds, peak memory and spikes."""
    arguments = json.loads(sys.argv[1])
    simulator = arguments["simulator"]
    network = Network.load(arguments["network"])
    settings = Settings(
        numerics=arguments.get("numerics", "matched"),
        threads=arguments.get("threads", 1),
        precision=arguments.get("precision", "double"),
    )
    result = Executor(fresh=True).run(network, [simulator], settings)[simulator]
    if result.recording is None:
        raise SystemExit(str(result.error))
    seconds = dict(result.provenance["seconds"])
    seconds.pop("start", None)
    seconds["run_cpu"] = result.provenance["cpu_seconds"]["run"]
    memory = result.provenance["peak_rss_mb"]
    print(json.dumps(seconds | {"peak_rss_mb": memory, "spikes": result.recording.spike_count}))


if __name__ == "__main__":
    main()
