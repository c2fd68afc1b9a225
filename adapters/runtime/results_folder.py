"""Runs on disk: a folder with the network, a subfolder a simulator, and ``results.json``."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, check_room_for_samples
from unisono.adapters.runtime.results import Run, Runs
from unisono.adapters.runtime.sonata_edges import save_edges
from unisono.models import errors
from unisono.models.errors import DamagedFile, OutputError, UnisonoError
from unisono.models.files import cause_of, checksum, replace_folder, sealed, umask, unsealed
from unisono.models.network import Network

FORMAT = "unisono-results-2"
INDEX = "results.json"


def save_results(runs: Runs, folder: Path, nix: bool = False) -> None:
    """Write runs to a folder, whole or not at all; an older folder of results is replaced.

    Parameters
    ----------
    runs : Runs
    folder : Path
    nix : bool
        Also write each run's Neo block as ``<simulator>/<simulator>.nix``.

    Raises
    ------
    OutputError
        If the folder cannot be written, or exists and holds something else.
    """
    check_folder(folder)
    folder = folder.resolve()  # a link to a folder stays a link
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _refused(folder, error) from error
    try:
        runs.network.save(temporary / "network.h5")
        for name, run in runs.items():
            place = temporary / name
            place.mkdir()
            (place / "log.txt").write_text(run.log, encoding="utf-8", errors="replace")
            if run.recording is not None:
                run.recording.save(place)
                for number, trial in enumerate(run.recording.trials):
                    save_edges(place / f"trial-{number:03d}" / "edges.h5", runs.network, trial)
                if nix:
                    from unisono.adapters.runtime.neo_block import save_nix

                    save_nix(run.block, place / f"{name}.nix")
        (temporary / INDEX).write_text(sealed(_index(runs, temporary)), encoding="utf-8")
        temporary.chmod(0o777 & ~umask())
        replace_folder(temporary, folder)
    except OSError as error:
        raise _refused(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_folder(folder: Path) -> None:
    """Raise OutputError if results cannot go there: it holds something else, or cannot be written."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _holds_results(folder))):
        raise OutputError(f"'{folder}' exists and holds no results of Unisono.", "Choose another folder.")
    if folder.exists() and (other := _other_files(folder)):
        raise OutputError(
            f"'{folder}' holds results, and '{other}', which would be lost.", "Choose another folder, or remove it."
        )
    parent = folder.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not os.access(parent, os.W_OK):
        raise OutputError(
            f"Cannot write '{folder}': no permission for '{parent}'.", "Choose a folder that is writable."
        )


def check_room(folder: Path, network: Network, runs: int) -> None:
    """Raise OutputError if there is no room for the samples of so many runs of a network."""
    check_room_for_samples(folder, network, runs, "Choose a folder with more free space.")


def network_folders(folder: Path, number: int) -> list[Path]:
    """Where the results of each of ``number`` networks go: the folder itself, or a folder in it for each.

    Older results are removed, so that what is there afterwards belongs together.
    """
    if number == 1:
        return [folder]
    check_folder(folder)
    shutil.rmtree(folder.resolve(), ignore_errors=True)
    return [folder / f"network-{index}" for index in range(1, number + 1)]


def results_of(folder: Path, number: int | None = None) -> list[Path]:
    """The folders of results in a folder: itself, or one for each network of a script.

    Raises
    ------
    DamagedFile
        If there are no results, or none of the network of that number.
    """
    found = [folder] if (folder / INDEX).is_file() else sorted(_networks(folder), key=lambda f: (len(f.name), f.name))
    if not found:
        raise DamagedFile(f"'{folder}' is not a folder of results: it has no {INDEX}.")
    if number is not None and number > len(found):
        raise DamagedFile(f"'{folder}' has no network {number}.", f"It holds {len(found)}, counted from 1.")
    return found if number is None else [found[number - 1]]


