"""Laws of the cell: errors fall with effort, energy grows with it, cold writes are harder."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.device import (
    nominal_write,
    retention_time_s,
    write_cost,
    write_error_rate,
)
from evaluators.device.emram_28nm import CELL as EMRAM
from evaluators.device.retention import read_disturb_probability

CELL = EMRAM
VOLTS = st.floats(0.5, 1.3)
PULSES = st.floats(2e-9, 20e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 5.9), st.floats(0.1, 60.0), st.floats(31.0, 89.0), st.floats(0.001, 0.1))
def test_error_falls_with_overdrive_and_time(
    overdrive: float, tau: float, stability: float, more: float
) -> None:
    points = write_error_rate([overdrive, overdrive + more, overdrive],
                              [tau, tau, tau * (1 + more)],
                              thermal_stability=stability)  # fmt: skip
    assert ((points >= 0.0) & (points <= 1.0)).all()
    assert points[1] <= points[0] * (1 + 1e-6)
    assert points[2] <= points[0] * (1 + 1e-6)


@settings(max_examples=60, deadline=None)
@given(VOLTS, PULSES, st.floats(0.002, 0.1))
def test_energy_grows_with_voltage_and_pulse(volts: float, pulse: float, more: float) -> None:
    cost = write_cost(CELL, voltage_v=[volts, volts * (1 + more), volts],
                      pulse_width_s=[pulse, pulse, pulse * (1 + more)],
                      temperature_k=300.0)  # fmt: skip
    assert cost.energy_j[1] > cost.energy_j[0]
    assert cost.energy_j[2] > cost.energy_j[0]


@settings(max_examples=40, deadline=None)
@given(st.floats(0.7, 1.3), PULSES)
def test_colder_is_harder_and_spread_never_helps_in_the_tail(volts: float, pulse: float) -> None:
    cold, warm = (
        write_cost(CELL, voltage_v=volts, pulse_width_s=pulse, temperature_k=t).error_probability
        for t in (280.0, 340.0)
    )
    sharp = write_cost(CELL, voltage_v=volts, pulse_width_s=pulse, temperature_k=300.0,
                       overdrive_spread=0.0).error_probability  # fmt: skip
    spread = write_cost(CELL, voltage_v=volts, pulse_width_s=pulse,
                        temperature_k=300.0).error_probability  # fmt: skip
    assert cold >= warm
    if sharp < 0.1:
        assert spread >= sharp * (1 - 1e-3)


def test_retention_of_ten_years_and_harmless_reads() -> None:
    assert retention_time_s(CELL, temperature_k=300.0) > 3.15e8
    assert retention_time_s(CELL, temperature_k=350.0) < retention_time_s(
        CELL, temperature_k=300.0
    )
    assert 1e-12 < read_disturb_probability(CELL, temperature_k=300.0) < 1e-8


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"voltage_v": np.nan}, "`voltage_v` must be in .* volts"),
        ({"pulse_width_s": 4.0}, "4 ns is written 4e-9"),
        ({"temperature_k": 77.0}, "`temperature_k` .* kelvin"),
        ({"overdrive_spread": 5.0}, "5 % is written 0.05"),
        ({"voltage_v": 2.9}, "`overdrive` must be in"),
    ],
)
def test_out_of_range(changes: dict[str, float], words: str) -> None:
    arguments = {"voltage_v": 1.0, "pulse_width_s": 5e-9, "temperature_k": 300.0}
    soft = replace(CELL, damping=0.01)  # its critical voltage is half of the preset's
    with pytest.raises(ValueError, match=words):
        write_cost(soft, **{**arguments, **changes})


@pytest.mark.parametrize("spread", [0.08, 0.10, 0.12])
def test_a_wide_spread_still_has_an_error_free_write(spread: float) -> None:
    """Against the mean over 2,001 cells, spaced evenly over the normal distribution."""
    wide = replace(CELL, overdrive_spread=spread)
    write = nominal_write(wide)
    cost = write_cost(wide, voltage_v=write.voltage_v, pulse_width_s=write.pulse_width_s,
                      temperature_k=300.0)  # fmt: skip
    assert cost.error_probability <= 1e-9
    z = np.linspace(-8.5, 8.5, 2001)
    tau = write.pulse_width_s / wide.reduced_time_s(300.0)
    rate = 0.0
    for overdrive in (cost.overdrive_p_to_ap, cost.overdrive_ap_to_p):
        cells = np.clip(float(overdrive) * (1.0 + spread * z), 0.0, 12.0)
        each = write_error_rate(cells, tau, thermal_stability=wide.thermal_stability(300.0))
        rate += 0.5 * float(each @ np.exp(-z * z / 2)) * (z[1] - z[0]) / np.sqrt(2.0 * np.pi)
    assert 0.9e-9 <= rate <= 1.05e-9


def test_a_spread_that_no_voltage_overcomes_is_told() -> None:
    with pytest.raises(ValueError, match=r"3\.00 V and 20 ns .* `overdrive_spread` 0\.15"):
        nominal_write(replace(CELL, overdrive_spread=0.15))
