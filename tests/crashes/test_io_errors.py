"""A full or broken disk: whichever write fails, one message, nothing lost, and the same table."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crashes.tools.driver import ROOT

STEP = 359
"""Every so many writes fail in the normal run, all of them in the soak."""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler and Linux to let the system's own writes fail")
    made = tmp_path_factory.mktemp("shim") / "failing_writes.so"
    source = Path(__file__).parent / "tools" / "failing_writes.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def failures(shim: Path, folder: Path, *numbers: int) -> tuple[int, list[dict[str, Any]]]:
    """How many writes a run makes, and what each one that failed led to."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    told = subprocess.run(
        [sys.executable, "-m", "tests.crashes.tools.failing_driver", folder, *map(str, numbers)],
        cwd=ROOT, capture_output=True, text=True, timeout=3000, check=False,
        env={**os.environ, "PYTHONPATH": path, "LD_PRELOAD": str(shim)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    lines = [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]
    return lines[0]["calls"], lines[1:]


FULL = (errno.ENOSPC, 1)
BROKEN = (errno.EIO, 0)


@pytest.mark.parametrize(
    ("start", "step", "faults"),
    [
        (1, STEP, FULL + BROKEN),
        *(
            pytest.param(start, 2, faults, marks=pytest.mark.soak)
            for faults in (FULL, BROKEN)
            for start in (1, 2)
        ),
    ],
)
def test_whichever_write_fails(
    shim: Path, tmp_path: Path, start: int, step: int, faults: tuple[int, ...]
) -> None:
    calls, told = failures(shim, tmp_path, start, step, *faults)
    assert len(told) == len(range(start, calls + 1, step))
    for one in told:
        assert one["right"], one
        assert one["same"], one
        assert one["untouched"], one
        assert one["stored"] >= one["appended"], one
        assert one["left"] == [], one
        assert one["code"] in (0, 2), one
        lines = one["told"].strip().splitlines()
        assert len(lines) == (1 if one["code"] else 0), one
    stopped = sum(one["code"] == 2 for one in told)
    assert stopped > 0.8 * len(told)
    print(f"{calls} writes, {len(told)} failed, {stopped} stopped the run")
