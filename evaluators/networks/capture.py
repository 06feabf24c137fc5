"""Any PyTorch module as a Network: one forward and backward pass, recorded operator by operator.

The pass runs on the meta device: shapes without data, at any batch size, in no memory. A module
that looks at values (`.item()`, boolean masks) runs on real tensors at three small batch sizes,
and its sizes are carried on to the asked one.
"""

import copy
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from evaluators.networks.known import is_cheap
from evaluators.networks.ledger import Ledger, Place
from evaluators.networks.operators import MATRICES, TABLE, Event, Seen
from evaluators.networks.scaling import SMALL_BATCHES, NotAffineError, extrapolate
from evaluators.workload import Layer, Network, Operand


class UnknownOperatorWarning(UserWarning):
    """A captured module calls operators whose cost is not known; they count no product."""


def capture(
    module: nn.Module, *example_inputs: Any, batch_size: int | None = None, name: str = ""
) -> Network:
    """The training step of a module: every matrix product, forward and backward.

    The module itself is left as it was; it is recorded in the mode (train or eval) it is in. The
    loss is the sum of all outputs, which adds no product.

    Args:
        module: any module; lazy ones must have been called once.
        example_inputs: its positional arguments; only shapes and types count, so tensors on the
            meta device will do.
        batch_size: samples in the inputs; default: first axis of the first tensor. [-]
        name: of the network; default: the class of the module.

    Returns:
        The network, layers named after submodules. Convolutions, matrix products, recurrent cells
        and attention count; the rest is element-wise work.

    Raises:
        ValueError: the module runs neither on the meta device nor on real tensors.

    Warns:
        UnknownOperatorWarning: names each operator that may hide a product.
    """
    if batch_size is None:
        first = next(_tensors(example_inputs), None)
        batch_size = first.shape[0] if first is not None and first.dim() else 1
    layers, unknown = _layers(module, example_inputs, batch_size)
    if unknown:
        calls = ", ".join(f"{operator} ({count}x)" for operator, count in sorted(unknown.items()))
        warnings.warn(
            f"operators whose matrix products, if any, are not counted: {calls}",
            UnknownOperatorWarning,
            stacklevel=2,
        )
    title = name or type(module).__name__
    return Network(name=title, batch_size=batch_size, layers=layers)


def _layers(
    module: nn.Module, inputs: tuple[Any, ...], batch_size: int
) -> tuple[tuple[Layer, ...], dict[str, int]]:
    try:
        ledger = _record(module, inputs, meta=True)
    except Exception as on_meta:  # whatever a module raises where there are no values
        try:
            return _on_real_tensors(module, inputs, batch_size)
        except Exception as on_real:
            raise ValueError(
                f"cannot capture {type(module).__name__}: on the meta device {on_meta}; on real "
                f"tensors {on_real}; check that it runs on these example inputs"
            ) from on_real
    return ledger.layers(), ledger.unknown


def _on_real_tensors(
    module: nn.Module, inputs: tuple[Any, ...], batch_size: int
) -> tuple[tuple[Layer, ...], dict[str, int]]:
    if batch_size > max(SMALL_BATCHES):
        try:
            ledgers = [
                _record(module, _resized(inputs, batch_size, small), meta=False)
                for small in SMALL_BATCHES
            ]
            layers = extrapolate(tuple(ledger.layers() for ledger in ledgers), batch_size)
        except NotAffineError as reason:
            warnings.warn(
                f"the work depends on the data ({reason}); recorded once on random inputs",
                UserWarning,
                stacklevel=4,
            )
        except (RuntimeError, ValueError, IndexError):
            pass  # the module insists on its batch size
        else:
            return layers, ledgers[0].unknown
    ledger = _record(module, _resized(inputs, batch_size, batch_size), meta=False)
    return ledger.layers(), ledger.unknown


