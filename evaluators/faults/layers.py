"""Write errors in one layer: what it reads before it runs, and the gradient of what it makes."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils.hooks import RemovableHandle

from evaluators.faults.choices import Site
from evaluators.faults.stored_tensor import (
    BackwardCopies,
    Memory,
    both_written,
    gradient_written,
    written,
)

LAYERS: Final = (nn.modules.conv._ConvNd, nn.Linear, nn.Embedding, nn.EmbeddingBag)
"""Layers with a weight that is read from the scratchpad."""

MADE_FROM: Final = ("_g", "_v", "_orig")
"""Ends of parameters that a weight is made from, by PyTorch's older weight and spectral norm."""

PROJECTIONS: Final = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
"""Weights that an attention module holds itself."""


def _nothing(*told: Any, **named: Any) -> None:
    """A hook that does nothing: what a copy of a module has in place of faults."""
    del told, named


def _no_hook() -> Callable[..., None]:
    return _nothing


class Hook:
    """A hook of ours: copies and pickles of its module have none, as they are other modules."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *told: Any) -> Any:
        """Pass the call on."""
        return self._call(*told)

    def __deepcopy__(self, memo: Any) -> Callable[..., None]:
        del memo
        return _nothing

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[()]]:
        return _no_hook, ()


COMPILED: Final = (
    "faults cannot be injected into a compiled or traced module, whose layers are no longer "
    "called: train it without `torch.compile` and `torch.jit`"
)

_compiles: Callable[[], Any] = getattr(
    torch._C._dynamo.eval_frame, "get_eval_frame_callback", lambda: None
)
"""What watches Python's frames; not None while a compiled module runs."""


def refuse_compiled() -> None:
    """Nothing, where modules are called one by one.

    Raises:
        RuntimeError: a module is being compiled or traced.
    """
    if _compiles() is not None or torch._C._is_tracing() or torch.compiler.is_compiling():
        raise RuntimeError(COMPILED)


class StoredWeight:
    """A weight of a layer that is replaced, while the layer runs, by what memory gives back.

    Reading it at another time gives the master copy and writes nothing.
    """

    def __init__(self, owner: nn.Module, name: str, memory: Memory) -> None:
        self.owner, self.name, self.memory = owner, name, memory
        self.parametrised = parametrize.is_parametrized(owner, name)
        self._before: list[Any] = []
        self._running = False
        self._training = True

    def show(self, stored: Tensor) -> None:
        """Let the layer see the stored weight."""
        told = self.owner.__dict__
        self._before.append(told.get(self.name))
        told[self.name] = stored

    def hide(self) -> None:
        """Let everybody see the master copy again."""
        if not self._before:
            return
        # A layer may run within itself, so what was shown before is a stack.
        before = self._before.pop()
        if before is None:
            self.owner.__dict__.pop(self.name, None)
        else:  # a plain attribute, as the older weight norm leaves it
            self.owner.__dict__[self.name] = before

    def follow(self) -> list[RemovableHandle]:
        """Store what a parametrisation makes, whenever the running layer asks for it."""
        if not self.parametrised:
            return []

        def after(module: nn.Module, inputs: Any, output: Tensor) -> Tensor | None:
            del module, inputs
            return written(output, self.memory, self._training) if self._running else None

        made: Any = self.owner.parametrizations[self.name]  # type: ignore[index]
        return [made.register_forward_hook(Hook(after))]

    def run(self, training: bool) -> None:
        """The layer begins: a parametrised weight is stored from here on."""
        self._running, self._training = True, training

    def stop(self) -> None:
        """The layer has ended."""
        self._running = False


