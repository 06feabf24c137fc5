"""Objects where a study has a name, and studies that are made in Python: as one that is read."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dse import Objective, Scenario, Search, Study, Technology, energy_objective, front, run
from dse import TrainingRecipe as Recipe
from dse.mistakes import StudyError, UserError
from evaluators.evaluate import Evaluation
from evaluators.memories import FixedWrite
from evaluators.plugins import SESSION, is_of_session, name_of
from studies import my_network


class Net(nn.Module):
    """One layer, with inputs of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)
        self.example_input_array = torch.zeros(32, 64)

    def forward(self, values: Tensor) -> Tensor:
        scores: Tensor = self.layer(values)
        return scores


@pytest.fixture(autouse=True)
def session() -> Iterator[None]:
    yield
    sys.modules.pop(SESSION, None)


def edap(figures: Any) -> Any:
    return np.asarray(figures["energy_j"] * figures["time_s"] * figures["area_m2"])


def study(**told: Any) -> Study:
    given: dict[str, Any] = {
        "name": "made", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": Scenario(network="lenet5"),
        "search": Search(candidates=4, sampler="random"),
        "axes": {"array_rows": 32, "array_cols": [32], "write_voltage_v": 1.0,
                 "pulse_width_s": 1e-8,
                 **{f"{k}_capacity_bytes": 2**20 for k in ("activation", "weight", "error")}},
    }  # fmt: skip
    return Study(**{**given, **told})


def test_what_a_module_has_is_known_by_its_name_there() -> None:
    assert name_of(my_network.build, "network") == "studies.my_network:build"
    assert study(scenario=Scenario(network=my_network.build)).scenario.network == (
        "studies.my_network:build"
    )
    assert name_of("resnet18", "network") == "resnet18"


def test_modules_functions_objectives_and_technologies_are_taken(tmp_path: Path) -> None:
    memory = Technology(name="mine", family="stt_mram", cell_area_f2=60.0, source="assumed",
                        fixed_write=FixedWrite(energy_j=0.1e-12, pulse_width_s=1e-9))  # fmt: skip
    own = energy_objective("edap", "minimize", edap)
    asked = study(scenario=Scenario(network=(Net(), torch.zeros(32, 64))),
                  objectives=[own, "area_m2"])  # fmt: skip
    axes: dict[str, Any] = {**asked.axes, "technology": ["sram", memory]}
    asked = replace(asked, axes=axes)
    assert asked.objectives == (f"{SESSION}:edap", "area_m2")
    assert is_of_session(asked.scenario.network)
    found = front(run(asked, folder=tmp_path, executor="inline"))
    assert {c.evaluation.status.value for c in found.record.candidates} == {"ok"}
    assert asked.technologies == ("sram", f"{SESSION}:mine")
    again = run(study(**{"scenario": Scenario(network=(Net(), torch.zeros(32, 64))),
                         "objectives": [own, "area_m2"], "axes": axes}),
                folder=tmp_path, executor="inline")  # fmt: skip
    assert again.candidates == found.record.candidates


def test_another_object_of_the_same_name_is_the_one_that_counts() -> None:
    from dse.study import objective

    def figure(evaluation: Evaluation) -> float:
        return 1.0

    for direction in ("minimize", "maximize"):
        name = name_of(Objective(name="own", direction=direction, of=figure), "objectives")
        assert objective(name).direction == direction


@pytest.mark.parametrize("field", ["model", "data", "trainer"])
def test_what_workers_cannot_find_is_refused_before_they_start(field: str, tmp_path: Path) -> None:
    def own() -> None:
        """Lies in no module."""

    told: dict[str, Any] = {"data": "digits", "steps": 4, field: own}
    recipe = Recipe(**told)
    asked = study(objectives=["energy_j", "accuracy_loss"],
                  scenario=Scenario(network="lenet5", training=recipe))  # fmt: skip
    with pytest.raises(UserError, match=f"training.{field}` = own .* no worker finds it"):
        run(asked, folder=tmp_path, executor="processes")
    assert not (tmp_path / "made").exists()


def test_a_lambda_has_no_name() -> None:
    with pytest.raises(StudyError, match=r"study 'x': `objectives` must be a name, or an object"):
        Study(name="x", space="heterogeneous", objectives=(lambda evaluation: 1.0,),
              scenario=Scenario(network="lenet5"))  # fmt: skip
    with pytest.raises(ValueError, match="`network` must be a name, or an object that has one"):
        Scenario(network=lambda batch_size: None)


def test_a_study_made_in_python_is_refused_in_the_words_of_its_file() -> None:
    with pytest.raises(StudyError) as told:
        study(name="a b", space="homogenous", objectives=["energy"])
    said = str(told.value)
    for words in ("`name` must be letters", "did you mean 'homogeneous'", "unknown objective"):
        assert words in said
    with pytest.raises(StudyError, match=r"`axes.array_row` is not an axis"):
        study(axes={"array_row": 32})
    with pytest.raises(StudyError, match="`scenario` must be an object, got 5"):
        study(scenario=5)
    with pytest.raises(StudyError, match="cannot import network"):
        study(scenario=Scenario(network="no.such:build"))