def _record(module: nn.Module, inputs: tuple[Any, ...], *, meta: bool) -> Ledger:
    """One forward and backward pass of a twin of the module."""
    ledger, places = Ledger(), _Places()
    twin = _twin(module, meta=meta)
    for name, tensor in (*twin.named_parameters(), *twin.named_buffers()):
        ledger.parameter(name, _seen(tensor), trainable=tensor.requires_grad)
    arguments = _mapped(inputs, lambda t: _meta(t) if meta else t.detach())
    for tensor in _tensors(arguments):
        ledger.given(_seen(tensor), Operand.ACTIVATION)
    places.follow(twin)
    recorder = _Recorder(ledger, places, meta=meta)
    keeping = torch.autograd.graph.saved_tensors_hooks(recorder.keep, lambda tensor: tensor)
    with _quiet(meta=meta):
        with recorder, keeping:
            outputs = [t for t in _tensors(twin(*arguments)) if t.requires_grad]
        errors = [torch.ones_like(t) for t in outputs]
        for tensor in errors:
            ledger.given(_seen(tensor), Operand.ERROR)
        with recorder:
            torch.autograd.backward(outputs, errors)
    return ledger


@contextmanager
def _quiet(*, meta: bool) -> Iterator[None]:
    """Gradients on, the caller's random state kept; on real tensors no fused kernels."""
    with ExitStack() as stack:
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.random.fork_rng(devices=[]))
        torch.manual_seed(0)
        if not meta:
            stack.callback(torch._C._set_mkldnn_enabled, torch._C._get_mkldnn_enabled())
            torch._C._set_mkldnn_enabled(False)
            stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        yield


def _twin(module: nn.Module, *, meta: bool) -> nn.Module:
    """A copy whose parameters are without data (meta) or the same data, buffers copied."""
    memo: dict[int, Any] = {}
    for parameter in module.parameters():
        data = _meta(parameter) if meta else parameter.detach()
        memo[id(parameter)] = nn.Parameter(data, requires_grad=parameter.requires_grad)
    for buffer in module.buffers():
        memo[id(buffer)] = _meta(buffer) if meta else buffer.detach().clone()
    return copy.deepcopy(module, memo)


class _Places:
    """Which submodule is being called; each call has its own number."""

    def __init__(self) -> None:
        self._stack = [Place(path="")]
        self._calls = 0

    @property
    def here(self) -> Place:
        return self._stack[-1]

    def follow(self, module: nn.Module) -> None:
        """Track the calls of all submodules by hooks."""
        for path, child in module.named_modules():
            joined = isinstance(child, nn.RNNBase)
            child.register_forward_pre_hook(self._entering(path, joined=joined))
            child.register_forward_hook(self._leaving, always_call=True)

    def _entering(self, path: str, *, joined: bool) -> Callable[..., None]:
        def enter(*_: Any) -> None:
            self._calls += 1
            self._stack.append(Place(path=path, call=self._calls, joined=joined))

        return enter

    def _leaving(self, *_: Any) -> None:
        self._stack.pop()


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Passes each operator call on and notes it, and what autograd keeps, in the ledger."""

    def __init__(self, ledger: Ledger, places: _Places, *, meta: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ledger = ledger
        self._places = places
        self._meta = meta

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if self._meta and any(t.is_meta for t in _tensors((args, kwargs))):
            args, kwargs = _without_data(func, args, kwargs)
        result = func(*args, **kwargs)
        self._ledger.record(_event(func, args, kwargs, result), self._places.here)
        return result

    def keep(self, tensor: Tensor) -> Tensor:
        """Note a tensor that autograd keeps for backward."""
        self._ledger.keep(_seen(tensor), _last_sequence())
        return tensor


def _without_data(func: Any, args: tuple[Any, ...], kwargs: Any) -> tuple[Any, Any]:
    """Arguments of a mixed call on the meta device; scalars may stay where they are."""
    args, kwargs = (
        _mapped(value, lambda t: t if t.is_meta or not t.dim() else _meta(t))
        for value in (args, kwargs)
    )
    if func is torch.ops.aten._to_copy.default and "device" in kwargs:
        kwargs = {**kwargs, "device": torch.device("meta")}
    return args, kwargs


def _event(func: Any, args: tuple[Any, ...], kwargs: Any, result: Any) -> Event:
    node = torch._C._current_autograd_node()
    backward = node is not None and not torch.is_grad_enabled()
    seen_args = _mapped(args, _seen)
    written = [seen_args[i] for i in _written(func) if i < len(seen_args)]
    return Event(
        operator=f"{func.namespace}.{func._opname}",
        args=seen_args,
        inputs=tuple(_seen(t) for t in _tensors((args, kwargs))),
        outputs=tuple(_seen(t) for t in _tensors(result)),
        sequence=node._sequence_nr() if node is not None and backward else _last_sequence(),
        backward=backward,
        written=tuple(seen for seen in _flat(written) if isinstance(seen, Seen)),
        known=_known(func),
    )


def _last_sequence() -> int:
    """Number of the youngest node: inside an operator's forward call, its own."""
    return int(torch._C._autograd._get_sequence_nr()) - 1


