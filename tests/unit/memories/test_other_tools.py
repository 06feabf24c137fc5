"""What NVSim, CACTI and NVMExplorer write, read into a technology that has the same figures."""

import csv
from pathlib import Path

import numpy as np
import pytest

from evaluators.memories import array_cost, technology
from evaluators.memories.fitting import CELL_PULSE_S, FOLDER, REFERENCE
from evaluators.memories.other_tools import read_arrays
from evaluators.plugins import name_of

DATA = Path(__file__).parent / "data"
MIB = 2**20


def test_nvsim_s_own_text() -> None:
    found = read_arrays([DATA / "nvsim_rram_2mb.txt"], "rram")
    (array,) = found.arrays
    assert (array.capacity_bytes, array.word_bits) == (2 * MIB, 128)
    assert array.area_m2 == pytest.approx(102792.155e-12)
    assert array.read_latency_s == pytest.approx(3.407e-9)
    assert array.read_energy_j == pytest.approx(105.772e-12)
    assert array.leakage_w == pytest.approx(61.128e-6)
    assert found.cell_area_f2 == 4.0
    assert found.fixed_write is not None
    assert found.fixed_write.pulse_width_s == pytest.approx(10e-9)
    assert array.write_latency_s + 10e-9 == pytest.approx(21.855e-9)
    whole = array.write_energy_j + 128 * found.fixed_write.energy_j
    assert whole == pytest.approx(187.673e-12)


def test_cacti_s_own_text() -> None:
    found = read_arrays([DATA / "cacti7_sram_1mib_22nm.txt"], "own_sram")
    (array,) = found.arrays
    assert (array.capacity_bytes, array.word_bits) == (MIB, 256)
    assert array.read_energy_j == pytest.approx(65.4952e-12)
    assert array.write_energy_j == pytest.approx(67.2631e-12)
    assert array.read_latency_s == pytest.approx(1.11742e-9)
    assert array.leakage_w == pytest.approx((156.434 + 0.598505) * 1e-3)
    assert array.area_m2 == pytest.approx(1.62505e-3 * 0.682398e-3)
    assert found.family == "sram"
    assert not found.mistakes()


def test_cacti_s_text_of_a_reference_row_gives_that_row() -> None:
    (array,) = read_arrays([DATA / "cacti7_sram_1mib_22nm_ed.txt"], "own_sram").arrays
    with (FOLDER / "memory_arrays_cacti.csv").open(newline="") as stream:
        asked = {
            "cap_kb": "1024",
            "word": "256",
            "node": "22",
            "cell": "itrs-hp",
            "per": "itrs-hp",
        }
        (row,) = (r for r in csv.DictReader(stream) if asked.items() <= r.items())
    assert array.read_latency_s == pytest.approx(float(row["access_ns"]) * 1e-9, rel=1e-6)
    assert array.read_energy_j == pytest.approx(float(row["read_pJ"]) * 1e-12, rel=1e-6)
    assert array.write_energy_j == pytest.approx(float(row["write_pJ"]) * 1e-12, rel=1e-6)
    assert array.area_m2 == pytest.approx(float(row["area_mm2"]) * 1e-6, rel=1e-6)
    leak_mw = float(row["leak_mW"]) + float(row["gate_leak_mW"])
    assert array.leakage_w == pytest.approx(leak_mw * 1e-3, rel=1e-6)


def test_nvmexplorer_s_own_table() -> None:
    table = DATA / "nvmexplorer_stt.csv"
    found = read_arrays([table], "worst", row="STT_worst_case", error_probability=1e-6)
    (array,) = found.arrays  # the same array for two workloads
    assert found.fixed_write is not None
    assert found.fixed_write.pulse_width_s == pytest.approx(200e-9)
    assert found.fixed_write.error_probability == 1e-6
    assert found.cell_area_f2 == 75.0
    whole = array.write_energy_j + 64 * found.fixed_write.energy_j
    assert whole == pytest.approx(295.301e-12)
    with pytest.raises(ValueError, match="cells of 14, 75 F"):
        read_arrays([table], "both")
    with pytest.raises(ValueError, match="no row of a cell 'FeFET'"):
        read_arrays([table], "none", row="FeFET")


