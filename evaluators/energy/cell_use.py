"""How the cells of a region are used: how large they are, how words are written, which code."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.design import ECCS, WRITE_SCHEMES
from evaluators.device import AnyCell, schemes, write_cost
from evaluators.energy.batch import RegionBatch
from evaluators.memories import ArrayCost, Technology
from evaluators.scenario import Scenario, cell_at

Array = NDArray[np.float64]
Members = NDArray[np.intp]

READ_WIDTH: Final = "read_pulse_width_s"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellUse:
    """One cell, that of a technology, and one way to write words of it."""

    device: AnyCell
    scheme: schemes.WriteScheme
    technology: str = "stt_mram"

    @property
    def plain(self) -> bool:
        """Whether each bit gets one whole pulse and no check bits."""
        return self.scheme.kind == "single" and self.scheme.ecc == "none"


def uses(
    region: RegionBatch, members: Members, tech: Technology, scenario: Scenario
) -> Iterator[tuple[Members, CellUse]]:
    """Regions of one technology by how their cells are used; all together where it has no say."""
    if not members.size:
        return
    if not tech.follows_write_condition:
        device = cell_at(scenario, None, tech.name)
        yield members, CellUse(device=device, scheme=schemes.WriteScheme())
        return
    columns = (region.diameter_m, region.scheme, region.attempts, region.ecc)
    told = np.stack([np.asarray(column[members], dtype=float) for column in columns])
    kinds, places = _unique(np.nan_to_num(told, nan=0.0))
    for number, (diameter_m, scheme, attempts, ecc) in enumerate(kinds.T):
        use = CellUse(
            device=cell_at(scenario, float(diameter_m) or None, tech.name),
            scheme=schemes.WriteScheme(
                kind=WRITE_SCHEMES[int(scheme)], attempts=int(attempts), ecc=ECCS[int(ecc)]
            ),
            technology=tech.name,
        )
        yield members if kinds.shape[1] == 1 else members[places == number], use


def _unique(told: Array) -> tuple[Array, Members]:
    """Columns that differ, and which of them each is; rows take few values. Shape `(4, n)`."""
    code = np.zeros(told.shape[1], dtype=np.intp)
    if (told == told[:, :1]).all():
        return told[:, :1], code
    for row in told:
        place = np.unique(row, return_inverse=True)[1]
        code = code * (int(place.max()) + 1) + place
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    return told[:, first], back


def used_array(array: ArrayCost, use: CellUse, cells_m2: Array, scenario: Scenario) -> ArrayCost:
    """The array with what the use of its cells adds to it. `cells_m2`: of all its cells. [m^2]

    Check bits widen every mat; drivers that sense grow the periphery; codes take logic.
    """
    wide = use.scheme.stored_bits_ratio
    # The periphery is what is not cells.
    area_m2 = array.area_m2
    if use.scheme.kind == "terminated":
        area_m2 = area_m2 + (schemes.SENSING_PERIPHERY_RATIO - 1.0) * np.maximum(
            area_m2 - cells_m2, 0.0
        )
    words = scenario.memory.word_bits / schemes.CODE_DATA_BITS
    sense_s = _longer_sense_s(use, scenario)
    return replace(
        array,
        area_m2=area_m2 * wide,
        leakage_w=array.leakage_w * wide,
        read_energy_j=array.read_energy_j * wide + words * schemes.DECODE_J[use.scheme.ecc],
        write_energy_j=array.write_energy_j * wide + words * schemes.ENCODE_J[use.scheme.ecc],
        read_latency_s=array.read_latency_s + sense_s,
        busy_read_s=array.busy_read_s + sense_s,
    )


def _longer_sense_s(use: CellUse, scenario: Scenario) -> float:
    """How much longer a read takes than the array's own, at the scenario's read voltage."""
    if scenario.read_voltage_v is None:
        return 0.0
    own = cell_at(replace(scenario, read_voltage_v=None), None, use.technology)
    longer: float = getattr(use.device, READ_WIDTH) - getattr(own, READ_WIDTH)
    return max(longer, 0.0)


def accesses_a_word(
    use: CellUse, volts: Array, pulse_s: Array, scenario: Scenario
) -> tuple[Array, Array]:
    """Writes and reads back of a written word. Shape `(n,)` each. [-]

    At the write corner, where more bits fail: the unfavourable end.
    """
    if use.scheme.attempts == 1:
        return np.ones(len(volts)), np.zeros(len(volts))
    cost = write_cost(
        use.device,
        voltage_v=volts,
        pulse_width_s=pulse_s,
        temperature_k=scenario.written_at_k,
        scheme=use.scheme,
        word_bits=round(scenario.memory.word_bits * use.scheme.stored_bits_ratio),
    )
    return cost.attempts_per_word, cost.verify_reads_per_word


def cells_m2(
    tech: Technology,
    area_f2: Array | None,
    capacity_bytes: NDArray[np.int64],
    scenario: Scenario,
) -> Array:
    """Area of all cells of regions. Shape `(n,)`. [m^2]"""
    each = np.asarray((tech.cell_area_f2 or 0.0) if area_f2 is None else area_f2, dtype=float)
    return np.asarray(8.0 * capacity_bytes * each * (scenario.node_nm * 1e-9) ** 2)
