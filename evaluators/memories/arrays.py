"""Arrays of cells: area, energy, latency and leakage of a region, by the structural model.

A bank is an a x b grid of n = a b mats, a = b or a = 2 b. A capacity that is no such grid is a sum
of grids by its binary expansion, one bank each: areas and leakages add; the wires of an access
reach past the smaller banks, so the largest sets energy and latency (`assumed`).
"""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_choice, check_range
from evaluators.memories.fitting import COEFFICIENTS, QUANTITIES, terms
from evaluators.memories.leakage import source_factor, temperature_factor
from evaluators.memories.technology import Technology, technology

Array = NDArray[np.float64]
Coefficients = dict[tuple[str, int, str, int, str, str], tuple[float, float, float]]

MAT_BYTES: Final = {"sram": 128 * 2**10, "stt_mram": 512 * 2**10}
LARGEST_BYTES: Final = 64 * 2**20
CELL_F2: Final = {"SRAM146": 146.0, "STT34agg": 34.5, "STT54": 54.0}
ROADMAPS: Final = ("HP", "LOP", "LSTP")
NODES_NM: Final = (22, 32, 45)
BRING: Final = "figures of your own are brought as docs/maintain.md says"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayCost:
    """Figures of arrays; every field has the shape of the capacities.

    `write_energy_j` and `write_latency_s` are the periphery's: cells and pulse come on top.
    Energies and latencies are those of one access of one word.
    """

    area_m2: Array
    read_energy_j: Array
    write_energy_j: Array
    read_latency_s: Array
    write_latency_s: Array
    leakage_w: Array
    mats: NDArray[np.int64]


def array_cost(
    technology_name: str,
    capacity_bytes: ArrayLike,
    *,
    node_nm: int,
    roadmap: str,
    word_bits: int = 256,
    wire: str = "repeated",
    temperature_k: float = 350.0,
    cell_area_f2: ArrayLike | None = None,
    leakage_source: str = "nvsim",
    leakage_scale: float = 1.0,
    gate: float = 1.0,
) -> ArrayCost:
    """Area, energy, latency and leakage of memory arrays.

    Args:
        technology_name: such as `sram` or `stt_mram`.
        capacity_bytes: multiples of a mat (SRAM 128 KiB, STT-MRAM 512 KiB). Shape `(n,)`. [bytes]
        node_nm: 22, 32 or 45. [nm]
        roadmap: transistors: `HP`, `LOP` or `LSTP`.
        word_bits: bits moved by one access: 128 to 512 at 22 nm, else 256.
        wire: `repeated` or `unrepeated` global wires.
        temperature_k: sets the leakage, 300 to 360. [K]
        cell_area_f2: area of a memory cell; None takes the technology's, or the smallest of
            NVSim's where the technology lets it follow the write current. Shape `(n,)`. [F^2]
        leakage_source: `nvsim` or `cacti`.
        leakage_scale: factor on the leakage. [-]
        gate: share of a non-volatile technology's leakage that is left by power gating. [-]

    Returns:
        Figures of shape `(n,)`.

    Raises:
        ValueError: outside the calibrated range; names the range and the nearest allowed value.

    Source: NVSim (Dong et al., IEEE TCAD 31 (2012) 994), fitted by
    `evaluators.memories.fitting`.
    """
    tech = technology(technology_name)
    _check_range(node_nm=node_nm, roadmap=roadmap, word_bits=word_bits, wire=wire)
    capacity = np.atleast_1d(np.asarray(capacity_bytes))
    mats = _mats(tech, capacity)
    area_f2 = _cell_area(tech, cell_area_f2)
    figures = _figures(tech.family, node_nm, roadmap, word_bits, wire, mats, area_f2)
    leakage = figures[:, 5] * (
        temperature_factor(tech.family, roadmap, temperature_k)
        * source_factor(leakage_source, node_nm, roadmap)
        * leakage_scale
        * (gate if tech.non_volatile else 1.0)
    )
    return ArrayCost(
        area_m2=figures[:, 0],
        read_energy_j=figures[:, 1],
        write_energy_j=figures[:, 2],
        read_latency_s=figures[:, 3],
        write_latency_s=figures[:, 4],
        leakage_w=leakage,
        mats=mats,
    )


