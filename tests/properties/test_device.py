"""Laws of the cell: errors fall with effort, energy grows with it, cold writes are harder."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.device import (
    Cell,
    cell_area_f2,
    escape_rate,
    nominal_write,
    retention_time_s,
    write_cost,
    write_error_rate,
)
from evaluators.device.decay import decay
from evaluators.device.emram_28nm import CELL as EMRAM
from evaluators.device.retention import read_at, read_disturb_probability

CELL = EMRAM
VOLTS = st.floats(0.5, 1.3)
PULSES = st.floats(2e-9, 20e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 11.8), st.floats(0.1, 60.0), st.floats(12.0, 90.0), st.floats(0.001, 0.1))
def test_error_falls_with_overdrive_and_time(
    overdrive: float, tau: float, stability: float, more: float
) -> None:
    points = write_error_rate([overdrive, overdrive + more, overdrive],
                              [tau, tau, tau * (1 + more)],
                              thermal_stability=stability)  # fmt: skip
    assert ((points >= 0.0) & (points <= 1.0)).all()
    # What is interpolated is ln(-ln WER): where nearly all writes fail, 1 - WER ripples by some
    # per cent between the nodes in time, which is 1e-6 of WER and less.
    ripple = 0.2 * (1.0 - points[0])  # 0.07 is the most that a scan of the table finds
    assert points[1] <= points[0] * (1 + 1e-6) + min(ripple, 1e-4)
    assert points[2] <= points[0] * (1 + 1e-6) + min(ripple, 1e-4)


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
        ({"voltage_v": 3.1}, r"`voltage_v` must be in \[0.05, 3\] volts"),
    ],
)
def test_out_of_range(changes: dict[str, float], words: str) -> None:
    arguments = {"voltage_v": 1.0, "pulse_width_s": 5e-9, "temperature_k": 300.0}
    with pytest.raises(ValueError, match=words):
        write_cost(CELL, **{**arguments, **changes})  # type: ignore[arg-type]


def sized(diameter_m: float, **changes: float) -> Cell:
    return replace(CELL, diameter_m=diameter_m, **changes)  # type: ignore[arg-type]


def test_a_weak_field_leaves_the_table_by_name() -> None:
    weak = replace(CELL, anisotropy_field_t=0.13)
    with pytest.raises(ValueError, match=r"`overdrive` must be in \[0, 12\]"):
        write_cost(weak, voltage_v=2.9, pulse_width_s=5e-9, temperature_k=300.0)


def test_the_area_scales_barrier_current_and_resistance_but_no_critical_voltage() -> None:
    ratio = (36.0 / 45.0) ** 2
    small = sized(36e-9)
    for temperature in (250.0, 350.0):
        assert small.energy_barrier_j(temperature) == pytest.approx(
            ratio * CELL.energy_barrier_j(temperature)
        )
        assert small.critical_current_a(temperature) == pytest.approx(
            ratio * CELL.critical_current_a(temperature)
        )
        assert small.critical_voltage_v(temperature) == pytest.approx(
            CELL.critical_voltage_v(temperature)
        )
    assert small.resistance_p_ohm == pytest.approx(CELL.resistance_p_ohm / ratio)
    assert small.transistor_p_to_ap_ohm == CELL.transistor_p_to_ap_ohm


# Origin: the error-free write of 10 ns (1e-9 at 300 K) at 22 nm; loss in 20 ms at 350 K.
SIZES = [(45e-9, 1.50, 105.0, 2.4e-14), (41e-9, 1.14, 88.0, 1e-10), (38e-9, 0.91, 77.0, 3e-8),
         (36e-9, 0.78, 70.0, 1e-6), (33e-9, 0.612, 59.9, 1.5e-4)]  # fmt: skip


@pytest.mark.parametrize(("diameter", "picojoules", "area", "lost"), SIZES)
def test_retention_buys_energy_and_area(
    diameter: float, picojoules: float, area: float, lost: float
) -> None:
    small, volts = sized(diameter), np.arange(0.7, 1.1, 0.001)
    cost = write_cost(small, voltage_v=volts, pulse_width_s=10e-9, temperature_k=300.0)
    place = int(np.argmax(cost.error_probability <= 1e-9))
    assert cost.energy_j[place] * 1e12 == pytest.approx(picojoules, rel=0.02)
    assert float(cell_area_f2(small, voltage_v=volts[place], node_nm=22)) == pytest.approx(
        area, rel=0.02
    )
    found = decay(small, hold_time_s=0.02, reads_per_value=0.0, temperature_k=350.0,
                  stability_spread=0.0)  # fmt: skip
    assert found.to_one == found.to_zero == pytest.approx(lost, rel=0.1)


@pytest.mark.parametrize("changes", [{"overdrive_spread": 0.1}, {"overdrive_spread": 0.12},
                                     {"anisotropy_field_t": 0.2, "overdrive_spread": 0.1},
                                     {"anisotropy_field_t": 0.2}])  # fmt: skip
def test_wide_spreads_and_weak_fields_have_an_error_free_write(changes: dict[str, float]) -> None:
    device = replace(CELL, **changes)  # type: ignore[arg-type]
    for corner in (250.0, 300.0):
        nominal = nominal_write(device, write_corner_k=corner)
        cost = write_cost(device, voltage_v=nominal.voltage_v, temperature_k=corner,
                          pulse_width_s=nominal.pulse_width_s)  # fmt: skip
        assert cost.error_probability <= 1e-9


def test_a_spread_whose_weak_cells_no_voltage_writes() -> None:
    with pytest.raises(ValueError, match=r"no write up to 3.00 V .* reaches a mean error"):
        nominal_write(replace(CELL, overdrive_spread=0.15))


@settings(max_examples=40, deadline=None)
@given(st.floats(12.0, 89.0), st.floats(0.0, 0.95), st.floats(0.001, 0.04))
def test_escape_grows_with_the_current_and_falls_with_the_barrier(
    stability: float, overdrive: float, more: float
) -> None:
    rates = escape_rate(overdrive=[overdrive, overdrive + more, overdrive],
                        thermal_stability=[stability, stability, stability + 1.0])  # fmt: skip
    assert rates[1] > rates[0] > rates[2] > 0.0


def test_the_mean_over_cells_of_the_loss_is_that_of_a_lower_barrier() -> None:
    """A normal spread of Delta loses as one cell of Delta - sigma^2 / 2 does, while little is
    lost; the prefactor sqrt(Delta) moves it by a few percent."""
    for diameter in (36e-9, 38e-9, 41e-9):
        cell = sized(diameter)
        stability = cell.thermal_stability(350.0)
        lower = stability - 0.5 * (0.05 * stability) ** 2
        found = decay(cell, hold_time_s=1e-4, reads_per_value=0.0, temperature_k=350.0)
        rate = float(escape_rate(overdrive=0.0, thermal_stability=lower))
        assert found.to_one == pytest.approx(1e-4 * rate / cell.reduced_time_s(350.0), rel=0.06)


def test_decay_against_drawn_cells_and_both_directions() -> None:
    random, count = np.random.default_rng(2), 400_000
    cell = sized(31e-9, stability_spread=0.08)
    stability, time_s = cell.thermal_stability(350.0), cell.reduced_time_s(350.0)
    each = np.clip(stability * (1 + 0.08 * random.standard_normal(count)), 12.0, 90.0)
    reading = cell.read_voltage_v / cell.critical_voltage_v(350.0)
    held = 0.02 / time_s * escape_rate(overdrive=0.0, thermal_stability=each)
    read = 40 * cell.read_pulse_width_s / time_s * escape_rate(overdrive=reading,
                                                               thermal_stability=each)  # fmt: skip
    found = decay(cell, hold_time_s=0.02, reads_per_value=40.0, temperature_k=350.0)
    for expected, rate in ((found.to_one, held), (found.to_zero, held + read)):
        flipped = (random.random(count) < -np.expm1(-rate)).mean()
        assert abs(flipped - expected) <= 4 * np.sqrt(expected / count)
    assert found.to_zero > 1.5 * found.to_one
    other = replace(cell, read_direction="to_one")
    turned = decay(other, hold_time_s=0.02, reads_per_value=40.0, temperature_k=350.0)
    assert (turned.to_one, turned.to_zero) == (found.to_zero, found.to_one)


def test_nothing_decays_in_no_time_and_more_with_time_reads_and_heat() -> None:
    cell = sized(36e-9)

    def lost(hold_s: float, reads: float, kelvin: float) -> tuple[float, float]:
        found = decay(cell, hold_time_s=hold_s, reads_per_value=reads, temperature_k=kelvin)
        return found.to_one, found.to_zero

    assert lost(0.0, 0.0, 350.0) == (0.0, 0.0)
    assert lost(0.0, 7.0, 350.0)[0] == 0.0
    assert lost(0.02, 0.0, 350.0)[0] == lost(0.02, 0.0, 350.0)[1]
    assert lost(0.02, 9.0, 350.0)[1] > lost(0.02, 3.0, 350.0)[1] > lost(0.02, 3.0, 320.0)[1]
    assert lost(0.04, 0.0, 350.0)[0] == pytest.approx(2 * lost(0.02, 0.0, 350.0)[0], rel=1e-2)


def test_a_lower_read_voltage_needs_a_longer_sense_and_disturbs_less() -> None:
    gentle = read_at(sized(36e-9), read_voltage_v=0.04)
    assert gentle.read_pulse_width_s == pytest.approx(10e-9)
    assert read_disturb_probability(gentle, temperature_k=350.0) < 0.1 * read_disturb_probability(
        sized(36e-9), temperature_k=350.0
    )
    with pytest.raises(ValueError, match="`read_voltage_v`"):
        read_at(CELL, read_voltage_v=0.0)


def test_cells_and_times_that_cannot_be() -> None:
    hold = {"reads_per_value": 0.0, "temperature_k": 350.0}
    with pytest.raises(ValueError, match=r"`diameter_m` of cell .*must be in \[.* metres .*12 to "
                                         r"90 at 350 kelvin, got 2e-08"):  # fmt: skip
        decay(sized(20e-9), hold_time_s=1e-6, **hold)
    with pytest.raises(ValueError, match=r"`diameter_m` .* at 300 kelvin, got 6e-08"):
        write_cost(sized(60e-9), voltage_v=1.0, pulse_width_s=5e-9, temperature_k=300.0)
    with pytest.raises(ValueError, match=r"`hold_time_s` must be at most the retention .*refresh"):
        decay(sized(30e-9), hold_time_s=10.0, **hold)
    with pytest.raises(ValueError, match="20 ms is written 20e-3"):
        decay(CELL, hold_time_s=-1.0, **hold)
    with pytest.raises(ValueError, match="a read must stay below the critical voltage"):
        decay(replace(CELL, read_voltage_v=0.5), hold_time_s=1e-3, **hold)
    with pytest.raises(ValueError, match="`read_direction` must be one of"):
        replace(CELL, read_direction="up")  # type: ignore[arg-type]
