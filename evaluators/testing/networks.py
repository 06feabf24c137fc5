"""What every network promises."""

from collections.abc import Callable
from typing import Any

from evaluators.networks import network
from evaluators.testing.expect import dotted, expect
from evaluators.workload import Network, Phase


def check_network(build: str | Callable[..., Any]) -> None:
    """Layers that are named once and follow what they read, products, and work by the batch.

    Args:
        build: a network of ours, `module:build`, that function itself, or a topology in a file.

    Raises:
        AssertionError: a broken promise.
        UnknownNameError: no such network.
        ValueError: a builder that fails or returns something else.
    """
    name = dotted(build)
    two = network(name, batch_size=2)
    expect(two.batch_size == 2, f"network {name!r} must be of the batch that is asked for")
    _check_layers(two)
    _check_first_product(two)
    again = network(name, batch_size=2)
    expect(again == two, f"network {name!r} must be the same each time that it is built")
    one, three = network(name, batch_size=1), network(name, batch_size=3)
    expect(
        three.macs() == 3 * one.macs(),
        f"network {name!r}: three samples must be three times the work of one, got "
        f"{three.macs()} and {one.macs()} MACs",
    )
    expect(
        three.parameters == one.parameters,
        f"network {name!r}: its parameters must not depend on the batch, got {three.parameters} "
        f"and {one.parameters}",
    )


def _check_layers(net: Network) -> None:
    before: set[str] = set()
    for layer in net.layers:
        where = f"network {net.name!r}, layer {layer.name!r}"
        expect(layer.name not in before, f"{where}: a name must stand once")
        unknown = set(layer.inputs) - before
        expect(not unknown, f"{where} must read layers before it, got {sorted(unknown)}")
        before.add(layer.name)
    expect(net.macs() > 0, f"network {net.name!r} must multiply something, got no MACs")
    expect(net.parameters > 0, f"network {net.name!r} must learn something, got no parameters")


def _check_first_product(net: Network) -> None:
    """No gradient of the data: only what is computed from other layers has one."""
    first = next(layer for layer in net.layers if layer.gemms)
    has_gradient = Phase.INPUT_GRADIENT in {gemm.phase for gemm in first.gemms}
    expect(
        has_gradient == bool(first.inputs),
        f"network {net.name!r}, layer {first.name!r}: the first product has an input gradient "
        f"exactly where its input comes from another layer",
    )