def _check_range(*, node_nm: int, roadmap: str, word_bits: int, wire: str) -> None:
    check_choice("roadmap", roadmap, ROADMAPS)
    check_choice("wire", wire, ("repeated", "unrepeated"))
    if node_nm not in NODES_NM:
        best = min(NODES_NM, key=lambda node: abs(node - node_nm))
        raise ValueError(
            f"`node_nm` must be 22, 32 or 45 nanometres (nearest {best}), got {node_nm}: nothing "
            f"is interpolated between nodes; {BRING}"
        )
    low, high = (128, 512) if node_nm == 22 else (256, 256)
    nearest_word = min(max(word_bits, low), high)
    check_range("word_bits", word_bits, low, high,
                f"nearest at {node_nm} nm: {nearest_word}; {BRING}")  # fmt: skip


def _mats(tech: Technology, capacity: NDArray[np.generic]) -> NDArray[np.int64]:
    """Number of mats; refuses what is no multiple or out of range."""
    mat = MAT_BYTES[tech.family]
    check_range("capacity_bytes", capacity, mat, LARGEST_BYTES,
                f"a region of {tech.name} holds {mat} to {LARGEST_BYTES}")  # fmt: skip
    whole: NDArray[np.int64] = np.asarray(capacity, dtype=np.int64)
    odd = whole % mat != 0
    if odd.any():
        wrong = int(whole[odd][0])
        below = wrong // mat * mat
        raise ValueError(
            f"`capacity_bytes` of {tech.name} must be a multiple of its mat, {mat} bytes "
            f"(nearest {below} and {below + mat}), got {wrong}"
        )
    return whole // mat


def _cell_area(tech: Technology, given: ArrayLike | None) -> Array | None:
    if given is not None:
        check_range("cell_area_f2", given, 4.0, 1000.0)
        return np.atleast_1d(np.asarray(given, dtype=float))
    return None if tech.cell_area_f2 is None else np.array([tech.cell_area_f2])


def _figures(
    family: str,
    node_nm: int,
    roadmap: str,
    word_bits: int,
    wire: str,
    mats: NDArray[np.int64],
    area_f2: Array | None,
) -> Array:
    """The six quantities at some cell area. Shape `(n, 6)`.

    The periphery keeps its area and the cells take theirs, so an array's efficiency grows with
    the cell. All else follows a power law of the array's area: STT-MRAM's runs through NVSim's
    34.5 F^2 and 54 F^2 cells; beyond them, and for SRAM, energies and latencies grow with the
    side of a mat, the length of its lines, and leakage stays (`assumed`).
    """
    keys = (node_nm, roadmap, word_bits, wire)
    if family == "sram":
        known_f2 = np.array(CELL_F2["SRAM146"])
        figures, mat_m2 = (_table("SRAM146", *keys)[rows] for rows in (mats, [1]))
    else:
        smallest, largest = CELL_F2["STT34agg"], CELL_F2["STT54"]
        known_f2 = np.clip(smallest if area_f2 is None else area_f2, smallest, largest)
        figures, mat_m2 = (_between(known_f2, np.asarray(rows), keys) for rows in (mats, [1]))
    if area_f2 is None or np.array_equal(area_f2, np.atleast_1d(known_f2)):
        return figures
    result = figures.copy()
    result[:, 0] += _cells_area_m2(family, mats, area_f2 - known_f2, node_nm)
    one = _cells_area_m2(family, np.array([1]), area_f2 - known_f2, node_nm)
    result[:, 1:5] *= np.sqrt(1.0 + one / mat_m2[:, 0])[:, None]
    return result


def _between(area_f2: Array, mats: NDArray[np.int64], keys: tuple[int, str, int, str]) -> Array:
    """STT-MRAM with cells between NVSim's two; the power is one mat's, whatever the capacity."""
    small, large = _table("STT34agg", *keys), _table("STT54", *keys)
    slope = (large[:, 0] - small[:, 0]) / (CELL_F2["STT54"] - CELL_F2["STT34agg"])
    step = area_f2 - CELL_F2["STT34agg"]
    power = np.log1p(slope[1] * step / small[1, 0]) / np.log(large[1, 0] / small[1, 0])
    result: Array = small[mats] * (large[mats] / small[mats]) ** np.reshape(power, (-1, 1))
    result[:, 0] = small[mats, 0] + slope[mats] * step
    return result


