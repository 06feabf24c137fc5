"""What an ATen operator multiplies: its matrix products, read off the shapes of its arguments.

Knows nothing of PyTorch but names and argument orders; tensors arrive as `Seen`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from evaluators.workload import Operand, Phase
from evaluators.workload.products import ConvolutionShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A tensor as the record sees it.

    `elements` are distinct ones (an expanded axis counts once), of a sparse tensor its stored
    values; `stored` is its whole storage. A complex value is two elements.
    """

    storage: int
    shape: tuple[int, ...]
    elements: int
    stored: int = 0
    sparse: bool = False
    complex: bool = False

    @property
    def expanded(self) -> bool:
        """Whether an axis repeats the same elements."""
        return not self.sparse and prod(self.shape) * (1 + self.complex) > self.elements


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One call of an operator; tensors among `args` are `Seen`.

    `sequence` is autograd's number of the node that the call belongs to; `written` are the
    arguments that it changes; `known` says that it is cheap: a few operations an element;
    `pointwise` that each result follows from one element of each input.
    """

    operator: str
    args: tuple[Any, ...]
    inputs: tuple[Seen, ...]
    outputs: tuple[Seen, ...]
    sequence: int = -1
    backward: bool = False
    written: tuple[Seen, ...] = ()
    known: bool = True
    pointwise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`count` products of `a` (m x k) by `b` (k x n), or one phase of a convolution.

    `macs` counts where m n k count does not; `phase` and `kinds` are set where the operator itself
    decides them.
    """

    a: Seen
    b: Seen
    m: int = 0
    n: int = 0
    k: int = 0
    count: int = 1
    macs: int = 0
    phase: Phase | None = None
    kinds: tuple[Operand, Operand] | None = None
    convolution: ConvolutionShape | None = None

    @property
    def empty(self) -> bool:
        """Whether a matrix has no element."""
        shape = self.convolution
        return (shape.macs if shape else self.m * self.n * self.k * self.count) == 0

    def transposed(self) -> "Product":
        """The same product with its operands exchanged: C' = B' A'."""
        kinds = (self.kinds[1], self.kinds[0]) if self.kinds else None
        return replace(self, a=self.b, b=self.a, m=self.n, n=self.m, kinds=kinds)


MATRICES = {
    "mm": 0,
    "_int_mm": 0,
    "_scaled_mm": 0,
    "bmm": 0,
    "mv": 0,
    "dot": 0,
    "vdot": 0,
    "_sparse_mm": 0,
    "_sparse_sparse_matmul": 0,
    "addmm": 1,
    "_sparse_addmm": 1,
    "sspaddmm": 1,
    "hspmm": 0,
    "_addmm_activation": 1,
    "baddbmm": 1,
    "addbmm": 1,
    "addmv": 1,
}
"""Operators that multiply two adjacent arguments, and the position of the first."""

CONVOLUTIONS = frozenset(
    {
        "convolution",
        "_convolution",
        "convolution_overrideable",
        "cudnn_convolution",
        "mkldnn_convolution",
        "_slow_conv2d_forward",
    }
)
ATTENTIONS = frozenset(
    {
        "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_efficient_attention",
        "_scaled_dot_product_cudnn_attention",
        "_scaled_dot_product_fused_attention_overrideable",
    }
)


def products_of(event: Event) -> tuple[Product, ...]:
    """The matrix products of a call, none for an operator without any."""
    name = event.operator.removeprefix("aten.").removesuffix("_")
    found: tuple[Product, ...] = ()
    if name in MATRICES:
        first = MATRICES[name]
        a, b = event.args[first : first + 2]
        if isinstance(a, Seen) and isinstance(b, Seen):  # not an undefined gradient
            found = (_matrices(a, b),)
    elif name in TABLE:
        found = TABLE[name](event)
    return tuple(_in_real_values(_without_zeros(p)) for p in found if not p.empty)


