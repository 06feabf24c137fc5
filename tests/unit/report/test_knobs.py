"""What a cell of a design's own brings, by knob, as the report draws it."""

from types import SimpleNamespace
from typing import Any

from dse.report.chosen import Knee
from dse.report.section_knobs import knobs_section
from evaluators.design import WriteCondition
from tests.unit.energy.test_cell_use import SCENARIO, design
from tests.unit.results.test_cell_knobs import scored

WRITE = WriteCondition(voltage_v=1.0, pulse_width_s=10e-9)


def section(*designs: Any) -> Any:
    subject: Any = SimpleNamespace(
        scenario=SCENARIO, label=lambda candidate: f"#{candidate.number}", place=lambda _: 7
    )
    knees = [Knee(letter=letter, why="", candidate=scored(made))
             for letter, made in zip("AB", designs, strict=False)]  # fmt: skip
    return knobs_section(subject, knees)


def test_a_front_of_the_embedded_cell_has_no_knobs() -> None:
    assert section(design()) is None


def test_bars_are_the_gains_alone_and_together_of_the_gentlest() -> None:
    small = design(write=None, diameter_m=36e-9)
    ending = design(write=WRITE, diameter_m=36e-9, write_scheme="terminated")
    told = section(small, ending)
    assert told.lead.startswith("B  #2 beside the same memories written error-free")
    (drawing,) = told.drawings
    energy, area = drawing.data
    assert energy["y"] == ["diameter", "write scheme", "code", "gentler write", "together"]
    gains = dict(zip(energy["y"], energy["x"], strict=True))
    assert gains["together"] > gains["write scheme"] > gains["diameter"] > 1.5
    assert gains["code"] == 1.0
    denser = dict(zip(area["y"], area["x"], strict=True))
    # 1.0 V is more than the error-free write of 20 ns takes, so its transistor is larger.
    assert denser["diameter"] > denser["together"] > denser["gentler write"]
    assert set(energy["customdata"]) == {7}
