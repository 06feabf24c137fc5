"""One small model of each family that users bring: its defining operators, nothing else."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class InvertedResidual(nn.Module):
    """MobileNet v3, EfficientNet: expand, depthwise, squeeze and excite, project."""

    def __init__(self) -> None:
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(8, 24, 1, bias=False), nn.BatchNorm2d(24))
        self.depth = nn.Conv2d(24, 24, 3, padding=1, groups=24, bias=False)
        self.squeeze, self.excite = nn.Conv2d(24, 6, 1), nn.Conv2d(6, 24, 1)
        self.project = nn.Conv2d(24, 8, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.depth(functional.hardswish(self.expand(x), inplace=True))
        scale = self.excite(functional.relu(self.squeeze(functional.adaptive_avg_pool2d(y, 1))))
        result: Tensor = x + self.project(y * functional.hardsigmoid(scale))
        return result


class DenseBlock(nn.Module):
    """DenseNet: each layer reads all before it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(8 + 4 * i, 4, 3, padding=1) for i in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, torch.relu_(layer(x))], 1)
        return x


class ShiftedWindows(nn.Module):
    """Swin: attention within windows of 4 x 4 that are rolled, a bias by position."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.bias = nn.Parameter(torch.zeros(2, 16, 16))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.roll(x.permute(0, 2, 3, 1), (2, 2), (1, 2))
        batch, height, width, channels = x.shape
        x = x.reshape(batch, height // 4, 4, width // 4, 4, channels)
        x = x.transpose(2, 3).reshape(-1, 16, channels)
        q, k, v = self.qkv(x).view(-1, 16, 3, 2, 4).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-2, -1)) / 2 + self.bias
        result: Tensor = self.out((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))
        return result


class Llama(nn.Module):
    """Root-mean-square norm, rotary positions, four query heads on two, gated feed-forward."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 32)
        self.norm = nn.RMSNorm(32)
        self.q, self.k, self.v = (nn.Linear(32, n, bias=False) for n in (32, 16, 16))
        self.gate, self.up = nn.Linear(32, 64, bias=False), nn.Linear(32, 64, bias=False)
        self.down, self.head = nn.Linear(64, 32, bias=False), nn.Linear(32, 50, bias=False)

    def forward(self, input_ids: Tensor) -> dict[str, Tensor]:
        x = self.words(input_ids)
        q, k, v = (f(self.norm(x)).unflatten(-1, (-1, 8)) for f in (self.q, self.k, self.v))
        angles = torch.arange(x.shape[1], device=x.device)[:, None, None].expand(-1, 1, 8)
        q, k = (t * angles.cos() + t.flip(-1) * angles.sin() for t in (q, k))
        q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
        k, v = (t[:, :, None].expand(-1, -1, 2, -1, -1).flatten(1, 2) for t in (k, v))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + y.transpose(1, 2).flatten(2)
        x = x + self.down(functional.silu(self.gate(x)) * self.up(x))
        return {"logits": self.head(x)}


class Experts(nn.Module):
    """Mixtral with all experts asked: weights of experts in one parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.router = nn.Linear(8, 3, bias=False)
        self.up = nn.Parameter(torch.randn(3, 8, 16))
        self.down = nn.Parameter(torch.randn(3, 16, 8))

    def forward(self, x: Tensor) -> Tensor:
        weights = self.router(x).softmax(-1)
        each = torch.bmm(torch.bmm(x.expand(3, -1, -1), self.up).relu(), self.down)
        return torch.einsum("te,etd->td", weights, each)


class MixtralBlock(nn.Module):
    """Grouped-query attention, then two of four experts a token, as the router chooses."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.RMSNorm(64) for _ in range(2))
        self.q, self.k, self.v, self.o = (nn.Linear(64, n, bias=False) for n in (64, 32, 32, 64))
        self.router = nn.Linear(64, 4, bias=False)
        self.gate_up = nn.Parameter(torch.randn(4, 256, 64) * 0.05)
        self.down = nn.Parameter(torch.randn(4, 64, 128) * 0.05)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norms[0](x)
        q, k, v = (f(y).unflatten(-1, (-1, 16)).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + self.o(y.transpose(1, 2).flatten(2))
        tokens = self.norms[1](x).flatten(0, 1)
        shares, asked = self.router(tokens).softmax(-1).topk(2)
        found = torch.zeros_like(tokens)
        for expert in range(4):
            token, place = torch.where(asked == expert)
            gate, up = functional.linear(tokens[token], self.gate_up[expert]).chunk(2, -1)
            made = functional.linear(functional.silu(gate) * up, self.down[expert])
            found = found.index_add(0, token, made * shares[token, place, None])
        return x + found.view_as(x)


def mixtral() -> nn.Module:
    """Of the sizes of `tests/cases/32-capture-huggingface`."""
    return nn.Sequential(nn.Embedding(100, 64), MixtralBlock(), MixtralBlock(), nn.RMSNorm(64),
                         nn.Linear(64, 100, bias=False))  # fmt: skip


class Scan(nn.Module):
    """Mamba: a causal depthwise convolution and a recurrence step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.out = nn.Linear(8, 16), nn.Linear(8, 8)
        self.conv = nn.Conv1d(8, 8, 4, padding=3, groups=8)
        self.project = nn.Linear(8, 9)
        self.rates = nn.Parameter(torch.randn(8, 4))

    def forward(self, x: Tensor) -> Tensor:
        x, gate = self.inside(x).chunk(2, -1)
        x = functional.silu(self.conv(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2))
        b, c, step = self.project(x).split([4, 4, 1], -1)
        state = x.new_zeros(x.shape[0], 8, 4)
        results = []
        for t in range(x.shape[1]):
            decay = torch.exp(functional.softplus(step[:, t, :, None]) * self.rates)
            state = decay * state + x[:, t, :, None] * b[:, t, None]
            results.append((state @ c[:, t, :, None]).squeeze_(-1))
        y: Tensor = self.out(torch.stack(results, 1) * functional.silu(gate))
        return y


class UNet(nn.Module):
    """Down, up by a transposed convolution, skip by concatenation."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.down = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, 2, 1)
        self.up, self.last = nn.ConvTranspose2d(8, 4, 2, 2), nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip = functional.group_norm(self.first(x), 2)
        y = self.up(functional.mish(self.down(skip), inplace=True))
        result: Tensor = self.last(torch.cat([skip, y], 1))
        return functional.interpolate(result, scale_factor=2, mode="bilinear")
