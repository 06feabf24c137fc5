"""What every memory technology promises: a source, a cell, costs over its whole range."""

import math

import pytest

from evaluators import plugins
from evaluators.memories import MAT_BYTES, array_cost, technology
from evaluators.memories.arrays import LARGEST_BYTES

NAMES = plugins.names("evaluators.memories", "TECHNOLOGY")


def test_the_folder_is_listed() -> None:
    assert {"sram", "sram_silicon", "stt_mram", "stt_mram_34f2", "stt_mram_54f2",
            "stt_mram_silicon"} <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("roadmap", ["HP", "LOP", "LSTP"])
def test_every_figure_is_positive_from_one_mat_to_the_largest(name: str, roadmap: str) -> None:
    found = technology(name)
    assert found.name == name
    assert len(found.source) > 10
    sizes = [MAT_BYTES[found.family], LARGEST_BYTES]
    cost = array_cost(name, sizes, node_nm=22, roadmap=roadmap)
    for figures in (cost.area_m2, cost.read_energy_j, cost.write_energy_j, cost.read_latency_s,
                    cost.write_latency_s, cost.leakage_w):  # fmt: skip
        assert all(math.isfinite(value) and value > 0.0 for value in figures)


@pytest.mark.parametrize("name", NAMES)
def test_only_what_forgets_nothing_is_gated(name: str) -> None:
    def leakage(gate: float) -> float:
        return float(array_cost(name, 2**20, node_nm=22, roadmap="HP", gate=gate).leakage_w[0])

    assert leakage(0.0) == (0.0 if technology(name).non_volatile else leakage(1.0))