class FaultyLayer:
    """One layer whose input, weights and output gradients are written into memory.

    Args:
        layer: the layer.
        weights: its weights.
        activation: memory of its input or output.
        error: memory of its output's gradient; None for attention, whose products have their own.
        site: whether activations are stored as the layer reads or as it makes them.
        copies: of the backward phase, where it has its own.
    """

    def __init__(
        self,
        layer: nn.Module,
        weights: list[StoredWeight],
        *,
        activation: Memory | None,
        error: Memory | None,
        site: Site,
        copies: BackwardCopies | None = None,
    ) -> None:
        self._copies, self._copied = copies, 0
        self._layer = layer
        self._made = [weight for weight in weights if weight.parametrised]
        self._plain = [weight for weight in weights if not weight.parametrised]
        self._activation, self._error = activation, error
        self._reads = activation if site == "inputs" else None
        self._makes = activation if site == "outputs" else None
        self._training = True
        self._usual = self._reads is not None and len(self._plain) == 1 == len(weights)
        self._usual = self._usual and copies is None
        self._memories: Any = (self._reads, weights[0].memory)

    def reached(self) -> list[Tensor]:
        """The layer's parameters that faults reach, and those too few to live in memory."""
        found: list[Tensor] = []
        for weight in (*self._made, *self._plain):
            own = weight.owner
            names = {weight.name, "bias", *(f"{weight.name}{end}" for end in MADE_FROM)}
            found += [each for name, each in own.named_parameters(recurse=False) if name in names]
            if weight.parametrised:
                found += own.parametrizations.parameters()  # type: ignore[union-attr]
        return found

    def follow(self) -> list[RemovableHandle]:
        """Watch the layer; returns what ends it."""
        handles = [
            self._layer.register_forward_pre_hook(Hook(self.before), with_kwargs=True),
            self._layer.register_forward_hook(Hook(self.after), always_call=True),
        ]
        for weight in self._made:
            handles += weight.follow()
        return handles

    def before(
        self, layer: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Store the input and the weights."""
        refuse_compiled()
        training = self._training = layer.training
        for weight in self._made:
            weight.run(training)
        if self._copies and training:
            self._copies.enter()
            self._copied += 1
        # As nearly always: input and weight in one call.
        if self._usual and not named and len(inputs) == 1 and isinstance(inputs[0], Tensor):
            weight, read = self._plain[0], inputs[0]
            if read.is_floating_point():
                master = getattr(weight.owner, weight.name)
                stored, shown = both_written(read, master, self._memories, training)
                weight.show(shown)
                return (stored,), named
        place, values = _first(inputs, named) if self._reads else (None, None)
        if self._reads is None or values is None or place is None:
            for weight in self._plain:
                self._store(layer, weight, inputs, named)
            return None
        stored = written(values, self._reads, training)
        if self._copies and training:
            self._copies.add(self._reads, values, stored)
        for weight in self._plain:
            self._store(layer, weight, inputs, named)
        if isinstance(place, str):
            return inputs, {**named, place: stored}
        return (*inputs[:place], stored, *inputs[place + 1 :]), named

    def after(self, layer: nn.Module, inputs: Any, output: Any) -> Any:
        """Show the master weights again; store the output or its gradient."""
        for weight in self._plain:
            weight.hide()
        for weight in self._made:
            weight.stop()
        if self._copies and self._copied:
            self._copies.leave()
            self._copied -= 1
        if output is None or (self._error is None and self._makes is None):
            return None
        if isinstance(output, Tensor):
            return self._made_by(inputs, output)
        return _each(output, lambda made: self._made_by(inputs, made))

    def _store(
        self, layer: Any, weight: StoredWeight, inputs: tuple[Any, ...], named: dict[str, Any]
    ) -> None:
        master = getattr(weight.owner, weight.name)
        # The lookup would shorten the copy alone.
        if getattr(layer, "max_norm", None) is not None:
            ids = inputs[0] if inputs else named["input"]
            longest, norm = layer.max_norm, layer.norm_type
            torch.embedding_renorm_(master.detach(), ids.contiguous(), longest, norm)
        stored = written(master, weight.memory, self._training)
        if self._copies and self._training:
            self._copies.add(weight.memory, master, stored)
        weight.show(stored)

    def _made_by(self, inputs: Any, output: Tensor) -> Tensor:
        if not output.is_floating_point() or isinstance(output, nn.Parameter):
            return output
        base = output._base if output._is_view() else None
        for each in inputs:
            if id(output) == id(each):  # handed through
                return output
            if base is not None and (base is each or base is _base(each)):
                output = output.clone()  # a hook on what it is a view of would see the input's
                base = None
        if self._makes is not None:
            output = written(output, self._makes, self._training)
        if self._error is not None and output.requires_grad:
            return gradient_written(output, self._error, self._training)
        return output


def _first(inputs: tuple[Any, ...], named: dict[str, Any]) -> tuple[int | str | None, Any]:
    """Place or name of the first tensor of real numbers, and the tensor."""
    for place, each in enumerate(inputs):
        if isinstance(each, Tensor) and _stored(each):
            return place, each
    for name, each in named.items():
        if isinstance(each, Tensor) and _stored(each):
            return name, each
    return None, None


def _stored(values: Tensor) -> bool:
    return values.is_floating_point() or values.is_complex()


def _each(output: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """An output with its tensors changed, whatever holds them."""
    if isinstance(output, Tensor):
        return change(output)
    if isinstance(output, tuple) and hasattr(output, "_fields"):
        return type(output)(*(_each(part, change) for part in output))
    if isinstance(output, (tuple, list)):
        return type(output)(_each(part, change) for part in output)
    if isinstance(output, dict):
        for name, part in output.items():
            output[name] = _each(part, change)
        return output
    if is_dataclass(output) and not isinstance(output, type):
        for each in fields(output):
            object.__setattr__(output, each.name, _each(getattr(output, each.name), change))
    return output


def _base(values: Any) -> Tensor | None:
    return values._base if isinstance(values, Tensor) and values._is_view() else None
