"""What `dse network` prints."""

import json

import pytest

from dse.commands.network import show_network
from dse.mistakes import UserError
from evaluators.networks import network
from evaluators.workload import Phase


def test_json_holds_the_figures_of_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    show_network("lenet5", 4, as_json=True, per_layer=True)
    told = json.loads(capsys.readouterr().out)
    found = network("lenet5", 4)
    assert told["parameters"] == 61_706
    assert sum(told[f"macs_{phase.value}"] for phase in Phase) == told["macs"] == found.macs()
    assert sum(row["macs"] for row in told["by_layer"]) == found.macs()
    curve = list(told["offchip_gb_by_mib"].values())
    assert curve == sorted(curve, reverse=True)
    assert min(told[f"{kind}_reads"] for kind in ("activation", "weight", "error")) > 0


def test_text_names_the_network_and_its_batch(capsys: pytest.CaptureFixture[str]) -> None:
    show_network("lenet5", 4, as_json=False)
    told = capsys.readouterr().out
    assert told.startswith("lenet5: one training step of 4 samples")
    assert "61,706" in told


def test_unknown_network_is_the_users_mistake() -> None:
    with pytest.raises(UserError, match="did you mean 'lenet5'"):
        show_network("lenet", 4, as_json=False)
