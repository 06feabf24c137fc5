"""Sixty models of three libraries against PyTorch's counter, by hand where they are installed.

`pip install torchvision timm transformers`, then
`python -m pytest tests/unit/test_capture_soak.py -m soak`.
"""

import warnings
from importlib.util import find_spec

import pytest
from torch.utils.flop_counter import FlopCounterMode

from evaluators.networks.capture import capture
from evaluators.networks.inputs import bound
from evaluators.workload import Phase
from tests.unit.soak_models import NAMES, build


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
    with FlopCounterMode(display=False) as counter:
        module(*taken.positional, **taken.keywords)
    assert found.macs(Phase.FORWARD) == counter.get_total_flops() // 2
    assert found.parameters == sum(p.numel() for p in module.parameters() if p.requires_grad)
    assert found.batch_size == 2
    assert [str(x.message) for x in told if "not counted" in str(x.message)] == []
