"""Cells by name, from the study file, from measurements; and what `dse cell` shows."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dse.commands.cell import show_cell
from dse.study import parse_study
from evaluators.device import Cell, cell, nominal_write, write_cost
from evaluators.evaluate import Status, score
from evaluators.memories import MemoryOptions
from evaluators.plugins import UnknownNameError
from evaluators.scenario import Scenario

from .test_energy import random_designs
from .test_study import GOOD


def measured(file: Path, volts: list[float], pulses: list[float]) -> None:
    grid = [(v, t) for v in volts for t in pulses]
    cost = write_cost(cell("emram_28nm"), voltage_v=[v for v, _ in grid],
                      pulse_width_s=[t for _, t in grid], temperature_k=300.0)  # fmt: skip
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["voltage_v", "pulse_width_s", "error_probability_p_to_ap",
                         "error_probability_ap_to_p", "energy_j"])  # fmt: skip
        for place, (v, t) in enumerate(grid):
            rates = (cost.error_probability_p_to_ap, cost.error_probability_ap_to_p)
            writer.writerow([v, t, rates[0][place], rates[1][place], cost.energy_j[place]])


def test_measurements_interpolate_and_score_designs(tmp_path: Path) -> None:
    file = tmp_path / "lab.csv"
    measured(file, list(np.linspace(0.4, 1.4, 41)), list(np.geomspace(1.5e-9, 25e-9, 31)))
    ours, model = cell(str(file)), cell("emram_28nm")
    volts, pulse = np.array([0.62, 0.87]), np.array([4.4e-9, 7.3e-9])
    found, told = (
        write_cost(c, voltage_v=volts, pulse_width_s=pulse, temperature_k=300.0)
        for c in (ours, model)
    )
    assert np.log(found.error_probability) == pytest.approx(
        np.log(told.error_probability), abs=0.1
    )
    assert found.energy_j == pytest.approx(told.energy_j, rel=0.01)
    assert nominal_write(ours).pulse_width_s > 0
    with pytest.raises(ValueError, match="as lab was measured"):
        write_cost(ours, voltage_v=2.0, pulse_width_s=5e-9, temperature_k=300.0)
    bare = Scenario(network="lenet5", cell=str(file))
    (refused, *_) = score(random_designs(1), bare)
    assert refused.status is Status.FAILED
    assert "`scenario.memory.cell_area_f2` must be given" in refused.reason
    (scored, *_) = score(random_designs(1), replace(bare, memory=MemoryOptions(cell_area_f2=60.0)))
    assert scored.status is Status.OK


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("voltage_v,energy_j\n1,1e-12\n", "lacks the columns"),
        ("voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j\n"
         "1,5e-9,0.1,0.1,1e-12\n", "full grid"),
        ("voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j\n"
         "1,5e-9,7,0.1,1e-12\n", "`error_probability_p_to_ap`"),
    ],
)  # fmt: skip
def test_bad_measurements(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=words):
        cell(str(file))


def test_a_cell_in_the_study_file() -> None:
    preset = cell("emram_28nm")
    assert isinstance(preset, Cell)
    table = {f: getattr(preset, f) for f in preset.__dataclass_fields__} | {"name": "mine"}
    scenario = {**GOOD["scenario"], "cell": {**table, "diameter_m": 40e-9}}
    study = parse_study({**GOOD, "scenario": scenario}, "mine.toml")
    assert isinstance(study.scenario.cell, Cell)
    assert study.scenario.cell.diameter_m == 40e-9


def test_an_unknown_cell_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'emram_28nm'"):
        cell("emram_28")


@pytest.mark.parametrize("name", ["emram_28nm", "llc_fast"])
def test_dse_cell_prints_and_draws(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_cell(name, tmp_path, as_json=False)
    told = capsys.readouterr().out
    assert "nominal_voltage_v" in told
    assert "1e-09:" in told
    assert (tmp_path / "cells" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "cells" / f"{name}.html").exists()
