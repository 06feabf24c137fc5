"""A wall clock that jumps by hours and days changes no result and ends nothing."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dse.results import Observer
from dse.store import read_store
from dse.study import read_study
from tests.crashes.tools.driver import ended, run, study_file, table

JUMPING = """
import random, time
chance, real = random.Random(1), time.time
JUMPS_S = (0, 3600, -3600, 86400, -86400)
time.time = lambda: real() + chance.choice(JUMPS_S)
time.time_ns = lambda: int(time.time() * 1e9)
"""
"""Imported by every Python process first."""

LIMITS = """
[search.stop]
time_s = 1000.0
"""


def in_python(folder: Path) -> dict[str, str]:
    """An environment in which Python's own wall clock jumps, in the workers too."""
    (folder / "sitecustomize.py").write_text(JUMPING)
    return {"PYTHONPATH": str(folder)}


def in_every_library(folder: Path) -> dict[str, str]:
    """An environment in which the C library's wall clock jumps: dates and databases see it too."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux")
    library = folder / "jumping_clock.so"
    source = Path(__file__).parent / "tools" / "jumping_clock.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}


@pytest.mark.parametrize(
    "jumping", [in_python, pytest.param(in_every_library, marks=pytest.mark.soak)]
)
def test_the_same_table_and_no_false_time_out(
    jumping: Callable[[Path], dict[str, str]], undisturbed: bytes, tmp_path: Path
) -> None:
    (tmp_path / "shim").mkdir()
    environment = jumping(tmp_path / "shim")
    look = "import time; print(max(abs(time.time() - time.time()) for _ in range(99)))"
    seen = subprocess.run([sys.executable, "-c", look], env=environment, text=True,
                          stdout=subprocess.PIPE, check=True)  # fmt: skip
    assert float(seen.stdout) > 80_000.0
    file = study_file(tmp_path, trainer="slow")
    file.write_text(file.read_text() + LIMITS)
    out, _ = ended(run(file, tmp_path, environment=environment))
    assert "stopped" not in out
    assert table(file, tmp_path) == undisturbed
    study = read_study(file)
    durations = read_store(study, tmp_path).durations()
    assert len(durations) == 22
    assert durations == sorted(durations)
    assert durations[-1] < 600.0
    assert Observer(study, tmp_path).look().time_left_s == 0.0
