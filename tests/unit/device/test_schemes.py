"""Write schemes: what is left wrong, what it costs, and codes beside them."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.llg_monte_carlo import switching_times
from evaluators.device import MeasuredCell, WriteCost, write_cost, write_error_rate
from evaluators.device.emram_28nm import CELL
from evaluators.device.junction import junctions
from evaluators.device.schemes import WriteScheme, corrected_error_probability
from evaluators.device.switching import mean_switching_tau
from evaluators.device.write import write_energy_j
from evaluators.device.write_error_table import mean_write_error_rate

TERMINATED = WriteScheme(kind="terminated")
VOLTS, PULSES = (
    grid.ravel() for grid in np.meshgrid(np.linspace(0.5, 1.3, 17), np.geomspace(1e-9, 20e-9, 13))
)
CASES = ("energy_p_to_ap_j", "energy_ap_to_p_j", "energy_unchanged_p_j", "energy_unchanged_ap_j")


def cost(scheme: WriteScheme, **changes: float) -> WriteCost:
    given = {"voltage_v": VOLTS, "pulse_width_s": PULSES, "temperature_k": 300.0, **changes}
    return write_cost(CELL, scheme=scheme, **given)  # type: ignore[arg-type]


def tried(attempts: int) -> WriteScheme:
    return WriteScheme(kind="verified", attempts=attempts)


@pytest.mark.parametrize("attempts", [1, 2, 3])
@pytest.mark.parametrize(("volts", "spread"), [(0.65, 0.05), (0.55, 0.05), (0.75, 0.15)])
def test_attempts_against_a_monte_carlo_of_cells(
    attempts: int, volts: float, spread: float
) -> None:
    random, cells = np.random.default_rng(attempts), 400_000
    found = cost(tried(attempts), voltage_v=volts, pulse_width_s=7e-9, overdrive_spread=spread)
    tau = 7e-9 / CELL.reduced_time_s(300.0)
    overdrives = float(found.overdrive_p_to_ap) * (1 + spread * random.standard_normal(cells))
    rates = write_error_rate(np.clip(overdrives, 0.0, 12.0), tau,
                             thermal_stability=CELL.thermal_stability(300.0))  # fmt: skip
    failed = (random.random((attempts, cells)) < rates).all(axis=0)
    expected = float(found.error_probability_p_to_ap)
    assert failed.sum() > 10
    assert abs(failed.mean() - expected) <= 4 * np.sqrt(expected / cells)


def test_one_attempt_is_a_single_write_and_more_never_fail_more() -> None:
    single = cost(WriteScheme())
    for name in WriteCost.__dataclass_fields__:
        assert np.array_equal(getattr(cost(tried(1)), name), getattr(single, name))
    two, three = cost(tried(2)), cost(tried(3))
    assert (two.error_probability <= single.error_probability * (1 + 1e-9)).all()
    assert (three.error_probability <= two.error_probability * (1 + 1e-9)).all()
    # A weak cell stays weak: the mean of a power is above the power of the mean.
    assert (two.error_probability_p_to_ap
            >= single.error_probability_p_to_ap**2 * (1 - 1e-3)).all()  # fmt: skip
    assert (two.energy_j >= single.energy_j).all()
    assert (three.energy_j >= two.energy_j).all()
    assert (two.latency_s <= 2 * PULSES).all()
    assert (two.verify_reads_per_word == 1.0).all()
    assert np.allclose(three.attempts_per_word, three.latency_s / PULSES)
    assert np.allclose(three.verify_reads_per_word, two.attempts_per_word)
    assert not single.verify_reads_per_word.any()


def test_the_mean_of_powers_is_converged() -> None:
    """Against twenty times as many cells, and against the mean's own quadrature."""
    found = cost(tried(2), voltage_v=0.8, pulse_width_s=9e-9)
    deviations = np.linspace(-8, 8, 981)
    shares = np.exp(-0.5 * deviations**2)
    tau, stability = 9e-9 / CELL.reduced_time_s(300.0), CELL.thermal_stability(300.0)
    rates = write_error_rate(float(found.overdrive_p_to_ap) * (1 + 0.05 * deviations), tau,
                             thermal_stability=stability)  # fmt: skip
    assert float(found.error_probability_p_to_ap) == pytest.approx(
        rates**2 @ shares / shares.sum(), rel=1e-3
    )
    assert rates @ shares / shares.sum() == pytest.approx(
        float(mean_write_error_rate(found.overdrive_p_to_ap, np.array(tau),
                                    thermal_stability=stability, spread=0.05)), rel=1e-3
    )  # fmt: skip


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.12])
@pytest.mark.parametrize("stability", [12.0, 27.0, 60.0])
def test_the_mean_time_to_switch_is_the_integral_of_the_error_rate(
    stability: float, spread: float
) -> None:
    overdrives = np.array([0.0, 0.4, 0.95, 1.05, 1.33, 2.2, 5.99, 6.02, 9.1])
    ends = np.array([0.7, 4.0, 11.0, 60.0, 150.0])
    i, tau = (grid.ravel() for grid in np.meshgrid(overdrives, ends))
    x = (np.arange(2000) + 0.5) / 2000
    times = tau[:, None] * x**2  # dense where fast cells switch
    alive = mean_write_error_rate(np.broadcast_to(i[:, None], times.shape), times,
                                  thermal_stability=stability, spread=spread)  # fmt: skip
    told = mean_switching_tau(i, tau, thermal_stability=stability, spread=spread)
    assert told == pytest.approx((alive * 2 * x * tau[:, None]).mean(axis=1), rel=1e-3)


