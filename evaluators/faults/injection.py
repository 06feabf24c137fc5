"""Puts write errors into any torch module: inputs, weights and output gradients of its layers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize

from evaluators.checks import check_range
from evaluators.design import DataKind, ErrorProfile
from evaluators.faults.attention import AttentionProducts, may_attend
from evaluators.faults.choices import OldContent, Scaling, Site, Writes
from evaluators.faults.formats import Encoding, number_format
from evaluators.faults.hits import Hits
from evaluators.faults.layers import (
    COMPILED,
    LAYERS,
    PROJECTIONS,
    FaultyLayer,
    Hook,
    StoredWeight,
)
from evaluators.faults.sites import FaultSite, after_writes
from evaluators.faults.stored_tensor import BackwardCopies, Clock, Memory
from evaluators.faults.streams import Key
from evaluators.faults.uninjected import Unfaulted, UninjectedLayerWarning

__all__ = ["Injection", "UninjectedLayerWarning", "inject"]

MakeMemory = Callable[[DataKind], Memory]


@dataclass(kw_only=True)
class Injection:
    """Write errors in a module's training. Call `advance` after each optimizer step.

    Faults happen while a layer is in `train()` mode; in `eval()` mode it computes with quantised
    values and nothing fails, nor does any scale move. `hits` count failed writes, `decayed` bits
    that flipped while they were held. Copies and pickles of the module have no
    faults, and its parameters and `state_dict` are what they were.
    """

    clock: Clock
    hits: dict[DataKind, Hits]
    decayed: dict[DataKind, Hits]
    unfaulted: Unfaulted
    undo: list[Callable[[], None]] = field(default_factory=list)

    def advance(self) -> None:
        """The next step: scales look at the data again when it is time."""
        self.clock.step += 1

    def remove(self) -> None:
        """Take the faults out: the module is what it was, with its master weights."""
        for step in reversed(self.undo):
            step()
        self.undo.clear()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was said of parameters that are never faulted."""
        return tuple(self.unfaulted.warnings)

    @property
    def unfaulted_share(self) -> float:
        """Share of the parameters that are in layers which are never faulted. [-]"""
        return self.unfaulted.share


def inject(
    model: nn.Module,
    profile: ErrorProfile,
    *,
    seed: int,
    training_seed: int = 0,
    number_format_name: str = "int8",
    encoding: Encoding = "twos_complement",
    random_zero_sign: bool = False,
    scaling: Scaling = "delayed",
    headroom_bits: int = 0,
    activations_at: Site = "inputs",
    old_content: dict[DataKind, OldContent] | None = None,
    writes: dict[DataKind, Writes] | None = None,
) -> Injection:
    """Add write errors to a module, for any training loop.

    Every convolution, linear, embedding and attention layer reads its input (activation) and its
    weight from memory, and the gradient of its output (error) is written into memory; so are the
    operands of attention's own products. All are quantised. Of parameters that no fault reaches
    an `UninjectedLayerWarning` tells, at once or as a product is found to read them.

    Args:
        model: the module, on any device; `Injection.remove` undoes it.
        profile: failure probability of every written bit, and its decay while it is held.
        seed: study seed. [-]
        training_seed: of this run. [-]
        number_format_name: `int8`, `int16`, `bf16`, `fp8_e4m3` or `fp8_e5m2`.
        encoding: of integers, `twos_complement` or `sign_magnitude`.
        random_zero_sign: in sign-magnitude, zeros are written with a sign at random.
        scaling: of all but bf16: `delayed` follows the data, `static` settles in the first steps.
        headroom_bits: of all but bf16: doublings of the scale against overflow.
        activations_at: written as a layer reads them (`inputs`) or makes them (`outputs`).
        old_content: what cells held before, by kind; default `random`.
        writes: how often a value is written before it is used, by kind, default once; a pair for
            separate copies of the forward and the backward phase (not of errors).

    Raises:
        ValueError: the module has no such layer, has faults already, is compiled, lazy or complex,
            or the profile has another number of bits.
    """
    stored = number_format(number_format_name, encoding, headroom_bits=headroom_bits)
    if profile.weight.bits != stored.bits:
        raise ValueError(
            f"`profile` has {profile.weight.bits} bits, {number_format_name} has {stored.bits}"
        )
    if random_zero_sign and encoding != "sign_magnitude":
        raise ValueError(f"`random_zero_sign` needs encoding sign_magnitude, got {encoding}")
    _check(model)
    clock = Clock()
    hits, decayed = (
        {kind: Hits(bits=stored.bits, inverted=stored.inverted) for kind in DataKind}
        for _ in range(2)
    )
    injection = Injection(
        clock=clock, hits=hits, decayed=decayed, unfaulted=Unfaulted(model=model)
    )
    # Numbered in the order of the layers, so that a site's faults follow from the seeds alone.
    sites = count()
    often = _writes(writes or {}, activations_at)

    def one(kind: DataKind, times: float, backward: Memory | None = None) -> Memory:
        old = (old_content or {}).get(kind, "random")
        site = FaultSite(
            after_writes(profile[kind], times, old),
            number_format=stored,
            old_content=old,
            key=Key(study_seed=seed, training_seed=training_seed, site=next(sites)),
            hits=hits[kind],
            decayed=decayed[kind],
            random_zero_sign=random_zero_sign,
        )
        return Memory(stored, site, clock, scaling, backward)

    def memory(kind: DataKind) -> Memory:
        times = often[kind]
        if isinstance(times, tuple):
            return one(kind, times[0], one(kind, times[1]))
        return one(kind, times)

    # Only where a phase has its own copy are saved tensors watched, which costs a step time.
    phases = any(isinstance(times, tuple) for times in often.values())
    copies = BackwardCopies() if phases else None
    layers = _layers(model, memory, activations_at, copies)
    if not layers:
        raise ValueError(
            "`model` has no convolution, linear, embedding or attention layer to inject into, "
            f"got {type(model).__name__}"
        )
    for layer in layers:
        injection.undo += [handle.remove for handle in layer.follow()]
    if may_attend(model):
        products = AttentionProducts(memory, injection.unfaulted.operand, copies)
        injection.undo += [handle.remove for handle in products.follow(model)]
    injection.unfaulted.find(each for layer in layers for each in layer.reached())
    return injection