def _networks(folder: Path) -> list[Path]:
    return [index.parent for index in folder.glob(f"network-*/{INDEX}")]


def _holds_results(folder: Path) -> bool:
    return (folder / INDEX).is_file() or {*_networks(folder)} == {*folder.iterdir()} != set()


def _other_files(folder: Path) -> str:
    """Something in a folder of results that is not part of them; empty if there is nothing."""
    for place in [folder] if (folder / INDEX).is_file() else _networks(folder):
        try:
            index = json.loads((place / INDEX).read_text())
            own = {INDEX, "network.h5", *index["runs"]} if index["format"] == FORMAT else {INDEX}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            own = {INDEX}
        for path in sorted(place.iterdir()):
            if path.name not in own:
                return str(path.relative_to(folder))
    return ""


def _refused(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"Cannot write the results to '{folder}': {cause_of(error)}.",
        "Choose a folder that is writable and has free space.",
    )


def _index(runs: Runs, folder: Path) -> dict[str, object]:
    return {
        "format": FORMAT,
        "label": runs.network.label,
        "fingerprint": runs.network.fingerprint,
        "runs": {
            name: {
                "status": run.status,
                "checksums": {
                    file: checksum(folder / name / file)
                    for file in ("log.txt", "recording.json")
                    if (folder / name / file).exists()
                },
                "settings": {
                    "numerics": run.settings.numerics,
                    "threads": run.settings.threads,
                    "options": dict(run.settings.options),
                    "precision": run.settings.precision,
                },
                "provenance": dict(run.provenance),
                "error": None
                if run.error is None
                else {"kind": type(run.error).__name__, "message": run.error.message, "remedy": run.error.remedy},
            }
            for name, run in runs.items()
        },
    }


def load_results(folder: str | Path) -> Runs:
    """Read a folder of results.

    Raises
    ------
    DamagedFile
        If something in it is missing or cannot be read.
    """
    folder = Path(folder)
    if not (folder / INDEX).is_file():
        raise DamagedFile(f"'{folder}' is not a folder of results: it has no {INDEX}.")
    try:
        index = _read_index(folder)
        entries = {
            name: (Settings(**entry["settings"]), entry["provenance"], entry["error"], _status(folder, name, entry))
            for name, entry in index["runs"].items()
        }
        order = sorted(entries)
    except DamagedFile:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, UnisonoError) as error:
        raise DamagedFile(f"'{folder / INDEX}' cannot be read: {error}", "Run the model again.") from error
    network = Network.load(folder / "network.h5")
    if network.fingerprint != index["fingerprint"]:
        raise DamagedFile(f"The network in '{folder}' is not the one that was run.", "Run the model again.")
    runs = {}
    for name in order:
        settings, provenance, failure, status = entries[name]
        recording = Recording.load(folder / name) if status == "ok" else None
        reason = None
        if failure:
            reason = getattr(errors, failure["kind"], UnisonoError)(failure["message"], failure["remedy"])
        log = folder / name / "log.txt"
        text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
        runs[name] = Run(name, network, settings, recording, provenance, reason, text)
    return Runs(network, runs)


def _read_index(folder: Path) -> dict[str, Any]:
    try:
        return unsealed(folder / INDEX)
    except ValueError:
        content = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise DamagedFile(f"'{folder}' holds results of another version ({content['format']}).") from None
        raise


def _status(folder: Path, name: str, entry: Mapping[str, Any]) -> str:
    """Whether a run has a recording; what lies in its folder must be what was written."""
    if Path(name).name != name or name in ("", ".", ".."):
        raise ValueError(f"{name!r} is no name of a run")
    for file, expected in entry["checksums"].items():
        if Path(file).name != file or checksum(folder / name / file) != expected:
            raise ValueError(f"{name}/{file} does not fit its checksum")
    if entry["status"] == "ok" and "recording.json" not in entry["checksums"]:
        raise ValueError(f"{name} has no recording")
    return str(entry["status"])