def test_a_cell_file_tells_the_energy_of_a_bit() -> None:
    found = read_arrays([DATA / "nvsim_rram_2mb.txt"], "stt", cell=DATA / "STTRAM.cell")
    assert found.fixed_write is not None
    assert found.fixed_write.energy_j == pytest.approx(1e-12)
    assert found.cell_area_f2 == 54.0


REPORT = """DESIGN SPECIFICATION
Memory Cell: {cell}
Cell Area (F^2)    : {cell_f2:.3f} (1.000Fx1.000F)
 - Reset Pulse: {pulse_ns:.3f}ns
Capacity   : {capacity_kib}KB
Data Width : {word_bits}Bits (32Bytes)
   RESULT
 - Total Area = 1.000mm x 1.000mm = {area_mm2}mm^2
 -  Read Latency = {read_ns}ns
 - Write Latency = {write_ns}ns
 -  Read Dynamic Energy = {read_pj}pJ
 - Write Dynamic Energy = {write_pj}pJ
 - Leakage Power = {leakage_mw}mW
"""
"""Lines of NVSim's report that are read, as its `Result::print` writes them."""


@pytest.mark.parametrize(("cell", "cell_f2"), [("SRAM146", 146.0), ("STT54", 54.0)])
def test_reference_rows_are_reproduced(cell: str, cell_f2: float, tmp_path: Path) -> None:
    wanted_key = (cell, "22", "HP", "256", "512", "RepeatedOpt")
    keys = ("cell", "node_nm", "roadmap", "word_bits", "mat_kib", "global_wire")
    with REFERENCE.open(newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if tuple(r[key] for key in keys) == wanted_key]
    assert len(rows) > 3
    files = []
    for row in rows:
        files.append(tmp_path / f"{row['capacity_kib']}.txt")
        told = {**row, "cell": "SRAM" if cell == "SRAM146" else "MRAM", "cell_f2": cell_f2,
                "pulse_ns": CELL_PULSE_S[cell] * 1e9}  # fmt: skip
        files[-1].write_text(REPORT.format(**told))
    name = name_of(read_arrays(files, f"own_{cell}"), "technology")
    found = technology(name)
    sizes = [int(row["capacity_kib"]) * 1024 for row in rows]
    cost = array_cost(name, sizes, node_nm=45, roadmap="LSTP")  # as the tool said, whatever else
    bits_j = 0.0 if found.fixed_write is None else found.fixed_write.energy_j
    pulse_s = 0.0 if found.fixed_write is None else found.fixed_write.pulse_width_s
    for figure, column, unit, more in (
        ("area_m2", "area_mm2", 1e-6, 0.0), ("read_energy_j", "read_pj", 1e-12, 0.0),
        ("write_energy_j", "write_pj", 1e-12, 256 * bits_j),
        ("read_latency_s", "read_ns", 1e-9, 0.0), ("write_latency_s", "write_ns", 1e-9, pulse_s),
        ("leakage_w", "leakage_mw", 1e-3, 0.0),
    ):  # fmt: skip
        wanted = [float(row[column]) * unit for row in rows]
        assert np.asarray(getattr(cost, figure)) + more == pytest.approx(wanted, rel=1e-9), figure


@pytest.mark.parametrize(
    ("content", "words"),
    [("nothing of the kind", "no output of NVSim"), ("CACTI\nAccess time (ns): x", "says nothing"),
     ("DESIGN SPECIFICATION\n   RESULT\n - Total Area = 1um x 1um = 1um^2", "Data Width")],
)  # fmt: skip
def test_what_is_no_file_of_a_tool_is_refused(content: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    file.write_text(content)
    with pytest.raises(ValueError, match=words):
        read_arrays([file], "x")
    with pytest.raises(ValueError, match="cannot be read"):
        read_arrays([tmp_path / "none.txt"], "x")
