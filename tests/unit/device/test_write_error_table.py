"""The table's file: built once, rebuilt when damaged, never in the way when it cannot be kept."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluators.device import cell, write_cost, write_error_table


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """Counts builds; each 'build' returns the sound table at once, into an empty cache folder."""
    sound, builds = write_error_table._table(), [0]

    def build() -> np.ndarray:
        builds[0] += 1
        return sound.copy()

    monkeypatch.setattr(write_error_table, "build_table", build)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return builds


def load() -> np.ndarray:
    write_error_table._table.cache_clear()
    return write_error_table._table()


def test_built_once_and_read_back(built: list[int]) -> None:
    first, second = load(), load()
    assert built == [1]
    assert np.array_equal(first, second)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "words"])
def test_a_damaged_file_is_built_again(built: list[int], tmp_path: Path, damage: str) -> None:
    sound = load()
    (file,) = (tmp_path / "mram-dse").glob("*.npz")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    whole = file.read_bytes()
    file.write_bytes({"truncate": whole[: len(whole) // 2], "flip": bytes(content),
                      "empty": b"", "words": b"my thesis"}[damage])  # fmt: skip
    assert np.array_equal(load(), sound)
    assert built == [2]


def test_a_cache_folder_that_cannot_be_written(
    built: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    load()
    load()
    assert built == [2]


def test_means_over_cells_are_kept_and_a_damaged_file_is_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    i, tau = np.array([1.5, 3.0]), np.array([4.0, 9.0])
    made: list[tuple[float, float]] = []
    exact = write_error_table._quadrature

    def counted(*told: Any) -> Any:
        made.append(told[2:])
        return exact(*told)

    def mean(spread: float = 0.05) -> Any:
        write_error_table._uniform.cache_clear()
        return write_error_table.mean_write_error_rate(
            i, tau, thermal_stability=61.0, spread=spread
        )

    monkeypatch.setattr(write_error_table, "_quadrature", counted)
    first = mean()
    assert np.array_equal(first, mean())
    assert made == [(61.0, 0.05)]
    (file,) = (tmp_path / "mram-dse" / "mean_write_errors").glob("*.npz")
    file.write_bytes(file.read_bytes()[:-100])
    assert np.array_equal(first, mean())
    assert made == [(61.0, 0.05)] * 2
    assert not np.array_equal(first, mean(0.04))
    write_error_table._uniform.cache_clear()


def test_energy_follows_the_data() -> None:
    cost = write_cost(cell("emram_28nm"), voltage_v=0.9, pulse_width_s=8e-9, temperature_k=350.0)
    random = cost.energy_for_data_j(ones_share=0.5, changed_share=0.5)
    assert random == pytest.approx(cost.energy_j, rel=1e-12)
    zeros = cost.energy_for_data_j(ones_share=0.0, changed_share=0.0)
    assert zeros == pytest.approx(cost.energy_unchanged_p_j)
    with pytest.raises(ValueError, match="`changed_share`"):
        cost.energy_for_data_j(ones_share=0.1, changed_share=0.5)


@pytest.mark.soak
def test_monte_carlo_agrees_within_three_standard_errors() -> None:
    from benchmarks.llg_monte_carlo import measure

    assert all(abs(row["standard_errors"]) <= 3.0 for row in measure(20_000))
