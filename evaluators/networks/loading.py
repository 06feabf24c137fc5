"""A network by name: one of ours, the user's own, or a SCALE-Sim topology."""

import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from evaluators import plugins
from evaluators.checks import check_range
from evaluators.networks.topology import read_topology
from evaluators.workload import Network


def network(name: str, batch_size: int = 32) -> Network:
    """The network called `name` at a batch size.

    Args:
        name: a file of this package (`resnet18`); a SCALE-Sim topology (a path that ends in
            `.csv`); an ONNX model (`.onnx`); or `package.module:build` of the user, called with
            `batch_size` if it takes it. It returns a `Network`, or a PyTorch module and its
            example inputs, or a module whose inputs stand beside it as `example_inputs` (a tuple,
            or a function of the batch size) or in it as `example_input_array`. Inputs are one
            argument, a tuple of several, or a mapping of keyword arguments, alone or last in a
            tuple. Modules are captured. The name may also be of a module, or of such a pair, that
            is built already.
        batch_size: samples of one training step. [-]

    Raises:
        UnknownNameError: no such network; names the known ones.
        TopologyError: the file is not a topology.
        ValueError: a batch size below 1, or a builder that returns something else.
    """
    check_range("batch_size", batch_size, 1, 2**24)
    if name.endswith(".csv"):
        return read_topology(Path(name), batch_size)
    if name.endswith(".onnx"):
        return _of_onnx(Path(name), batch_size)
    build = _builder(name)
    if ":" not in name and "." not in name:
        return cast(Network, build(batch_size))
    if not callable(build):
        raise ValueError(
            f"network {name!r} must be a function that returns a Network or a torch module, got "
            f"{type(build).__name__}"
        )
    return _checked(_users(name, build, batch_size), name, batch_size)


def _of_onnx(file: Path, batch_size: int) -> Network:
    """A model file, captured as its PyTorch module would be."""
    read = import_module("evaluators.capture.onnx_graph").read_onnx
    module, inputs = read(file, batch_size)
    capture = import_module("evaluators.capture").capture
    try:
        return cast(Network, capture(module, *inputs, batch_size=batch_size, name=file.stem))
    except ValueError as error:
        raise ValueError(
            f"network {str(file)!r} does not run at a batch of {batch_size}: {error}; export it "
            f"with a free batch (`dynamic_axes`), or at this batch"
        ) from None


def _builder(name: str) -> Any:
    """What a name is of; a module that is built already is given by a builder of its own."""
    found = plugins.NETWORK.load(name)
    return (lambda: found) if _is_built(found) else found


def _is_built(found: object) -> bool:
    """Whether it is a torch module, or one with its inputs, and not what builds them."""
    module = found[0] if isinstance(found, tuple) and found else found
    return hasattr(module, "named_parameters") and not isinstance(module, type)


def module_of(name: str, batch_size: int) -> tuple[Any, list[tuple[int, ...]]] | None:
    """The torch module of a user's network and its inputs' shapes [-]; None of a table.

    Args:
        name: `package.module:build`, as `network` takes it.
        batch_size: for which the inputs are made. [-]

    Raises:
        UnknownNameError: no such network.
        ValueError: its builder fails or returns something else.
    """
    build = _builder(name)
    built = _call(build, batch_size, name)
    if isinstance(built, Network):
        return None
    module, inputs, _source = _trainable(name, build, built, batch_size)
    found = import_module("evaluators.capture.inputs")
    return module, found.shapes(found.bound(module, found.arguments(module, inputs, batch_size)))


def _trainable(
    name: str, build: Callable[..., Any], built: Any, batch_size: int
) -> tuple[Any, Any, Any]:
    module, inputs, source = _module_and_inputs(name, build, built, batch_size)
    if not callable(module) or not hasattr(module, "named_parameters"):
        raise ValueError(
            f"network {name!r} must return a Network, a torch module, or a pair of a torch module "
            f"and its example inputs, got {type(built).__name__}"
        )
    return module, inputs, source


def _users(name: str, build: Callable[..., Any], batch_size: int) -> Network:
    built = _call(build, batch_size, name)
    if isinstance(built, Network):
        return built
    module, inputs, source = _trainable(name, build, built, batch_size)
    found = import_module("evaluators.capture.inputs")

    def at(size: int) -> tuple[Any, ...]:
        again = _call(source, size, name)
        if source is build:
            again = _module_and_inputs(name, build, again, size)[1]
        return cast(tuple[Any, ...], found.arguments(module, again, size))

    arguments = found.arguments(module, inputs, batch_size)
    bound = found.bound(module, arguments)
    capture = import_module("evaluators.capture").capture
    sized = callable(source) and _takes_batch(source)
    if not sized or not _follows(bound, batch_size, found, lambda: found.bound(module, at(2))):
        return cast(Network, capture(module, *arguments))
    return cast(Network, capture(module, *arguments, batch_size=batch_size, at=at))


def _follows(bound: Any, batch_size: int, found: Any, other: Callable[[], Any]) -> bool:
    """Whether inputs are made for a batch size: a length says so, or they change with it."""
    if found.has_batch(bound, batch_size) or batch_size == 2:
        return True
    return bool(found.shapes(bound) != found.shapes(other()))


def _module_and_inputs(
    name: str, build: Callable[..., Any], built: Any, batch_size: int
) -> tuple[Any, Any, Any]:
    """The module, its inputs, and what makes them (a builder, or inputs themselves)."""
    if isinstance(built, tuple) and len(built) == 2:
        return (*built, build)
    beside = _beside(name, built)
    inputs = _call(beside, batch_size, name) if callable(beside) else beside
    return built, inputs, beside


def _takes_batch(build: Callable[..., Any]) -> bool:
    parameters = inspect.signature(build).parameters
    required = [p for p in parameters.values() if p.default is p.empty and p.kind in PLACES]
    return "batch_size" in parameters or len(required) == 1


def _call(build: Callable[..., Any], batch_size: int, name: str) -> Any:
    """The result of a builder, which need not care for the batch size and may fail as it likes."""
    try:
        parameters = inspect.signature(build).parameters
        if "batch_size" in parameters:
            return build(batch_size=batch_size)
        return build(batch_size) if _takes_batch(build) else build()
    except (Exception, SystemExit) as error:
        raise ValueError(f"network {name!r} fails with {plugins.said(error)}") from None


PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _beside(name: str, module: Any) -> Any:
    """Example inputs that a user's file or module declares."""
    home = sys.modules[name.partition(":")[0]]
    inputs = getattr(home, "example_inputs", getattr(module, "example_input_array", None))
    if inputs is None:
        raise ValueError(
            f"network {name!r} returns no example inputs: return a pair (module, inputs), or "
            f"define `example_inputs(batch_size)` beside it"
        )
    return inputs


def _checked(found: Network, name: str, batch_size: int) -> Network:
    if found.batch_size != batch_size:
        raise ValueError(
            f"`batch_size` of network {name!r} must be {batch_size} as the scenario asks, got "
            f"{found.batch_size}; let its builder take `batch_size`"
        )
    return found
