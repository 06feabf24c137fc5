"""`dse compare A B`: two fronts, in lines."""

import json
from dataclasses import asdict

from dse.results import Comparison


def print_comparison(found: Comparison, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        print(json.dumps(asdict(found)))
        return
    first, second = found.names
    print(f"by {', '.join(found.objectives)}")
    print(
        f"hypervolume: {first} {found.hypervolumes[0]:.4f}, {second} {found.hypervolumes[1]:.4f}"
    )
    print(f"dominated: {100 * found.dominated[0]:.0f} % of {first} by {second}, "
          f"{100 * found.dominated[1]:.0f} % of {second} by {first}")  # fmt: skip
    for loss, ratio in found.energy_ratio.items():
        told = "no design on both" if ratio is None else f"{ratio:.3f}"
        print(f"least energy, {first} over {second}, at most {100 * float(loss):g} points: {told}")
