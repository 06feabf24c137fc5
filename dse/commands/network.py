"""`dse network NAME`: what a training step of a network computes, keeps and accesses."""

import json
from typing import TYPE_CHECKING

from dse.commands.printing import say
from dse.mistakes import UserError
from evaluators.accelerator.summary import ARRAY, offchip_gigabytes, summary

if TYPE_CHECKING:
    from evaluators.workload import Layer


def show_network(name: str, batch_size: int, *, as_json: bool, per_layer: bool = False) -> None:
    """Print a network's figures, and with `per_layer` a line for each layer. [-]

    Raises:
        UserError: no such network, or one that cannot be read or captured.
    """
    from evaluators.networks import network

    try:
        found = network(name, batch_size)
    except ValueError as error:
        raise UserError(str(error)) from None
    figures = summary(found)
    rows = [_row(layer) for layer in found.layers] if per_layer else []
    if as_json:
        told = {"name": found.name, **figures, "offchip_gb_by_mib": offchip_gigabytes(found)}
        say(json.dumps({**told, **({"by_layer": rows} if rows else {})}))
        return
    say(f"{found.name}: one training step of {found.batch_size} samples")
    for key, value in figures.items():
        say(f"  {key:26s} {value:>22,d}")
    say(f"accesses: elements, {ARRAY[0]} x {ARRAY[1]} array, default dataflows, all fetched once")
    curve = ", ".join(f"{mib}: {moved:.3g}" for mib, moved in offchip_gigabytes(found).items())
    say(f"off the chip, GB a step by MiB of one memory for all, one byte a value: {curve}")
    for row in rows:
        say(f"  {row['name']!s:40s} {row['parameters']:>12,d} {row['macs']:>18,d}")


def _row(layer: "Layer") -> dict[str, str | int | list[str]]:
    return {
        "name": layer.name,
        "inputs": list(layer.inputs),
        "parameters": layer.parameters,
        "macs": sum(gemm.macs for gemm in layer.gemms),
        "products": sum(gemm.count for gemm in layer.gemms),
        "stash_elements": layer.stash_elements,
    }
