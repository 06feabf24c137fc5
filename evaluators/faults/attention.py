"""Write errors in attention: products of two activations, which no layer's weight stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from evaluators.design import DataKind
from evaluators.faults.stored_tensor import Memory, gradient_written, written

PROJECTIONS: Final = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
"""Weights that an attention module holds itself."""

PRODUCTS: Final = (torch.matmul, torch.bmm, torch.baddbmm, Tensor.matmul, Tensor.bmm,
                   Tensor.__matmul__)  # fmt: skip


class AttentionProducts(TorchFunctionMode):
    """Writes the operands of products of activations, and the gradients of their results.

    Args:
        memory: makes the memory of a new tensor of a kind.
    """

    def __init__(self, memory: Callable[[DataKind], Memory]) -> None:
        super().__init__()
        self._memory = memory
        self._known: list[Memory] = []
        self._next = 0

    def follow(self, model: nn.Module) -> list[Callable[[], None]]:
        """Watch a module's forward passes; returns what ends it."""
        return [
            model.register_forward_pre_hook(self._start, prepend=True).remove,
            model.register_forward_hook(self._stop, always_call=True).remove,
        ]

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Pass a call on, with its operands written first."""
        kwargs = kwargs or {}
        if func is functional.scaled_dot_product_attention:
            return self._product(func, args, kwargs, places=(0, 1, 2))
        # One fused call: taken apart, as its inner products cannot be reached from outside.
        if func is functional.multi_head_attention_forward:
            return attend(_Call(*args, **kwargs), self._take)
        if func in PRODUCTS:
            # `baddbmm` adds its first argument, which is no factor.
            places = (1, 2) if func is torch.baddbmm else (0, 1)
            operands = [args[place] for place in places if place < len(args)]
            if len(operands) == 2 and all(_activation(operand) for operand in operands):
                return self._product(func, args, kwargs, places=places)
        return func(*args, **kwargs)

    def _product(
        self, func: Any, args: tuple[Any, ...], kwargs: Any, *, places: tuple[int, ...]
    ) -> Any:
        operands = list(args)
        for place in places:
            if place < len(operands):
                operands[place] = written(operands[place], self._take(DataKind.ACTIVATION))
        return gradient_written(func(*operands, **kwargs), self._take(DataKind.ERROR))

    def _take(self, kind: DataKind) -> Memory:
        """The memory of the next tensor: calls come in the same order in every pass."""
        if self._next == len(self._known):
            self._known.append(self._memory(kind))
        self._next += 1
        return self._known[self._next - 1]

    def _start(self, module: nn.Module, inputs: Any) -> None:
        del module, inputs
        self._next = 0
        self.__enter__()  # type: ignore[no-untyped-call]

    def _stop(self, module: nn.Module, inputs: Any, output: Any) -> None:
        del module, inputs, output
        self.__exit__(None, None, None)  # type: ignore[no-untyped-call]


def _activation(operand: Any) -> bool:
    """Whether a tensor is computed, not a parameter or a constant of few axes."""
    # Weights are written by their layer already.
    return isinstance(operand, Tensor) and operand.grad_fn is not None and operand.ndim >= 3


def may_attend(model: nn.Module) -> bool:
    """Whether a module may multiply activations: it attends, or its code is not PyTorch's own."""
    return any(
        isinstance(module, nn.MultiheadAttention)
        or not type(module).__module__.startswith("torch.")
        for module in model.modules()
    )


