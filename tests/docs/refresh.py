"""Writes anew what the pages show as printed: `python -m tests.docs.refresh [PAGE ...]`."""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.docs import gallery
from tests.docs.blocks import PAGES, ROOT, blocks_of
from tests.docs.pages import (
    complaints,
    first_run,
    refreshed,
    run_steps,
    steps_of,
    workspace,
)
from tests.docs.readme import claims_refreshed


def refresh(pages: list[Path]) -> None:
    """Run the pages and replace what differs."""
    with tempfile.TemporaryDirectory() as folder:
        finished = workspace(Path(folder) / "clone")
        results = run_steps([first_run()], finished)
        assert not results[0][1], results[0][1]
        for place, page in enumerate(pages):
            steps = steps_of(blocks_of(page))
            if not steps:
                continue
            here = Path(folder) / str(place)
            shutil.copytree(finished, here)
            results = run_steps(steps, here)
            page.write_text(refreshed(page, steps, results), encoding="utf-8")
            for complaint in complaints(steps, results):
                print(complaint.splitlines()[0])
    gallery.draw([])
    readme = ROOT / "README.md"
    readme.write_text(claims_refreshed(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    refresh([Path(name).resolve() for name in sys.argv[1:]] or list(PAGES))
