"""What a training step computes: the matrix products and element-wise work of each layer."""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The three matrix products of a layer's training step."""

    FORWARD = "forward"
    INPUT_GRADIENT = "input_gradient"
    WEIGHT_GRADIENT = "weight_gradient"


class Operand(StrEnum):
    """What a matrix of a product holds; the first three live in the scratchpad's regions."""

    ACTIVATION = "activation"
    WEIGHT = "weight"
    ERROR = "error"
    WEIGHT_GRADIENT = "weight_gradient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """Geometry that a strided input gradient needs: image, window, stride."""

    in_h: int
    in_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gemm:
    """`count` equal products A (m x k) by B (k x n) -> C (m x n).

    `*_elements` are the true sizes of all `count` operands together (a convolution's image is
    smaller than its unfolded matrix); 0 means the matrix is the tensor. `macs` are the useful
    multiply-accumulates, without the zeros that a stride inserts; 0 means m n k count.
    """

    phase: Phase
    m: int
    n: int
    k: int
    a: Operand
    b: Operand
    c: Operand
    count: int = 1
    a_elements: int = 0
    b_elements: int = 0
    c_elements: int = 0
    macs: int = 0
    convolution: Convolution | None = None

    def __post_init__(self) -> None:
        for name in ("m", "n", "k", "count"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"`{name}` of a product must be at least 1, got {getattr(self, name)}"
                )
        size = self.count
        defaults = {
            "a_elements": size * self.m * self.k,
            "b_elements": size * self.k * self.n,
            "c_elements": size * self.m * self.n,
            "macs": size * self.m * self.n * self.k,
        }
        for name, value in defaults.items():
            if getattr(self, name) == 0:
                object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer at the network's batch size.

    `inputs` names the layers whose outputs it reads, in order; empty means the network's input.
    `weight` names the parameter tensor; two layers with the same `weight` share it, and only the
    first counts its `parameters`. `stash_elements` are kept from forward to backward.
    `statistics` says that its result needs figures of its whole input first, as batch
    normalisation does.
    """

    name: str
    gemms: tuple[Gemm, ...] = ()
    inputs: tuple[str, ...] = ()
    weight: str = ""
    parameters: int = 0
    input_elements: int = 0
    output_elements: int = 0
    stash_elements: int = 0
    elementwise_forward: int = 0
    elementwise_backward: int = 0
    statistics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network at one batch size: its layers in forward order."""

    name: str
    batch_size: int
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        """Trainable parameters, shared ones once. [-]"""
        return sum(layer.parameters for layer in self.layers)

    def macs(self, phase: Phase | None = None) -> int:
        """Useful multiply-accumulates of a step, of one phase or of all. [-]"""
        products = (gemm for layer in self.layers for gemm in layer.gemms)
        return sum(gemm.macs for gemm in products if phase in (None, gemm.phase))

    @property
    def forward_macs(self) -> int:
        """Useful multiply-accumulates of the forward pass of one sample. [-]"""
        return self.macs(Phase.FORWARD) // self.batch_size
