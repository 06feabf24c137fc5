"""Every cell of ours, and a measured one, keeps what `evaluators.testing` promises."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluators import plugins
from evaluators.device import MeasuredCell, cell
from evaluators.device.emram_28nm import CELL
from evaluators.testing import check_cell

NAMES = plugins.names("evaluators.device", "CELL")
MEASURED = """voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j
0.8,5e-9,1e-4,1e-5,5e-13
0.8,10e-9,1e-7,1e-8,9e-13
1.0,5e-9,1e-7,1e-8,8e-13
1.0,10e-9,1e-10,1e-11,1.4e-12
"""


def measured(folder: Path, text: str = MEASURED) -> str:
    (folder / "m.csv").write_text(text)
    return str(folder / "m.csv")


def test_the_folder_is_listed() -> None:
    assert {"emram_28nm", "llc_fast"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_its_promises(name: str) -> None:
    check_cell(name)


def test_a_measured_cell_keeps_them(tmp_path: Path) -> None:
    check_cell(measured(tmp_path))


def test_a_cell_without_an_error_free_write_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no measured write has an error rate"):
        check_cell(measured(tmp_path, MEASURED.replace("1e-10,1e-11", "1e-7,1e-8")))


def test_a_cell_that_forgets_at_once_is_told() -> None:
    forgetful = replace(CELL, free_layer_thickness_m=0.66e-9)
    with pytest.raises(AssertionError, match="must outlive a training step"):
        check_cell(forgetful)


def test_a_measured_probability_beyond_one_is_told(tmp_path: Path) -> None:
    good = cell(measured(tmp_path))
    assert isinstance(good, MeasuredCell)
    logarithms = good.logarithms.copy()
    logarithms[0, 0, 0] = np.log(1.5)
    with pytest.raises(AssertionError, match=r"`error_probability_p_to_ap` must be in \[0, 1\]"):
        check_cell(replace(good, logarithms=logarithms))
