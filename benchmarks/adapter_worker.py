"""One run of a network file through an adapter: what it took and gave."""

from __future__ import annotations

import json
import sys

import unisono


def main() -> None:
    """Run the network file named on the command line and print seconds, peak memory and spikes."""
    arguments = json.loads(sys.argv[1])
    simulator = arguments["simulator"]
    network = unisono.Network.load(arguments["network"])
    numerics = arguments.get("numerics", "matched")
    run = unisono.run(network, on=[simulator], numerics=numerics, fresh=True)[simulator]
    if run.recording is None:
        raise SystemExit(str(run.error))
    seconds = dict(run.provenance["seconds"])
    seconds.pop("start", None)
    print(json.dumps(seconds | {"peak_rss_mb": run.provenance["peak_rss_mb"], "spikes": run.recording.spike_count}))


if __name__ == "__main__":
    main()
