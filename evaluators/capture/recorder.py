"""Any PyTorch module as a Network: one forward and backward pass, recorded operator by operator.

The pass runs on the meta device: shapes without data, at any batch size, in no memory. A module
that looks at values (`.item()`, boolean masks) runs on real tensors at three small batch sizes,
and its sizes are carried on to the asked one.
"""

import copy
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from evaluators import plugins
from evaluators.capture.events import Identities, hollow, last_sequence
from evaluators.capture.inputs import Inputs, batch_size_of, bound
from evaluators.capture.ledger import Ledger, Place
from evaluators.capture.nested import changed, leaves
from evaluators.capture.scaling import SMALL_BATCHES, NotAffineError, extrapolate
from evaluators.workload import Layer, Network, Operand


class UnknownOperatorWarning(UserWarning):
    """A captured module calls operators whose cost is not known; they count no product."""


def capture(
    module: nn.Module,
    *example_inputs: Any,
    batch_size: int | None = None,
    name: str = "",
    at: Callable[[int], tuple[Any, ...]] | None = None,
) -> Network:
    """The training step of a module: every matrix product, forward and backward.

    The module itself is left as it was; it is recorded in the mode (train or eval) it is in. The
    loss is the sum of all outputs, which adds no product.

    Args:
        module: any module; lazy ones must have been called once.
        example_inputs: its arguments; only shapes and types count, so tensors on the meta device
            will do. A mapping that comes last holds keyword arguments if its keys are names of
            arguments of `forward`. Tensors may stand in lists, mappings, dataclasses, objects.
        batch_size: samples in the inputs; default: first axis of the first tensor, its second
            before a layer that is not `batch_first`; the length of a list of images; 1 for nodes
            with a sparse square matrix or with edges. [-]
        name: of the network; default: the class of the module.
        at: the arguments at another batch size, for modules that look at values; default: the
            given ones, cut or repeated along the batch.

    Returns:
        The network, layers named after submodules. Convolutions, matrix products, recurrent cells
        and attention count; the rest is element-wise work.

    Raises:
        ValueError: the module runs neither on the meta device nor on real tensors.

    Warns:
        UnknownOperatorWarning: names each operator that may hide a product.
        UserWarning: work that depends on data; a module without a backward pass.
    """
    taken = _Capture(module, bound(module, example_inputs), batch_size, at)
    layers, unknown = taken.layers()
    if unknown:
        calls = ", ".join(f"{operator} ({count}x)" for operator, count in sorted(unknown.items()))
        _warn(
            f"operators whose matrix products, if any, are not counted: {calls}",
            UnknownOperatorWarning,
        )
    if not taken.has_gradient and any(p.requires_grad for p in module.parameters()):
        _warn(
            f"no output of {type(module).__name__} carries a gradient, so its training step has "
            f"no backward pass; return the tensors that the loss is made of"
        )
    title = name or type(module).__name__
    return Network(name=title, batch_size=taken.batch_size, layers=layers)


def _warn(text: str, category: type[Warning] = UserWarning) -> None:
    """A warning at the line that asked for the network, outside of `evaluators`."""
    depth, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("evaluators."):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, category, stacklevel=depth)


def _reason(error: Exception) -> str:
    """What was raised; where, if it does not say why."""
    words = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {words}" if words else plugins.said(error)