# Origin: measured for the hard direction with pulses of 8-10 ns, 300 K, 5 % spread.
RETRIES = [(1e-4, 1, 10e-9, None, 0.75), (1e-9, 1, 10e-9, None, 1.57),
           (1e-4, 2, 8e-9, 7e-3, 0.49), (1e-9, 2, 10e-9, None, 0.89)]  # fmt: skip


@pytest.mark.parametrize(("rate", "attempts", "pulse", "first", "picojoules"), RETRIES)
def test_what_a_second_attempt_saves(
    rate: float, attempts: int, pulse: float, first: float | None, picojoules: float
) -> None:
    volts = np.arange(0.4, 1.3, 0.001)
    found = cost(tried(attempts), voltage_v=volts, pulse_width_s=pulse)  # type: ignore[arg-type]
    place = int(np.argmax(found.error_probability_p_to_ap <= rate))
    assert found.energy_j[place] * 1e12 == pytest.approx(picojoules, rel=0.02)
    if first is not None:
        single = cost(WriteScheme(), voltage_v=volts[place], pulse_width_s=pulse)
        assert float(single.error_probability_p_to_ap) == pytest.approx(first, rel=0.1)


@pytest.mark.parametrize("temperature", [250.0, 300.0, 350.0])
def test_a_pulse_that_ends_early_never_costs_more_nor_less_than_the_switching(
    temperature: float,
) -> None:
    single, found = (cost(s, temperature_k=temperature) for s in (WriteScheme(), TERMINATED))
    for name in (*CASES, "energy_j"):
        assert (getattr(found, name) <= getattr(single, name)).all()
    assert np.array_equal(found.error_probability, single.error_probability)
    assert np.array_equal(found.latency_s, single.latency_s)
    circuit = junctions(CELL, VOLTS, temperature)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    times = 0.5 * PULSES[:, None] * (1 + nodes)
    for i, old_w, energy in (
        (found.overdrive_p_to_ap, circuit.p_hard_w, found.energy_p_to_ap_j),
        (found.overdrive_ap_to_p, circuit.ap_easy_w, found.energy_ap_to_p_j),
    ):
        alive = mean_write_error_rate(
            np.broadcast_to(i[:, None], times.shape), times / CELL.reduced_time_s(temperature),
            thermal_stability=CELL.thermal_stability(temperature), spread=CELL.overdrive_spread,
        )  # fmt: skip
        switch_s = 0.5 * PULSES * (alive @ weights)
        assert (energy >= old_w * switch_s * (1 - 2e-3)).all()


