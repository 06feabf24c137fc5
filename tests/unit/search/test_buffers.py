"""An SRAM in front of each region as an axis: there on request, unseen, solved exactly."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from dse.mistakes import StudyError
from dse.search import Slices
from dse.search.seen_axes import entangled, seen_axes
from dse.search.weighing import Weighing
from dse.study import objective
from evaluators.evaluate import score
from search_spaces.axes import Choice, Value
from tests.unit.search.grids import check_unbeaten
from tests.unit.search.test_slices import NAMES, NARROW, ORGANISATIONS, study

MIB = 2**20
BUFFERS = {"activation_buffer_bytes": [0, MIB // 4, 2 * MIB], "error_buffer_bytes": [0, MIB]}
CHOSEN: dict[str, Value] = {
    "activation_technology": "stt_mram", "weight_technology": "sram",
    "error_technology": "stt_mram",
}  # fmt: skip
FIXED: dict[str, Value] = {
    "diameter_m": 36e-9, "write_scheme": "single", "attempts": 2, "ecc": "none",
    "write_voltage_v": 0.7, "pulse_width_s": 8e-9, "activation_reliable_bits": 0,
    "weight_reliable_bits": 0, "error_reliable_bits": 0,
}  # fmt: skip


def buffered(**changes: Any) -> Any:
    axes = {**NARROW, **BUFFERS, **{key: [value] for key, value in FIXED.items()}}
    scenario = {"network": "lenet5", "batch_size": 64, "read_voltage_v": 0.04}
    return study("codesign", axes=axes, scenario={**scenario, **changes})


@pytest.mark.parametrize(
    "changes",
    [{}, {"hold_time_s": 50e-6}, {"accelerator": {"overlap": "step"}},
     {"memory": {"sram_gate": 0.1, "gate": 0.2}}, {"sizing": "iso_capacity"}],
    ids=str,
)  # fmt: skip
def test_a_slice_is_the_whole_grid_scored_one_by_one(changes: dict[str, Any]) -> None:
    found = buffered()
    if "sizing" in changes:
        axes = {k: v for k, v in found.axes.items() if "capacity" not in k}
        scenario = {"network": "lenet5", "batch_size": 64, "read_voltage_v": 0.04, **changes}
        found = study("codesign", axes=axes, scenario=scenario)
    else:
        found = buffered(**changes)
    slices = Slices(found, found.scenario, NAMES)
    assert set(CHOSEN) == {axis.name for axis in slices.seen}
    solved = slices.solve(CHOSEN)
    points = [
        {**FIXED, **CHOSEN, **inner, **dict(zip(ORGANISATIONS, organised, strict=True))}
        for inner in slices._combinations
        for organised in product(*ORGANISATIONS.values())
    ]
    assert {point["activation_buffer_bytes"] for point in points} == {0, MIB // 4, 2 * MIB}
    reports = [e.energy for e in score([found.design(p) for p in points], found.scenario)]
    figures = np.array([[e.energy_j, e.area_m2, e.time_s] for e in reports if e])
    assert len(figures) == len(points)
    check_unbeaten(solved.figures, figures)


def test_points_are_weighed_as_they_are_scored() -> None:
    """Sampler `gain` scores buffers by the same shared pieces as slices do."""
    found = buffered()
    slices = Slices(found, found.scenario, NAMES)
    analytic = [objective(name) for name in NAMES]
    weighing = Weighing(found, found.scenario, slices, analytic, np.ones(3), [CHOSEN], sampled=1)
    weighed = weighing.points([CHOSEN])
    for row in range(0, len(weighed.costs), 7):
        values = {**FIXED, **weighed.values[weighed.members[row]],
                  **weighing._unseen.combinations[weighed.places[row]]}  # fmt: skip
        report = score([found.design(values)], found.scenario)[0].energy
        assert report is not None
        costs = [float(o.costs(np.array([getattr(report, o.name)]))[0]) for o in analytic]
        assert weighed.costs[row] == pytest.approx(costs, rel=1e-9)


def test_training_sees_no_buffer_and_buffers_let_it_see_no_array() -> None:
    found = buffered(hold_time_s=50e-6)
    seen = seen_axes(found)
    assert seen == set(CHOSEN)
    assert not entangled(found, seen)


def test_a_buffer_is_an_axis_where_a_study_names_it() -> None:
    names = {axis.name for axis in study().open_axes}
    assert not any("buffer" in name for name in names)
    found = study(axes={"weight_buffer_bytes": [0, MIB]})
    (axis,) = [a for a in found.open_axes if "buffer" in a.name]
    assert isinstance(axis, Choice)
    assert axis.options == (0, MIB)


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ({"weight_buffer_bytes": 1000}, "must be one of 0, 131072"),
        ({"weight_buffer_bytes": "1 MiB"}, "takes 0, 131072"),
        ({"weight_buffer": 131072}, "weight_buffer_bytes"),
    ],
)
def test_a_wrong_buffer_is_one_message(axes: dict[str, Any], told: str) -> None:
    with pytest.raises(StudyError) as error:
        study(axes=axes)
    assert told in str(error.value)
    assert len([line for line in str(error.value).splitlines() if "buffer" in line]) == 1
