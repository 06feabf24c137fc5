"""Capture against PyTorch's own counter, and what a captured network says."""

import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from evaluators.capture import UnknownOperatorWarning, capture
from evaluators.networks import network
from evaluators.workload import Operand, Phase
from tests.unit.pytorch_counter import counted_by_torch, products
from tests.unit.torch_models import (
    Attention,
    Custom,
    Fourier,
    LooksAtValues,
    Masked,
    Residual,
    resnet18,
)

ROOT = Path(__file__).parents[2]


def encoder() -> nn.Module:
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    return nn.TransformerEncoder(layer, 2)


IMAGES = torch.randn(4, 3, 16, 16)
SEQUENCES = torch.randn(4, 6, 16)
TOKENS = torch.zeros(4, 5, dtype=torch.long)
DEPTHWISE = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 16, 3, 2, 1, groups=8))
MODELS: dict[str, tuple[nn.Module, Tensor]] = {
    "resnet": (resnet18(), torch.randn(4, 3, 64, 64)),
    "depthwise": (DEPTHWISE, IMAGES),
    "encoder": (encoder(), SEQUENCES),
    "gru": (nn.GRU(16, 8, 2, bidirectional=True), SEQUENCES),
    "lstm": (nn.LSTM(16, 8, 2, batch_first=True), SEQUENCES),
    "residual": (Residual(), TOKENS),
    "attention": (Attention(), torch.randn(4, 5, 8)),
    "transposed": (nn.ConvTranspose2d(3, 6, 4, stride=2), IMAGES),
    "volume": (nn.Conv3d(2, 4, 3, stride=2), torch.randn(2, 2, 9, 9, 9)),
    "signal": (nn.Sequential(nn.Conv1d(3, 4, 3), nn.Conv1d(4, 4, 3, 2)), torch.randn(2, 3, 16)),
    "own gradient": (Custom(), torch.randn(4, 8)),
}


@pytest.mark.parametrize("name", MODELS)
def test_macs_equal_torchs_own_counter(name: str) -> None:
    module, x = MODELS[name]
    found = capture(module, x)
    assert found.macs() == counted_by_torch(module, x)
    assert found.parameters == sum(p.numel() for p in module.parameters())


def test_model_that_looks_at_values_equals_torchs_own_counter() -> None:
    module, x = LooksAtValues(), torch.randn(7, 3, 8, 8)
    without_lstm = counted_by_torch(module, x, device="cpu")  # which torch misses on a CPU
    found = capture(module, x)
    recurrent = next(layer for layer in found.layers if layer.name == "rnn")
    assert found.macs() - sum(g.macs for g in recurrent.gemms) == without_lstm
    blind = LooksAtValues(looks=False)
    assert found.macs() == counted_by_torch(blind, x, device="meta")


def test_model_that_looks_at_values_is_carried_on_to_a_large_batch() -> None:
    x = torch.empty(4096, 3, 8, 8, device="meta")
    looking, blind = capture(LooksAtValues(), x), capture(LooksAtValues(looks=False), x)
    for phase in Phase:  # on real tensors an LSTM projects all steps in one product
        assert looking.macs(phase) == blind.macs(phase)
    assert looking.batch_size == 4096


def test_mask_leaves_products_exact() -> None:
    assert capture(Masked(), torch.randn(64, 8)).macs() == 2 * 64 * 8 * 8


def test_captured_resnet18_is_the_table() -> None:
    found = capture(resnet18(), torch.empty(32, 3, 224, 224, device="meta"))
    table = network("resnet18", batch_size=32)
    assert Counter(products(found)) == Counter(products(table))
    assert found.parameters == table.parameters
    kept = [sum(layer.stash_elements for layer in x.layers) for x in (found, table)]
    assert kept[0] == kept[1]


def test_first_layer_has_no_input_gradient() -> None:
    first, second = (x for x in capture(DEPTHWISE, IMAGES).layers if x.gemms)
    assert [g.phase for g in first.gemms] == [Phase.FORWARD, Phase.WEIGHT_GRADIENT]
    assert {g.phase for g in second.gemms} == set(Phase)


def test_grouped_convolution_is_as_many_products_as_groups() -> None:
    last = capture(DEPTHWISE, IMAGES).layers[-1]
    assert {g.count for g in last.gemms} == {8}
    assert {g.macs for g in last.gemms} == {4 * 7 * 7 * 16 * 9}
    strided = next(g for g in last.gemms if g.phase is Phase.INPUT_GRADIENT)
    assert strided.convolution is not None
    assert (strided.m, strided.n, strided.k) == (4 * 14 * 14, 1, 2 * 9)


def test_attention_has_two_products_forward_and_four_backward() -> None:
    found = capture(Attention(), torch.randn(4, 5, 8))
    inner = [g for g in products(found) if g.count == 4 * 2]
    assert Counter(g.phase for g in inner) == {Phase.FORWARD: 2, Phase.INPUT_GRADIENT: 4}
    assert {kind for g in inner for kind in (g.a, g.b)} == {Operand.ACTIVATION, Operand.ERROR}


def test_learned_queries_are_activations_once_the_batch_repeats_them() -> None:
    found = capture(Attention(), torch.randn(4, 5, 8))
    query = next(x for x in found.layers if x.weight == "q.weight")
    (forward,) = (g for g in query.gemms if g.phase is Phase.FORWARD)
    assert (forward.a, forward.b) == (Operand.ACTIVATION, Operand.WEIGHT)