def _cells_area_m2(family: str, mats: NDArray[np.int64], area_f2: Array, node_nm: int) -> Array:
    bits = 8.0 * MAT_BYTES[family] * mats
    result: Array = bits * area_f2 * (node_nm * 1e-9) ** 2
    return result


@lru_cache(maxsize=256)
def _table(cell: str, node_nm: int, roadmap: str, word_bits: int, wire: str) -> Array:
    """The six quantities for every number of mats. Shape `(largest + 1, 6)`; row 0 is not used."""
    family = "sram" if cell == "SRAM146" else "stt_mram"
    largest = LARGEST_BYTES // MAT_BYTES[family]
    table = np.zeros((largest + 1, len(QUANTITIES)))
    for bit in range(largest.bit_length()):
        grid = _grid(cell, node_nm, roadmap, word_bits, wire, bit)
        members = np.flatnonzero(np.arange(largest + 1) >> bit & 1)
        table[members, 0] += grid[0]
        table[members, 1:5] = np.maximum(table[members, 1:5], grid[1:5])
        table[members, 5] += grid[5]
    # A capacity can be built as a larger one, so it never takes more area than that.
    table[1:, 0] = np.minimum.accumulate(table[:0:-1, 0])[::-1]
    table.setflags(write=False)
    return table


def _grid(cell: str, node_nm: int, roadmap: str, word_bits: int, wire: str, bit: int) -> Array:
    """The six quantities of one grid of 2^bit mats; the word width interpolates linearly."""
    known = sorted({key[3] for key in _coefficients() if key[:3] == (cell, node_nm, roadmap)})
    ends = [max(w for w in known if w <= word_bits), min(w for w in known if w >= word_bits)]
    side_a, side_b = np.array(2.0 ** ((bit + 1) // 2)), np.array(2.0 ** (bit // 2))
    values = [
        np.array(
            [
                terms(quantity, side_a, side_b, wire=wire)
                @ np.array(_coefficients()[(cell, node_nm, roadmap, word, wire, quantity)])
                for quantity in QUANTITIES
            ]
        )
        for word in ends
    ]
    if ends[0] == ends[1]:
        return values[0]
    share = (word_bits - ends[0]) / (ends[1] - ends[0])
    result: Array = values[0] + share * (values[1] - values[0])
    return result


@cache
def _coefficients() -> Coefficients:
    with COEFFICIENTS.open(encoding="utf-8", newline="") as stream:
        return {
            (
                row["cell"],
                int(row["node_nm"]),
                row["roadmap"],
                int(row["word_bits"]),
                row["wire"],
                row["quantity"],
            ): (float(row["c0"]), float(row["c1"]), float(row["c2"]))
            for row in csv.DictReader(stream)
        }


def small_sram_cost(
    capacity_bytes: ArrayLike,
    *,
    node_nm: int,
    roadmap: str,
    word_bits: ArrayLike,
    temperature_k: float = 350.0,
    leakage_source: str = "nvsim",
    leakage_scale: float = 1.0,
) -> ArrayCost:
    """SRAM buffers of any size, scaled from one mat: `assumed`. [-]

    Area and leakage scale with capacity, the energy of an access with its width and the square
    root of the capacity (length of the lines); latency is that of one mat.
    """
    mat = array_cost(
        "sram",
        MAT_BYTES["sram"],
        node_nm=node_nm,
        roadmap=roadmap,
        temperature_k=temperature_k,
        leakage_source=leakage_source,
        leakage_scale=leakage_scale,
    )
    size = np.atleast_1d(np.asarray(capacity_bytes, dtype=float)) / MAT_BYTES["sram"]
    access = np.asarray(word_bits, dtype=float) / 256.0 * np.sqrt(size)
    return ArrayCost(
        area_m2=mat.area_m2 * size,
        read_energy_j=mat.read_energy_j * access,
        write_energy_j=mat.write_energy_j * access,
        read_latency_s=mat.read_latency_s * np.ones_like(size),
        write_latency_s=mat.write_latency_s * np.ones_like(size),
        leakage_w=mat.leakage_w * size,
        mats=np.ones(size.shape, dtype=np.int64),
    )
