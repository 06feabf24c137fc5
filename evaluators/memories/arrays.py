"""Arrays of cells: area, energy, latency and leakage of a region, by the structural model.

A grid of n = a b mats has a = b or a = 2 b. A number of mats that is no such grid is a sum of
grids by its binary expansion: areas and leakages add; the wires of an access reach past the
smaller grids, so the largest sets energy and latency (`assumed`).

A region is B equal banks (to within a mat), each a grid with a port of its own. The wire from a
bank to the region's port is as long as in one grid of the whole region, so energy and latency of
an access are that grid's; but each bank has it for itself: in mat pitches sqrt(n) - sqrt(n / B),
as the wires of a tree reach half of each side. A tree has 1.5 pitches of wire a mat, so area and
leakage of a pitch follow from what the tree of sixteen mats has beyond its mats. All `assumed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_choice, check_range
from evaluators.memories.fitting import MATS_KIB
from evaluators.memories.grids import LARGEST_BYTES, grid_figures
from evaluators.memories.leakage import source_factor, temperature_factor
from evaluators.memories.own_arrays import of_region
from evaluators.memories.technology import Technology, technology

Array = NDArray[np.float64]
MAT_BYTES: Final = {"sram": 128 * 2**10, "stt_mram": 512 * 2**10}
"""The mats of a technology where nothing else is said."""

SMALLEST_MAT_BYTES: Final = 128 * 2**10
CELL_F2: Final = {"SRAM146": 146.0, "STT34agg": 34.5, "STT54": 54.0}
ROADMAPS: Final = ("HP", "LOP", "LSTP")
NODES_NM: Final = (22, 32, 45)
PITCHES_A_MAT: Final = 1.5  # wire of an H-tree over many leaves, in pitches a leaf
ACCESS: Final = (1, 2, 3, 4)
"""Places of the energies and latencies of an access among the six quantities."""
KEPT: Final = (0, 5)
"""Places of area and leakage."""
WIRED_MATS: Final = 16  # grid from whose tree a pitch of wire is taken; assumed
BRING: Final = "figures of your own are brought as docs/maintain.md says"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayCost:
    """Figures of arrays; every field has the shape of the capacities.

    `write_energy_j` and `write_latency_s` are the periphery's: cells and pulse come on top.
    Energies and latencies are those of one access of one word. `busy_read_s` and `busy_write_s`
    are how long it occupies its bank: the access of a mat, without the wires, which are pipelined.
    """

    area_m2: Array
    read_energy_j: Array
    write_energy_j: Array
    read_latency_s: Array
    write_latency_s: Array
    leakage_w: Array
    busy_read_s: Array
    busy_write_s: Array
    mats: NDArray[np.int64]
    banks: NDArray[np.int64]


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
    mat_kib: ArrayLike | None = None,
    banks: ArrayLike = 1,
) -> ArrayCost:
    """Area, energy, latency and leakage of memory arrays.

    Args:
        technology_name: such as `sram` or `stt_mram`.
        capacity_bytes: multiples of a mat. Shape `(n,)`. [bytes]
        node_nm: 22, 32 or 45. [nm]
        roadmap: transistors: `HP`, `LOP` or `LSTP`.
        word_bits: bits moved by one access: 128 to 512 at 22 nm, else 256.
        wire: `repeated` or `unrepeated` global wires.
        temperature_k: sets the leakage, 300 to 360. [K]
        cell_area_f2: area of a memory cell; None takes the technology's, or the smallest of
            NVSim's where the technology lets it follow the write current. Shape `(n,)`. [F^2]
        leakage_source: `nvsim` or `cacti`.
        leakage_scale: factor on the leakage. [-]
        gate: share of its leakage that an idle array of a non-volatile technology keeps. [-]
        mat_kib: 128 or 512; None takes 128 for SRAM and 512 for STT-MRAM, or 128 where the
            capacity is no multiple of 512 KiB. Shape `(n,)`. [KiB]
        banks: of a region, at most one a mat. Shape `(n,)`.

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
    mat = mat_bytes(tech, capacity, mat_kib)
    mats = _mats(tech, capacity, mat)
    parts = np.clip(np.broadcast_to(np.asarray(banks, dtype=np.int64), mats.shape), 1, mats)
    if tech.arrays:
        brought = of_region(tech.arrays, mats * mat, parts, word_bits)
        return _cost(brought, leakage_scale * (gate if tech.non_volatile else 1.0), mats, parts)
    given_f2 = _cell_area(tech, cell_area_f2)
    area_f2 = None if given_f2 is None else np.broadcast_to(given_f2, mats.shape)
    keys = (node_nm, roadmap, word_bits, wire)
    figures = np.zeros((len(mats), 8))
    for size in np.unique(mat):
        of = mat == size
        own_f2 = None if area_f2 is None else area_f2[of]
        figures[of] = _region(tech.family, keys, int(size), mats[of], parts[of], own_f2)
    factor = (
        temperature_factor(tech.family, roadmap, temperature_k)
        * source_factor(leakage_source, node_nm, roadmap)
        * leakage_scale
        * (gate if tech.non_volatile else 1.0)
    )
    return _cost(figures, factor, mats, parts)


