"""Whoever asks a cell need not know whether it is modelled or measured."""

import numpy as np
import pytest

from evaluators.device import (
    AnyCell,
    MeasuredCell,
    cell,
    cell_area_f2,
    decay,
    endurance_writes,
    nominal_write,
    write_cost,
)
from evaluators.plugins import UnknownNameError

LAB = MeasuredCell(
    name="lab",
    voltages_v=np.array([0.6, 0.8, 1.0]),
    pulse_widths_s=np.array([4e-9, 8e-9]),
    logarithms=np.log(np.full((3, 3, 2), 1e-12)),
)


@pytest.mark.parametrize("device", [cell("emram_28nm"), cell("llc_fast"), LAB])
def test_every_cell_answers_every_question(device: AnyCell) -> None:
    assert isinstance(device, AnyCell)
    nominal = nominal_write(device)
    cost = write_cost(device, voltage_v=nominal.voltage_v, pulse_width_s=nominal.pulse_width_s,
                      temperature_k=300.0)  # fmt: skip
    assert cost.error_probability <= 1e-9
    assert endurance_writes(device, voltage_v=[0.8, 0.9], pulse_width_s=5e-9).shape == (2,)
    (low_v, high_v), (low_s, high_s) = device.write_range(temperature_k=300.0)
    assert 0.0 < low_v < high_v
    assert 0.0 < low_s < high_s
    held = decay(device, hold_time_s=1e-3, reads_per_value=2.0, temperature_k=350.0)
    assert 0.0 <= held.to_one <= held.to_zero < 1e-4
    assert (device.margin_write is None) == (not device.parameters)
    assert bool(device.figures(300.0)) == bool(device.parameters) == bool(device.endurance_law)
    if device.knows_current:
        assert cell_area_f2(device, voltage_v=0.9, node_nm=22) >= 34.5
        assert 1e-5 < device.write_current_a(0.9) < 1e-3


def test_what_a_measured_cell_does_not_know() -> None:
    assert LAB.write_range(temperature_k=300.0) == ((0.6, 1.0), (4e-9, 8e-9))
    held = decay(LAB, hold_time_s=10.0, reads_per_value=5.0, temperature_k=350.0)
    assert (held.to_one, held.to_zero) == (0.0, 0.0)
    with pytest.raises(ValueError, match=r"`scenario.memory.cell_area_f2` must be given"):
        LAB.write_current_a(1.0)
    with pytest.raises(ValueError, match=r"`scenario.memory.cell_area_f2` must be given"):
        cell_area_f2(LAB, voltage_v=1.0, node_nm=22)


def test_ranges_of_a_model_follow_what_is_asked() -> None:
    device = cell("emram_28nm")
    critical = device.figures(300.0)["critical_voltage_v"]
    assert device.write_range(temperature_k=300.0) == (
        (1.5 * critical, 5.0 * critical), (1e-9, 20e-9)
    )  # fmt: skip
    asked = device.write_range(temperature_k=300.0, lowest_overdrive=1.2, highest_voltage_v=1.3,
                               pulse_widths_s=(2e-9, 8e-9))  # fmt: skip
    assert asked == ((1.2 * critical, 1.3), (2e-9, 8e-9))


def test_a_plug_in_that_is_no_cell() -> None:
    with pytest.raises(UnknownNameError, match="must be an evaluators"):
        cell("numpy:pi")