@pytest.mark.parametrize(("volts", "pulse"), [(0.8, 8e-9), (1.0, 5e-9), (0.65, 7e-9)])
def test_terminated_energy_against_trajectories(volts: float, pulse: float) -> None:
    """Stochastic Landau-Lifshitz-Gilbert in three dimensions, cells of 5 % spread."""
    random, cells = np.random.default_rng(5), 3000
    time_s = CELL.reduced_time_s(300.0)
    found = cost(TERMINATED, voltage_v=volts, pulse_width_s=pulse)
    circuit = junctions(CELL, np.array(volts), 300.0)
    detect_s, ratio = TERMINATED.detect_time_s, TERMINATED.detect_current_ratio
    energies = [float(ratio * w * detect_s) for w in (circuit.ap_hard_w, circuit.p_easy_w)]
    for i, old_w, new_w in (
        (found.overdrive_p_to_ap, circuit.p_hard_w, circuit.ap_hard_w),
        (found.overdrive_ap_to_p, circuit.ap_easy_w, circuit.p_easy_w),
    ):
        each = float(i) * (1 + CELL.overdrive_spread * random.standard_normal(cells))
        times_s = time_s * switching_times(each, pulse / time_s, CELL.thermal_stability(300.0),
                                           cells=cells, seed=7)  # fmt: skip
        after_s = np.minimum(pulse - times_s, detect_s)
        energies.append(ratio * float(np.mean(old_w * times_s + new_w * after_s)))
    assert float(found.energy_j) == pytest.approx(np.mean(energies), rel=0.03)
    assert float(found.energy_p_to_ap_j) == pytest.approx(energies[2], rel=0.03)
    assert float(found.energy_ap_to_p_j) == pytest.approx(energies[3], rel=0.03)


def test_energies_follow_the_data_under_every_scheme() -> None:
    for scheme in (WriteScheme(), TERMINATED, tried(2)):
        found = cost(scheme)
        told = write_energy_j(CELL, voltage_v=VOLTS, pulse_width_s=PULSES, temperature_k=300.0,
                              ones_share=0.3, changed_share=0.2, scheme=scheme)  # fmt: skip
        assert told == pytest.approx(
            found.energy_for_data_j(ones_share=0.3, changed_share=0.2), rel=1e-12
        )


def test_codes_against_drawn_words() -> None:
    random = np.random.default_rng(3)
    for ecc, stored, corrects in (("secded", 72, 1), ("bch2", 78, 2)):
        assert WriteScheme(ecc=ecc).stored_bits_ratio == stored / 64
        wrong = random.random((100_000, stored)) < 0.02
        left = np.where(wrong.sum(axis=1, keepdims=True) > corrects, wrong, False)
        expected = float(corrected_error_probability(0.02, ecc=ecc))
        assert left.mean() == pytest.approx(expected, rel=0.05)
    p = np.array([0.0, 1e-15, 1e-9, 1e-4, 0.1, 1.0])
    secded = corrected_error_probability(p, ecc="secded")
    assert secded == pytest.approx(-p * np.expm1(71 * np.log1p(-np.minimum(p, 1 - 1e-16))))
    assert np.array_equal(corrected_error_probability(p, ecc="none"), p)
    single, coded = cost(WriteScheme()), cost(WriteScheme(ecc="secded"))
    assert coded.error_probability == pytest.approx(
        corrected_error_probability(single.error_probability, ecc="secded")
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "verified", "attempts": 0}, r"`attempts` must be in \[1, 3\].*got 0"),
        ({"kind": "verified", "attempts": 4}, r"`attempts` must be in \[1, 3\].*got 4"),
        ({"attempts": 2}, "`attempts` must be 1 where `write_scheme` is 'single'.*'verified'"),
        ({"kind": "verifed"}, "`write_scheme` must be one of .*did you mean 'verified'"),
        ({"ecc": "secdad"}, "`ecc` must be one of .*did you mean 'secded'"),
        ({"detect_time_s": 0.5}, "0.5 ns is written 0.5e-9"),
    ],
)
def test_schemes_that_are_none(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(WriteScheme(), **changes)  # type: ignore[arg-type]


def test_a_format_that_does_not_fill_code_words() -> None:
    WriteScheme(ecc="secded").check_format(16)
    with pytest.raises(ValueError, match=r"`ecc` 'secded' needs .* divide 64.*got 12 bits"):
        WriteScheme(ecc="secded").check_format(12)


def test_a_measured_cell_knows_no_switching_times() -> None:
    table = MeasuredCell(name="lab", voltages_v=np.array([0.5, 1.0]),
                         pulse_widths_s=np.array([1e-9, 1e-8]),
                         logarithms=np.log(np.full((3, 2, 2), 1e-3)))  # fmt: skip
    for scheme in (TERMINATED, tried(2)):
        with pytest.raises(ValueError, match="must be 'single' for the measured cell 'lab'"):
            write_cost(table, voltage_v=0.7, pulse_width_s=5e-9, temperature_k=300.0,
                       scheme=scheme)  # fmt: skip
    coded = write_cost(table, voltage_v=0.7, pulse_width_s=5e-9, temperature_k=300.0,
                       scheme=WriteScheme(ecc="secded"))  # fmt: skip
    assert float(coded.error_probability) == pytest.approx(1e-3 * (1 - 0.999**71))
