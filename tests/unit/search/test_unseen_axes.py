"""The grid that is solved for each choice: what changes no design has one option, and its size."""

from typing import Any

import pytest

from dse.mistakes import UserError
from dse.search import Slices
from dse.search.unseen_axes import MOST_COMBINATIONS
from dse.study import Study, parse_study

WRITES = ("diameter_m", "write_scheme", "attempts", "ecc", "reliable_bits", "write_voltage_v",
          "pulse_width_s")  # fmt: skip


def study(**axes: Any) -> Study:
    raw = {"name": "x", "space": "codesign_by_kind", "objectives": ["energy_j"],
           "scenario": {"network": "lenet5"}, "axes": axes}  # fmt: skip
    return parse_study(raw, "x.toml")


def solved(made: Study) -> Slices:
    return Slices(made, made.scenario, ["energy_j"])


def test_how_sram_is_written_has_one_option() -> None:
    made = study(weight_technology="sram")
    inner = {axis.name: len(axis.options) for axis in solved(made)._inner}
    assert [inner[f"weight_{name}"] for name in WRITES] == [1] * len(WRITES)
    assert inner["array_rows"] > 1
    assert inner["weight_capacity_bytes"] > 1
    alone = study(weight_technology="sram", weight_ecc="none", weight_write_scheme="single",
                  weight_attempts=2, weight_diameter_m=45e-9, weight_reliable_bits=0)  # fmt: skip
    assert len(solved(made)._combinations) == len(solved(alone)._combinations)


def test_a_grid_that_fills_the_memory_is_refused() -> None:
    buffers = {f"{kind}_buffer_bytes": [0, *(2**n for n in range(17, 23))]
               for kind in ("activation", "weight", "error")}  # fmt: skip
    with pytest.raises(UserError, match="solves every combination") as error:
        solved(study(**buffers))
    told = str(error.value)
    assert f"{MOST_COMBINATIONS:,}" in told
    assert "_capacity_bytes` 9" in told
    assert "[axes]" in told
    assert len(told.splitlines()) == 1
