"""The models' figures for ten designs: they change only together with the models' version.

Where they are meant to change, raise `MODEL_VERSION` in `evaluators/energy/version.py` and write
the new figures with `python -m tests.unit.energy.test_version`.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from evaluators.design import DesignPoint, SystolicArray
from evaluators.energy import baseline_design, nominal_design, version
from evaluators.evaluate import score
from evaluators.profiles import error_profile
from evaluators.scenario import Scenario
from search_spaces import heterogeneous, split_bits
from search_spaces.axes import Choice

FIGURES: Final = Path(__file__).with_name("figures_of_models.json")
SMALL: Final = Scenario(network="lenet5")
VALUES: Final[dict[str, Any]] = {
    "write_voltage_v": 0.8, "pulse_width_s": 8e-9, "activation_technology": "stt_mram",
    "weight_technology": "stt_mram", "error_technology": "sram", "activation_reliable_bits": 2,
    "weight_reliable_bits": 3, "error_reliable_bits": 2, "array_rows": 64, "array_cols": 32,
    "activation_capacity_bytes": 2**21, "weight_capacity_bytes": 2**22,
    "error_capacity_bytes": 2**20,
}  # fmt: skip


def gentle(**changes: Any) -> DesignPoint:
    return heterogeneous.SPACE.decode({**VALUES, **changes})


def designs() -> dict[str, tuple[DesignPoint, Scenario]]:
    """Each part of the models is in at least one."""
    array = SystolicArray(rows=128, cols=128)
    large = Scenario(network="resnet18", batch_size=16, number_format="bf16")
    area = replace(SMALL, sizing="iso_area", temperature_k=300.0, node_nm=22)
    axes = split_bits.SPACE.axes(bits=8)
    split: dict[str, Any] = {a.name: a.options[0] for a in axes if isinstance(a, Choice)}
    fast = replace(SMALL, cell="llc_fast")
    return {
        "SRAM": (baseline_design(SMALL, array), SMALL),
        "nominal writes": (nominal_design(SMALL, array), SMALL),
        "SRAM of a large network": (baseline_design(large, array), large),
        "nominal writes of a large network": (nominal_design(large, array), large),
        "gentle writes": (gentle(), SMALL),
        "gentler writes": (gentle(write_voltage_v=0.6, pulse_width_s=5e-9), SMALL),
        "all of it MRAM": (gentle(error_technology="stt_mram"), SMALL),
        "MRAM of equal area": (gentle(), area),
        "another cell": (nominal_design(fast, array), fast),
        "bits split": (split_bits.SPACE.decode({**VALUES, **split}), SMALL),
    }


def figures() -> dict[str, dict[str, float]]:
    found = {}
    for name, (design, scenario) in designs().items():
        (scored,) = score([design], scenario)
        assert scored.energy is not None, (name, scored.reason)
        profile = error_profile(scored.design, scenario)
        worst = {f"{kind}_errors": sum(errors.to_one) + sum(errors.to_zero)
                 for kind, errors in profile}  # fmt: skip
        energy = {
            f: getattr(scored.energy, f)
            for f in scored.energy.__dataclass_fields__
            if f not in ("bound", "leakage_energy_j")
        }
        found[name] = {**energy, **worst}
    return found


def test_figures_change_only_with_the_version() -> None:
    kept = json.loads(FIGURES.read_text())
    told = "raise MODEL_VERSION and write the figures anew, if they are meant to change"
    assert kept["version"] == version.MODEL_VERSION, told
    here = figures()
    assert here.keys() == kept["figures"].keys()
    for name, wanted in kept["figures"].items():
        assert here[name] == pytest.approx(wanted, rel=1e-9, abs=0.0), f"{name}: {told}"


CONSTANTS: Final = {"LEAKAGE_DENSITY_RATIO": 0.301, "REGISTER_BIT_45NM_J": 7.6e-15}


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_that_changes_is_seen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(f"evaluators.energy.logic.{name}", CONSTANTS[name])
    with pytest.raises(AssertionError, match="raise MODEL_VERSION"):
        test_figures_change_only_with_the_version()


def main() -> None:
    """Write the figures of a new version."""
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {"version": 0}
    assert kept["version"] < version.MODEL_VERSION, "raise MODEL_VERSION first"
    told = {"version": version.MODEL_VERSION, "figures": figures()}
    FIGURES.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