class _Capture:
    """One module with its inputs; finds the batch size on the way if it was not given."""

    def __init__(
        self,
        module: nn.Module,
        inputs: Inputs,
        batch_size: int | None,
        at: Callable[[int], tuple[Any, ...]] | None,
    ) -> None:
        self._module = module
        self._inputs = inputs
        self._at = at
        self._is_given = batch_size is not None
        self._axis = 0
        self.has_gradient = True
        self.batch_size = batch_size or batch_size_of(module, inputs)

    def layers(self) -> tuple[tuple[Layer, ...], dict[str, int]]:
        """The layers, and calls of operators that are not known."""
        try:
            ledger = self._record(self._inputs, meta=True)
        except Exception as on_meta:  # whatever a module raises where there are no values
            try:
                return self._on_real_tensors()
            except Exception as on_real:
                raise ValueError(
                    f"cannot capture {type(self._module).__name__}: on the meta device "
                    f"{_reason(on_meta)}; on real tensors {_reason(on_real)}; check that it runs "
                    f"on these example inputs"
                ) from on_real
        return ledger.layers(), ledger.unknown

    def _on_real_tensors(self) -> tuple[tuple[Layer, ...], dict[str, int]]:
        if self.batch_size > max(SMALL_BATCHES):
            axis = self._axis
            try:
                ledgers = [self._record(self._sized(n), meta=False) for n in SMALL_BATCHES]
                if self._axis > axis:  # the small batches were cut along the wrong axis
                    return self._on_real_tensors()
                records = tuple(ledger.layers() for ledger in ledgers)
                layers = extrapolate(records, self.batch_size)
            except NotAffineError as reason:
                _warn(f"the work depends on the data ({reason}); recorded once on random inputs")
            except (RuntimeError, ValueError, IndexError):
                pass  # the module insists on its batch size
            else:
                return layers, ledgers[0].unknown
        ledger = self._record(self._sized(self.batch_size), meta=False)
        return ledger.layers(), ledger.unknown

    def _sized(self, batch_size: int) -> Inputs:
        inputs = self._inputs
        if self._at is not None and batch_size != self.batch_size:
            inputs = bound(self._module, self._at(batch_size))
            return inputs.resized(batch_size, batch_size, axis=self._axis)
        return inputs.resized(self.batch_size, batch_size, axis=self._axis)

    def _record(self, inputs: Inputs, *, meta: bool) -> Ledger:
        """One forward and backward pass of a twin of the module."""
        ledger, places, identities = Ledger(), _Places(), Identities()
        twin = _twin(self._module, meta=meta)
        for name, tensor in (*twin.named_parameters(), *twin.named_buffers()):
            ledger.parameter(name, identities.seen(tensor), trainable=tensor.requires_grad)
        form = hollow if meta else Tensor.detach
        positional, keywords = changed((inputs.positional, inputs.keywords), Tensor, form)
        for tensor in leaves((positional, keywords), Tensor, objects=True):
            ledger.given(identities.seen(tensor), Operand.ACTIVATION)
        places.follow(twin)
        recorder = _Recorder(ledger, places, identities, meta=meta)
        keeping = torch.autograd.graph.saved_tensors_hooks(recorder.keep, lambda tensor: tensor)
        with _quiet(twin, meta=meta):
            with recorder, keeping:
                result = twin(*positional, **keywords)
            outputs = [t for t in leaves(result, Tensor, objects=True) if t.requires_grad]
            self.has_gradient = bool(outputs)
            errors = [torch.ones_like(t) for t in outputs]
            for tensor in errors:
                ledger.given(identities.seen(tensor), Operand.ERROR)
            with recorder:
                torch.autograd.backward(outputs, errors)
        self._look_for_batch(inputs, places)
        return ledger

    def _look_for_batch(self, inputs: Inputs, places: "_Places") -> None:
        """Move the batch to the second axis if a layer read the inputs' axes as time, batch."""
        first = next((tensor for tensor in inputs.tensors() if tensor.dim()), None)
        if first is None or tuple(first.shape[:2]) not in places.time_major or self._axis:
            return
        if self._is_given and first.shape[1] != self.batch_size:
            return
        self._axis = 1
        if not self._is_given:
            self.batch_size = batch_size_of(self._module, self._inputs, axis=1)


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
        memo[id(tensor)] = hollow(tensor) if meta else tensor.detach()
    for buffer in module.buffers():
        memo[id(buffer)] = hollow(buffer) if meta else buffer.detach().clone()
    for parameter in module.parameters():
        data = hollow(parameter) if meta else parameter.detach()
        memo[id(parameter)] = nn.Parameter(data, requires_grad=parameter.requires_grad)
    return copy.deepcopy(module, memo)


class _Places:
    """Which submodule is being called; each call has its own number."""

    def __init__(self) -> None:
        self._stack = [Place(path="")]
        self._calls = 0
        self.time_major: set[tuple[int, ...]] = set()

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
        def enter(called: nn.Module, args: tuple[Any, ...]) -> None:
            self._calls += 1
            x = args[0] if args else None
            if getattr(called, "batch_first", None) is False and isinstance(x, Tensor):
                self.time_major |= {tuple(x.shape[:2])} if x.dim() == 3 else set()
            self._stack.append(Place(path=path, call=self._calls, joined=joined))

        return enter

    def _leaving(self, *_: Any) -> None:
        self._stack.pop()


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Passes each operator call on and notes it, and what autograd keeps, in the ledger."""

    def __init__(
        self, ledger: Ledger, places: _Places, identities: Identities, *, meta: bool
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
        self._ledger.keep(self._identities.seen(tensor), last_sequence())
        return tensor


def _without_data(func: Any, args: tuple[Any, ...], kwargs: Any) -> tuple[Any, Any]:
    """Arguments of a mixed call on the meta device; scalars may stay where they are."""
    args, kwargs = (
        changed(value, Tensor, lambda t: t if t.is_meta or not t.dim() else hollow(t))
        for value in (args, kwargs)
    )
    if func is torch.ops.aten._to_copy.default and "device" in kwargs:
        kwargs = {**kwargs, "device": torch.device("meta")}
    return args, kwargs
