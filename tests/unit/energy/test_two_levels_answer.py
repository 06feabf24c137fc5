"""What `benchmarks/two_levels.py` compares: families of designs apart, within the same limits."""

import numpy as np

from benchmarks.two_levels import (
    FAMILIES,
    NAMES,
    Answer,
    Case,
    as_row,
    designs,
    table,
    unbeaten,
    verdict,
)
from evaluators.design import DataKind
from evaluators.energy import DesignBatch, evaluate_batch

CASE = Case(network="lenet5", roadmap="LOP", dram="lpddr4", cell="embedded")


def test_families_are_apart_and_a_least_energy_is_that_of_a_design() -> None:
    found = {family: designs(family, "embedded") for family in FAMILIES[:3]}
    assert all(not r.buffered for d in found["SRAM"] for r in map(d.memory.__getitem__, DataKind))
    assert not set(found["SRAM"]) & set(found["SRAM, two levels"])
    assert not set(found["SRAM"]) & set(found["MRAM"])
    batch, figures = unbeaten(CASE, "SRAM")
    report = evaluate_batch(batch, CASE.scenario())
    assert np.array_equal(np.stack([report[name] for name in NAMES], axis=1), figures)
    every = evaluate_batch(DesignBatch.of(found["SRAM"]), CASE.scenario())
    assert figures[:, 0].min() <= every["energy_j"].min()


def test_answers_are_told_and_what_does_not_fit_is_null() -> None:
    energies = {"SRAM": 1.2, "SRAM, two levels": 1.1, "MRAM": 1.5, "MRAM behind SRAM": 1.0}
    wins = Answer(case=CASE, area_mm2=9.0, energies_j=energies, design="")
    none = Answer(case=CASE, area_mm2=1.0, energies_j=dict.fromkeys(FAMILIES, np.inf), design="")
    assert wins.ratio == 1.1
    assert wins.second == 1.2 / 1.1
    assert as_row(none)["energies_j"]["SRAM"] is None
    assert as_row(none)["ratio"] is None
    told = "\n".join([*table([wins, none]), *verdict([wins, none])])
    assert "1.100 (1.100-1.100), wins in 1 of 1 networks" in told
