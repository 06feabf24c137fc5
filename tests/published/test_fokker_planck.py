"""The cell against an independent Fokker-Planck solution and its default figures.

Origin: `data/fokker_planck.csv` (0.1 %), `data/escape_rates.csv` (0.3 %, by quadrature and by the
smallest eigenvalue) and `data/default_cell.csv`, computed with another code.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from evaluators.device import cell, escape_rate, nominal_write, write_cost, write_error_rate
from evaluators.device.emram_28nm import CELL as EMRAM
from evaluators.device.fokker_planck import survival
from evaluators.device.write import error_free_writes
from evaluators.device.write_error_table import horizon

DATA = Path(__file__).parent / "data"
ANCHORS = [
    (60, 2.0, 12.0, 1.5227e-9),
    (60, 3.0, 8.0, 1.1668e-12),
    (40, 1.5, 20.0, 9.157e-9),
    (40, 1.2, 30.0, 8.423e-7),
    (60, 1.0, 20.0, 6.573e-2),
    (60, 0.8, 50.0, 0.38242),
]


def columns(name: str) -> dict[str, np.ndarray]:
    with (DATA / name).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {key: np.array([float(r[key] or "nan") for r in rows]) for key in rows[0]}


@pytest.mark.parametrize(("stability", "overdrive", "tau", "expected"), ANCHORS)
def test_the_solver_meets_the_anchors(
    stability: float, overdrive: float, tau: float, expected: float
) -> None:
    left = survival(overdrive, np.linspace(0.0, tau, 151), thermal_stability=stability,
                    cells=1600, steps_between=16)  # fmt: skip
    assert left[-1] == pytest.approx(expected, rel=2e-3)


def test_the_table_within_a_hundredth_of_a_decade() -> None:
    data = columns("fokker_planck.csv")
    told = data["write_error_rate"]
    for stability in np.unique(data["thermal_stability"]):
        rows = (data["thermal_stability"] == stability) & (told >= 1e-12) & (told <= 0.5)
        ours = write_error_rate(data["overdrive"][rows], data["reduced_pulse_width"][rows],
                                thermal_stability=float(stability))  # fmt: skip
        assert np.abs(np.log10(ours / told[rows])).max() <= 0.01


LOW = [(12.0, 0.5), (14.0, 1.1), (17.3, 0.8), (22.0, 1.37), (25.6, 7.6), (27.9, 2.3),
       (28.1, 0.9), (33.0, 9.3), (61.0, 11.5), (90.0, 6.3), (12.0, 12.0)]  # fmt: skip


@pytest.mark.parametrize(("stability", "overdrive"), LOW)
@pytest.mark.parametrize("horizons", [1.0, 10.0])
def test_the_table_against_the_solver_where_no_reference_reaches(
    stability: float, overdrive: float, horizons: float
) -> None:
    reach = horizons * float(horizon(np.array(overdrive)))
    tau = np.linspace(0.0, reach, int(100 * horizons) + 1)
    told = survival(overdrive, tau, thermal_stability=stability, cells=1200, steps_between=6)
    ours = write_error_rate(overdrive, tau, thermal_stability=stability)
    rows = (told >= 1e-10) & (told <= 0.9)
    assert rows.any()
    assert np.abs(np.log10(ours / told))[rows].max() <= 0.006


def test_rates_of_escape() -> None:
    data = columns("escape_rates.csv")
    ours = escape_rate(overdrive=data["overdrive"], thermal_stability=data["thermal_stability"])
    assert ours == pytest.approx(data["rate_per_tau_d_exact"], rel=3e-3)


@pytest.mark.parametrize(("stability", "overdrive"), [(12.0, 0.3), (20.0, 0.4), (35.0, 0.5)])
def test_escape_is_the_slope_of_the_write_error_rate(stability: float, overdrive: float) -> None:
    """Far from equilibrium -ln WER grows by one a passage time; the cut at x = 0 adds little."""
    rate = float(escape_rate(overdrive=overdrive, thermal_stability=stability))
    tau = np.array([0.9, 1.1]) * min(3.0 / rate, 900.0)
    left = write_error_rate(overdrive, tau, thermal_stability=stability)
    slope = -np.diff(np.log(left))[0] / np.diff(tau)[0]
    assert slope == pytest.approx(rate, rel=0.02)


@pytest.mark.parametrize(("spread", "suffix"), [(0.0, ""), (0.05, "_sig5")])
def test_the_default_cell(spread: float, suffix: str) -> None:
    data = columns("default_cell.csv")
    cost = write_cost(cell("emram_28nm"), voltage_v=data["V"], pulse_width_s=data["t_ns"] * 1e-9,
                      temperature_k=300.0, overdrive_spread=spread)  # fmt: skip
    for ours, name in (
        (cost.error_probability_p_to_ap, f"WER_p2ap{suffix}"),
        (cost.error_probability_ap_to_p, f"WER_ap2p{suffix}"),
    ):
        rows = (data[name] >= 1e-12) & (data[name] <= 0.5)
        assert np.abs(np.log10(ours / data[name]))[rows].max() <= 0.02
    for energy, name in (
        (cost.energy_p_to_ap_j, "E_p2ap_pJ"),
        (cost.energy_ap_to_p_j, "E_ap2p_pJ"),
        (cost.energy_j, "Eavg_random_pJ"),
    ):
        assert energy * 1e12 == pytest.approx(data[name], rel=0.02)


def test_the_nominal_write_reaches_its_rate_and_no_more() -> None:
    device = EMRAM
    nominal = nominal_write(device)
    cost = write_cost(device, voltage_v=[nominal.voltage_v, nominal.voltage_v - 0.01],
                      pulse_width_s=nominal.pulse_width_s, temperature_k=300.0)  # fmt: skip
    assert cost.error_probability[0] <= 1e-9 < cost.error_probability[1]
    assert nominal.pulse_width_s <= 20e-9
    assert nominal in error_free_writes(device)
    fastest = min(error_free_writes(device), key=lambda write: write.pulse_width_s)
    assert fastest.voltage_v > nominal.voltage_v
