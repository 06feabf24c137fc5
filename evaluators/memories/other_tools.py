"""Arrays as NVSim, CACTI and NVMExplorer write them, read into a technology.

What a tool tells is taken as it stands, at the node, temperature and transistors of its run.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from evaluators.checks import brief
from evaluators.memories.own_arrays import OwnArray
from evaluators.memories.technology import FixedWrite, Technology

SI: Final = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "K": 2.0**10,
             "M": 2.0**20, "G": 2.0**30}  # fmt: skip
"""Prefixes as NVSim prints them: decimal of figures, binary of capacities."""

LARGEST_BYTES: Final = 16 * 2**20
NUMBER: Final = r"([-+0-9.eE]+)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One array that a tool tells, its writes whole; `cell_f2` is 0 where it says nothing."""

    capacity_bytes: int
    word_bits: int
    area_m2: float
    read_energy_j: float
    write_energy_j: float
    read_latency_s: float
    write_latency_s: float
    leakage_w: float
    cell_f2: float = 0.0
    pulse_width_s: float = 0.0
    volatile: bool = False


def read_arrays(
    files: Sequence[Path],
    name: str,
    *,
    cell: Path | None = None,
    row: str = "",
    error_probability: float = 0.0,
) -> Technology:
    """A technology from what other tools wrote, an array or several a file.

    Args:
        files: outputs of NVSim or CACTI, or tables of NVMExplorer; all of one tool and one cell.
        name: of the technology.
        cell: NVSim's `.cell` file, which tells the energy of a written bit.
        row: of a table, part of the cell's name in the column `MemoryCellInputFile`.
        error_probability: that a written bit fails. [-]

    Raises:
        ValueError: a file that is none of these, or arrays that do not go together; says which.
    """
    told = [one for file in files for one in _arrays(file, row)]
    if not told:
        raise ValueError("no file of NVSim, CACTI or NVMExplorer was given")
    kinds = {(one.cell_f2, one.volatile) for one in told}
    if len(kinds) > 1:
        areas = ", ".join(f"{area:g}" for area, _ in sorted(kinds))
        raise ValueError(
            f"the arrays must be of one cell, got cells of {areas} F^2; choose one by its name "
            f"(`row`), or give fewer files"
        )
    text = _text(cell) if cell else ""
    ((cell_f2, volatile),) = kinds
    cell_f2 = _of_cell(text, r"CellArea \(F\^2\)") or cell_f2 or (146.0 if volatile else 0.0)
    source = f"read from {', '.join(file.name for file in files)}"
    if volatile:
        arrays = tuple(_figures(one, 0.0, 0.0) for one in told)
        return Technology(name=name, family="sram", cell_area_f2=cell_f2, source=source,
                          arrays=_different(arrays))  # fmt: skip
    pulse_s = _longest(text, "Pulse", 1e-9) or max(one.pulse_width_s for one in told)
    pulse_s = pulse_s or min(one.write_latency_s for one in told)
    bit_j = _longest(text, "Energy", 1e-12)
    bit_j = bit_j or min(one.write_energy_j / one.word_bits for one in told)
    arrays = tuple(_figures(one, bit_j, pulse_s) for one in told)
    write = FixedWrite(energy_j=bit_j, pulse_width_s=pulse_s, error_probability=error_probability)
    return Technology(name=name, family="stt_mram", cell_area_f2=cell_f2, source=source,
                      fixed_write=write, arrays=_different(arrays))  # fmt: skip


def _different(arrays: tuple[OwnArray, ...]) -> tuple[OwnArray, ...]:
    """One of each capacity; tables repeat an array for each workload."""
    found = {one.capacity_bytes: one for one in arrays}
    for one in arrays:
        if found[one.capacity_bytes] != one:
            raise ValueError(
                f"two arrays of {one.capacity_bytes} bytes differ: give those of one word width "
                f"and one target of optimization"
            )
    return tuple(found[size] for size in sorted(found))


def _figures(one: Told, bit_j: float, pulse_s: float) -> OwnArray:
    return OwnArray(
        capacity_bytes=one.capacity_bytes,
        word_bits=one.word_bits,
        area_m2=one.area_m2,
        read_energy_j=one.read_energy_j,
        write_energy_j=max(one.write_energy_j - one.word_bits * bit_j, 0.0),
        read_latency_s=one.read_latency_s,
        write_latency_s=max(one.write_latency_s - pulse_s, 0.0),
        leakage_w=one.leakage_w,
    )


def _arrays(file: Path, row: str) -> Iterator[Told]:
    text = _text(file)
    readers: tuple[tuple[str, Callable[[str], Iterator[Told]]], ...] = (
        ("DESIGN SPECIFICATION", lambda told: iter([_nvsim(told, file)])),
        ("CACTI", lambda told: iter([_cacti(told, file)])),
        ("MemoryCellInputFile", lambda told: _nvmexplorer(told, file, row)),
    )
    for mark, reader in readers:
        if mark in text:
            yield from reader(text)
            return
    raise ValueError(
        f"{file}: no output of NVSim (`DESIGN SPECIFICATION`), of CACTI, and no table of "
        f"NVMExplorer (`MemoryCellInputFile`)"
    )


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise ValueError(f"{file}: larger than {LARGEST_BYTES} bytes")
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror})") from None


def _found(pattern: str, text: str, file: Path, what: str) -> "re.Match[str]":
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ValueError(f"{file}: says nothing of its {what}")
    return match


