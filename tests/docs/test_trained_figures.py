"""What the pages say of trainings follows from the tables that are kept in docs/data.

The trainings themselves are run by the commands that docs/paper.md names.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from dse import read_study
from dse.results.cell_knobs import cell_gain
from evaluators.evaluate import score

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docs" / "data"
PAGES = ("docs/paper.md", "studies/README.md")
POINT = 0.01


def words(page: str) -> str:
    return " ".join((ROOT / page).read_text().split())


@pytest.mark.parametrize("page", PAGES)
def test_the_gain_of_gentler_writes_at_a_point_of_accuracy(page: str) -> None:
    table = pd.read_csv(DATA / "write_optimization.csv")
    (nominal,) = table.write_energy_j[table.source == "nominal"]
    mram = table[(table.activation_technology == "stt_mram") & (table.accuracy_loss <= POINT)]
    most = (nominal / mram.write_energy_j).max()
    assert f"{most:.2f}x in the cells" in words(page)
    twice = table[(nominal / table.write_energy_j.replace(0.0, float("inf"))) >= 2.0]
    assert f"{100.0 * twice.accuracy_loss.min():.2f} points" in words(page)


@pytest.mark.parametrize("page", PAGES)
def test_what_each_kind_of_data_bears(page: str) -> None:
    table = pd.read_csv(DATA / "tolerance.csv")
    for kind in ("activation", "weight", "error"):
        rate, bits = f"{kind}_error_probability", f"{kind}_reliable_bits"
        own = table[table[rate].notna() & (table[bits] == 0)].sort_values(rate)
        lost = own[own.accuracy_loss > POINT]
        borne = own[own[rate] < lost[rate].min()][rate].max()
        assert f"{kind} {borne:.0e}" in words(page)


def test_what_a_cell_of_its_own_brings() -> None:
    page = words("studies/README.md")
    (held,) = pd.read_csv(DATA / "codesign_verified.csv").to_dict("records")
    assert held["holds"]
    assert held["write_energy_ratio"] >= 4.0
    assert held["verified_accuracy_loss"] <= POINT
    assert f"take {held['write_energy_ratio']:.0f}x less energy in the cells" in page
    told = [100.0 * held[f"{name}accuracy_loss{sd}"] for name in ("", "verified_")
            for sd in ("", "_sd")]  # fmt: skip
    assert (f"lose {told[0]:.2f} points (sd {told[1]:.2f}; verified, 2000 steps, 3 seeds: "
            f"{told[2]:.2f}, sd {told[3]:.2f})") in page  # fmt: skip
    table = pd.read_csv(DATA / "codesign.csv").set_index("design")
    found = table.loc[held["design"]]
    assert found.source == "gain"  # the search's own
    size, volts, pulse = (found[f"activation_{name}"]
                          for name in ("diameter_m", "voltage_v", "pulse_width_s"))  # fmt: skip
    assert (f"junction of {1e9 * size:.0f} nm, written at {volts:.3f} V by pulses of at most "
            f"{1e9 * pulse:.1f} ns") in page  # fmt: skip
    assert f"{1e3 * held['energy_j']:.1f} mJ a step" in page
    assert codesign_knobs(found) in page


def codesign_knobs(found: pd.Series) -> str:
    """What each knob brings alone, worked out anew."""
    kinds = ("activation", "weight", "error")
    values: dict[str, Any] = {"diameter_m": float(found.activation_diameter_m),
              "write_scheme": found.activation_write_scheme, "attempts": 2,
              "ecc": found.activation_ecc, "write_voltage_v": float(found.activation_voltage_v),
              "pulse_width_s": float(found.activation_pulse_width_s),
              "array_rows": 128, "array_cols": 128}  # fmt: skip
    for kind in kinds:
        values |= {f"{kind}_technology": "stt_mram", f"{kind}_reliable_bits": 0}
    study = read_study(ROOT / "studies" / "codesign.toml")
    values |= {f"{kind}_{name}": size for kind in kinds
               for name, size in (("banks", 16), ("mat_kib", 128))}  # fmt: skip
    values["accumulator_depth_words"] = 4096
    (evaluation,) = score([study.design(values)], study.scenario)
    gain = cell_gain(SimpleNamespace(evaluation=evaluation), study.scenario)
    assert gain is not None
    scheme, size, gentle, code = (
        gain.alone[name].energy for name in ("write scheme", "diameter", "gentler write", "code")
    )
    return (
        f"the pulses' end brings {scheme:.0f}x, the diameter {size:.1f}x, the gentler write "
        f"{gentle:.1f}x, and the code takes {100.0 / code - 100.0:.0f} % more"
    )


@pytest.mark.parametrize("page", PAGES)
def test_a_verified_design_takes_less_than_half_the_write_energy(page: str) -> None:
    table = pd.read_csv(DATA / "heterogeneous_verified.csv")
    held = table[table.holds & (table.verified_accuracy_loss <= POINT)]
    twice = held[held.write_energy_ratio >= 2.0]
    assert len(twice) > 0
    for row in twice.to_dict("records"):
        if f"design #{row['number']} takes {row['write_energy_ratio']:.1f}x less" in words(page):
            loss = max(float(row["verified_accuracy_loss"]), 0.0)
            assert f"{100.0 * loss:.2f} points" in words(page)
            return
    pytest.fail(f"{page} names none of the designs {sorted(set(twice.number))}")
