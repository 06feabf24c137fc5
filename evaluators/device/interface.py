"""What every cell can be asked, whether it is modelled or measured."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.design import WriteCondition

if TYPE_CHECKING:
    from evaluators.device.decay import Decay
    from evaluators.device.schemes import WriteScheme
    from evaluators.device.write import WriteCost

Array = NDArray[np.float64]
Range = tuple[float, float]


@runtime_checkable
class AnyCell(Protocol):
    """One STT-MRAM cell: `Cell` has equations, `MeasuredCell` a table.

    What a measured cell does not know it says once, here: it has no `margin_write`, no
    `parameters`, no law of endurance, no `knows_current`, and none of its bits decays.
    """

    def __hash__(self) -> int:
        """Figures of a cell are kept by it."""

    @property
    def name(self) -> str:
        """Name of the preset, or of the file of measurements."""

    @property
    def source(self) -> str:
        """Where its figures are from."""

    @property
    def knows_current(self) -> bool:
        """Whether `write_current_a` and `area_f2` can be asked."""

    @property
    def margin_write(self) -> WriteCondition | None:
        """The margined write that energies are also compared with, where there is one."""

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters of the model by field; empty for a measured cell."""

    @property
    def endurance_law(self) -> str:
        """The law of endurance in words; empty where the endurance is one number."""

    def write_cost(
        self,
        *,
        voltage_v: ArrayLike,
        pulse_width_s: ArrayLike,
        temperature_k: float,
        overdrive_spread: float | None,
        scheme: "WriteScheme",
        word_bits: int,
    ) -> "WriteCost":
        """See `evaluators.device.write_cost`."""

    def write_energy_j(
        self,
        *,
        voltage_v: ArrayLike,
        pulse_width_s: ArrayLike,
        temperature_k: float,
        ones_share: float,
        changed_share: float,
        scheme: "WriteScheme",
    ) -> Array:
        """See `evaluators.device.write.write_energy_j`. [J]"""

    def nominal_write(self, *, write_corner_k: float = 300.0) -> WriteCondition:
        """The cheapest write that counts as error-free; see `evaluators.device.nominal_write`."""

    def write_range(
        self,
        *,
        temperature_k: float,
        lowest_overdrive: float = 1.5,
        highest_voltage_v: float | None = None,
        pulse_widths_s: Range = (1e-9, 20e-9),
    ) -> tuple[Range, Range]:
        """Voltages and pulses of interest: as asked of a model, else what was measured.

        Args:
            temperature_k: that critical voltages hold at. [K]
            lowest_overdrive: lowest voltage in critical ones. [-]
            highest_voltage_v: None takes 5 critical voltages. [V]
            pulse_widths_s: shortest and longest pulse. [s]
        """

    def write_current_a(self, voltage_v: ArrayLike) -> Array:
        """Highest current of a write, through the parallel state. Shape of the argument. [A]"""

    def area_f2(self, *, voltage_v: ArrayLike, node_nm: ArrayLike) -> Array:
        """See `evaluators.device.cell_area_f2`. [F^2]"""

    def endurance_at(self, *, voltage_v: ArrayLike, pulse_width_s: ArrayLike) -> Array:
        """Writes until breakdown; see `evaluators.device.endurance_writes`. [-]"""

    def decay(
        self,
        *,
        hold_time_s: float,
        reads_per_value: float,
        temperature_k: float,
        stability_spread: float | None = None,
    ) -> "Decay":
        """Probability that a stored bit reads flipped; see `evaluators.device.decay`."""

    def figures(self, temperature_k: float) -> dict[str, float]:
        """Derived quantities by name with unit; empty for a measured cell."""
