"""What every cell promises, modelled or measured."""

import numpy as np
from numpy.typing import NDArray

from evaluators.device import (
    AnyCell,
    Cell,
    MeasuredCell,
    cell,
    cell_area_f2,
    endurance_writes,
    nominal_write,
    retention_time_s,
    write_cost,
)
from evaluators.testing.expect import expect

Array = NDArray[np.float64]

ERROR_FREE = 1e-9
"""Mean write error rate of a nominal write, at most. [-]"""

CORNER_K = 300.0
"""Temperature at which the promises are looked at. [K]"""


def check_cell(given: AnyCell | str) -> None:
    """Probabilities and energies that a write can have, and a write that counts as error-free.

    Of a `Cell`, moreover, that gentler writes fail more often and cost less.

    Args:
        given: a cell, its name, `module:CELL`, or a path of measurements that ends in .csv.

    Raises:
        AssertionError: a broken promise.
        UnknownNameError: no such cell.
    """
    tested: AnyCell = cell(given) if isinstance(given, str) else given
    expect(tested.name, "a cell must have a name, got ''")
    _check_nominal(tested)
    if isinstance(tested, Cell):
        _check_parameters(tested)
        _check_trends(tested)
    elif isinstance(tested, MeasuredCell):
        volts, pulses = np.meshgrid(tested.voltages_v, tested.pulse_widths_s)
        _check_figures(tested, volts.reshape(-1), pulses.reshape(-1))


def _check_nominal(tested: AnyCell) -> None:
    try:
        write = nominal_write(tested)
    except ValueError as error:
        raise AssertionError(f"a cell must have an error-free write: {error}") from None
    cost = _check_figures(tested, np.array([write.voltage_v]), np.array([write.pulse_width_s]))
    expect(
        cost[0][0] <= ERROR_FREE * 1.001,
        f"cell {tested.name!r}: its nominal write, {write.voltage_v} V and {write.pulse_width_s} "
        f"s, must fail in at most {ERROR_FREE:g} of the writes, got {cost[0][0]:g}",
    )


def _check_figures(tested: AnyCell, volts: Array, pulses: Array) -> tuple[Array, Array]:
    """Mean error probability and energy of writes, each in the range that it can have."""
    cost = write_cost(tested, voltage_v=volts, pulse_width_s=pulses, temperature_k=CORNER_K)
    for name in ("error_probability_p_to_ap", "error_probability_ap_to_p"):
        rates = getattr(cost, name)
        expect(
            ((rates >= 0.0) & (rates <= 1.0)).all(),
            f"cell {tested.name!r}: `{name}` must be in [0, 1], got {rates.min()} to "
            f"{rates.max()}",
        )
    expect(
        (np.isfinite(cost.energy_j) & (cost.energy_j > 0.0)).all(),
        f"cell {tested.name!r}: `energy_j` must be finite and above 0, got {cost.energy_j.min()}",
    )
    return cost.error_probability, cost.energy_j


def _check_parameters(tested: Cell) -> None:
    expect(tested.source, f"cell {tested.name!r}: `source` must name one or say `assumed`, got ''")
    kept_s = retention_time_s(tested, temperature_k=CORNER_K)
    expect(
        kept_s > 1.0, f"cell {tested.name!r}: a bit must outlive a training step, got {kept_s} s"
    )
    write = nominal_write(tested)
    volts = np.array([0.9, 1.0]) * write.voltage_v
    areas = cell_area_f2(tested, voltage_v=volts, node_nm=22.0)
    expect(
        0.0 < areas[0] <= areas[1] < np.inf,
        f"cell {tested.name!r}: its area must grow with the highest voltage, got {areas} F^2",
    )
    writes = endurance_writes(tested, voltage_v=volts, pulse_width_s=write.pulse_width_s)
    expect(
        writes[0] >= writes[1] > 0.0,
        f"cell {tested.name!r}: a gentler write must not wear it out sooner, got {writes} writes",
    )


def _check_trends(tested: Cell) -> None:
    """Around the nominal write, by voltage and by pulse."""
    write, factors = nominal_write(tested), np.linspace(0.8, 1.0, 9)
    for name, volts, pulses in (
        ("voltage", factors * write.voltage_v, np.full(9, write.pulse_width_s)),
        ("pulse", np.full(9, write.voltage_v), factors * write.pulse_width_s),
    ):
        rates, energies_j = _check_figures(tested, volts, pulses)
        expect(
            (np.diff(rates) < 0.0).all(),
            f"cell {tested.name!r}: writes must fail less often at a higher {name}, got {rates}",
        )
        expect(
            (np.diff(energies_j) > 0.0).all(),
            f"cell {tested.name!r}: writes must cost more at a higher {name}, got {energies_j} J",
        )
