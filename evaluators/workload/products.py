"""The matrix products of convolutions, linear layers and products of two activations.

One place states the table of docs/networks.md; layer tables and captured modules both use it.
"""

from dataclasses import dataclass
from math import prod

from evaluators.workload.step import Convolution, Gemm, Operand, Phase

ACTIVATION, WEIGHT, ERROR = Operand.ACTIVATION, Operand.WEIGHT, Operand.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvolutionShape:
    """A convolution over 1 to 3 axes; a transposed one scatters instead of gathering.

    `image`, `result`, `kernel` and `stride` have one entry for each axis.
    """

    batch: int
    in_channels: int
    out_channels: int
    image: tuple[int, ...]
    result: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    groups: int = 1
    transposed: bool = False

    @property
    def image_elements(self) -> int:
        """Elements of the batch of inputs. [-]"""
        return self.batch * self.in_channels * prod(self.image)

    @property
    def result_elements(self) -> int:
        """Elements of the batch of outputs. [-]"""
        return self.batch * self.out_channels * prod(self.result)

    @property
    def weight_elements(self) -> int:
        """Elements of the filters. [-]"""
        return self.in_channels // self.groups * self.out_channels * prod(self.kernel)

    @property
    def macs(self) -> int:
        """Useful multiply-accumulates of each phase: every filter element at every window. [-]"""
        windows = self.image if self.transposed else self.result
        return self.batch * prod(windows) * self.weight_elements


def convolution_forward(shape: ConvolutionShape) -> Gemm:
    """Windows by filters; of a transposed convolution, pixels by filters (then summed)."""
    if shape.transposed:
        m, n = shape.batch * prod(shape.image), shape.out_channels * prod(shape.kernel)
        k = shape.in_channels
    else:
        m, n = shape.batch * prod(shape.result), shape.out_channels
        k = shape.in_channels * prod(shape.kernel)
    return Gemm(
        phase=Phase.FORWARD,
        m=m,
        n=n // shape.groups,
        k=k // shape.groups,
        a=ACTIVATION,
        b=WEIGHT,
        c=ACTIVATION,
        count=shape.groups,
        a_elements=shape.image_elements,
        b_elements=shape.weight_elements,
        c_elements=shape.result_elements,
        macs=shape.macs,
    )


def convolution_input_gradient(shape: ConvolutionShape) -> Gemm:
    """The naive product, zeros of the stride included in m n k and left out of `macs`."""
    return Gemm(
        phase=Phase.INPUT_GRADIENT,
        m=shape.batch * prod(shape.image),
        n=shape.in_channels // shape.groups,
        k=shape.out_channels // shape.groups * prod(shape.kernel),
        a=ERROR,
        b=WEIGHT,
        c=ERROR,
        count=shape.groups,
        a_elements=shape.result_elements,
        b_elements=shape.weight_elements,
        c_elements=shape.image_elements,
        macs=shape.macs,
        convolution=_strided(shape),
    )


def convolution_weight_gradient(shape: ConvolutionShape) -> Gemm:
    """Windows of the input by errors, summed over batch and positions."""
    m, n = shape.in_channels // shape.groups, shape.out_channels // shape.groups
    window = prod(shape.kernel)
    return Gemm(
        phase=Phase.WEIGHT_GRADIENT,
        m=m if shape.transposed else m * window,
        n=n * window if shape.transposed else n,
        k=shape.batch * prod(shape.image if shape.transposed else shape.result),
        a=ACTIVATION,
        b=ERROR,
        c=Operand.WEIGHT_GRADIENT,
        count=shape.groups,
        a_elements=shape.image_elements,
        b_elements=shape.result_elements,
        c_elements=shape.weight_elements,
        macs=shape.macs,
    )


def matrix_product(
    phase: Phase, size: tuple[int, int, int], kinds: tuple[Operand, Operand], *, count: int = 1
) -> Gemm:
    """`count` products of `size` (m, n, k) of operands `kinds`; the result's kind follows. [-]"""
    result = {
        Phase.FORWARD: ACTIVATION,
        Phase.INPUT_GRADIENT: ERROR,
        Phase.WEIGHT_GRADIENT: Operand.WEIGHT_GRADIENT,
    }[phase]
    m, n, k = size
    return Gemm(phase=phase, m=m, n=n, k=k, a=kinds[0], b=kinds[1], c=result, count=count)


def linear_products(
    rows: int, in_features: int, out_features: int, *, input_gradient: bool = True
) -> tuple[Gemm, ...]:
    """A fully connected layer over `rows` vectors: forward, input gradient, weight gradient.

    `rows`, `in_features` and `out_features`: [-].
    """
    forward = matrix_product(
        Phase.FORWARD, (rows, out_features, in_features), (ACTIVATION, WEIGHT)
    )
    towards_input = matrix_product(
        Phase.INPUT_GRADIENT, (rows, in_features, out_features), (ERROR, WEIGHT)
    )
    towards_weight = matrix_product(
        Phase.WEIGHT_GRADIENT, (in_features, out_features, rows), (ACTIVATION, ERROR)
    )
    return (forward, *((towards_input,) if input_gradient else ()), towards_weight)


def convolution_products(
    shape: ConvolutionShape, *, input_gradient: bool = True
) -> tuple[Gemm, ...]:
    """A convolution: forward, input gradient unless it is the first layer, weight gradient."""
    towards_input = (convolution_input_gradient(shape),) if input_gradient else ()
    return (convolution_forward(shape), *towards_input, convolution_weight_gradient(shape))


def activation_products(m: int, n: int, k: int, *, count: int) -> tuple[Gemm, ...]:
    """`count` products of two activations, and the gradients of both factors. [-]"""
    both = (ACTIVATION, ACTIVATION)
    mixed = (ERROR, ACTIVATION)
    return (
        matrix_product(Phase.FORWARD, (m, n, k), both, count=count),
        matrix_product(Phase.INPUT_GRADIENT, (m, k, n), mixed, count=count),
        matrix_product(Phase.INPUT_GRADIENT, (n, k, m), mixed, count=count),
    )


def _strided(shape: ConvolutionShape) -> Convolution | None:
    """Geometry for the phased input gradient; leading axes of a volume are folded into the height.

    A transposed convolution's input gradient is a plain convolution: no zeros, no geometry.
    """
    if shape.transposed or prod(shape.stride) == 1:
        return None
    height, width = slice(None, -1), -1
    return Convolution(
        in_h=prod(shape.image[height]),
        in_w=shape.image[width],
        kernel_h=prod(shape.kernel[height]),
        kernel_w=shape.kernel[width],
        stride_h=prod(shape.stride[height]),
        stride_w=shape.stride[width],
    )
