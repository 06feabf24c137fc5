"""`dse compare A B`: two fronts, in lines."""

import json
from dataclasses import asdict

from dse.commands.printing import say
from dse.results import comparison


def print_comparison(found: comparison.Comparison, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        say(json.dumps(asdict(found)))
        return
    first, second = found.names
    say(f"by {', '.join(found.objectives)}")
    say(f"hypervolume: {first} {found.hypervolumes[0]:.4f}, {second} {found.hypervolumes[1]:.4f}")
    say(f"dominated: {100 * found.dominated[0]:.0f} % of {first} by {second}, "
          f"{100 * found.dominated[1]:.0f} % of {second} by {first}")  # fmt: skip
    for loss, ratio in found.energy_ratio.items():
        told = "no design on both" if ratio is None else f"{ratio:.3f}"
        say(f"least energy, {first} over {second}, at most {100 * float(loss):g} points: {told}")
