"""Which tensors stay on the chip between the products that use them.

Step l of L is the forward pass of the l-th layer with a product, step 2L-1-l its backward pass. A
tensor lives from the step that makes it to the last that reads it. Tensors are kept greedily, by
accesses for each byte and step of life, as long as a memory's capacity holds all that live at a
time. What element-wise layers read and write is not among these tensors where it is fused with
the products; `evaluators.accelerator.elementwise` adds it where it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.workload import Gemm, Layer, Network, Operand, Phase

Array = NDArray[np.float64]

KINDS: Final = (Operand.ACTIVATION, Operand.WEIGHT, Operand.ERROR)
CAPACITIES_BYTES: Final = np.concatenate([[0.0], 2.0 ** (16 + np.arange(11 * 16 + 1) / 16)])
"""64 KiB to 128 MiB in sixteenths of an octave, and nothing."""

KEPT_SHARE: Final = 0.5
"""Share of a region for what is kept; the tiles of the running product have the rest."""

NOWHERE: Final = -1
"""Place of an operand that no tensor holds: it always comes from and goes off the chip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """What a memory may keep: its size, how often it is moved if it is not kept, its life."""

    operand: Operand
    elements: int
    accesses: int
    first_step: int
    last_step: int

    @property
    def worth(self) -> float:
        """Accesses saved for each element and step of life. [1/step]"""
        return self.accesses / (self.last_step - self.first_step + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTensors:
    """Places of the tensors that a layer's products read and write, in `Lifetimes.tensors`."""

    layer: Layer
    activation: int
    weight: int
    error: int
    output: int
    input_error: int

    def places(self, gemm: Gemm) -> tuple[int, int, int]:
        """Places of a product's operands A, B and C. [-]"""
        read = {Operand.ACTIVATION: self.activation, Operand.WEIGHT: self.weight,
                Operand.ERROR: self.error}  # fmt: skip
        written = {
            Phase.FORWARD: self.output,
            Phase.INPUT_GRADIENT: self.input_error,
            Phase.WEIGHT_GRADIENT: NOWHERE,
        }[gemm.phase]
        return read.get(gemm.a, NOWHERE), read.get(gemm.b, NOWHERE), written


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """Tensors of a training step, and which of them each layer uses."""

    tensors: tuple[Tensor, ...]
    layers: tuple[LayerTensors, ...]
    steps: int


def lifetimes(network: Network, *, branches: bool = True) -> Lifetimes:
    """The activations, weights and errors of a network.

    Args:
        network: at its batch size.
        branches: follow the graph; False takes the layers as a chain, each reading its
            predecessor, without residual connections.
    """
    graph = _Graph(network, branches=branches)
    tensors: list[Tensor] = []
    activations = _activations(graph, tensors)
    weights = _weights(graph, tensors)
    _vectors(network, weights, tensors, steps=2 * len(graph.layers))
    errors = _errors(graph, tensors)
    layers = []
    for step, layer in enumerate(graph.layers):
        # Of several sources the last: what they sum is there once it has run.
        source = max(graph.sources[step], default=NOWHERE)
        layers.append(
            LayerTensors(
                layer=layer,
                activation=activations[graph.keys[step]],
                weight=weights.get(layer.weight or layer.name, NOWHERE),
                error=errors[step],
                output=next(
                    (activations[graph.keys[after]] for after in range(len(graph.layers))
                     if step in graph.sources[after]), NOWHERE),
                input_error=errors[source] if source != NOWHERE else NOWHERE,
            )
        )  # fmt: skip
    return Lifetimes(tensors=tuple(tensors), layers=tuple(layers), steps=2 * len(layers))


class _Graph:
    """The layers with products, in order; what each reads, and whose products made that."""

    def __init__(self, network: Network, *, branches: bool) -> None:
        self.layers = [layer for layer in network.layers if layer.gemms]
        place = {layer.name: step for step, layer in enumerate(self.layers)}
        # A chain: each layer reads the one before it and nothing else.
        if not branches:
            self.keys: list[tuple[str, ...]] = [(layer.name,) for layer in self.layers]
            self.sources = [{step - 1} - {NOWHERE} for step in range(len(self.layers))]
            return
        made_by: dict[str, set[int]] = {}
        for layer in network.layers:
            # A layer without products is fused with those before it, so it stands for them.
            found = {place[layer.name]} if layer.gemms else set()
            if not layer.gemms:
                found = found.union(*(made_by.get(name, set()) for name in layer.inputs))
            made_by[layer.name] = found
        self.keys = [layer.inputs or (f"input of {layer.name}",) for layer in self.layers]
        self.sources = [
            set().union(*(made_by.get(name, set()) for name in layer.inputs))
            for layer in self.layers
        ]


def _forward(layer: Layer) -> Gemm:
    return next((g for g in layer.gemms if g.phase is Phase.FORWARD), layer.gemms[0])


def _activations(graph: _Graph, tensors: list[Tensor]) -> dict[tuple[str, ...], int]:
    """One tensor for all layers that read the same; the network's own input is never kept."""
    last = 2 * len(graph.layers) - 1
    users: dict[tuple[str, ...], list[int]] = {}
    for step, key in enumerate(graph.keys):
        users.setdefault(key, []).append(step)
    places = {}
    for key, steps in users.items():
        source = max(graph.sources[steps[0]], default=NOWHERE)
        # The network's own input always comes from off the chip.
        if source == NOWHERE:
            places[key] = NOWHERE
            continue
        places[key] = len(tensors)
        reads = [
            sum(Operand.ACTIVATION in (g.a, g.b) for g in graph.layers[step].gemms)
            for step in steps
        ]
        tensors.append(
            Tensor(
                operand=Operand.ACTIVATION,
                elements=max(_read_elements(graph.layers[step]) for step in steps),
                # Written once by the layer that makes it, then read by each product.
                accesses=1 + sum(reads),
                first_step=source,
                # Backward runs in reverse, so its first reader is the last to need it: 2L - 1 - l.
                last_step=last - min(steps),
            )
        )
    return places


def _read_elements(layer: Layer) -> int:
    forward = _forward(layer)
    second = forward.b_elements if forward.b is Operand.ACTIVATION else 0
    return forward.a_elements + second


def _weights(graph: _Graph, tensors: list[Tensor]) -> dict[str, int]:
    """Working copies, read in both passes and written after the update."""
    last = 2 * len(graph.layers) - 1
    places: dict[str, int] = {}
    for step, layer in enumerate(graph.layers):
        reads = sum(Operand.WEIGHT in (gemm.a, gemm.b) for gemm in layer.gemms)
        name = layer.weight or layer.name
        if reads and name not in places:
            places[name] = len(tensors)
            tensors.append(
                Tensor(
                    operand=Operand.WEIGHT,
                    elements=_forward(layer).b_elements,
                    # And written once, after the update.
                    accesses=reads + 1,
                    first_step=0,
                    last_step=last - step,
                )
            )
    return places


def _vectors(
    network: Network, products: dict[str, int], tensors: list[Tensor], *, steps: int
) -> None:
    """Parameters outside the products: biases, normalisation, embeddings. Written once a step."""
    for layer in network.layers:
        others = layer.parameters - (_forward(layer).b_elements if layer.gemms else 0)
        if others > 0 and (layer.gemms or layer.weight not in products):
            tensors.append(
                Tensor(
                    operand=Operand.WEIGHT,
                    elements=others,
                    accesses=1,
                    first_step=0,
                    last_step=max(steps - 1, 0),
                )
            )


def _errors(graph: _Graph, tensors: list[Tensor]) -> list[int]:
    """Gradients of each layer's output; its two backward products share one read."""
    last = 2 * len(graph.layers) - 1
    places = []
    for step, layer in enumerate(graph.layers):
        consumers = [after for after, sources in enumerate(graph.sources) if step in sources]
        places.append(len(tensors))
        tensors.append(
            Tensor(
                operand=Operand.ERROR,
                elements=_forward(layer).c_elements,
                # Written by the backward pass of its consumer, read once by both products.
                accesses=2,
                first_step=last - max(consumers, default=step + 1),
                last_step=last - step,
            )
        )
    return places


def resident(tensors: Sequence[Tensor], capacities: Array, *, steps: int) -> NDArray[np.bool_]:
    """Which tensors one memory keeps, for rising capacities; never a choice that saves less.

    Args:
        tensors: the candidates.
        capacities: rising. Shape `(c,)`. [elements]
        steps: of the training step. [-]

    Returns:
        Shape `(len(tensors), c)`.
    """
    kept = np.zeros((len(tensors), len(capacities)), dtype=bool)
    # Greedy by accesses for each element and step of life.
    order = sorted(range(len(tensors)), key=lambda place: -tensors[place].worth)
    saved = np.array([tensor.elements * tensor.accesses for tensor in tensors], dtype=float)
    best = 0.0
    for column, capacity in enumerate(capacities):
        choice = _greedy([(place, tensors[place]) for place in order], float(capacity), steps)
        # A larger memory may pack worse; it then keeps what a smaller one would.
        if saved[choice].sum() > best:
            best = float(saved[choice].sum())
            kept[:, column:] = False
            kept[choice, column:] = True
    return kept


def _greedy(tensors: Sequence[tuple[int, Tensor]], capacity: float, steps: int) -> list[int]:
    occupied = np.zeros(steps)
    choice = []
    for place, tensor in tensors:
        if tensor.elements > capacity:
            continue
        life = occupied[tensor.first_step : tensor.last_step + 1]
        # Room in every step of its life, beside all that was chosen before.
        if life.max() + tensor.elements <= capacity:
            life += tensor.elements
            choice.append(place)
    return choice


class Residency:
    """Which tensors are kept over the capacity of the memory that holds them.

    Args:
        kept: shape `(tensors, c)`.
        capacities: rising. Shape `(c,)`. [elements]
        share: of a memory that keeps tensors.
    """

    def __init__(
        self, kept: NDArray[np.bool_], capacities: Array, *, share: float = KEPT_SHARE
    ) -> None:
        self._kept = kept
        self._capacities = capacities
        self._share = share

    @classmethod
    def by_kind(cls, lives: Lifetimes, *, element_bytes: float) -> "Residency":
        """A region for each data kind; computed once for a network."""
        capacities = CAPACITIES_BYTES / element_bytes
        kept = np.zeros((len(lives.tensors), len(capacities)), dtype=bool)
        for operand in KINDS:
            places = [p for p, tensor in enumerate(lives.tensors) if tensor.operand is operand]
            tensors = [lives.tensors[place] for place in places]
            kept[places] = resident(tensors, capacities, steps=lives.steps)
        return cls(kept, capacities)

    def point(self, capacity_elements: Array) -> NDArray[np.intp]:
        """The column for memories' capacities, rounded down to the next that was worked out."""
        wanted = self._share * capacity_elements * (1 + 1e-12)
        found = np.searchsorted(self._capacities, wanted, side="right")
        result: NDArray[np.intp] = np.maximum(found - 1, 0)
        return result

    def moved(self, place: int) -> Array:
        """1 where a tensor is not kept, over the columns. Shape `(c,)`. [-]"""
        if place == NOWHERE:
            return np.ones(len(self._capacities))
        result: Array = 1.0 - self._kept[place]
        return result
