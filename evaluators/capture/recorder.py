"""Any PyTorch module as a Network: one forward and backward pass, recorded operator by operator.

The pass runs on the meta device: shapes without data, at any batch size, in no memory. A module
that looks at values (`.item()`, boolean masks) runs on real tensors at three small batch sizes,
and its sizes are carried on to the asked one.
"""

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from evaluators.capture.known import is_cheap
from evaluators.capture.ledger import Ledger, Place
from evaluators.capture.nested import changed, leaves
from evaluators.capture.operators import MATRICES, TABLE, Event, Seen
from evaluators.capture.scaling import SMALL_BATCHES, NotAffineError, extrapolate
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
        first = next(leaves(example_inputs, Tensor), None)
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
            return _on_realleaves(module, inputs, batch_size)
        except Exception as on_real:
            raise ValueError(
                f"cannot capture {type(module).__name__}: on the meta device {on_meta}; on real "
                f"tensors {on_real}; check that it runs on these example inputs"
            ) from on_real
    return ledger.layers(), ledger.unknown


def _on_realleaves(
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
    ledger, places, identities = Ledger(), _Places(), _Identities()
    twin = _twin(module, meta=meta)
    for name, tensor in (*twin.named_parameters(), *twin.named_buffers()):
        ledger.parameter(name, identities.seen(tensor), trainable=tensor.requires_grad)
    arguments = changed(inputs, Tensor, lambda t: _meta(t) if meta else t.detach())
    for tensor in leaves(arguments, Tensor):
        ledger.given(identities.seen(tensor), Operand.ACTIVATION)
    places.follow(twin)
    recorder = _Recorder(ledger, places, identities, meta=meta)
    keeping = torch.autograd.graph.saved_tensors_hooks(recorder.keep, lambda tensor: tensor)
    with _quiet(twin, meta=meta):
        with recorder, keeping:
            outputs = [t for t in leaves(twin(*arguments), Tensor) if t.requires_grad]
        errors = [torch.ones_like(t) for t in outputs]
        for tensor in errors:
            ledger.given(identities.seen(tensor), Operand.ERROR)
        with recorder:
            torch.autograd.backward(outputs, errors)
    return ledger


@contextmanager
def _quiet(module: nn.Module, *, meta: bool) -> Iterator[None]:
    """Gradients on, the caller's random state kept; on real tensors no fused kernels."""
    recurrent = any(isinstance(child, nn.RNNBase) for child in module.modules())
    with ExitStack() as stack:
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.random.fork_rng(devices=[]))
        torch.manual_seed(0)
        if not meta and recurrent:
            stack.callback(torch._C._set_mkldnn_enabled, torch._C._get_mkldnn_enabled())
            torch._C._set_mkldnn_enabled(False)
        if not meta:
            stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        yield


def _twin(module: nn.Module, *, meta: bool) -> nn.Module:
    """A copy whose parameters are without data (meta) or the same data, buffers copied."""
    memo: dict[int, Any] = {}
    attributes = chain.from_iterable(vars(child).values() for child in module.modules())
    for tensor in leaves(list(attributes), Tensor):  # results that a module keeps, such as a norm
        memo[id(tensor)] = _meta(tensor) if meta else tensor.detach()
    for buffer in module.buffers():
        memo[id(buffer)] = _meta(buffer) if meta else buffer.detach().clone()
    for parameter in module.parameters():
        data = _meta(parameter) if meta else parameter.detach()
        memo[id(parameter)] = nn.Parameter(data, requires_grad=parameter.requires_grad)
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
            if isinstance(child, torch.jit.ScriptModule):
                continue  # takes no hooks
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


class _Identities:
    """Names tensor storages by their address, and sees that no address is used twice.

    A weak reference lets a storage's data go and keeps its address taken.
    """

    def __init__(self) -> None:
        self._held: dict[int, Any] = {}

    def seen(self, tensor: Tensor) -> Seen:
        """A tensor as the ledger wants it."""
        shape, elements = tuple(tensor.shape), 1
        if tensor.layout is not torch.strided:
            self._held[id(tensor)] = tensor
            return Seen(storage=id(tensor), shape=shape, elements=tensor.numel())
        for size, stride in zip(shape, tensor.stride(), strict=True):
            elements *= size if stride else min(size, 1)
        storage = tensor.untyped_storage()
        if storage._cdata not in self._held:
            self._held[storage._cdata] = StorageWeakRef(storage)  # type: ignore[no-untyped-call]
        stored = storage.nbytes() // max(tensor.element_size(), 1)
        return Seen(storage=storage._cdata, shape=shape, elements=elements, stored=stored)

    def event(self, func: Any, args: tuple[Any, ...], kwargs: Any, result: Any) -> Event:
        """A call that has just returned."""
        seen_args = changed(args, Tensor, self.seen)
        node = torch._C._current_autograd_node()
        backward = node is not None and not torch.is_grad_enabled()
        written = [seen_args[i] for i in _written(func) if i < len(seen_args)]
        return Event(
            operator=f"{func.namespace}.{func._opname}",
            args=seen_args,
            inputs=tuple(self.seen(tensor) for tensor in leaves((args, kwargs), Tensor)),
            outputs=tuple(self.seen(tensor) for tensor in leaves(result, Tensor)),
            sequence=node._sequence_nr() if node is not None and backward else _last_sequence(),
            backward=backward,
            written=tuple(leaves(written, Seen)),
            known=_known(func),
        )


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Passes each operator call on and notes it, and what autograd keeps, in the ledger."""

    def __init__(
        self, ledger: Ledger, places: _Places, identities: _Identities, *, meta: bool
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ledger = ledger
        self._places = places
        self._identities = identities
        self._meta = meta

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if self._meta and any(t.is_meta for t in leaves((args, kwargs), Tensor)):
            args, kwargs = _without_data(func, args, kwargs)
        result = func(*args, **kwargs)
        event = self._identities.event(func, args, kwargs, result)
        self._ledger.record(event, self._places.here)
        return result

    def keep(self, tensor: Tensor) -> Tensor:
        """Note a tensor that autograd keeps for backward."""
        self._ledger.keep(self._identities.seen(tensor), _last_sequence())
        return tensor


def _without_data(func: Any, args: tuple[Any, ...], kwargs: Any) -> tuple[Any, Any]:
    """Arguments of a mixed call on the meta device; scalars may stay where they are."""
    args, kwargs = (
        changed(value, Tensor, lambda t: t if t.is_meta or not t.dim() else _meta(t))
        for value in (args, kwargs)
    )
    if func is torch.ops.aten._to_copy.default and "device" in kwargs:
        kwargs = {**kwargs, "device": torch.device("meta")}
    return args, kwargs


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

    return changed(inputs, Tensor, resize)
