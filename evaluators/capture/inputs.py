"""Example inputs of a captured module: how it is called with them, and where their batch is.

The batch is on the first axis; on the second where a recurrent or attention layer that is not
`batch_first` reads the first tensor's axes as they are; a list of images is as long as the batch;
one graph is one sample.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from evaluators.capture.nested import changed, leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a module is called with."""

    positional: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)

    def tensors(self) -> list[Tensor]:
        """All tensors in order, whatever holds them."""
        return list(leaves((self.positional, self.keywords), Tensor, objects=True))

    def resized(self, old: int, new: int, *, axis: int) -> "Inputs":
        """Real inputs at another batch size; tensors on the meta device get values. [-]"""
        positional = _resized(self.positional, old, new, axis)
        return Inputs(positional=positional, keywords=_resized(self.keywords, old, new, axis))


def bound(module: nn.Module, inputs: tuple[Any, ...]) -> Inputs:
    """How a module takes its inputs: a mapping that comes last may be its keyword arguments.

    It is if its keys are names of arguments of `forward`, or if `forward` takes any name and does
    not take the mapping itself.
    """
    last = inputs[-1] if inputs else None
    if isinstance(last, Mapping) and all(isinstance(key, str) for key in last):
        before, keywords = inputs[:-1], dict(last.items())
        signature = inspect.signature(module.forward)
        names = [name for name, p in signature.parameters.items() if p.kind in NAMED]
        fits = _binds(signature, before, keywords)
        if fits and (set(keywords) <= set(names) or not _binds(signature, inputs, {})):
            return Inputs(positional=before, keywords=keywords)
    return Inputs(positional=inputs)


NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _binds(
    signature: inspect.Signature, positional: tuple[Any, ...], keywords: dict[str, Any]
) -> bool:
    try:
        signature.bind(*positional, **keywords)
    except TypeError:
        return False
    return True


def arguments(module: Any, inputs: Any, batch_size: int) -> tuple[Any, ...]:
    """What a builder returns as inputs, as arguments: a tuple or a list holds several. [-]

    A list of `batch_size` images is one argument of a module that needs one.
    """
    if not isinstance(inputs, list) or not inputs:
        return inputs if type(inputs) is tuple else (inputs,)
    try:
        signature = inspect.signature(module.forward)
    except (AttributeError, TypeError, ValueError):
        return tuple(inputs)
    needed = [p for p in signature.parameters.values() if p.default is p.empty]
    needed = [p for p in needed if p.kind in NAMED]
    images = len(inputs) == batch_size and _are_images(inputs) and len(needed) == 1
    if images or not _binds(signature, tuple(inputs), {}):
        return (inputs,)
    return tuple(inputs)


def has_batch(inputs: Inputs, batch_size: int) -> bool:
    """Whether any tensor's first two axes, or a list, are as long as the batch. [-]"""
    if any(batch_size in tensor.shape[:2] for tensor in inputs.tensors()):
        return True
    values = (*inputs.positional, *inputs.keywords.values())
    return any(isinstance(value, list | tuple) and len(value) == batch_size for value in values)


def shapes(inputs: Inputs) -> list[tuple[int, ...]]:
    """Shapes of all tensors, to see whether two builds differ. [-]"""
    return [tuple(tensor.shape) for tensor in inputs.tensors()]


def batch_size_of(module: nn.Module, inputs: Inputs, *, axis: int = 0) -> int:
    """Samples in the inputs, as the head of this file says. [-]"""
    value = next(iter((*inputs.positional, *inputs.keywords.values())), None)
    if isinstance(value, PackedSequence):
        return 1 if value.batch_sizes.is_meta else int(value.batch_sizes[0])
    if isinstance(value, list) and _are_images(value):
        return len(value)
    tensors = inputs.tensors()
    first = next((tensor for tensor in tensors if tensor.dim()), None)
    if first is None or _is_graph(module, first, tensors):
        return 1
    return int(first.shape[axis if first.dim() > axis else 0])


def _are_images(values: Any) -> bool:
    tensors = [value for value in values if isinstance(value, Tensor)]
    return bool(tensors) and len(tensors) == len(values) and all(t.dim() == 3 for t in tensors)


def _is_graph(module: nn.Module, first: Tensor, tensors: list[Tensor]) -> bool:
    """Nodes with a sparse square matrix between them, or with a list of edges."""
    nodes = first.shape[0]
    square = (nodes, nodes)
    kept = (t for t in (*tensors, *module.buffers()) if t.layout is not torch.strided)
    if any(tuple(tensor.shape[-2:]) == square for tensor in kept):
        return True
    edges = (t for t in tensors if t.dtype is torch.long and t.dim() == 2 and t.shape[0] == 2)
    return (
        first.is_floating_point()
        and first.dim() == 2
        and nodes != 2
        and next(edges, None) is not None
    )


def _resized(inputs: Any, old: int, new: int, axis: int) -> Any:
    if isinstance(inputs, tuple | dict):
        items = inputs.items() if isinstance(inputs, dict) else enumerate(inputs)
        lists = {
            key: [value[i % old] for i in range(new)] if _is_batch(value, old) else value
            for key, value in items
        }
        inputs = lists if isinstance(inputs, dict) else tuple(lists.values())

    def resize(tensor: Tensor) -> Tensor:
        axes = [place for place in (axis, 1 - axis) if place < tensor.dim()]
        found = next((place for place in axes if tensor.shape[place] == old), None)
        if tensor.is_meta:
            shape = [new if place == found else size for place, size in enumerate(tensor.shape)]
            floating = tensor.is_floating_point() or tensor.is_complex()
            make = torch.randn if floating else torch.zeros
            return make(shape, dtype=tensor.dtype)
        if found is None or tensor.layout is not torch.strided:
            return tensor
        return tensor.index_select(found, torch.arange(new, device=tensor.device) % old)

    return changed(inputs, Tensor, resize)


def _is_batch(value: Any, old: int) -> bool:
    """A list with one entry for each sample: of images, or of what is said of them."""
    return (
        isinstance(value, list)
        and len(value) == old
        and next(leaves(value, Tensor), None) is not None
    )
