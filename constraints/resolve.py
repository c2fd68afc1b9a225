"""Resolve the project's dependencies for the running interpreter, and write them down beside this file.

``py311.txt`` has versions, as constraints of pip. ``py311.hashes.txt`` has those that Unisono and its extras need, with
the hashes of the files for Linux on x86-64: what the action installs (``action.yml``).

Run by ``make constraints``. Only a resolution is made; nothing is installed. Take an early patch release of the
interpreter: packages may ask for a later one, and what an early one gets runs on all. Arguments go to pip:
``-c constraints/py311.txt`` keeps the versions that are there.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PLACE = Path(__file__).resolve().parent

#: The extras by which the packages of ``py311.hashes.txt`` are chosen; what Unisono itself takes is ``core``.
EXTRAS = ("nest", "brian2", "neuron", "all", "dask", "sciunit")


def main(arguments: list[str]) -> None:
    """Write both files for this interpreter."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    command += [*arguments, f"{PLACE.parent}[test,docs]", "pip"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    found = {canonicalize_name(entry["metadata"]["name"]): entry for entry in report["install"]}
    needed = {extra or "core": closure(found, "unisono", {extra}) for extra in ("", *EXTRAS)}
    name = f"py{sys.version_info.major}{sys.version_info.minor}"
    head = f"# Python {sys.version_info.major}.{sys.version_info.minor}; written by `make constraints`"
    versions, hashes = [head], [f"{head}; files for Linux on x86-64"]
    for package in sorted(found.keys() - {"unisono"}):
        pin = f"{package}=={found[package]['metadata']['version']}"
        versions.append(pin)
        extras = [extra for extra, packages in needed.items() if package in packages]
        if extras:
            digest = found[package]["download_info"]["archive_info"]["hashes"]["sha256"]
            hashes.append(f"{pin} --hash=sha256:{digest}  # {'core' if 'core' in extras else ' '.join(extras)}")
    (PLACE / f"{name}.txt").write_text("\n".join(versions) + "\n")
    (PLACE / f"{name}.hashes.txt").write_text("\n".join(hashes) + "\n")


def closure(found: Mapping[Any, Any], package: str, extras: set[str]) -> set[str]:
    """Names of the packages that a package needs with some of its extras, directly or not."""
    seen: set[tuple[str, str]] = set()
    left = [(package, extra) for extra in extras]
    while left:
        name, extra = left.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for text in found[name]["metadata"].get("requires_dist", ()):
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                left += [(canonicalize_name(requirement.name), more) for more in ("", *requirement.extras)]
    return {name for name, _ in seen} - {package}


if __name__ == "__main__":
    main(sys.argv[1:])
