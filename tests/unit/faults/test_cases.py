"""Scripts that users brought to `inject`, as they are, against the right figures."""

import runpy
from pathlib import Path

import pytest

CASES = Path(__file__).parents[2] / "cases"
PLAIN = "{'activation': 64, 'weight': 96, 'error': 48}"
"""Two linear layers, 8 x 8 and 8 x 4, with four samples."""

RIGHT = {
    "10-inject-inplace/inplace.py": [
        "{'activation': 32, 'weight': 64, 'error': 32}",
        "relu {'activation': 32, 'weight': 64, 'error': 32}",
        "dropout {'activation': 32, 'weight': 64, 'error': 32}",
        "embedding {'activation': 0, 'weight': 72, 'error': 32}",
    ],
    "11-inject-bf16-autocast/bf16.py": [
        f"{name} {PLAIN}" for name in ("float16", "bfloat16", "autocast")
    ],
    "13-inject-layer-by-keyword/kw.py": ["{'activation': 32, 'weight': 32, 'error': 16}"],
    "15-inject-fused-experts/experts.py": [
        "{'activation': 64, 'weight': 64, 'error': 16} warnings: ['the parameters of Experts "
        "(512 of 580 parameters, 88 %) are never faulted: write errors reach convolution, linear, "
        "embedding and attention layers']"
    ],
    "16-inject-weight-norm/wn.py": [
        *(f"{how} {PLAIN} []" for how in ("plain", "weight_norm", "spectral_norm", "orthogonal")),
        "{'activation': 32, 'weight': 64, 'error': 32}",
    ],
}  # fmt: skip


def told(script: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a script prints."""
    runpy.run_path(str(CASES / script), run_name="__main__")
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("script", RIGHT)
def test_what_is_written_and_told(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(script, capsys) == RIGHT[script]


def test_a_gradient_penalty_trains_the_weights(capsys: pytest.CaptureFixture[str]) -> None:
    clean, injected = told("18-inject-double-backward/gp.py", capsys)
    assert clean == "clean [-0.00577, 0.02205]"
    gradients = [float(each) for each in injected.partition("[")[2].rstrip("]").split(",")]
    assert gradients == pytest.approx([-0.006, 0.022], abs=1e-3)  # int8 rounds


def test_evaluation_has_no_faults(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated, switched = told("19-inject-eval-mode/ev.py", capsys)
    _, first, second, _, hits = evaluated.split()
    assert first == second
    assert hits == "0"
    assert switched.split()[-2:] == [first, second]


def test_copies_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    copies, saved, loaded, again = told("21-inject-copy-pickle-state/copy_.py", capsys)
    assert copies == "model without faults: True its copy: True"
    assert saved == "torch.save None"
    assert loaded.endswith("<All keys matched successfully>")
    assert again.startswith("inject again ValueError faults are in `0` (Linear) already: call")
