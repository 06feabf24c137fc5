"""What capture counts: families of models, repeated, sparse and complex operands."""

import warnings

import pytest
import torch
from torch import Tensor, nn

from evaluators.capture import capture
from evaluators.workload import Phase
from tests.unit.capture.model_families import (
    DenseBlock,
    Experts,
    InvertedResidual,
    Llama,
    Scan,
    ShiftedWindows,
    UNet,
    mixtral,
)
from tests.unit.capture.odd_inputs import Complex, Graph, GroupedQueries, ViewsInPlace
from tests.unit.capture.pytorch_counter import counted_by_torch, products

FAMILIES: dict[str, tuple[nn.Module, Tensor]] = {
    "mobilenet": (InvertedResidual(), torch.randn(4, 8, 8, 8)),
    "densenet": (DenseBlock(), torch.randn(4, 8, 8, 8)),
    "swin": (ShiftedWindows(), torch.randn(4, 8, 8, 8)),
    "llama": (Llama(), torch.zeros(4, 6, dtype=torch.long)),
    "mixtral": (Experts(), torch.randn(6, 8)),
    "mamba": (Scan(), torch.randn(4, 6, 8)),
    "u-net": (UNet(), torch.randn(4, 3, 8, 8)),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_families_equal_torchs_own_counter(name: str) -> None:
    module, x = FAMILIES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = capture(module, x)
    assert found.macs() == counted_by_torch(module, x)
    assert found.parameters == sum(p.numel() for p in module.parameters())


def test_tokens_ask_two_of_four_experts() -> None:
    found = capture(mixtral(), torch.zeros(2, 16, dtype=torch.long))
    projections, attention, router, head = 786_432, 131_072, 16_384, 204_800
    experts = 2 * 32 * 2 * (64 * 256 + 128 * 64)  # two blocks, 32 tokens, two experts each
    forward = projections + attention + router + head + experts
    assert found.macs(Phase.FORWARD) == forward == 4_284_416
    assert found.macs(Phase.WEIGHT_GRADIENT) == forward - attention == 4_153_344
    assert found.macs(Phase.INPUT_GRADIENT) == forward + attention == 4_415_488
    assert found.parameters == 234_816


WAYS = ["enable_gqa", "repeat_interleave", "repeat", "expand", "index"]


@pytest.mark.parametrize(("heads", "keys"), [(8, 2560), (2, 640), (1, 320)])
@pytest.mark.parametrize("how", WAYS)
def test_keys_and_values_of_grouped_queries_have_their_true_sizes(
    how: str, heads: int, keys: int
) -> None:
    found = capture(GroupedQueries(heads, how), torch.zeros(2, 10, 32))
    forward = [
        g for x in found.layers for g in x.gemms if x.name[0] == "(" and g.phase is Phase.FORWARD
    ]
    assert [gemm.b_elements for gemm in forward] == [keys, keys]
    assert {gemm.macs for gemm in forward} == {2 * 8 * 10 * 10 * 16}
    stash = sum(layer.stash_elements for layer in found.layers)
    picks = 16 if how == "index" else 0  # the indices are kept, too
    assert stash - picks in (9920 - 2 * (2560 - keys), 9920 - 2 * (2560 - keys) + picks)


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support:UserWarning")
@pytest.mark.parametrize("layout", ["coo", "csr", "csc", "sparse.mm"])
def test_sparse_adjacency_counts_its_values(layout: str) -> None:
    dense = (torch.rand(30, 30, generator=torch.Generator().manual_seed(0)) < 0.1).float()
    values = int(dense.sum())
    adjacency = {"csr": dense.to_sparse_csr, "csc": dense.to_sparse_csc}.get(
        layout, dense.to_sparse
    )()
    module = Graph(adjacency, by_sparse_mm=layout == "sparse.mm")
    found = capture(module, torch.zeros(30, 12))
    assert found.macs(Phase.FORWARD) == 30 * 12 * 4 + values * 4
    assert found.macs(Phase.WEIGHT_GRADIENT) == 30 * 12 * 4
    assert found.macs(Phase.INPUT_GRADIENT) == values * 4
    sparse = next(g for g in products(found, Phase.FORWARD) if g.macs == values * 4)
    assert values in (sparse.a_elements, sparse.b_elements)


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support:UserWarning")
def test_graph_that_a_user_brought_counts_the_same_both_ways() -> None:
    generator = torch.Generator().manual_seed(0)
    edges = torch.randint(0, 2708, (2, 10_556), generator=generator)
    coo = torch.sparse_coo_tensor(
        edges, torch.ones(10_556), (2708, 2708), check_invariants=True
    ).coalesce()
    values = coo.values().numel()  # of 10,556 drawn edges some are equal
    for adjacency in (coo, coo.to_sparse_csr()):
        module = Graph(adjacency)
        module.linear = nn.Linear(1433, 16, bias=False)
        found = capture(module, torch.zeros(2708, 1433))
        assert found.macs(Phase.FORWARD) == 62_089_024 + values * 16
        assert found.macs(Phase.INPUT_GRADIENT) == values * 16
        assert found.macs(Phase.WEIGHT_GRADIENT) == 62_089_024


def test_complex_product_is_four_real_ones() -> None:
    found = capture(Complex(), torch.zeros(2, 8, dtype=torch.complex64))
    (forward,) = products(found, Phase.FORWARD)
    assert forward.macs == forward.m * forward.n * forward.k == 4 * 2 * 8 * 4
    assert (forward.a_elements, forward.b_elements, forward.c_elements) == (32, 64, 16)
    assert found.parameters == 2 * 8 * 4


@pytest.mark.parametrize("directions", [1, 2])
def test_recurrent_layer_of_a_user_counts_without_a_warning(directions: int) -> None:
    module = nn.GRU(10, 20, 2, batch_first=True, bidirectional=directions == 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = capture(module, torch.zeros(2, 5, 10))
        capture(ViewsInPlace(), torch.zeros(2, 8))
    second = 60 * (20 * directions + 20)
    assert found.macs(Phase.FORWARD) == 10 * directions * (60 * 30 + second)
    assert directions == 2 or found.macs(Phase.FORWARD) == 42_000


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_flexible_attention_is_refused_with_both_reasons() -> None:
    from torch.nn.attention.flex_attention import flex_attention

    class Flexible(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.q = nn.Linear(32, 96)

        def forward(self, x: Tensor) -> Tensor:
            parts = self.q(x).chunk(3, -1)
            q, k, v = (y.unflatten(-1, (2, 16)).transpose(1, 2) for y in parts)
            result: Tensor = flex_attention(q, k, v)
            return result

    with pytest.raises(ValueError, match=r"on the meta device .*Flex.*; on real tensors .*Flex"):
        capture(Flexible(), torch.zeros(2, 16, 32))
