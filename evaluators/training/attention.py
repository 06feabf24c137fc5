"""Write errors in attention: products of two activations, which no layer's weight stands for."""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from evaluators.design import DataKind
from evaluators.training.memory import Memory, gradient_written, written

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
        self._inside = 0

    def follow(self, model: nn.Module) -> list[Callable[[], None]]:
        """Watch a module's forward passes; returns what ends it."""
        undo = [
            model.register_forward_pre_hook(self._start, prepend=True).remove,
            model.register_forward_hook(self._stop, always_call=True).remove,
        ]
        for module in model.modules():
            if isinstance(module, nn.MultiheadAttention):
                undo.append(module.register_forward_pre_hook(self._enter).remove)
                undo.append(module.register_forward_hook(self._leave, always_call=True).remove)
        return undo

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Pass a call on, with its operands written first."""
        kwargs = kwargs or {}
        if func is functional.scaled_dot_product_attention:
            return self._product(func, args, kwargs, places=(0, 1, 2))
        if func is functional.linear and self._inside:
            return self._product(func, args, kwargs, places=(0,))
        if func in PRODUCTS:
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

    def _enter(self, module: nn.Module, inputs: Any) -> None:
        del module, inputs
        self._inside += 1

    def _leave(self, module: nn.Module, inputs: Any, output: Any) -> None:
        del module, inputs, output
        self._inside -= 1


def _activation(operand: Any) -> bool:
    """Whether a tensor is computed, not a parameter or a constant of few axes."""
    return isinstance(operand, Tensor) and operand.grad_fn is not None and operand.ndim >= 3


def may_attend(model: nn.Module) -> bool:
    """Whether a module may multiply activations: it attends, or its code is not PyTorch's own."""
    return any(
        isinstance(module, nn.MultiheadAttention)
        or not type(module).__module__.startswith("torch.")
        for module in model.modules()
    )
