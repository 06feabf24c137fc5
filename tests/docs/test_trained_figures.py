"""What the pages say of trainings follows from the tables that are kept in docs/data.

The trainings themselves are run by the commands that docs/paper.md names.
"""

from pathlib import Path

import pandas as pd
import pytest

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
