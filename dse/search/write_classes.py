"""Classes of write conditions: voltage and pulse act on accuracy only through the write errors.

All conditions whose error rates snap to the same point of the profile's grid form a class. Of
these only those that no other beats in energy, latency and voltage (which sets the cell's area)
can be on a front; the others are never tried.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dse.pareto import unbeaten
from evaluators.device import cell, write, write_cost
from evaluators.profiles import snapped_pair
from evaluators.scenario import Scenario
from search_spaces.axes import Axis, Range

VOLTAGES: Final = 161
PULSES: Final = 8
"""Resolution of the conditions that a class is chosen from."""


def write_pairs(axes: Sequence[Axis]) -> list[tuple[str, Range, Range]]:
    """Prefix, voltage and pulse width of every write condition that is open in both."""
    ranges = {axis.name: axis for axis in axes if isinstance(axis, Range)}
    return [
        (name.removesuffix("write_voltage_v"), axis, ranges[pulse])
        for name, axis in ranges.items()
        if name.endswith("write_voltage_v")
        and (pulse := name.replace("write_voltage_v", "pulse_width_s")) in ranges
    ]


class WriteClasses:
    """The classes between two bounds of voltage and pulse width, from reliable to unreliable.

    `members[class]` are its unbeaten conditions as (voltage_v, pulse_width_s).
    """

    def __init__(self, scenario: Scenario, voltage: Range, pulse: Range) -> None:
        device = cell(scenario.cell)
        volts = np.linspace(voltage.low, voltage.high, VOLTAGES)
        widths = np.geomspace(pulse.low, pulse.high, PULSES)
        widths[[0, -1]] = pulse.low, pulse.high
        v, t = (grid.reshape(-1) for grid in np.meshgrid(volts, widths, indexing="ij"))
        cost = write_cost(device, voltage_v=v, pulse_width_s=t,
                          temperature_k=scenario.written_at_k)  # fmt: skip
        energy = write.write_energy_j(device, voltage_v=v, pulse_width_s=t,
                                temperature_k=scenario.temperature_k)  # fmt: skip
        directions = zip(cost.error_probability_p_to_ap, cost.error_probability_ap_to_p,
                         strict=True)  # fmt: skip
        rates = np.array([snapped_pair(float(one), float(zero)) for one, zero in directions])
        kinds, place = np.unique(rates, axis=0, return_inverse=True)
        self.rates = kinds[np.argsort(kinds.sum(axis=1), kind="stable")]
        order = np.argsort(np.argsort(kinds.sum(axis=1), kind="stable"), kind="stable")
        place = order[place.reshape(-1)]
        self.members: list[list[tuple[float, float]]] = []
        for number in range(len(kinds)):
            inside = np.flatnonzero(place == number)
            best = inside[unbeaten(np.stack([energy[inside], t[inside], v[inside]], axis=1))]
            self.members.append([(float(v[p]), float(t[p])) for p in best])

    def __len__(self) -> int:
        return len(self.members)

    def holding(self, voltage_v: float, pulse_width_s: float) -> int | None:
        """The class that one of these conditions belongs to, or None. [-]"""
        for number, members in enumerate(self.members):
            if (voltage_v, pulse_width_s) in members:
                return number
        return None