def _quantity(text: str, file: Path, line: str, unit: str, *, decimal: bool = True) -> float:
    """A figure such as ` - Write Latency = 21.855ns`, in SI units."""
    match = _found(rf"^\s*-?\s*{line}\s*[=:].*?{NUMBER}([fpnumKMG]?){unit}\s*$", text, file, line)
    factor = SI[match[2]] if not decimal or match[2] not in "KMG" else 1.0
    return _number(match[1], file, line) * factor


def _number(text: str, file: Path, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{file}: {what} must be a number, got {brief(text)}") from None


def _nvsim(text: str, file: Path) -> Told:
    """NVSim's report of one memory (`Result::print`)."""
    result = text[text.find("   RESULT") :]
    if "CACHE DESIGN" in text:
        raise ValueError(f"{file}: a cache; run NVSim with `-DesignTarget: RAM`")
    area = _found(rf"Total Area = .*= {NUMBER}([num]?)m\^2", result, file, "Total Area")
    width = _found(r"Data Width\s*:\s*(\d+)Bits", text, file, "Data Width")
    cell = re.search(rf"Cell Area \(F\^2\)\s*:\s*{NUMBER}", text)
    pulses = re.findall(rf"(?:Set|Reset|Write) Pulse\w*\s*[:=]\s*{NUMBER}([fpnum]?)s", text)
    writes = [kind for kind in ("Write", "SET", "RESET") if f"{kind} Latency" in result]
    if not writes:
        raise ValueError(f"{file}: says nothing of its Write Latency")
    return Told(
        capacity_bytes=round(_quantity(text, file, "Capacity", "B", decimal=False)),
        word_bits=int(width[1]),
        area_m2=float(area[1]) * SI[area[2]] ** 2,
        read_energy_j=_quantity(result, file, "Read Dynamic Energy", "J"),
        write_energy_j=max(_quantity(result, file, f"{w} Dynamic Energy", "J") for w in writes),
        read_latency_s=_quantity(result, file, "Read Latency", "s"),
        write_latency_s=max(_quantity(result, file, f"{w} Latency", "s") for w in writes),
        leakage_w=_quantity(result, file, "Leakage Power", "W"),
        cell_f2=float(cell[1]) if cell else 0.0,
        pulse_width_s=max((float(v) * SI[p] for v, p in pulses), default=0.0),
        volatile="Memory Cell: SRAM" in text,
    )


def _cacti(text: str, file: Path) -> Told:
    """CACTI's report of one scratch RAM (`output_UCA`)."""

    def at(line: str) -> float:
        return _number(_found(rf"{line}\s*{NUMBER}", text, file, line)[1], file, line)

    sides = _found(rf"Cache height x width \(mm\):\s*{NUMBER} x {NUMBER}", text, file, "area")
    access_s = at(r"Access time \(ns\):") * 1e-9
    return Told(
        capacity_bytes=round(at(r"Total cache size \(bytes\):")),
        word_bits=round(8 * at(r"Block size \(bytes\):")),
        area_m2=float(sides[1]) * float(sides[2]) * 1e-6,
        read_energy_j=at(r"Total dynamic read energy per access \(nJ\):") * 1e-9,
        write_energy_j=at(r"Total dynamic write energy per access \(nJ\):") * 1e-9,
        read_latency_s=access_s,
        write_latency_s=access_s,
        leakage_w=(at(r"Total leakage power of a bank \(mW\):")
                   + at(r"Total gate leakage power of a bank \(mW\):")) * 1e-3,
        volatile=True,
    )  # fmt: skip


def _nvmexplorer(text: str, file: Path, row: str) -> Iterator[Told]:
    """Rows of NVMExplorer's table of arrays, of the cell whose name has `row` in it."""
    lines = csv.DictReader(StringIO(text), skipinitialspace=True)
    chosen = [line for line in lines if row in (line.get("MemoryCellInputFile") or "")]
    if not chosen:
        raise ValueError(f"{file}: no row of a cell {brief(row)}")
    for line in chosen:
        yield _of_row(line, file)


def _of_row(line: Mapping[str, str], file: Path) -> Told:
    def at(column: str) -> float:
        if line.get(column) is None:
            raise ValueError(f"{file}: has no column {column!r}")
        return _number(line[column], file, column)

    volatile = line.get("MemCellType", "") == "SRAM"
    pulses = [0.0] if volatile else [at("ResetPulse (ns)"), at("SetPulse (ns)")]
    return Told(
        capacity_bytes=round(at("Capacity (MB)") * 2**20),
        word_bits=round(at("WordWidth (bit)")),
        area_m2=at("Area (mm^2)") * 1e-6,
        read_energy_j=at("Read Energy (pJ)") * 1e-12,
        write_energy_j=at("Write Energy (pJ)") * 1e-12,
        read_latency_s=at("Read Latency (ns)") * 1e-9,
        write_latency_s=at("Write Latency (ns)") * 1e-9,
        leakage_w=at("Leakage Power (mW)") * 1e-3,
        cell_f2=at("CellArea (F^2)"),
        pulse_width_s=max(pulses) * 1e-9,
        volatile=volatile,
    )


def _of_cell(text: str, key: str) -> float:
    found = re.search(rf"^-{key}:\s*{NUMBER}", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _longest(text: str, what: str, unit: float) -> float:
    """The larger of set and reset in a `.cell` file; 0 where it says neither."""
    return max(_of_cell(text, rf"{kind}{what} \([a-zA-Z]+\)") for kind in ("Set", "Reset")) * unit