def _cost(
    figures: Array, leakage_factor: float, mats: NDArray[np.int64], banks: NDArray[np.int64]
) -> ArrayCost:
    """The cost of regions from the six figures and the two times of a bank. Shape `(n, 8)`."""
    return ArrayCost(
        area_m2=figures[:, 0],
        read_energy_j=figures[:, 1],
        write_energy_j=figures[:, 2],
        read_latency_s=figures[:, 3],
        write_latency_s=figures[:, 4],
        leakage_w=figures[:, 5] * leakage_factor,
        busy_read_s=figures[:, 6],
        busy_write_s=figures[:, 7],
        mats=mats,
        banks=banks,
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


def mat_bytes(
    tech: Technology, capacity_bytes: ArrayLike, mat_kib: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Size of the mats that capacities are made of. Shape `(n,)`. [bytes]

    Raises:
        ValueError: a size of mat other than 128 and 512.
    """
    capacity = np.asarray(capacity_bytes)
    if mat_kib is None:
        own = np.int64(MAT_BYTES[tech.family])
        return np.where(capacity % own == 0, own, np.int64(SMALLEST_MAT_BYTES))
    sizes = np.broadcast_to(np.asarray(mat_kib, dtype=np.int64), capacity.shape)
    wrong = ~np.isin(sizes, MATS_KIB)
    if wrong.any():
        known = " or ".join(str(size) for size in MATS_KIB)
        raise ValueError(f"`mat_kib` must be {known} KiB, got {sizes[wrong][0]}")
    result: NDArray[np.int64] = sizes * 1024
    return result


def _mats(
    tech: Technology, capacity: NDArray[np.generic], mat: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number of mats; refuses what is no multiple or out of range."""
    check_range("capacity_bytes", capacity, int(mat.min()), LARGEST_BYTES,
                f"a region of {tech.name} holds {mat.min()} to {LARGEST_BYTES}")  # fmt: skip
    whole: NDArray[np.int64] = np.asarray(capacity, dtype=np.int64)
    odd = whole % mat != 0
    if odd.any():
        wrong, own = int(whole[odd][0]), int(mat[odd][0])
        below = wrong // own * own
        raise ValueError(
            f"`capacity_bytes` of {tech.name} must be a multiple of its mat, {own} bytes "
            f"(nearest {below} and {below + own}), got {wrong}"
        )
    return whole // mat


def _cell_area(tech: Technology, given: ArrayLike | None) -> Array | None:
    if given is not None:
        check_range("cell_area_f2", given, 4.0, 1000.0)
        return np.atleast_1d(np.asarray(given, dtype=float))
    return None if tech.cell_area_f2 is None else np.array([tech.cell_area_f2])


Keys = tuple[int, str, int, str]
"""Node, roadmap, word and wire."""


def _region(
    family: str,
    keys: Keys,
    mat: int,
    mats: NDArray[np.int64],
    banks: NDArray[np.int64],
    area_f2: Array | None,
) -> Array:
    """The six quantities of a region, and how long a read and a write occupy a bank. `(n, 8)`."""
    cells = _Cells(family, keys, mat, area_f2)
    result = np.zeros((len(mats), 8))
    result[:, 1:5] = cells.figures(mats, ACCESS)
    one = cells.figures(np.ones_like(mats), (*KEPT, 3, 4))
    result[:, 6:8] = one[:, 2:]
    larger, rest = mats // banks, mats % banks
    result[:, KEPT] = (banks - rest)[:, None] * cells.figures(larger, KEPT)
    if rest.any():
        result[:, KEPT] += rest[:, None] * cells.figures(larger + (rest > 0), KEPT)
    if banks.max() > 1:
        tree = cells.figures(np.full_like(mats, WIRED_MATS), KEPT) / WIRED_MATS - one[:, :2]
        side = np.sqrt(mats)
        pitches = banks * (side - side / np.sqrt(banks)) / PITCHES_A_MAT
        result[:, KEPT] += pitches[:, None] * np.maximum(tree, 0.0)
    return result


class _Cells:
    """Grids of cells of some area each.

    The periphery keeps its area and the cells take theirs, so an array's efficiency grows with
    the cell. All else follows a power law of the array's area: STT-MRAM's runs through NVSim's
    34.5 F^2 and 54 F^2 cells, its power is one mat's, whatever the capacity; beyond them, and for
    SRAM, energies and latencies grow with the side of a mat, the length of its lines, and leakage
    stays (`assumed`).
    """

    def __init__(self, family: str, keys: Keys, mat: int, area_f2: Array | None) -> None:
        self._power: Array | None = None
        if family == "sram":
            known_f2 = np.array(CELL_F2["SRAM146"])
            self._small = grid_figures("SRAM146", mat, *keys)
        else:
            smallest, largest = CELL_F2["STT34agg"], CELL_F2["STT54"]
            known_f2 = np.clip(smallest if area_f2 is None else area_f2, smallest, largest)
            self._small = grid_figures("STT34agg", mat, *keys)
            large = grid_figures("STT54", mat, *keys)
            self._slope = (large[:, 0] - self._small[:, 0]) / (largest - smallest)
            self._step = known_f2 - smallest
            one, other = self._small[1, 0], large[1, 0]
            if np.any(self._step > 0.0):
                self._power = np.log1p(self._slope[1] * self._step / one) / np.log(other / one)
                self._ratio_log = np.log(large[1:] / self._small[1:])
        self._cell_m2: Array | float = 0.0
        self._longer: Array | float = 1.0
        if area_f2 is not None and not np.array_equal(
            area_f2, np.broadcast_to(known_f2, area_f2.shape)
        ):
            self._cell_m2 = 8.0 * mat * (area_f2 - known_f2) * (keys[0] * 1e-9) ** 2
            mat_m2 = self.figures(np.ones(len(area_f2), dtype=np.int64), (0,))[:, 0]
            mat_m2 = mat_m2 - self._cell_m2
            self._longer = np.sqrt(1.0 + self._cell_m2 / mat_m2)

    def figures(self, mats: NDArray[np.int64], columns: Sequence[int]) -> Array:
        """Some of the six quantities of grids of so many mats. Shape `(n, len(columns))`."""
        result = np.empty((len(mats), len(columns)))
        for place, column in enumerate(columns):
            values = self._small[mats, column]
            if column == 0:
                if self._power is not None:
                    values = values + self._slope[mats] * self._step
                values = values + mats * self._cell_m2
            else:
                if self._power is not None:
                    values = values * np.exp(self._ratio_log[mats - 1, column] * self._power)
                if column in ACCESS:
                    values = values * self._longer
            result[:, place] = values
        return result


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
        busy_read_s=mat.busy_read_s * np.ones_like(size),
        busy_write_s=mat.busy_write_s * np.ones_like(size),
        mats=np.ones(size.shape, dtype=np.int64),
        banks=np.ones(size.shape, dtype=np.int64),
    )
