"""Modules whose inputs, batches or products are not those of an image classifier."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class Tagger(nn.Module):
    """Embeds, reads (time, batch) as recurrent layers do by default; may look at values."""

    def __init__(self, *, looks: bool = False) -> None:
        super().__init__()
        self.embed, self.read, self.tag = nn.Embedding(50, 8), nn.LSTM(8, 16), nn.Linear(16, 3)
        self.looks = looks

    def forward(self, tokens: Tensor) -> Tensor:
        y: Tensor = self.tag(self.read(self.embed(tokens))[0])
        if self.looks and y.mean().item() > 1e9:
            return y * 2
        return y


class Turned(nn.Module):
    """Takes the batch first and turns it for the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.GRU(8, 16)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.read(x.transpose(0, 1))[0]
        return y


@dataclass(frozen=True)
class Batch:
    """A batch with what does not belong to the pass."""

    x: Tensor
    names: tuple[str, ...] = ("a", "b")


class OneBatch(nn.Module):
    """Takes one container with `x`, and returns an object."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, batch: Any) -> SimpleNamespace:
        x = batch["x"] if isinstance(batch, Mapping) else batch.x
        return SimpleNamespace(y=self.linear(x), name="result")


class Named(nn.Module):
    """Takes keyword arguments only."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, *, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y: Tensor = self.linear(x)
        return y if mask is None else y * mask


class AnyName(nn.Module):
    """Takes whatever stands in a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, **batch: Tensor) -> Tensor:
        y: Tensor = self.linear(batch["x"])
        return y


class Masked(nn.Module):
    """Takes a tensor, and a mask by position or by name."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y: Tensor = self.linear(x)
        return y if mask is None else y * mask


class FindsNothing(nn.Module):
    """Two layers; joins the best of each sample, of which there are none: a gradient of zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(8, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        scores = self.head(self.body(x)).sigmoid()
        return torch.cat([part[part > 2].topk(0)[0] for part in scores])


class Detector(nn.Module):
    """Of a list of images keeps what scores high: nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 1)

    def forward(self, images: list[Tensor], targets: Any = None) -> list[dict[str, Tensor]]:
        scores = self.head(self.body(torch.stack(images))).sigmoid()
        found = []
        for image in scores:
            values, labels = image.flatten(1).max(0)
            keep = values > 2
            found.append({"scores": values[keep].clamp(0, 1), "labels": labels[keep]})
        return found


class Graph(nn.Module):
    """One graph convolution by a sparse adjacency, or by a list of edges."""

    def __init__(self, adjacency: Tensor | None = None, *, by_sparse_mm: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(12, 4, bias=False)
        self.register_buffer("adjacency", adjacency)
        self.by_sparse_mm = by_sparse_mm

    def forward(self, x: Tensor, edges: Tensor | None = None) -> Tensor:
        y: Tensor = self.linear(x)
        if edges is not None:
            return torch.zeros_like(y).index_add(0, edges[1], y[edges[0]])
        adjacency: Any = self.adjacency
        result: Tensor = torch.sparse.mm(adjacency, y) if self.by_sparse_mm else adjacency @ y
        return result


class Complex(nn.Module):
    """A product of complex values."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 4, dtype=torch.complex64))

    def forward(self, x: Tensor) -> Tensor:
        return (x @ self.weight).abs()


class GroupedQueries(nn.Module):
    """Eight query heads on fewer key heads, repeated in one of the usual ways."""

    def __init__(self, heads: int, how: str) -> None:
        super().__init__()
        self.q, self.how = nn.Linear(32, 128, bias=False), how
        self.k, self.v = (nn.Linear(32, heads * 16, bias=False) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        parts = (self.q(x), self.k(x), self.v(x))
        q, k, v = (part.unflatten(-1, (-1, 16)).transpose(1, 2) for part in parts)
        times = q.shape[1] // k.shape[1]
        if self.how == "repeat_interleave":
            k, v = (part.repeat_interleave(times, 1) for part in (k, v))
        elif self.how == "repeat":
            k, v = (part.repeat(1, times, 1, 1) for part in (k, v))
        elif self.how == "expand":
            k, v = (
                part[:, :, None].expand(-1, -1, times, -1, -1).flatten(1, 2) for part in (k, v)
            )
        elif self.how == "index":
            k, v = (part[:, torch.arange(q.shape[1], device=x.device) // times] for part in (k, v))
        if self.how == "repeat":
            result: Tensor = (q @ k.transpose(-1, -2) / 4).softmax(-1) @ v
            return result
        return functional.scaled_dot_product_attention(
            q, k, v, enable_gqa=self.how == "enable_gqa"
        )


class ViewsInPlace(nn.Module):
    """Every in-place view there is, and some in-place functions."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(x).unsqueeze_(0).squeeze_(0).t_().transpose_(0, 1)
        y = y.swapaxes_(0, 1).swapdims_(0, 1).as_strided_(y.shape, y.stride())
        return functional.mish(y.abs_(), inplace=True)


class Silent(nn.Module):
    """Fails without a word."""

    def forward(self, x: Tensor) -> Tensor:
        raise AssertionError


class NoGradient(nn.Module):
    """Returns classes, which have no gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(x)
        return y.argmax(-1)
