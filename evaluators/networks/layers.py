"""Layer tables: small constructors that write a network down in forward order."""

from dataclasses import dataclass
from math import prod

from evaluators.checks import check_range
from evaluators.workload import Gemm, Layer, Network, products


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a layer puts out: its name and the shape of one sample, such as (C, H, W)."""

    layer: str
    shape: tuple[int, ...]
    learned: bool = True

    @property
    def elements(self) -> int:
        """Elements of one sample. [-]"""
        return prod(self.shape)

    def reshaped(self, *shape: int) -> "Stream":
        """The same elements in another shape: no work, no memory."""
        if prod(shape) != self.elements:
            raise ValueError(f"`shape` must hold {self.elements} elements, got {shape}")
        return Stream(layer=self.layer, shape=shape, learned=self.learned)


Pair = int | tuple[int, int]


class Table:
    """A network being written down; each method adds a layer and returns its output.

    What backward needs is kept once: a layer's `stash_elements` are those of the tensors that no
    earlier layer keeps already. Element-wise work counts one operation for each element of the
    larger of input and output.
    """

    def __init__(self, name: str, batch_size: int) -> None:
        check_range("batch_size", batch_size, 1, 2**24)
        self._name = name
        self._batch = batch_size
        self._layers: list[Layer] = []
        self._kept: set[str] = set()
        self._weights: set[str] = set()

    def image(self, channels: int, height: int, width: int) -> Stream:
        """The network's input; nothing asks for its gradient. [-]"""
        return Stream(layer="", shape=(channels, height, width), learned=False)

    def conv(
        self,
        name: str,
        x: Stream,
        channels: int,
        *,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        bias: bool = False,
    ) -> Stream:
        """A square-window convolution of (C, H, W). [-]"""
        in_channels, *image = x.shape
        result = tuple((size + 2 * padding - kernel) // stride + 1 for size in image)
        shape = products.ConvolutionShape(
            batch=self._batch,
            in_channels=in_channels,
            out_channels=channels,
            image=tuple(image),
            result=result,
            kernel=(kernel, kernel),
            stride=(stride, stride),
            groups=groups,
        )
        parameters = shape.weight_elements + (channels if bias else 0)
        gemms = products.convolution_products(shape, input_gradient=x.learned)
        return self._weighted(name, x, (channels, *result), parameters=parameters, gemms=gemms)

    def linear(
        self, name: str, x: Stream, features: int, *, bias: bool = True, weight: str = ""
    ) -> Stream:
        """A fully connected layer on the last axis; `weight` names a matrix that it shares. [-]"""
        in_features = x.shape[-1]
        rows = self._batch * x.elements // in_features
        gemms = products.linear_products(rows, in_features, features, input_gradient=x.learned)
        shared = weight in self._weights
        parameters = (0 if shared else in_features * features) + (features if bias else 0)
        shape = (*x.shape[:-1], features)
        return self._weighted(name, x, shape, parameters=parameters, gemms=gemms, weight=weight)

    def product(
        self,
        name: str,
        left: Stream,
        right: Stream,
        *,
        size: tuple[int, int, int],
        count: int,
    ) -> Stream:
        """`count` products a sample of two activations, each of `size` (m, n, k). [-]"""
        m, n, k = size
        gemms = products.activation_products(m, n, k, count=self._batch * count)
        stash = self._keep(left) + self._keep(right)
        return self._add(name, (left, right), (count, m, n), gemms=gemms, stash=stash)

    def embedding(self, name: str, rows: int, features: int, *, tokens: int) -> Stream:
        """A table looked up by each of `tokens` indices of a sample: no product. [-]"""
        self._weights.add(name)
        indices = Stream(layer="", shape=(tokens,), learned=False)
        return self._add(
            name,
            (indices,),
            (tokens, features),
            parameters=rows * features,
            weight=name,
            stash=self._batch * tokens,
            learned=True,
        )

    def norm(self, name: str, x: Stream, *, axis: int = 0) -> Stream:
        """Normalisation with scale and shift along `axis`: 0 for (C, H, W), -1 for tokens. [-]"""
        features = x.shape[axis]
        statistics = 2 * (features if axis == 0 else self._batch * x.elements // features)
        stash = self._keep(x) + statistics
        parameters = 2 * features
        return self._add(
            name, (x,), x.shape, parameters=parameters, weight=name, stash=stash,
            statistics=axis == 0,
        )  # fmt: skip

    def relu(self, name: str, x: Stream) -> Stream:
        """A non-linearity whose own output is enough for its gradient (ReLU, softmax, tanh)."""
        self._kept.add(name)
        return self._add(name, (x,), x.shape, stash=self._batch * x.elements)

    softmax = relu

    def gelu(self, name: str, x: Stream) -> Stream:
        """A non-linearity whose gradient needs its input."""
        return self._add(name, (x,), x.shape, stash=self._keep(x))

    def relu6(self, name: str, x: Stream) -> Stream:
        """ReLU6, whose gradient needs its input."""
        return self.gelu(name, x)

    def dropout(self, name: str, x: Stream) -> Stream:
        """Dropout: keeps its mask."""
        return self._add(name, (x,), x.shape, stash=self._batch * x.elements)

    def max_pool(
        self, name: str, x: Stream, *, kernel: int, stride: int, padding: int = 0, up: bool = False
    ) -> Stream:
        """Maximum over windows: keeps its input and the indices; `up` rounds sizes up. [-]"""
        channels, *image = x.shape
        shape = (channels, *(_pooled(size, kernel, stride, padding, up=up) for size in image))
        stash = self._keep(x) + self._batch * prod(shape)
        return self._add(name, (x,), shape, stash=stash)

    def mean_pool(self, name: str, x: Stream, *, size: int = 1) -> Stream:
        """Mean over the image, down to size x size. [-]"""
        return self._add(name, (x,), (x.shape[0], size, size))

    def add(self, name: str, *inputs: Stream) -> Stream:
        """Sum of branches of one shape (or of a broadcast parameter's)."""
        return self._add(name, inputs, inputs[0].shape)

    def concat(self, name: str, *inputs: Stream) -> Stream:
        """Branches behind each other along the first axis."""
        first = sum(x.shape[0] for x in inputs)
        return self._add(name, inputs, (first, *inputs[0].shape[1:]))

    def parameter(
        self, name: str, x: Stream, parameters: int, *, shape: tuple[int, ...]
    ) -> Stream:
        """A learned tensor added or joined to a stream, such as a position embedding. [-]"""
        return self._add(name, (x,), shape, parameters=parameters, weight=name)

    def token(self, name: str, x: Stream) -> Stream:
        """The first of a sequence's tokens."""
        return self._add(name, (x,), x.shape[-1:])

    def network(self) -> Network:
        """The network written down so far."""
        return Network(name=self._name, batch_size=self._batch, layers=tuple(self._layers))

    def _keep(self, x: Stream) -> int:
        """Elements that keeping a tensor for backward adds: none if it is kept already."""
        if x.layer in self._kept:
            return 0
        self._kept.add(x.layer)
        return self._batch * x.elements

    def _weighted(
        self,
        name: str,
        x: Stream,
        shape: tuple[int, ...],
        *,
        parameters: int,
        gemms: tuple[Gemm, ...],
        weight: str = "",
    ) -> Stream:
        self._weights.add(weight or name)
        return self._add(
            name,
            (x,),
            shape,
            parameters=parameters,
            weight=weight or name,
            gemms=gemms,
            stash=self._keep(x),
            learned=True,
        )

    def _add(
        self,
        name: str,
        inputs: tuple[Stream, ...],
        shape: tuple[int, ...],
        *,
        gemms: tuple[Gemm, ...] = (),
        parameters: int = 0,
        weight: str = "",
        stash: int = 0,
        learned: bool | None = None,
        statistics: bool = False,
    ) -> Stream:
        out = self._batch * prod(shape)
        inputs = tuple({x.layer: x for x in inputs}.values())
        work = 0 if gemms else max(out, *(self._batch * x.elements for x in inputs))
        if learned is None:
            learned = any(x.learned for x in inputs) or parameters > 0
        layer = Layer(
            name=name,
            gemms=gemms,
            inputs=tuple(x.layer for x in inputs if x.layer),
            weight=weight,
            parameters=parameters,
            input_elements=sum(self._batch * x.elements for x in inputs),
            output_elements=out,
            stash_elements=stash,
            elementwise_forward=work,
            elementwise_backward=work if learned else 0,
            statistics=statistics,
        )
        self._layers.append(layer)
        return Stream(layer=name, shape=shape, learned=learned)


def _pooled(size: int, kernel: int, stride: int, padding: int, *, up: bool) -> int:
    span = size + 2 * padding - kernel
    windows = -(-span // stride) + 1 if up else span // stride + 1
    starts_in_padding = up and (windows - 1) * stride >= size + padding
    return windows - 1 if starts_in_padding else windows