def _check(model: nn.Module) -> None:
    """Refuse what faults cannot be put into.

    Raises:
        ValueError: compiled, lazy or complex modules, and faults that are in already.
    """
    for name, layer in model.named_modules():
        where = f"`{name}` ({type(layer).__name__})" if name else type(layer).__name__
        if type(layer).__name__ == "OptimizedModule" or layer._compiled_call_impl is not None:
            raise ValueError(f"{COMPILED}, got {where}")
        if any(isinstance(hook, Hook) for hook in layer._forward_pre_hooks.values()):
            raise ValueError(
                f"faults are in {where} already: call `remove()` of the injection before"
            )
        for parameter in layer.parameters(recurse=False):
            if is_lazy(parameter):
                raise ValueError(
                    f"{where} is lazy and has no weights yet: run the model once, then inject"
                )
            if parameter.is_complex() and isinstance(layer, (*LAYERS, nn.MultiheadAttention)):
                raise ValueError(
                    f"{where} has complex weights, which no number format stores: "
                    f"write it with real ones"
                )


def _writes(asked: dict[DataKind, Writes], site: Site) -> dict[DataKind, Writes]:
    """How often each kind is written.

    Raises:
        ValueError: less than once, or phases of what has none.
    """
    often: dict[DataKind, Writes] = {kind: asked.get(kind, 1.0) for kind in DataKind}
    for kind, times in often.items():
        phases = times if isinstance(times, tuple) else (times,)
        for each in phases:
            check_range(f"writes[{kind.value}]", each, 1.0, 1e6)
        if len(phases) == 2 and kind is DataKind.ERROR:
            raise ValueError(
                f"errors have no forward copy: give one number of `writes`, got {times}"
            )
        if len(phases) == 2 and kind is DataKind.ACTIVATION and site == "outputs":
            raise ValueError(
                "activations written as `outputs` have one copy: give one number of `writes`, "
                f"got {times}"
            )
    return often


def _layers(
    model: nn.Module, memory: MakeMemory, site: Site, copies: BackwardCopies | None
) -> list[FaultyLayer]:
    """The layers of a model that faults reach."""
    found: list[FaultyLayer] = []
    inner: set[int] = set()
    for layer in model.modules():
        if isinstance(layer, nn.MultiheadAttention):
            held: list[tuple[nn.Module, str]] = [
                (layer, name) for name in PROJECTIONS if _has(layer, name)
            ]
            held.append((layer.out_proj, "weight"))
            # Its output projection is called by the function, not as a layer.
            inner.add(id(layer.out_proj))
            weights = [StoredWeight(*each, memory(DataKind.WEIGHT)) for each in held]
            found.append(FaultyLayer(layer, weights, activation=None, error=None, site=site,
                                     copies=copies))  # fmt: skip
        elif isinstance(layer, LAYERS) and id(layer) not in inner and _has(layer, "weight"):
            weights = [StoredWeight(layer, "weight", memory(DataKind.WEIGHT))]
            # Made in this order, as it numbers the sites.
            error, activation = memory(DataKind.ERROR), memory(DataKind.ACTIVATION)
            # An embedding reads indices, which are no stored values.
            looked_up = isinstance(layer, (nn.Embedding, nn.EmbeddingBag))
            reads = None if looked_up and site == "inputs" else activation
            found.append(FaultyLayer(layer, weights, activation=reads, error=error, site=site,
                                     copies=copies))  # fmt: skip
    return found


def _has(layer: nn.Module, name: str) -> bool:
    """Whether a layer has a weight of this name, its own or made from others."""
    if parametrize.is_parametrized(layer, name):
        return True
    held: Any = layer.__dict__.get(name, layer._parameters.get(name))
    return held is not None