def _without_zeros(product: Product) -> Product:
    """A product with a sparse factor: only stored values multiply.

    Its shape is that of the values packed by rows (or columns), as if spread evenly; `macs` are
    exact, except for two sparse factors, whose values are taken as unrelated.
    """
    a, b = product.a, product.b
    if product.macs or not (a.sparse or b.sparse):
        return product
    m, n, k, count = product.m, product.n, product.k, product.count
    values_a = a.elements // (1 + a.complex) if a.sparse else m * k * count
    values_b = b.elements // (1 + b.complex) if b.sparse else k * n * count
    packed = -(-values_a // (m * count)) if a.sparse else -(-values_b // (n * count))
    return replace(product, k=max(packed, 1), macs=max(values_a * values_b // (k * count), 1))


def _in_real_values(product: Product) -> Product:
    """A complex product by real arithmetic: 4 multiply-accumulates for one.

    (m x 2k) by (2k x 2n): real and imaginary parts side by side.
    """
    if product.convolution or not (product.a.complex or product.b.complex):
        return product
    macs = 4 * product.macs
    return replace(product, n=2 * product.n, k=2 * product.k, macs=macs)


def _matrices(a: Seen, b: Seen) -> Product:
    """Two matrices, two stacks of them, or vectors in place of either."""
    count = a.shape[0] if len(a.shape) == 3 else 1
    k = a.shape[-1]
    m = a.shape[-2] if len(a.shape) > 1 else 1
    n = b.shape[-1] if len(b.shape) > 1 else 1
    return Product(a=a, b=b, m=m, n=n, k=k, count=count)


def _grouped(event: Event) -> tuple[Product, ...]:
    """Rows sorted into groups, each with its own matrix (experts), taken as of equal size."""
    a, b = event.args[:2]
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    groups = max(seen.shape[0] for seen in (a, b, *event.outputs) if len(seen.shape) == 3)
    macs = m * k * n
    match len(a.shape), len(b.shape):
        case 2, 3:
            m = -(-m // groups)
        case 3, 2:
            n = -(-n // groups)
        case 2, 2:
            k = -(-k // groups)
        case _:
            macs *= groups
    return (Product(a=a, b=b, m=m, n=n, k=k, count=groups, macs=macs),)


def _sampled(event: Event) -> tuple[Product, ...]:
    """A product of two dense matrices at the stored values of a sparse one."""
    pattern, a, b = event.args[:3]
    m, k = a.shape[-2:]
    values = pattern.elements // (1 + pattern.complex)
    return (Product(a=a, b=b, m=m, n=-(-values // m), k=k, macs=values * k),)


def _linear(event: Event) -> tuple[Product, ...]:
    x, weight = event.args[:2]
    k = x.shape[-1]
    return (Product(a=x, b=weight, m=prod(x.shape) // max(k, 1), n=weight.shape[0], k=k),)


def _convolution(event: Event) -> tuple[Product, ...]:
    x, weight, _, stride, _, _, transposed, _, groups = event.args[:9]
    shape = _convolution_shape(
        x, weight, event.outputs[0], stride=stride, transposed=transposed, groups=groups
    )
    return (Product(a=x, b=weight, convolution=shape),)


def _convolution_backward(event: Event) -> tuple[Product, ...]:
    error, x, weight, _, stride, _, _, transposed, _, groups, wanted = event.args[:11]
    shape = _convolution_shape(
        x, weight, error, stride=stride, transposed=transposed, groups=groups
    )
    if not isinstance(error, Seen):
        return ()  # an undefined gradient
    towards_input = Product(a=error, b=weight, convolution=shape, phase=Phase.INPUT_GRADIENT)
    towards_weight = Product(a=x, b=error, convolution=shape, phase=Phase.WEIGHT_GRADIENT)
    pairs = zip((towards_input, towards_weight), wanted, strict=False)
    return tuple(product for product, is_wanted in pairs if is_wanted)


def _convolution_shape(
    x: Seen, weight: Seen, result: Seen, *, stride: Any, transposed: bool, groups: int
) -> ConvolutionShape:
    axes = len(x.shape) - 2
    steps = tuple(stride) if isinstance(stride, list | tuple) else (stride,)
    return ConvolutionShape(
        batch=x.shape[0],
        in_channels=x.shape[1],
        out_channels=result.shape[1],
        image=x.shape[2:],
        result=result.shape[2:],
        kernel=weight.shape[2:],
        stride=steps * axes if len(steps) == 1 else steps,
        groups=groups,
        transposed=transposed,
    )


def _attention(event: Event) -> tuple[Product, ...]:
    query, key, value = event.args[:3]
    return _attention_forward(query, key, value)


def _attention_forward(query: Seen, key: Seen, value: Seen) -> tuple[Product, ...]:
    count, rows, size = prod(query.shape[:-2]), query.shape[-2], query.shape[-1]
    columns, width = value.shape[-2], value.shape[-1]
    shares = _inner(count * rows * columns)
    kinds = (Operand.ACTIVATION, Operand.ACTIVATION)
    forward = Product(
        a=query, b=key, m=rows, n=columns, k=size, count=count, phase=Phase.FORWARD, kinds=kinds
    )
    return (forward, replace(forward, a=shares, b=value, n=width, k=columns))


def _attention_backward(event: Event) -> tuple[Product, ...]:
    """The scores are computed again; then both factors of both products get their errors."""
    error, query, key, value = event.args[:4]
    scores, mixed = _attention_forward(query, key, value)
    inner = _inner(scores.count * scores.m * scores.n)
    kinds = (Operand.ERROR, Operand.ACTIVATION)
    phase = Phase.INPUT_GRADIENT

    def towards(a: Seen, b: Seen, size: tuple[int, int, int]) -> Product:
        m, n, k = size
        count = scores.count
        return Product(a=a, b=b, m=m, n=n, k=k, count=count, phase=phase, kinds=kinds)

    rows, columns, size, width = scores.m, scores.n, scores.k, mixed.n
    return (
        scores,
        towards(error, value, (rows, columns, width)),
        towards(error, inner, (width, columns, rows)),
        towards(inner, key, (rows, size, columns)),
        towards(inner, query, (columns, size, rows)),
    )


def _inner(elements: int) -> Seen:
    """A matrix inside a fused operator: no tensor of its own."""
    return Seen(storage=-1, shape=(elements,), elements=elements)


TABLE: dict[str, Callable[[Event], tuple[Product, ...]]] = {
    "linear": _linear,
    "_grouped_mm": _grouped,
    "sparse_sampled_addmm": _sampled,
    "convolution_backward": _convolution_backward,
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    **dict.fromkeys(ATTENTIONS, _attention),
    **{f"{name}_backward": _attention_backward for name in ATTENTIONS},
}
