"""Scripts that users brought to capture, as they are, against the right figures."""

import runpy
from pathlib import Path

import pytest

CASES = Path(__file__).parents[1] / "cases"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def told(script: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a script prints; it shows the warnings of capture itself, in brackets."""
    runpy.run_path(str(CASES / script), run_name="__main__")
    return capsys.readouterr().out.splitlines()


def test_sparse_adjacency(capsys: pytest.CaptureFixture[str]) -> None:
    csr, coo = told("36-capture-sparse-adjacency/gcn.py", capsys)
    edges = 10_547  # distinct ones of the 10,556 that the script draws
    forward, sparse = 2708 * 1433 * 16 + edges * 16, edges * 16
    figures = {"FORWARD": forward, "WEIGHT_GRADIENT": 2708 * 1433 * 16, "INPUT_GRADIENT": sparse}
    assert csr == f"csr batch 1 {figures} parameters 22928 []"
    assert coo == csr.replace("csr", "coo", 1)


def test_operands_of_grouped_queries(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told("38-capture-gqa-operands/gqa.py", capsys)
    assert [line.split("stash")[0].strip() for line in lines[1::2]] == [
        f"key operand [{keys}, {keys}]" for keys in (2560, 640, 320)
    ]
    assert "'FORWARD': 174080, 'WEIGHT_GRADIENT': 122880, 'INPUT_GRADIENT': 102400" in lines[2]


def test_recurrent_layers_and_views_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    gru, view = told("39-capture-recurrent-warning/gru.py", capsys)
    assert "'FORWARD': 42000" in gru
    assert "'FORWARD': 32" in view
    assert gru.endswith("[]")
    assert view.endswith("[]")


def test_flexible_attention(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = told("41-capture-flex-attention/flex.py", capsys)
    assert "on the meta device ValueError: FlexAttention is only supported" in line
    assert "on real tensors NotImplementedError" in line
