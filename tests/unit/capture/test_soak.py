"""68 models of three libraries against PyTorch's counter, by hand where they are installed.

`pip install torchvision timm transformers`, then
`python -m pytest tests/unit/capture/test_soak.py -m soak`. PyTorch's counter takes fused attention
on a CPU and grouped products for nothing: it is given the plain attention, and told the others.
"""

import os
import re
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from evaluators.capture import capture
from evaluators.capture.inputs import bound
from evaluators.workload import Phase
from tests.unit.capture.soak_models import NAMES, build

CASES = Path(__file__).parents[2] / "cases"


def grouped_products(x: Any, weights: Any, *_: Any, **__: Any) -> int:
    """What torch 2.13 counts as nothing: rows sorted by expert, each by its expert's matrix."""
    return 2 * int(x[0]) * int(x[1]) * int(weights[-1])


@pytest.mark.soak
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", NAMES)
def test_forward_macs_and_parameters_equal_pytorchs(name: str) -> None:
    library = name.partition("/")[0]
    if find_spec(library) is None:
        pytest.skip(f"needs {library}, which is not installed")
    module, inputs = build(name)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = capture(module, *inputs)
    taken = bound(module, inputs)
    counter = FlopCounterMode(
        display=False, custom_mapping={torch.ops.aten._grouped_mm: grouped_products}
    )
    with sdpa_kernel(SDPBackend.MATH), counter:
        module(*taken.positional, **taken.keywords)
    assert found.macs(Phase.FORWARD) == counter.get_total_flops() // 2
    assert found.parameters == sum(p.numel() for p in module.parameters() if p.requires_grad)
    assert found.batch_size == 2
    assert [str(x.message) for x in told if "not counted" in str(x.message)] == []


TORCHVISION = """
resnet18 mobilenet_v2 mobilenet_v3_small efficientnet_b0 efficientnet_v2_s shufflenet_v2_x0_5
squeezenet1_0 densenet121 regnet_y_400mf convnext_tiny swin_t swin_v2_t vit_b_32 mnasnet0_5
maxvit_t googlenet resnext50_32x4d wide_resnet50_2
"""
SCRIPTS: dict[str, list[str]] = {
    "30-capture-torchvision/models.py": TORCHVISION.split(),
    "31-capture-timm/models.py": ["nextvit_small", "hiera_tiny_224", "levit_128s"],
    "32-capture-huggingface/mixtral.py": [],
}
"""What users brought, and the models that they ask for."""


@pytest.mark.soak
@pytest.mark.parametrize("script", SCRIPTS)
def test_what_users_ran_prints_the_right_products(script: str, tmp_path: Path) -> None:
    library = {"30": "torchvision", "31": "timm", "32": "transformers"}[script[:2]]
    if find_spec(library) is None:
        pytest.skip(f"needs {library}, which is not installed")
    (tmp_path / "tvstub.py").touch()  # one before it may mend a broken installation
    file = CASES / script
    path = os.pathsep.join([*sys.path, str(tmp_path)])
    ran = subprocess.run(
        [sys.executable, file, *SCRIPTS[script]], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    lines = [line for line in ran.stdout.splitlines() if line]
    if script.startswith("32"):
        assert lines == (file.parent / "output.txt").read_text().splitlines()
        return
    assert len(lines) == len(SCRIPTS[script])
    for line in lines:
        told = re.findall(r"\b(fwd|torch|params|true) ([\d,]+)", line)
        figures = {name: int(figure.replace(",", "")) for name, figure in told}
        assert figures["fwd"] == figures["torch"], line
        assert figures["params"] == figures["true"], line
