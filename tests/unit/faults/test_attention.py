"""Products of two activations, however attention is written."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.unit.faults.injected import stepped


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


ATTEND: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "operators": lambda q, k, v: torch.softmax(q @ k.transpose(1, 2), -1) @ v,
    "einsum": lambda q, k, v: torch.einsum(
        "bts,bsd->btd", torch.softmax(torch.einsum("btd,bsd->bts", q, k), -1), v),
    "einsum of a list": lambda q, k, v: torch.einsum(
        "bts,bsd->btd", [torch.softmax(torch.einsum("btd,bsd->bts", [q, k]), -1), v]),
    "keywords": lambda q, k, v: torch.matmul(
        input=torch.softmax(torch.matmul(q, other=k.transpose(1, 2)), -1), other=v),
    "bmm": lambda q, k, v: torch.softmax(q.bmm(mat2=k.transpose(1, 2)), -1).bmm(v),
    "baddbmm": lambda q, k, v: torch.bmm(torch.softmax(torch.baddbmm(
        torch.zeros(1, 5, 5), batch1=q, batch2=k.transpose(1, 2)), -1), v),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTEND)
def test_attention_however_it_is_written(name: str) -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(16, 48)

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            return ATTEND[name](q, k, v)

    # input, three operands and the scores; projection, scores and result
    assert stepped(Own(), torch.randn(2, 5, 16)) == [160 + 3 * 160 + 50, 768, 480 + 50 + 160]


@pytest.mark.parametrize("by_keyword", [False, True])
def test_fused_attention_by_keyword(by_keyword: bool) -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(16, 48)
            self.mix = nn.MultiheadAttention(16, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            if by_keyword:
                y = functional.scaled_dot_product_attention(query=q, key=k, value=v)
                out: Tensor = self.mix(query=y, key=y, value=y)[0]
            else:
                y = functional.scaled_dot_product_attention(q, k, v)
                out = self.mix(y, y, y)[0]
            return out

    fused = [160 + 480, 768, 480 + 160]
    own = [160 + 480 + 2 * 2 * 25 + 160, 4 * 256, 480 + 2 * 2 * 25 + 160 + 160]
    told = [a + b for a, b in zip(fused, own, strict=True)]
    assert stepped(Own(), torch.randn(2, 5, 16)) == told
