"""ONNX operators in PyTorch: what a graph's nodes compute.

Each takes its inputs in ONNX's order (None where an optional one is left out) and its attributes
by name. Sizes, indices and the like are host arrays, which are known whatever the device.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

Value = Any
"""A tensor, a host array or None."""

Attributes = Mapping[str, Any]
Operator = Callable[[Sequence[Value], Attributes], Value]


def ints(value: Value) -> list[int]:
    """A host array of whole numbers as a list. [-]

    Raises:
        ValueError: a tensor, whose values the graph computes.
    """
    if isinstance(value, Tensor):
        raise ValueError("its sizes depend on data")
    return [int(one) for one in np.atleast_1d(np.asarray(value))]


def tensor(value: Value, like: Tensor) -> Tensor:
    """A host array as a tensor beside another."""
    return value if isinstance(value, Tensor) else torch.tensor(np.asarray(value)).to(like.device)


def _together(values: Sequence[Value]) -> list[Tensor]:
    like = next(v for v in values if isinstance(v, Tensor))
    return [tensor(v, like) for v in values]


def _unary(function: Callable[[Tensor], Tensor]) -> Operator:
    return lambda x, a: function(x[0])


def _folded(function: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    def run(x: Sequence[Value], a: Attributes) -> Tensor:
        first, *others = _together(x)
        for other in others:
            first = function(first, other)
        return first

    return run


def _pads(x: Tensor, a: Attributes, kernel: Sequence[int]) -> list[int]:
    """Before and after each axis, ONNX's order. [pixels]"""
    axes = len(kernel)
    auto = a.get("auto_pad", b"NOTSET")
    auto = auto.decode() if isinstance(auto, bytes) else auto
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        strides, dilations = a.get("strides", [1] * axes), a.get("dilations", [1] * axes)
        whole = [
            max((math.ceil(size / s) - 1) * s + (k - 1) * d + 1 - size, 0)
            for size, s, k, d in zip(x.shape[2:], strides, kernel, dilations, strict=True)
        ]
        less, more = [w // 2 for w in whole], [w - w // 2 for w in whole]
        return [*less, *more] if auto == "SAME_UPPER" else [*more, *less]
    return list(a.get("pads", [0] * 2 * axes))


def _padded(
    x: Tensor, a: Attributes, kernel: Sequence[int], value: float = 0.0
) -> tuple[Tensor, list[int]]:
    """The input with what padding is uneven, and the even rest."""
    axes = len(kernel)
    pads = _pads(x, a, kernel)
    before, after = pads[:axes], pads[axes:]
    if before == after:
        return x, before
    flat = [side for pair in reversed([*zip(before, after, strict=True)]) for side in pair]
    return F.pad(x, flat, value=value), [0] * axes


CONVOLUTIONS: Final = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED: Final = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
LARGEST: Final = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
MEAN: Final[Mapping[int, Any]] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def _convolution(x: Sequence[Value], a: Attributes) -> Tensor:
    kernel = x[1].shape[2:]
    data, pads = _padded(x[0], a, kernel)
    axes = len(kernel)
    return CONVOLUTIONS[axes](
        data, x[1], x[2] if len(x) > 2 else None, a.get("strides", [1] * axes), pads,
        a.get("dilations", [1] * axes), a.get("group", 1),
    )  # fmt: skip


def _transposed(x: Sequence[Value], a: Attributes) -> Tensor:
    axes = x[1].ndim - 2
    return TRANSPOSED[axes](
        x[0], x[1], x[2] if len(x) > 2 else None, a.get("strides", [1] * axes),
        a.get("pads", [0] * 2 * axes)[:axes], a.get("output_padding", [0] * axes),
        a.get("group", 1), a.get("dilations", [1] * axes),
    )  # fmt: skip


def _largest(x: Sequence[Value], a: Attributes) -> Tensor:
    kernel = a["kernel_shape"]
    data, pads = _padded(x[0], a, kernel, value=-math.inf)
    ones = [1] * len(kernel)
    return LARGEST[len(kernel)](data, kernel, a.get("strides", ones), pads,
                                a.get("dilations", ones), bool(a.get("ceil_mode", 0)))  # fmt: skip


def _mean(x: Sequence[Value], a: Attributes) -> Tensor:
    kernel = a["kernel_shape"]
    data, pads = _padded(x[0], a, kernel)
    found: Tensor = MEAN[len(kernel)](
        data, kernel, a.get("strides", [1] * len(kernel)), pads, bool(a.get("ceil_mode", 0)),
        bool(a.get("count_include_pad", 0)),
    )  # fmt: skip
    return found


def _gemm(x: Sequence[Value], a: Attributes) -> Tensor:
    left = x[0].t() if a.get("transA", 0) else x[0]
    bias = x[2] if len(x) > 2 else None
    plain = a.get("alpha", 1.0) == a.get("beta", 1.0) == 1.0
    if plain and a.get("transB", 0) and (bias is None or bias.ndim == 1):
        return F.linear(left, x[1], bias)
    right = x[1].t() if a.get("transB", 0) else x[1]
    product: Tensor = a.get("alpha", 1.0) * (left @ right)
    return product if bias is None else product + a.get("beta", 1.0) * tensor(bias, product)


def _normalised(x: Sequence[Value], a: Attributes) -> Tensor:
    return F.batch_norm(x[0], None, None, x[1], x[2], training=True, eps=a.get("epsilon", 1e-5))


def _layer_norm(x: Sequence[Value], a: Attributes) -> Tensor:
    sizes = list(x[0].shape[a.get("axis", -1) :])
    return F.layer_norm(x[0], sizes, x[1], x[2] if len(x) > 2 else None, a.get("epsilon", 1e-5))


def _clip(x: Sequence[Value], a: Attributes) -> Tensor:
    low = x[1] if len(x) > 1 else a.get("min")
    high = x[2] if len(x) > 2 else a.get("max")
    if low is not None and high is not None and float(low) == 0.0 and float(high) == 6.0:
        return F.relu6(x[0])
    bounds = [None if end is None else float(end) for end in (low, high)]
    return torch.clamp(x[0], *bounds)


def _reshape(x: Sequence[Value], a: Attributes) -> Tensor:
    asked = ints(x[1])
    sizes = [x[0].shape[i] if size == 0 else size for i, size in enumerate(asked)]
    found: Tensor = x[0].reshape(sizes)
    return found


def _flatten(x: Sequence[Value], a: Attributes) -> Tensor:
    axis = a.get("axis", 1)
    return torch.flatten(x[0], axis) if axis == 1 else x[0].reshape(
        math.prod(x[0].shape[:axis]), -1)  # fmt: skip


def _axes(x: Sequence[Value], a: Attributes) -> list[int] | None:
    if len(x) > 1 and x[1] is not None:
        return ints(x[1])
    return a.get("axes")


def _squeezed(x: Sequence[Value], a: Attributes) -> Tensor:
    axes = _axes(x, a)
    found: Tensor = x[0].squeeze() if axes is None else x[0].squeeze(tuple(axes))
    return found


def _unsqueezed(x: Sequence[Value], a: Attributes) -> Tensor:
    found: Tensor = x[0]
    axes = _axes(x, a) or []
    ndim = found.ndim + len(axes)
    for axis in sorted(axis % ndim for axis in axes):
        found = found.unsqueeze(axis)
    return found


def _split(x: Sequence[Value], a: Attributes) -> tuple[Tensor, ...]:
    axis = a.get("axis", 0)
    if len(x) > 1 and x[1] is not None:
        return torch.split(x[0], ints(x[1]), axis)
    if "split" in a:
        return torch.split(x[0], list(a["split"]), axis)
    return torch.chunk(x[0], a["num_outputs"], axis)


def _sliced(x: Sequence[Value], a: Attributes) -> Tensor:
    starts = ints(x[1]) if len(x) > 1 else a["starts"]
    ends = ints(x[2]) if len(x) > 2 else a["ends"]
    axes = ints(x[3]) if len(x) > 3 and x[3] is not None else a.get("axes", range(len(starts)))
    steps = ints(x[4]) if len(x) > 4 and x[4] is not None else [1] * len(starts)
    found: Tensor = x[0]
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        size = found.shape[axis]
        chosen = range(size)[slice(start, end, step)]
        if step == 1:
            found = found.narrow(axis, chosen.start if chosen else 0, len(chosen))
        else:
            found = found.index_select(axis, torch.tensor([*chosen]).to(found.device))
    return found


def _gathered(x: Sequence[Value], a: Attributes) -> Tensor:
    axis = a.get("axis", 0)
    if isinstance(x[1], Tensor):
        if axis == 0 and isinstance(x[0], Tensor) and x[0].ndim == 2:
            return F.embedding(x[1], x[0])
        table = tensor(x[0], x[1])
        chosen = table.index_select(axis, x[1].reshape(-1))
        return chosen.reshape(*table.shape[:axis], *x[1].shape, *table.shape[axis + 1 :])
    index = np.asarray(x[1])
    if index.ndim == 0:
        found: Tensor = x[0].select(axis, int(index))
        return found
    rows = torch.tensor(index.reshape(-1)).to(x[0].device)
    flat: Tensor = x[0].index_select(axis, rows)
    return flat.reshape(*x[0].shape[:axis], *index.shape, *x[0].shape[axis + 1 :])


def _reduced(function: Callable[..., Tensor]) -> Operator:
    def run(x: Sequence[Value], a: Attributes) -> Tensor:
        axes = _axes(x, a)
        dims = list(range(x[0].ndim)) if axes is None else list(axes)
        return function(x[0], dims, keepdim=bool(a.get("keepdims", 1)))

    return run


def _pad(x: Sequence[Value], a: Attributes) -> Tensor:
    pads = ints(x[1]) if len(x) > 1 else list(a["pads"])
    axes = len(pads) // 2
    sides = reversed([*zip(pads[:axes], pads[axes:], strict=True)])
    mode = a.get("mode", b"constant").decode()
    flat = [side for pair in sides for side in pair]
    if mode == "constant":
        return F.pad(x[0], flat)
    while len(flat) >= 2 and flat[-2:] == [0, 0]:
        flat = flat[:-2]
    return F.pad(x[0], flat, mode={"edge": "replicate"}.get(mode, mode))


def _resized(x: Sequence[Value], a: Attributes) -> Tensor:
    sizes = None if len(x) < 4 or x[3] is None else ints(x[3])[2:]
    scales = None if sizes else [float(s) for s in np.asarray(x[2])][2:]
    mode = a.get("mode", b"nearest").decode()
    mode = {"linear": ("linear", "bilinear", "trilinear")[x[0].ndim - 3],
            "cubic": "bicubic"}.get(mode, mode)  # fmt: skip
    return F.interpolate(x[0], size=sizes, scale_factor=scales, mode=mode)


def _where(x: Sequence[Value], a: Attributes) -> Tensor:
    condition, one, other = _together(x)
    return torch.where(condition.bool(), one, other)


def _cast(x: Sequence[Value], a: Attributes) -> Tensor:
    found: Tensor = x[0].to(TYPES.get(a["to"], torch.float32))
    return found


TYPES: Final = {1: torch.float32, 10: torch.float32, 11: torch.float32, 16: torch.float32,
                6: torch.int32, 7: torch.int64, 9: torch.bool}  # fmt: skip
"""By ONNX's number; every float is computed as one of 32 bits."""


def _softmax(function: Callable[..., Tensor]) -> Operator:
    return lambda x, a: function(x[0], dim=a.get("axis", -1))


def _dropped(x: Sequence[Value], a: Attributes) -> Tensor:
    ratio = float(x[1]) if len(x) > 1 and x[1] is not None else a.get("ratio", 0.5)
    return F.dropout(x[0], ratio, training=True) if ratio else x[0]


OPERATORS: Final[Mapping[str, Operator]] = {
    "Conv": _convolution, "ConvTranspose": _transposed, "Gemm": _gemm,
    "MatMul": lambda x, a: torch.matmul(*_together(x)),
    "Einsum": lambda x, a: torch.einsum(a["equation"].decode(), *x),
    "BatchNormalization": _normalised, "LayerNormalization": _layer_norm,
    "InstanceNormalization": lambda x, a: F.instance_norm(
        x[0], weight=x[1], bias=x[2], eps=a.get("epsilon", 1e-5)),
    "GroupNormalization": lambda x, a: F.group_norm(
        x[0], a["num_groups"], x[1], x[2], a.get("epsilon", 1e-5)),
    "Relu": _unary(F.relu), "Sigmoid": _unary(torch.sigmoid), "Tanh": _unary(torch.tanh),
    "LeakyRelu": lambda x, a: F.leaky_relu(x[0], a.get("alpha", 0.01)),
    "PRelu": lambda x, a: F.prelu(x[0], x[1].reshape(-1)),
    "Elu": lambda x, a: F.elu(x[0], a.get("alpha", 1.0)), "Selu": _unary(F.selu),
    "Softplus": _unary(F.softplus), "HardSwish": _unary(F.hardswish),
    "HardSigmoid": _unary(F.hardsigmoid), "Gelu": _unary(F.gelu), "Mish": _unary(F.mish),
    "Erf": _unary(torch.erf), "Sqrt": _unary(torch.sqrt), "Exp": _unary(torch.exp),
    "Log": _unary(torch.log), "Neg": _unary(torch.neg), "Abs": _unary(torch.abs),
    "Reciprocal": _unary(torch.reciprocal), "Sin": _unary(torch.sin), "Cos": _unary(torch.cos),
    "Not": _unary(torch.logical_not), "Identity": _unary(lambda x: x),
    "Floor": _unary(torch.floor), "Ceil": _unary(torch.ceil), "Sign": _unary(torch.sign),
    "Clip": _clip, "Softmax": _softmax(torch.softmax), "LogSoftmax": _softmax(torch.log_softmax),
    "Add": _folded(torch.add), "Sum": _folded(torch.add), "Sub": _folded(torch.sub),
    "Mul": _folded(torch.mul), "Div": _folded(torch.div), "Pow": _folded(torch.pow),
    "Min": _folded(torch.minimum), "Max": _folded(torch.maximum),
    "Equal": _folded(torch.eq), "Less": _folded(torch.lt), "Greater": _folded(torch.gt),
    "LessOrEqual": _folded(torch.le), "GreaterOrEqual": _folded(torch.ge),
    "And": _folded(torch.logical_and), "Or": _folded(torch.logical_or), "Where": _where,
    "Cast": _cast, "Dropout": _dropped, "MaxPool": _largest, "AveragePool": _mean,
    "GlobalAveragePool": lambda x, a: x[0].mean(dim=tuple(range(2, x[0].ndim)), keepdim=True),
    "GlobalMaxPool": lambda x, a: x[0].amax(dim=tuple(range(2, x[0].ndim)), keepdim=True),
    "Flatten": _flatten, "Reshape": _reshape, "Squeeze": _squeezed, "Unsqueeze": _unsqueezed,
    "Transpose": lambda x, a: x[0].permute(a.get("perm", [*reversed(range(x[0].ndim))])),
    "Concat": lambda x, a: torch.cat(_together(x), a["axis"]), "Split": _split,
    "Slice": _sliced, "Gather": _gathered, "Pad": _pad, "Resize": _resized,
    "Expand": lambda x, a: x[0] + torch.zeros(ints(x[1]), dtype=x[0].dtype, device=x[0].device)
    if x[0].dtype != torch.bool else x[0].expand(ints(x[1])),
    "Tile": lambda x, a: x[0].repeat(ints(x[1])),
    "ReduceMean": _reduced(torch.mean), "ReduceSum": _reduced(torch.sum),
    "ReduceMax": _reduced(torch.amax), "ReduceMin": _reduced(torch.amin),
    "ArgMax": lambda x, a: torch.argmax(x[0], a.get("axis", 0), bool(a.get("keepdims", 1))),
    "Trilu": lambda x, a: (torch.triu if a.get("upper", 1) else torch.tril)(x[0]),
}  # fmt: skip
"""What is known; `Shape` and `Constant`, and all that follows from them alone, is host work."""
