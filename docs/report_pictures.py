"""The pictures of docs/report.md: the first screen of two reports, by Chromium.

    python docs/report_pictures.py

runs the models, writes ``docs/report_agreement.png`` and ``docs/report_disagreement.png``, and needs NEST, Brian2,
NEURON and Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

#: By file: what is compared.
PICTURES = {
    "report_agreement.png": ("vogels_abbott", "--on", "nest,brian2,neuron", "--set", "duration=400"),
    "report_disagreement.png": (
        *("vogels_abbott", "--on", "nest,brian2,neuron:euler"),
        *("--set", "n=1000", "--set", "p=0.08", "--set", "duration=1000"),
    ),
}

#: Pixels of a picture. All colours are kept: fewer would give two simulators the same.
WIDTH, HEIGHT = 1120, 960


def main() -> None:
    """Write the pictures beside this file."""
    chromium = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    if chromium is None:
        sys.exit("Chromium is not installed; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in PICTURES.items():
            page, picture = Path(folder, "report.html"), Path(folder, "report.png")
            # Exit status 1 is a verdict.
            command = (sys.executable, "-m", "unisono", "compare", *arguments, "--report", str(page))
            subprocess.run(command, check=False)
            options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
            shot = (f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}")
            subprocess.run([chromium, *options, *shot, page.as_uri()], check=True)
            with Image.open(picture) as image:
                image.convert("RGB").save(Path(__file__).with_name(name), optimize=True)


if __name__ == "__main__":
    main()
