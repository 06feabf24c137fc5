"""Small PyTorch models that the capture tests record."""

import torch
from torch import Tensor, nn


class BasicBlock(nn.Module):
    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or channels != out:
            convolution = nn.Conv2d(channels, out, 1, stride, bias=False)
            self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += self.downsample(x)
        result: Tensor = self.relu(y)
        return result


def resnet18() -> nn.Module:
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    ]
    channels = 64
    for out in (64, 128, 256, 512):
        layers.append(BasicBlock(channels, out, 1 if out == 64 else 2))
        layers.append(BasicBlock(out, out, 1))
        channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


class Residual(nn.Module):
    """Two branches, one linear layer used twice, an embedding that is also the output."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(20, 8)
        self.mix = nn.Linear(8, 8)
        self.out = nn.Linear(8, 20, bias=False)
        self.out.weight = self.words.weight

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.words(tokens)
        y: Tensor = self.out(self.mix(torch.relu(self.mix(x))) + x)
        return y


class LooksAtValues(nn.Module):
    """Decides by a value: cannot run without data. `looks` switches that off."""

    def __init__(self, *, looks: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.norm = nn.BatchNorm2d(4)
        self.rnn = nn.LSTM(9, 6, batch_first=True)
        self.out = nn.Linear(6, 2)
        self.looks = looks

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.conv(x)).flatten(2)
        if self.looks and y.mean().item() > 1e9:
            return y
        result: Tensor = self.out(self.rnn(y)[0])
        return result


class Attention(nn.Module):
    """Fused attention, an einsum over heads, and learned queries."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(1, 3, 8))
        self.heads = nn.Parameter(torch.randn(2, 8, 4))
        self.q = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        queries = self.q(self.queries.expand(x.shape[0], -1, -1))
        keys = torch.einsum("bnd,hde->bhne", x, self.heads)
        wanted = queries.unflatten(-1, (2, 4)).transpose(1, 2)
        y: Tensor = nn.functional.scaled_dot_product_attention(wanted, keys, keys)
        return y


class Masked(nn.Module):
    """Keeps the positive values: how many depends on the data."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(x)
        return y[y > 0]


class Fourier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = torch.fft.rfft(self.linear(x)).real
        return y


class OwnGradient(torch.autograd.Function):
    """A product with a gradient of its own, over a copy of what it saved."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx: object, *grads: Tensor) -> tuple[Tensor, Tensor]:
        x, w = ctx.saved_tensors  # type: ignore[attr-defined]
        return grads[0] @ w.t(), x.t().contiguous() @ grads[0]


class Custom(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.weight = nn.Parameter(torch.randn(8, 3))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = OwnGradient.apply(self.linear(x), self.weight)  # type: ignore[no-untyped-call]
        return y
