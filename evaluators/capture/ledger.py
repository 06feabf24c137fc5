"""The record of a captured training step: which layer computes what, from whom, for whom.

Calls of operators arrive in order. Each tensor storage carries a tag: what it holds (activation,
weight, error) and which layer made it; tags give every product its phase and operand kinds, and
every layer its inputs. A backward call belongs to the layer of the forward call with the same
autograd number.
"""

from dataclasses import dataclass, field, replace

from evaluators.capture.gemms import joined, recorded_gemm
from evaluators.capture.known import BLANKS, COPIES, PICKS
from evaluators.capture.operators import Event, Product, Seen, products_of
from evaluators.workload import Gemm, Layer, Operand, Phase

ACTIVATION, WEIGHT, ERROR = Operand.ACTIVATION, Operand.WEIGHT, Operand.ERROR
Kind = Operand | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the module tree a call happens; `joined` keeps all its products in one layer."""

    path: str
    call: int = 0
    joined: bool = False


@dataclass(slots=True, kw_only=True)
class Draft:
    """A layer that is still being recorded."""

    name: str
    place: Place
    gemms: list[Gemm] = field(default_factory=list)
    inputs: dict[str, None] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict)
    made: dict[int, int] = field(default_factory=dict)
    used_later: set[int] = field(default_factory=set)
    weight: str = ""
    parameters: int = 0
    stash: int = 0
    work_forward: int = 0
    work_backward: int = 0
    statistics: bool = False

    def layer(self) -> Layer:
        """The finished layer."""
        used = [elements for storage, elements in self.made.items() if storage in self.used_later]
        output = sum(used) if used else next(reversed(self.made.values()), 0)
        return Layer(
            name=self.name,
            gemms=joined(self.gemms) if self.place.joined else tuple(self.gemms),
            inputs=tuple(self.inputs),
            weight=self.weight,
            parameters=self.parameters,
            input_elements=sum(self.read.values()),
            output_elements=output,
            stash_elements=self.stash,
            elementwise_forward=self.work_forward,
            elementwise_backward=self.work_backward,
            statistics=self.statistics,
        )


@dataclass(frozen=True, slots=True)
class Tag:
    """What a storage holds, the layer that made it, its parameter, the storage it copies.

    `distinct` are the elements that it repeats (0: each is one of its own).
    """

    kind: Kind = None
    maker: Draft | None = None
    weight: str = ""
    origin: int = -1
    distinct: int = 0

    def of(self, elements: int) -> int:
        """Distinct ones among `elements` of the storage. [-]"""
        return min(elements, self.distinct) if self.distinct else elements


NOTHING = Tag()


class Ledger:
    """Records calls; `layers` gives the network."""

    def __init__(self) -> None:
        self.unknown: dict[str, int] = {}
        self._tags: dict[int, Tag] = {}
        self._drafts: list[Draft] = []
        self._names: dict[str, int] = {}
        self._untouched: dict[str, int] = {}
        self._owners: dict[int, Draft] = {}
        self._factors: dict[int, list[tuple[Seen, Kind, Seen, Kind]]] = {}
        self._kept: set[int] = set()
        self._stash: list[tuple[int, int]] = []
        self._behind: Draft | None = None

    def parameter(self, name: str, tensor: Seen, *, trainable: bool) -> None:
        """Declare a parameter or a buffer: stored like a weight, counted if it is trained."""
        self._tags[tensor.storage] = Tag(WEIGHT, None, name)
        if trainable:
            self._untouched[name] = tensor.elements

    def given(self, tensor: Seen, kind: Operand) -> None:
        """Declare an input of the network, or a gradient that backward starts from."""
        self._tags[tensor.storage] = Tag(kind)

    def keep(self, tensor: Seen, sequence: int) -> None:
        """Note a tensor that autograd keeps for backward; parameters and repeats are free. [-]"""
        tag = self._tags.get(tensor.storage, NOTHING)
        origin = tensor.storage if tag.origin < 0 else tag.origin
        if tag.weight or origin in self._kept:
            return
        self._kept.add(origin)
        self._stash.append((sequence, tag.of(tensor.stored)))

    def record(self, event: Event, place: Place) -> None:
        """Note one call of an operator."""
        read = {seen.storage for seen in event.inputs}
        fresh = [seen for seen in event.outputs if seen.storage not in read]
        if not fresh and not event.written:
            return
        name = event.operator.removeprefix("aten.")
        if event.inputs and (name in BLANKS or name in COPIES):
            self._copy(event.inputs[0], fresh, values=name in COPIES)
            if event.backward and name in BLANKS:
                self._tags.update({seen.storage: Tag(ERROR) for seen in fresh})
            return
        products = products_of(event)
        if not products and not event.known:
            self.unknown[event.operator] = self.unknown.get(event.operator, 0) + 1
        kinds = [self._kind(seen) for seen in event.inputs]
        if event.backward:
            draft = self._backward(event, products)
        elif not products and not any(kinds):
            draft = None
        else:
            draft = self._forward(event, products, place)
            draft.statistics |= "batch_norm" in name
        result = _strongest(kinds)
        if event.backward and result is None:
            result = ERROR  # a gradient that starts as zeros, of a part that nothing read
        if products and not event.backward and not all(kinds):
            result = ACTIVATION  # of a state that starts as zeros, by weights
        self._tag(event, fresh, result, None if event.backward else draft)

    def layers(self) -> tuple[Layer, ...]:
        """The layers in forward order; parameters that no layer reads come last."""
        for sequence, elements in self._stash:
            owner = self._owners.get(sequence) or (self._drafts[-1] if self._drafts else None)
            if owner:
                owner.stash += elements
        self._stash.clear()
        layers = [draft.layer() for draft in self._drafts]
        if self._untouched:
            idle = sum(self._untouched.values())
            layers.append(Layer(name="(unused parameters)", parameters=idle))
        return tuple(layers)

    def _kind(self, seen: Seen) -> Kind:
        return self._tags.get(seen.storage, NOTHING).kind

    def _copy(self, source: Seen, fresh: list[Seen], *, values: bool) -> None:
        """Copies are their source in another layout, repeated or not; blanks hold nothing yet."""
        tag = self._tags.get(source.storage, NOTHING) if values else NOTHING
        origin = source.storage if values and tag.origin < 0 else tag.origin
        for seen in fresh:
            held = tag.of(source.elements) if values else seen.elements
            copy = replace(tag, origin=origin, distinct=held if held < seen.elements else 0)
            repeats = source.expanded or seen.elements > source.elements
            if tag.kind is WEIGHT and values and repeats:
                copy = Tag(ACTIVATION, origin=origin, distinct=copy.distinct)
            self._tags[seen.storage] = copy

    def _tag(self, event: Event, fresh: list[Seen], kind: Kind, maker: Draft | None) -> None:
        for seen in fresh:
            if kind is WEIGHT and not any(seen.expanded for seen in event.inputs):
                tag = Tag(WEIGHT, maker, self._weight_name(event))
            else:
                tag = Tag(ACTIVATION if kind is WEIGHT else kind, maker)
            if distinct := self._distinct(event, seen):
                tag = replace(tag, distinct=distinct)
            self._tags[seen.storage] = tag
            if maker:
                maker.made[seen.storage] = seen.elements
        for seen in event.written:
            old = self._tags.get(seen.storage, NOTHING)
            if old.weight:
                continue
            self._tags[seen.storage] = Tag(kind, maker or old.maker)
            if maker:
                maker.made[seen.storage] = seen.elements

    def _distinct(self, event: Event, fresh: Seen) -> int:
        """Elements that a result repeats as its source does, picked or changed one by one."""
        name = event.operator.removeprefix("aten.")
        if not (event.pointwise or name in PICKS):
            return 0
        sources = [seen for seen in event.inputs if seen.shape]
        if not sources or (len(sources) > 1 and name not in PICKS):
            return 0
        held = self._tags.get(sources[0].storage, NOTHING).of(sources[0].elements)
        return held if held < fresh.elements else 0

    def _weight_name(self, event: Event) -> str:
        named = [
            (seen.elements, tag.weight)
            for seen in event.inputs
            if (tag := self._tags.get(seen.storage, NOTHING)).weight
        ]
        return max(named)[1] if named else ""

    def _forward(self, event: Event, products: tuple[Product, ...], place: Place) -> Draft:
        draft = self._draft(place, starts=bool(products))
        self._owners.setdefault(event.sequence, draft)
        for product in products:
            gemm, factors = self._forward_gemm(product)
            draft.gemms.append(gemm)
            self._factors.setdefault(event.sequence, []).append(factors)
        if not products:
            draft.work_forward += self._work(event)
        self._connect(draft, event, has_products=bool(products))
        return draft

    def _draft(self, place: Place, *, starts: bool) -> Draft:
        """The layer of a call: the last one while the module call lasts, else a new one."""
        last = self._drafts[-1] if self._drafts else None
        if last and last.place == place and (place.joined or not starts):
            return last
        path = place.path or "(top)"
        self._names[path] = self._names.get(path, 0) + 1
        number = self._names[path]
        draft = Draft(name=path if number == 1 else f"{path}#{number}", place=place)
        self._drafts.append(draft)
        return draft

    def _connect(self, draft: Draft, event: Event, *, has_products: bool) -> None:
        for seen in event.inputs:
            tag = self._tags.get(seen.storage, NOTHING)
            if tag.weight:
                draft.parameters += self._untouched.pop(tag.weight, 0)
                if seen.shape and (not draft.weight or (has_products and len(seen.shape) > 1)):
                    draft.weight = tag.weight
            elif tag.maker is not draft and tag.kind is ACTIVATION:
                so_far = draft.read.get(seen.storage, 0) + tag.of(seen.elements)
                draft.read[seen.storage] = min(so_far, max(seen.stored, seen.elements))
                if tag.maker:
                    draft.inputs[tag.maker.name] = None
                    tag.maker.used_later.add(seen.storage if tag.origin < 0 else tag.origin)

    def _backward(self, event: Event, products: tuple[Product, ...]) -> Draft | None:
        last = self._drafts[-1] if self._drafts else None
        draft = self._owners.get(event.sequence) or self._behind or last
        self._behind = draft
        if draft is None:
            return None
        for product in products:
            draft.gemms.append(self._backward_gemm(product, event.sequence))
        if not products:
            draft.work_backward += self._work(event)
        return draft

    def _work(self, event: Event) -> int:
        """Element-wise operations: one for each element of the largest tensor but weights."""
        read = (seen.elements for seen in event.inputs if self._kind(seen) is not WEIGHT)
        written = (seen.elements for seen in event.outputs)
        return max((*read, *written), default=0)

    def _forward_gemm(self, product: Product) -> tuple[Gemm, tuple[Seen, Kind, Seen, Kind]]:
        a, b = product.kinds or (self._kind(product.a), self._kind(product.b))
        for seen in (product.a, product.b):
            if self._kind(seen) is None:
                self._tags[seen.storage] = Tag(ACTIVATION)
        factors = (product.a, a, product.b, b)
        product = self._compact(product)
        if product.convolution is None and a is WEIGHT and b is not WEIGHT:
            product, a, b = product.transposed(), b, a
        return recorded_gemm(product, Phase.FORWARD, (a or ACTIVATION, b or ACTIVATION)), factors

    def _backward_gemm(self, product: Product, sequence: int) -> Gemm:
        product = self._compact(product)
        if product.kinds and product.phase:
            return recorded_gemm(product, product.phase, product.kinds)
        a, b = self._kind(product.a), self._kind(product.b)
        if product.convolution:  # the operator says which is the error, whatever it came from
            a = ERROR if product.phase is Phase.INPUT_GRADIENT else a
            b = ERROR if product.phase is Phase.WEIGHT_GRADIENT else b
        if ERROR not in (a, b) and None not in (a, b):
            return self._forward_gemm(product)[0]
        saved_first = a is not ERROR and a is not None
        saved = product.a if saved_first else product.b
        towards_weight = self._towards_weight(saved, product, sequence)
        kind = (a if saved_first else b) or ERROR
        phase = Phase.WEIGHT_GRADIENT if towards_weight else Phase.INPUT_GRADIENT
        if product.convolution is None and saved_first != towards_weight:
            product, saved_first = product.transposed(), towards_weight
        return recorded_gemm(product, phase, (kind, ERROR) if saved_first else (ERROR, kind))

    def _compact(self, product: Product) -> Product:
        """A product whose factors have the elements that differ: repeated heads count once."""
        a, b = product.a, product.b
        tags = [self._tags.get(seen.storage, NOTHING) for seen in (a, b)]
        if not any(tag.distinct for tag in tags):
            return product
        a = replace(a, elements=tags[0].of(a.elements))
        b = replace(b, elements=tags[1].of(b.elements))
        return replace(product, a=a, b=b)

    def _towards_weight(self, saved: Seen, product: Product, sequence: int) -> bool:
        """Whether a product of an error by a saved factor is the gradient of a parameter."""
        if product.phase is Phase.INPUT_GRADIENT:
            return False
        for a, a_kind, b, b_kind in self._factors.get(sequence, ()):
            if saved.storage == a.storage:
                return b_kind is WEIGHT
            if saved.storage == b.storage:
                return a_kind is WEIGHT
        if self._kind(saved) is not ACTIVATION:
            return False
        factors = self._factors.get(sequence, ())
        return any(WEIGHT in (a_kind, b_kind) for _, a_kind, _, b_kind in factors)


def _strongest(kinds: list[Kind]) -> Kind:
    """What a result holds: an error if any input does, else an activation, else a weight."""
    return next((kind for kind in (ERROR, ACTIVATION, WEIGHT) if kind in kinds), None)
