"""Resolve the project's dependencies for the running interpreter and print them as pip constraints.

Run by ``make constraints``. Only a resolution is made; nothing is installed. Take an early patch release of the
interpreter: packages may ask for a later one, and what an early one gets runs on all.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Print one pinned requirement a line."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    report = subprocess.run([*command, f"{ROOT}[test,docs]", "pip"], check=True, stdout=subprocess.PIPE, text=True)
    packages = (entry["metadata"] for entry in json.loads(report.stdout)["install"])
    pins = {entry["name"].lower().replace("_", "-"): entry["version"] for entry in packages}
    pins.pop("unisono")
    print(f"# Python {sys.version_info.major}.{sys.version_info.minor}; written by `make constraints`")
    print("\n".join(f"{name}=={pins[name]}" for name in sorted(pins)))


if __name__ == "__main__":
    main()