def test_operand_kinds_follow_the_phase() -> None:
    kinds = {
        Phase.FORWARD: (Operand.ACTIVATION, Operand.WEIGHT, Operand.ACTIVATION),
        Phase.INPUT_GRADIENT: (Operand.ERROR, Operand.WEIGHT, Operand.ERROR),
        Phase.WEIGHT_GRADIENT: (Operand.ACTIVATION, Operand.ERROR, Operand.WEIGHT_GRADIENT),
    }
    for name in ("resnet", "depthwise", "gru", "lstm", "residual", "transposed", "own gradient"):
        module, x = MODELS[name]
        for gemm in products(capture(module, x)):
            assert (gemm.a, gemm.b, gemm.c) == kinds[gemm.phase], name


def test_shared_weights_count_once_and_branches_are_inputs() -> None:
    layers = {x.name: x for x in capture(Residual(), TOKENS).layers}
    assert layers["mix"].weight == layers["mix#2"].weight == "mix.weight"
    assert (layers["mix"].parameters, layers["mix#2"].parameters) == (72, 0)
    assert layers["out"].weight == layers["words"].weight
    joined = next(x for x in layers.values() if len(x.inputs) == 2)
    assert set(joined.inputs) == {"mix#2", "words"}


def test_recurrent_layer_is_one_layer_with_a_product_for_each_step() -> None:
    (layer,) = capture(nn.LSTM(16, 8, batch_first=True), SEQUENCES).layers
    forward = {(g.k, g.count) for g in layer.gemms if g.phase is Phase.FORWARD}
    assert forward == {(16, 6), (8, 6)}


def test_frozen_weights_have_no_gradient_and_are_not_counted() -> None:
    module = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 6))
    module[0].requires_grad_(requires_grad=False)
    found = capture(module, torch.randn(3, 4))
    assert found.parameters == 36
    assert [g.phase for g in products(found)].count(Phase.WEIGHT_GRADIENT) == 1
    assert found.macs(Phase.INPUT_GRADIENT) == 0


def test_recomputed_activations_are_forward_products() -> None:
    class Checkpointed(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = checkpoint(super().forward, x, use_reentrant=False)
            return y

    layers = (nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 8))
    plain, again = nn.Sequential(*layers), Checkpointed(*layers)
    x = torch.randn(4, 8)
    once, twice = capture(plain, x), capture(again, x)
    assert twice.macs(Phase.FORWARD) == once.macs(Phase.FORWARD) + 4 * 8 * 16
    assert twice.macs(Phase.WEIGHT_GRADIENT) == once.macs(Phase.WEIGHT_GRADIENT)
    assert twice.macs() == counted_by_torch(again, x)


def test_weight_that_is_computed_from_parameters_stays_a_weight() -> None:
    module = nn.utils.parametrizations.weight_norm(nn.Linear(8, 4))
    found = capture(nn.Sequential(nn.Linear(8, 8), module), torch.randn(4, 8))
    assert found.macs(Phase.WEIGHT_GRADIENT) == found.macs(Phase.FORWARD)


def test_unknown_operators_are_named() -> None:
    with pytest.warns(UnknownOperatorWarning, match=r"aten\._fft_r2c \(1x\)"):
        capture(Fourier(), torch.randn(4, 8))


def test_operators_of_other_libraries_are_named() -> None:
    @torch.library.custom_op("mram_dse_test::triple", mutates_args=())
    def triple(x: Tensor) -> Tensor:
        return x * 3

    triple.register_fake(torch.empty_like)
    triple.register_autograd(lambda _, grad: grad * 3)

    class Foreign(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = triple(self.linear(x))
            return y

    with pytest.warns(UnknownOperatorWarning, match=r"mram_dse_test\.triple"):
        capture(Foreign(), torch.randn(4, 8))


def test_known_operators_are_not_named() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for module, x in MODELS.values():
            capture(module, x)


def test_module_is_left_as_it_was() -> None:
    module = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.Dropout())
    before = {name: value.clone() for name, value in module.state_dict().items()}
    x = torch.randn(4, 8)
    state = torch.random.get_rng_state()
    capture(module, x)
    assert torch.equal(torch.random.get_rng_state(), state)
    after = module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None and p.device.type == "cpu" for p in module.parameters())
    assert not module[0]._forward_hooks


def test_wrong_inputs_are_refused_with_both_reasons() -> None:
    with pytest.raises(ValueError, match=r"cannot capture Linear: on the meta device .* on real"):
        capture(nn.Linear(8, 8), torch.randn(4, 7))


def test_importing_the_package_loads_no_torch_and_the_name_stays_callable() -> None:
    code = (
        "import sys, evaluators.networks as n\n"
        "assert 'torch' not in sys.modules\n"
        "import evaluators.capture.recorder\n"
        "from evaluators.capture import capture\n"
        "import torch\n"
        "assert capture(torch.nn.Linear(2, 2), torch.ones(1, 2)).macs() == 8"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_memory_at_batch_4096_stays_under_400_mb() -> None:
    code = (
        "import re, torch\n"
        "from evaluators.capture import capture\n"
        "from tests.unit.torch_models import resnet18, LooksAtValues\n"
        "capture(resnet18(), torch.empty(4096, 3, 224, 224, device='meta'))\n"
        "capture(LooksAtValues(), torch.empty(4096, 3, 8, 8, device='meta'))\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert float(told.stdout) / 1024 < 400  # of which PyTorch itself is 290
