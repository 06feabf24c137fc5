"""Spaces whose cell is an axis: slices stay exact, also where cells are refreshed."""

from itertools import product

import numpy as np
import pytest

from dse.search import Slices
from dse.search.seen_axes import seen_axes
from evaluators.evaluate import score
from search_spaces.axes import Value
from tests.unit.search.grids import check_unbeaten
from tests.unit.search.test_slices import NAMES, NARROW, ORGANISATIONS, study

KINDS = ("activation", "weight", "error")
CELL: dict[str, Value] = {"diameter_m": 36e-9, "write_scheme": "verified", "attempts": 2,
                          "ecc": "none"}  # fmt: skip
WRITE: dict[str, Value] = {"write_voltage_v": 0.7, "pulse_width_s": 8e-9}
SCENARIOS = {
    "held": {"network": "lenet5", "read_voltage_v": 0.04},
    "refreshed": {"network": "lenet5", "read_voltage_v": 0.04, "hold_time_s": 50e-6},
}


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("space", ["codesign", "codesign_by_kind"])
def test_a_slice_is_the_whole_grid_scored_one_by_one(space: str, name: str) -> None:
    chosen: dict[str, Value] = {
        "activation_technology": "stt_mram", "weight_technology": "sram",
        "error_technology": "stt_mram",
    }  # fmt: skip
    fixed: dict[str, Value] = {}
    for prefix in ("",) if space == "codesign" else [f"{kind}_" for kind in KINDS]:
        fixed |= {f"{prefix}{key}": value for key, value in {**CELL, **WRITE}.items()}
    fixed |= {f"{kind}_reliable_bits": 0 for kind in KINDS}
    axes = {**NARROW, **{key: [value] for key, value in fixed.items()}}
    found = study(space, axes=axes, scenario=SCENARIOS[name])
    slices = Slices(found, found.scenario, NAMES)
    assert not slices.classes  # no class of write conditions has one error rate in all cells
    chosen = {key: value for key, value in chosen.items() if key in {a.name for a in slices.seen}}
    assert set(chosen) == {axis.name for axis in slices.seen}
    solved = slices.solve(chosen)
    points = [
        {**fixed, **chosen, **inner, **dict(zip(ORGANISATIONS, organised, strict=True))}
        for inner in slices._combinations
        for organised in product(*ORGANISATIONS.values())
    ]
    reports = [e.energy for e in score([found.design(p) for p in points], found.scenario)]
    figures = np.array([[e.energy_j, e.area_m2, e.time_s] for e in reports if e])
    assert len(figures) == len(points)
    if name == "refreshed":
        assert figures[:, 2].max() > 50e-6
    check_unbeaten(solved.figures, figures)


def test_reads_and_refresh_do_not_let_training_see_the_array() -> None:
    axes = {key: value for key, value in NARROW.items() if "array" in key or "capacity" in key}
    found = study("codesign", axes=axes, scenario=SCENARIOS["refreshed"])
    seen = seen_axes(found)
    assert {"diameter_m", "write_scheme", "ecc", "write_voltage_v"} <= seen
    assert not {name for name in seen if "array" in name or "capacity" in name}
