"""Write errors in attention: products of two activations, which no layer's weight stands for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from evaluators.design import DataKind
from evaluators.faults.layers import Hook, refuse_compiled
from evaluators.faults.stored_tensor import BackwardCopies, Memory, gradient_written, written

# Of `baddbmm` and its like the first argument is added and is no factor.
PRODUCTS: Final[dict[Any, tuple[tuple[int, str], ...]]] = {
    **dict.fromkeys((torch.matmul, torch.linalg.matmul, Tensor.matmul, Tensor.__matmul__),
                    ((0, "input"), (1, "other"))),
    **dict.fromkeys((torch.bmm, Tensor.bmm), ((0, "input"), (1, "mat2"))),
    **dict.fromkeys((torch.mm, Tensor.mm), ((0, "input"), (1, "mat2"))),
    **dict.fromkeys((torch.baddbmm, Tensor.baddbmm, Tensor.baddbmm_, torch.addbmm, Tensor.addbmm),
                    ((1, "batch1"), (2, "batch2"))),
    **dict.fromkeys((torch.addmm, Tensor.addmm), ((1, "mat1"), (2, "mat2"))),
    **dict.fromkeys((torch.tensordot,), ((0, "a"), (1, "b"))),
    **dict.fromkeys((torch.inner, Tensor.inner), ((0, "input"), (1, "other"))),
    Tensor.__rmatmul__: ((0, "self"), (1, "other")),
}  # fmt: skip
"""Products of two tensors, with place and name of their operands."""

WEIGHTED: Final = (functional.linear, functional.conv1d, functional.conv2d, functional.conv3d,
                   functional.conv_transpose1d, functional.conv_transpose2d,
                   functional.conv_transpose3d, functional.bilinear)  # fmt: skip
"""Products with a weight, in the place of their second operand."""

FUSED: Final = ((0, "query"), (1, "key"), (2, "value"))


class AttentionProducts(TorchFunctionMode):
    """Writes the operands of products of activations, and the gradients of their results.

    Args:
        memory: makes the memory of a new tensor of a kind.
        unfaulted: is told of each parameter that is an operand of a product, as none fails there.
        copies: of the backward phase, where it has its own.
    """

    def __init__(
        self,
        memory: Callable[[DataKind], Memory],
        unfaulted: Callable[[Tensor, str], None],
        copies: BackwardCopies | None = None,
    ) -> None:
        super().__init__()
        self._copies = copies
        self._memory = memory
        self._unfaulted = unfaulted
        self._known: dict[tuple[DataKind, int], Memory] = {}
        self._next = dict.fromkeys(DataKind, 0)
        self._entered: list[nn.Module] = []

    def follow(self, model: nn.Module) -> list[RemovableHandle]:
        """Watch the forward passes of a module, and of what attends within it."""
        watched = [model]
        watched += [m for m in model.modules() if isinstance(m, nn.MultiheadAttention)]
        return [
            handle
            for module in dict.fromkeys(watched)
            for handle in (
                module.register_forward_pre_hook(Hook(self._start), prepend=True),
                module.register_forward_hook(Hook(self._stop), always_call=True),
            )
        ]

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Pass a call on, with its operands written first."""
        kwargs = kwargs or {}
        # One fused call: taken apart, as its inner products cannot be reached from outside.
        if func is functional.multi_head_attention_forward:
            call = _Call(*args, **kwargs)
            with self._taking(call.training) as take:
                return attend(call, take)
        if func is functional.scaled_dot_product_attention:
            return self._product(func, args, kwargs, FUSED)
        if func in PRODUCTS:
            return self._product(func, args, kwargs, PRODUCTS[func])
        if func is torch.einsum and len(args) > 1:
            return self._einsum(args)
        if func in WEIGHTED:
            self._told(args[1] if len(args) > 1 else kwargs.get("weight"), func)
        return func(*args, **kwargs)

    def _product(
        self,
        func: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        operands: tuple[tuple[int, str], ...],
    ) -> Any:
        found: list[Any] = [
            args[at] if at < len(args) else kwargs.get(name) for at, name in operands
        ]
        for each in found:
            self._told(each, func)
        if not all(_activation(each) for each in found):
            return func(*args, **kwargs)
        given, named = list(args), dict(kwargs)
        with self._taking(self._entered[-1].training) as take:
            for (at, name), each in zip(operands, found, strict=True):
                stored = take.activation(each)
                if at < len(args):
                    given[at] = stored
                else:
                    named[name] = stored
            return take.result(func(*given, **named))

    def _einsum(self, args: tuple[Any, ...]) -> Any:
        """A sum of products, its operands listed one by one or together."""
        together = len(args) == 2 and isinstance(args[1], (tuple, list))
        operands = list(args[1]) if together else list(args[1:])
        tensors = [each for each in (args[0], *operands) if isinstance(each, Tensor)]
        for each in tensors:
            self._told(each, torch.einsum)
        if len([each for each in tensors if _activation(each)]) < 2:
            return torch.einsum(*args)
        with self._taking(self._entered[-1].training) as take:
            first, *rest = [
                take.activation(each) if isinstance(each, Tensor) and _activation(each) else each
                for each in (args[0], *operands)
            ]
            return take.result(torch.einsum(first, *rest))

    @contextmanager
    def _taking(self, training: bool) -> Iterator["_Take"]:
        """Writes of one product."""
        copies = self._copies if training else None
        if copies:
            copies.enter()
        try:
            yield _Take(self._take, training, copies)
        finally:
            if copies:
                copies.leave()

    def _told(self, operand: Any, func: Any) -> None:
        """Tell of a parameter, or a part of one, that is read past any layer of ours."""
        if isinstance(operand, Tensor):
            # A chunk of a parameter, as of fused projections, is that parameter.
            whole = operand._base if operand._is_view() else operand
            if isinstance(whole, nn.Parameter) and self._entered[-1].training:
                self._unfaulted(whole, getattr(func, "__name__", "a product"))

    def _take(self, kind: DataKind) -> Memory:
        """The memory of the next tensor: calls come in the same order in every pass."""
        place = (kind, self._next[kind])
        if place not in self._known:
            self._known[place] = self._memory(kind)
        self._next[kind] += 1
        return self._known[place]

    def _start(self, module: nn.Module, inputs: Any) -> None:
        del inputs
        refuse_compiled()
        # Calls are numbered from the outermost module on, so each pass finds its memories.
        if not self._entered:
            self._next = dict.fromkeys(DataKind, 0)
            self.__enter__()  # type: ignore[no-untyped-call]
        self._entered.append(module)

    def _stop(self, module: nn.Module, inputs: Any, output: Any) -> None:
        del module, inputs, output
        self._entered.pop()
        if not self._entered:
            self.__exit__(None, None, None)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class _Take:
    """Writes the operands and results of one product."""

    memory: Callable[[DataKind], Memory]
    training: bool
    copies: BackwardCopies | None

    def activation(self, values: Tensor) -> Tensor:
        """An operand as it comes back from memory."""
        memory = self.memory(DataKind.ACTIVATION)
        stored = written(values, memory, self.training)
        if self.copies:
            self.copies.add(memory, values, stored)
        return stored

    def result(self, values: Tensor) -> Tensor:
        """A result whose gradient is written."""
        return gradient_written(values, self.memory(DataKind.ERROR), self.training)


def _activation(operand: Any) -> bool:
    """Whether a tensor is computed, not a parameter or a constant of few axes."""
    if not isinstance(operand, Tensor) or operand.ndim < 3 or not operand.is_floating_point():
        return False
    # Weights are written by their layer already.
    # Without gradients nothing tells what is computed, but parameters are known.
    if not torch.is_grad_enabled():
        return not isinstance(operand._base if operand._is_view() else operand, nn.Parameter)
    whole = operand._base if operand._is_view() else operand
    return operand.grad_fn is not None and not isinstance(whole, nn.Parameter)


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


def attend(call: _Call, take: _Take) -> tuple[Tensor, Tensor | None]:
    """Multi-head attention whose operands and gradients are written into memory.

    Raises:
        ValueError: added keys and values (`add_bias_kv`, `add_zero_attn`).
    """
    if call.bias_k is not None or call.add_zero_attn or call.static_k is not None:
        raise ValueError("`add_bias_kv` and `add_zero_attn` of attention cannot be injected into")
    batched = call.query.ndim == 3
    inputs = [x if batched else x[:, None] for x in (call.query, call.key, call.value)]
    heads, width = call.num_heads, call.query.shape[-1] // call.num_heads

    activation, result = take.activation, take.result
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
