"""SRAM arrays against CACTI 7 at 22 nm. Origin: `memory_arrays_cacti.csv`.

Its rows are CACTI's with `-Optimize ED or ED^2 (ED, ED^2, NONE): "ED"`, `-Add ECC - "false"`,
`-Wire inside mat - "semi-global"`, `-Wire outside mat - "global"`, `-Interconnect projection -
"conservative"`, `-cache type "ram"`, 350 K and one read-write port.

Our model is NVSim's, so this shows how far the two tools are apart. CACTI chooses wires and
organisation by itself: its energy is compared with the nearer of our two wires. At 1 and 2 MiB it
picks organisations of half the area efficiency.
"""

import csv
from math import exp, log

import pytest

from evaluators.memories import ArrayCost, array_cost
from evaluators.memories.fitting import FOLDER

ROADMAPS = {"itrs-hp": "HP", "itrs-lop": "LOP", "itrs-lstp": "LSTP"}


def rows() -> list[dict[str, str]]:
    with (FOLDER / "memory_arrays_cacti.csv").open(newline="") as stream:
        return [
            row
            for row in csv.DictReader(stream)
            if row["node"] == "22" and int(row["cap_kb"]) >= 1024 and row["cell"] == row["per"]
            and row["word"] == "256"
        ]  # fmt: skip


def ours(row: dict[str, str], wire: str) -> ArrayCost:
    return array_cost("sram", int(row["cap_kb"]) * 1024, node_nm=22, wire=wire,
                      roadmap=ROADMAPS[row["per"]], word_bits=int(row["word"]))  # fmt: skip


def apart(theirs: float, found: float) -> float:
    return exp(abs(log(theirs / found)))


@pytest.mark.parametrize("device", ROADMAPS)
def test_area_and_energy_by_device(device: str) -> None:
    compared = [row for row in rows() if row["per"] == device]
    assert len(compared) == 7
    areas, energies = [], []
    for row in compared:
        wires = [ours(row, wire) for wire in ("repeated", "unrepeated")]
        areas.append(apart(float(row["area_mm2"]) * 1e-6, wires[0].area_m2[0]))
        energies += [
            min(apart(float(row["read_pJ"]) * 1e-12, w.read_energy_j[0]) for w in wires),
            min(apart(float(row["write_pJ"]) * 1e-12, w.write_energy_j[0]) for w in wires),
        ]
    assert max(energies) <= 1.6
    assert exp(sum(map(log, areas)) / len(areas)) <= 1.5
    assert max(areas[2:]) <= 1.5  # 4 MiB and more
    assert max(areas[:2]) <= 1.65
