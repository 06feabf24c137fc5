"""SIGINT, SIGTERM, SIGHUP, two of them, STOP and CONT: out in good order, and the same table."""

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crashes.tools.driver import ended, run, stored, study_file, table, trained, trainings

OUT_WITHIN_S = 10.0
ENDINGS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "twice": 130}


def send(driver: "subprocess.Popen[str]", how: str) -> None:
    if how == "STOP":
        driver.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        driver.send_signal(signal.SIGCONT)
    else:
        driver.send_signal(signal.SIGINT if how == "twice" else signal.Signals[how])
    if how == "twice":
        driver.send_signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("executor", "workers", "rounds"),
    [
        ("processes", 2, 1),
        pytest.param("inline", 1, 1, marks=pytest.mark.soak),
        *(pytest.param("processes", n, 4, marks=pytest.mark.soak) for n in (1, 4)),
        *(pytest.param("ray", n, 4, marks=pytest.mark.soak) for n in (1, 2)),
    ],
)
def test_out_in_good_order(
    executor: str, workers: int, rounds: int, undisturbed: bytes, tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    moment, out_s = random.Random(workers), []
    for place in range(rounds):
        folder = tmp_path / str(place)
        file = study_file(folder, trainer="slow")
        words = ("--folder", folder, "--executor", executor, "--workers", str(workers))
        kept: dict[Path, int] = {}
        for how in (*ENDINGS, "STOP"):
            driver = run(file, *words)
            trained(driver, folder, len(kept) + 2)
            time.sleep(moment.uniform(0.0, 0.3))
            began, before = time.monotonic(), stored(folder)
            send(driver, how)
            if how != "STOP":
                _, told = driver.communicate(timeout=60)
                out_s.append(time.monotonic() - began)
                assert driver.returncode == ENDINGS[how], told
                assert "Traceback" not in told
                assert how == "twice" or f"ended by {how}" in told
            else:
                ended(driver)
            assert stored(folder) >= before
            now = trainings(folder)
            assert all(now[one] == at for one, at in kept.items())
            kept = now
        assert table(file, folder) == undisturbed
    assert max(out_s) < OUT_WITHIN_S
    record_property("signals", 5 * rounds)
    record_property("out_s_max", round(max(out_s), 2))