@dataclass(frozen=True)
class _Call:
    """Arguments of `torch.nn.functional.multi_head_attention_forward`, in its order."""

    query: Tensor
    key: Tensor
    value: Tensor
    embed_dim_to_check: int
    num_heads: int
    in_proj_weight: Tensor | None
    in_proj_bias: Tensor | None
    bias_k: Tensor | None
    bias_v: Tensor | None
    add_zero_attn: bool
    dropout_p: float
    out_proj_weight: Tensor
    out_proj_bias: Tensor | None
    training: bool = True
    key_padding_mask: Tensor | None = None
    need_weights: bool = True
    attn_mask: Tensor | None = None
    use_separate_proj_weight: bool = False
    q_proj_weight: Tensor | None = None
    k_proj_weight: Tensor | None = None
    v_proj_weight: Tensor | None = None
    static_k: Tensor | None = None
    static_v: Tensor | None = None
    average_attn_weights: bool = True
    is_causal: bool = False

    def projections(self) -> list[tuple[Tensor, Tensor | None]]:
        """Weight and bias for query, key and value."""
        if self.use_separate_proj_weight:
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        else:
            assert self.in_proj_weight is not None
            weights = list(self.in_proj_weight.chunk(3))
        biases = [None] * 3 if self.in_proj_bias is None else list(self.in_proj_bias.chunk(3))
        return [(w, b) for w, b in zip(weights, biases, strict=True) if w is not None]

    def mask(self, heads: int, like: Tensor) -> Tensor | None:
        """What is added to scores of shape `(batch * heads, targets, sources)`."""
        total: Tensor | None = None
        if self.attn_mask is not None:
            total = _added(self.attn_mask, like)
        if self.key_padding_mask is not None:
            padding = _added(self.key_padding_mask.reshape(-1, like.shape[-1]), like)
            padding = padding[:, None, None].expand(-1, heads, 1, -1).flatten(0, 1)
            total = padding if total is None else total + padding
        return total


def attend(call: _Call, take: Callable[[DataKind], Memory]) -> tuple[Tensor, Tensor | None]:
    """Multi-head attention whose operands and gradients are written into memory.

    Raises:
        ValueError: added keys and values (`add_bias_kv`, `add_zero_attn`).
    """
    if call.bias_k is not None or call.add_zero_attn or call.static_k is not None:
        raise ValueError("`add_bias_kv` and `add_zero_attn` of attention cannot be injected into")
    batched = call.query.ndim == 3
    inputs = [x if batched else x[:, None] for x in (call.query, call.key, call.value)]
    heads, width = call.num_heads, call.query.shape[-1] // call.num_heads

    def activation(x: Tensor) -> Tensor:
        return written(x, take(DataKind.ACTIVATION))

    def result(x: Tensor) -> Tensor:
        return gradient_written(x, take(DataKind.ERROR))

    # Self-attention reads one tensor three times, and it is written once.
    same: dict[int, Tensor] = {}
    for given, shaped in zip((call.query, call.key, call.value), inputs, strict=True):
        if id(given) not in same:
            same[id(given)] = activation(shaped)
    projected = [
        result(functional.linear(same[id(given)], weight, bias))
        for given, (weight, bias) in zip(
            (call.query, call.key, call.value), call.projections(), strict=True
        )
    ]
    batch = inputs[0].shape[1]
    q, k, v = (
        activation(x).reshape(x.shape[0], batch * heads, width).transpose(0, 1) for x in projected
    )
    # Scaled dot products: softmax(Q K^T / sqrt(width)) V, Vaswani et al., NeurIPS 2017.
    scores = q @ k.transpose(1, 2) / width**0.5
    mask = call.mask(heads, scores)
    shares = torch.softmax(result(scores if mask is None else scores + mask), dim=-1)
    dropped = functional.dropout(shares, call.dropout_p, call.training)
    context = result(activation(dropped) @ v).transpose(0, 1).reshape(-1, batch, heads * width)
    out = result(functional.linear(activation(context), call.out_proj_weight, call.out_proj_bias))
    weights = None
    if call.need_weights:
        weights = shares.reshape(batch, heads, *shares.shape[1:])
        weights = weights.mean(dim=1) if call.average_attn_weights else weights
        weights = weights if batched else weights[0]
    return (out if batched else out[:, 0]), weights


def _added(mask: Tensor, like: Tensor) -> Tensor:
    """A mask as numbers to add: minus infinity where it is true."""
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=like.dtype).masked_fill(mask, float("-inf"))
