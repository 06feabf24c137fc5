"""Pictures of the pages, by the command that draws each: `python -m tests.docs.gallery NAME ...`.

Without names those that take seconds are drawn anew; the others take minutes and more.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.docs.blocks import ROOT

IMAGES: Final = ROOT / "docs" / "images"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, the command that draws it in a clone's folder, its file, and if it is quick.

    One without a file is taken by hand: of a page in a browser.
    """

    name: str
    command: str
    file: str
    quick: bool = False


PICTURES: Final = (
    Picture("quickstart_front", "dse run studies/quickstart.toml",
            "results/quickstart/front.png"),
    Picture("report", "dse report studies/quickstart.toml", ""),
    Picture("cell", "dse cell emram_28nm", "results/cells/emram_28nm.png", quick=True),
    Picture("arrays", "dse arrays studies/quickstart.toml", "results/arrays/quickstart.png",
            quick=True),
    Picture("tolerance", "dse run studies/tolerance.toml",
            "results/tolerance/tolerance.png"),
    Picture("when", "python -m benchmarks.when_it_pays --plot when.png", ""),
    Picture("claims", "dse claims", "results/claims.png"),
    Picture("search", "python -m benchmarks.search --plot search.png", ""),
)  # fmt: skip


def draw(names: list[str]) -> None:
    """Run the commands in a copy of the studies and replace the pictures."""
    asked = names or [one.name for one in PICTURES if one.quick]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "studies", Path(folder, "studies"))
        for one in PICTURES:
            if one.name in asked and one.file:
                words = [sys.executable, "-m", *one.command.split()]
                subprocess.run(words, cwd=folder, check=True)
                shutil.copyfile(Path(folder, one.file), IMAGES / f"{one.name}.png")


if __name__ == "__main__":
    draw(sys.argv[1:])
