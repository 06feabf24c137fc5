"""Density and write energy of one and the same cell, with retention given up."""

from pathlib import Path

import numpy as np
import pytest

from dse.claims.retention import DIAMETERS_M, retention_claim
from evaluators.device import cell
from evaluators.device.diameters import by_diameter
from evaluators.scenario import Scenario
from tests.unit.device.test_cell import measured


def test_density_and_write_energy_are_of_one_cell() -> None:
    claim = retention_claim(Scenario(network="lenet5", write_corner_k=300.0, temperature_k=300.0))
    assert claim is not None
    figures = {name: claim.figures[name] for name in ("45 nm", "41 nm", "38 nm", "36 nm")}
    device = cell("emram_28nm")
    for told, name in zip(by_diameter(device, DIAMETERS_M), figures, strict=True):  # type: ignore[arg-type]
        assert figures[name]["single_j"] == pytest.approx(told.nominal_energy_j)
        assert figures[name]["terminated_j"] == pytest.approx(told.terminated_energy_j)
        assert figures[name]["cell_area_f2"] == pytest.approx(told.area_f2)
        assert figures[name]["lost_probability"] == pytest.approx(told.lost_probability)
    denser = [figures[name]["density_ratio"][1] for name in figures]
    assert denser == sorted(denser)
    assert denser[-1] > 1.3 * denser[0]
    assert figures["45 nm"]["single_j"] > 1.8 * figures["36 nm"]["single_j"]
    # A larger SRAM cell leaves more room to win, a driver that senses less.
    beside = claim.figures["density_ratio_by_sram_cell"]
    assert beside["silicon_low_voltage"][0] > beside["silicon_dense"][0]
    assert beside["silicon_dense"][0] > figures["36 nm"]["density_ratio"][0]
    assert claim.figures["density_ratio_terminated"][1] < denser[-1]


def test_a_measured_cell_has_no_other_size(tmp_path: Path) -> None:
    file = tmp_path / "lab.csv"
    measured(file, list(np.linspace(0.4, 1.4, 41)), list(np.geomspace(1.5e-9, 25e-9, 31)))
    assert retention_claim(Scenario(network="lenet5", cell=str(file))) is None
