"""66 models of three libraries against PyTorch's counter, by hand where they are installed.

`pip install torchvision timm transformers`, then
`python -m pytest tests/unit/test_capture_soak.py -m soak`. PyTorch's counter takes fused attention
on a CPU and grouped products for nothing: it is given the plain attention, and told the others.
"""

import warnings
from importlib.util import find_spec
from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from evaluators.capture import capture
from evaluators.capture.inputs import bound
from evaluators.workload import Phase
from tests.unit.soak_models import NAMES, build


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
