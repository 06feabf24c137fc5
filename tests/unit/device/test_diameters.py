"""What a smaller junction brings and costs, as `dse cell --diameters` tells."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dse.commands.study_verbs import app
from evaluators.device import diameters
from evaluators.device.emram_28nm import CELL


def test_smaller_cells_take_less_and_forget_sooner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = diameters.by_diameter(CELL, (36e-9, 45e-9))
    assert small.nominal_energy_j < 0.6 * large.nominal_energy_j
    assert small.terminated_energy_j < 0.2 * small.nominal_energy_j
    assert small.area_f2 < 0.75 * large.area_f2
    assert small.lost_probability > 1e5 * large.lost_probability
    assert small.disturb_probability > large.disturb_probability
    monkeypatch.setattr(diameters.by_diameter, "__defaults__", ((36e-9, 45e-9),))
    words = ["cell", "emram_28nm", "--folder", str(tmp_path), "--diameters", "--json"]
    told = json.loads(CliRunner().invoke(app, words).stdout)
    assert [cell["diameter_m"] for cell in told["by_diameter"]] == [36e-9, 45e-9]
    page = (tmp_path / "cells" / "emram_28nm.html").read_text()
    assert page.count("diameter_lost") > 0


def test_a_measured_cell_has_one_diameter(tmp_path: Path) -> None:
    file = tmp_path / "measured.csv"
    rows = [f"{v},{t},1e-4,1e-5,5e-13" for v in (0.8, 1.0) for t in (5e-9, 1e-8)]
    names = "voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j"
    file.write_text("\n".join([names, *rows]))
    told = CliRunner().invoke(app, ["cell", str(file), "--folder", str(tmp_path), "--diameters"])
    assert told.exit_code != 0