@cache
def _written(func: Any) -> tuple[int, ...]:
    """Positions of the arguments that an operator changes."""
    arguments = enumerate(func._schema.arguments)
    return tuple(i for i, a in arguments if a.alias_info is not None and a.alias_info.is_write)


@cache
def _known(func: Any) -> bool:
    """Whether an operator's products are read or it is known to have none."""
    tags = {torch.Tag.pointwise, torch.Tag.reduction, torch.Tag.view_copy}
    if func.namespace == "aten" and (func.is_view or tags & set(func.tags)):
        return True
    name = func._opname.removesuffix("_")
    return name in MATRICES or name in TABLE or is_cheap(f"{func.namespace}.{func._opname}")


def _seen(tensor: Tensor) -> Seen:
    shape = tuple(tensor.shape)
    if tensor.layout is not torch.strided:
        return Seen(storage=id(tensor), shape=shape, elements=tensor.numel())
    elements = 1
    for size, stride in zip(shape, tensor.stride(), strict=True):
        elements *= size if stride else min(size, 1)
    storage = tensor.untyped_storage()
    stored = storage.nbytes() // max(tensor.element_size(), 1)
    return Seen(storage=storage._cdata, shape=shape, elements=elements, stored=stored)


def _meta(tensor: Tensor) -> Tensor:
    """A tensor of the same form without data."""
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")


def _resized(inputs: Any, old: int, new: int) -> Any:
    """Real inputs whose first axis is `new` where it was `old`; meta ones get values."""

    def resize(tensor: Tensor) -> Tensor:
        rows = new if tensor.dim() and tensor.shape[0] == old else None
        shape = tensor.shape if rows is None else (rows, *tensor.shape[1:])
        if tensor.is_meta:
            floating = tensor.is_floating_point() or tensor.is_complex()
            make = torch.randn if floating else torch.zeros
            return make(shape, dtype=tensor.dtype)
        return tensor if rows is None else tensor[torch.arange(new) % old]

    return _mapped(inputs, resize)


def _tensors(value: Any) -> Iterator[Tensor]:
    """All tensors of nested sequences, mappings and dataclasses."""
    return (item for item in _flat(value) if isinstance(item, Tensor))


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    elif is_dataclass(value) and not isinstance(value, type | Seen):
        value = [getattr(value, f.name) for f in fields(value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _mapped(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """The same nested value with every tensor changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    if isinstance(value, tuple):
        items = [_mapped(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value


class _CallableModule(ModuleType):
    """This file, callable: `evaluators.networks.capture` may name the file or its function."""

    def __call__(self, module: nn.Module, *example_inputs: Any) -> Network:
        return capture(module, *example_inputs)


sys.modules[__name__].__class__ = _CallableModule
