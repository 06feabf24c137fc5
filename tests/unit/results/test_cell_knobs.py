"""Which knob of a cell of one's own gives how much."""

from dataclasses import replace

import pytest

from dse.results.cell_knobs import cell_gain
from dse.store import Candidate
from evaluators.design import DesignPoint, WriteCondition
from evaluators.evaluate import score
from tests.unit.energy.test_cell_use import SCENARIO, design


def scored(made: DesignPoint) -> Candidate:
    (evaluation,) = score([made], SCENARIO)
    return Candidate(number=2, source="random", values={}, evaluation=evaluation)


def test_the_scenarios_own_cell_has_no_knobs() -> None:
    assert cell_gain(scored(design()), SCENARIO) is None


def test_one_knob_alone_is_all_of_them_together() -> None:
    gain = cell_gain(scored(design(write=None, diameter_m=36e-9)), SCENARIO)
    assert gain is not None
    assert gain.together == gain.alone["diameter"]
    # 1.50 against 0.78 pJ, 105 against 70 F^2: docs/physics.md, "Diameter".
    assert gain.together.energy == pytest.approx(1.50 / 0.78, rel=0.03)
    assert 1.1 < gain.together.area < 105 / 70


def test_a_small_terminated_cell_takes_several_times_less() -> None:
    write = WriteCondition(voltage_v=1.0, pulse_width_s=10e-9)
    made = design(write=write, diameter_m=36e-9, write_scheme="terminated")
    gain = cell_gain(scored(made), SCENARIO)
    assert gain is not None
    assert gain.together.energy >= 4.0
    assert gain.alone["write scheme"].energy > gain.alone["diameter"].energy > 1.5
    assert gain.alone["code"].energy == 1.0
    words = gain.in_words()
    assert words.index("write scheme") < words.index("diameter")
    assert "code" not in words
    coded = cell_gain(scored(replace(made, memory=made.memory.each(
        lambda _, region: replace(region, ecc="secded")))), SCENARIO)  # fmt: skip
    assert coded is not None
    assert coded.alone["code"].energy == pytest.approx(64 / 72)
